import { describe, expect, test } from "vitest";
import {
  CFG_ABORT,
  CFG_BYPASS,
  CFG_S1_TRANS,
  CFG_S2_TRANS,
  S1DSS_BYPASS,
  S1DSS_SSID0,
  S1DSS_TERMINATE,
} from "../hw/answers.ts";
import { reach } from "../hw/tables.ts";
import { attach, attachPasid, Lab, labScenario, pair } from "../scenarios/lab.testkit.ts";

// What a reset does to core, driver, tables and function, alone and with others.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const lab = (design: string, given: Given = {}, options: Record<string, string> = {}) =>
  new Lab(labScenario(given), design, options);

/** What docking is about: the STE, the driver's word about it, the function's enables and the kernel's word about them. */
const look = (l: Lab, dev = 1) => {
  const { Config, S1DSS, EATS } = l.ste(dev);
  const { used_ssids, in_ste, ats_enabled, ste_ats_enabled } = l.s.master[dev];
  const pdev = l.s.pdev[dev];
  return {
    ste: { Config, S1DSS, EATS },
    master: { used_ssids, in_ste, ats_enabled, ste_ats_enabled },
    pci: { ats_ctrl: pdev.ats_ctrl, ats_enabled: pdev.ats_enabled },
  };
};

const off = { ats_enabled: 0, ste_ats_enabled: 0 };
const docked = {
  ste: { Config: CFG_ABORT, S1DSS: 0, EATS: 0 },
  master: { used_ssids: 0, in_ste: 0, ...off },
  pci: { ats_ctrl: 0, ats_enabled: 0 },
};

const initials: readonly (readonly [string, Given["attached"]])[] = [
  ["identity", []],
  ["stage 1", [attach("D0")]],
  ["stage 2", [attach("D2")]],
  ["stage 1 with PASID 1", [attach("D0"), attachPasid("D1")]],
  ["stage 1 with PASIDs 1 and 2", [attach("D0"), attachPasid("D1"), attachPasid("D4", 2)]],
  ["stage 1 with PASID 1 on the same domain", [attach("D0"), attachPasid("D0")]],
  ["identity with PASID 1", [attachPasid("D1")]],
];

describe("resets of several functions", () => {
  test("a hot reset takes a function for the user's that is not bound, if another one of its group is", () => {
    const l = lab("linux-7.3", pair);
    expect(l.call("hot_reset", "hot reset", "A")).toBe("-EINVAL");
    expect(l.call("bind", "iommufd", "A")).toBe("0");
    expect(l.call("hot_reset", "hot reset", "A")).toBe("0");
  });
  test("a contained error: vfio's function goes on, a driver of the kernel restores its own after the slot's reset", () => {
    const told = (bound: boolean) => {
      const l = lab("linux-7.3", { attached: [attach("D0")], groups: [{ owned: bound }] });
      l.call("dpc", "the port", "A");
      const said = l.play.records.map(({ text }) => text);
      return ["mmio_enabled", "slot_reset", "pci_restore_pasid_state", "resume"].filter((word) =>
        said.some((text) => text.includes(word)),
      );
    };
    expect(told(true)).toEqual(["mmio_enabled", "resume"]);
    expect(told(false)).toEqual(["slot_reset", "pci_restore_pasid_state", "resume"]);
  });
});

describe("linux-7.3 docks a device completely", () => {
  test.each(initials)("%s", (_name, attached) => {
    const l = lab("linux-7.3", { attached });
    l.to(l.start("reset", "reset via sysfs", "A"), "set Initiate FLR");
    expect(look(l)).toEqual(docked);
    expect([0, 1, 2].map((p) => reach(l.s, l.world, 1, p))).toEqual([0, 0, 0]);
  });
  test("and says so: blocked, a depth, a count, with group->domain and pasid_array kept", () => {
    const l = lab("linux-7.3", { attached: [attach("D0"), attachPasid("D1")] });
    l.reset();
    expect(l.s.gdev[1]).toMatchObject({ blocked: 1, reset_depth: 1, pending_reset: 0 });
    expect(l.s.group[1]).toMatchObject({ recovery_cnt: 1, domain: l.domain("D0") });
    expect(l.s.group[1].pasid_array[1]).toBe(l.domain("D1"));
  });
});

