/** `npx tsx e2e/reductions.ts`: how many times fewer states each reduction leaves, over the worlds of the library in `linux-7.3`. */
import { allReductions, everything, type Reduction, Search } from "../src/check/explore.ts";
import { rootOf } from "../src/kernel/ops.ts";
import { Bench } from "../src/kernel/properties.ts";
import { library } from "../src/scenarios/library/index.ts";
import { model } from "./search.ts";

const columns: Readonly<Record<string, readonly Reduction[]>> = {
  orders: ["order"],
  locals: ["locals"],
  symmetry: ["twins"],
  all: allReductions,
};

/** States of a world, the threads of the hardware among those that run. */
function statesOf(scenario: string, reduce: readonly Reduction[]) {
  const { machine: make, programs, world, design } = model(scenario, "linux-7.3");
  const machine = make(programs.length);
  const roots = programs.map((ops) => ops.map((op) => rootOf(op, world)));
  const search = new Search({ machine, programs: roots, judge: new Bench(machine, design) }, { ...everything, reduce });
  while (search.advance(10_000));
  return { states: search.store.states, threads: programs.length };
}

const rows = library.map(({ id }) => {
  const { states, threads } = statesOf(id, []);
  return { threads, saved: Object.values(columns).map((reduce) => states / statesOf(id, reduce).states) };
});
for (const [says, fits] of [
  ["two threads", (threads: number) => threads <= 2],
  ["three and more", (threads: number) => threads > 2],
] as const) {
  const own = rows.filter(({ threads }) => fits(threads));
  console.log(`${says}: ${own.length} worlds`);
  Object.keys(columns).forEach((name, i) => {
    const values = own.map(({ saved }) => saved[i]!).sort((a, b) => a - b);
    const [least, most] = [values[0]!, values.at(-1)!];
    const median = (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2;
    console.log(`  ${name.padEnd(9)} median ${median.toFixed(2)}, least ${least.toFixed(2)}, most ${most.toFixed(2)}`);
  });
}
