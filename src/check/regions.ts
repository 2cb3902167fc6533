/**
 * Regions of states, each kept once: shared regions, or regions of threads.
 *
 * A region gets a number, from 0; equal regions get the same. They are compared word by word, so that what is said of
 * numbers is said of regions.
 */
import { high, low, mix } from "./hash.ts";

const LOAD = 0.7;

export class Regions {
  count = 0;
  readonly #size: number;
  #words: Int32Array;
  #lo: Int32Array;
  #hi: Int32Array;
  /** Region + 1 by slot. */
  #table: Int32Array;

  /** @param size words of a region */
  constructor(size: number) {
    this.#size = size;
    this.#words = new Int32Array(size * 64);
    this.#lo = new Int32Array(64);
    this.#hi = new Int32Array(64);
    this.#table = new Int32Array(128);
  }

  get bytes(): number {
    return this.#words.byteLength + this.#lo.byteLength + this.#hi.byteLength + this.#table.byteLength;
  }

  /** The halves of a region's fingerprint. */
  lo(region: number): number {
    return this.#lo[region] as number;
  }

  hi(region: number): number {
    return this.#hi[region] as number;
  }

  /** Lays a region into a state. */
  copy(region: number, state: Int32Array, at: number): void {
    const words = this.#words;
    const from = region * this.#size;
    for (let i = 0; i < this.#size; i++) state[at + i] = words[from + i] as number;
  }

  /** The number of a region that a state holds. `was` is one that it is likely to be, or to be much like. */
  number(state: Int32Array, at: number, was = 0): number {
    const words = this.#words;
    const from = was * this.#size;
    let lo = this.#lo[was] as number;
    let hi = this.#hi[was] as number;
    let differs = false;
    for (let i = 0; i < this.#size; i++) {
      const before = words[from + i] as number;
      const word = state[at + i] as number;
      if (word === before) continue;
      differs = true;
      lo ^= low(before, i) ^ low(word, i);
      hi ^= high(before, i) ^ high(word, i);
    }
    // the first of all is made from zeros, which count as none
    if (!differs && this.count > was) return was;
    const mask = this.#table.length - 1;
    let slot = mix(lo) & mask;
    for (let known = this.#table[slot] as number; known > 0; known = this.#table[slot] as number) {
      if (this.#lo[known - 1] === lo && this.#equals(known - 1, state, at)) return known - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(state, at, lo, hi, slot);
  }

  #equals(region: number, state: Int32Array, at: number): boolean {
    const words = this.#words;
    const from = region * this.#size;
    for (let i = 0; i < this.#size; i++) if (words[from + i] !== state[at + i]) return false;
    return true;
  }

  #add(state: Int32Array, at: number, lo: number, hi: number, slot: number): number {
    const region = this.count++;
    if (region === this.#lo.length) this.#grow();
    this.#lo[region] = lo;
    this.#hi[region] = hi;
    const words = this.#words;
    const to = region * this.#size;
    for (let i = 0; i < this.#size; i++) words[to + i] = state[at + i] as number;
    this.#table[slot] = region + 1;
    if (this.count > this.#table.length * LOAD) this.#growTable();
    return region;
  }

  #grow(): void {
    const size = Math.ceil(this.#lo.length * 1.5);
    const longer = (column: Int32Array, length: number) => {
      const more = new Int32Array(length);
      more.set(column);
      return more;
    };
    this.#words = longer(this.#words, size * this.#size);
    this.#lo = longer(this.#lo, size);
    this.#hi = longer(this.#hi, size);
  }

  #growTable(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let region = 0; region < this.count; region++) {
      let slot = mix(this.#lo[region] as number) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = region + 1;
    }
    this.#table = table;
  }
}
