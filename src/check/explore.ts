/**
 * The search: every state that a machine's threads can lead to, nearest first.
 *
 * A waiting state is a few numbers: its shared region, and the region of each thread. What each thread does next says
 * `work.ts`; each outcome of it leads to a state that differs in two numbers. States without any move are laid into the
 * machine as well, to be judged at rest.
 *
 * It knows no property. What a step breaks is said by the judge, from the shared region before and after it and the thread
 * that takes it; whatever a judge remembers beyond that is in the state, as ghosts. How the other threads stand is looked
 * at where nobody can step, only.
 */
import type { Choice } from "../sim/run.ts";
import type { Machine, Root } from "../sim/step.ts";
import { Touched } from "../sim/noting.ts";
import { byteOf, choiceOf, MAX_OUTCOMES, NO_CHOICE, threadOf } from "./choice.ts";
import type { Coverage } from "./coverage.ts";
import type { Crew } from "./crew.ts";
import { DeadLocals } from "./dead.ts";
import { Frontier } from "./frontier.ts";
import { ANYTHING, type Judge, type Verdict, type Violated } from "./judge.ts";
import { learn } from "./learn.ts";
import { FirstMovers } from "./reduce.ts";
import type { Regions } from "./regions.ts";
import { NO_PARENT, Store } from "./store.ts";
import { Twins, twinsOf } from "./twins.ts";
import { Ways } from "./ways.ts";
import { Work } from "./work.ts";

/** What is searched: a machine without threads yet, what its threads are to do, and who judges. */
export interface Subject<S, W> {
  readonly machine: Machine<S, W>;
  readonly programs: readonly (readonly Root[])[];
  readonly judge: Judge<S>;
}

/** Orders of steps, see `reduce.ts`; locals that nobody reads again, see `dead.ts`; threads that do the same, see `twins.ts`. */
export type Reduction = "order" | "locals" | "twins";
export const allReductions: readonly Reduction[] = ["order", "locals", "twins"];

export interface Settings {
  /** The search ends as bounded with so many states. */
  readonly maxStates: number;
  /** The same for the bytes of all that it keeps. */
  readonly maxBytes: number;
  /** Keep whole states and compare them. */
  readonly exact: boolean;
  /** Leave out what makes no difference: verdicts stay, the shortest run may be missed. */
  readonly reduce: readonly Reduction[];
  /** End as soon as all of these are violated; with none the search goes on to the end and collects what is. */
  readonly until: readonly string[];
  /** Of the shortest runs keep one with the fewest switches of thread; costs more a state, and excludes `reduce`. */
  readonly fewestSwitches: boolean;
}

export const everything: Settings = {
  maxStates: 20_000_000,
  maxBytes: 2e9,
  exact: false,
  reduce: [],
  until: [],
  fewestSwitches: false,
};

/** The first run that breaks a property: none is shorter, unless the search was reduced. */
export interface Violation {
  readonly why: string;
  readonly run: readonly Choice[];
}

/** How a search ended, or that it has not yet. */
export type Ending = "running" | "complete" | "bounded" | "found";

/** A run to a violation, by the state that it leaves last. */
interface Candidate {
  readonly why: string;
  readonly state: number;
  readonly choice: number;
  readonly steps: number;
  readonly switches: number;
}

/** Steps that may go first after one choice: a thread that does nothing else for ever is left to the search. */
const MAX_FIRST = 32;

/** Steps of the walk before a search; before it begins anew as many as it has followed, but no more than these. */
const FIRST_WALK = 200;
const LONGEST_WALK = 5000;

/** A search that was surprised goes on for at least so many states. */
const SOON = 200;

/** Regions and moves are forgotten, but for those of waiting states, when they pass this and half of what is allowed. */
const FORGET_BYTES = 64e6;

