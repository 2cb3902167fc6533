import { describe, expect, test } from "vitest";
import { attach, attachPasid, Lab, labScenario, pair } from "../scenarios/lab.testkit.ts";

// Which check answers with which errno, and where it stands: drivers/iommu/iommu.c, arm-smmu-v3.c, iommufd/device.c.

const both = ["linux-7.3", "test-dev-v1"];
const lab = (design: string, given: Parameters<typeof labScenario>[0] = {}) => new Lab(labScenario(given), design);
const called = (l: Lab, name: string) =>
  l.play.records.some((r) => r.trace.some((t) => t.kind === "call" && l.play.model.table.procs[t.proc]?.name === name));

describe.each(both)("%s, the RID", (design) => {
  test("may go to stage 1 and stage 2", () => {
    const l = lab(design);
    expect(l.call("attach", "core", "G", "D0")).toBe("0");
    expect(l.call("replace", "core", "G", "D2")).toBe("0");
    expect(l.call("replace", "core", "G", "D2")).toBe("0");
    expect(l.violated()).toEqual([]);
  });
  test("may not go to a domain of another SMMU: -EINVAL", () => {
    const l = lab(design);
    expect(l.call("attach", "core", "G", "D9")).toBe("-EINVAL");
    expect(l.s.group[1].domain).toBe(l.domain("identity"));
  });
  test("may not go to stage 2 while an ssid is in use: -EBUSY", () => {
    const l = lab(design, { attached: [attach("D0"), attachPasid("D1")] });
    expect(l.call("replace", "core", "G", "D2")).toBe("-EBUSY");
    expect(l.s.group[1].domain).toBe(l.domain("D0"));
    expect(l.s.group[1].pasid_array[0]).toBe(0);
    expect(l.violated()).toEqual([]);
  });
  test("may go to another stage 1 domain meanwhile", () => {
    const l = lab(design, { attached: [attach("D0"), attachPasid("D1")] });
    expect(l.call("replace", "core", "G", "D4")).toBe("0");
    expect(l.dma()).toBe("reached D4");
    expect(l.dma("A", 1)).toBe("reached D1");
  });
  test("may not be attached over somebody's own domain: -EBUSY", () => {
    const l = lab(design, { attached: [attach("D0")] });
    expect(l.call("attach", "core", "G", "D1")).toBe("-EBUSY");
    expect(l.call("replace", "core", "G", "D1")).toBe("0");
  });
  test("of a device without fwspec: -ENOENT", () => {
    const l = lab(design, { devices: [{ fwspec: false }] });
    expect(l.call("attach", "core", "G", "D0")).toBe("-ENOENT");
  });
  test("of a device that cannot enforce coherency: -EINVAL", () => {
    const l = lab(design, { devices: [{ canwbs: false }], domains: [{ name: "D0", enforce_cache_coherency: true }] });
    expect(l.call("attach", "core", "G", "D0")).toBe("-EINVAL");
    expect(l.s.domain[l.domain("D0")].devices[0]).toBe(0);
  });
  test("of a device that stalls with two streams, faults wanted: -EOPNOTSUPP", () => {
    const devices = [{ stall: true, sids: ["0x1", "0x2"] }];
    const domains = [{ name: "D0", iopf: true }, { name: "D1" }];
    const l = lab(design, { devices, domains });
    expect(l.call("attach", "core", "G", "D0")).toBe("-EOPNOTSUPP");
    expect(l.call("attach", "core", "G", "D1")).toBe("0");
  });
});

describe("who asks", () => {
  const given = { attached: [attach("D0"), attachPasid("D1")] };
  test("the driver's attach in linux-7.3", () => {
    const l = lab("linux-7.3", given);
    l.call("replace", "core", "G", "D2");
    expect(called(l, "arm_smmu_attach_dev")).toBe(true);
  });
  test("the driver's test in test-dev-v1, so that the attach is not reached", () => {
    const l = lab("test-dev-v1", given);
    l.call("replace", "core", "G", "D2");
    expect(called(l, "arm_smmu_domain_test_dev")).toBe(true);
    expect(called(l, "arm_smmu_attach_dev")).toBe(false);
  });
  test("before any device was touched in test-dev-v1", () => {
    const devices = [{ name: "A" }, { name: "B", sids: ["0x2"], smmu: "smmu1" }];
    const given2 = { devices, groups: pair.groups };
    const seven = lab("linux-7.3", given2);
    const tested = lab("test-dev-v1", given2);
    for (const l of [seven, tested]) expect(l.call("attach", "core", "G", "D1")).toBe("-EINVAL");
    expect(called(seven, "arm_smmu_attach_dev")).toBe(true);
    expect(called(tested, "arm_smmu_attach_dev")).toBe(false);
  });
});

