/** Watches one machine at work and judges each of its steps. */
import type { Machine, Observer } from "../../sim/step.ts";
import type { Design } from "../design.ts";
import type { KernelState, World } from "../structs.ts";
import { Before, watched } from "./before.ts";
import type { Judge, Now } from "./finding.ts";
import { CHANGED_LOCK, marksOf, Reads } from "./reads.ts";
import { judged } from "./list.ts";

/** What one step broke and what it exercised. */
export interface StepVerdict {
  readonly violated: ReadonlyMap<string, string>;
  readonly exercised: ReadonlySet<string>;
}

/** A judge with the number of its property. */
interface Seat {
  readonly property: number;
  readonly judge: Judge;
  /** What it ever looked at, as marks; kept of what is judged from shared state alone. */
  reads: number;
}

/** Bits of a word that stay small integers; two words have room for 52 properties. */
const WORD = 26;

/** All marks: whatever a judge looks at may have changed. */
const ANYTHING = -1;

const noArguments: readonly number[] = [];
const nothing: ReadonlyMap<string, string> = new Map();
const noNews: StepVerdict = { violated: nothing, exercised: new Set() };
const numberOf = new Map(judged.map((p, i) => [p.id, i]));

/**
 * Call `look` before each step and `verdict` after it, and set `machine.observer` to something that passes `moment` and
 * `warn` on.
 *
 * A search calls `begin` first, and instead of `verdict` its parts, and is told less: that a property was exercised
 * is said once, and what is judged from shared state alone is left out where the step changed nothing that it is judged
 * from. For a judge that found something in a state finds the same where all that it looked at is the same; and what it
 * looked at there is part of what it ever looked at.
 */
export class Bench {
  readonly marks: Int32Array;
  /** Locals that judges look at. */
  readonly watched = watched;
  readonly #machine: Machine<KernelState, World>;
  readonly #design: Design;
  readonly #seats = new Map<string, Seat[]>();
  readonly #everyState: readonly Seat[];
  readonly #everyStep: readonly Seat[];
  readonly #everyChange: readonly Seat[];
  readonly #groupReleased: readonly Seat[];
  readonly #asidReleased: readonly Seat[];
  readonly #mutexFree: readonly Seat[];
  readonly #atRest: readonly Seat[];
  readonly #groups: readonly (readonly number[])[];
  /** Where the owner of each group's mutex is noted. */
  readonly #mutexes: readonly number[];
  /** The state, for judges whose reads are noted. */
  readonly #reads: Reads;
  readonly #now: { -readonly [K in keyof Now]: Now[K] };
  /** A bit for each property that the step exercised so far, in two words. */
  #low = 0;
  #high = 0;
  /** The same of all steps since a search began. */
  #knownLow = 0;
  #knownHigh = 0;
  /** The sets given away, by those bits: few differ, and most steps exercise what the step before did. */
  readonly #sets = new Map<number, ReadonlySet<string>>();
  #violated: Map<string, string> | null = null;
  #last: StepVerdict = { violated: nothing, exercised: new Set() };
  #lastBits = -1;
  #lastSet: ReadonlySet<string> = new Set();

  constructor(machine: Machine<KernelState, World>, design: Design) {
    this.#machine = machine;
    this.#design = design;
    this.#groups = machine.world.group.map((_group, i) => [i]);
    const { layout } = machine;
    const mutex = (layout.lockBase.group_mutex ?? 0) - 1;
    this.#mutexes = this.#groups.map((_group, i) => layout.locks[mutex + i]?.offset ?? 0);
    this.#reads = new Reads(machine);
    this.marks = marksOf(layout);
    this.#now = { machine, thread: -1, before: new Before(machine) };
    // where a unit test writes entries, core and driver hold nothing that they could be compared with
    const isUnitTest = machine.world.entry.length > 1;
    judged.forEach((p, property) => {
      if (design.notApplicable.includes(p.id) || isUnitTest) return;
      for (const { at, judge } of p.judges) this.#at(at).push({ property, judge, reads: 0 });
    });
    this.#everyState = this.#at("state");
    this.#everyStep = this.#at("step");
    this.#everyChange = this.#at("change");
    this.#groupReleased = this.#at("group mutex released");
    this.#asidReleased = this.#at("asid lock released");
    this.#mutexFree = this.#at("mutex free");
    this.#atRest = this.#at("quiescence");
    this.look(-1);
  }

