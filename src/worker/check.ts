/**
 * A world and a design, searched to the end or to a bound: what the properties say of all runs, not of one.
 *
 * Verdicts are those of the search; every violation comes as the link of a run that breaks it. No verdict says that a
 * design is safe: one that no run within the bounds breaks "holds" there.
 */
import { type Untaken } from "../check/coverage.ts";
import { fewerSwitches, switchesOf } from "../check/counterexample.ts";
import { allReductions, everything, Search, type Settings } from "../check/explore.ts";
import { collisionProbability } from "../check/hash.ts";
import { rootOf } from "../kernel/ops.ts";
import { Bench, properties } from "../kernel/properties.ts";
import { fill } from "../kernel/words.ts";
import type { Model } from "../scenarios/build.ts";
import { encodeLink, scenarioPart } from "../scenarios/link.ts";
import { toggleWord } from "../scenarios/toggles.ts";
import { Play } from "../scenarios/play.ts";
import type { KernelState, World } from "../kernel/structs.ts";
import type { Choice } from "../sim/run.ts";

/** `vacuous`: no run exercised it. `bounded`: nothing broke it before the search was cut short. */
export type CheckVerdict = "holds" | "violated" | "vacuous" | "n/a" | "bounded";

export interface CheckedProperty {
  readonly verdict: CheckVerdict;
  /** Of a run that breaks it; null without one, or for a world of one's own that is too large for a link. */
  readonly link: string | null;
  readonly steps: number | null;
  /** How often that run goes from one thread to another. */
  readonly switches: number | null;
  readonly why?: string;
  /** Present where a shorter run may exist: the search without reductions was cut short. */
  readonly shortest?: false;
}

export interface Checked {
  readonly scenario: string;
  readonly design: string;
  readonly options: Readonly<Record<string, string>>;
  /** What was changed of design and world, in the words of a link. */
  readonly toggles: readonly string[];
  readonly threads: number;
  /** How many things may fail in a run. */
  readonly failures: number;
  readonly states: number;
  readonly transitions: number;
  /** States in which no thread can step. */
  readonly terminals: number;
  readonly depth: number;
  readonly complete: boolean;
  /** States that were still to be left when a bound was met. */
  readonly frontier: number;
  readonly exact: boolean;
  readonly reduced: boolean;
  readonly seconds: number;
  /** Of the visited states, parents included. */
  readonly bytes_per_state: number;
  /** Of the waiting states, their regions and the moves known for them, at most. */
  readonly frontier_bytes: number;
  /** That some state was taken for another one; 0 in exact storage. */
  readonly collision_probability: number;
  readonly properties: Readonly<Record<string, CheckedProperty>>;
  /** What no run reached; of a bounded search, what none reached so far. */
  readonly unreached: {
    readonly procedures: readonly string[];
    readonly branches: readonly Untaken[];
    readonly properties: readonly string[];
  };
}

export interface CheckSettings {
  readonly maxStates: number;
  /** The search ends as bounded when it keeps so many bytes. */
  readonly maxBytes: number;
  readonly exact: boolean;
  readonly reduce: boolean;
  /** Judge this property alone, and end with the first run that breaks it. */
  readonly property: string | null;
}

export const checkEverything: CheckSettings = {
  maxStates: 5_000_000,
  maxBytes: 1e9,
  exact: false,
  reduce: true,
  property: null,
};

/** How far a check is. */
export interface CheckProgress {
  /** `searching` for what breaks, `shortening` the runs that do, `done`. */
  readonly phase: "searching" | "shortening" | "done";
  /** Of the search that runs: the second one begins anew. */
  readonly states: number;
  readonly transitions: number;
  /** States that were found and not left yet. */
  readonly frontier: number;
  readonly depth: number;
  /** Spent in `advance` so far, in both searches. */
  readonly seconds: number;
  /** States that both searches found, by second. */
  readonly rate: number;
  /** Properties that some run was found to break. */
  readonly violated: readonly string[];
}

/** Runs tried for each counterexample to save switches, where the search for the shortest was cut short. */
const TRIES = 200;
/** States that are left before the clock is looked at: about a millisecond. */
const SLICE = 100;

