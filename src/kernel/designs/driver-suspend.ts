/**
 * Suspending in the driver: design (e), the core forwards prepare and done, the driver holds the STE back.
 *
 * Voiced by Nicolin Chen, "Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev", 2025-10-28,
 * aQBopHFub8wyQh5C@Asurada-Nvidia and aQO//+6/B/WbdK2h@Asurada-Nvidia. Never posted. What follows is the difference to
 * `linux-6.17`, whose driver is the one of that month; what it shares with `fake-attach` stands in `suspend.ts`.
 */
import type { Design } from "../design.ts";
import { groupOf, lockGroup, noIommu, unlockGroup } from "../iommu-group.ts";
import { doneReturns } from "../iommu-reset.ts";
import { define, IOMMU_NO_PASID } from "../structs.ts";
import { linux617 } from "./linux-6.17.ts";
import { ofArrays } from "./shared.ts";
import { openInBoth, suspending } from "./suspend.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As it was voiced in October 2025: it asks the driver." };
const smmu = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As it was voiced in October 2025." };

const arm_smmu_reset_prepare = define(
  "arm_smmu_reset_prepare: void",
  smmu,
  ["dev"],
  ["Config", "S1DSS", "EATS", "domain", "ats_enabled"],
  (b) => [
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.step("`suspended` := 1; read what the STE of {dev} is", (s, l) => {
      const master = s.master[l.dev];
      master.suspended = 1;
      l.Config = master.next_Config;
      l.S1DSS = master.next_S1DSS;
      l.EATS = master.next_EATS;
      l.domain = master.next_domain;
      l.ats_enabled = master.ats_enabled;
    }),
    b.when("is ATS on?", (l) => l.ats_enabled === 1, [b.call("pci_disable_ats", (l) => [l.dev])]),
    b.call(
      "arm_smmu_install_ste_for_dev",
      (l) => [l.dev, l.Config, l.S1DSS, l.EATS, l.domain],
      null,
      "an STE that aborts; what it was is kept",
    ),
    b.when("was ATS on?", (l) => l.ats_enabled === 1, [
      b.call("arm_smmu_atc_inv_master", (l) => [l.dev, IOMMU_NO_PASID], null, "`arm_smmu_atc_inv_master`: all of it"),
    ]),
    b.step("`suspended` of {dev} := 2", (s, l) => {
      s.master[l.dev].suspended = 2;
    }),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
  ],
);

const iommu_dev_reset_prepare = define("iommu_dev_reset_prepare", iommu, ["dev"], ["group"], (b) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  noIommu(b),
  ...lockGroup(b, (l) => l.group),
  b.call("arm_smmu_reset_prepare", (l) => [l.dev]),
  ...unlockGroup(b, (l) => l.group, [
    b.moment("prepare_return", (l) => [l.dev, 0]),
    b.ghost((s, l) => {
      s.gdev[l.dev].prepared++;
    }),
  ]),
  b.return(0, "return 0"),
]);

const iommu_dev_reset_done = define("iommu_dev_reset_done: void", iommu, ["dev"], ["group"], (b) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  noIommu(b),
  ...lockGroup(b, (l) => l.group),
  b.call("arm_smmu_reset_done", (l) => [l.dev]),
  ...doneReturns(b),
]);

export const driverSuspend: Design = {
  ...linux617,
  id: "driver-suspend",
  grewFrom: "linux-6.17",
  title: "suspend in the driver",
  about:
    "Voiced. The core forwards prepare and done to the driver, which makes the STE abort and leaves all else. An attach meanwhile " +
    "takes the normal path with all its checks, up to the last store of the STE, which done makes.",
  source:
    "Nicolin Chen, Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev, 2025-10-28, " +
    "<aQBopHFub8wyQh5C@Asurada-Nvidia> and <aQO//+6/B/WbdK2h@Asurada-Nvidia>. Never posted as code.",
  open: [
    "Prepare cannot fail: it needs no memory and asks nothing.",
    ...openInBoth,
    "`attach_dev` is passed the old domain, as in the tree of that month; the rest is as in Linux 6.17.",
  ],
  procs: () => ({ ...suspending, arm_smmu_reset_prepare, iommu_dev_reset_prepare, iommu_dev_reset_done }),
  notApplicable: ["I-TEST", "I-TEST2", "I-CNT", ...ofArrays],
  docked: (s, _w, device) => s.master[device].suspended === 2,
  dockedFlag: "suspended",
  doneProc: "iommu_dev_reset_done",
};
