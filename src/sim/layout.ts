/**
 * Where every byte of a state lies.
 *
 * A schema declares structs (one instance, or many counted from 1), their fields (a byte, or an array of bytes), and
 * locks. Given the dimensions of a world it becomes a layout: shared region first (structs, locks, WARN bits), then one
 * region a thread. The layout states the limits: 127 instances of a struct, 8 threads, the exact depth of the stacks.
 */

/** A field of one byte, or of one byte for each index of a dimension. */
export interface FieldSpec<A extends boolean = boolean> {
  readonly array: A;
  readonly dim: string;
  /** Remembered for predicates only; no statement may read it. */
  readonly ghost: boolean;
}

export const byte: FieldSpec<false> = { array: false, dim: "", ghost: false };
export const bytesPer = (dim: string): FieldSpec<true> => ({ array: true, dim, ghost: false });
export const ghost = <A extends boolean>(field: FieldSpec<A>): FieldSpec<A> => ({ ...field, ghost: true });

export type Fields = Readonly<Record<string, FieldSpec>>;

export interface StructSpec<F extends Fields = Fields, Many extends boolean = boolean> {
  readonly many: Many;
  readonly dim: string;
  readonly fields: F;
}

export const one = <F extends Fields>(fields: F): StructSpec<F, false> => ({ many: false, dim: "", fields });
export const many = <F extends Fields>(dim: string, fields: F): StructSpec<F, true> => ({ many: true, dim, fields });

export type LockKind = "mutex" | "spin" | "rw";
export interface LockSpec {
  readonly kind: LockKind;
  /** The dimension it is counted by, from 1; empty for a single one. */
  readonly dim: string;
}

export interface Schema {
  readonly structs: Readonly<Record<string, StructSpec>>;
  readonly locks: Readonly<Record<string, LockSpec>>;
}

/** Array fields as bodies see them. */
export type Cells = { [index: number]: number; readonly length: number } & Iterable<number>;

type ViewOf<F extends Fields> = { -readonly [K in keyof F]: F[K] extends FieldSpec<true> ? Cells : number };

/** A state as bodies see it: plain objects with numbers, whatever lies behind them. */
export type StateOf<X extends Schema> = {
  readonly [K in keyof X["structs"]]: X["structs"][K] extends StructSpec<infer F, infer M>
    ? M extends true
      ? { readonly [index: number]: ViewOf<F> }
      : ViewOf<F>
    : never;
};

export interface PlacedField {
  readonly struct: string;
  /** From 1; 0 for a struct of one instance. */
  readonly index: number;
  readonly field: string;
  readonly offset: number;
  /** Bytes: 1, or the length of the array. */
  readonly size: number;
  readonly array: boolean;
  readonly ghost: boolean;
}

export interface PlacedLock {
  readonly name: string;
  readonly index: number;
  readonly kind: LockKind;
  /** The byte of the exclusive owner: 0, or thread + 1. A `rw` lock has a second byte, a bit for each reader. */
  readonly offset: number;
}

export const MAX_THREADS = 8;
const MAX_INSTANCES = 127;

/** Bytes before a thread's stack: status, operation, result, frame, top. */
export const THREAD_HEADER = 5;
/** Bytes before a frame's locals: procedure, program counter, the caller's frame. */
export const FRAME_HEADER = 3;

export interface Layout {
  readonly dims: Readonly<Record<string, number>>;
  readonly fields: readonly PlacedField[];
  readonly locks: readonly PlacedLock[];
  /** First lock of a name in `locks`. */
  readonly lockBase: Readonly<Record<string, number>>;
  readonly warnOffset: number;
  readonly warnSites: readonly string[];
  readonly sharedSize: number;
  /** Where the first thread's region begins. Regions begin and end at whole words, so that a search may compare four bytes at once. */
  readonly threadsAt: number;
  readonly threads: number;
  readonly stackSize: number;
  readonly threadSize: number;
  readonly size: number;
}

function dimension(dims: Readonly<Record<string, number>>, name: string): number {
  const size = dims[name];
  if (size === undefined) throw new Error(`layout: dimension "${name}" is not given`);
  if (size > MAX_INSTANCES) throw new Error(`layout: dimension "${name}" is ${size}, at most ${MAX_INSTANCES}`);
  return size;
}

const wholeWords = (bytes: number) => Math.ceil(bytes / 4) * 4;

/** Places every field. Throws when a dimension is missing or a limit is passed. */
export function makeLayout(
  schema: Schema,
  dims: Readonly<Record<string, number>>,
  warnSites: readonly string[],
  threads: number,
  stackSize: number,
): Layout {
  if (threads > MAX_THREADS) throw new Error(`layout: ${threads} threads, at most ${MAX_THREADS}`);
  if (stackSize > 250) throw new Error(`layout: a stack of ${stackSize} bytes, at most 250`);
  let offset = 0;
  const fields: PlacedField[] = [];
  for (const [struct, spec] of Object.entries(schema.structs)) {
    const count = spec.many ? dimension(dims, spec.dim) : 1;
    for (let i = 0; i < count; i++) {
      for (const [field, f] of Object.entries(spec.fields)) {
        const size = f.array ? dimension(dims, f.dim) : 1;
        fields.push({ struct, index: spec.many ? i + 1 : 0, field, offset, size, array: f.array, ghost: f.ghost });
        offset += size;
      }
    }
  }
  const locks: PlacedLock[] = [];
  const lockBase: Record<string, number> = {};
  for (const [name, spec] of Object.entries(schema.locks)) {
    lockBase[name] = locks.length;
    const count = spec.dim === "" ? 1 : dimension(dims, spec.dim);
    for (let i = 0; i < count; i++) {
      locks.push({ name, index: i + 1, kind: spec.kind, offset });
      offset += spec.kind === "rw" ? 2 : 1;
    }
  }
  const warnOffset = offset;
  const sharedSize = warnOffset + Math.ceil(warnSites.length / 8);
  const threadsAt = wholeWords(sharedSize);
  const threadSize = wholeWords(THREAD_HEADER + stackSize);
  return {
    dims,
    fields,
    locks,
    lockBase,
    warnOffset,
    warnSites,
    sharedSize,
    threadsAt,
    threads,
    stackSize,
    threadSize,
    size: threadsAt + threads * threadSize,
  };
}
