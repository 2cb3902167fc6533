import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { Bench } from "../kernel/properties.ts";
import { makeModel, type Model } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { Play } from "../scenarios/play.ts";
import { allReductions, everything, Search, type Settings } from "./explore.ts";
import { packedSearch, plainCounts, programsOf } from "../scenarios/naive.testkit.ts";

function model(scenario: string, design: string): Model {
  const world = findScenario(scenario);
  const kernel = designs.find((d) => d.id === design);
  if (world === undefined || kernel === undefined) throw new Error(`no ${scenario} or ${design}`);
  return makeModel(world, kernel, {});
}

function search(of: Model, settings: Partial<Settings> = {}) {
  const machine = of.machine(of.programs.length);
  const subject = { machine, programs: programsOf(of), judge: new Bench(machine, of.design) };
  const found = new Search(subject, { ...everything, ...settings });
  while (found.advance(1000));
  return found;
}

type Found = ReturnType<typeof search>;
const counts = (found: Found) => [found.store.states, found.transitions, found.terminals];
const lengths = (found: Found) => Object.fromEntries([...found.violations].map(([id, v]) => [id, v.run.length]));

const pairs = [
  ["used-ssids", "linux-7.3"],
  ["used-ssids", "test-dev-v1"],
  ["s2-ssids", "test-dev-v1"],
  ["identity-pasid", "linux-7.0"],
  ["attach-flr", "linux-6.17"],
  ["attach-flr", "linux-7.3"],
  ["unmap-flr", "test-dev-v1"],
  ["foreign-smmu", "linux-7.3"],
  ["coherency", "test-dev-v1"],
  ["sva-unbind-exit", "linux-7.3"],
] as const;

test("what is said of a pair in a review can be counted again", async () => {
  const lines = pairs.map(([scenario, design]) => {
    const [states, transitions, ends] = counts(search(model(scenario, design)));
    return `${scenario} ${design}: ${states} states, ${transitions} transitions, ${ends} ends`;
  });
  // a change of the model changes them: `npx vitest run explore -u` writes them anew
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("./golden/counts.txt");
});

describe.each(pairs)("%s in %s", (scenario, design) => {
  const of = model(scenario, design);
  test("has the same states, transitions and ends in both backends, as fingerprints and whole", () => {
    const { states, transitions, terminals } = plainCounts(of);
    const found = search(of);
    expect(found.ending).toBe("complete");
    expect(counts(found)).toEqual([states, transitions, terminals]);
    expect(counts(search(of, { exact: true }))).toEqual([states, transitions, terminals]);
  });
  test("is judged as step by step, and its runs are the shortest", () => {
    const naive = packedSearch(of);
    const found = search(of);
    expect(lengths(found)).toEqual(naive.violated);
    expect([...found.exercised].sort()).toEqual(naive.exercised);
  });
});

describe.each(designs.map((d) => [d.id, d] as const))("reductions in %s", (_id, design) => {
  test("keep verdicts, what was exercised and what was not reached, in every world that is small enough", () => {
    for (const scenario of library) {
      const of = makeModel(scenario, design, {});
      const full = search(of, { maxStates: 1_200 });
      // what is larger costs too much here
      if (full.ending !== "complete") continue;
      const less = search(of, { reduce: allReductions });
      const verdicts = (found: Found) => ({
        violated: [...found.violations.keys()].sort(),
        exercised: [...found.exercised].sort(),
        unreached: found.coverage.unreached(programsOf(of)),
        terminals: found.terminals,
      });
      expect([scenario.id, verdicts(less)]).toEqual([scenario.id, verdicts(full)]);
      expect(less.store.states).toBeLessThanOrEqual(full.store.states);
      // a run that was found with steps left out has them again
      for (const [id, { run }] of less.violations) {
        const play = new Play(of);
        for (const choice of run) play.append(choice);
        expect([scenario.id, id, play.violations().get(id)?.step]).toEqual([scenario.id, id, run.length]);
      }
    }
  });
});

test("threads that do the same count once, whoever is ahead: fewer states, the same verdicts, runs that can be made", () => {
  const world = findScenario("attach-flr");
  const [replace, reset] = world?.threads ?? [];
  if (world === undefined || replace === undefined || reset === undefined)
    throw new Error("attach-flr has two threads");
  for (const design of designs) {
    const of = makeModel({ ...world, threads: [reset, replace, reset] }, design, {});
    const full = search(of);
    const less = search(of, { reduce: ["twins"] });
    expect(less.store.states).toBeLessThan(0.55 * full.store.states);
    expect([...less.violations.keys()].sort()).toEqual([...full.violations.keys()].sort());
    expect([...less.exercised].sort()).toEqual([...full.exercised].sort());
    // symmetry loses no length
    expect(lengths(less)).toEqual(lengths(full));
    for (const [id, { run }] of less.violations) {
      const play = new Play(of);
      for (const choice of run) play.append(choice);
      expect([design.id, id, play.violations().get(id)?.step]).toEqual([design.id, id, run.length]);
    }
    const all = search(of, { reduce: allReductions });
    expect([...all.violations.keys()].sort()).toEqual([...full.violations.keys()].sort());
    expect(all.store.states).toBeLessThan(0.6 * search(of, { reduce: ["order", "locals"] }).store.states);
  }
});

describe("a bound", () => {
  test("of states ends the search and says what was left", () => {
    const found = search(model("attach-flr", "linux-7.3"), { maxStates: 500 });
    expect(found.ending).toBe("bounded");
    expect(found.store.states).toBeGreaterThanOrEqual(500);
    expect(found.frontier).toBeGreaterThan(0);
    expect(found.advance(1000)).toBe(false);
  });
  test("that nothing was left at is none", () => {
    expect(search(model("s2-ssids", "test-dev-v1"), { maxStates: 85 }).ending).toBe("complete");
  });
  test("of bytes ends it, after regions were forgotten", () => {
    const of = model("nested-vdevice", "linux-7.3");
    const all = search(of);
    const tight = search(of, { maxBytes: 4e5 });
    expect(tight.ending).toBe("complete");
    expect(tight.frontierBytes).toBeLessThan(all.frontierBytes / 2);
    expect([counts(tight), lengths(tight)]).toEqual([counts(all), lengths(all)]);
    expect(tight.made).toBeGreaterThan(all.made);
    expect(search(of, { maxBytes: 1e5 }).ending).toBe("bounded");
  });
  test("of a property ends it with the first run", () => {
    const found = search(model("used-ssids", "test-dev-v1"), { until: ["I-GROUP"] });
    expect(found.ending).toBe("found");
    expect(found.violations.get("I-GROUP")?.run).toHaveLength(61);
  });
});
