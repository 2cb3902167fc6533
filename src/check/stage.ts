/**
 * The one machine, with a state laid on it that steps are tried on.
 *
 * After a step the few words that differ from the regions that were laid give the numbers of those that it led to, and are
 * put back, so that the next step begins where this one did.
 */
import type { Machine } from "../sim/step.ts";
import { high, low } from "./hash.ts";
import { Regions } from "./regions.ts";

/** The first place from `at` at which a state differs from another one, which lies `shift` further on; `end` if there is none before it. */
function differsAt(a: Int32Array, b: Int32Array, shift: number, at: number, end: number): number {
  let i = at;
  while (i < end && a[i] === b[i + shift]) i++;
  return i;
}

/** A mask of the bytes of a word that are not 0. */
function bytesOf(word: number): number {
  let mask = 0;
  for (let byte = 0xff; byte !== 0; byte <<= 8) if ((word & byte) !== 0) mask |= byte;
  return mask;
}

export class Stage<S, W> {
  readonly machine: Machine<S, W>;
  /** By place: the shared region first, then each thread's. */
  regions: readonly Regions[];
  readonly #exact: boolean;
  readonly #words: Int32Array;
  /** First word of each region, and how many. */
  readonly #starts: readonly number[];
  readonly #sizes: readonly number[];
  /** Numbers of the regions that are laid, -1 where they are not known. */
  readonly #laid: Int32Array;
  /** Words that differ from what was laid, and what they were. */
  readonly #changed: Int32Array;
  readonly #was: Int32Array;
  #count = 0;
  /** Marks of each word of the shared region, and of those that the step changed whose regions were numbered. */
  readonly #marks: Int32Array;
  changed = 0;

  /** Stands on the machine's present state. */
  constructor(machine: Machine<S, W>, threads: number, exact: boolean, marks: Int32Array) {
    const { threadsAt, threadSize } = machine.layout;
    this.machine = machine;
    this.#exact = exact;
    this.#marks = marks;
    this.#words = new Int32Array(machine.bytes.buffer);
    this.#changed = new Int32Array(this.#words.length);
    this.#was = new Int32Array(this.#words.length);
    this.#starts = [0, ...Array.from({ length: threads }, (_x, t) => (threadsAt + t * threadSize) / 4)];
    this.#sizes = this.#starts.map((_at, place) => (place === 0 ? threadsAt : threadSize) / 4);
    this.regions = this.#fresh();
    this.#laid = Int32Array.from(this.#starts, (at, place) => this.#regionsAt(place).number(this.#words, at));
  }

