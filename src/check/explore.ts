/**
 * The search: every state that a machine's threads can lead to, nearest first.
 *
 * A waiting state is a few numbers: its shared region, and the region of each thread. For each thread its next move is
 * looked up, or made once on the one machine there is and judged there; each of its outcomes leads to a state that differs
 * in two numbers. States without any move are laid into the machine as well, to be judged at rest.
 *
 * It knows no property. What a step breaks is said by the judge, from the shared region before and after it and the thread
 * that takes it; whatever a judge remembers beyond that is in the state, as ghosts. How the other threads stand is looked
 * at where nobody can step, only.
 */
import type { Choice } from "../sim/run.ts";
import type { Machine, Observer, Root } from "../sim/step.ts";
import { Touched } from "../sim/views.ts";
import { byteOf, choiceOf, MAX_OUTCOMES, NO_CHOICE, threadOf } from "./choice.ts";
import { Coverage } from "./coverage.ts";
import { DeadLocals, type Watched } from "./dead.ts";
import { type Effect, Effects, type Outcome, type Violated } from "./effects.ts";
import { Frontier } from "./frontier.ts";
import { Moves } from "./moves.ts";
import { walk } from "./learn.ts";
import { FirstMovers } from "./reduce.ts";
import type { Regions } from "./regions.ts";
import { Stage } from "./stage.ts";
import { NO_PARENT, Store } from "./store.ts";
import { Twins, twinsOf } from "./twins.ts";
import { Ways } from "./ways.ts";

/**
 * Says what a step breaks.
 *
 * `look` comes before each step, -1 for none; `moment` and `warn` in it. After it comes `own`, which judges what depends on
 * who stepped and how, whatever was changed; then `change`, which judges the same where more than locks was changed; and
 * `state`, unless that state of the shared region was judged before: it depends on nothing else, and is left out where
 * nothing changed that it is judged from. `rest` comes where nobody can step. `news` says what all of them found; that a
 * property was exercised it says once. `begin` makes it forget that; from then on it looks at `state` and `views` of the
 * machine as they are now, since what it looks at is noted there.
 */
export interface Judge<S> {
  /** Bits for each word of the shared region; `change` and `state` are told those of the words that a step has changed. */
  readonly marks: Int32Array;
  /** Locals that it looks at. */
  readonly watched: Watched;
  begin(): void;
  look(thread: number): void;
  readonly moment: Observer<S>["moment"];
  readonly warn: Observer<S>["warn"];
  own(): void;
  change(changed: number): void;
  state(changed: number): void;
  rest(): Verdict;
  news(): Verdict;
}

/** All marks. */
const ANYTHING = -1;

interface Verdict {
  readonly violated: Violated;
  readonly exercised: ReadonlySet<string>;
}

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

const NOTHING: Violated = new Map();

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

/** Steps of the walk before a search; before it begins anew a quarter of those that it has made, but no more than these. */
const FIRST_WALK = 200;
const LONGEST_WALK = 5000;

/** A search that was surprised goes on for at least so many states. */
const SOON = 200;

const ignore = () => {};
const unwatched = { op: ignore, answer: ignore, call: ignore, return: ignore, moment: ignore, warn: ignore };

/** Regions and moves are forgotten, but for those of waiting states, when they pass this and half of what is allowed. */
const FORGET_BYTES = 64e6;

