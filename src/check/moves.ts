/**
 * What each thread does next, asked once.
 *
 * A step reads and writes the shared region and its own thread's, nothing else. So where a shared region meets a region of
 * a thread again, whatever the other threads do meanwhile, it leads to the same two regions: the move is looked up. A third
 * to a sixth of all steps are left to be done.
 */
import { mix } from "./hash.ts";

const LOAD = 0.7;
const UNKNOWN = -1;
/** A move with one outcome stands in its slot; any other in the list. */
const NONE = -1;

export class Moves {
  /**
   * Four numbers a slot. Shared region; region of the thread, times 8, and its number. Then the shared region that the only
   * outcome leads to, and the thread's region, times 2, and whether the move may go first; or -2 less where the move stands
   * in the list.
   */
  #table = emptyTable(256);
  #count = 0;
  /** Of each move in it: how many outcomes; then two regions for each. */
  #list = new Int32Array(64);
  #end = 0;

  get bytes(): number {
    return this.#table.byteLength + this.#list.byteLength;
  }

  /** The slot of a thread's move; -1 when it is not known. It is good until the next `add`. */
  find(shared: number, own: number, thread: number): number {
    const slot = this.#slot(shared, own * 8 + thread);
    return this.#table[slot] === UNKNOWN ? NONE : slot;
  }

  outcomes(move: number): number {
    const to = this.#table[move + 2] as number;
    return to >= 0 ? 1 : (this.#list[-2 - to] as number);
  }

  /** See `reduce.ts`. */
  mayGoFirst(move: number): boolean {
    return (this.#table[move + 2] as number) >= 0 && ((this.#table[move + 3] as number) & 1) === 1;
  }

  /** The shared region that an outcome leads to. */
  shared(move: number, outcome: number): number {
    const to = this.#table[move + 2] as number;
    return to >= 0 ? to : (this.#list[-1 - to + 2 * outcome] as number);
  }

  /** The thread's region that an outcome leads to. */
  own(move: number, outcome: number): number {
    const to = this.#table[move + 2] as number;
    return to >= 0 ? (this.#table[move + 3] as number) >> 1 : (this.#list[-to + 2 * outcome] as number);
  }

  /** Adds a move: `ends` has for each outcome a shared region and the thread's. Returns its slot. */
  add(shared: number, own: number, thread: number, ends: Int32Array, outcomes: number, mayGoFirst: boolean): number {
    if (this.#count * 4 > this.#table.length * LOAD) this.#grow();
    const slot = this.#slot(shared, own * 8 + thread);
    const table = this.#table;
    table[slot] = shared;
    table[slot + 1] = own * 8 + thread;
    this.#count++;
    if (outcomes === 1) {
      table[slot + 2] = ends[0] as number;
      table[slot + 3] = ((ends[1] as number) << 1) | (mayGoFirst ? 1 : 0);
      return slot;
    }
    const at = this.#end;
    this.#end += 1 + 2 * outcomes;
    if (this.#end > this.#list.length) {
      const more = new Int32Array(this.#end * 2);
      more.set(this.#list);
      this.#list = more;
    }
    table[slot + 2] = -2 - at;
    this.#list[at] = outcomes;
    for (let i = 0; i < 2 * outcomes; i++) this.#list[at + 1 + i] = ends[i] as number;
    return slot;
  }

  /** Where the slot of a pair begins, or the empty one that it would get. */
  #slot(shared: number, own: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let slot = (mix(Math.imul(shared, 0x9e3779b1) ^ own) << 2) & mask;
    while (table[slot] !== UNKNOWN && (table[slot] !== shared || table[slot + 1] !== own)) slot = (slot + 4) & mask;
    return slot;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = emptyTable(old.length / 2);
    for (let i = 0; i < old.length; i += 4) {
      if (old[i] === UNKNOWN) continue;
      const slot = this.#slot(old[i] as number, old[i + 1] as number);
      for (let j = 0; j < 4; j++) this.#table[slot + j] = old[i + j] as number;
    }
  }
}

const emptyTable = (slots: number) => new Int32Array(slots * 4).fill(UNKNOWN);
