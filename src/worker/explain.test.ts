import { describe, expect, test } from "vitest";
import { findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { openLink } from "../scenarios/open-link.ts";
import { check, checkEverything } from "./check.ts";
import { explain } from "./explain.ts";

/** The shortest run that breaks a property, explained. */
function explained(scenario: string, design: string, property: string) {
  const world = findScenario(scenario);
  const kernel = findDesign(design);
  if (world === undefined || kernel === undefined) throw new Error(`no ${scenario} or ${design}`);
  const row = check(makeModel(world, kernel, {}), { ...checkEverything, property });
  return explain(openLink(row.properties[property]?.link ?? "").play);
}

describe("a switch", () => {
  test("is where a thread changes what another one reads next", () => {
    const { switches } = explained("used-ssids", "test-dev-v1", "I-RESTORE");
    expect(switches.map(({ thread, why }) => `${thread}: ${why.replaceAll(/\d+/g, "n")}`)).toEqual([
      "CPU0: CPUn must run here: step n changes `group->domain`, which CPUn reads at step n.",
      "CPU1: CPUn must run here: CPUn is finished.",
    ]);
  });
  test("is where it reads what another one changed, or where the property looks at it", () => {
    const { switches } = explained("destroy-flr", "linux-7.0", "I-NOFAIL");
    expect(switches).toHaveLength(1);
    expect(switches[0]?.why).toMatch(/`resetting_domain`.*CPU1/);
    const noAtc = explained("detach-pasid-flr", "linux-7.0", "I-NOATC");
    expect(noAtc.switches.at(-1)?.why).toMatch(
      /^CPU0 must run here: step \d+ breaks I-NOATC, which looks at whether the function is in reset as well, as CPU1 left it at step \d+\.$/,
    );
  });
  test("names the property that looks there, of several that one step breaks", () => {
    const { play } = openLink("#1/rmr-flr/linux-6_17/YCNK/_/t57akHtp");
    const at = play.player.events.length;
    play.seek(at);
    const broken = [...play.violations()].flatMap(([id, { step }]) => (step === at ? [id] : []));
    expect(broken).toEqual(["I-BLOCK", "I-NOATC"]);
    const whyOf = (property?: string) => explain(play, property).switches.at(-1)?.why;
    expect(whyOf()).toMatch(/step 40 breaks I-NOATC, which looks at the ATC invalidations in flight as well/);
    expect(whyOf("I-NOATC")).toBe(whyOf());
    expect(whyOf("I-BLOCK")).toMatch(/step 40 breaks I-BLOCK/);
    expect(whyOf("I-BLOCK")).not.toContain("ATC invalidations");
  });
  test("names steps that do what it says", () => {
    const { play } = openLink(
      check(makeModel(findScenario("used-ssids")!, findDesign("test-dev-v1")!, {}), {
        ...checkEverything,
        property: "I-RESTORE",
      }).properties["I-RESTORE"]?.link ?? "",
    );
    const [first] = explain(play).switches;
    const [, wrote, , reads] = /step (\d+).*CPU(\d) reads at step (\d+)/.exec(first?.why ?? "") ?? [];
    const field = play.machine.layout.fields.find((f) => f.struct === "group" && f.field === "domain");
    expect(play.player.diffAt(Number(wrote) - 1)?.at).toContain(field?.offset);
    expect(play.records[Number(reads) - 1]?.text).toContain("group->domain");
    expect(play.records[(first?.step ?? 0) - 1]?.thread).toBe(0);
  });
});

test("what a run takes: callers, the locks that are held, what was made to fail", () => {
  const { callers, locks, failures, assumptions } = explained("enomem-done", "linux-7.3", "I-WARN");
  expect(callers.map(({ thread, caller, reachable }) => [thread, caller, reachable])).toContainEqual([
    "CPU0",
    "reset via sysfs",
    true,
  ]);
  expect(locks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["the lock of the upstream bridge", "`group->mutex` of group 7"]),
  );
  expect(failures).toHaveLength(1);
  expect(failures[0]?.text).toMatch(/-ENOMEM/);
  expect(assumptions.length).toBeGreaterThan(3);
});