export class Search<S, W> {
  readonly violations = new Map<string, Violation>();
  readonly exercised = new Set<string>();
  store!: Store;
  transitions = 0;
  /** States in which no thread can step. */
  terminals = 0;
  /** Steps from the first state to the furthest. */
  depth = 0;
  /** Most states that waited at once. */
  peak = 0;
  /** Most bytes of waiting states, their regions and moves. */
  frontierBytes = 0;
  ending: Ending = "running";
  readonly #settings: Settings;
  readonly #crew: Crew<S, W>;
  readonly #alike: readonly (readonly number[])[];
  #twins: Twins<S, W> | null = null;
  #work!: Work<S, W>;
  /** Regions of the state that is left, or of the one that a move leads to; and what they were before it, with its fingerprint. */
  #state!: Int32Array;
  #was!: Int32Array;
  #lo = 0;
  #hi = 0;
  /** Where the outcomes of the move that is made now lead: shared region and the thread's of each. */
  readonly #to = new Int32Array(2 * MAX_OUTCOMES);
  /** Choices since the state that is left was laid down: one, and those that went first after it. */
  readonly #since: number[] = [];
  /** A run is retraced: what its steps break is known. */
  #isRetracing = false;
  /** How many states were left when it came out that orders were left out; -1 if it did not. */
  #surprisedAt = -1;
  /** The first state; and without what is dead in it. */
  readonly #initial: Uint8Array;
  #cleared!: Uint8Array<ArrayBuffer>;
  #now!: Frontier;
  #next!: Frontier;
  /** Number of the first state of `#now`, and how many of them were left. */
  #first = 0;
  #left = 0;
  /** Verdicts share their sets: each is looked through once. */
  readonly #seen = new Set<ReadonlySet<string>>();
  /** How each state is reached with the fewest switches; null if that is not asked for. */
  #ways!: Ways | null;
  /** The best run to each violation so far, until all of its length were seen. */
  readonly #candidates = new Map<string, Candidate>();

