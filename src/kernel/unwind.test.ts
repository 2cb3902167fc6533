import { describe, expect, test } from "vitest";
import { reach } from "../hw/tables.ts";
import { attach, attachPasid, Lab, labScenario, pair } from "../scenarios/lab.testkit.ts";

// Allocations that fail, and what is taken back: err_revert of the core, the unwind of the driver.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const lab = (design: string, given: Given) => new Lab(labScenario({ failures: 1, ...given }), design);

/** Who tracks what: (domain, master and ssid) with their counts. */
const tracking = (l: Lab) =>
  JSON.stringify(
    l.world.domain.map((_d, i) =>
      i === 0
        ? null
        : [
            Array.from(l.s.domain[i].devices),
            l.s.domain[i].nr_ats_masters,
            (l.world.invs.home[i] ?? 0) === 0 ? [] : l.invs(i),
          ],
    ),
  );
const reaches = (l: Lab, pasid = 0) => [1, 2].map((dev) => reach(l.s, l.world, dev, pasid));

const designs = ["linux-7.3", "test-dev-v1"];

describe.each(designs)("%s without memory", (design) => {
  test.each([
    ["the CD table", "cd_table", "allocate the CD table"],
    ["master_domain", "master_domain", "allocate `master_domain`"],
  ] as const)("for %s an attach gets -ENOMEM and leaves everything", (_name, what, text) => {
    const l = lab(design, { may_fail: [what] });
    const before = tracking(l);
    expect(l.run(l.start("attach", "core", "G", "D0"), text)).toBe("-ENOMEM");
    expect(tracking(l)).toBe(before);
    expect(l.s.group[1].domain).toBe(l.domain("identity"));
    expect(l.dma()).toBe("reached identity");
    expect(l.violated()).toEqual([]);
    // the bound of one failure is used up
    expect(l.run(l.start("attach", "core", "G", "D0"), text)).toBe("0");
  });
  test("for the slot of a PASID: -ENOMEM", () => {
    const l = lab(design, { may_fail: ["pasid_array"] });
    const thread = l.start("attach_pasid", "core", "A", 1, "D1");
    expect(l.run(thread, "allocate a slot of `pasid_array`")).toBe("-ENOMEM");
    expect(l.s.group[1].pasid_array[1]).toBe(0);
  });
  test("for a PASID's master_domain: -ENOMEM, the reserved slot is released", () => {
    const l = lab(design, { may_fail: ["master_domain"], attached: [attach("D0")] });
    const before = tracking(l);
    expect(l.run(l.start("attach_pasid", "core", "A", 1, "D1"), "allocate `master_domain`")).toBe("-ENOMEM");
    expect(l.s.group[1].pasid_array[1]).toBe(0);
    expect(l.s.master[1].used_ssids).toBe(0);
    expect(tracking(l)).toBe(before);
  });
  test("nothing fails that the scenario does not name", () => {
    const l = lab(design, { may_fail: [] });
    expect(l.run(l.start("attach", "core", "G", "D0"), "allocate")).toBe("0");
  });
});

describe("the invalidation arrays", () => {
  test("may fail in linux-7.3", () => {
    const l = lab("linux-7.3", { may_fail: ["invs"] });
    const before = tracking(l);
    expect(l.run(l.start("attach", "core", "G", "D0"), "allocate an array")).toBe("-ENOMEM");
    expect(tracking(l)).toBe(before);
  });
  test("keep their trash when there is no memory to leave it out", () => {
    const l = lab("linux-7.3", { may_fail: ["invs"], attached: [attach("D0"), attachPasid("D0")] });
    expect(l.invs("D0")).toEqual(["S1_ASID 1: 2", "ATS 0x1 ssid 0: 1", "ATS 0x1 ssid 1: 1"]);
    expect(l.run(l.start("detach", "core", "G", "D0"), "without what has no users")).toBe("");
    expect(l.invs("D0")).toEqual(["S1_ASID 1: 1", "ATS 0x1 ssid 0: 0", "ATS 0x1 ssid 1: 1"]);
    // the next array is merged without it
    l.call("attach_pasid", "core", "A", 2, "D0");
    expect(l.invs("D0")).toEqual(["S1_ASID 1: 2", "ATS 0x1 ssid 1: 1", "ATS 0x1 ssid 2: 1"]);
  });
  test("are not there in test-dev-v1", () => {
    const l = lab("test-dev-v1", { may_fail: ["invs"] });
    expect(l.run(l.start("attach", "core", "G", "D0"), "allocate an array")).toBe("0");
  });
});

/** Runs a thread, failing the allocation when the second device asks. */
function failSecond(l: Lab, thread: number): string {
  const text = "allocate `master_domain`";
  l.to(thread, text);
  l.step(thread, 0);
  l.to(thread, text);
  l.step(thread, 1);
  return l.run(thread);
}

