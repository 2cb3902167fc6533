/** Kernels that are wrong on purpose: Linux 7.3 with a procedure or two in place of its own. */
import type { AnyProc } from "../../sim/proc.ts";
import type { Design } from "../design.ts";
import { linux73 } from "../designs/linux-7.3.ts";
import { CFG_BYPASS } from "../../hw/answers.ts";
import { entriesOfWritten } from "../arm-smmu-v3-tables.ts";
import { steKey } from "../arm-smmu-v3-entries.ts";
import { CMD } from "../cmdq.ts";
import { countDown, purge, rcuRead, rcuUnlock, trim, unprepare } from "../invs.ts";
import { groupOf, lockGroup, unlockGroup } from "../iommu-group.ts";
import { prepareReturns } from "../iommu-reset.ts";
import { define, EBUSY, ENOMEM, firstStream, type KernelState, smmuOf, type World } from "../structs.ts";

const source = { file: "a test" };

const wrong = (...procs: AnyProc<KernelState, World>[]): Design => ({
  ...linux73,
  id: "wrong",
  procs: () => Object.fromEntries(procs.map((proc) => [proc.name, proc])),
});

/** The blocked domain cannot be attached. */
export const blockingFails = wrong(
  define("arm_smmu_attach_dev_blocked", source, ["domain", "dev", "old_domain"], [], (b) => [
    b.return(ENOMEM, "return -ENOMEM"),
  ]),
);

/** Attaches without the group's mutex. */
export const unlocked = wrong(
  define("iommu_attach_group", source, ["domain", "group"], ["ret"], (b) => [
    b.call("__iommu_attach_group", (l) => [l.domain, l.group], "ret"),
    b.return((l) => l.ret, "return {ret}"),
  ]),
);

/** Blocks whatever it is told to, direct mappings or not. */
export const blocksDirect = wrong(
  define("__iommu_device_set_domain", source, ["group", "dev", "new_domain", "old_domain", "must"], ["ret"], (b) => [
    b.call("__iommu_attach_device", (l) => [l.new_domain, l.dev, l.old_domain], "ret"),
    b.return((l) => l.ret, "return {ret}"),
  ]),
);

/** An unmap that takes two mutexes the other way round than an attach. */
export const otherWayRound = wrong(
  define("iommu_unmap: void", source, ["domain"], [], (b) => [
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.lock("group_mutex", () => 1, "lock `group->mutex`"),
    b.unlock("group_mutex", () => 1, "unlock `group->mutex`"),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
  ]),
);

/** An unmap that takes a mutex inside a spinlock. */
export const sleepsInAtomic = wrong(
  define("iommu_unmap: void", source, ["domain"], [], (b) => [
    b.lock("devices_lock", (l) => l.domain, "lock `devices_lock` of {domain}"),
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    b.unlock("devices_lock", (l) => l.domain, "unlock `devices_lock`"),
  ]),
);

/** Stores the handle of a PASID first, and attaches then. */
export const handleFirst = wrong(
  define("iommu_attach_device_pasid", source, ["domain", "dev", "pasid"], ["group", "ret"], (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.step("`pasid_array[{pasid}]` := {domain}", (s, l) => {
      s.group[l.group].pasid_array[l.pasid] = l.domain;
    }),
    b.call("__iommu_set_group_pasid", (l) => [l.domain, l.group, l.pasid, 0], "ret"),
    ...unlockGroup(b, (l) => l.group),
    b.return((l) => l.ret, "return {ret}"),
  ]),
);

/** One reset a group: a second prepare is refused. It blocks nothing. */
export const oneAtATime = wrong(
  define("pci_dev_reset_iommu_prepare", source, ["dev"], ["group", "ret"], (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.step("is another device in recovery?", (s, l) => {
      l.ret = s.group[l.group].recovery_cnt++ === 0 ? 0 : EBUSY;
    }),
    ...prepareReturns(b),
  ]),
);

/** ATS stays on in the function, whatever its STE says. */
export const leavesAtsOn = wrong(
  define("pci_disable_ats: void", source, ["dev"], [], (b) => [
    b.step("`ats_enabled` := 0", (s, l) => void (s.pdev[l.dev].ats_enabled = 0)),
  ]),
);

/** Turns PASIDs off and on again once ATS is on. */
export const pasidAfterAts = wrong(
  define("pci_enable_ats", source, ["dev"], [], (b) => [
    b.step("set ATS Enable of {dev}", (s, l) => void (s.pdev[l.dev].ats_ctrl = s.pdev[l.dev].ats_enabled = 1)),
    b.step("clear PASID Enable of {dev}", (s, l) => void (s.pdev[l.dev].pasid_ctrl = 0)),
    b.step("set PASID Enable of {dev}", (s, l) => void (s.pdev[l.dev].pasid_ctrl = 1)),
    b.return(0, "return 0"),
  ]),
);

