/**
 * The entries that a device's STEs and CDs can be, as small numbers.
 *
 * A state holds a byte for each qword of an entry that can differ at all: STEs use 0 to 3, CDs 0, 1 and 3, and all others
 * are always 0. The byte is an index into the values that this qword can have in this world, and index 0 is the value 0. So
 * an entry in memory is exactly what was stored into it, whoever stored it and in whatever order: two writers that share no
 * lock (an attach, and `arm_smmu_mm_release`) may meet in one CD, which "from, to, and how many stores" could not say.
 *
 * The values are found once for each world: those of all complete entries that the driver can build for the device, and
 * what `arm_smmu_write_entry` stores on the way between any two of them. All that is asked of an entry while a machine runs
 * is looked up by index.
 */
import { CD } from "./cd-fields.ts";
import { ENTRY_QWORDS, type Field, get, type Qwords } from "./fields.ts";
import { cdFaults, steFaults } from "./illegal.ts";
import { STE } from "./ste-fields.ts";
import { type EntryKind, planWrite, safeBits, usedBits } from "./writer.ts";

/** Values of one qword at most: indices are kept in signed bytes while an entry is written. */
const MAX_VALUES = 127;
/** Numbers of complete entries, for the same reason. */
const MAX_TARGETS = 128;

const QWORDS: Readonly<Record<EntryKind, readonly number[]>> = { ste: [0, 1, 2, 3], cd: [0, 1, 3] };

/** An entry as indices, one for each qword that can differ; a CD has none in the last place. */
export type Indices = readonly [number, number, number, number];

/** What the writer is about to do, by index. */
export interface PlanByIndex {
  /** A bit for each qword that would have to change at once, as the driver's `used_qword_diff`. */
  readonly used_qword_diff: number;
  /** `unused_update`; what is not stored by any of the three ways is as it is now. */
  readonly unused: Indices;
}

export interface BuiltEntry {
  /** What it is asked for by. */
  readonly key: number;
  readonly qwords: Qwords;
}

/** The entries of one kind that a device can have. */
export class Entries {
  readonly kind: EntryKind;
  /** Which qwords can differ, in order: an index stands for a value of `qwords[place]`. */
  readonly qwords: readonly number[];
  /** The values by place and index. */
  readonly values: readonly (readonly bigint[])[];
  readonly #numbers = new Map<number, number>();
  readonly #targets: Indices[] = [];
  readonly #whole: (boolean | undefined)[] = [];
  readonly #illegal: (boolean | undefined)[] = [];
  /** By the entry and the target, mixed into one number. */
  readonly #plans: (PlanByIndex | undefined)[] = [];

  /**
   * @param overlap whether a writer may find an entry that another one is in the middle of
   * @param whose for the sentence that refuses a world with too many
   */
  constructor(kind: EntryKind, built: readonly BuiltEntry[], overlap: boolean, whose: string) {
    this.kind = kind;
    this.qwords = QWORDS[kind];
    const places = this.qwords.map(() => [0n]);
    this.values = places;
    const add = (place: number, value: bigint) => {
      const values = places[place] as bigint[];
      if (values.includes(value)) return;
      if (values.length === MAX_VALUES)
        throw new Error(
          `${whose}: qword ${this.qwords[place]} of its ${kind === "ste" ? "STEs" : "CDs"} can have more than ${MAX_VALUES} values`,
        );
      values.push(value);
    };
    const addAll = (q: Qwords) => this.qwords.forEach((qword, place) => add(place, q[qword] as bigint));
    for (const { qwords } of built) addAll(qwords);
    const complete = built.map(({ qwords }) => qwords);
    for (let size = 0; size < this.#size(); ) {
      size = this.#size();
      for (const from of overlap ? this.#every() : complete) {
        for (const to of complete) {
          for (const group of planWrite(kind, from, to).groups) {
            for (const qword of group.qwords) {
              const place = this.qwords.indexOf(qword);
              if (place >= 0) add(place, group.values[qword] as bigint);
            }
          }
        }
      }
      // what is left between two complete entries is complete again, unless somebody comes in between
      if (!overlap) break;
    }
    for (const { key, qwords } of built) {
      if (this.#targets.length === MAX_TARGETS) throw new Error(`${whose}: more than ${MAX_TARGETS} entries`);
      this.#numbers.set(key, this.#targets.length);
      this.#targets.push(this.indicesOf(qwords));
    }
  }

  #size(): number {
    return this.values.reduce((sum, values) => sum + values.length, 0);
  }