describe.each(both)("%s, a PASID", (design) => {
  const onD0 = { attached: [attach("D0")] };
  test("may be attached, replaced and detached", () => {
    const l = lab(design, onD0);
    expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("0");
    expect(l.dma("A", 1)).toBe("reached D1");
    expect(l.call("replace_pasid", "core", "A", 1, "D4")).toBe("0");
    expect(l.dma("A", 1)).toBe("reached D4");
    expect(l.call("detach_pasid", "core", "A", 1, "D4")).toBe("");
    expect(l.dma("A", 1)).toBe("C_BAD_CD");
    expect(l.violated()).toEqual([]);
    expect(l.warned()).toEqual([]);
  });
  test("may not go to stage 2: -EINVAL", () => {
    const l = lab(design, onD0);
    expect(l.call("attach_pasid", "core", "A", 1, "D2")).toBe("-EINVAL");
    expect(l.s.group[1].pasid_array[1]).toBe(0);
  });
  test("may not go to a domain of another SMMU: -EINVAL", () => {
    expect(lab(design, onD0).call("attach_pasid", "core", "A", 1, "D9")).toBe("-EINVAL");
  });
  test("may not go to identity, which has no set_dev_pasid: -EOPNOTSUPP", () => {
    expect(lab(design, onD0).call("attach_pasid", "core", "A", 1, "identity")).toBe("-EOPNOTSUPP");
  });
  test("beyond max_pasids: -EINVAL", () => {
    const l = lab(design, {
      ...onD0,
      devices: [{ max_pasids: 3 }],
      threads: [{ ops: [attachPasid("D1", 2)] }, { ops: [attachPasid("D1", 3)] }],
    });
    expect(l.run(0)).toBe("0");
    expect(l.run(1)).toBe("-EINVAL");
    expect(l.s.group[1].pasid_array[3]).toBe(0);
  });
  test("that is taken: -EBUSY", () => {
    const l = lab(design, { attached: [attach("D0"), attachPasid("D1")] });
    expect(l.call("attach_pasid", "core", "A", 1, "D4")).toBe("-EBUSY");
    expect(l.dma("A", 1)).toBe("reached D1");
  });
  test("that is empty cannot be replaced: -EINVAL", () => {
    const l = lab(design, onD0);
    expect(l.call("replace_pasid", "core", "A", 1, "D1")).toBe("-EINVAL");
    expect(l.s.group[1].pasid_array[1]).toBe(0);
  });
  test("beside a stage 2 RID: -EINVAL", () => {
    expect(lab(design, { attached: [attach("D2")] }).call("attach_pasid", "core", "A", 1, "D1")).toBe("-EINVAL");
  });
  test("beside an identity RID puts a CD table into the STE", () => {
    const l = lab(design);
    expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("0");
    expect(l.dma()).toBe("reached identity");
    expect(l.dma("A", 1)).toBe("reached D1");
  });
});

describe("iommufd", () => {
  const rid = (name: string) => attach(name, { caller: "iommufd" });
  const pasid = (name: string) => attachPasid(name, 1, { caller: "iommufd" });
  const owned = { groups: [{ owned: true }] };
  test("refuses a PASID beside a page table that is not compatible: -EINVAL", () => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("N1")] });
    expect(l.call("attach_pasid", "iommufd", "A", 1, "D1")).toBe("-EINVAL");
    expect(called(l, "iommu_attach_device_pasid")).toBe(false);
  });
  test("refuses a PASID on one that is not compatible: -EINVAL", () => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("D0")] });
    expect(l.call("attach_pasid", "iommufd", "A", 1, "N1")).toBe("-EINVAL");
    expect(l.call("attach_pasid", "iommufd", "A", 1, "D1")).toBe("0");
  });
  test.each(["N1", "D2"])("refuses %s for the RID while a PASID is attached: -EINVAL", (name) => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("D0"), pasid("D1")] });
    expect(l.call("replace", "iommufd", "G", name)).toBe("-EINVAL");
    expect(called(l, "iommu_replace_group_handle")).toBe(false);
    l.call("detach_pasid", "iommufd", "A", 1);
    expect(l.call("replace", "iommufd", "G", name)).toBe("0");
    expect(l.violated()).toEqual([]);
  });
  test("attaches where nothing is attached, whatever the request is called", () => {
    const l = lab("linux-7.3", owned);
    expect(l.call("replace", "iommufd", "G", "D0")).toBe("0");
    expect(called(l, "iommu_attach_group_handle")).toBe(true);
    expect(called(l, "iommu_replace_group_handle")).toBe(false);
  });
  test("replaces where something is attached", () => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("D0")] });
    expect(l.call("attach", "iommufd", "G", "D1")).toBe("0");
    expect(called(l, "iommu_replace_group_handle")).toBe(true);
    expect(called(l, "iommu_attach_group_handle")).toBe(false);
    expect(l.dma()).toBe("reached D1");
  });
  test("does not go to the core for what is attached already: 0", () => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("D0")] });
    expect(l.call("attach", "iommufd", "G", "D0")).toBe("0");
    expect(called(l, "iommu_replace_group_handle")).toBe(false);
  });
  test("parks the RID on blocked when it detaches", () => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("D0")] });
    l.call("detach", "iommufd", "G");
    expect(l.s.group[1].domain).toBe(l.domain("blocked"));
    expect(l.s.group[1].pasid_array[0]).toBe(0);
    expect(l.dma()).toBe("aborted, no event");
  });
  test("keeps two of its calls on one group apart", () => {
    const l = lab("linux-7.3", { ...owned, attached: [rid("D0")] });
    const first = l.start("replace", "iommufd", "G", "D1");
    l.to(first, "lock `group->mutex`");
    const second = l.start("replace", "iommufd", "G", "D4");
    expect(l.run(second)).toBe("waits");
    expect(l.run(first)).toBe("0");
    expect(l.run(second)).toBe("0");
    expect(l.dma()).toBe("reached D4");
  });
});

