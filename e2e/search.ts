/** The search that `npm run bench` measures: the largest world of the library, to the end; in Node and in a browser's worker. */
import { everything, type Reduction, Search } from "../src/check/explore.ts";
import { findDesign } from "../src/kernel/designs/index.ts";
import { rootOf } from "../src/kernel/ops.ts";
import { Bench } from "../src/kernel/properties.ts";
import { makeModel } from "../src/scenarios/build.ts";
import { findScenario } from "../src/scenarios/library/find.ts";

export function model(scenario: string, design: string) {
  const found = findScenario(scenario);
  const kernel = findDesign(design);
  if (found === undefined || kernel === undefined) throw new Error(`no ${scenario} or ${design}`);
  return makeModel(found, kernel, {});
}

const largest = model("two-devices", "linux-7.3");
const machine = largest.machine(largest.programs.length);
const blank = machine.bytes.slice();
const bench = new Bench(machine, largest.design);

/** Distinct states, transitions, and steps made. */
export function searchLargest(reduce: readonly Reduction[]) {
  machine.bytes.set(blank);
  machine.programs.length = 0;
  const programs = largest.programs.map((ops) => ops.map((op) => rootOf(op, largest.world)));
  const search = new Search({ machine, programs, judge: bench }, { ...everything, reduce });
  while (search.advance(10_000));
  const { store, transitions, made } = search;
  return { states: store.states, transitions, made };
}

/** Seconds by the clock for one search without reductions. */
export function secondsOfSearch(): number {
  const start = performance.now();
  searchLargest([]);
  return (performance.now() - start) / 1000;
}
