import { describe, expect, test } from "vitest";
import { errnoName } from "../kernel/structs.ts";
import { meetAll } from "./checks.ts";
import { openLink } from "./open-link.ts";

// For each of the twelve checks: the same errno before the patch, from the attach, and after it, from the test.

const met = meetAll();

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
  expect(met.map(({ runs }) => runs.after.errno)).toEqual(ERRNOS);
});

describe.each(met.map((check) => [check.scenario, check] as const))("%s", (scenario, { before, runs }) => {
  const { before: old, after } = runs;

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
  test.each(Object.values(runs))("has a link that replays, in $design.id", ({ design, errno, link }) => {
    const { play, notice } = openLink(link);
    expect([notice, play.model.scenario.id, play.model.design.id]).toEqual(["", scenario, design.id]);
    expect([play.machine.outcomes(0), errnoName(play.machine.result(0))]).toEqual([0, errno]);
  });
});
