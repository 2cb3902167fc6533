/**
 * What threads do next: looked up where it is known, repeated where a thread meets again all that its step has read, else made
 * on the one machine there is, and judged.
 *
 * A state is the numbers of its regions: the shared one's, then each thread's. Only the shared region and the thread's own
 * are laid for a step; both are put back after it.
 */
import { MAX_OUTCOMES } from "./choice.ts";
import { Coverage } from "./coverage.ts";
import type { Crew } from "./crew.ts";
import { type Effect, Effects, type Outcome } from "./effects.ts";
import type { Verdict, Violated } from "./judge.ts";
import { Moves } from "./moves.ts";
import type { Regions } from "./regions.ts";
import { Stage } from "./stage.ts";

/** Waiting states, as numbers of regions one after the other. */
export interface Waiting {
  readonly words: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** What the judge has said of an outcome of a step. */
interface Heard {
  readonly outcome: number;
  readonly verdict: Verdict;
}

const NOTHING: Violated = new Map();

export class Work<S, W> {
  readonly coverage: Coverage;
  readonly stage: Stage<S, W>;
  /** By the numbers that `move` answers with. */
  moves: Moves;
  /** Steps that were made and judged; of the others it was known what they do. */
  made = 0;
  /** What the judge said of moves since somebody took it from here, with the threads that make them. */
  heard: Heard[] = [];
  readonly #crew: Crew<S, W>;
  readonly #exact: boolean;
  readonly #threads: number;
  #effects: Effects;
  /** Where the outcomes of a step lead: shared region and the thread's of each. */
  readonly #ends = new Int32Array(2 * MAX_OUTCOMES);
  /** By shared region and thread's: what the outcomes of that move break; null where nobody asks. */
  readonly #breaks: Map<number, readonly Violated[]> | null;
  /** By shared region: what it broke when it was met first. */
  readonly #broken = new Map<number, Violated>();

