/**
 * A world and a design, searched to the end or to a bound: what the properties say of all runs, not of one.
 *
 * Verdicts are those of the search; every violation comes as the link of a run that breaks it. No verdict says that a
 * design is safe: one that no run within the bounds breaks "holds" there.
 */
import { type Untaken } from "../check/coverage.ts";
import { fewerSwitches, switchesOf } from "../check/counterexample.ts";
import { everything, Search, type Settings } from "../check/explore.ts";
import { collisionProbability } from "../check/hash.ts";
import { rootOf } from "../kernel/ops.ts";
import { Bench, properties } from "../kernel/properties.ts";
import { fill } from "../kernel/words.ts";
import type { Model } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { encodeLink } from "../scenarios/link.ts";
import { Play } from "../scenarios/play.ts";
import type { Choice } from "../sim/run.ts";

/** `vacuous`: no run exercised it. `bounded`: nothing broke it before the search was cut short. */
export type CheckVerdict = "holds" | "violated" | "vacuous" | "n/a" | "bounded";

export interface CheckedProperty {
  readonly verdict: CheckVerdict;
  /** Of a run that breaks it; null without one, or for a world that is in no library. */
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
  readonly exact: boolean;
  readonly reduce: boolean;
  /** Judge this property alone, and end with the first run that breaks it. */
  readonly property: string | null;
}

export const checkEverything: CheckSettings = { maxStates: 5_000_000, exact: false, reduce: true, property: null };

/** Runs tried for each counterexample to save switches. */
const TRIES = 200;
const SLICE = 10_000;

function searchOf(model: Model, settings: Partial<Settings>): Search<unknown, unknown> {
  const machine = model.machine(Math.max(1, model.programs.length));
  const programs = model.programs.map((ops) => ops.map((op) => rootOf(op, model.world)));
  const search = new Search(
    { machine, programs, judge: new Bench(machine, model.design) },
    { ...everything, ...settings },
  );
  while (search.advance(SLICE));
  return search as unknown as Search<unknown, unknown>;
}

/** Says whether a run of a model can be made, and breaks a property in its last step; for many runs. */
function breaker(model: Model, property: string): (run: readonly Choice[]) => boolean {
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
      if (outcome >= machine.outcomes(thread)) return false;
      bench.look(thread);
      machine.step(thread, outcome);
      verdict = bench.verdict();
    }
    return verdict.violated.has(property);
  };
}

function linkOf(model: Model, run: readonly Choice[]): string | null {
  if (findScenario(model.scenario.id) !== model.scenario) return null;
  const play = new Play(model);
  for (const choice of run) play.append(choice);
  const { head, tail } = encodeLink(play);
  return `#${head}${tail}`;
}

/** Searches a model and says what its properties come to. */
export function check(model: Model, settings: CheckSettings): Checked {
  const start = performance.now();
  const { maxStates, exact, reduce, property } = settings;
  const until = property === null ? [] : [property];
  const search = searchOf(model, { maxStates, exact, reduce, until });
  const wanted = properties.map((p) => p.id).filter((id) => property === null || id === property);
  const broken = wanted.filter((id) => search.violations.has(id));
  // a reduced search keeps verdicts, not lengths: what broke is looked for once more in all orders
  const all = reduce && broken.length > 0 ? searchOf(model, { maxStates, exact, until: broken }) : search;
  const complete = search.ending === "complete";
  const judge = (id: string): CheckedProperty => {
    const none = { link: null, steps: null, switches: null };
    if (model.design.notApplicable.includes(id)) return { verdict: "n/a", ...none };
    const violation = all.violations.get(id) ?? search.violations.get(id);
    if (violation === undefined) {
      if (!complete) return { verdict: "bounded", ...none };
      return { verdict: search.exercised.has(id) ? "holds" : "vacuous", ...none };
    }
    const run = fewerSwitches(violation.run, breaker(model, id), TRIES);
    return {
      verdict: "violated",
      link: linkOf(model, run),
      steps: run.length,
      switches: switchesOf(run),
      why: violation.why,
      ...(all.violations.has(id) ? {} : { shortest: false }),
    };
  };
  const { procedures, branches } = search.coverage.unreached(
    model.programs.map((ops) => ops.map((op) => rootOf(op, model.world))),
  );
  const judged = Object.fromEntries(wanted.map((id) => [id, judge(id)]));
  return {
    scenario: model.scenario.id,
    design: model.design.id,
    options: model.options,
    threads: model.programs.length,
    failures: model.scenario.failures,
    states: search.store.states,
    transitions: search.transitions,
    terminals: search.terminals,
    depth: search.depth,
    complete,
    frontier: search.frontier,
    exact,
    reduced: reduce,
    seconds: Math.round(performance.now() - start) / 1000,
    bytes_per_state: Math.round((search.store.bytes / search.store.states) * 10) / 10,
    frontier_bytes: search.frontierBytes,
    collision_probability: exact ? 0 : collisionProbability(search.store.states),
    properties: judged,
    unreached: {
      procedures,
      branches: branches.map((b) => ({ ...b, text: fill(model.world, b.text, null) })),
      properties: wanted.filter((id) => !model.design.notApplicable.includes(id) && !search.exercised.has(id)),
    },
  };
}
