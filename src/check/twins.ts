/**
 * Symmetry: threads that are to do the same, with the same arguments. Two states in which such twins have changed places are
 * one, and the search keeps one of them.
 *
 * No body and no argument has the number of the thread that runs it, so that a state holds it in two ways only: by where a
 * thread's region lies, and in the bytes of locks, for their owners and readers. Where twins change places in both, each
 * step of the one state is a step of the other, and breaks the same. So twins are put into the order of what their regions
 * hold; a lock's bytes follow. States are then fewer by up to the orders of twins: 2 for two of them, 6 for three.
 *
 * Not done: devices and PASIDs. The kernel walks lists of devices and arrays of PASIDs in their order, and stops where one
 * fails, so that two of them are told apart even if nothing else does; and which bytes hold the number of one is known to
 * bodies only.
 */
import type { PlacedLock } from "../sim/layout.ts";
import type { Root } from "../sim/step.ts";
import type { Regions } from "./regions.ts";
import type { Stage } from "./stage.ts";

/** Threads that do the same as another one, by their numbers, each list from the first. */
export function twinsOf(programs: readonly (readonly Root[])[]): readonly (readonly number[])[] {
  const alike = new Map<string, number[]>();
  programs.forEach((program, thread) => {
    const key = JSON.stringify(program.map(({ proc, args }) => [proc, ...args]));
    alike.set(key, [...(alike.get(key) ?? []), thread]);
  });
  return [...alike.values()].filter((threads) => threads.length > 1);
}

export class Twins<S, W> {
  /** After `order`: which thread each thread was before. */
  readonly was: number[];
  readonly #stage: Stage<S, W>;
  readonly #twins: readonly (readonly number[])[];
  readonly #locks: readonly PlacedLock[];
  /** Regions that were put to another place, by the two places and their number there. */
  readonly #moved = new Map<string, number>();

  constructor(stage: Stage<S, W>, twins: readonly (readonly number[])[]) {
    const { layout, programs } = stage.machine;
    this.#stage = stage;
    this.#twins = twins;
    this.#locks = layout.locks;
    this.was = programs.map((_program, t) => t);
  }

  /** Puts the twins of a state, given by the numbers of its regions, into their order; says whether they were not. */
  order(state: Int32Array): boolean {
    const was = this.was;
    let moves = false;
    for (let t = 0; t < was.length; t++) was[t] = t;
    for (const twins of this.#twins) {
      const sorted = twins.toSorted((a, b) => this.#compare(state, a, b));
      twins.forEach((thread, i) => {
        was[thread] = sorted[i] as number;
        moves ||= was[thread] !== thread;
      });
    }
    if (!moves) return false;
    const before = state.slice();
    state[0] = this.#shared(before[0] as number);
    was.forEach((from, thread) => {
      if (from !== thread) state[thread + 1] = this.#own(from, thread, before[from + 1] as number);
    });
    return true;
  }

  /** By the fingerprints of their regions; those that hold the same stay as they are. */
  #compare(state: Int32Array, a: number, b: number): number {
    const [one, other] = [this.#regionsAt(a + 1), this.#regionsAt(b + 1)];
    const [p, q] = [state[a + 1] as number, state[b + 1] as number];
    return one.lo(p) - other.lo(q) || one.hi(p) - other.hi(q);
  }

  #regionsAt(place: number): Regions {
    return this.#stage.regions[place] as Regions;
  }

  #own(from: number, to: number, region: number): number {
    return this.#once(`${from} ${to} ${region}`, () => this.#stage.movedTo(from + 1, to + 1, region));
  }

  /** The shared region with other threads in the bytes of its locks. */
  #shared(region: number): number {
    const { was } = this;
    return this.#once(`${was.join(" ")} shared ${region}`, () => {
      const now = (thread: number) => was.indexOf(thread);
      const regions = this.#regionsAt(0);
      const words = regions.wordsOf(region);
      const first = regions.firstOf(region);
      const byteAt = (at: number) => ((words[first + (at >> 2)] as number) >>> (8 * (at & 3))) & 0xff;
      const written: number[] = [];
      const write = (at: number, value: number) => {
        const shift = 8 * (at & 3);
        if (byteAt(at) !== value) written.push(at >> 2, 0xff << shift, value << shift);
      };
      for (const { offset, kind } of this.#locks) {
        const owner = byteAt(offset);
        if (owner > 0) write(offset, now(owner - 1) + 1);
        if (kind !== "rw") continue;
        const readers = byteAt(offset + 1);
        write(
          offset + 1,
          was.reduce((bits, from, thread) => bits | (((readers >> from) & 1) << thread), 0),
        );
      }
      return this.#stage.withWrites(region, Int32Array.from(written));
    });
  }

  #once(key: string, make: () => number): number {
    const known = this.#moved.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#moved.set(key, made);
    return made;
  }
}