describe("test-dev-v1 docks a device", () => {
  test.each([
    ["identity", []],
    ["stage 1", [attach("D0")]],
    ["stage 2", [attach("D2")]],
  ])("completely without a PASID: %s", (_name, attached) => {
    const l = lab("test-dev-v1", { attached });
    l.to(l.start("reset", "reset via sysfs", "A"), "set Initiate FLR");
    expect(look(l)).toEqual(docked);
  });
  test.each(["group", "physical"])(
    "with a PASID and a paging RID it leaves the CD table, TERMINATE and ATS on (%s)",
    (rid) => {
      const l = lab("test-dev-v1", { attached: [attach("D0"), attachPasid("D1")] }, { rid });
      l.to(l.start("reset", "reset via sysfs", "A"), "set Initiate FLR");
      expect(look(l)).toEqual({
        ste: { Config: CFG_S1_TRANS, S1DSS: S1DSS_TERMINATE, EATS: 1 },
        master: { used_ssids: 0, in_ste: 1, ats_enabled: 1, ste_ats_enabled: 1 },
        pci: { ats_ctrl: 1, ats_enabled: 1 },
      });
      expect([0, 1].map((p) => reach(l.s, l.world, 1, p))).toEqual([0, 0]);
    },
  );
  test.each(["group", "physical"])("with a PASID and an identity RID it downgrades to bypass (%s)", (rid) => {
    const l = lab("test-dev-v1", { attached: [attachPasid("D1")] }, { rid });
    l.to(l.start("reset", "reset via sysfs", "A"), "set Initiate FLR");
    expect(look(l)).toEqual({ ...docked, ste: { Config: CFG_BYPASS, S1DSS: 0, EATS: 0 } });
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("identity"));
  });
  test("and sets pending_reset last, after the PASIDs", () => {
    const l = lab("test-dev-v1", { attached: [attach("D0"), attachPasid("D1")] });
    const reset = l.start("reset", "reset via sysfs", "A");
    l.until(reset, () => l.s.master[1].used_ssids === 0);
    expect(l.s.gdev[1].pending_reset).toBe(0);
    l.to(reset, "set Initiate FLR");
    expect(l.s.gdev[1]).toMatchObject({ pending_reset: 1, blocked: 0, reset_depth: 0 });
  });
});

describe("a reset that nobody interrupts restores", () => {
  const cases = [
    ["linux-7.3", {}],
    ["test-dev-v1", {}],
    ["test-dev-v1", { retest: "yes" }],
  ] as const;
  const callers = ["reset via sysfs", "reset via vfio"];
  const all = cases.flatMap(([design, options]) =>
    callers.flatMap((caller) => initials.map(([name, attached]) => [name, design, options, caller, attached] as const)),
  );
  test.each(all)("%s in %s %o, %s", (_name, design, options, caller, attached) => {
    const l = lab(design, { attached }, options);
    const before = { ...look(l), function: pdevOf(l), reach: reaches(l), cds: [0, 1].map((ssid) => l.cd(ssid).ASID) };
    const tracked = JSON.stringify(tracking(l));
    expect(l.call("reset", caller, "A")).toBe("0");
    const after = { ...look(l), function: pdevOf(l), reach: reaches(l), cds: [0, 1].map((ssid) => l.cd(ssid).ASID) };
    expect(after).toEqual(before);
    expect(JSON.stringify(tracking(l))).toBe(tracked);
    expect(l.warned()).toEqual([]);
    expect(l.violated()).not.toContain("I-RESTORE");
    expect(l.play.machine.layout.locks.map((_lock, i) => l.play.machine.owner(i)).every((o) => o === 0)).toBe(true);
  });
  const pdevOf = (l: Lab) => {
    const p = l.s.pdev[1];
    return [p.bus_master, p.ats_ctrl, p.pasid_ctrl, p.in_reset, p.state_saved, p.atc_inv];
  };
  const reaches = (l: Lab) => [0, 1, 2].map((p) => reach(l.s, l.world, 1, p));
  const tracking = (l: Lab) =>
    l.world.domain.flatMap((_d, i) =>
      i === 0
        ? []
        : [
            Array.from(l.s.domain[i].devices),
            l.s.domain[i].nr_ats_masters,
            (l.world.invs.home[i] ?? 0) === 0 ? [] : l.invs(i),
          ],
    );
});

