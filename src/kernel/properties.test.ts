import { describe, expect, test } from "vitest";
import { attach, attachPasid, Lab, labScenario, pair } from "../scenarios/lab.testkit.ts";
import type { Design } from "./design.ts";
import {
  bypassesBetween,
  forgetsSsids,
  leavesAtsOn,
  pasidAfterAts,
  storesInOrder,
  asksOnly,
  blockingFails,
  blocksDirect,
  docksToAsk,
  keepsItems,
  neverFlushes,
  publishesNothing,
  readsUnlocked,
  sendsUnsynced,
  unmapsOnly,
  handleFirst,
  oneAtATime,
  otherWayRound,
  sleepsInAtomic,
  unlocked,
} from "./properties/broken.testkit.ts";
import { properties } from "./properties.ts";
import { sources } from "./properties/sources.ts";
import { CFG_BYPASS } from "../hw/answers.ts";
import { EINVAL } from "./structs.ts";

// For each property a run that breaks it, or at least gives it something to judge, and one in which it is vacuous.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
interface Case {
  readonly design?: string | Design;
  readonly options?: Record<string, string>;
  readonly given?: Given;
  readonly run: (l: Lab) => void;
  /** What else it breaks. */
  readonly also?: readonly string[];
}
const play = ({ design = "linux-7.3", options = {}, given = {}, run }: Case): Lab => {
  const l = new Lab(labScenario(given), design, options);
  run(l);
  return l;
};

const withPasid: Given = { attached: [attach("D0"), attachPasid("D1")] };
/** The seed's schedule. */
const hole = (l: Lab) => {
  const reset = l.reset();
  l.call("replace", "core", "G", "D2");
  l.run(reset);
};
const justReset = (l: Lab) => void l.call("reset", "reset via sysfs", "A");
const justDma = (l: Lab) => void l.dma();
const justAttach = (l: Lab) => void l.call("attach", "core", "G", "D0");
const onD0: Given = { attached: [attach("D0")] };
const unmapped = (l: Lab) => void l.call("unmap", "unmap", "D0");
const pairOnD0: Given = { ...pair, ...onD0 };
/** Two devices of one group behind two SMMUs: no page table fits both. */
const twoSmmus: Given = {
  ...pair,
  devices: [
    { name: "A", sids: ["0x1"] },
    { name: "B", sids: ["0x2"], smmu: "smmu1" },
  ],
};
const oneFails = (what: "master_domain" | "reset", more: Given = {}): Given => ({
  ...more,
  may_fail: [what],
  failures: 1,
});
/** The next allocation of this kind works, as many times as told. */
const allocates = (l: Lab, thread: number, times: number) => {
  for (let n = 0; n < times; n++) {
    l.to(thread, "allocate `master_domain`");
    l.step(thread);
  }
};
const withRmrs = { devices: [{ require_direct: true }] };
const overlapping = (l: Lab) => {
  const a = l.reset("A", "reset via vfio");
  l.run(l.reset("B", "reset via vfio"));
  l.run(a);
};
const nested = (l: Lab) => {
  const outer = l.reset();
  l.call("reset", "core", "A");
  l.run(outer);
};