describe("a write to the type file", () => {
  test("changes the default domain, and the group with it", () => {
    const l = lab("linux-7.3", { domains: [{ name: "D0", type: "DMA" }] });
    expect(l.call("set_type", "type", "G", "D0")).toBe("0");
    expect(l.s.group[1].default_domain).toBe(l.domain("D0"));
    expect(l.dma()).toBe("reached D0");
  });
  test("is refused while somebody owns the group: -EPERM", () => {
    const l = lab("linux-7.3", { groups: [{ owned: true }] });
    expect(l.call("set_type", "type", "G", "D0")).toBe("-EPERM");
    expect(l.s.group[1].default_domain).toBe(l.domain("identity"));
  });
  test("gets -EINVAL where the first probe got no default domain", () => {
    const l = lab("linux-7.3", { groups: [{ default_domain: "none" }] });
    expect(l.call("set_type", "type", "G", "D0")).toBe("-EINVAL");
    expect(l.s.group[1].default_domain).toBe(0);
  });
  test("gets -EBUSY in a reset, and the default domain stays", () => {
    const l = lab("linux-7.3");
    const reset = l.reset();
    expect(l.call("set_type", "type", "G", "D0")).toBe("-EBUSY");
    expect(l.s.group[1].default_domain).toBe(l.domain("identity"));
    l.run(reset);
    expect(l.violated()).toEqual([]);
  });
  test("gets -ENOMEM without memory for the domain", () => {
    const l = lab("linux-7.3", { may_fail: ["default_domain"], failures: 1 });
    expect(l.run(l.start("set_type", "type", "G", "D0"), "allocate the new default domain")).toBe("-ENOMEM");
  });
});

describe.each(both)("%s, a reset", (design) => {
  test("through vfio of a device that is locked: -EAGAIN, without waiting", () => {
    const l = lab(design);
    const reset = l.reset("A", "reset via sysfs");
    expect(l.call("reset", "reset via vfio", "A")).toBe("-EAGAIN");
    expect(l.run(reset)).toBe("0");
    expect(l.call("reset", "reset via vfio", "A")).toBe("0");
  });
  test("through sysfs of a device that is locked waits", () => {
    const l = lab(design);
    const reset = l.reset("A", "reset via vfio");
    const second = l.start("reset", "reset via sysfs", "A");
    expect(l.run(second)).toBe("waits");
    l.run(reset);
    expect(l.run(second)).toBe("0");
  });
  test.each([
    ["the bus says so", ["0000:01:00.0", "0000:01:00.1", "0000:02:00.0"], [undefined, undefined, undefined]],
    ["the scenario says so", ["A", "B", "C"], ["port 1", "port 1", "port 2"]],
  ])("through sysfs waits for another function below its bridge, and for no other: %s", (_why, names, bridges) => {
    const devices = names.map((name, i) => ({ name, sids: [`0x${i}`], bridge: bridges[i] }));
    const l = lab(design, { devices, groups: [{ devices: names }] });
    const [first = "", sibling = "", stranger = ""] = names;
    l.reset(first);
    expect(l.run(l.start("reset", "reset via sysfs", sibling))).toBe("waits");
    expect(l.call("reset", "reset via sysfs", stranger)).toBe("0");
    expect(l.call("reset", "reset via vfio", sibling)).toBe("0");
  });
  test("that the function never answers: -ENOTTY, and done runs all the same", () => {
    const l = lab(design, { may_fail: ["reset"], failures: 1, attached: [attach("D0")] });
    expect(l.run(l.start("reset", "reset via sysfs", "A"), "pci_dev_wait")).toBe("-ENOTTY");
    expect(l.dma()).toBe("reached D0");
    expect(l.violated()).toEqual(["I-RESETOK"]);
  });
});