describe("what an attachment looks like", () => {
  test.each([
    ["identity", [], { Config: CFG_BYPASS, S1DSS: 0, EATS: 0 }],
    ["stage 1", [attach("D0")], { Config: CFG_S1_TRANS, S1DSS: S1DSS_SSID0, EATS: 1 }],
    ["stage 2", [attach("D2")], { Config: CFG_S2_TRANS, S1DSS: 0, EATS: 1 }],
    ["blocked", [attach("blocked")], { Config: CFG_ABORT, S1DSS: 0, EATS: 0 }],
    ["identity and a PASID", [attachPasid("D1")], { Config: CFG_S1_TRANS, S1DSS: S1DSS_BYPASS, EATS: 1 }],
    [
      "blocked and a PASID",
      [attach("blocked"), attachPasid("D1")],
      { Config: CFG_S1_TRANS, S1DSS: S1DSS_TERMINATE, EATS: 1 },
    ],
  ])("%s", (_name, attached, ste) => {
    expect(look(lab("linux-7.3", { attached })).ste).toEqual(ste);
  });
  test("without ATS nothing of it is enabled", () => {
    const l = lab("linux-7.3", { devices: [{ ats: false }], attached: [attach("D0")] });
    expect(look(l).ste.EATS).toBe(0);
    expect(look(l).pci).toEqual({ ats_ctrl: 0, ats_enabled: 0 });
  });
  test("the last PASID to go takes the CD table out of an identity STE", () => {
    const l = lab("linux-7.3", { attached: [attachPasid("D1"), attachPasid("D4", 2)] });
    l.call("detach_pasid", "core", "A", 1, "D1");
    expect(look(l).ste).toEqual({ Config: CFG_S1_TRANS, S1DSS: S1DSS_BYPASS, EATS: 1 });
    l.call("detach_pasid", "core", "A", 2, "D4");
    expect(look(l).ste).toEqual({ Config: CFG_BYPASS, S1DSS: 0, EATS: 0 });
    expect(l.s.master[1].ats_enabled).toBe(0);
    expect(l.violated()).toEqual([]);
  });
  test("the last PASID to go leaves the CD table in a stage 1 STE", () => {
    const l = lab("linux-7.3", { attached: [attach("D0"), attachPasid("D1")] });
    l.call("detach_pasid", "core", "A", 1, "D1");
    expect(look(l).ste).toEqual({ Config: CFG_S1_TRANS, S1DSS: S1DSS_SSID0, EATS: 1 });
  });
});

