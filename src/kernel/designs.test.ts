import { describe, expect, test } from "vitest";
import { CFG_ABORT, CFG_S1_TRANS } from "../hw/answers.ts";
import { reach } from "../hw/tables.ts";
import { isOnList } from "./arm-smmu-v3.ts";
import { attach, attachPasid, Lab, labScenario, pair } from "../scenarios/lab.testkit.ts";
import { designs } from "./designs/index.ts";

// What was posted, landed or voiced of each design, line by line: a sentence, and a run in which it is so.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
type Make = (given?: Given, options?: Record<string, string>) => Lab;
type Line = readonly [says: string, run: (lab: Make) => void];

/** A device with RMRs on a default domain that translates. */
const direct = { devices: [{ require_direct: true }], groups: [{ default_domain: "D0" }] };
const rid = { attached: [attach("D0")] };
const both = { attached: [attach("D0"), attachPasid("D1")] };
const nothing = { attached: [] };
const parked = (l: Lab, dev = 1, pasid = 0) => reach(l.s, l.world, dev, pasid) === 0;
const isBlocked = (l: Lab) => [0, 1].every((pasid) => parked(l, 1, pasid));
/** A call while A is in reset; then the reset runs to its end. */
const during = (l: Lab, ...call: [string, string, ...(string | number)[]]) => {
  const reset = l.reset();
  const answer = l.call(...call);
  const inside = { answer, core: l.s.group[1].domain, abort: l.ste().Config === CFG_ABORT };
  l.run(reset);
  return inside;
};
/** The procedures that a thread called, in order. */
const calls = (l: Lab, thread: number) =>
  l.play.records
    .filter((r) => r.thread === thread)
    .flatMap((r) => r.trace.flatMap((t) => (t.kind === "call" ? [l.play.model.table.procs[t.proc]?.name] : [])));
const guest: Given = {
  domains: [
    { name: "D0" },
    { name: "D1" },
    { name: "S2P", stage: 2, pasid_compat: false },
    { name: "N", stage: undefined, type: "NESTED", vsmmu: "vSMMU", pasid_compat: false },
  ],
  vsmmus: [{ name: "vSMMU", smmu: "smmu0", s2_parent: "S2P" }],
  groups: [{ owned: true }],
};
const vdevice = [{ op: "alloc_vdevice", caller: "iommufd", device: "A", vsmmu: "vSMMU" }];
const reached = (l: Lab, dev = 1, pasid = 0) => l.world.domain[reach(l.s, l.world, dev, pasid)]?.name;

/** Of two designs. */
const blockedThoughDirect: Line = [
  "a device with direct mappings is blocked for its reset, though no attach may block it",
  (lab) => {
    const l = lab(direct);
    const reset = l.reset();
    expect(parked(l)).toBe(true);
    expect([l.run(reset), reached(l), l.call("bind", "iommufd", "A")]).toEqual(["0", "D0", "-EINVAL"]);
    expect(l.violated()).not.toContain("I-RMR");
  },
];

