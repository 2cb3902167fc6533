/**
 * Bits of the structures that an SMMU and its driver share: fields by name, in qwords of 64 bits.
 *
 * A structure is an array of qwords as `bigint`, index 0 first, bit 0 the least significant. Names, bits and symbolic
 * values are the ones that drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h (Linux 7.3) gives; where the architecture (Arm IHI
 * 0070) knows more values of such a field, they are there as well. Fields that the driver has no name for are not.
 */
export type Qwords = readonly bigint[];

/** STE and CD have this many. */
export const ENTRY_QWORDS = 8;

interface Place {
  readonly qword: number;
  readonly hi: number;
  readonly lo: number;
  /** One sentence. */
  readonly about: string;
  /** Symbol and value. */
  readonly values: Readonly<Record<string, number>>;
  /** An address: its value is read in place, not shifted down. */
  readonly inPlace: boolean;
  /** The field that this one is a piece of, "" for none. */
  readonly partOf: string;
  /** The driver has a name for it and leaves it 0. */
  readonly unset: boolean;
}

export interface Field extends Place {
  readonly name: string;
  /** The bits in their qword. */
  readonly mask: bigint;
  readonly shift: bigint;
}

export type Fields<K extends string = string> = Readonly<Record<K, Field>>;

/** The place of a field: qword, highest and lowest bit in it, what it means, symbols of its values. */
export function bits(
  qword: number,
  hi: number,
  lo: number,
  about: string,
  values: Readonly<Record<string, number>> = {},
): Place {
  return { qword, hi, lo, about, values, inPlace: false, partOf: "", unset: false };
}

/** An address, given by the bits that hold it. */
export const address = (qword: number, hi: number, lo: number, about: string): Place => ({
  ...bits(qword, hi, lo, about),
  inPlace: true,
});

/** A piece of a field that has a name of its own. */
export const pieceOf = (partOf: string, place: Place): Place => ({ ...place, partOf });

/** A field that the driver names and never sets. */
export const unset = (place: Place): Place => ({ ...place, unset: true });

/** Names the fields of a structure. */
export function fields<K extends string>(places: Readonly<Record<K, Place>>): Fields<K> {
  const named = Object.entries<Place>(places).map(([name, place]) => {
    const shift = BigInt(place.lo);
    const mask = ((1n << BigInt(place.hi - place.lo + 1)) - 1n) << shift;
    return [name, { ...place, name, mask, shift }];
  });
  return Object.fromEntries(named) as Fields<K>;
}

/** The value of a field: shifted down, an address in place. */
export function get(q: Qwords, f: Field): bigint {
  const found = q[f.qword] & f.mask;
  return f.inPlace ? found : found >> f.shift;
}

/** The bits that give a field this value; a value that is too wide is cut, an address is masked in place. */
export function put(f: Field, value: bigint | number): bigint {
  return f.inPlace ? BigInt(value) & f.mask : (BigInt(value) << f.shift) & f.mask;
}

/** The bits of several fields. */
export const maskOf = (...of: readonly Field[]): bigint => of.reduce((mask, f) => mask | f.mask, 0n);

/** The symbol of a value, "" when it has none. */
export function symbolOf(f: Field, value: bigint): string {
  for (const name in f.values) if (f.values[name] === Number(value)) return name;
  return "";
}

/** A qword as the vectors write it: lower case, no padding. */
export const hex = (q: bigint): string => `0x${q.toString(16)}`;

/** An entry of zeros. */
export const zeros = (): bigint[] => Array<bigint>(ENTRY_QWORDS).fill(0n);