const broken: Record<string, Case> = {
  // the reader has read its items before the detach, and sends their commands after it
  "I-NOATCAFTER": {
    design: readsUnlocked,
    given: onD0,
    run: (l) => {
      const unmap = l.start("unmap", "unmap", "D0");
      l.to(unmap, "submit the batch of ATC_INVs");
      l.call("detach", "core", "G", "D0");
      l.run(unmap);
    },
  },
  "I-ATSREQ": { design: "linux-6.17", given: onD0, run: (l) => void l.reset() },
  "I-ATSORD": { design: leavesAtsOn, given: onD0, run: (l) => void l.call("replace", "core", "G", "identity") },
  "I-PASIDORD": { design: pasidAfterAts, run: justAttach },
  "I-SSID": { design: forgetsSsids, given: withPasid, run: (l) => void l.call("replace", "core", "G", "identity") },
  "I-HITLESS": { design: storesInOrder, given: onD0, run: (l) => void l.call("replace", "core", "G", "D2") },
  "I-2DOM": {
    design: bypassesBetween,
    given: { attached: [attach("D2")] },
    run: (l) => void l.call("replace", "core", "G", "D3"),
  },
  "I-BOTHINV": { design: publishesNothing, given: onD0, run: (l) => void l.call("replace", "core", "G", "D1") },
  "I-NOFAILINV": { design: keepsItems, given: onD0, run: (l) => void l.call("replace", "core", "G", "D1") },
  "I-TRACK": { design: keepsItems, given: onD0, run: (l) => void l.call("replace", "core", "G", "D1") },
  "I-TAG": { design: neverFlushes, given: onD0, run: (l) => void l.call("detach", "core", "G", "D0") },
  "I-SYNC": {
    design: sendsUnsynced,
    given: { hardware: ["cmdq"], smmus: [{ name: "smmu0", ats: true, sva: true }], domains: [{ name: "D0" }] },
    run: (l) => {
      const attaching = l.start("attach", "core", "G", "D0");
      for (let n = 0; n < 20; n++) {
        l.run(attaching);
        l.run(0);
      }
      l.run(l.start("unmap", "unmap", "D0"));
      l.run(0);
    },
  },
  "I-STALE": {
    design: unmapsOnly,
    given: onD0,
    run: (l) => {
      l.ats();
      l.call("unmap", "unmap", "D0");
    },
  },
  "I-REPORT": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-GROUP": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-WARN": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-LOCK": { design: unlocked, run: justAttach },
  "I-RMR": {
    design: blocksDirect,
    given: withRmrs,
    run: (l) => void l.call("attach", "core", "G", "blocked"),
  },
  "I-BLOCKSAFE": { design: blockingFails, run: justReset },
  // 7.3 as it is: putting a group back to a page table of its own needs memory
  "I-NOFAIL": {
    given: oneFails("master_domain", { groups: [{ default_domain: "D4" }], ...onD0 }),
    run: (l) => void l.run(l.start("detach", "core", "G", "D0"), "allocate `master_domain`"),
  },
  // 7.3 as it is: so does going back to the domain that was attached before
  "I-REVERT": {
    given: { ...pairOnD0, may_fail: ["master_domain"], failures: 2 },
    run: (l) => {
      const thread = l.start("replace", "core", "G", "D1");
      l.until(thread, () => l.s.gdev[1].drv[0] === l.domain("D1"));
      l.run(thread, "allocate `master_domain`");
    },
  },
  "I-PRI": { design: handleFirst, given: onD0, run: (l) => void l.call("attach_pasid", "core", "A", 1, "D1") },
  "I-LIVE": {
    given: onD0,
    run: (l) => {
      l.s.domain[l.domain("D0")].freed = 1;
      l.dma();
    },
  },
  "I-INDEP": {
    design: oneAtATime,
    given: pairOnD0,
    run: (l) => {
      l.reset("A", "reset via vfio");
      expect(l.call("reset", "reset via vfio", "B")).toBe("-EBUSY");
    },
  },
  // at done B's PASID fails, and err_revert takes it from A, which was never reset
  "I-ISO": {
    design: "test-dev-v1",
    given: oneFails("master_domain", { ...pair, ...withPasid }),
    run: (l) => {
      const reset = l.reset("B");
      allocates(l, reset, 2);
      l.run(reset, "allocate `master_domain`");
    },
  },
  // 7.3 as it is
  "I-RESETOK": {
    given: oneFails("reset", onD0),
    run: (l) => void l.run(l.start("reset", "reset via sysfs", "A"), "pci_dev_wait"),
  },
  "I-PROBE": { design: docksToAsk, given: onD0, run: justReset },
  "I-SLEEP": { design: sleepsInAtomic, run: (l) => void l.call("unmap", "unmap", "D0") },
  "I-DEADLOCK": {
    design: otherWayRound,
    run: (l) => {
      const thread = l.start("attach", "core", "G", "D0");
      l.to(thread, "lock `arm_smmu_asid_lock`");
      l.call("unmap", "unmap", "D0");
      l.run(thread);
    },
  },
  "I-TEST2": {
    design: "test-dev-v1",
    options: { retest: "yes" },
    given: { attached: [attach("D0")] },
    run: twoPromises,
  },
  "I-USERWARN": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-RESTORE": { design: "test-dev-v1", given: withPasid, run: hole },
  "I-BLOCK": { design: "test-dev-v1", given: { attached: [attachPasid("D1")] }, run: justReset },
  "I-OLD": { design: "test-dev-v1", given: { attached: [attachPasid("D1")] }, run: justReset },
  "I-NOATC": {
    design: "test-dev-v1",
    given: withPasid,
    run: (l) => {
      l.reset();
      // ATS is still on in the driver's book, so the remove sends one
      l.call("detach_pasid", "core", "A", 1, "D1");
    },
  },
  "I-NEST": { design: "test-dev-v1", given: { attached: [attach("D0")] }, run: nested },
  "I-OOPS": {
    design: "linux-7.3",
    run: (l) => {
      l.s.domain[l.domain("D0")].freed = 1;
      l.call("attach", "core", "G", "D0");
    },
  },
};

