import { describe, expect, test } from "vitest";
import { reach } from "../hw/tables.ts";
import { Lab } from "../scenarios/lab.testkit.ts";
import { findScenario } from "../scenarios/library/find.ts";
import type { Scenario } from "../scenarios/schema.ts";

// The question that this began with: the RID on stage 1 with a PASID, a reset, and a replace with stage 2 inside it.

const scenario = findScenario("used-ssids") as Scenario;
const REPLACE = 0;
const RESET = 1;

/** The replace runs, from start to end, while the function is in its reset. */
function overlapping(design: string, options: Record<string, string> = {}): Lab {
  const lab = new Lab(scenario, design, options);
  lab.until(RESET, () => lab.s.pdev[1].in_reset === 1);
  lab.run(REPLACE);
  lab.run(RESET);
  return lab;
}
const called = (lab: Lab) =>
  new Set(
    lab.play.records.flatMap((r) =>
      r.trace.flatMap((t) => (t.kind === "call" ? [lab.play.model.table.procs[t.proc]?.name] : [])),
    ),
  );

describe("test-dev-v1, an S2 replace inside the reset", () => {
  const lab = overlapping("test-dev-v1");

  test("is accepted", () => {
    expect(lab.answer(REPLACE)).toBe("0");
  });
  test("passed its test, since docking left no ssid in use", () => {
    expect(called(lab)).toContain("arm_smmu_domain_test_dev");
  });
  test("ends in a WARN inside done", () => {
    expect(lab.warned()).toEqual(["arm_smmu_update_ste"]);
  });
  test("leaves the RID without any domain, though the core says D2", () => {
    expect(lab.s.group[1].domain).toBe(lab.domain("D2"));
    expect(reach(lab.s, lab.world, 1, 0)).toBe(0);
    expect(lab.dma()).toBe("F_STREAM_DISABLED");
  });
  test("leaves PASID 1 on D1", () => {
    expect(reach(lab.s, lab.world, 1, 1)).toBe(lab.domain("D1"));
  });
  test("violates I-USERWARN and I-RESTORE, what follows from them, and the rule not to take it at all", () => {
    expect(lab.violated()).toEqual(["I-GROUP", "I-REPORT", "I-RESTORE", "I-USERWARN", "I-WARN"]);
  });
  test("breaks I-USERWARN first, by the domain that a user picked", () => {
    const { "I-USERWARN": warn, "I-RESTORE": restore } = Object.fromEntries(lab.play.violations());
    expect(warn?.step).toBeLessThan(restore?.step ?? 0);
    expect(warn?.why).toContain("arm_smmu_update_ste");
    expect(restore?.why).toContain("`group->domain` is D2");
  });
});

describe("test-dev-v1 with a second test at done", () => {
  const lab = overlapping("test-dev-v1", { retest: "yes" });

  test("accepts the replace as well", () => {
    expect(lab.answer(REPLACE)).toBe("0");
  });
  test("does not reach the callback that would WARN", () => {
    const before = called(overlapping("test-dev-v1"));
    expect(before).toContain("arm_smmu_s1_set_dev_pasid");
    expect(called(lab)).not.toContain("arm_smmu_s1_set_dev_pasid");
    expect(lab.warned()).toEqual(["iommu_dev_reset_done: PASID"]);
  });
  test("leaves the RID on D2, and PASID 1 on nothing", () => {
    expect(reach(lab.s, lab.world, 1, 0)).toBe(lab.domain("D2"));
    expect(reach(lab.s, lab.world, 1, 1)).toBe(0);
    expect(lab.dma("0000:01:00.0", 1)).toBe("C_BAD_SUBSTREAMID");
  });
  test("violates the same, but the RID is on D2 as reported, and breaks I-RESTORE for the PASID", () => {
    expect(lab.violated()).toEqual(["I-GROUP", "I-RESTORE", "I-USERWARN", "I-WARN"]);
    expect(lab.play.violations().get("I-RESTORE")?.why).toContain("`pasid_array[1]` is D1");
  });
});

describe("test-dev-v1 with the helper of v3", () => {
  test("sees the RID as blocked while it puts PASID 1 back: no WARN, and the RID is lost quietly", () => {
    const lab = overlapping("test-dev-v1", { rid: "physical" });
    expect(lab.warned()).toEqual([]);
    expect(reach(lab.s, lab.world, 1, 0)).toBe(0);
    expect(lab.violated()).toContain("I-RESTORE");
    expect(lab.violated()).not.toContain("I-USERWARN");
  });
});

describe("linux-7.3, the same replace", () => {
  const lab = overlapping("linux-7.3");

  test("gets -EBUSY", () => {
    expect(lab.answer(REPLACE)).toBe("-EBUSY");
  });
  test("changes nothing: the reset puts both domains back", () => {
    expect(lab.answer(RESET)).toBe("0");
    expect(reach(lab.s, lab.world, 1, 0)).toBe(lab.domain("D0"));
    expect(reach(lab.s, lab.world, 1, 1)).toBe(lab.domain("D1"));
  });
  test("violates nothing and reaches no WARN", () => {
    expect(lab.violated()).toEqual([]);
    expect(lab.warned()).toEqual([]);
  });
  test("exercised what it was to exercise", () => {
    for (const id of ["I-EBUSY", "I-RESTORE", "I-BLOCK", "I-NOATC", "I-CNT", "I-USERWARN"]) {
      expect(lab.play.exercised()).toContain(id);
    }
  });
});

describe.each(["test-dev-v1", "linux-7.3"])("%s, a replace that does not overlap", (design) => {
  test.each([
    ["before the reset", [REPLACE, RESET]],
    ["after the reset", [RESET, REPLACE]],
  ])("%s gets -EBUSY, for PASID 1 uses an ssid, and violates nothing", (_when, order) => {
    const lab = new Lab(scenario, design);
    for (const thread of order) lab.run(thread);
    expect(lab.answer(REPLACE)).toBe("-EBUSY");
    expect(lab.answer(RESET)).toBe("0");
    expect(lab.violated()).toEqual([]);
    expect(lab.warned()).toEqual([]);
  });
});

describe("through iommufd the replace does not get that far", () => {
  test.each(["test-dev-v1", "linux-7.3"])("in %s", (design) => {
    const lab = new Lab(scenario, design);
    lab.until(RESET, () => lab.s.pdev[1].in_reset === 1);
    expect(lab.call("replace", "iommufd", "group 7", "D2")).toBe("-EINVAL");
    lab.run(RESET);
    expect(lab.violated()).toEqual([]);
  });
});
