/** Questions about what a test can promise, and about who is in a reset. */
import type { Mail, Story } from "./story.ts";

const RESET = "set Initiate FLR";
const series = "[PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev";

const jason = (subject: string, date: string, id: string): Mail => ({ from: "Jason Gunthorpe", subject, date, id });
const kevin = (subject: string, date: string, id: string): Mail => ({
  from: "Kevin Tian",
  subject,
  date,
  id: `${id}@BN9PR11MB5276.namprd11.prod.outlook.com`,
});

const docked = {
  cpu: 1,
  to: RESET,
  say: "CPU1 resets the function. Prepare has docked it: the RID is blocked, PASID 1 is gone, used_ssids is 0.",
};

export const early: readonly Story[] = [
  {
    id: "tested-then-not",
    question:
      "A test says that no S1 PASID is installed for an S2 attach: can user space make that inconsistent during the FLR?",
    asked: [jason(`Re: ${series}`, "2025-10-20", "20251020163231.GX316284@nvidia.com")],
    answer:
      "Yes, in this model. Prepare docks PASID 1, so used_ssids falls to 0 while pasid_array still holds D1. A replace of the RID with a stage 2 domain " +
      "is tested against that, passes, and is recorded. At done the STE becomes stage 2; then PASID 1 is put back, arm_smmu_update_ste WARNs and " +
      "overwrites it with a CD table whose RID is terminated: the RID leads nowhere. With the test made again at done it is PASID 1 that is lost. " +
      "linux-7.3 refuses the replace with -EBUSY. Through iommufd the replace is refused before it comes to the core, with -EINVAL.",
    assumed:
      "The replace is the exported API, called by some driver: not shown reachable from user space. Nothing is made to fail.",
    runs: [
      {
        scenario: "used-ssids",
        design: "test-dev-v1",
        title: "tested, recorded, and overwritten at done",
        breaks: ["I-GROUP", "I-WARN", "I-USERWARN", "I-RESTORE", "I-REPORT"],
        moves: [
          docked,
          { cpu: 0, say: "CPU0 replaces the RID's domain with D2. The test saw used_ssids 0, so it is accepted: 0." },
          { cpu: 1, to: "write STE", say: "Done attaches D2: a stage 2 STE." },
          { cpu: 1, say: "Done puts PASID 1 back, over that STE, with a WARN. The RID leads nowhere." },
        ],
      },
      {
        scenario: "used-ssids",
        design: "test-dev-v1",
        options: { retest: "yes" },
        title: "with the test made again at done",
        breaks: ["I-GROUP", "I-WARN", "I-USERWARN", "I-RESTORE"],
        moves: [
          docked,
          { cpu: 0, say: "CPU0's replace is accepted as before." },
          { cpu: 1, say: "Done tests PASID 1 again, finds an S2 RID, and leaves it: PASID 1 is lost, with a WARN." },
        ],
      },
      {
        scenario: "used-ssids",
        design: "linux-7.3",
        title: "refused",
        breaks: ["I-PASIDORD"],
        moves: [
          docked,
          { cpu: 0, say: "The replace gets -EBUSY: recovery_cnt is above 0." },
          { cpu: 1, say: "Done puts D0 and PASID 1 back. Nothing is lost." },
        ],
      },
    ],
    row: { scenario: "used-ssids", property: "I-RESTORE" },
  },
  {
    id: "which-gaps",
    question:
      "It reduces the problems, but enough gaps remain: which ones, design by design? With a fake attach, can the switch to the real STE still fail?",
    asked: [jason(`Re: ${series}`, "2025-10-27", "20251027232640.GE1018328@nvidia.com")],
    answer:
      "For the thread's own case: what records an attach untested (v2, v3), or tested against a docked driver (test_dev v1, tested again at done or not, parked or " +
      "not), answers 0 and loses the RID or PASID 1. What tests against the logical state (CD copy, fake attach, driver suspend) refuses it at once; v4, 7.0 and " +
      "7.3 refuse every change, RFC v1 and waiting let the caller sleep. With a fake attach the switch at done allocates nothing and checks nothing; in no run " +
      "searched does it lose anything, also when the process of an SVA bond exits meanwhile. What it leaves: an unmap that is under way may still send its " +
      "ATC_INV into the reset (I-NOATC).",
    assumed:
      "One schedule: the replace comes while the function is in its FLR, by a driver's call. All runs stand in the matrix. Fake attach and driver suspend were never posted.",
    runs: [
      {
        scenario: "used-ssids",
        design: "fake-attach",
        title: "fake attach: refused by what is tracked",
        breaks: ["I-PASIDORD"],
        moves: [
          { cpu: 1, to: RESET, say: "The STE aborts. CDs, used_ssids and the devices lists are as they were." },
          { cpu: 0, say: "The replace meets used_ssids 1: -EBUSY, as without a reset." },
          { cpu: 1, say: "Done writes the STE that is tracked. Nothing is lost." },
        ],
      },
      {
        scenario: "sva-exit",
        design: "fake-attach",
        title: "fake attach: the process exits meanwhile",
        breaks: ["I-PASIDORD"],
        moves: [
          { cpu: 1, to: RESET, say: "The STE aborts; the PASID's CD is still there, and so is its place on the list." },
          { cpu: 0, say: "The process exits: its CD stops every walk, EPD0." },
          { cpu: 1, say: "Done writes the STE. No attach is made, so that none can fail." },
        ],
      },
      {
        scenario: "used-ssids",
        design: "park-in-blocking",
        title: "parked: no WARN, and PASID 1 is lost",
        breaks: ["I-GROUP", "I-RESTORE"],
        moves: [
          docked,
          { cpu: 0, say: "The replace is tested against the docked driver and recorded: 0." },
          {
            cpu: 1,
            say: "Done attaches D2, finds that PASID 1 does not fit, and leaves it on blocking without a word.",
          },
        ],
      },
    ],
    row: { scenario: "used-ssids", property: "I-RESTORE" },
  },
  {
    id: "errors-after-the-test",
    question:
      "Which errors can attach_dev still return after its test passed, and how is an error at done reported to the one who asked?",
    asked: [
      kevin(
        "RE: [PATCH v1 02/20] iommu: Introduce a test_dev domain op and an internal helper",
        "2025-10-30",
        "BN9PR11MB5276D10BD480FE66881870B08CFBA",
      ),
    ],
    answer:
      "Besides -ENOMEM, two errors are left in this model, and time alone brings them about. arm_smmu_sva_set_dev_pasid returns -EINVAL when the process has " +
      "exited since the test; arm_smmu_attach_prepare_vmaster returns -ENOENT when the vDEVICE was destroyed since. Both also meet a device that merely returns " +
      "from a reset, in linux-7.3 as well: what was attached before cannot be attached again. Nobody who asked hears of it: done returns nothing, the WARN is " +
      "in the log, and the device, or the PASID, stays blocked while the core holds the domain. Only a design that refuses or waits has a caller left to tell.",
    assumed:
      "The process exits, or the vDEVICE is destroyed, by what user space may do. No allocation fails. VT-d's own errors are not modelled.",
    runs: [
      {
        scenario: "sva-exit",
        design: "linux-7.3",
        title: "the process exits while its function is in reset",
        breaks: ["I-WARN", "I-USERWARN"],
        moves: [
          { cpu: 1, to: RESET, say: "The function is docked for its reset." },
          { cpu: 0, say: "The process exits: mm_users is 0." },
          { cpu: 1, say: "Done: mmget_not_zero fails, -EINVAL, a WARN; PASID 1 leads nowhere." },
        ],
      },
      {
        scenario: "nested-vdevice",
        design: "test-dev-v1",
        title: "the vDEVICE is destroyed, then the function reset",
        breaks: ["I-WARN", "I-USERWARN", "I-RESTORE", "I-REPORT"],
        moves: [
          { cpu: 0, say: "The guest's own stage 1 is attached: the function is on N1." },
          { cpu: 2, say: "The user destroys the vDEVICE: nothing stops them." },
          {
            cpu: 1,
            say: "The reset docks the function; at done no vDEVICE is found, -ENOENT, a WARN, and it stays blocked.",
          },
        ],
      },
    ],
    row: { scenario: "sva-exit", property: "I-RESTORE" },
  },
  {
    id: "siblings-refused",
    question: "What does it cost to refuse attaches of the sibling devices of a group during a reset?",
    asked: [
      kevin(
        "RE: [PATCH v5 4/5] iommu: Introduce iommu_dev_reset_prepare() and iommu_dev_reset_done()",
        "2025-11-14",
        "BN9PR11MB527683978D304128441125C68CCAA",
      ),
    ],
    answer:
      "A retry. While one function of the group is in its reset, a replace of the group's domain gets -EBUSY in linux-7.3, and nothing has changed: both functions " +
      "stay as they were, and the sibling's DMA goes on through the old domain. After done the same request succeeds. Where attaches are recorded instead (v3), " +
      "the sibling is switched at once and the function in reset later, so that for the length of the reset the devices of one group translate differently, " +
      "and the caller has been told 0.",
    assumed: "The group's owner asks through iommufd, and resets through VFIO: reachable from user space.",
    runs: [
      {
        scenario: "two-devices",
        design: "linux-7.3",
        title: "refused, and asked again",
        breaks: ["I-PASIDORD"],
        moves: [
          { cpu: 1, to: RESET, say: "0000:04:00.0 is in its FLR; its sibling still translates through D0." },
          { cpu: 0, say: "The replace of the group gets -EBUSY, and nothing has changed." },
          { cpu: 1, say: "Done restores 0000:04:00.0." },
          {
            cpu: 3,
            start: { op: "replace", caller: "iommufd", group: "group 7", domain: "D1" },
            say: "Asked again, the same replace succeeds: both functions are on D1.",
          },
        ],
      },
      {
        scenario: "two-devices",
        design: "v3-defer",
        title: "recorded: the sibling goes ahead",
        breaks: ["I-GROUP", "I-OLD", "I-TRACK"],
        moves: [
          { cpu: 1, to: RESET, say: "0000:04:00.0 is in its FLR." },
          { cpu: 0, say: "The replace returns 0: the sibling is on D1, the function in reset is not." },
          { cpu: 1, say: "Done attaches D1 to the function as well." },
        ],
      },
    ],
    row: { scenario: "two-devices", property: "I-GROUP" },
  },
  {
    id: "no-downgrade",
    question: "Why is there no STE downgrade when the RID is on a DMA domain?",
    asked: [
      jason(
        "Re: [PATCH v3 3/5] iommu: Add iommu_get_domain_for_dev_locked() helper",
        "2025-08-21",
        "20250821131426.GN802098@nvidia.com",
      ),
    ],
    answer:
      "Because the STE needs the CD table all the same. While SSIDs are in use an identity RID is held by a CD table with S1DSS bypass, and a blocked one by S1DSS " +
      "terminate. When the last PASID goes, arm_smmu_blocking_set_dev_pasid attaches the RID's own domain again, to get back a bypass or an abort STE. A RID on a " +
      "stage 1 domain translates through CD 0 of the same table, with S1DSS SSID0: clearing the PASID's CD is enough, the STE is not touched, and in_ste stays 1.",
    assumed:
      "Detaching a PASID through iommufd is reachable from user space; beside an identity RID it is a driver's call.",
    runs: [
      {
        scenario: "used-ssids",
        design: "linux-7.3",
        title: "RID on a stage 1 domain",
        breaks: [],
        moves: [
          {
            cpu: 2,
            start: { op: "detach_pasid", caller: "iommufd", device: "0000:01:00.0", pasid: 1 },
            say: "PASID 1 is detached: CD 1 is cleared, the STE still points to the CD table for CD 0.",
          },
        ],
      },
      {
        scenario: "identity-pasid",
        design: "linux-7.3",
        title: "RID on identity",
        breaks: [],
        moves: [
          {
            cpu: 0,
            to: "is no ssid in use any more?",
            say: "The last SSID is gone. The STE is still a CD table with S1DSS bypass.",
          },
          { cpu: 0, say: "Identity is attached again: a bypass STE, and ATS is off." },
        ],
      },
    ],
  },
  {
    id: "pasids-kept",
    question: "Does an FLR wipe the PASID configuration: are attachments kept, or started over?",
    asked: [
      jason(
        "Re: [PATCH RFC v1 1/2] iommu: Introduce iommu_dev_reset_prepare() and iommu_dev_reset_done()",
        "2025-06-10",
        "20250610164306.GJ543171@nvidia.com",
      ),
    ],
    answer:
      "The function forgets, the kernel does not. The FLR clears PASID Enable, ATS Enable and the ATC. pasid_array keeps its entries; prepare takes the CDs away and " +
      "done writes them again and enables ATS. Only then pci_restore_state sets PASID Enable, beside an ATS Enable that is set already (the comment in " +
      "arm_smmu_probe_device asks for the other order), and bus master last, so that no request comes before both. In linux-7.3 the attachments after the reset " +
      "are those before it, or what a detach left of them.",
    assumed:
      "A reset through sysfs, which saves and restores: reachable from user space. Direct callers of pcie_flr restore nothing.",
    runs: [
      {
        scenario: "used-ssids",
        design: "linux-7.3",
        title: "through the whole reset",
        breaks: ["I-PASIDORD"],
        moves: [
          { cpu: 1, to: RESET, say: "PASID Enable, ATS Enable and the ATC are gone; pasid_array[1] still holds D1." },
          {
            cpu: 1,
            to: "recovery_cnt - 1",
            say: "Done has written CD 1 again, and ATS Enable is set. PASID Enable is still off.",
          },
          { cpu: 1, say: "pci_restore_state set PASID Enable, then bus master." },
        ],
      },
    ],
    row: { scenario: "used-ssids", property: "I-RESTORE" },
  },
  {
    id: "per-device",
    question: "Is prepare/done per device or per group?",
    asked: [
      {
        from: "Nicolin Chen",
        subject:
          "iommu: Fix nested pci_dev_reset_iommu_prepare/done(), as queued for 7.0.y; reviewed in March and April 2026",
        date: "2026-05-20",
        id: "20260520162213.728055130@linuxfoundation.org",
      },
    ],
    answer:
      "As landed in 7.0 per group, since then per device with a count in the group. In linux-7.0 resetting_domain belongs to the group: the second prepare WARNs, returns " +
      "-EBUSY, and that function is not reset at all. In linux-7.3 each group_device has blocked and reset_depth: both resets go on side by side, either may end " +
      "first, and done of one leaves the other blocked. What stays per group is recovery_cnt, the fence for attaches: no member may change its domain until " +
      "every one has recovered.",
    assumed:
      "Both functions are reset through VFIO, which takes no bridge lock: reachable from user space. Through sysfs two functions below one bridge do not overlap.",
    runs: [
      {
        scenario: "two-devices",
        design: "linux-7.0",
        title: "per group: the second reset is refused",
        breaks: ["I-OLD", "I-WARN", "I-INDEP", "I-TRACK"],
        moves: [
          { cpu: 1, to: RESET, say: "0000:04:00.0 is in its FLR: resetting_domain of the group is set." },
          { cpu: 2, say: "Prepare of its sibling: a WARN, -EBUSY, no reset." },
          { cpu: 1, say: "The first reset ends as it should." },
        ],
      },
      {
        scenario: "two-devices",
        design: "linux-7.3",
        title: "per device: side by side",
        breaks: ["I-PASIDORD"],
        moves: [
          { cpu: 1, to: RESET, say: "0000:04:00.0 is blocked, recovery_cnt is 1." },
          { cpu: 2, to: RESET, say: "So is its sibling, recovery_cnt is 2." },
          { cpu: 1, say: "The first comes back. The other one stays blocked, recovery_cnt is 1." },
          { cpu: 2, say: "Both are restored." },
        ],
      },
    ],
    row: { scenario: "two-devices", property: "I-INDEP" },
  },
];