function searchOf(model: Model, settings: Partial<Settings>): Search<KernelState, World> {
  const machine = model.machine(Math.max(1, model.programs.length));
  const programs = model.programs.map((ops) => ops.map((op) => rootOf(op, model.world)));
  return new Search({ machine, programs, judge: new Bench(machine, model.design) }, { ...everything, ...settings });
}

/** Says why the last step of a run breaks a property; undefined where it does not, or cannot be made. For many runs. */
function breaker(model: Model, property: string): (run: readonly Choice[]) => string | undefined {
  const machine = model.machine(Math.max(1, model.programs.length));
  const blank = machine.bytes.slice();
  const bench = new Bench(machine, model.design);
  const ignore = () => {};
  machine.observer = {
    op: ignore,
    answer: ignore,
    call: ignore,
    return: ignore,
    moment: bench.moment,
    warn: bench.warn,
  };
  return (run) => {
    machine.bytes.set(blank);
    machine.programs.length = 0;
    for (const ops of model.programs) machine.spawn(ops.map((op) => rootOf(op, model.world)));
    let verdict = bench.verdict();
    for (const { thread, outcome } of run) {
      if (outcome >= machine.outcomes(thread)) return undefined;
      bench.look(thread);
      machine.step(thread, outcome);
      verdict = bench.verdict();
    }
    return verdict.violated.get(property);
  };
}

/** Plays a run, from where it parts from the one that was played before: counterexamples begin alike. */
function retell(play: Play, run: readonly Choice[]): void {
  const { events } = play.player;
  const isSame = ({ thread, outcome }: Choice, i: number) => {
    const event = events[i];
    return event?.kind === "choice" && event.thread === thread && event.outcome === outcome;
  };
  let same = 0;
  // the last step is played anew, to drop what came after it
  while (same < run.length - 1 && isSame(run[same] as Choice, same)) same++;
  play.seek(same);
  for (const choice of run.slice(same)) play.append(choice);
}

/**
 * A check that is done in slices, so that whoever drives it stays awake:
 *
 *     const checking = new Checking(model, checkEverything);
 *     while (checking.advance(8)) show(checking.progress);
 *     show(checking.result());
 *
 * `advance` works for about so many milliseconds and says whether anything is left; a worker gives way to its messages
 * between two calls, a terminal passes Infinity. To cancel, call it no more: `result` then says `bounded` of all that was
 * not decided, as it does when `maxStates` or `maxBytes` was met. It never depends on the slices, time excepted.
 *
 * First everything is searched, reduced if that is asked for. What broke is then looked for once more in all orders, for
 * the shortest run with the fewest switches; if that is cut short, the run of the first search is kept ("shortest found").
 */
export class Checking {
  readonly model: Model;
  readonly settings: CheckSettings;
  readonly #search: Search<KernelState, World>;
  #again: Search<KernelState, World> | null = null;
  #phase: CheckProgress["phase"] = "searching";
  /** What links are written from. */
  #play: Play | null = null;
  #milliseconds = 0;

