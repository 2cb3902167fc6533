/**
 * Regions of states that lie in one place, each kept once: the shared one, or one thread's.
 *
 * A region gets a number, from 0; equal regions get the same. Each has two halves of a fingerprint over its words, from
 * which that of its successor follows, and the same mixed with its place, which is what it adds to the fingerprint of a
 * state. Two with the same 64 bits count as one, as two states do; exact storage compares word by word.
 */
import { high, low, mix, placed } from "./hash.ts";

const LOAD = 0.7;
/** Words are kept in pieces of so many regions, so that nothing is copied as they grow. */
const CHUNK_BITS = 8;
const CHUNK = 1 << CHUNK_BITS;
/** The halves of the fingerprint, then those mixed with the place. */
const PRINTS = 4;

/** A loop of its own, which is compiled to little more than its loads and stores. */
function copyWords(from: Int32Array, at: number, to: Int32Array, start: number, size: number): void {
  for (let i = 0; i < size; i++) to[start + i] = from[at + i] as number;
}

export class Regions {
  count = 0;
  readonly #exact: boolean;
  readonly #size: number;
  readonly #place: number;
  readonly #chunks: Int32Array[] = [];
  #prints = new Int32Array(64 * PRINTS);
  /** Region + 1 by slot. */
  #table = new Int32Array(128);

  /** @param size words of a region @param place 0 for the shared region, 1 + thread for a thread's */
  constructor(size: number, place: number, exact: boolean) {
    this.#exact = exact;
    this.#size = size;
    this.#place = place;
  }

  get bytes(): number {
    return this.#chunks.length * CHUNK * this.#size * 4 + this.#prints.byteLength + this.#table.byteLength;
  }

  /** What a region adds to the halves of a state's fingerprint. */
  placedLo(region: number): number {
    return this.#prints[region * PRINTS + 2] as number;
  }

  placedHi(region: number): number {
    return this.#prints[region * PRINTS + 3] as number;
  }

  /** The halves of its own. */
  lo(region: number): number {
    return this.#prints[region * PRINTS] as number;
  }

  hi(region: number): number {
    return this.#prints[region * PRINTS + 1] as number;
  }

  /** Lays a region into a state. */
  copy(region: number, state: Int32Array, at: number): void {
    copyWords(this.wordsOf(region), this.firstOf(region), state, at, this.#size);
  }

  /** Where a region's words are kept, and the first of them there. */
  wordsOf(region: number): Int32Array {
    return this.#chunks[region >> CHUNK_BITS] as Int32Array;
  }

  firstOf(region: number): number {
    return (region & (CHUNK - 1)) * this.#size;
  }

  /** The number of a region that a state holds. */
  number(state: Int32Array, at: number): number {
    let lo = 0;
    let hi = 0;
    for (let i = 0; i < this.#size; i++) {
      const word = state[at + i] as number;
      if (word === 0) continue;
      lo ^= low(0, i) ^ low(word, i);
      hi ^= high(0, i) ^ high(word, i);
    }
    return this.find(state, at, lo, hi);
  }

  /** The same where the halves of its fingerprint are known. */
  find(state: Int32Array, at: number, lo: number, hi: number): number {
    const table = this.#table;
    const prints = this.#prints;
    const mask = table.length - 1;
    let slot = mix(lo) & mask;
    for (let known = table[slot] as number; known > 0; known = table[slot] as number) {
      const print = (known - 1) * PRINTS;
      if (prints[print] === lo && prints[print + 1] === hi && (!this.#exact || this.#equals(known - 1, state, at)))
        return known - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(state, at, lo, hi, slot);
  }

  /** The number of a region by the halves of its fingerprint alone, -1 if there is none. */
  known(lo: number, hi: number): number {
    const table = this.#table;
    const prints = this.#prints;
    const mask = table.length - 1;
    for (let slot = mix(lo) & mask; ; slot = (slot + 1) & mask) {
      const region = (table[slot] as number) - 1;
      if (region < 0 || (prints[region * PRINTS] === lo && prints[region * PRINTS + 1] === hi)) return region;
    }
  }

  #equals(region: number, state: Int32Array, at: number): boolean {
    const words = this.wordsOf(region);
    const from = this.firstOf(region);
    for (let i = 0; i < this.#size; i++) if (words[from + i] !== state[at + i]) return false;
    return true;
  }

  #add(state: Int32Array, at: number, lo: number, hi: number, slot: number): number {
    const region = this.count++;
    if (this.firstOf(region) === 0) this.#chunks.push(new Int32Array(CHUNK * this.#size));
    copyWords(state, at, this.wordsOf(region), this.firstOf(region), this.#size);
    if (region * PRINTS === this.#prints.length) {
      const more = new Int32Array(this.#prints.length * 2);
      more.set(this.#prints);
      this.#prints = more;
    }
    this.#prints[region * PRINTS] = lo;
    this.#prints[region * PRINTS + 1] = hi;
    this.#prints[region * PRINTS + 2] = placed(lo, this.#place);
    this.#prints[region * PRINTS + 3] = placed(hi, this.#place);
    this.#table[slot] = region + 1;
    if (this.count > this.#table.length * LOAD) this.#growTable();
    return region;
  }

  #growTable(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let region = 0; region < this.count; region++) {
      let slot = mix(this.#prints[region * PRINTS] as number) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = region + 1;
    }
    this.#table = table;
  }
}
