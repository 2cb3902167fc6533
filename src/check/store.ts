/**
 * The visited states: a number for each, from 0 in the order of discovery, with the way back to the first.
 *
 * A state is remembered by 64 bits of fingerprint, the number of the state it was first reached from and the choice that
 * led here: 13 bytes in columns, and 4 bytes for each slot of an open-addressing table of numbers. Columns and table
 * grow by parts, one array at a time, so that a state costs 25 bytes at most. On request whole states are kept as well and
 * compared word by word, so that two states with one fingerprint stay two.
 */

const FIRST = 1;
/** Columns grow to nine eighths: 13 bytes become 14.7 at most. */
const COLUMN_GROWTH = 9 / 8;
/** The table is filled to three quarters and grows by half: 5.4 to 8 bytes a state. */
const LOAD = 3 / 4;
const TABLE_GROWTH = 3 / 2;
/** Whole states are kept in pieces of this many. */
const CHUNK = 4096;

export const NO_PARENT = -1;

export class Store {
  states = 0;
  /** Two states met that share a fingerprint; known in exact storage only. */
  collisions = 0;
  /** Both halves of a fingerprint beside each other: looking one up costs one line of the cache. */
  #prints = new Int32Array(2 * FIRST);
  #parent = new Int32Array(FIRST);
  #choice = new Uint8Array(FIRST);
  /** State + 1 by slot, 0 for an empty one; the bits above hold those of the fingerprint, so that few others are looked at. */
  #table = new Int32Array(Math.ceil(FIRST / LOAD));
  /** The bits of a slot that a state's number needs: they grow with the table. */
  #bits = numberBits(Math.ceil(FIRST / LOAD));
  readonly #words: number;
  /** Whole states in exact storage; null without it. */
  readonly #whole: Int32Array[] | null;

  /** @param words 32-bit words of a state */
  constructor(words: number, exact: boolean) {
    this.#words = words;
    this.#whole = exact ? [] : null;
  }

  lo(state: number): number {
    return this.#prints[2 * state] as number;
  }

  hi(state: number): number {
    return this.#prints[2 * state + 1] as number;
  }

  /** Number of the state it was first reached from; NO_PARENT for the first. */
  parent(state: number): number {
    return this.#parent[state] as number;
  }

  choice(state: number): number {
    return this.#choice[state] as number;
  }

  /** Bytes of everything that is kept for the visited states. */
  get bytes(): number {
    const columns = this.#prints.byteLength + this.#parent.byteLength + this.#choice.byteLength;
    return columns + this.#table.byteLength + (this.#whole?.length ?? 0) * CHUNK * this.#words * 4;
  }

  /** The number of a state, which is added if it is not known: then the number is what `states` was. */
  add(lo: number, hi: number, words: Int32Array, parent: number, choice: number): number {
    const table = this.#table;
    const prints = this.#prints;
    const bits = this.#bits;
    let slot = slotOf(lo, table.length);
    for (;;) {
      const kept = table[slot] as number;
      if (kept === 0) break;
      if (++slot === table.length) slot = 0;
      if (((kept ^ hi) & ~bits) !== 0) continue;
      const known = (kept & bits) - 1;
      if (prints[2 * known] === lo && prints[2 * known + 1] === hi) {
        if (this.#same(known, words)) return known;
        this.collisions++;
      }
    }
    const state = this.states++;
    if (state === this.#parent.length) this.#growColumns();
    this.#prints[2 * state] = lo;
    this.#prints[2 * state + 1] = hi;
    this.#parent[state] = parent;
    this.#choice[state] = choice;
    table[slot] = (hi & ~bits) | (state + 1);
    if (this.#whole !== null) this.#keep(state, words);
    if (this.states > table.length * LOAD) this.#growTable();
    return state;
  }

  /** Without whole states equal fingerprints count as equal states. */
  #same(state: number, words: Int32Array): boolean {
    if (this.#whole === null) return true;
    const chunk = this.#whole[Math.floor(state / CHUNK)] as Int32Array;
    const at = (state % CHUNK) * this.#words;
    for (let i = 0; i < this.#words; i++) if (chunk[at + i] !== words[i]) return false;
    return true;
  }

  #keep(state: number, words: Int32Array): void {
    if (this.#whole === null) return;
    if (state % CHUNK === 0) this.#whole.push(new Int32Array(CHUNK * this.#words));
    this.#whole.at(-1)?.set(words, (state % CHUNK) * this.#words);
  }

  #growColumns(): void {
    const size = Math.ceil(this.#parent.length * COLUMN_GROWTH);
    this.#prints = longer(this.#prints, 2 * size);
    this.#parent = longer(this.#parent, size);
    const choice = new Uint8Array(size);
    choice.set(this.#choice);
    this.#choice = choice;
  }

  /** The old table is let go first: the columns hold all that is needed for a new one. */
  #growTable(): void {
    const size = Math.ceil(this.#table.length * TABLE_GROWTH);
    this.#table = new Int32Array(0);
    const table = new Int32Array(size);
    const bits = numberBits(size);
    for (let state = 0; state < this.states; state++) {
      let slot = slotOf(this.#prints[2 * state] as number, size);
      while (table[slot] !== 0) if (++slot === size) slot = 0;
      table[slot] = ((this.#prints[2 * state + 1] as number) & ~bits) | (state + 1);
    }
    this.#table = table;
    this.#bits = bits;
  }
}

/** Room for the numbers of as many states as there are slots. */
const numberBits = (slots: number) => 2 ** (32 - Math.clz32(slots)) - 1;

/** The slot that a fingerprint's first half asks for, in a table of any size. */
function slotOf(lo: number, size: number): number {
  return Math.floor(((lo >>> 0) / 4294967296) * size);
}

function longer(column: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(size);
  more.set(column);
  return more;
}
