import { describe, expect, test } from "vitest";
import { checks } from "../kernel/checks.ts";
import { findDesign } from "../kernel/designs/index.ts";
import { resultText } from "../kernel/ops.ts";
import { makeModel } from "./build.ts";
import { causeOf } from "./cause.ts";
import { findScenario } from "./library/index.ts";
import { Play } from "./play.ts";

// For each of the twelve checks: the same errno before the patch, from the attach, and after it, from the test.

/** The first thread of a check's world, run to its end: what it returned, and the procedure that decided. */
function meet(scenario: string, design: string): { errno: string; decided: string } {
  const world = findScenario(scenario);
  const kernel = findDesign(design);
  if (world === undefined || kernel === undefined) throw new Error(`${scenario}, ${design}`);
  const play = new Play(makeModel(world, kernel, {}));
  while (play.machine.outcomes(0) > 0) play.append({ kind: "choice", thread: 0, outcome: 0 });
  const ran = [
    { step: 0, trace: play.opening[0] ?? [] },
    ...play.records.map((r, i) => ({ step: i + 1, trace: r.trace })),
  ];
  const op = play.ops[0]?.[0];
  if (op === undefined) throw new Error(`${scenario} starts nothing`);
  return {
    errno: resultText(op, play.model.world, play.machine.result(0)),
    decided: causeOf(play.model.table.procs, ran)?.proc ?? "",
  };
}

const ERRNOS = [
  "-ENOENT",
  "-EOPNOTSUPP",
  "-EINVAL",
  "-EBUSY",
  "-EOPNOTSUPP",
  "-EINVAL",
  "-EBUSY",
  "-EINVAL",
  "-EINVAL",
  "-EOPNOTSUPP",
  "-EOPNOTSUPP",
  "-EINVAL",
];

test("there are twelve, in the order of the patch", () => {
  expect(checks.map(({ scenario }) => meet(scenario, "test-dev-v1").errno)).toEqual(ERRNOS);
});

describe.each(checks.map((check) => [check.scenario, check] as const))("%s", (scenario, { before }) => {
  const after = meet(scenario, "test-dev-v1");
  const old = meet(scenario, "linux-6.17");

  test("gives the same errno from attach and from test", () => {
    expect(old.errno).toBe(after.errno);
    expect(old.errno).toMatch(/^-E/);
  });
  test("is decided where the table says: in the callback before, in the test after", () => {
    if (before.startsWith("the core")) {
      expect([old.decided, after.decided]).toEqual(["iommu_attach_device_pasid", "__iommu_domain_test_device"]);
    } else {
      expect(before).toContain(`\`${old.decided}\``);
      expect(after.decided).toBe("arm_smmu_domain_test_dev");
    }
  });
});