  #fresh(): Regions[] {
    return this.#sizes.map((size, place) => new Regions(size, place, this.#exact));
  }

  #regionsAt(place: number): Regions {
    return this.regions[place] as Regions;
  }

  get bytes(): number {
    let bytes = 0;
    for (const regions of this.regions) bytes += regions.bytes;
    return bytes;
  }

  /** Numbers of the regions that are laid. */
  get state(): Int32Array {
    return this.#laid.slice();
  }

  /** Numbers of the regions of a whole state. */
  numbersOf(bytes: Uint8Array<ArrayBuffer>): Int32Array {
    const words = new Int32Array(bytes.buffer);
    return Int32Array.from(this.#starts, (at, place) => this.#regionsAt(place).number(words, at));
  }

  /** Lays a state, given by the numbers of its regions. */
  lay(state: Int32Array): void {
    for (let place = 0; place < state.length; place++) this.#layAt(state, place);
  }

  /** Lays what a step of a thread reads and writes: the shared region, and its own. */
  layFor(state: Int32Array, thread: number): void {
    this.#layAt(state, 0);
    this.#layAt(state, thread + 1);
  }

  #layAt(state: Int32Array, place: number): void {
    const region = state[place] as number;
    if (this.#laid[place] === region) return;
    this.#regionsAt(place).copy(region, this.#words, this.#starts[place] as number);
    this.#laid[place] = region;
  }

  /** The number of a region after a step; it is new if it is what `regions[place].count` was. */
  number(place: number): number {
    const words = this.#words;
    const start = this.#starts[place] as number;
    const end = start + (this.#sizes[place] as number);
    const regions = this.regions[place] as Regions;
    const laid = this.#laid[place] as number;
    const kept = regions.wordsOf(laid);
    const shift = regions.firstOf(laid) - start;
    const before = this.#count;
    let lo = 0;
    let hi = 0;
    for (let i = differsAt(words, kept, shift, start, end); i < end; i = differsAt(words, kept, shift, i + 1, end)) {
      const word = words[i] as number;
      const was = kept[i + shift] as number;
      lo ^= low(was, i - start) ^ low(word, i - start);
      hi ^= high(was, i - start) ^ high(word, i - start);
      this.#was[this.#count] = was;
      this.#changed[this.#count++] = i;
      if (place === 0) this.changed |= this.#marks[i] as number;
    }
    if (this.#count === before) return laid;
    return regions.find(words, start, regions.lo(laid) ^ lo, regions.hi(laid) ^ hi);
  }

  /** What the step changed in the regions that were numbered: for each word its place, a mask of the bytes, and what they became. */
  written(): Int32Array {
    const list = new Int32Array(3 * this.#count);
    for (let i = 0; i < this.#count; i++) {
      const at = this.#changed[i] as number;
      const word = this.#words[at] as number;
      const mask = bytesOf(word ^ (this.#was[i] as number));
      list.set([at, mask, word & mask], 3 * i);
    }
    return list;
  }

  /** The shared region that the same writes lead to from another one, -1 if there is none yet: by fingerprint alone. */
  after(shared: number, written: Int32Array): number {
    const regions = this.regions[0] as Regions;
    const words = regions.wordsOf(shared);
    const first = regions.firstOf(shared);
    let lo = regions.lo(shared);
    let hi = regions.hi(shared);
    for (let i = 0; i < written.length; i += 3) {
      const at = written[i] as number;
      const was = words[first + at] as number;
      const word = (was & ~(written[i + 1] as number)) | (written[i + 2] as number);
      if (word === was) continue;
      lo ^= low(was, at) ^ low(word, at);
      hi ^= high(was, at) ^ high(word, at);
    }
    return regions.known(lo, hi);
  }

  /** The shared region that writes lead to from another one: it is kept if it is new. */
  withWrites(shared: number, written: Int32Array): number {
    this.#layAt(Int32Array.of(shared), 0);
    this.write(written);
    const to = this.number(0);
    this.back();
    return to;
  }

  /** The number that a thread's region has at the place of another one: it is kept if it is new. */
  movedTo(from: number, to: number, region: number): number {
    const words = new Int32Array(this.#sizes[from] as number);
    this.#regionsAt(from).copy(region, words, 0);
    return this.#regionsAt(to).number(words, 0);
  }

  /** Makes the same writes to the shared region that is laid, as the step did. */
  write(written: Int32Array): void {
    const words = this.#words;
    for (let i = 0; i < written.length; i += 3) {
      const at = written[i] as number;
      words[at] = ((words[at] as number) & ~(written[i + 1] as number)) | (written[i + 2] as number);
    }
  }

  /** Takes the step back whose regions were numbered. */
  back(): void {
    for (let i = 0; i < this.#count; i++) this.#words[this.#changed[i] as number] = this.#was[i] as number;
    this.#count = 0;
    this.changed = 0;
  }

  /** Forgets all regions but those of these states, whose numbers are replaced by new ones. */
  keep(lists: readonly { readonly words: Int32Array; readonly from: number; readonly to: number }[]): void {
    const old = this.regions;
    this.regions = this.#fresh();
    this.#laid.fill(-1);
    const places = old.length;
    const scratch = new Int32Array(Math.max(...this.#sizes));
    for (const { words, from, to } of lists) {
      for (let i = from; i < to; i++) {
        (old[i % places] as Regions).copy(words[i] as number, scratch, 0);
        words[i] = this.#regionsAt(i % places).number(scratch, 0);
      }
    }
  }
}
