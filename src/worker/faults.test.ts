import { describe, expect, test } from "vitest";
import { findScenario } from "../scenarios/library/find.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { type Fault, faults, sow, withFault } from "./faults.ts";

const world = (id: string) => findScenario(id) as Scenario;
const fault = (toggle: string) => faults.find(({ toggles }) => toggles.includes(toggle)) as Fault;

test("there are twenty faults and more, each changes something, and each fits the design", () => {
  expect(faults.length).toBeGreaterThanOrEqual(20);
  const plain = withFault(world("used-ssids"), { toggles: [] });
  for (const one of faults) {
    const { table, toggles } = withFault(world("used-ssids"), one);
    expect([one.what, toggles.length]).toEqual([one.what, one.toggles.length]);
    const says = (of: typeof table) => of.procs.map(({ ops }) => ops.map(({ text }) => text).join()).join();
    expect(says(table)).not.toBe(says(plain.table));
  }
});

describe("a fault is noticed by", () => {
  test.each([
    ["drop-__iommu_group_set_domain_internal-fence", "used-ssids", "I-GROUP"],
    ["drop-pci_dev_reset_iommu_done-15mz2b", "nested-reset", "I-NEST"],
    ["drop-pci_dev_reset_iommu_done-1xmmgc", "used-ssids", "I-CNT"],
    ["drop-pci_dev_reset_iommu_done-1r7wfa", "used-ssids", "I-DEADLOCK"],
    ["drop-pci_dev_reset_iommu_prepare-lock", "used-ssids", "I-LOCK"],
    ["drop-arm_smmu_blocking_set_dev_pasid-1rw0sa", "used-ssids", "I-BLOCK"],
    ["drop-__iommu_group_set_domain_internal-2iyr7t", "foreign-smmu", "I-REVERT"],
    ["before-iommu_attach_device_pasid-1v0iyh-1rwjl1", "check-sva-feature", "I-PRI"],
  ])("%s in %s: %s", (toggle, scenario, property) => {
    const caught = sow(fault(toggle), [world(scenario)], new Map());
    expect([caught.scenario, caught.properties]).toEqual([scenario, expect.arrayContaining([property])]);
  });
  test("an array that is NULL, since two attaches ran at once: judged, and no error of the model's own", () => {
    const unlocked = fault("drop-arm_smmu_attach_dev-1izkoa");
    const { properties } = sow(unlocked, [world("pf-vfs")], new Map());
    expect(properties).toEqual(expect.arrayContaining(["I-TRACK", "I-OOPS"]));
  });
  test("nobody if it does nothing", () => {
    expect(sow({ what: "", toggles: [] }, [world("used-ssids")], new Map()).properties).toEqual([]);
  });
});
