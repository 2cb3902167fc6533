/** Holds what is said of a design's silence to the code that plays it: each procedure is there, each property is broken. */
import { describe, expect, test } from "vitest";
import { callable } from "../check/coverage.ts";
import { allReductions, everything, Search } from "../check/explore.ts";
import { designs, findDesign } from "../kernel/designs/index.ts";
import type { Design } from "../kernel/design.ts";
import { rootOf } from "../kernel/ops.ts";
import { Bench } from "../kernel/properties.ts";
import { makeModel } from "./build.ts";
import { findScenario } from "./library/find.ts";
import type { Scenario } from "./schema.ts";
import { silences, silencesIn } from "./silences.ts";

const procsIn = (says: string) => [...says.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name as string);
/** Fields and locks, which no table of procedures has. */
const fields = ["resetting_domain"];

function search(scenario: string, design: string) {
  const model = makeModel(findScenario(scenario) as Scenario, findDesign(design) as Design, {});
  const machine = model.machine(model.programs.length);
  const programs = model.programs.map((ops) => ops.map((op) => rootOf(op, model.world)));
  const reach = callable(machine.table, programs).map((index) => machine.table.procs[index]?.name);
  const subject = { machine, programs, judge: new Bench(machine, model.design) };
  return { reach, run: () => new Search(subject, { ...everything, reduce: allReductions }) };
}

describe("where a design's source says nothing", () => {
  for (const { worlds, designs, says, breaks, spares } of silences) {
    test(says, () => {
      expect(procsIn(says)).not.toHaveLength(0);
      for (const world of worlds) {
        for (const design of designs) {
          const { reach, run } = search(world, design);
          for (const name of procsIn(says).filter((name) => !fields.includes(name)))
            expect(reach, `${name} in ${world} of ${design}`).toContain(name);
          if (breaks.length + spares.length === 0) continue;
          const found = run();
          while (found.advance(10_000));
          const broken = [...found.violations.keys()];
          expect(broken, `${world} in ${design}`).toEqual(expect.arrayContaining([...breaks]));
          for (const id of spares) expect(broken, `${world} in ${design}`).not.toContain(id);
        }
      }
    });
  }

  test("no world and design meet two sentences, and each is of the library", () => {
    const ids = designs.map(({ id }) => id);
    for (const { worlds, designs } of silences) {
      for (const world of worlds) expect(findScenario(world), world).toBeDefined();
      for (const design of designs) expect(ids).toContain(design);
      for (const world of worlds)
        for (const design of designs) expect(silencesIn(world, design), `${world} ${design}`).toHaveLength(1);
    }
  });
});