  /** The machine stands at the first state. @param asked whether somebody asks `breaks` @param exact whole regions are compared */
  constructor(crew: Crew<S, W>, asked: boolean, exact: boolean) {
    const { machine, judge, movers } = crew;
    this.#crew = crew;
    this.#exact = exact;
    this.#threads = machine.programs.length;
    this.#breaks = asked ? new Map() : null;
    this.coverage = new Coverage(machine.table);
    this.stage = new Stage(machine, this.#threads, exact, judge.marks);
    this.moves = this.#noMoves();
    this.#effects = this.#noEffects();
    const { op, answer } = this.coverage;
    const { moment, warn } = judge;
    const ignore = () => {};
    machine.observer = {
      op:
        movers === null
          ? op
          : (thread, proc, pc, visible) => {
              op(thread, proc, pc, visible);
              movers.op(thread, proc, pc, visible);
            },
      answer,
      call: ignore,
      return: ignore,
      moment,
      warn,
    };
  }

  #noMoves(): Moves {
    return new Moves(this.#threads, this.#crew.movers !== null);
  }

  #noEffects(): Effects {
    return new Effects(this.#crew.machine.layout, this.#threads, this.#crew.touched);
  }

  get bytes(): number {
    return this.stage.bytes + this.moves.bytes + this.#effects.bytes;
  }

  /** Keeps the regions of waiting states only, under new numbers. */
  keep(lists: readonly Waiting[]): void {
    const places = this.#threads + 1;
    const broken = new Map(this.#broken);
    this.#broken.clear();
    const before = lists.map(({ words, from, to }) => (broken.size > 0 ? words.slice(from, to) : new Int32Array()));
    this.stage.keep(lists);
    // what a region broke when it was met is not found again
    before.forEach((old, n) => {
      const { words, from } = lists[n] as Waiting;
      for (let i = 0; i < old.length; i += places) {
        const violated = broken.get(old[i] as number);
        if (violated !== undefined) this.#broken.set(words[from + i] as number, violated);
      }
    });
    this.moves = this.#noMoves();
    this.#effects = this.#noEffects();
    this.#breaks?.clear();
  }

  /** What an outcome of the move of a thread breaks, and the shared region that it leads to where that was new. */
  breaks(state: Int32Array, thread: number, outcome: number): Violated {
    return this.#breaks?.get(pair(state, thread))?.[outcome] ?? NOTHING;
  }

  /** The move of a thread. */
  move(state: Int32Array, thread: number): number {
    const shared = state[0] as number;
    const own = state[thread + 1] as number;
    const known = this.moves.find(shared, own, thread);
    if (known >= 0) return known;
    const regions = this.stage.regions[0] as Regions;
    const effect = this.#effects.find(own, thread, regions.wordsOf(shared), regions.firstOf(shared));
    return effect === null ? this.#make(state, thread) : this.#repeat(state, thread, effect);
  }

  #make(state: Int32Array, thread: number): number {
    const { machine, judge, movers, touched, dead } = this.#crew;
    const { stage } = this;
    const effects = this.#effects;
    stage.layFor(state, thread);
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
      dead?.clear(machine, thread);
      const regions = (stage.regions[0] as Regions).count;
      const to = stage.number(0);
      const written = stage.written();
      const own = stage.number(thread + 1);
      judge.change(stage.changed);
      effects.reads();
      const violated = this.#hear(outcome);
      effects.leads({ own, written, violated });
      if (to === regions) this.#judgeRegion(to, outcome);
      movers?.judged();
      touched.clear();
      stage.back();
      breaks.push(this.#allOf(violated, to));
      this.#ends[2 * outcome] = to;
      this.#ends[2 * outcome + 1] = own;
    }
    const regions = stage.regions[0] as Regions;
    const [shared, own] = [state[0] as number, state[thread + 1] as number];
    effects.add(own, thread, regions.wordsOf(shared), regions.firstOf(shared), footprint);
    return this.#add(state, thread, footprint, breaks);
  }

  /** Only a shared region that is new is judged. */
  #repeat(state: Int32Array, thread: number, { outcomes, footprint }: Effect): number {
    const breaks: Violated[] = [];
    for (let outcome = 0; outcome < outcomes.length; outcome++) {
      const { own, written, violated } = outcomes[outcome] as Outcome;
      // whole regions are compared where they lie
      let to = this.#exact ? -1 : this.stage.after(state[0] as number, written);
      if (to < 0) to = this.#write(state, thread, outcome, written);
      breaks.push(this.#allOf(violated, to));
      this.#ends[2 * outcome] = to;
      this.#ends[2 * outcome + 1] = own;
    }
    return this.#add(state, thread, footprint, breaks);
  }

  /** The shared region that these writes of a thread lead to. */
  #write(state: Int32Array, thread: number, outcome: number, written: Int32Array): number {
    const { judge, movers, touched } = this.#crew;
    const { stage } = this;
    stage.layFor(state, thread);
    judge.look(thread);
    stage.write(written);
    const regions = (stage.regions[0] as Regions).count;
    const to = stage.number(0);
    if (to === regions) {
      touched.clear();
      this.#judgeRegion(to, outcome);
      movers?.judged();
    }
    stage.back();
    return to;
  }

  /** Whoever notes it may have to retrace a run first, which is possible when the move is known. */
  #hear(outcome: number): Violated {
    const verdict = this.#crew.judge.news();
    if (verdict.violated.size > 0 || verdict.exercised.size > 0) this.heard.push({ outcome, verdict });
    return verdict.violated;
  }

  /** Judges a shared region that is new, and lies where a step has led. */
  #judgeRegion(region: number, outcome: number): void {
    this.#crew.judge.state(this.stage.changed);
    const violated = this.#hear(outcome);
    if (violated.size > 0) this.#broken.set(region, violated);
  }

  #allOf(violated: Violated, region: number): Violated {
    const more = this.#broken.get(region);
    if (more === undefined) return violated;
    return violated.size === 0 ? more : new Map([...more, ...violated]);
  }

  #add(state: Int32Array, thread: number, footprint: number, breaks: readonly Violated[]): number {
    const [shared, own] = [state[0] as number, state[thread + 1] as number];
    if (breaks.some(({ size }) => size > 0)) this.#breaks?.set(pair(state, thread), breaks);
    return this.moves.add(shared, own, thread, this.#ends, breaks.length, footprint);
  }
}

/** The shared region and a thread's as one number. */
function pair(state: Int32Array, thread: number): number {
  return (state[0] as number) * 2 ** 27 + (state[thread + 1] as number) * 8 + thread;
}
