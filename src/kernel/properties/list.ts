/** All properties, in the order in which they are shown. */
import { iBlockSafe, iLock, iOld, iOldHelper, iRmr, iTest } from "./callbacks.ts";
import { iEbusy, iGroup, iNoFail, iRevert } from "./calls.ts";
import { held, type Property, silent } from "./finding.ts";
import {
  iBothInvCommit,
  iBothInvPrepared,
  iNoAtcAfterDone,
  iNoAtcAfterSent,
  iNoAtcAfterTaken,
  iNoFailInv,
  iStale,
  iSync,
  iTag,
  iTrack,
} from "./invalidation.ts";
import { iAtsOrd, iAtsReq, iHitless, iHitlessHeld, iPasidOrd, iSsid, iTwoDom } from "./entries.ts";
import { iDeadlock, iReport } from "./quiescence.ts";
import { iIndepDone, iIndepPrepare, iNestDone, iNestPrepare, iResetOk, iTest2 } from "./resets.ts";
import { iBlock, iCnt, iLive, iNoAtc, iOops, iRestore } from "./states.ts";
import { iIso, iPri, iProbe, iSleep } from "./steps.ts";

export const judged: readonly Property[] = [
  {
    id: "I-TEST",
    sentence: "What passed its test fails to attach only for want of memory or space.",
    moment: "return of a driver callback, in the critical section of the test",
    judges: [{ at: "callback_return", judge: iTest }],
  },
  {
    id: "I-TEST2",
    sentence: "What a caller was told is attached during a reset does not fail at done.",
    moment: "at done, for each domain put back; out of memory and superseded domains excepted",
    judges: [{ at: "applied", judge: iTest2 }],
  },
  {
    id: "I-USERWARN",
    sentence: "No domain that a user picks may end in a WARN at done.",
    moment: "each WARN inside done, in a run without allocation failure",
    judges: [
      { at: "warn", judge: () => silent },
      { at: "done_return", judge: (s) => (s.bound.failed === 0 ? held : silent) },
    ],
  },
  {
    id: "I-REPORT",
    sentence: "A call that returned 0 has attached its domain in the end.",
    moment: "when no thread can step, for the run's last successful request of each PASID that was not undone",
    judges: [{ at: "quiescence", judge: iReport }],
  },
  {
    id: "I-BLOCK",
    sentence: "A function in reset reaches no domain, neither with its RID nor with any PASID.",
    moment: "every state, while a function with ATS is in reset",
    judges: [{ at: "state", judge: iBlock }],
  },
  {
    id: "I-NOATC",
    sentence: "No ATC invalidation is sent to, or outstanding at, a function in reset.",
    moment: "every state, while a function is in reset",
    judges: [{ at: "state", judge: iNoAtc }],
  },
  {
    id: "I-NOATCAFTER",
    sentence: "Once a domain is detached, none of its ATC invalidations goes to the function any more.",
    moment: "each ATC_INV of an unmap as it is sent, and as its CMD_SYNC is complete",
    judges: [
      { at: "command", judge: iNoAtcAfterSent },
      { at: "taken", judge: iNoAtcAfterTaken },
      { at: "atc_done", judge: iNoAtcAfterDone },
    ],
  },
  {
    id: "I-BOTHINV",
    sentence: "While a function is switched, unmaps of the old and of the new domain reach its ATC.",
    moment: "end of `arm_smmu_attach_prepare` and start of `arm_smmu_attach_commit`, where ATS is on and stays on",
    judges: [
      { at: "attach_prepared", judge: iBothInvPrepared },
      { at: "attach_commit", judge: iBothInvCommit },
    ],
  },
  {
    id: "I-NOFAILINV",
    sentence: "An attach that returns 0 has swapped the invalidation arrays, whatever memory there was.",
    moment: "return of a driver callback with 0, in designs whose driver has the arrays",
    judges: [{ at: "callback_return", judge: iNoFailInv }],
  },
  {
    id: "I-TAG",
    sentence: "An ASID or VMID that no invalidation array has is not in the IOTLB.",
    moment: "each time `arm_smmu_asid_lock` is given back, in designs whose driver has the arrays",
    judges: [{ at: "asid lock released", judge: iTag }],
  },
  {
    id: "I-SYNC",
    sentence: "The CMD_SYNC after an ATC_INV is the one of its own batch.",
    moment: "each CMD_SYNC that an SMMU takes; only in worlds whose SMMUs take their commands by themselves",
    judges: [{ at: "taken", judge: iSync }],
  },
  {
    id: "I-STALE",
    sentence: "Once an unmap has returned, no function can use the page, from its ATC or by the TLB.",
    moment: "every state, once the page of a domain was unmapped; the TLB in worlds whose SMMUs hold copies",
    judges: [{ at: "state", judge: iStale }],
  },
  {
    id: "I-TRACK",
    sentence: "What the driver tracks of a function is what is attached to it.",
    moment: "each time `group->mutex` is given back, for the devices of the group",
    judges: [{ at: "group mutex released", judge: iTrack }],
  },
  {
    id: "I-ATSREQ",
    sentence: "A translation request of a function in reset is refused.",
    moment: "every state, while a function with ATS is in reset",
    judges: [{ at: "state", judge: iAtsReq }],
  },
  {
    id: "I-ATSORD",
    sentence: "While ATS is on in the function its STE answers translation requests.",
    moment: "after the last sync of an STE, where ATS Enable is set",
    judges: [{ at: "ste_written", judge: iAtsOrd }],
  },
  {
    id: "I-PASIDORD",
    sentence: "PASID Enable does not change while ATS Enable is set.",
    moment: "each step that changes PASID Enable, but for the reset itself",
    judges: [{ at: "change", judge: iPasidOrd }],
  },
  {
    id: "I-SSID",
    sentence: "While an ssid is in use the STE points to the CD table.",
    moment: "each time `arm_smmu_asid_lock` is given back, for functions that the kernel has not docked",
    judges: [{ at: "asid lock released", judge: iSsid }],
  },
  {
    id: "I-HITLESS",
    sentence:
      "No store leaves an entry that is valid and means something that nobody asked for; what is written is what the SMMU goes by.",
    moment:
      "after each store into an STE or a CD; after its last sync, of what the SMMU holds of it, in worlds whose SMMUs hold copies",
    judges: [
      { at: "stored", judge: iHitless },
      { at: "written", judge: iHitlessHeld },
    ],
  },
  {
    id: "I-2DOM",
    sentence: "While a group's domain is switched its DMA reaches the old one or the new one, or nothing.",
    moment: "each step of the thread that switches it, for the RIDs of the group",
    judges: [{ at: "step", judge: iTwoDom }],
  },
  {
    id: "I-RESTORE",
    sentence: "Outside a reset the tables agree with `group->domain` and `pasid_array`.",
    moment:
      "whenever `group->mutex` is free, for devices neither in reset nor between a successful prepare and its done, where " +
      "they are docked on purpose",
    judges: [{ at: "mutex free", judge: iRestore }],
  },
  {
    id: "I-OLD",
    sentence: "The old domain that a callback is told is the one that the driver really has.",
    moment: "entry of a driver callback; and what `iommu_driver_get_domain_for_dev` answers, in kernels that have it",
    judges: [
      { at: "callback", judge: iOld },
      { at: "driver_domain", judge: iOldHelper },
    ],
  },
  {
    id: "I-LOCK",
    sentence: "The driver is called with the group's mutex held.",
    moment: "entry of `attach_dev`, `set_dev_pasid` and `test_dev`",
    judges: [
      { at: "callback", judge: iLock },
      { at: "test", judge: iLock },
    ],
  },
  {
    id: "I-RMR",
    sentence: "No attach blocks a device that needs its direct mappings; a reset may.",
    moment: "entry of `attach_dev`, for a device with `require_direct`, outside its own reset",
    judges: [{ at: "callback", judge: iRmr }],
  },
  {
    id: "I-BLOCKSAFE",
    sentence: "Attaching the blocking domain does not fail.",
    moment: "return of a driver callback",
    judges: [{ at: "callback_return", judge: iBlockSafe }],
  },
  {
    id: "I-EBUSY",
    sentence: "A call that gets -EBUSY has changed nothing.",
    moment: "return of the call, against the values at its own mutex_lock",
    judges: [{ at: "call_return", judge: iEbusy }],
  },
  {
    id: "I-GROUP",
    sentence: "While a device of a group recovers, nothing that may fail changes the group's domains.",
    moment: "return of a call other than a detach, where a device of the group recovers at its mutex_lock and still",
    judges: [{ at: "call_return", judge: iGroup }],
  },
  {
    id: "I-NOFAIL",
    sentence: "A detach does not fail, and `group->domain` moves on.",
    moment: "return of `__iommu_group_set_domain_nofail`",
    judges: [{ at: "nofail_return", judge: iNoFail }],
  },
  {
    id: "I-REVERT",
    sentence: "A switch that fails leaves every device of the group on the old domain.",
    moment: "return of the failed switch, for a RID or a PASID; docked devices excepted",
    judges: [{ at: "switch_failed", judge: iRevert }],
  },
  {
    id: "I-PRI",
    sentence: "No domain shows in `pasid_array` before it is attached.",
    moment: "each step that makes an entry visible, for each device that the kernel has not docked",
    judges: [{ at: "change", judge: iPri }],
  },
  {
    id: "I-LIVE",
    sentence: "Neither the core nor the driver nor the tables refer to a freed domain.",
    moment: "every state, once a domain is freed",
    judges: [{ at: "state", judge: iLive }],
  },
  {
    id: "I-NEST",
    sentence: "Prepares nest: an inner one returns 0, and only the outermost pair changes what the device reaches.",
    moment: "return of prepare and of done",
    judges: [
      { at: "prepare_return", judge: iNestPrepare },
      { at: "done_return", judge: iNestDone },
    ],
  },
  {
    id: "I-INDEP",
    sentence: "Resets of two devices of a group do not get in each other's way.",
    moment: "return of prepare, which succeeds, and of done, which leaves the other device blocked",
    judges: [
      { at: "prepare_return", judge: iIndepPrepare },
      { at: "done_return", judge: iIndepDone },
    ],
  },
  {
    id: "I-ISO",
    sentence: "Resetting a device changes what no other device reaches.",
    moment: "each step of a thread inside a reset, for devices with StreamIDs of their own",
    judges: [{ at: "change", judge: iIso }],
  },
  {
    id: "I-RESETOK",
    sentence: "After a reset that failed the device stays blocked.",
    moment: "return of done, after a failed reset",
    judges: [{ at: "done_return", judge: iResetOk }],
  },
  {
    id: "I-PROBE",
    sentence: "Asking whether a device can be reset changes nothing for it.",
    moment: "each step of a thread that asks, as a write to the reset_method file does",
    judges: [{ at: "change", judge: iProbe }],
  },
  {
    id: "I-CNT",
    sentence: "`recovery_cnt` counts the blocked devices of the group.",
    moment: "whenever `group->mutex` is free",
    judges: [{ at: "mutex free", judge: iCnt }],
  },
  {
    id: "I-WARN",
    sentence: "No WARN is reached.",
    moment: "every WARN, once a driver callback was called",
    judges: [
      { at: "warn", judge: () => silent },
      { at: "callback", judge: () => held },
    ],
  },
  {
    id: "I-SLEEP",
    sentence: "Nobody sleeps while holding a spinlock.",
    moment: "each statement inside a spinlock or rwlock: it takes no mutex and allocates nothing that may fail",
    judges: [{ at: "step", judge: iSleep }],
  },
  {
    id: "I-DEADLOCK",
    sentence: "No thread waits for ever.",
    moment: "when no thread can step, with two threads or more",
    judges: [{ at: "quiescence", judge: iDeadlock }],
  },
  {
    id: "I-OOPS",
    sentence: "No call and no load goes through NULL or a freed object.",
    moment: "every state, once a driver callback was called",
    judges: [
      { at: "step", judge: iOops },
      { at: "callback", judge: () => held },
    ],
  },
];