describe.each(designs)("%s, err_revert", (design) => {
  test("puts the first device back when the second one fails", () => {
    const l = lab(design, { ...pair, may_fail: ["master_domain"], attached: [attach("D0")] });
    const before = tracking(l);
    expect(failSecond(l, l.start("replace", "core", "G", "D1"))).toBe("-ENOMEM");
    expect(l.s.group[1].domain).toBe(l.domain("D0"));
    expect(reaches(l)).toEqual([l.domain("D0"), l.domain("D0")]);
    expect(tracking(l)).toBe(before);
    expect(l.violated()).toEqual([]);
    expect(l.warned()).toEqual([]);
  });
  test("was needed: the first device had moved", () => {
    const l = lab(design, { ...pair, may_fail: ["master_domain"], attached: [attach("D0")] });
    const thread = l.start("replace", "core", "G", "D1");
    l.until(thread, () => reach(l.s, l.world, 1, 0) === l.domain("D1"));
    expect(reaches(l)).toEqual([l.domain("D1"), l.domain("D0")]);
  });
  test("takes a PASID from the first device again, when there was none before", () => {
    const l = lab(design, { ...pair, may_fail: ["master_domain"], attached: [attach("D0")] });
    const before = tracking(l);
    expect(failSecond(l, l.start("attach_pasid", "core", "A", 1, "D1"))).toBe("-ENOMEM");
    expect(reaches(l, 1)).toEqual([0, 0]);
    expect(l.s.group[1].pasid_array[1]).toBe(0);
    expect(tracking(l)).toBe(before);
    expect(l.violated()).toEqual([]);
  });
  test("gives the first device its old PASID domain again", () => {
    const l = lab(design, { ...pair, may_fail: ["master_domain"], attached: [attach("D0"), attachPasid("D1")] });
    const before = tracking(l);
    expect(failSecond(l, l.start("replace_pasid", "core", "A", 1, "D4"))).toBe("-ENOMEM");
    expect(reaches(l, 1)).toEqual([l.domain("D1"), l.domain("D1")]);
    expect(l.s.group[1].pasid_array[1]).toBe(l.domain("D1"));
    expect(tracking(l)).toBe(before);
    expect(l.violated()).toEqual([]);
    expect(l.warned()).toEqual([]);
  });
});

describe("at done, without memory for master_domain", () => {
  test.each([
    ["linux-7.3", "pci_dev_reset_iommu_done: RID"],
    ["test-dev-v1", "iommu_dev_reset_done: RID"],
  ])("%s WARNs; a run with a failed allocation does not break I-USERWARN", (design, site) => {
    const l = lab(design, { may_fail: ["master_domain"], attached: [attach("D0")] });
    const reset = l.reset();
    l.run(reset, "allocate `master_domain`");
    expect(l.warned()).toEqual([site]);
    expect(l.dma()).toBe("aborted, no event");
    expect(l.violated()).toContain("I-RESTORE");
    expect(l.violated()).not.toContain("I-USERWARN");
  });
});

describe("tracking", () => {
  test.each(designs)("has one entry for each attachment, and none after the detach: %s", (design) => {
    const l = lab(design, { attached: [attach("D0"), attachPasid("D1"), attachPasid("D1", 2)] });
    const d1 = l.s.domain[l.domain("D1")];
    expect(Array.from(d1.devices)).toEqual([0, 1, 1]);
    expect(d1.nr_ats_masters).toBe(2);
    l.call("detach_pasid", "core", "A", 1, "D1");
    expect(Array.from(d1.devices)).toEqual([0, 0, 1]);
    l.call("detach_pasid", "core", "A", 2, "D1");
    l.call("detach", "core", "G", "D0");
    const none = l.world.domain
      .slice(1)
      .map((_d, i) => [...Array.from(l.s.domain[i + 1].devices), l.s.domain[i + 1].nr_ats_masters]);
    expect(none.flat().every((n) => n === 0)).toBe(true);
  });
  test("has both domains on the list while a switch is under way", () => {
    const l = lab("linux-7.3", { attached: [attach("D0")] });
    const thread = l.start("replace", "core", "G", "D1");
    l.to(thread, "arm_smmu_entry_qword_diff");
    const [d0, d1] = [l.s.domain[l.domain("D0")], l.s.domain[l.domain("D1")]];
    const items = (asid: number) => [`S1_ASID ${asid}: 1`, "ATS 0x1 ssid 0: 1"];
    expect([d0.devices[0], d1.devices[0], l.invs("D0"), l.invs("D1")]).toEqual([1, 1, items(1), items(2)]);
    l.run(thread);
    expect([d0.devices[0], d1.devices[0], l.invs("D0"), l.invs("D1")]).toEqual([0, 1, [], items(2)]);
  });
});