describe("linux-7.3 in a reset", () => {
  const onD0 = { attached: [attach("D0"), attachPasid("D1")] };
  test.each([
    ["replace", ["replace", "core", "G", "D4"]],
    ["attach of a PASID", ["attach_pasid", "core", "A", 2, "D4"]],
    ["replace of a PASID", ["replace_pasid", "core", "A", 1, "D4"]],
    ["attach of a PASID through iommufd", ["attach_pasid", "iommufd", "A", 2, "D4"]],
  ] as const)("refuses a %s: -EBUSY", (_name, [op, caller, ...args]) => {
    const l = lab("linux-7.3", { ...onD0, groups: [{ owned: true }] });
    const reset = l.reset();
    expect(l.call(op, caller, ...args)).toBe("-EBUSY");
    l.run(reset);
    expect(l.dma()).toBe("reached D0");
    expect(l.dma("A", 1)).toBe("reached D1");
    expect(l.violated()).toEqual([]);
  });
  test("takes the same domain again: 0, by the shortcut", () => {
    const l = lab("linux-7.3", onD0);
    const reset = l.reset();
    expect(l.call("replace", "core", "G", "D0")).toBe("0");
    expect(l.s.group[1].pasid_array[0]).toBe(l.domain("D0"));
    l.run(reset);
    expect(l.violated()).toEqual([]);
  });
  test("takes replaces again once it is over", () => {
    const l = lab("linux-7.3", onD0);
    l.run(l.reset());
    expect(l.call("replace", "core", "G", "D4")).toBe("0");
  });
  test("lets a detach through: the core advances, the blocked device is left alone, done attaches the new domain", () => {
    const l = lab("linux-7.3", { attached: [attach("D0")] });
    const reset = l.reset();
    expect(l.call("detach", "core", "G", "D0")).toBe("");
    expect(l.s.group[1].domain).toBe(l.domain("identity"));
    expect(look(l)).toEqual(docked);
    expect(Array.from(l.s.domain[l.domain("D0")].devices).some((n) => n > 0)).toBe(false);
    expect(l.run(reset)).toBe("0");
    expect(l.dma()).toBe("reached identity");
    expect(l.violated()).toEqual([]);
    expect(l.warned()).toEqual([]);
  });
  test("leaves a device parked whose owned group was detached", () => {
    const l = lab("linux-7.3", { groups: [{ owned: true }], attached: [attach("D0", { caller: "iommufd" })] });
    const reset = l.reset();
    l.call("detach", "iommufd", "G");
    l.run(reset);
    expect(l.s.group[1].domain).toBe(l.domain("blocked"));
    expect(l.ste().Config).toBe(CFG_ABORT);
    expect(l.violated()).toEqual([]);
  });
  test("lets a PASID go: it is not put back", () => {
    const l = lab("linux-7.3", onD0);
    const reset = l.reset();
    l.call("detach_pasid", "core", "A", 1, "D1");
    l.run(reset);
    expect(l.dma("A", 1)).toBe("C_BAD_CD");
    expect(l.violated()).toEqual([]);
    expect(l.warned()).toEqual([]);
  });
  test("counts: of two resets only the outer one acts", () => {
    const l = lab("linux-7.3", onD0);
    const outer = l.reset();
    const inner = l.start("reset", "core", "A");
    l.to(inner, "set Initiate FLR");
    expect(l.s.gdev[1].reset_depth).toBe(2);
    expect(l.s.group[1].recovery_cnt).toBe(1);
    l.run(inner);
    expect(l.s.gdev[1]).toMatchObject({ reset_depth: 1, blocked: 1 });
    expect(look(l)).toEqual(docked);
    l.run(outer);
    expect(l.s.gdev[1]).toMatchObject({ reset_depth: 0, blocked: 0 });
    expect(l.s.group[1].recovery_cnt).toBe(0);
    expect(l.dma("A", 1)).toBe("reached D1");
    expect(l.warned()).toEqual([]);
  });
  test("does nothing for a device without ATS", () => {
    const l = lab("linux-7.3", { devices: [{ ats: false }], attached: [attach("D0")] });
    const reset = l.reset();
    expect(l.s.gdev[1]).toMatchObject({ blocked: 0, reset_depth: 0 });
    expect(l.call("replace", "core", "G", "D1")).toBe("0");
    l.run(reset);
    expect(l.dma()).toBe("reached D1");
  });
});