  #at(name: string): Seat[] {
    const seats = this.#seats.get(name) ?? [];
    this.#seats.set(name, seats);
    return seats;
  }

  #ask(seats: readonly Seat[], args: readonly number[]): void {
    const { state } = this.#machine;
    for (let i = 0; i < seats.length; i++) this.#askOne(seats[i] as Seat, state, args);
  }

  #askOne({ property, judge }: Seat, state: KernelState, args: readonly number[]): void {
    const finding = judge(state, this.#machine.world, args, this.#now);
    if (!finding.exercised) return;
    this.#exercise(property);
    if (finding.why !== undefined) this.#break(property, finding.why);
  }

  /** Asks what is judged from shared state alone, where that may have changed. */
  #askChanged(seats: readonly Seat[], args: readonly number[], changed: number): void {
    for (let i = 0; i < seats.length; i++) {
      const seat = seats[i] as Seat;
      if (changed !== ANYTHING && (seat.reads & changed) === 0) continue;
      this.#reads.noted = 0;
      this.#askOne(seat, this.#reads.state, args);
      seat.reads |= this.#reads.noted;
    }
  }

  #isKnown(property: number): boolean {
    return property < WORD
      ? ((this.#knownLow >> property) & 1) === 1
      : ((this.#knownHigh >> (property - WORD)) & 1) === 1;
  }

  #exercise(property: number): void {
    if (property < WORD) this.#low |= 1 << property;
    else this.#high |= 1 << (property - WORD);
  }

  #break(property: number, why: string): void {
    const { id } = judged[property] as { id: string };
    this.#exercise(property);
    this.#violated ??= new Map();
    if (!this.#violated.has(id)) this.#violated.set(id, why);
  }

  /** Remembers the state before a step of the thread, from 0; -1 before a thread is started. */
  look(thread: number): void {
    this.#now.thread = thread;
    this.#now.before.look(thread);
  }

  /** A moment of the running step. */
  readonly moment: Observer<KernelState>["moment"] = (thread, name, args) => {
    this.#now.thread = thread;
    const seats = this.#seats.get(name);
    if (seats !== undefined) this.#ask(seats, args);
  };

  /** A WARN of the running step. */
  readonly warn: Observer<KernelState>["warn"] = (thread, site) => {
    this.#warned("I-WARN", `A WARN was reached: \`${site}\`.`);
    const { doneProc } = this.#design;
    if (this.#machine.state.bound.failed === 1) return;
    const inDone = this.#machine.frames(thread).some((f) => this.#machine.table.procs[f.proc]?.name === doneProc);
    if (inDone) this.#warned("I-USERWARN", `A WARN was reached inside \`${doneProc}\`: \`${site}\`.`);
  };

  #warned(id: string, why: string): void {
    const property = numberOf.get(id) ?? -1;
    if (this.#seats.get("warn")?.some((seat) => seat.property === property)) this.#break(property, why);
  }

  /** Judges the state that the step led to, at rest as well if it is, and returns what the whole step broke. */
  verdict(): StepVerdict {
    this.own();
    this.change(ANYTHING);
    this.state(ANYTHING);
    if (this.#quiescent()) this.#ask(this.#atRest, noArguments);
    return this.#said();
  }

  /** A search begins. */
  begin(): void {
    this.#now.before.begin();
    this.#low = 0;
    this.#high = 0;
    this.#violated = null;
    this.#knownLow = 0;
    this.#knownHigh = 0;
  }

  /** What may be broken by the step whatever it changed. */
  own(): void {
    const { before } = this.#now;
    this.#ask(this.#everyStep, noArguments);
    if (before.releasesGroup > 0) this.#ask(this.#groupReleased, noArguments);
    if (before.releasesAsid) this.#ask(this.#asidReleased, noArguments);
  }

  /** What is broken where nobody can step. */
  rest(): StepVerdict {
    this.#ask(this.#atRest, noArguments);
    return this.news();
  }

  /** After `own`: what may be broken by a step that changed more than locks, by marks of what it changed. */
  change(changed: number): void {
    const changedMore = (changed & ~CHANGED_LOCK) !== 0;
    for (let i = 0; i < this.#everyChange.length; i++) {
      const seat = this.#everyChange[i] as Seat;
      if (changedMore || !this.#isKnown(seat.property)) this.#askOne(seat, this.#machine.state, noArguments);
    }
  }

  /** What is judged from shared state alone, by marks of what was changed since it was judged last. */
  state(changed: number): void {
    const { before } = this.#now;
    this.#askChanged(this.#everyState, noArguments, changed);
    const { bytes } = this.#machine;
    for (let group = 1; group < this.#groups.length; group++) {
      const mutex = this.#mutexes[group] as number;
      if (bytes[mutex] !== 0) continue;
      const args = this.#groups[group] as readonly number[];
      // a judge looks at what it is judged from, never at the mutex itself
      this.#askChanged(this.#mutexFree, args, before.owner(mutex) === 0 ? changed : ANYTHING);
    }
  }

  /** What was broken since this was asked last, and what nothing had exercised before. */
  news(): StepVerdict {
    if (this.#violated === null && (this.#low & ~this.#knownLow) === 0 && (this.#high & ~this.#knownHigh) === 0) {
      this.#low = 0;
      this.#high = 0;
      return noNews;
    }
    this.#knownLow |= this.#low;
    this.#knownHigh |= this.#high;
    return this.#said();
  }

  #said(): StepVerdict {
    const exercised = this.#exercisedIds();
    const verdict = this.#violated === null ? this.#lastVerdict(exercised) : { violated: this.#violated, exercised };
    this.#violated = null;
    this.#low = 0;
    this.#high = 0;
    return verdict;
  }

  /** The verdict that nothing was broken: most steps exercise what the step before did. */
  #lastVerdict(exercised: ReadonlySet<string>): StepVerdict {
    if (this.#last.exercised !== exercised) this.#last = { violated: nothing, exercised };
    return this.#last;
  }

  /** There are threads, and none of them can step. */
  #quiescent(): boolean {
    const threads = this.#machine.programs.length;
    for (let t = 0; t < threads; t++) if (this.#machine.outcomes(t) > 0) return false;
    return threads > 0;
  }

  #exercisedIds(): ReadonlySet<string> {
    const bits = this.#high * 2 ** WORD + this.#low;
    if (bits === this.#lastBits) return this.#lastSet;
    const known = this.#sets.get(bits) ?? this.#newSet(bits);
    this.#lastBits = bits;
    this.#lastSet = known;
    return known;
  }

  #newSet(bits: number): ReadonlySet<string> {
    const has = (i: number) => ((i < WORD ? this.#low >> i : this.#high >> (i - WORD)) & 1) === 1;
    const set = new Set(judged.flatMap((p, i) => (has(i) ? [p.id] : [])));
    this.#sets.set(bits, set);
    return set;
  }
}
