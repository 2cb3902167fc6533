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
  /** By slot: shared region, region of the thread with its number, and where the move stands in `#list`. */
  #shared = new Int32Array(256).fill(UNKNOWN);
  #own = new Int32Array(256);
  #at = new Int32Array(256);
  #count = 0;
  /** Of each move: how many outcomes, and whether it may go first; then two regions for each outcome. */
  #list = new Int32Array(1024);
  #end = 0;

  get bytes(): number {
    return 3 * this.#shared.byteLength + this.#list.byteLength;
  }

  /** Where the move of a thread stands; -1 when it is not known. */
  find(shared: number, own: number, thread: number): number {
    const slot = this.#slot(shared, own * 8 + thread);
    return this.#shared[slot] === UNKNOWN ? UNKNOWN : (this.#at[slot] as number);
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
    if (this.#count > this.#shared.length * LOAD) this.#grow();
    const slot = this.#slot(shared, own * 8 + thread);
    const move = this.#end;
    this.#shared[slot] = shared;
    this.#own[slot] = own * 8 + thread;
    this.#at[slot] = move;
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

  #slot(shared: number, own: number): number {
    const mask = this.#shared.length - 1;
    let slot = mix(Math.imul(shared, 0x9e3779b1) ^ own) & mask;
    while (this.#shared[slot] !== UNKNOWN && (this.#shared[slot] !== shared || this.#own[slot] !== own)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [shared, own, at] = [this.#shared, this.#own, this.#at];
    this.#shared = new Int32Array(shared.length * 2).fill(UNKNOWN);
    this.#own = new Int32Array(shared.length * 2);
    this.#at = new Int32Array(shared.length * 2);
    for (let i = 0; i < shared.length; i++) {
      if (shared[i] === UNKNOWN) continue;
      const slot = this.#slot(shared[i] as number, own[i] as number);
      this.#shared[slot] = shared[i] as number;
      this.#own[slot] = own[i] as number;
      this.#at[slot] = at[i] as number;
    }
  }
}
