/**
 * Linux 7.3: design (i), -EBUSY with a `blocked` flag, a nesting depth and a count of devices in recovery.
 *
 * The tables of `iommu.ts`, `arm-smmu-v3.ts`, `pci.ts` and `iommufd.ts` are this kernel; there is no difference to list.
 */
import type { Design } from "../design.ts";

export const linux73: Design = {
  id: "linux-7.3",
  grewFrom: "linux-7.0",
  title: "Linux 7.3",
  about:
    "Landed. While a device of a group is in a reset, attaches and replaces of the group get -EBUSY; what must succeed goes " +
    "through and leaves the device alone until `pci_dev_reset_iommu_done`.",
  source:
    "Linux 7.3.4. c279e83953d9 (v7.0) with b296ca1fb43a, 5474e6e17a26, 1615e8896a8f, 0d5fd7a9323c, fc3523b16d2b, " +
    "15dd29ca6206 and 834ab85aa966 (7.0.10).",
  driver:
    "The SMMUv3 driver of 7.3 with its invalidation arrays: RCU, users and trash, one rwlock each. The devices list is there as well.",
  open: ["An unref counts all of its items down in one step; in C a reader can come in between."],
  options: [],
  procs: () => ({}),
  notApplicable: ["I-TEST", "I-TEST2"],
  docked: (s, _w, device) => s.gdev[device].blocked === 1,
  dockedFlag: "blocked",
  groupFields: ["recovery_cnt"],
  gdevFields: ["blocked", "reset_depth"],
  doneProc: "pci_dev_reset_iommu_done",
};