export class Search<S, W> {
  readonly violations = new Map<string, Violation>();
  readonly exercised = new Set<string>();
  coverage!: Coverage;
  store!: Store;
  transitions = 0;
  /** Steps that were made and judged; of the others it was known what they do. */
  made = 0;
  /** States in which no thread can step. */
  terminals = 0;
  /** Steps from the first state to the furthest. */
  depth = 0;
  /** Most states that waited at once. */
  peak = 0;
  /** Most bytes of waiting states, their regions and moves. */
  frontierBytes = 0;
  ending: Ending = "running";
  readonly #machine: Machine<S, W>;
  readonly #judge: Judge<S>;
  readonly #settings: Settings;
  readonly #touched: Touched;
  readonly #movers: FirstMovers<S, W> | null;
  readonly #dead: DeadLocals | null;
  readonly #alike: readonly (readonly number[])[];
  #twins: Twins<S, W> | null = null;
  #stage!: Stage<S, W>;
  /** Regions of the state that is left, or of the one that a move leads to; and what they were before it, with its fingerprint. */
  #state!: Int32Array;
  #was!: Int32Array;
  #lo = 0;
  #hi = 0;
  /** Where the outcomes of a step lead: shared region and the thread's of each. */
  readonly #ends = new Int32Array(2 * MAX_OUTCOMES);
  /** The same of the move that is made now. */
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
  #moves!: Moves;
  #effects!: Effects;
  #now!: Frontier;
  #next!: Frontier;
  /** Number of the first state of `#now`, and how many of them were left. */
  #first = 0;
  #left = 0;
  /** Verdicts share their sets: each is looked through once. */
  readonly #seen = new Set<ReadonlySet<string>>();
  /** How each state is reached with the fewest switches; null if that is not asked for. */
  #ways!: Ways | null;
  /** By shared region and thread's, if that is asked for: what the outcomes of that move break; and of the one made now. */
  readonly #breaks = new Map<number, readonly Violated[]>();
  #breaksHere: readonly Violated[] | null = null;
  /** By shared region: what it broke when it was met first. */
  readonly #broken = new Map<number, Violated>();
  readonly #heard: { readonly outcome: number; readonly verdict: Verdict }[] = [];
  /** The best run to each violation so far, until all of its length were seen. */
  readonly #candidates = new Map<string, Candidate>();

