/**
 * What the steps of a thread did, by what they read: where a thread that stands the same way meets another shared region
 * that holds the same in all that its step read, the step does the same, and is not made again.
 *
 * What a step reads is noted as it is made, not declared: the fields that its bodies and the judges of the step ask for, and
 * those that they write, the locks that it looks at or changes, and WARNs. Bodies and judges are functions of that, of the
 * thread's own region, and of the world. A few hundred regions of threads and a few thousand such effects stand for all the
 * steps of a search.
 */
import type { Layout } from "../sim/layout.ts";
import type { Touched } from "../sim/noting.ts";
import type { Violated } from "./judge.ts";

/** Where one outcome of a step leads: the thread's region, and what is written to the shared one, see `Stage.written`. */
export interface Outcome {
  readonly own: number;
  readonly written: Int32Array;
  /** By the step itself, wherever it leads. */
  readonly violated: Violated;
}

export interface Effect {
  /** All that it read: for each word of the shared region its place, a mask of the bytes, and what they held. */
  readonly read: Int32Array;
  readonly outcomes: readonly Outcome[];
  /** See `reduce.ts`. */
  readonly footprint: number;
}

/**
 * So many of one region are kept, the new one instead of the last: a thread whose steps read what always differs is no
 * reason to look long.
 */
const MOST = 24;
const NO_EFFECTS: Effect[] = [];

export class Effects {
  bytes = 0;
  readonly #layout: Layout;
  readonly #threads: number;
  readonly #touched: Touched;
  /** By region of a thread and thread. */
  readonly #lists: (Effect[] | undefined)[] = [];
  /** Bytes that the step at hand has read, by word, as masks; and the words. */
  readonly #masks: Int32Array;
  readonly #words: number[] = [];
  #outcomes: Outcome[] = [];

  constructor(layout: Layout, threads: number, touched: Touched) {
    this.#layout = layout;
    this.#threads = threads;
    this.#touched = touched;
    this.#masks = new Int32Array(layout.threadsAt / 4);
  }

  /** What a thread with this region does in a shared region, which lies at `first` of `words`; null if that is not known. */
  find(own: number, thread: number, words: Int32Array, first: number): Effect | null {
    const list = this.#lists[own * this.#threads + thread] ?? NO_EFFECTS;
    for (let i = 0; i < list.length; i++) {
      const effect = list[i] as Effect;
      if (!isRead(effect.read, words, first)) continue;
      // what was met a moment ago is met again
      if (i > 0) [list[i - 1], list[i]] = [effect, list[i - 1] as Effect];
      return effect;
    }
    return null;
  }

  /** A step is about to be looked at. */
  begin(): void {
    for (const word of this.#words) this.#masks[word] = 0;
    this.#words.length = 0;
    this.#outcomes = [];
  }

  /** What was touched so far belongs to the step. */
  reads(): void {
    const { fields, locks } = this.#touched;
    for (let i = 0; i < fields.count; i++) {
      const { offset, size } = this.#layout.fields[fields.list[i] as number] as { offset: number; size: number };
      this.#note(offset, size);
    }
    for (let i = 0; i < locks.count; i++) {
      const lock = this.#layout.locks[locks.list[i] as number];
      if (lock !== undefined) this.#note(lock.offset, lock.kind === "rw" ? 2 : 1);
      else this.#note(this.#layout.warnOffset, this.#layout.sharedSize - this.#layout.warnOffset);
    }
  }

  #note(offset: number, size: number): void {
    for (let at = offset; at < offset + size; at++) {
      const word = at >> 2;
      if (this.#masks[word] === 0) this.#words.push(word);
      this.#masks[word] = (this.#masks[word] as number) | (0xff << (8 * (at & 3)));
    }
  }

  /** One of its outcomes was taken. */
  leads(outcome: Outcome): void {
    this.#outcomes.push(outcome);
  }

  /** The step is through; it was made by a thread with this region, in a shared one that lies at `first` of `words`. */
  add(own: number, thread: number, words: Int32Array, first: number, footprint: number): void {
    const at = own * this.#threads + thread;
    const list = this.#lists[at] ?? [];
    this.#lists[at] = list;
    const read = new Int32Array(3 * this.#words.length);
    this.#words.forEach((word, i) => {
      const mask = this.#masks[word] as number;
      read.set([word, mask, (words[first + word] as number) & mask], 3 * i);
    });
    const outcomes = this.#outcomes;
    if (!outcomes.every(({ written }) => this.#isNoted(written)))
      throw new Error("check: a step wrote what nobody noted");
    if (list.length === MOST) list.pop();
    else this.bytes += read.byteLength + outcomes.reduce((sum, { written }) => sum + written.byteLength, 0);
    list.unshift({ read, outcomes, footprint });
  }

  /** Whatever is written is read as well, so that who reads the same has the same to write on. */
  #isNoted(written: Int32Array): boolean {
    for (let i = 0; i < written.length; i += 3)
      if (((written[i + 1] as number) & ~(this.#masks[written[i] as number] as number)) !== 0) return false;
    return true;
  }
}

function isRead(read: Int32Array, words: Int32Array, first: number): boolean {
  for (let i = 0; i < read.length; i += 3)
    if (((words[first + (read[i] as number)] as number) & (read[i + 1] as number)) !== read[i + 2]) return false;
  return true;
}