  /** Every way to put values together. */
  #every(): Qwords[] {
    let some: bigint[][] = [[]];
    for (let qword = 0; qword < ENTRY_QWORDS; qword++) {
      const values = this.values[this.qwords.indexOf(qword)] ?? [0n];
      some = some.flatMap((q) => values.map((value) => [...q, value]));
    }
    return some;
  }

  /** The number of a complete entry. Throws where the world has none such: it was asked for nothing that can be built. */
  number(key: number): number {
    const number = this.#numbers.get(key);
    if (number === undefined) throw new TypeError(`entries: no ${this.kind} for ${key}`);
    return number;
  }

  /** A complete entry by its number. */
  target(number: number): Indices {
    return this.#targets[number] as Indices;
  }

  /** An entry of this world as indices. */
  indicesOf(q: Qwords): Indices {
    const found = this.qwords.map((qword, place) =>
      (this.values[place] as readonly bigint[]).indexOf(q[qword] as bigint),
    );
    if (found.includes(-1)) throw new TypeError(`entries: a ${this.kind} that no writer leaves`);
    return [found[0] ?? 0, found[1] ?? 0, found[2] ?? 0, found[3] ?? 0];
  }

  /** All eight qwords. */
  qwordsOf(at: Indices): bigint[] {
    const q = Array<bigint>(ENTRY_QWORDS).fill(0n);
    this.qwords.forEach((qword, place) => {
      q[qword] = this.values[place]?.[at[place] as number] ?? 0n;
    });
    return q;
  }

  /** How an entry becomes a complete one. */
  plan(from: Indices, target: number): PlanByIndex {
    const key = this.#keyOf(from) * this.#targets.length + target;
    const known = this.#plans[key];
    if (known !== undefined) return known;
    const { mode, critical, groups } = planWrite(this.kind, this.qwordsOf(from), this.qwordsOf(this.target(target)));
    const plan = {
      used_qword_diff: critical.reduce((mask, qword) => mask | (1 << qword), 0),
      unused: mode === "hitless" ? this.indicesOf(groups[0]?.values ?? []) : from,
    };
    this.#plans[key] = plan;
    return plan;
  }

  /**
   * Whether an entry is one that the driver builds, as far as the SMMU looks at it, or not valid. Bits that may differ for a
   * moment between the two (`arm_smmu_get_ste_update_safe`) do not count.
   */
  isWhole(at: Indices): boolean {
    const key = this.#keyOf(at);
    let whole = this.#whole[key];
    if (whole === undefined) {
      const q = this.qwordsOf(at);
      const used = usedBits(this.kind, q);
      whole = this.#targets.some((target) => {
        const other = this.qwordsOf(target);
        const safe = safeBits(this.kind, q, other);
        return q.every(
          (word, i) => ((word ^ (other[i] as bigint)) & (used[i] as bigint) & ~(safe[i] as bigint)) === 0n,
        );
      });
      // without V nothing else is used
      whole ||= used[0] === (this.kind === "ste" ? STE.V.mask : CD.V.mask);
      this.#whole[key] = whole;
    }
    return whole;
  }

  /** What the architecture calls ILLEGAL: the SMMU stops requests there as if it were not valid. */
  isIllegal(q0: number, q1: number, q2: number, q3: number): boolean {
    const key = this.#key(q0, q1, q2, q3);
    let illegal = this.#illegal[key];
    if (illegal === undefined) {
      const q = this.qwordsOf([q0, q1, q2, q3]);
      illegal = (this.kind === "ste" ? steFaults(q) : cdFaults(q)).some(({ kind }) => kind === "illegal");
      this.#illegal[key] = illegal;
    }
    return illegal;
  }

  #keyOf = ([q0, q1, q2, q3]: Indices): number => this.#key(q0, q1, q2, q3);

  #key(q0: number, q1: number, q2: number, q3: number): number {
    const [, n1 = [], n2 = [], n3 = [0]] = this.values;
    return ((q0 * n1.length + q1) * n2.length + q2) * n3.length + q3;
  }

  /** What the values of one place say, by index. */
  column(place: number, say: (q: Qwords) => number): readonly number[] {
    const qword = this.qwords[place] ?? 0;
    return (this.values[place] ?? []).map((value) => {
      const q = Array<bigint>(ENTRY_QWORDS).fill(0n);
      q[qword] = value;
      return say(q);
    });
  }
}