  constructor({ machine, programs, judge }: Subject<S, W>, settings: Settings) {
    const { reduce } = settings;
    if (reduce.length > 0 && settings.fewestSwitches) throw new Error("check: fewest switches of all runs, or reduced");
    this.#machine = machine;
    this.#judge = judge;
    this.#settings = settings;
    for (const program of programs) machine.spawn(program);
    this.#initial = machine.bytes.slice();
    this.#touched = new Touched(machine.layout);
    this.#alike = reduce.includes("twins") ? twinsOf(programs) : [];
    this.#movers = reduce.includes("order") ? new FirstMovers(machine, programs, this.#touched, this.#alike) : null;
    this.#dead = reduce.includes("locals") ? new DeadLocals(machine.table, judge.watched) : null;
    machine.note(this.#dead?.reads ?? null, this.#touched);
    if (reduce.length > 0) this.#learn(FIRST_WALK);
    this.#start();
    this.#begin();
  }

  /** Walks at random, so that the search begins with most of what reductions have to know. */
  #learn(steps: number): void {
    const machine = this.#machine;
    machine.bytes.set(this.#initial);
    const judge = this.#judge;
    const movers = this.#movers;
    const dead = this.#dead;
    const { moment, warn } = judge;
    machine.observer = { ...unwatched, op: dead?.op ?? ignore, moment, warn };
    judge.begin();
    walk(machine, steps, (thread, below) => {
      this.#touched.clear();
      const outcomes = machine.outcomes(thread);
      if (outcomes === 0) {
        movers?.waits(thread);
        return false;
      }
      movers?.look(thread, outcomes);
      judge.look(thread);
      machine.step(thread, below(outcomes));
      judge.own();
      movers?.footprint(thread);
      this.#touched.clear();
      judge.change(ANYTHING);
      judge.state(ANYTHING);
      judge.news();
      movers?.judged();
      return true;
    });
    dead?.begin();
  }

  /**
   * Reductions have left out too much. What was cleared too early makes nonsense of all that comes after it; but where orders
   * were left out, what is found is true, moves and violations stay, and more of the kind may come: the search goes on for as
   * long as it took so far.
   */
  #mustBeginAnew(): boolean {
    if (this.#dead?.isSurprised ?? false) return true;
    if (!(this.#movers?.isSurprised ?? false)) return false;
    const left = this.#first + this.#left;
    if (this.#surprisedAt < 0) this.#surprisedAt = left;
    return this.ending === "complete" || (this.ending === "running" && left > 2 * this.#surprisedAt + SOON);
  }

  /** What was found counts for nothing. */
  #startOver(): void {
    this.#dead?.learn();
    this.#learn(Math.min(this.transitions, LONGEST_WALK));
    this.#start();
  }

  /** Nothing is known yet of regions and moves, and nothing was found. */
  #start(): void {
    const machine = this.#machine;
    const { exact } = this.#settings;
    const { moment, warn } = this.#judge;
    const coverage = new Coverage(machine.table);
    const movers = this.#movers;
    machine.bytes.set(this.#initial);
    machine.observer = {
      op:
        movers === null
          ? coverage.op
          : (thread, proc, pc, visible) => {
              coverage.op(thread, proc, pc, visible);
              movers.op(thread, proc, pc, visible);
            },
      answer: coverage.answer,
      call: ignore,
      return: ignore,
      moment,
      warn,
    };
    const threads = machine.programs.length;
    for (let t = 0; t < threads; t++) this.#dead?.clear(machine, t);
    this.#cleared = machine.bytes.slice();
    this.coverage = coverage;
    this.violations.clear();
    this.exercised.clear();
    this.#heard.length = 0;
    this.#seen.clear();
    this.made = 0;
    this.#stage = new Stage(machine, threads, exact, this.#judge.marks);
    this.#twins = this.#alike.length > 0 ? new Twins(this.#stage, this.#alike) : null;
    this.#moves = new Moves(threads, movers !== null);
    this.#effects = new Effects(machine.layout, threads, this.#touched);
    this.#judge.begin();
  }

  /** Lays the first state down, to find all others from there. */
  #begin(): void {
    const { exact, fewestSwitches } = this.#settings;
    const judge = this.#judge;
    const movers = this.#movers;
    const stage = this.#stage;
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
    this.#touched.clear();
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
        if (!(this.#dead?.isSurprised ?? false)) {
          // an array that cannot be had is a bound like any other
          if (!(error instanceof RangeError)) throw error;
          this.#endBounded();
        }
      }
      if (this.#mustBeginAnew()) {
        if (this.#dead?.isSurprised ?? false) this.#startOver();
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
    const bytes = this.#now.bytes + this.#next.bytes + this.#stage.bytes + this.#moves.bytes + this.#effects.bytes;
    this.frontierBytes = Math.max(this.frontierBytes, bytes);
    this.peak = Math.max(this.peak, this.frontier);
  }

  #bound(): void {
    const { maxBytes, exact } = this.#settings;
    this.#measure();
    const known = this.#stage.bytes + this.#moves.bytes + this.#effects.bytes;
    if (!exact && known > Math.min(FORGET_BYTES, maxBytes / 2)) this.#forget();
    const bytes = this.store.bytes + (this.#ways?.bytes ?? 0) + this.#now.bytes + this.#next.bytes;
    if (bytes + this.#stage.bytes + this.#moves.bytes >= maxBytes) this.#endBounded();
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
    this.#stage.keep([
      { words: this.#now.words, from: this.#left * places, to: this.#now.count * places },
      { words: this.#next.words, from: 0, to: this.#next.count * places },
    ]);
    if (this.#twins !== null) this.#twins = new Twins(this.#stage, this.#alike);
    this.#moves = new Moves(this.#state.length - 1, this.#movers !== null);
    this.#effects = new Effects(this.#machine.layout, this.#state.length - 1, this.#touched);
    this.#breaks.clear();
    this.#broken.clear();
  }

  /** All moves out of the state in `#state`. */
  #leave(state: number): void {
    let moved = false;
    this.#was.set(this.#state);
    this.#lo = this.store.lo(state);
    this.#hi = this.store.hi(state);
    for (let t = 0; t < this.#state.length - 1; t++) {
      const move = this.#move(state, t);
      const outcomes = this.#moves.outcomes(move);
      if (outcomes === 0) continue;
      moved = true;
      if (this.#ways !== null) this.#breaksHere = this.#breaks.get(this.#pair(t)) ?? null;
      for (let outcome = 0; outcome < outcomes; outcome++) {
        this.#to[2 * outcome] = this.#moves.shared(move, outcome);
        this.#to[2 * outcome + 1] = this.#moves.own(move, outcome);
      }
      for (let outcome = 0; outcome < outcomes; outcome++) this.#go(state, t, outcome);
    }
    if (!moved) this.#rest(state);
  }

  /** Adds where an outcome leads. */
  #go(state: number, thread: number, outcome: number): void {
    const regions = this.#state;
    const was = this.#was;
    this.#follow(thread, this.#to[2 * outcome] as number, this.#to[2 * outcome + 1] as number);
    const choice = byteOf(thread, outcome);
    if (this.#movers !== null) {
      this.#since.push(choice);
      this.#goFirst(this.#movers, state, this.#since);
      this.#since.length = 0;
    }
    this.#twins?.order(regions);
    let lo = this.#lo;
    let hi = this.#hi;
    for (let place = 0; place < regions.length; place++) {
      const from = was[place] as number;
      const to = regions[place] as number;
      if (from === to) continue;
      const kept = this.#stage.regions[place] as Regions;
      lo ^= kept.placedLo(from) ^ kept.placedLo(to);
      hi ^= kept.placedHi(from) ^ kept.placedHi(to);
    }
    const known = this.store.states;
    const to = this.store.add(lo, hi, regions, state, choice);
    if (to === known) this.#next.push(regions);
    if (this.#ways !== null) {
      if (to >= this.#first + this.#now.count) this.#ways.add(to, state, choice, to === known);
      if (this.#breaksHere !== null) this.#consider(this.#breaksHere[outcome] ?? NOTHING, state, choice);
    }
    for (let place = 0; place < regions.length; place++) regions[place] = was[place] as number;
  }

  #follow(thread: number, shared: number, own: number): void {
    this.transitions++;
    this.#state[0] = shared;
    this.#state[thread + 1] = own;
  }

  /** The shared region and a thread's as one number. */
  #pair(thread: number): number {
    return (this.#state[0] as number) * 2 ** 27 + (this.#state[thread + 1] as number) * 8 + thread;
  }

  /** After a choice: takes steps that may go first for as long as there are any. The states between are not kept. */
  #goFirst(movers: FirstMovers<S, W>, state: number, choices: number[]): void {
    for (let thread = 0, n = 0; thread < this.#state.length - 1 && n < MAX_FIRST; thread++) {
      const move = this.#move(state, thread);
      if (!movers.mayGoFirst(thread, this.#moves.footprint(move))) continue;
      this.#follow(thread, this.#moves.shared(move, 0), this.#moves.own(move, 0));
      choices.push(thread);
      thread = -1;
      n++;
    }
  }

  /** The move of a thread, worked out if it is not known. */
  #move(state: number, thread: number): number {
    const shared = this.#state[0] as number;
    const own = this.#state[thread + 1] as number;
    const known = this.#moves.find(shared, own, thread);
    if (known >= 0) return known;
    const regions = this.#stage.regions[0] as Regions;
    const effect = this.#effects.find(own, thread, regions.wordsOf(shared), regions.firstOf(shared));
    return effect === null ? this.#make(state, thread) : this.#repeat(state, thread, effect);
  }

  /** The move of a thread, made and judged. */
  #make(state: number, thread: number): number {
    const shared = this.#state[0] as number;
    const own = this.#state[thread + 1] as number;
    const machine = this.#machine;
    const stage = this.#stage;
    const judge = this.#judge;
    const movers = this.#movers;
    const touched = this.#touched;
    const effects = this.#effects;
    stage.layFor(this.#state, thread);
    effects.begin();
    touched.clear();
    const outcomes = machine.outcomes(thread);
    if (outcomes > MAX_OUTCOMES) throw new Error(`check: ${outcomes} outcomes, at most ${MAX_OUTCOMES}`);
    if (outcomes === 0) movers?.waits(thread);
    effects.reads();
    let footprint = 0;
    const breaks: Violated[] = [];
    for (let outcome = 0; outcome < outcomes; outcome++) {
      this.made++;
      movers?.look(thread, outcomes);
      judge.look(thread);
      machine.take(thread, outcome);
      this.coverage.took(outcome);
      judge.own();
      footprint = movers?.footprint(thread) ?? 0;
      effects.reads();
      touched.clear();
      this.#dead?.clear(machine, thread);
      const regions = (stage.regions[0] as Regions).count;
      const to = stage.number(0);
      const written = stage.written();
      const end = stage.number(thread + 1);
      judge.change(stage.changed);
      effects.reads();
      const violated = this.#hear(outcome);
      effects.leads({ own: end, written, violated });
      if (to === regions) this.#judgeRegion(to, outcome);
      breaks.push(this.#allOf(violated, to));
      this.#ends[2 * outcome] = to;
      this.#ends[2 * outcome + 1] = end;
      movers?.judged();
      touched.clear();
      stage.back();
    }
    const regions = stage.regions[0] as Regions;
    effects.add(own, thread, regions.wordsOf(shared), regions.firstOf(shared), footprint);
    return this.#add(state, thread, outcomes, footprint, breaks);
  }

  /** The move of a thread that does what it did before; only a shared region that is new is judged. */
  #repeat(state: number, thread: number, { outcomes, footprint }: Effect): number {
    const shared = this.#state[0] as number;
    const breaks: Violated[] = [];
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const { own, written, violated } = outcomes[outcome] as Outcome;
      // exact storage compares words, and they have to lie there
      let to = this.#settings.exact ? -1 : this.#stage.after(shared, written);
      if (to < 0) to = this.#write(thread, outcome, written);
      breaks.push(this.#allOf(violated, to));
      this.#ends[2 * outcome] = to;
      this.#ends[2 * outcome + 1] = own;
    }
    return this.#add(state, thread, outcomes.length, footprint, breaks);
  }

  /** The shared region that these writes of a thread lead to, judged if it is new. */
  #write(thread: number, outcome: number, written: Int32Array): number {
    const stage = this.#stage;
    stage.layFor(this.#state, thread);
    this.#judge.look(thread);
    stage.write(written);
    const regions = (stage.regions[0] as Regions).count;
    const to = stage.number(0);
    if (to === regions) {
      this.#touched.clear();
      this.#judgeRegion(to, outcome);
      this.#movers?.judged();
    }
    stage.back();
    return to;
  }

  /** What the judge has found in a step is noted when the move is known: on the way to it others may be looked up. */
  #hear(outcome: number): Violated {
    const verdict = this.#judge.news();
    if (verdict.violated.size > 0 || verdict.exercised.size > 0) this.#heard.push({ outcome, verdict });
    return verdict.violated;
  }

  /** Judges a shared region that is new, and lies where a step has led. */
  #judgeRegion(region: number, outcome: number): void {
    this.#judge.state(this.#stage.changed);
    const violated = this.#hear(outcome);
    if (violated.size > 0) this.#broken.set(region, violated);
  }

  /** What a step breaks, and what the shared region does that it leads to. */
  #allOf(violated: Violated, region: number): Violated {
    const more = this.#broken.get(region);
    if (more === undefined) return violated;
    return violated.size === 0 ? more : new Map([...more, ...violated]);
  }

  /** A move whose ends were worked out. */
  #add(state: number, thread: number, outcomes: number, footprint: number, breaks: readonly Violated[]): number {
    const [shared, own] = [this.#state[0] as number, this.#state[thread + 1] as number];
    const move = this.#moves.add(shared, own, thread, this.#ends, outcomes, footprint);
    if (this.#ways !== null && breaks.some(({ size }) => size > 0)) this.#breaks.set(this.#pair(thread), breaks);
    if (this.#heard.length === 0) return move;
    for (const { outcome, verdict } of this.#heard.splice(0)) {
      // which run is the best is known later
      if (this.#ways !== null) this.#exercise(verdict);
      else this.#note(verdict, state, byteOf(thread, outcome));
    }
    return move;
  }

  /** Nobody can step: what is judged at rest belongs to the step that led here. */
  #rest(state: number): void {
    this.terminals++;
    this.#stage.lay(this.#state);
    this.#judge.look(-1);
    const verdict = this.#judge.rest();
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
    const isWhole = this.#movers === null && this.#twins === null;
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
    const since = this.#since.splice(0);
    const run: Choice[] = [];
    /** By the place that a thread has now: its number. */
    let numbers = this.#machine.programs.map((_program, t) => t);
    const say = (choices: readonly number[]) => {
      for (const choice of choices) {
        const { thread, ...rest } = choiceOf(choice);
        run.push({ ...rest, thread: numbers[thread] as number });
      }
    };
    this.#isRetracing = true;
    state.set(this.#stage.numbersOf(this.#cleared));
    for (const choice of kept) {
      const { thread, outcome } = choiceOf(choice);
      const move = this.#move(0, thread);
      this.#follow(thread, this.#moves.shared(move, outcome), this.#moves.own(move, outcome));
      const choices = [choice];
      if (this.#movers !== null) this.#goFirst(this.#movers, 0, choices);
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
