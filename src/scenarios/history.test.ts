import { describe, expect, test } from "vitest";
import { findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "./build.ts";
import { findScenario } from "./library/find.ts";
import { brokenIn } from "./lab.testkit.ts";
import { Play } from "./play.ts";

// Six defects that people found, from the properties alone: in the kernel of that day, and gone from the one of today.

/** A run in which everything else happens while the function is in its reset. */
function inside(scenario: string, design: string): string[] {
  const world = findScenario(scenario);
  const kernel = findDesign(design);
  if (world === undefined || kernel === undefined) throw new Error(`${scenario}, ${design}`);
  const play = new Play(makeModel(world, kernel, {}));
  const { machine } = play;
  const resets = world.threads.findIndex(({ ops }) => ops[0]?.op === "reset");
  const go = (thread: number, until: () => boolean) => {
    while (!until() && machine.outcomes(thread) > 0) play.append({ kind: "choice", thread, outcome: 0 });
  };
  go(resets, () => machine.state.pdev[1].in_reset === 1);
  for (const thread of world.threads.keys()) if (thread !== resets) go(thread, () => false);
  go(resets, () => false);
  return brokenIn(play);
}

const defects: readonly (readonly [what: string, scenario: string, design: string, broken: readonly string[]])[] = [
  ["a prepare inside a prepare", "nested-reset", "linux-7.0", ["I-NEST", "I-WARN"]],
  ["use after free through a detach that must not fail", "destroy-flr", "linux-7.0", ["I-NOFAIL", "I-LIVE", "I-OOPS"]],
  ["no domain at done", "no-default", "linux-7.0", ["I-OOPS"]],
  ["an ATC invalidation to a function in reset", "detach-pasid-flr", "linux-7.0", ["I-NOATC"]],
  ["a WARN that a user can reach, RFC v2", "incompatible-flr", "rfc-v2-defer", ["I-TEST2", "I-USERWARN"]],
  ["a WARN that a user can reach, v3", "incompatible-flr", "v3-defer", ["I-TEST2", "I-USERWARN"]],
  ["used_ssids against group->domain", "used-ssids", "test-dev-v1", ["I-USERWARN", "I-RESTORE"]],
];

describe.each(defects)("%s", (_what, scenario, design, broken) => {
  test(`breaks ${broken.join(", ")} in ${design}`, () => {
    expect(inside(scenario, design)).toEqual(expect.arrayContaining([...broken]));
  });
  test("breaks nothing in linux-7.3 but what each reset breaks", () => {
    expect(inside(scenario, "linux-7.3")).toEqual([]);
  });
});