  constructor(model: Model, settings: CheckSettings) {
    this.model = model;
    this.settings = settings;
    const { maxStates, maxBytes, exact, reduce, property } = settings;
    this.#search = searchOf(model, {
      maxStates,
      maxBytes,
      exact,
      reduce: reduce ? allReductions : [],
      until: property === null ? [] : [property],
    });
  }

  /** Works for about so many milliseconds; false once there is nothing left to do. */
  advance(milliseconds: number): boolean {
    const start = performance.now();
    do {
      if (this.#phase !== "done") this.#slice();
    } while (this.#phase !== "done" && performance.now() - start < milliseconds);
    this.#milliseconds += performance.now() - start;
    return this.#phase !== "done";
  }

  #slice(): void {
    if ((this.#again ?? this.#search).advance(SLICE)) return;
    const broken = this.#broken();
    if (this.#phase === "shortening" || broken.length === 0) {
      this.#phase = "done";
      return;
    }
    const { maxStates, maxBytes } = this.settings;
    this.#phase = "shortening";
    this.#again = searchOf(this.model, { maxStates, maxBytes, fewestSwitches: true, until: broken });
  }

  /** What is judged: one property, or all. */
  get #wanted(): readonly string[] {
    const { property } = this.settings;
    return properties.map((p) => p.id).filter((id) => property === null || id === property);
  }

  #broken(): readonly string[] {
    return this.#wanted.filter((id) => this.#search.violations.has(id));
  }

  get progress(): CheckProgress {
    const { store, transitions, frontier, depth } = this.#again ?? this.#search;
    const all = this.#search.store.states + (this.#again?.store.states ?? 0);
    const seconds = this.#milliseconds / 1000;
    return {
      phase: this.#phase,
      states: store.states,
      transitions,
      frontier,
      depth,
      seconds,
      rate: seconds === 0 ? 0 : Math.round(all / seconds),
      violated: this.#broken(),
    };
  }

  /** What the check comes to, or has come to so far. */
  result(): Checked {
    const { model } = this;
    const search = this.#search;
    const { exact, reduce } = this.settings;
    const { procedures, branches } = search.coverage.unreached(
      model.programs.map((ops) => ops.map((op) => rootOf(op, model.world))),
    );
    return {
      scenario: model.scenario.id,
      design: model.design.id,
      options: model.options,
      toggles: model.toggles.map(toggleWord),
      threads: model.programs.length,
      failures: model.scenario.failures,
      states: search.store.states,
      transitions: search.transitions,
      terminals: search.terminals,
      depth: search.depth,
      complete: search.ending === "complete",
      frontier: search.frontier,
      exact,
      reduced: reduce,
      seconds: Math.round(this.#milliseconds) / 1000,
      bytes_per_state: Math.round((search.store.bytes / search.store.states) * 10) / 10,
      frontier_bytes: search.frontierBytes,
      collision_probability: exact ? 0 : collisionProbability(search.store.states),
      properties: Object.fromEntries(this.#wanted.map((id) => [id, this.#verdictOf(id)])),
      unreached: {
        procedures,
        branches: branches.map((b) => ({ ...b, text: fill(model.world, b.text, null) })),
        properties: this.#wanted.filter((id) => !this.#isNotApplicable(id) && !search.exercised.has(id)),
      },
    };
  }

  #isNotApplicable(id: string): boolean {
    return this.model.design.notApplicable.includes(id);
  }

  #linkOf(run: readonly Choice[]): string | null {
    const { model } = this;
    if (scenarioPart(model.scenario) === null) return null;
    const play = run.length === 0 ? new Play(model) : (this.#play ??= new Play(model));
    retell(play, run);
    const { head, tail } = encodeLink(play);
    return `#${head}${tail}`;
  }

  #verdictOf(id: string): CheckedProperty {
    const { model } = this;
    const none = { link: null, steps: null, switches: null };
    if (this.#isNotApplicable(id)) return { verdict: "n/a", ...none };
    const shortest = this.#again?.violations.get(id);
    const found = shortest ?? this.#search.violations.get(id);
    if (found === undefined) {
      if (this.#search.ending !== "complete") return { verdict: "bounded", ...none };
      return { verdict: this.#search.exercised.has(id) ? "holds" : "vacuous", ...none };
    }
    const whyOf = breaker(model, id);
    const run = shortest?.run ?? fewerSwitches(found.run, (tried) => whyOf(tried) !== undefined, TRIES);
    return {
      verdict: "violated",
      link: this.#linkOf(run),
      steps: run.length,
      switches: switchesOf(run),
      // threads may have changed places with their twins since it was found
      why: shortest?.why ?? whyOf(run) ?? found.why,
      ...(shortest === undefined ? { shortest: false } : {}),
    };
  }
}

/** Properties that some run of a model breaks, without the runs: a search of at most so many states. */
export function violatedIn(model: Model, maxStates: number): string[] {
  const search = searchOf(model, { maxStates, reduce: allReductions });
  while (search.advance(SLICE));
  return properties.map(({ id }) => id).filter((id) => search.violations.has(id));
}

/** Checks a model to the end. */
export function check(model: Model, settings: CheckSettings): Checked {
  const checking = new Checking(model, settings);
  checking.advance(Number.POSITIVE_INFINITY);
  return checking.result();
}
