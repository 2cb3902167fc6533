import { expect, test } from "vitest";
import { Machine, type Root } from "../sim/step.ts";
import { define, dims, linkToy, schema, source, type ToyState } from "../sim/toy.testkit.ts";
import { switchesOf } from "./counterexample.ts";
import { everything, Search } from "./explore.ts";
import { silentJudge } from "./judge.testkit.ts";

const nobody: ReadonlySet<string> = new Set();

/** Three threads that write cells of one list in turn, under a lock or not. */
const writer = (name: string, cells: readonly number[], locked: boolean) =>
  define(name, source, [], [], (b) => [
    ...(locked ? [b.lock("big", () => 1, "lock")] : []),
    ...cells.map((cell) =>
      b.step(`write ${cell}`, (s) => {
        s.box.cells[cell] = (s.box.cells[cell] as number) * 2 + 1;
      }),
    ),
    ...(locked ? [b.unlock("big", () => 1, "unlock")] : []),
  ]);
const procs = [writer("one", [0, 1, 0], true), writer("two", [1, 2], true), writer("three", [0, 3, 2], false)];

function start(broken: (s: ToyState) => boolean) {
  const machine = new Machine<ToyState, { mayFail: boolean }>(schema, dims, linkToy(procs), { mayFail: false }, 4);
  const news = () => ({ violated: new Map(broken(machine.state) ? [["broken", "why"]] : []), exercised: nobody });
  const judge = { ...silentJudge, rest: news, news };
  return { machine, judge, programs: procs.map(({ name }): Root[] => [{ proc: name, args: [] }]) };
}

/** Steps and switches of the best run, from all runs one by one. */
function bestOf(broken: (s: ToyState) => boolean): string {
  const { machine, programs } = start(broken);
  for (const program of programs) machine.spawn(program);
  let best: readonly [number, number] = [Number.POSITIVE_INFINITY, 0];
  const go = (run: readonly number[]) => {
    if (broken(machine.state)) {
      const switches = run.filter((t, i) => i > 0 && t !== run[i - 1]).length;
      if (run.length < best[0] || (run.length === best[0] && switches < best[1])) best = [run.length, switches];
      return;
    }
    const before = machine.bytes.slice();
    for (let t = 0; t < programs.length; t++) {
      if (machine.outcomes(t) === 0) continue;
      machine.step(t, 0);
      go([...run, t]);
      machine.bytes.set(before);
    }
  };
  go([]);
  return best.join("/");
}

const predicates: readonly ((s: ToyState) => boolean)[] = [
  (s) => s.box.cells[2] === 3,
  (s) => s.box.cells[0] === 3 && s.box.cells[3] === 0,
  (s) => s.box.cells[0] === 7 && s.box.cells[1] === 1,
  (s) => s.box.cells[1] === 3 && s.box.cells[2] === 0,
  (s) => s.box.cells[0] === 1 && s.box.cells[2] === 1 && s.box.cells[1] === 3,
  (s) => s.box.cells[3] === 1 && s.box.cells[1] === 1 && s.box.cells[2] === 0,
];

test.each(predicates.map((p) => [String(p), p] as const))("%s: a shortest run, with the fewest switches", (_t, p) => {
  const found = new Search(start(p), { ...everything, fewestSwitches: true, until: ["broken"] });
  while (found.advance(7));
  const run = found.violations.get("broken")?.run ?? [];
  expect(`${run.length}/${switchesOf(run)}`).toBe(bestOf(p));
});
