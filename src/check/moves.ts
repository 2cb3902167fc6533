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

export class Moves {
  /** Four numbers a slot: shared region, region of the thread with its number, where the move stands in `#list`, none. */
  #table = emptyTable(256);
  #count = 0;
  /** Of each move: how many outcomes, and whether it may go first; then two regions for each outcome. */
  #list = new Int32Array(1024);
  #end = 0;

  get bytes(): number {
    return this.#table.byteLength + this.#list.byteLength;
  }

  /** Where the move of a thread stands; -1 when it is not known. */
  find(shared: number, own: number, thread: number): number {
    return this.#table[this.#slot(shared, own * 8 + thread) + 2] as number;
  }

  outcomes(move: number): number {
    return (this.#list[move] as number) >> 1;
  }

  /** See `reduce.ts`. */
  mayGoFirst(move: number): boolean {
    return ((this.#list[move] as number) & 1) === 1;
  }

  /** The shared region that an outcome leads to. */
  shared(move: number, outcome: number): number {
    return this.#list[move + 1 + 2 * outcome] as number;
  }

  /** The thread's region that an outcome leads to. */
  own(move: number, outcome: number): number {
    return this.#list[move + 2 + 2 * outcome] as number;
  }

  /** Adds a move: for each outcome a shared region and the thread's. Returns where it stands. */
  add(shared: number, own: number, thread: number, ends: readonly number[], mayGoFirst: boolean): number {
    if (this.#count * 4 > this.#table.length * LOAD) this.#grow();
    const slot = this.#slot(shared, own * 8 + thread);
    const move = this.#end;
    this.#table[slot] = shared;
    this.#table[slot + 1] = own * 8 + thread;
    this.#table[slot + 2] = move;
    this.#count++;
    this.#end += 1 + ends.length;
    if (this.#end > this.#list.length) {
      const more = new Int32Array(Math.ceil(this.#end * 1.5));
      more.set(this.#list);
      this.#list = more;
    }
    this.#list[move] = ends.length | (mayGoFirst ? 1 : 0);
    for (let i = 0; i < ends.length; i++) this.#list[move + 1 + i] = ends[i] as number;
    return move;
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
      if (old[i] !== UNKNOWN)
        this.#table.set(old.subarray(i, i + 4), this.#slot(old[i] as number, old[i + 1] as number));
    }
  }
}

const emptyTable = (slots: number) => new Int32Array(slots * 4).fill(UNKNOWN);
