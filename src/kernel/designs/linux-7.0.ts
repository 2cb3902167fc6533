/**
 * Linux 7.0: design (h), -EBUSY for the whole group while `resetting_domain` is set.
 *
 * c279e83953d9, "iommu: Introduce pci_dev_reset_iommu_prepare/done()", v8 of 2025-12-15 (PATCH v8 0/5), applied
 * 2026-01-10. What follows is the difference to Linux 7.3, which fixed it in seven commits.
 */
import { patch } from "../../sim/proc.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import type { Design } from "../design.ts";
import { core } from "../iommu.ts";
import { groupOf, lockGroup, noIommu } from "../iommu-group.ts";
import { dockPasids, dockRid, doneReturns, eachPasid, prepareReturns } from "../iommu-reset.ts";
import { __iommu_remove_group_pasid, ofArrays } from "./shared.ts";
import { DOMAIN_BLOCKED, define, EBUSY, IOMMU_NO_PASID } from "../structs.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As in 7.0." };

const __iommu_group_set_domain_internal = patch(core.__iommu_group_set_domain_internal, iommu, (b) => [
  {
    at: "fence",
    how: "instead",
    nodes: [
      b.if("is `resetting_domain` set?", (s, l) => s.group[l.group].resetting_domain !== 0, [
        b.return(EBUSY, "return -EBUSY: a device of the group is reset"),
      ]),
    ],
  },
  { at: "skip_blocked", how: "instead", nodes: [] },
]);

const iommu_deferred_attach = patch(core.iommu_deferred_attach, iommu, (b) => [
  {
    at: "gate",
    how: "instead",
    nodes: [
      b.if("is `resetting_domain` set?", (s, l) => s.group[l.group].resetting_domain !== 0, [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("unlock"),
      ]),
    ],
  },
]);

const iommu_attach_device_pasid = patch(core.iommu_attach_device_pasid, iommu, (b) => [
  {
    at: "fence",
    how: "instead",
    nodes: [
      b.if("is `resetting_domain` set?", (s, l) => s.group[l.group].resetting_domain !== 0, [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("out_unlock"),
      ]),
    ],
  },
]);

const iommu_replace_device_pasid = patch(core.iommu_replace_device_pasid, iommu, (b) => [
  {
    at: "fence",
    how: "instead",
    nodes: [
      b.if("is `resetting_domain` set?", (s, l) => s.group[l.group].resetting_domain !== 0, [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("out_unlock"),
      ]),
    ],
  },
]);

const iommu_driver_get_domain_for_dev = define("iommu_driver_get_domain_for_dev", iommu, ["dev"], ["domain"], (b) => [
  b.step("`resetting_domain` if it is set, else `group->domain`, so {domain}", (s, l, w) => {
    const group = s.group[groupOf(w, l.dev)];
    l.domain = group.resetting_domain !== 0 ? group.resetting_domain : group.domain;
  }),
  b.moment("driver_domain", (l) => [l.dev, l.domain]),
  b.return((l) => l.domain, "return {domain}"),
]);

const pci_dev_reset_iommu_prepare = define(
  "pci_dev_reset_iommu_prepare",
  iommu,
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when("has {dev} no ATS?", (l, w) => !(w.device[l.dev]?.ats ?? false), [b.return(0, "return 0: nothing to do")]),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.warnIf(
      "pci_dev_reset_iommu_prepare",
      "`resetting_domain` is set already",
      (s, l) => s.group[l.group].resetting_domain !== 0,
      [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("unlock"),
      ],
    ),
    b.call("__iommu_group_alloc_blocking_domain", (l) => [l.group], "ret"),
    dockRid(b, [b.goto("unlock")]),
    dockPasids(b),
    b.step("`resetting_domain` := `blocking_domain`", (s, l) => {
      s.group[l.group].resetting_domain = s.group[l.group].blocking_domain;
    }),
    b.label("unlock"),
    ...prepareReturns(b),
  ],
);