/** Detaches nothing, and takes the CD table away from under the PASIDs. */
export const forgetsSsids = wrong(
  define("arm_smmu_attach_dev_ste: void", source, ["dev", "domain", "old_domain", "Config", "s1dss"], [], (b) => [
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.call("arm_smmu_install_ste_for_dev", (l) => [l.dev, l.Config, 0, 0, 0]),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
  ]),
);

/** Writes the target as it is, qword by qword, without V going to 0. */
export const storesInOrder = wrong(
  define("arm_smmu_write_entry: void", source, ["dev", "stream", "ssid", "target"], [], (b) => [
    b.call("entry_set", (l, w) => {
      const [v0, v1, v2, v3] = entriesOfWritten(w, l).target(l.target);
      return [l.dev, l.stream, l.ssid, v0, v1, v2, l.stream > 0 ? v3 : -1];
    }),
  ]),
);

/** Lets everything through between two domains. */
export const bypassesBetween = wrong(
  define("arm_smmu_write_ste: void", source, ["dev", "stream", "target"], [], (b) => [
    b.call("arm_smmu_write_entry", (l, w) => [
      l.dev,
      l.stream,
      0,
      w.ste[l.stream]?.entries.number(steKey(CFG_BYPASS, 0, 0, 0)) ?? 0,
    ]),
    b.call("arm_smmu_write_entry", (l) => [l.dev, l.stream, 0, l.target]),
  ]),
);

/** A write to a function's `reset_method`, which asks its methods. */
const reset_store = define("reset_store", source, ["dev"], [], (b) => [
  b.call("reset_method_store", (l) => [l.dev]),
  b.return(0, "return 0"),
]);

export const asksOnly = wrong(
  reset_store,
  define("reset_method_store: void", source, ["dev"], [], (b) => [
    b.step("look at the function's capabilities", () => {}),
  ]),
);

/** As `__pci_dev_specific_reset` (drivers/pci/quirks.c) and `pci_reset_bus_function` (drivers/pci/pci.c) of 7.3 ask. */
export const docksToAsk = wrong(
  reset_store,
  define("reset_method_store: void", source, ["dev"], ["ret"], (b) => [
    b.call("pci_dev_reset_iommu_prepare", (l) => [l.dev], "ret"),
    b.step("look at the function's capabilities", () => {}),
    b.call("pci_dev_reset_iommu_done", (l) => [l.dev]),
  ]),
);

/** Reads an array without its lock: a detach does not wait for it. */
export const readsUnlocked = wrong(
  define("arm_smmu_domain_inv_range: void", source, ["domain", "size"], ["array"], (b) => [
    b.step("load `invs` of {domain}", (s, l) => {
      l.array = rcuRead(s, l.domain);
    }),
    b.call("__arm_smmu_domain_inv_range", (l) => [l.domain, l.array, l.size]),
    b.step("rcu_read_unlock", (s, l, w) => rcuUnlock(s, w, l.domain, l.array)),
  ]),
);

/** Drops the merged array instead of publishing it. */
export const publishesNothing = wrong(
  define("arm_smmu_install_new_domain_invs: void", source, ["domain"], [], (b) => [
    b.step("free the merged array", (s) => unprepare(s)),
  ]),
);

/** Leaves the old domain's array as it is. */
export const keepsItems = wrong(
  define("arm_smmu_install_old_domain_invs: void", source, ["dev", "old_domain", "ssid"], [], (b) => [
    b.return(0, "nothing to do"),
  ]),
);

/** Takes the device from the old domain's array, and leaves its tag in the IOTLB. */
export const neverFlushes = wrong(
  define("arm_smmu_install_old_domain_invs: void", source, ["dev", "old_domain", "ssid"], ["array"], (b) => [
    b.when("does {old_domain} track nobody?", (l, w) => (w.invs.home[l.old_domain] ?? 0) === 0, [
      b.return(0, "nothing to do"),
    ]),
    b.step("one user less of each item", (s, l, w) => {
      l.array = s.domain[l.old_domain].invs;
      countDown(s, w, l.dev, l.old_domain, l.ssid);
      trim(s, w, l.array);
      purge(s, w, l.old_domain, l.array, 0);
    }),
  ]),
);

/** Sends ATC_INVs that no CMD_SYNC of their own follows. */
export const sendsUnsynced = wrong(
  define("arm_smmu_atc_inv_master: void", source, ["dev", "ssid"], [], (b) => [
    b.call("arm_smmu_cmdq_issue_cmd", (l, w) => [smmuOf(w, l.dev), CMD.ATC_INV_ALL, firstStream(w, l.dev), l.ssid, 0]),
  ]),
);

/** Clears the entry and tells nobody. */
export const unmapsOnly = wrong(
  define("iommu_unmap: void", source, ["domain"], [], (b) => [
    b.step("clear the page's entry in {domain}", (s, l) => {
      s.domain[l.domain].mapped = 0;
    }),
    b.ghost((s, l) => {
      s.domain[l.domain].unmapped = 1;
    }),
  ]),
);
