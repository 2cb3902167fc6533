import { expect, test } from "vitest";
import { designs, findDesign } from "../kernel/designs/index.ts";
import { differences } from "./differs.ts";

const namesOf = (id: string) => {
  const design = findDesign(id);
  if (design === undefined) throw new Error(id);
  return differences(design).flatMap(({ file, procs }) => procs.map(({ name, isNew }) => ({ file, name, isNew })));
};

test("Linux 7.3 differs in nothing, every other design in something", () => {
  for (const { id } of designs) expect([id, namesOf(id).length > 0]).toEqual([id, id !== "linux-7.3"]);
});

test("every procedure of a design is listed once, with a file of the kernel", () => {
  for (const design of designs) {
    const names = namesOf(design.id).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...names].toSorted()).toEqual(Object.keys(design.procs({})).toSorted());
    for (const { file } of namesOf(design.id)) expect(file).toMatch(/^drivers\/.*\.[ch]$/);
  }
});

test("the test of the series is new in iommu.c and in the driver; Linux 7.0 changes prepare and done, and adds nothing there", () => {
  expect(namesOf("test-dev-v1")).toContainEqual({
    file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
    name: "arm_smmu_domain_test_dev",
    isNew: true,
  });
  expect(namesOf("test-dev-v1")).toContainEqual({
    file: "drivers/iommu/iommu.c",
    name: "__iommu_domain_test_device",
    isNew: true,
  });
  const landed = namesOf("linux-7.0");
  expect(landed.filter(({ isNew, file }) => isNew && file === "drivers/iommu/iommu.c")).toEqual([]);
  for (const name of ["pci_dev_reset_iommu_prepare", "pci_dev_reset_iommu_done"])
    expect(landed).toContainEqual({ file: "drivers/iommu/iommu.c", name, isNew: false });
});