const pci_dev_reset_iommu_done = define(
  "pci_dev_reset_iommu_done: void",
  iommu,
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when("has {dev} no ATS?", (l, w) => !(w.device[l.dev]?.ats ?? false), [b.return(0, "nothing to do")]),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.if("is `resetting_domain` NULL?", (s, l) => s.group[l.group].resetting_domain === 0, [b.goto("unlock")]),
    b.warnIf(
      "pci_dev_reset_iommu_done: blocking_domain",
      "there is no `blocking_domain`",
      (s, l) => s.group[l.group].blocking_domain === 0,
      [b.goto("unlock")],
    ),
    b.if(
      "is `group->domain` not blocking?",
      (s, l) => {
        l.domain = s.group[l.group].domain;
        return l.domain !== s.group[l.group].blocking_domain;
      },
      [
        b.call(
          "__iommu_attach_device",
          (l) => [l.domain, l.dev, DOMAIN_BLOCKED],
          "ret",
          "attach `group->domain`, {domain}, to {dev} again",
        ),
        b.moment("applied", (l) => [l.dev, IOMMU_NO_PASID, l.domain, l.ret]),
        b.warnOn("pci_dev_reset_iommu_done: RID", "{domain} could not be attached to {dev}", (l) => l.ret !== 0),
      ],
    ),
    eachPasid(b, [
      b.call(
        "__iommu_set_group_pasid",
        (l) => [l.domain, l.group, l.pasid, DOMAIN_BLOCKED],
        "ret",
        "`__iommu_set_group_pasid`: {domain} to PASID {pasid} of the whole group again",
      ),
      b.moment("applied", (l) => [l.dev, l.pasid, l.domain, l.ret]),
      b.warnOn(
        "pci_dev_reset_iommu_done: PASID",
        "{domain} could not be attached to PASID {pasid} again",
        (l) => l.ret !== 0,
      ),
    ]),
    b.step("`resetting_domain` := NULL", (s, l) => {
      s.group[l.group].resetting_domain = 0;
    }),
    b.label("unlock"),
    ...doneReturns(b),
  ],
);

export const linux70: Design = {
  id: "linux-7.0",
  grewFrom: "v4-ebusy",
  title: "Linux 7.0",
  about:
    "Landed. While one device of a group is in a reset, the group's `resetting_domain` is set: every change of the group's " +
    "domain gets -EBUSY, even one that must succeed, and the whole group counts as blocked.",
  source:
    "c279e83953d9 and f5b16b802174 (v7.0): [PATCH v8 0/5] of 2025-12-15, applied 2026-01-10, " +
    "<u3763xmcq6tr5nnuye7jj7c74nxbboneylbgywvydjtuhlmxcu@ho7sf4z4u55l>.",
  driver:
    "The SMMUv3 driver of 7.3 taken back to the devices list: reconstructed. `arm_smmu_atc_inv_domain` submits its batch " +
    "after `devices_lock` is released, as in 6.12. What else changed in the driver between 7.0 and 7.3 is not undone.",
  open: [
    "Read from the posted v8 and the fixes on top of it, not from a tree of 7.0.",
    "That 7.0 has no invalidation arrays yet is an assumption: their series was at v6 on 2025-11-25, and no tree of 7.0 was read.",
    "Detaching a PASID is not gated: the driver's remove runs for a device in reset as well, as in the kernels before.",
  ],
  options: [],
  procs: () => ({
    ...beforeInvs,
    iommu_deferred_attach,
    __iommu_group_set_domain_internal,
    iommu_attach_device_pasid,
    iommu_replace_device_pasid,
    __iommu_remove_group_pasid,
    iommu_driver_get_domain_for_dev,
    pci_dev_reset_iommu_prepare,
    pci_dev_reset_iommu_done,
  }),
  notApplicable: ["I-TEST", "I-TEST2", "I-CNT", ...ofArrays],
  docked: (s, w, device) => s.group[w.device[device]?.group ?? 0].resetting_domain !== 0,
  dockedFlag: "resetting_domain",
  groupFields: ["resetting_domain"],
  gdevFields: [],
  doneProc: "pci_dev_reset_iommu_done",
};
