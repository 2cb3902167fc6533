/**
 * "Attach but really don't": design (d), the core passes a flag, and the driver does all but the STE.
 *
 * Voiced by Jason Gunthorpe, "Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev", 2025-10-27,
 * 20251027232640.GE1018328@nvidia.com. Never posted. What follows is the difference to `linux-6.17`, whose driver is the
 * one of that month; what it shares with `driver-suspend` stands in `suspend.ts`.
 */
import { patch } from "../../sim/proc.ts";
import type { Design } from "../design.ts";
import { core } from "../iommu.ts";
import { groupOf, lockGroup, noIommu } from "../iommu-group.ts";
import { doneReturns, prepareReturns } from "../iommu-reset.ts";
import { define } from "../structs.ts";
import { linux617 } from "./linux-6.17.ts";
import { ofArrays } from "./shared.ts";
import { openInBoth, suspending } from "./suspend.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As it was voiced on 2025-10-27." };

/** The flag goes along with every attach; the driver keeps the last one. */
const attach_dev = patch(core["ops->attach_dev"], { ...core["ops->attach_dev"].source, ...iommu }, (b) => [
  {
    at: "old",
    how: "instead",
    nodes: [
      b.if("is {dev} `pending_reset`, so that the attach is a fake one?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.step("the driver takes the flag", (s, l) => {
          if (s.master[l.dev].suspended === 0) s.master[l.dev].suspended = 1;
        }),
      ]),
    ],
  },
  {
    at: "returned",
    how: "before",
    nodes: [
      b.step("the flag stays with {dev} if the fake attach worked", (s, l) => {
        const master = s.master[l.dev];
        if (master.suspended === 1) master.suspended = l.ret === 0 ? 2 : 0;
      }),
    ],
  },
]);

const iommu_dev_reset_prepare = define("iommu_dev_reset_prepare", iommu, ["dev"], ["group", "ret", "domain"], (b) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  noIommu(b),
  ...lockGroup(b, (l) => l.group),
  b.step("{dev} `pending_reset` := true; `group->domain` is {domain}", (s, l) => {
    s.gdev[l.dev].pending_reset = 1;
    l.domain = s.group[l.group].domain;
  }),
  b.when("is there one?", (l) => l.domain !== 0, [
    b.call(
      "__iommu_attach_device",
      (l) => [l.domain, l.dev, l.domain],
      "ret",
      "attach {domain} to {dev} once more, but not really",
    ),
  ]),
  b.when("did it fail?", (l) => l.ret !== 0, [
    b.step("{dev} `pending_reset` := false", (s, l) => {
      s.gdev[l.dev].pending_reset = 0;
    }),
  ]),
  ...prepareReturns(b),
]);

const iommu_dev_reset_done = define("iommu_dev_reset_done: void", iommu, ["dev"], ["group"], (b) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  noIommu(b),
  ...lockGroup(b, (l) => l.group),
  b.step("{dev} `pending_reset` := false", (s, l) => {
    s.gdev[l.dev].pending_reset = 0;
  }),
  b.call("arm_smmu_reset_done", (l) => [l.dev], null, "what is attached, really: `arm_smmu_reset_done`"),
  ...doneReturns(b),
]);

export const fakeAttach: Design = {
  ...linux617,
  id: "fake-attach",
  grewFrom: "linux-6.17",
  title: "attach but really don't",
  about:
    "Voiced. During a reset the core passes a flag with every attach: the driver checks, tracks and builds everything, and only the " +
    "STE is forced to abort. Done makes the STE real.",
  source:
    "Jason Gunthorpe, Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev, 2025-10-27, " +
    "<20251027232640.GE1018328@nvidia.com>. Never posted as code.",
  open: [
    "Prepare attaches `group->domain` once more with the flag. That is a whole attach, with its checks and allocations: where it " +
      "fails, so does prepare, and there is no reset.",
    "The PASIDs are not attached once more: their CDs and their places on the lists stay as they are.",
    ...openInBoth,
    "`attach_dev` is passed the old domain, as in the tree of that month; the rest is as in Linux 6.17.",
  ],
  procs: () => ({ ...suspending, "ops->attach_dev": attach_dev, iommu_dev_reset_prepare, iommu_dev_reset_done }),
  notApplicable: ["I-TEST", "I-TEST2", "I-CNT", ...ofArrays],
  docked: (s, _w, device) => s.gdev[device].pending_reset === 1,
  dockedFlag: "pending_reset",
  gdevFields: ["pending_reset"],
  doneProc: "iommu_dev_reset_done",
};