describe("linux-7.3, two devices in one group", () => {
  const given = { ...pair, attached: [attach("D0"), attachPasid("D1")] };
  test("a sibling keeps its domains", () => {
    const l = lab("linux-7.3", given);
    const reset = l.reset("A");
    expect(l.dma("B")).toBe("reached D0");
    expect(l.dma("B", 1)).toBe("reached D1");
    l.run(reset);
    expect(l.violated()).toEqual([]);
  });
  test("one that resets fences the whole group", () => {
    const l = lab("linux-7.3", given);
    l.reset("A");
    expect(l.call("replace", "core", "G", "D4")).toBe("-EBUSY");
    expect(l.call("attach_pasid", "core", "B", 2, "D4")).toBe("-EBUSY");
  });
  test("a detach moves the sibling at once and the other one at done", () => {
    const l = lab("linux-7.3", given);
    const reset = l.reset("A");
    l.call("detach", "core", "G", "D0");
    expect(l.dma("B")).toBe("reached identity");
    expect(reach(l.s, l.world, 1, 0)).toBe(0);
    l.run(reset);
    expect(l.dma("A")).toBe("reached identity");
    expect(l.violated()).toEqual([]);
  });
  test("both may reset at once: the count is 2, each done restores its own", () => {
    const l = lab("linux-7.3", given);
    const a = l.reset("A", "reset via vfio");
    const b = l.reset("B", "reset via vfio");
    expect(l.s.group[1].recovery_cnt).toBe(2);
    l.run(a);
    expect(l.s.group[1].recovery_cnt).toBe(1);
    expect(l.dma("A")).toBe("reached D0");
    expect(reach(l.s, l.world, 2, 0)).toBe(0);
    expect(l.call("replace", "core", "G", "D4")).toBe("-EBUSY");
    l.run(b);
    expect(l.call("replace", "core", "G", "D4")).toBe("0");
    expect(l.violated()).toEqual([]);
  });
});

describe("test-dev-v1 in a reset", () => {
  test("takes an attach, leaves the device alone and attaches at done", () => {
    const l = lab("test-dev-v1", { attached: [attach("D0")] });
    const reset = l.reset();
    expect(l.call("replace", "core", "G", "D1")).toBe("0");
    expect(l.s.group[1].domain).toBe(l.domain("D1"));
    expect(look(l)).toEqual(docked);
    l.run(reset);
    expect(l.dma()).toBe("reached D1");
    expect(l.violated()).toEqual(["I-GROUP"]);
  });
  test("refuses a PASID that it takes outside: the STE has no CD table, and the RID seems to be on a paging domain", () => {
    const l = lab("test-dev-v1", { attached: [attach("D0")] });
    const reset = l.reset();
    expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("-EINVAL");
    l.run(reset);
    expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("0");
  });
  test("takes a PASID when it sees the blocked RID, and sets it at done", () => {
    const l = lab("test-dev-v1", { attached: [attach("D0")] }, { rid: "physical" });
    const reset = l.reset();
    expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("0");
    expect(reach(l.s, l.world, 1, 1)).toBe(0);
    l.run(reset);
    expect(l.dma("A", 1)).toBe("reached D1");
    expect(l.violated()).toEqual(["I-GROUP"]);
  });
  test("still refuses what its test refuses", () => {
    const l = lab("test-dev-v1", { attached: [attach("D0")] });
    l.reset();
    expect(l.call("replace", "core", "G", "D9")).toBe("-EINVAL");
    expect(l.s.group[1].domain).toBe(l.domain("D0"));
  });
  test("attaches a sibling at once", () => {
    const l = lab("test-dev-v1", { ...pair, attached: [attach("D0")] });
    const reset = l.reset("A");
    expect(l.call("replace", "core", "G", "D1")).toBe("0");
    expect(l.dma("B")).toBe("reached D1");
    l.run(reset);
    expect(l.dma("A")).toBe("reached D1");
    expect(l.violated()).toEqual(["I-GROUP"]);
  });
  test("sets a PASID again on a sibling that never lost it, and calls its old domain blocked", () => {
    const l = lab("test-dev-v1", { ...pair, attached: [attach("D0"), attachPasid("D1")] });
    expect(l.call("reset", "reset via sysfs", "A")).toBe("0");
    expect(l.dma("B", 1)).toBe("reached D1");
    expect(l.violated()).toEqual(["I-OLD", "I-TRACK"]);
    expect(l.play.violations().get("I-OLD")?.why).toContain("PASID 1 of B");
    // the entry for the old domain is not found on the list of blocked, so B stands twice on that of D1
    expect(Array.from(l.s.domain[l.domain("D1")].devices).filter((n) => n > 1)).toEqual([2]);
  });
});