  constructor({ machine, programs, judge }: Subject<S, W>, settings: Settings) {
    const { reduce } = settings;
    if (reduce.length > 0 && settings.fewestSwitches) throw new Error("check: fewest switches of all runs, or reduced");
    this.#settings = settings;
    for (const program of programs) machine.spawn(program);
    this.#initial = machine.bytes.slice();
    const touched = new Touched(machine.layout);
    this.#alike = reduce.includes("twins") ? twinsOf(programs) : [];
    const movers = reduce.includes("order") ? new FirstMovers(machine, programs, touched, this.#alike) : null;
    const dead = reduce.includes("locals") ? new DeadLocals(machine.table, judge.watched) : null;
    this.#crew = { machine, judge, touched, movers, dead };
    machine.note(dead?.reads ?? null, touched);
    if (reduce.length > 0) learn(this.#crew, FIRST_WALK);
    this.#start();
    this.#begin();
  }

  get coverage(): Coverage {
    return this.#work.coverage;
  }

  /** Steps that were made and judged; of the others it was known what they do. */
  get made(): number {
    return this.#work.made;
  }

  /**
   * Reductions have left out too much. What was cleared too early makes nonsense of all that comes after it; but where orders
   * were left out, what is found is true, moves and violations stay, and more of the kind may come: the search goes on for as
   * long as it took so far.
   */
  #mustBeginAnew(): boolean {
    if (this.#crew.dead?.isSurprised ?? false) return true;
    if (!(this.#crew.movers?.isSurprised ?? false)) return false;
    const left = this.#first + this.#left;
    if (this.#surprisedAt < 0) this.#surprisedAt = left;
    return this.ending === "complete" || (this.ending === "running" && left > 2 * this.#surprisedAt + SOON);
  }

  /** What was found counts for nothing. */
  #startOver(): void {
    const { machine, dead } = this.#crew;
    dead?.learn();
    machine.bytes.set(this.#initial);
    learn(this.#crew, Math.min(this.transitions, LONGEST_WALK));
    this.#start();
  }

  /** Nothing is known yet of regions and moves, and nothing was found. */
  #start(): void {
    const { machine, judge, dead } = this.#crew;
    const { exact, fewestSwitches } = this.#settings;
    machine.bytes.set(this.#initial);
    for (let t = 0; t < machine.programs.length; t++) dead?.clear(machine, t);
    this.#cleared = machine.bytes.slice();
    this.violations.clear();
    this.exercised.clear();
    this.#seen.clear();
    this.#work = new Work(this.#crew, fewestSwitches, exact);
    this.#twins = this.#alike.length > 0 ? new Twins(this.#work.stage, this.#alike) : null;
    judge.begin();
  }

  /** Lays the first state down, to find all others from there. */
  #begin(): void {
    const { exact, fewestSwitches } = this.#settings;
    const { judge, movers, touched } = this.#crew;
    const { stage } = this.#work;
    this.#state = stage.numbersOf(this.#cleared);
    this.#was = this.#state.slice();
    stage.lay(this.#state);
    this.transitions = 0;
    this.terminals = 0;
    this.depth = 0;
    this.ending = "running";
    this.#ways = fewestSwitches ? new Ways(this.#state.length - 1) : null;
    this.#since.length = 0;
    this.store = new Store(this.#state.length, exact);
    this.#now = new Frontier(this.#state.length);
    this.#next = new Frontier(this.#state.length);
    this.#first = 0;
    this.#left = 0;
    let lo = 0;
    let hi = 0;
    this.#state.forEach((region, place) => {
      lo ^= stage.regions[place]?.placedLo(region) ?? 0;
      hi ^= stage.regions[place]?.placedHi(region) ?? 0;
    });
    this.store.add(lo, hi, this.#state, NO_PARENT, 0);
    this.#now.push(this.#state);
    touched.clear();
    judge.look(-1);
    judge.own();
    judge.change(ANYTHING);
    judge.state(ANYTHING);
    this.#note(judge.news(), 0, NO_CHOICE);
    movers?.judged();
    movers?.begin();
    this.#surprisedAt = -1;
  }

  /** States that were found and not left yet. */
  get frontier(): number {
    return this.#now.count - this.#left + this.#next.count;
  }

  /** Leaves up to so many states; false once the search has ended. */
  advance(states: number): boolean {
    for (let i = 0; i < states && this.ending === "running"; i++) {
      try {
        this.#leaveNext();
      } catch (error) {
        // what a body makes of a local that was cleared too early says nothing
        if (!(this.#crew.dead?.isSurprised ?? false)) {
          // an array that cannot be had is a bound like any other
          if (!(error instanceof RangeError)) throw error;
          this.#endBounded();
        }
      }
      if (this.#mustBeginAnew()) {
        if (this.#crew.dead?.isSurprised ?? false) this.#startOver();
        this.#begin();
      }
    }
    return this.ending === "running";
  }

  #leaveNext(): void {
    if (this.#left === this.#now.count) {
      this.#settle();
      if (this.ending !== "running") return;
      if (this.#next.count === 0) {
        this.#measure();
        this.ending = "complete";
        return;
      }
      this.#nextDistance();
    }
    if (this.store.states >= this.#settings.maxStates) {
      this.#measure();
      this.#endBounded();
      return;
    }
    if (((this.#first + this.#left) & 1023) === 1023) this.#bound();
    const at = this.#left * this.#state.length;
    for (let i = 0; i < this.#state.length; i++) this.#state[i] = this.#now.words[at + i] as number;
    this.#leave(this.#first + this.#left++);
  }

  #nextDistance(): void {
    this.#measure();
    this.#first += this.#now.count;
    const empty = this.#now;
    this.#now = this.#next;
    this.#next = empty;
    this.#next.count = 0;
    this.#left = 0;
    this.depth++;
  }

  #measure(): void {
    const bytes = this.#now.bytes + this.#next.bytes + this.#work.bytes;
    this.frontierBytes = Math.max(this.frontierBytes, bytes);
    this.peak = Math.max(this.peak, this.frontier);
  }

  #bound(): void {
    const { maxBytes, exact } = this.#settings;
    this.#measure();
    if (!exact && this.#work.bytes > Math.min(FORGET_BYTES, maxBytes / 2)) this.#forget();
    const bytes = this.store.bytes + (this.#ways?.bytes ?? 0) + this.#now.bytes + this.#next.bytes;
    if (bytes + this.#work.bytes >= maxBytes) this.#endBounded();
  }

  #endBounded(): void {
    this.#settle();
    if (this.ending === "running") this.ending = "bounded";
  }

  /** All states of this distance were left: what was found is among the shortest, with the fewest switches. */
  #settle(): void {
    for (const [id, { why, state, choice }] of this.#candidates) {
      const last = choice === NO_CHOICE ? [] : [choice];
      const run = [...(this.#ways as Ways).runTo(state, threadOf(choice)), ...last];
      this.violations.set(id, { why, run: run.map(choiceOf) });
    }
    this.#candidates.clear();
    this.#foundAll();
  }

  /** Keeps the regions of waiting states only, under new numbers; exact storage needs them all, under the old ones. */
  #forget(): void {
    const places = this.#state.length;
    this.#work.keep([
      { words: this.#now.words, from: this.#left * places, to: this.#now.count * places },
      { words: this.#next.words, from: 0, to: this.#next.count * places },
    ]);
    if (this.#twins !== null) this.#twins = new Twins(this.#work.stage, this.#alike);
  }

  /** All moves out of the state in `#state`. */
  #leave(state: number): void {
    let moved = false;
    this.#was.set(this.#state);
    this.#lo = this.store.lo(state);
    this.#hi = this.store.hi(state);
    for (let t = 0; t < this.#state.length - 1; t++) {
      const move = this.#move(state, t);
      const { moves } = this.#work;
      const outcomes = moves.outcomes(move);
      if (outcomes === 0) continue;
      moved = true;
      for (let outcome = 0; outcome < outcomes; outcome++) {
        this.#to[2 * outcome] = moves.shared(move, outcome);
        this.#to[2 * outcome + 1] = moves.own(move, outcome);
      }
      for (let outcome = 0; outcome < outcomes; outcome++) this.#go(state, t, outcome);
    }
    if (!moved) this.#rest(state);
  }

  /** Adds where an outcome leads. */
  #go(state: number, thread: number, outcome: number): void {
    const regions = this.#state;
    const was = this.#was;
    const choice = byteOf(thread, outcome);
    if (this.#ways !== null) this.#consider(this.#work.breaks(regions, thread, outcome), state, choice);
    this.#follow(thread, this.#to[2 * outcome] as number, this.#to[2 * outcome + 1] as number);
    if (this.#crew.movers !== null) {
      this.#since.push(choice);
      this.#goFirst(this.#crew.movers, state, this.#since);
      this.#since.length = 0;
    }
    this.#twins?.order(regions);
    let lo = this.#lo;
    let hi = this.#hi;
    for (let place = 0; place < regions.length; place++) {
      const from = was[place] as number;
      const to = regions[place] as number;
      if (from === to) continue;
      const kept = this.#work.stage.regions[place] as Regions;
      lo ^= kept.placedLo(from) ^ kept.placedLo(to);
      hi ^= kept.placedHi(from) ^ kept.placedHi(to);
    }
    const known = this.store.states;
    const to = this.store.add(lo, hi, regions, state, choice);
    if (to === known) this.#next.push(regions);
    if (this.#ways !== null && to >= this.#first + this.#now.count) this.#ways.add(to, state, choice, to === known);
    for (let place = 0; place < regions.length; place++) regions[place] = was[place] as number;
  }

  #follow(thread: number, shared: number, own: number): void {
    this.transitions++;
    this.#state[0] = shared;
    this.#state[thread + 1] = own;
  }

  /** After a choice: takes steps that may go first for as long as there are any. The states between are not kept. */
  #goFirst(movers: FirstMovers<S, W>, state: number, choices: number[]): void {
    for (let thread = 0, n = 0; thread < this.#state.length - 1 && n < MAX_FIRST; thread++) {
      const move = this.#move(state, thread);
      const { moves } = this.#work;
      if (!movers.mayGoFirst(thread, moves.footprint(move))) continue;
      this.#follow(thread, moves.shared(move, 0), moves.own(move, 0));
      choices.push(thread);
      thread = -1;
      n++;
    }
  }

  /** The move of a thread, and what its steps break is noted. */
  #move(state: number, thread: number): number {
    const work = this.#work;
    const move = work.move(this.#state, thread);
    if (work.heard.length === 0) return move;
    const { heard } = work;
    work.heard = [];
    for (const { outcome, verdict } of heard) {
      // which run is the best is known later
      if (this.#ways !== null) this.#exercise(verdict);
      else this.#note(verdict, state, byteOf(thread, outcome));
    }
    return move;
  }

  /** Nobody can step: what is judged at rest belongs to the step that led here. */
  #rest(state: number): void {
    const { judge } = this.#crew;
    this.terminals++;
    this.#work.stage.lay(this.#state);
    judge.look(-1);
    const verdict = judge.rest();
    if (this.#ways === null) this.#note(verdict, state, NO_CHOICE);
    else {
      this.#exercise(verdict);
      this.#consider(verdict.violated, state, NO_CHOICE);
    }
  }

  #exercise({ exercised }: Verdict): void {
    if (this.#seen.has(exercised)) return;
    this.#seen.add(exercised);
    for (const id of exercised) this.exercised.add(id);
  }

  /** Notes what was broken by a choice after a state, or by what led to the state itself. */
  #note(verdict: Verdict, state: number, choice: number): void {
    this.#exercise(verdict);
    if (verdict.violated.size === 0 || this.#isRetracing) return;
    for (const [id, why] of verdict.violated) {
      if (this.violations.has(id)) continue;
      this.violations.set(id, { why, run: this.#runTo(state, choice === NO_CHOICE ? [] : [...this.#since, choice]) });
    }
    this.#foundAll();
  }

  #foundAll(): void {
    const { until } = this.#settings;
    if (until.length > 0 && until.every((id) => this.violations.has(id))) this.ending = "found";
  }

  /** The same where the fewest switches count: which run it is to be is known when all of its length were seen. */
  #consider(violated: Violated, state: number, choice: number): void {
    const ways = this.#ways as Ways;
    const steps = choice === NO_CHOICE ? this.depth : this.depth + 1;
    const switches = ways.switches(state, threadOf(choice));
    for (const [id, why] of violated) {
      const best = this.#candidates.get(id);
      if (this.violations.has(id)) continue;
      if (best !== undefined && (best.steps < steps || (best.steps === steps && best.switches <= switches))) continue;
      this.#candidates.set(id, { why, state, choice, steps, switches });
    }
  }

  /** The choices that lead to a state, and these after them. */
  #runTo(state: number, more: readonly number[]): Choice[] {
    const kept: number[] = [];
    for (let at = state; this.store.parent(at) !== NO_PARENT; at = this.store.parent(at)) {
      kept.push(this.store.choice(at));
    }
    kept.reverse();
    const isWhole = this.#crew.movers === null && this.#twins === null;
    return isWhole ? [...kept, ...more].map(choiceOf) : this.#retrace(kept, more);
  }

  /**
   * The same choices with the steps that went first after each, found again on the way from the first state; and with the
   * threads that take them, which may have changed places with their twins since.
   */
  #retrace(kept: readonly number[], more: readonly number[]): Choice[] {
    const state = this.#state;
    const now = state.slice();
    const { transitions } = this;
    const { machine, movers } = this.#crew;
    const since = this.#since.splice(0);
    const run: Choice[] = [];
    /** By the place that a thread has now: its number. */
    let numbers = machine.programs.map((_program, t) => t);
    const say = (choices: readonly number[]) => {
      for (const choice of choices) {
        const { thread, ...rest } = choiceOf(choice);
        run.push({ ...rest, thread: numbers[thread] as number });
      }
    };
    this.#isRetracing = true;
    state.set(this.#work.stage.numbersOf(this.#cleared));
    for (const choice of kept) {
      const { thread, outcome } = choiceOf(choice);
      const move = this.#move(0, thread);
      const { moves } = this.#work;
      this.#follow(thread, moves.shared(move, outcome), moves.own(move, outcome));
      const choices = [choice];
      if (movers !== null) this.#goFirst(movers, 0, choices);
      say(choices);
      if (this.#twins?.order(state)) numbers = this.#twins.was.map((from) => numbers[from] as number);
    }
    say(more);
    this.#isRetracing = false;
    this.#since.push(...since);
    this.transitions = transitions;
    state.set(now);
    return run;
  }
}