/** In the window a stage 2 domain is accepted for the RID and then, the test passing as well, a PASID. */
function twoPromises(l: Lab): void {
  const reset = l.reset();
  l.call("replace", "core", "G", "identity");
  l.call("attach_pasid", "core", "A", 1, "D1");
  l.call("replace", "core", "G", "D2");
  l.run(reset);
}

describe("is broken by some run", () => {
  test.each(Object.entries(broken))("%s", (id, given) => {
    const l = play(given);
    expect([...l.play.violations().keys()]).toContain(id);
    expect(l.play.exercised()).toContain(id);
    expect(l.play.violations().get(id)?.why).toMatch(/^[A-Z`].*\.$/);
  });
});

const held: Record<string, Case> = {
  "I-ATSREQ": { given: onD0, run: justReset },
  "I-ATSORD": { given: withPasid, run: (l) => void l.call("replace", "core", "G", "blocked") },
  "I-PASIDORD": { given: { ...onD0, devices: [{ ats: false }] }, run: justReset },
  "I-SSID": { given: withPasid, run: (l) => void l.call("replace", "core", "G", "D4") },
  "I-HITLESS": { given: onD0, run: (l) => void l.call("replace", "core", "G", "D2") },
  "I-2DOM": { given: onD0, run: (l) => void l.call("replace", "core", "G", "D2") },
  "I-NOATCAFTER": { given: onD0, run: unmapped },
  "I-BOTHINV": { given: onD0, run: (l) => void l.call("replace", "core", "G", "D1") },
  "I-NOFAILINV": { given: onD0, run: (l) => void l.call("replace", "core", "G", "D1") },
  "I-TRACK": { run: justAttach },
  "I-TAG": { given: onD0, run: (l) => void l.call("replace", "core", "G", "D1") },
  "I-SYNC": {
    given: { ...onD0, hardware: ["cmdq"], smmus: [{ name: "smmu0", ats: true, sva: true }], domains: [{ name: "D0" }] },
    run: (l) => {
      const unmap = l.start("unmap", "unmap", "D0");
      for (let n = 0; n < 3; n++) {
        l.run(unmap);
        l.run(0);
      }
    },
  },
  "I-STALE": {
    given: onD0,
    run: (l) => {
      l.ats();
      unmapped(l);
    },
  },
  "I-REPORT": { run: justAttach },
  "I-WARN": { run: justAttach },
  "I-LOCK": { run: justAttach },
  "I-RMR": {
    given: withRmrs,
    run: (l) => {
      justAttach(l);
      justReset(l);
    },
  },
  "I-BLOCKSAFE": { given: withPasid, run: justReset },
  "I-GROUP": { given: withPasid, run: hole },
  "I-NOFAIL": {
    given: onD0,
    run: (l) => {
      const reset = l.reset();
      l.call("detach", "core", "G", "D0");
      l.run(reset);
    },
  },
  "I-REVERT": { given: twoSmmus, run: justAttach },
  "I-PRI": { given: onD0, run: (l) => void l.call("attach_pasid", "core", "A", 1, "D1") },
  "I-LIVE": {
    given: onD0,
    run: (l) => {
      l.s.domain[l.domain("D4")].freed = 1;
      l.dma();
    },
  },
  "I-INDEP": { given: { ...pair, ...withPasid }, run: overlapping },
  "I-ISO": { given: { ...pair, ...withPasid }, run: (l) => void l.call("reset", "reset via sysfs", "A") },
  // the inner done has no effect, so it has none after a failure either
  "I-RESETOK": {
    given: oneFails("reset", onD0),
    run: (l) => {
      const outer = l.reset();
      l.run(l.start("reset", "core", "A"), "pci_dev_wait");
      l.run(outer);
    },
  },
  "I-PROBE": { design: asksOnly, given: onD0, run: justReset },
  "I-SLEEP": { run: justAttach },
  "I-DEADLOCK": {
    given: onD0,
    run: (l) => {
      const reset = l.reset();
      l.call("replace", "core", "G", "D1");
      l.run(reset);
    },
  },
  "I-TEST": { design: "test-dev-v1", run: (l) => void l.call("attach", "core", "G", "D0") },
  "I-TEST2": {
    design: "test-dev-v1",
    given: { attached: [attach("D0")] },
    run: (l) => {
      const reset = l.reset();
      l.call("replace", "core", "G", "D1");
      l.run(reset);
    },
    also: ["I-GROUP"],
  },
  "I-USERWARN": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-RESTORE": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-BLOCK": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-NOATC": {
    design: "linux-7.3",
    given: { ...pair, attached: [attach("D0")] },
    run: (l) => {
      const reset = l.reset("A");
      l.call("unmap", "unmap", "D0");
      l.run(reset);
    },
  },
  "I-OLD": { design: "linux-7.3", given: { attached: [attachPasid("D1")] }, run: justReset },
  "I-EBUSY": { design: "linux-7.3", given: withPasid, run: hole },
  "I-NEST": { design: "linux-7.3", given: withPasid, run: nested },
  "I-CNT": { design: "linux-7.3", given: withPasid, run: justReset },
  "I-OOPS": { design: "linux-7.3", run: (l) => void l.call("attach", "core", "G", "D0") },
};

describe("is broken by a state that no run leads to", () => {
  test("I-CNT: a count that nobody counted", () => {
    const l = play({ design: "linux-7.3", run: (x) => void x.s.group[1].recovery_cnt++ });
    l.dma();
    expect(l.violated()).toEqual(["I-CNT"]);
  });
  test("I-EBUSY: a group whose domain moves under a refused call", () => {
    const l = play({ design: "linux-7.3", given: { attached: [attach("D0")] }, run: () => {} });
    const thread = l.start("attach", "core", "G", "D1");
    l.to(thread, "unlock `group->mutex`");
    l.s.group[1].domain = l.domain("D1");
    l.run(thread);
    expect(l.violated()).toContain("I-EBUSY");
  });
  test("I-INDEP: a device that is let out by the done of another", () => {
    const l = play({ given: pairOnD0, run: () => {} });
    const a = l.reset("A", "reset via vfio");
    l.reset("B", "reset via vfio");
    l.setSte(2, CFG_BYPASS);
    l.run(a);
    expect(l.play.violations().get("I-INDEP")?.why).toContain("still in its reset");
  });
  test("I-LIVE: a driver that still has what the tables no longer lead to", () => {
    const l = play({ given: onD0, run: () => {} });
    const reset = l.reset();
    l.call("detach", "core", "G", "D0");
    l.s.domain[l.domain("D0")].freed = 1;
    l.s.gdev[1].drv[2] = l.domain("D0");
    l.step(reset);
    expect(l.play.violations().get("I-LIVE")?.why).toContain("the driver has it");
  });
  test("I-NOFAIL: a detach that leaves the group where it was", () => {
    const l = play({ given: onD0, run: () => {} });
    const thread = l.start("detach", "core", "G", "D0");
    l.play.machine.observer?.moment(thread, "nofail_return", [1, l.domain("identity"), 0], l.s);
    l.run(thread);
    expect(l.play.violations().get("I-NOFAIL")?.why).toContain("`group->domain` is D0");
  });
  test("I-TEST: a callback that fails after its test", () => {
    const l = play({ design: "test-dev-v1", given: { attached: [attach("D0")] }, run: () => {} });
    const thread = l.start("replace", "core", "G", "D1");
    l.until(thread, () => l.s.gdev[1].tested[0] === l.domain("D1"));
    l.play.machine.observer?.moment(thread, "callback_return", [1, 0, l.domain("D1"), EINVAL], l.s);
    l.run(thread);
    expect(l.violated()).toEqual(["I-TEST"]);
  });
});

describe("is exercised by some run, and holds in it", () => {
  test.each(Object.entries(held))("%s", (id, given) => {
    const l = play(given);
    expect(l.play.exercised()).toContain(id);
    expect(l.play.violations().has(id)).toBe(false);
    expect(l.violated()).toEqual(given.also ?? []);
  });
  test.each(Object.keys(broken))("%s, like all that some run breaks", (id) => {
    expect(Object.keys(held)).toContain(id);
  });
  test("every property is among them", () => {
    expect(Object.keys(held).sort()).toEqual(properties.map((p) => p.id).sort());
  });
});

describe("is vacuous in a run without anything to judge", () => {
  test.each(properties.map((p) => p.id))("%s", (id) => {
    const l = play({ design: "linux-7.3", given: withPasid, run: justDma });
    expect(l.play.exercised()).not.toContain(id);
  });
  test.each(["I-TEST", "I-TEST2"])("%s in linux-7.3, which has no test", (id) => {
    expect(play({ design: "linux-7.3", given: withPasid, run: hole }).play.exercised()).not.toContain(id);
  });
  test("I-CNT in test-dev-v1, which has no count", () => {
    expect(play({ design: "test-dev-v1", given: withPasid, run: hole }).play.exercised()).not.toContain("I-CNT");
  });
  test("I-NEST in a run whose resets do not nest", () => {
    expect(play({ design: "linux-7.3", given: withPasid, run: justReset }).play.exercised()).not.toContain("I-NEST");
  });
  test("I-REPORT for what the set-up attached, and after it is undone", () => {
    expect(play({ given: withPasid, run: justReset }).play.exercised()).not.toContain("I-REPORT");
    const l = play({ run: () => {} });
    const thread = l.start("attach", "core", "G", "D0");
    const detach = l.start("detach", "core", "G", "D0");
    l.run(thread);
    l.run(detach);
    expect(l.play.exercised()).not.toContain("I-REPORT");
  });
  test("I-REPORT while a thread can still step", () => {
    const l = play({ given: onD0, run: () => {} });
    l.reset();
    l.call("replace", "core", "G", "D0");
    expect(l.play.exercised()).not.toContain("I-REPORT");
  });
  test("I-PRI for a device that is docked: it queues nothing", () => {
    const l = play({ design: "test-dev-v1", given: onD0, run: (x) => void x.reset() });
    expect(l.call("replace", "core", "G", "D1")).toBe("0");
    expect(l.s.group[1].pasid_array[0]).toBe(l.domain("D1"));
    expect(l.play.exercised()).not.toContain("I-PRI");
  });
  test("I-GROUP for a detach, for an equal domain it holds, and for a group of which nothing recovers it is vacuous", () => {
    const l = play({ given: onD0, run: (x) => void x.reset() });
    l.call("detach", "core", "G", "D0");
    expect(l.play.exercised()).not.toContain("I-GROUP");
    expect(l.call("replace", "core", "G", "identity")).toBe("0");
    expect(l.play.exercised()).toContain("I-GROUP");
    expect(l.violated()).toEqual([]);
    expect(play({ run: justAttach }).play.exercised()).not.toContain("I-GROUP");
  });
  test.each<[string, Case]>([
    ["I-RESETOK where the reset works", { given: onD0, run: justReset }],
    ["I-INDEP where one function is reset at a time", { given: pairOnD0, run: justReset }],
    ["I-ISO where nobody else has anything", { given: onD0, run: justReset }],
    ["I-ISO without a reset", { given: pairOnD0, run: (l) => void l.call("replace", "core", "G", "D1") }],
    ["I-REVERT where nothing fails", { run: justAttach }],
    ["I-NOFAIL without a detach", { run: justAttach }],
    ["I-LIVE where nothing is freed", { run: justAttach }],
    ["I-RMR without RMRs", { run: justAttach }],
    ["I-PROBE in every kernel of today", { run: justReset }],
    ["I-DEADLOCK for a thread alone", { run: justAttach }],
    ["I-BLOCKSAFE where nothing is blocked", { run: justAttach }],
  ])("%s", (what, given) => {
    expect(play(given).play.exercised()).not.toContain(what.split(" ")[0]);
  });
  test("I-EBUSY in a run without that errno", () => {
    const l = play({ design: "linux-7.3", run: (x) => void x.call("attach", "core", "G", "D0") });
    expect(l.play.exercised()).not.toContain("I-EBUSY");
  });
  test("I-BLOCK and I-NOATC for a function without ATS", () => {
    const l = play({ design: "linux-7.3", given: { devices: [{ ats: false }] }, run: justReset });
    expect(l.play.exercised()).not.toContain("I-BLOCK");
    expect(l.play.exercised()).not.toContain("I-NOATC");
  });
});

describe("the list", () => {
  test("names each property once, with a sentence, a source and a moment", () => {
    const ids = properties.map((p) => p.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const p of properties) {
      expect(p.sentence).toMatch(/^[A-Z`].*\.$/);
      expect(sources[p.id]).toBeTruthy();
      expect(p.moment).not.toBe("");
    }
  });
});
