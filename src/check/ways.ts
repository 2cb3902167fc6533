/**
 * How each state is reached from the first in the fewest steps, and of these with the fewest switches of thread.
 *
 * A shortest run goes from distance to distance, so what leads to a state is settled when all states of the distance before
 * it were left. Of each state the fewest switches are kept, the threads that may step last in them, and for each of those
 * the step: whoever goes on with another thread switches once more, whichever it was.
 */
import { threadOf } from "./choice.ts";

const NOBODY = -1;

export class Ways {
  readonly #threads: number;
  #fewest = new Uint16Array(64);
  /** A bit for each thread that may step last. */
  #last = new Uint8Array(64);
  /** By state and thread: where that step came from, and its choice. */
  #from: Int32Array;
  #choice: Uint8Array;

  constructor(threads: number) {
    this.#threads = threads;
    this.#from = new Int32Array(64 * threads).fill(NOBODY);
    this.#choice = new Uint8Array(64 * threads);
    // whoever steps first has switched from nobody
    this.#last[0] = 0xff;
  }

  get bytes(): number {
    return this.#fewest.byteLength + this.#last.byteLength + this.#from.byteLength + this.#choice.byteLength;
  }

  /** Switches of the best run to a state, with a step of this thread after it; -1 for none. */
  switches(state: number, thread: number): number {
    const fewest = this.#fewest[state] as number;
    return thread === NOBODY || this.#mayBeLast(state, thread) ? fewest : fewest + 1;
  }

  #mayBeLast(state: number, thread: number): boolean {
    return (((this.#last[state] as number) >> thread) & 1) === 1;
  }

  /** A step that leads to a state of the next distance, for the first time or again. */
  add(state: number, from: number, choice: number, isNew: boolean): void {
    const thread = threadOf(choice);
    const switches = this.switches(from, thread);
    if (isNew) this.#grow(state);
    else if (switches > (this.#fewest[state] as number)) return;
    if (isNew || switches < (this.#fewest[state] as number)) {
      this.#fewest[state] = switches;
      this.#last[state] = 0;
    }
    if (this.#mayBeLast(state, thread)) return;
    this.#last[state] |= 1 << thread;
    this.#from[state * this.#threads + thread] = from;
    this.#choice[state * this.#threads + thread] = choice;
  }

  /** The choices of such a run, which ends with a step of this thread if that costs no switch. */
  runTo(state: number, thread: number): number[] {
    const run: number[] = [];
    let last = thread;
    for (let at = state; at > 0; ) {
      if (last < 0 || last >= this.#threads || !this.#mayBeLast(at, last))
        last = 31 - Math.clz32((this.#last[at] as number) & -(this.#last[at] as number));
      const place = at * this.#threads + last;
      run.push(this.#choice[place] as number);
      at = this.#from[place] as number;
    }
    return run.reverse();
  }

  #grow(state: number): void {
    if (state < this.#fewest.length) return;
    const size = Math.ceil((state + 1) * 1.5);
    const fewest = new Uint16Array(size);
    fewest.set(this.#fewest);
    const last = new Uint8Array(size);
    last.set(this.#last);
    const from = new Int32Array(size * this.#threads);
    from.set(this.#from);
    const choice = new Uint8Array(size * this.#threads);
    choice.set(this.#choice);
    this.#fewest = fewest;
    this.#last = last;
    this.#from = from;
    this.#choice = choice;
  }
}