const valueOf = (field: Field) => (q: Qwords) => Number(get(q, field));

/** Whose an address or a tag in an entry is: numbers of domains and devices by what they are known by; 0 for nobody. */
export interface Owners {
  readonly cdTable: ReadonlyMap<bigint, number>;
  readonly guestCdTable: ReadonlyMap<bigint, number>;
  readonly vmid: ReadonlyMap<number, number>;
  readonly asid: ReadonlyMap<number, number>;
  readonly pageTable: ReadonlyMap<bigint, number>;
}

const config = valueOf(STE.CFG);
const isNested = (q: Qwords) => config(q) === STE.CFG.values.NESTED;

/** Facts of STEs by the index of the qword that says them; addresses and tags as whose they are, by number. */
export function steEntries(entries: Entries, owners: Owners) {
  return {
    entries,
    /** Of qword 0. */
    V: entries.column(0, valueOf(STE.V)),
    Config: entries.column(0, config),
    S1FMT: entries.column(0, valueOf(STE.S1FMT)),
    S1CDMAX: entries.column(0, valueOf(STE.S1CDMAX)),
    /** The device whose CD table it is. */
    S1ContextPtr: entries.column(0, (q) => (isNested(q) ? 0 : (owners.cdTable.get(get(q, STE.S1CTXPTR)) ?? 0))),
    /** The nested domain whose guest has its CD table there. */
    vSTE: entries.column(0, (q) => (isNested(q) ? (owners.guestCdTable.get(get(q, STE.S1CTXPTR)) ?? 0) : 0)),
    /** Of qword 1. */
    S1DSS: entries.column(1, valueOf(STE.S1DSS)),
    EATS: entries.column(1, valueOf(STE.EATS)),
    /** Of qword 2: the domain. */
    S2VMID: entries.column(2, (q) => owners.vmid.get(Number(get(q, STE.S2VMID))) ?? 0),
    S2S: entries.column(2, valueOf(STE.S2S)),
    S2R: entries.column(2, valueOf(STE.S2R)),
    /** Of qword 3: the domain. */
    S2TTB: entries.column(3, (q) => owners.pageTable.get(get(q, STE.S2TTB)) ?? 0),
  };
}
export type SteEntries = Readonly<ReturnType<typeof steEntries>>;

/** The same for CDs. */
export function cdEntries(entries: Entries, owners: Owners) {
  return {
    entries,
    /** Of qword 0. */
    V: entries.column(0, valueOf(CD.V)),
    EPD0: entries.column(0, valueOf(CD.TCR_EPD0)),
    S: entries.column(0, valueOf(CD.S)),
    R: entries.column(0, valueOf(CD.R)),
    /** The domain. */
    ASID: entries.column(0, (q) => owners.asid.get(Number(get(q, CD.ASID))) ?? 0),
    /** Of qword 1: the domain. */
    TTB0: entries.column(1, (q) => owners.pageTable.get(get(q, CD.TTB0)) ?? 0),
  };
}
export type CdEntries = Readonly<ReturnType<typeof cdEntries>>;
