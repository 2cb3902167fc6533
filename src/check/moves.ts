/**
 * What each thread does next, asked once.
 *
 * A step reads and writes the shared region and its own thread's, nothing else. So where a shared region meets a region of
 * a thread again, whatever the other threads do meanwhile, it leads to the same two regions: the move is looked up. A third
 * to a sixth of all steps are left to be done.
 *
 * The moves of a thread from one shared region are a list, the newest first: a search goes from near to far, so that it asks
 * for what it added a moment ago, and finds it where memory is fast.
 */

const NONE = -1;
/** Numbers of a move. */
const SIZE = 4;

export class Moves {
  readonly #threads: number;
  /** By shared region and thread: the newest move + 1; 0 for none. */
  #newest = new Int32Array(64);
  /**
   * Of each move: the thread's region; the two regions that the only outcome leads to; the next move of its list + 1. With
   * none or several outcomes the second is -2 less where they stand in the list.
   */
  #moves = new Int32Array(64 * SIZE);
  #count = 0;
  /** Of each such move: how many outcomes; then two regions for each. */
  #list = new Int32Array(64);
  #end = 0;
  /** By move, see `reduce.ts`; null where nobody asks. */
  #footprints: Int32Array<ArrayBuffer> | null;

  constructor(threads: number, footprints: boolean) {
    this.#threads = threads;
    this.#footprints = footprints ? new Int32Array(64) : null;
  }

  get bytes(): number {
    return (
      this.#newest.byteLength + this.#moves.byteLength + this.#list.byteLength + (this.#footprints?.byteLength ?? 0)
    );
  }

  /** Where a thread's move stands; -1 when it is not known. */
  find(shared: number, own: number, thread: number): number {
    const moves = this.#moves;
    const list = shared * this.#threads + thread;
    if (list >= this.#newest.length) return NONE;
    let next = this.#newest[list] as number;
    while (next > 0) {
      const move = (next - 1) * SIZE;
      if (moves[move] === own) return move;
      next = moves[move + 3] as number;
    }
    return NONE;
  }

  outcomes(move: number): number {
    const to = this.#moves[move + 1] as number;
    return to >= 0 ? 1 : (this.#list[-2 - to] as number);
  }

  /** What the move reads and writes if it is of a kind that may go first, 0 if not. */
  footprint(move: number): number {
    return this.#footprints?.[move / SIZE] ?? 0;
  }

  /** The shared region that an outcome leads to. */
  shared(move: number, outcome: number): number {
    const to = this.#moves[move + 1] as number;
    return to >= 0 ? to : (this.#list[-1 - to + 2 * outcome] as number);
  }

  /** The thread's region that an outcome leads to. */
  own(move: number, outcome: number): number {
    const to = this.#moves[move + 1] as number;
    return to >= 0 ? (this.#moves[move + 2] as number) : (this.#list[-to + 2 * outcome] as number);
  }

  /** Adds a move: `ends` has for each outcome a shared region and the thread's. Returns where it stands. */
  add(shared: number, own: number, thread: number, ends: Int32Array, outcomes: number, footprint: number): number {
    const list = shared * this.#threads + thread;
    if (list >= this.#newest.length) this.#newest = longer(this.#newest, list + 1);
    const move = this.#count * SIZE;
    if (move + SIZE > this.#moves.length) this.#moves = longer(this.#moves, move + SIZE);
    const moves = this.#moves;
    moves[move] = own;
    moves[move + 3] = this.#newest[list] as number;
    if (this.#footprints !== null) {
      if (this.#count >= this.#footprints.length) this.#footprints = longer(this.#footprints, this.#count + 1);
      this.#footprints[this.#count] = footprint;
    }
    this.#newest[list] = ++this.#count;
    if (outcomes === 1) {
      moves[move + 1] = ends[0] as number;
      moves[move + 2] = ends[1] as number;
      return move;
    }
    const at = this.#end;
    this.#end += 1 + 2 * outcomes;
    if (this.#end > this.#list.length) this.#list = longer(this.#list, this.#end);
    moves[move + 1] = -2 - at;
    this.#list[at] = outcomes;
    for (let i = 0; i < 2 * outcomes; i++) this.#list[at + 1 + i] = ends[i] as number;
    return move;
  }
}

/** Room for so many numbers, and for half as many again. */
function longer(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const more = new Int32Array(Math.ceil(length * 1.5));
  more.set(numbers);
  return more;
}