const lines: Readonly<Record<string, readonly Line[]>> = {
  "linux-6.17": [
    [
      "no attach blocks a device that must keep its direct mappings: it cannot be claimed",
      (lab) => {
        const l = lab(direct);
        expect([l.call("bind", "iommufd", "A"), reached(l)]).toEqual(["-EINVAL", "D0"]);
      },
    ],
    [
      "no reset tells the IOMMU: the STE stays, and so does ATS in it",
      (lab) => {
        const l = lab(rid);
        l.reset();
        expect([l.ste().Config, l.ste().EATS]).toEqual([CFG_S1_TRANS, 1]);
      },
    ],
    [
      "an ATC invalidation goes to a function that is in reset",
      (lab) => {
        const l = lab(rid);
        l.reset();
        l.call("unmap", "unmap", "D0");
        expect(l.violated()).toContain("I-NOATC");
      },
    ],
    [
      "a failed switch goes back on the devices that had switched, and group->domain stays",
      (lab) => {
        const l = lab({
          devices: [
            { name: "A", sids: ["0x1"] },
            { name: "B", sids: ["0x2"], smmu: "smmu1" },
          ],
          groups: pair.groups,
        });
        expect(l.call("attach", "core", "G", "D0")).toBe("-EINVAL");
        expect([l.s.group[1].domain, reached(l)]).toEqual([l.domain("identity"), "identity"]);
      },
    ],
  ],
  "rfc-v1-hold-mutex": [
    [
      "prepare refuses a device with direct mappings; the FLR goes on, and done attaches without group->mutex",
      (lab) => {
        const l = lab(direct);
        const reset = l.reset();
        expect(reached(l)).toBe("D0");
        expect([l.run(reset), l.s.group[1].domain]).toEqual(["0", l.domain("D0")]);
        expect(l.violated()).toEqual(expect.arrayContaining(["I-BLOCK", "I-LOCK", "I-USERWARN"]));
      },
    ],
    [
      "prepare returns with group->mutex held, and an attach sleeps on it until done",
      (lab) => {
        const l = lab(rid);
        const reset = l.reset();
        const replace = l.start("replace", "core", "G", "D1");
        expect([l.run(replace), l.s.group[1].domain]).toEqual(["waits", l.domain("D0")]);
        l.run(reset);
        expect([l.run(replace), reached(l)]).toEqual(["0", "D1"]);
      },
    ],
    [
      "a RID that is blocked already ends prepare: the PASIDs stay",
      (lab) => {
        const l = lab({ groups: [{ default_domain: "blocked" }], attached: [attachPasid("D1")] });
        l.reset();
        expect(reached(l, 1, 1)).toBe("D1");
      },
    ],
    [
      "FLR only: a bus reset tells nobody",
      (lab) => {
        const l = lab({ ...rid, devices: [{ reset_methods: ["bus"] }] });
        l.reset();
        expect(reached(l)).toBe("D0");
      },
    ],
    [
      "done puts RID and PASIDs back and gives the mutex up",
      (lab) => {
        const l = lab(both);
        const reset = l.reset();
        expect(isBlocked(l)).toBe(true);
        l.run(reset);
        expect([reached(l), reached(l, 1, 1), l.call("replace", "core", "G", "D4")]).toEqual(["D0", "D1", "0"]);
      },
    ],
  ],
  "rfc-v2-defer": [
    [
      "prepare refuses a device with direct mappings, and with it the reset",
      (lab) => {
        const l = lab(direct);
        expect([l.call("reset", "reset via sysfs", "A"), reached(l)]).toEqual(["-EINVAL", "D0"]);
      },
    ],
    [
      "the flag is set before anything is docked",
      (lab) => {
        const l = lab(rid);
        l.until(l.start("reset", "reset via sysfs", "A"), () => l.s.gdev[1].pending_reset === 1);
        expect(reached(l)).toBe("D0");
      },
    ],
    [
      "an attach during the reset succeeds silently and moves group->domain; done attaches it",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "replace", "core", "G", "D1")).toEqual({ answer: "0", core: l.domain("D1"), abort: true });
        expect(reached(l)).toBe("D1");
      },
    ],
    [
      "a sibling is attached for real meanwhile",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        l.reset();
        l.call("replace", "core", "G", "D1");
        expect([parked(l), reached(l, 2)]).toEqual([true, "D1"]);
      },
    ],
    [
      "detaching a PASID is not gated: the driver is called for the docked device",
      (lab) => {
        const l = lab(both);
        l.reset();
        const detach = l.start("detach_pasid", "core", "A", 1, "D1");
        l.run(detach);
        expect(calls(l, detach)).toContain("arm_smmu_blocking_set_dev_pasid");
      },
    ],
    [
      "done meets an incompatible domain: a WARN, the device stays blocked, and group->domain names it",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "replace", "core", "G", "D9").answer).toBe("0");
        expect([l.warned(), parked(l), l.s.group[1].domain]).toEqual([
          ["iommu_dev_reset_done: RID"],
          true,
          l.domain("D9"),
        ]);
      },
    ],
    [
      "at done the callback asks for the old domain and gets the new one: the device leaves its list again",
      (lab) => {
        const l = lab(rid);
        during(l, "dma", "the function", "A", 0);
        expect([reached(l), isOnList(l.s, l.world, l.domain("D0"), 1, 0)]).toEqual(["D0", false]);
      },
    ],
  ],
  "v3-defer": [
    blockedThoughDirect,
    [
      "the flag is set only after the PASIDs were docked",
      (lab) => {
        const l = lab(both);
        const reset = l.start("reset", "reset via sysfs", "A");
        l.until(reset, () => isBlocked(l));
        expect(l.s.gdev[1].pending_reset).toBe(0);
        l.until(reset, () => l.s.gdev[1].pending_reset === 1);
      },
    ],
    [
      "PASIDs are docked even if the RID is blocked already",
      (lab) => {
        const l = lab({ groups: [{ default_domain: "blocked" }], attached: [attachPasid("D1")] });
        l.reset();
        expect(parked(l, 1, 1)).toBe(true);
      },
    ],
    [
      "an incompatible domain is accepted during the reset, and done WARNs",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "replace", "core", "G", "D9").answer).toBe("0");
        expect(l.warned()).toEqual(["iommu_dev_reset_done: RID"]);
      },
    ],
    [
      "a helper says what the device is really on: at done the old domain is blocked",
      (lab) => {
        const l = lab(rid);
        during(l, "dma", "the function", "A", 0);
        expect(isOnList(l.s, l.world, l.domain("D0"), 1, 0)).toBe(true);
      },
    ],
    [
      "as posted, no PASID comes back",
      (lab) => {
        const l = lab(both, { pasids: "posted" });
        l.call("reset", "reset via sysfs", "A");
        expect([reached(l), parked(l, 1, 1)]).toEqual(["D0", true]);
      },
    ],
  ],
  "v4-ebusy": [
    [
      "an attach during the reset gets -EBUSY, and nothing changes",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "replace", "core", "G", "D1")).toEqual({
          answer: "-EBUSY",
          core: l.domain("D0"),
          abort: true,
        });
        expect([reached(l), l.violated()]).toEqual(["D0", []]);
      },
    ],
    [
      "the flag is looked at inside the loop: a sibling before the device is switched, and goes back",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        l.reset("B");
        const replace = l.start("replace", "core", "G", "D1");
        l.until(replace, () => reached(l) === "D1");
        expect([l.run(replace), reached(l)]).toEqual(["-EBUSY", "D0"]);
      },
    ],
    [
      "what must succeed goes on with the others and returns the error: a WARN",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        l.reset();
        l.call("detach", "core", "G", "D0");
        expect([l.s.group[1].domain, reached(l, 2)]).toEqual([l.domain("identity"), "identity"]);
        expect(l.warned()).toEqual(["__iommu_group_set_domain_nofail"]);
      },
    ],
    [
      "a PF with VFs is reset without being blocked",
      (lab) => {
        const l = lab({
          devices: [{ name: "A" }, { name: "V", sids: ["0x2"], physfn: "A" }],
          groups: [{ devices: ["A"] }, { name: "H", devices: ["V"] }],
          ...rid,
        });
        l.reset();
        expect(reached(l)).toBe("D0");
      },
    ],
    [
      "done does nothing where prepare did nothing",
      (lab) => {
        const l = lab({
          devices: [{ name: "A" }, { name: "V", sids: ["0x2"], physfn: "A" }],
          groups: [{ devices: ["A"] }, { name: "H", devices: ["V"] }],
          ...rid,
        });
        const reset = l.reset();
        const before = l.play.records.length;
        l.run(reset);
        const after = l.play.records.slice(before).flatMap((r) => r.trace);
        expect(after.some((t) => t.kind === "command")).toBe(false);
        expect(l.warned()).toEqual([]);
      },
    ],
    [
      "a PASID cannot be attached either",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "attach_pasid", "core", "A", 1, "D1").answer).toBe("-EBUSY");
        expect(l.s.group[1].pasid_array[1]).toBe(0);
      },
    ],
  ],
  "test-dev-v1": [
    [
      "an incompatible domain is refused by the test, during a reset as well",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "replace", "core", "G", "D9").answer).toBe("-EINVAL");
        expect([reached(l), l.warned()]).toEqual(["D0", []]);
      },
    ],
    [
      "a tested attach is recorded and left to done",
      (lab) => {
        const l = lab(rid);
        expect(during(l, "replace", "core", "G", "D1")).toEqual({ answer: "0", core: l.domain("D1"), abort: true });
        expect(reached(l)).toBe("D1");
      },
    ],
    [
      "the test sees docked driver state: stage 2 is accepted beside PASID 1, and PASID 1 then meets a stage 2 RID",
      (lab) => {
        const l = lab(both);
        expect(during(l, "replace", "core", "G", "D2").answer).toBe("0");
        expect(l.warned()).toEqual(["arm_smmu_update_ste"]);
        expect(l.violated()).toContain("I-RESTORE");
      },
    ],
    [
      "all devices of a group are tested before any is touched",
      (lab) => {
        const l = lab({
          devices: [
            { name: "A", sids: ["0x1"] },
            { name: "B", sids: ["0x2"], smmu: "smmu1" },
          ],
          groups: pair.groups,
        });
        const attaching = l.start("attach", "core", "G", "D0");
        expect(l.run(attaching)).toBe("-EINVAL");
        expect(calls(l, attaching)).not.toContain("arm_smmu_attach_dev");
      },
    ],
  ],
  "cd-copy": [
    [
      "during the reset the test asks the copy: stage 2 beside PASID 1 is refused to its caller",
      (lab) => {
        const l = lab(both);
        expect(during(l, "replace", "core", "G", "D2").answer).toBe("-EBUSY");
        expect([reached(l), reached(l, 1, 1), l.violated()]).toEqual(["D0", "D1", []]);
      },
    ],
    [
      "the copy follows what is accepted: with PASID 1 detached, stage 2 fits, and then no PASID does",
      (lab) => {
        const l = lab(both);
        const reset = l.reset();
        l.call("detach_pasid", "core", "A", 1, "D1");
        expect(l.call("replace", "core", "G", "D2")).toBe("0");
        expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("-EINVAL");
        l.run(reset);
        expect([reached(l), parked(l, 1, 1), l.warned()]).toEqual(["D2", true, []]);
      },
    ],
    [
      "a replace that is refused on a second device leaves the copy of the first alone",
      (lab) => {
        const l = lab({
          devices: [
            { name: "A", sids: ["0x1"] },
            { name: "B", sids: ["0x2"], canwbs: false },
          ],
          groups: pair.groups,
          domains: [
            { name: "D0" },
            { name: "D1" },
            { name: "C", stage: 2, pasid_compat: false, enforce_cache_coherency: true },
          ],
          ...rid,
        });
        const reset = l.reset();
        expect(l.call("replace", "core", "G", "C")).toBe("-EINVAL");
        expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("0");
        l.run(reset);
        expect([reached(l), reached(l, 1, 1)]).toEqual(["D0", "D1"]);
      },
    ],
  ],
  "park-in-blocking": [
    [
      "what cannot be attached at done stays on blocking, without a WARN",
      (lab) => {
        const l = lab(both);
        expect(during(l, "replace", "core", "G", "D2").answer).toBe("0");
        expect([reached(l), parked(l, 1, 1), l.warned()]).toEqual(["D2", true, []]);
      },
    ],
    [
      "core and tables differ until the next attach: group->domain is the new one, and the device is blocked",
      (lab) => {
        const l = lab({ ...guest, attached: [...vdevice, attach("D0", { caller: "iommufd" })] });
        const reset = l.reset();
        expect(l.call("replace", "iommufd", "G", "N")).toBe("0");
        l.call("destroy_vdevice", "iommufd", "A");
        l.run(reset);
        expect([l.s.group[1].domain, parked(l), l.warned()]).toEqual([l.domain("N"), true, []]);
        expect(l.call("replace", "iommufd", "G", "D1")).toBe("0");
        expect(reached(l)).toBe("D1");
      },
    ],
  ],
  "fake-attach": [
    [
      "prepare attaches once more, really in all but the STE: it aborts, and the driver's word stays",
      (lab) => {
        const l = lab(both);
        l.reset();
        expect(l.ste().Config).toBe(CFG_ABORT);
        expect(l.s.master[1]).toMatchObject({ used_ssids: 1, in_ste: 1, ats_enabled: 1 });
        expect([0, 1].map((p) => isOnList(l.s, l.world, l.domain(`D${p}`), 1, p))).toEqual([true, true]);
        expect(l.s.pdev[1]).toMatchObject({ ats_enabled: 0, ats_ctrl: 0 });
      },
    ],
    [
      "what does not fit is refused to its caller at attach time",
      (lab) => {
        const l = lab(both);
        expect(during(l, "replace", "core", "G", "D2").answer).toBe("-EBUSY");
        expect([reached(l), reached(l, 1, 1), l.violated()]).toEqual(["D0", "D1", []]);
      },
    ],
    [
      "what fits is tracked at once and real at done, with ATS",
      (lab) => {
        const l = lab(both);
        const inside = during(l, "replace", "core", "G", "D4");
        expect(inside).toEqual({ answer: "0", core: l.domain("D4"), abort: true });
        expect([reached(l), reached(l, 1, 1), l.s.pdev[1].ats_ctrl, l.warned()]).toEqual(["D4", "D1", 1, []]);
      },
    ],
    [
      "the fake attach of prepare needs what an attach needs: without a vDEVICE there is no reset",
      (lab) => {
        const l = lab({ ...guest, attached: [...vdevice, attach("N", { caller: "iommufd" })] });
        l.call("destroy_vdevice", "iommufd", "A");
        expect(l.call("reset", "reset via vfio", "A")).toBe("-ENOENT");
        expect([reached(l), l.s.gdev[1].pending_reset, l.s.master[1].suspended]).toEqual(["N", 0, 0]);
      },
    ],
  ],
  "driver-suspend": [
    [
      "prepare makes the STE abort and turns ATS off, and nothing else changes",
      (lab) => {
        const l = lab(both);
        const tracked = () => [l.s.master[1].used_ssids, l.s.master[1].in_ste, Array.from(l.s.gdev[1].drv)];
        const before = tracked();
        l.reset();
        expect([l.ste().Config, l.s.pdev[1].ats_ctrl, tracked()]).toEqual([CFG_ABORT, 0, before]);
      },
    ],
    [
      "an attach takes the whole path with its checks, and only the STE is held back",
      (lab) => {
        const l = lab(both);
        const reset = l.reset();
        expect(l.call("replace", "core", "G", "D2")).toBe("-EBUSY");
        expect(l.call("detach_pasid", "core", "A", 1, "D1")).toBe("");
        expect(l.call("replace", "core", "G", "D2")).toBe("0");
        expect([l.ste().Config, l.s.master[1].in_ste]).toEqual([CFG_ABORT, 0]);
        l.run(reset);
        expect([reached(l), l.warned()]).toEqual(["D2", []]);
      },
    ],
    [
      "done has nothing that fails, even where the vDEVICE is gone",
      (lab) => {
        const l = lab({ ...guest, attached: [...vdevice, attach("N", { caller: "iommufd" })] });
        l.call("destroy_vdevice", "iommufd", "A");
        expect([l.call("reset", "reset via vfio", "A"), reached(l), l.warned()]).toEqual(["0", "N", []]);
      },
    ],
    [
      "no ATC invalidation goes to the function in its reset",
      (lab) => {
        const l = lab(both);
        expect(during(l, "unmap", "unmap", "D0").answer).toBe("");
        expect(during(l, "detach_pasid", "core", "A", 1, "D1").answer).toBe("");
        expect(l.violated()).not.toContain("I-NOATC");
      },
    ],
  ],
  "wait-until-done": [
    [
      "the attach sleeps until done, then goes on and succeeds",
      (lab) => {
        const l = lab(rid);
        const reset = l.reset();
        const replace = l.start("replace", "core", "G", "D1");
        expect(l.run(replace)).toBe("waits");
        l.run(reset);
        expect([l.run(replace), reached(l)]).toEqual(["0", "D1"]);
      },
    ],
    [
      "an incompatible domain is refused to its caller",
      (lab) => {
        const l = lab(rid);
        const reset = l.reset();
        const replace = l.start("replace", "core", "G", "D9");
        l.run(replace);
        l.run(reset);
        expect([l.run(replace), reached(l), l.warned()]).toEqual(["-EINVAL", "D0", []]);
      },
    ],
    [
      "what must succeed does not wait",
      (lab) => {
        const l = lab(rid);
        l.reset();
        l.call("detach", "core", "G", "D0");
        expect(l.s.group[1].domain).toBe(l.domain("identity"));
      },
    ],
    [
      "it is the count that is waited for: with two resets, until the last of them",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        const [a, b] = [l.reset("A", "reset via vfio"), l.reset("B", "reset via vfio")];
        const replace = l.start("replace", "core", "G", "D1");
        l.run(a);
        expect(l.run(replace)).toBe("waits");
        l.run(b);
        expect([l.run(replace), reached(l), reached(l, 2)]).toEqual(["0", "D1", "D1"]);
      },
    ],
  ],
  "linux-7.0": [
    [
      "every change of the group gets -EBUSY, even one that must succeed",
      (lab) => {
        const l = lab(rid);
        const reset = l.reset();
        expect(l.call("replace", "core", "G", "D1")).toBe("-EBUSY");
        l.call("detach", "core", "G", "D0");
        expect([l.s.group[1].domain, l.warned()]).toEqual([l.domain("D0"), ["__iommu_group_set_domain_nofail"]]);
        l.run(reset);
      },
    ],
    [
      "one reset at a time: the prepare of a sibling gets -EBUSY, and its reset is off",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        l.reset("A", "reset via vfio");
        expect(l.call("reset", "reset via vfio", "B")).toBe("-EBUSY");
        expect(l.warned()).toEqual(["pci_dev_reset_iommu_prepare"]);
      },
    ],
    [
      "the domain that is there already can be asked for: 0",
      (lab) => {
        const l = lab(rid);
        l.reset();
        expect(l.call("replace", "core", "G", "D0")).toBe("0");
      },
    ],
    [
      "resetting_domain is NULL again after done, and PASIDs go back for the whole group",
      (lab) => {
        const l = lab({ ...pair, ...both });
        const reset = l.reset();
        l.run(reset);
        expect(l.s.group[1].resetting_domain).toBe(0);
        expect(calls(l, reset).filter((name) => name === "arm_smmu_s1_set_dev_pasid").length).toBe(2);
      },
    ],
  ],
  "linux-7.3": [
    blockedThoughDirect,
    [
      "an attach gets -EBUSY while a device of the group recovers",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        l.reset("B");
        expect(l.call("replace", "core", "G", "D1")).toBe("-EBUSY");
        expect([reached(l), l.s.group[1].recovery_cnt]).toEqual(["D0", 1]);
      },
    ],
    [
      "what must succeed goes through and skips the blocked device; done attaches the new domain",
      (lab) => {
        const l = lab(rid);
        const reset = l.reset();
        l.call("detach", "core", "G", "D0");
        expect([l.s.group[1].domain, parked(l)]).toEqual([l.domain("identity"), true]);
        l.run(reset);
        expect([reached(l), l.warned()]).toEqual(["identity", []]);
      },
    ],
    [
      "prepares nest: only the outermost pair acts",
      (lab) => {
        const l = lab({ ...rid, devices: [{ reset_methods: ["cxl_bus"] }] });
        l.reset();
        expect(l.s.gdev[1]).toMatchObject({ reset_depth: 2, blocked: 1 });
        expect(l.s.group[1].recovery_cnt).toBe(1);
      },
    ],
    [
      "a PASID can be detached meanwhile: its entry goes, the blocked device is not called",
      (lab) => {
        const l = lab(both);
        const reset = l.reset();
        const detach = l.start("detach_pasid", "core", "A", 1, "D1");
        l.run(detach);
        expect(calls(l, detach)).not.toContain("arm_smmu_blocking_set_dev_pasid");
        l.run(reset);
        expect([l.s.group[1].pasid_array[1], parked(l, 1, 1)]).toEqual([0, true]);
      },
    ],
    [
      "two devices of a group can be reset at once",
      (lab) => {
        const l = lab({ ...pair, ...rid });
        const [a, b] = [l.reset("A", "reset via vfio"), l.reset("B", "reset via vfio")];
        expect(l.s.group[1].recovery_cnt).toBe(2);
        expect([l.run(a), parked(l, 2), l.run(b), reached(l, 2)]).toEqual(["0", true, "0", "D0"]);
      },
    ],
  ],
};

test("every design has its lines", () => {
  expect(Object.keys(lines).toSorted()).toEqual(designs.map((d) => d.id).toSorted());
});

describe.each(designs.map((d) => [d.id] as const))("%s", (id) => {
  const make: Make = (given = nothing, options = {}) => new Lab(labScenario(given), id, options);
  test.each(lines[id] as Line[])("%s", (_says, run) => run(make));
});
