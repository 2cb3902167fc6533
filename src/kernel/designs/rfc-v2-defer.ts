/**
 * RFC v2 of the reset series: design (b1), deferral with the flag set first.
 *
 * "[PATCH RFC v2 3/4] iommu: Introduce iommu_dev_reset_prepare() and iommu_dev_reset_done()", 2025-06-28,
 * 9042270b6c2d15a53e66d22d29b87c1c59e60669.1751096303.git.nicolinc@nvidia.com. What follows is the difference to v3.
 */
import { driver } from "../arm-smmu-v3.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import type { Design } from "../design.ts";
import { groupOf, lockGroup, noIommu, refuseDirect } from "../iommu-group.ts";
import { dockPasids, doneReturns, eachPasid, prepareReturns } from "../iommu-reset.ts";
import { DOMAIN_BLOCKED, define, IOMMU_NO_PASID } from "../structs.ts";
import { onBlocked } from "./rfc-v1-hold-mutex.ts";
import { asking, askingOld } from "./shared.ts";
import { pasidsOption, putBack, v3Defer, v3Procs } from "./v3-defer.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As RFC v2 of the reset series leaves it." };
const smmu = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As RFC v2 of the reset series leaves it." };

const iommu_dev_reset_prepare = define(
  "iommu_dev_reset_prepare",
  iommu,
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    noIommu(b),
    refuseDirect(b),
    ...lockGroup(b, (l) => l.group),
    b.step("{dev} `pending_reset` := true", (s, l) => {
      s.gdev[l.dev].pending_reset = 1;
    }),
    b.if("is `group->domain` a blocked one?", (s, l, w) => onBlocked(s, w, l.group), [b.goto("unlock")]),
    b.step("read `group->domain`: {domain}", (s, l) => {
      l.domain = s.group[l.group].domain;
    }),
    b.call(
      "__iommu_attach_device",
      (l) => [DOMAIN_BLOCKED, l.dev, l.domain],
      "ret",
      "attach `blocked_domain` to {dev}; `group->domain` stays {domain}",
    ),
    b.when("did it fail?", (l) => l.ret !== 0, [b.goto("unlock")]),
    b.lock("xa_lock", (l) => l.group, "`xa_lock` of `pasid_array`"),
    dockPasids(b),
    b.unlock("xa_lock", (l) => l.group, "`xa_unlock` of `pasid_array`"),
    b.label("unlock"),
    ...prepareReturns(b),
  ],
);

const iommu_dev_reset_done = define(
  "iommu_dev_reset_done: void",
  iommu,
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.warnIf(
      "iommu_dev_reset_done: unprepared",
      "{dev} is not `pending_reset`",
      (s, l) => s.gdev[l.dev].pending_reset === 0,
      [b.goto("unlock")],
    ),
    b.if("is `group->domain` a blocked one?", (s, l, w) => onBlocked(s, w, l.group), [b.goto("done")]),
    b.step("read `group->domain`: {domain}", (s, l) => {
      l.domain = s.group[l.group].domain;
    }),
    b.call(
      "__iommu_attach_device",
      (l) => [l.domain, l.dev, DOMAIN_BLOCKED],
      "ret",
      "attach `group->domain`, {domain}, to {dev} again",
    ),
    b.moment("applied", (l) => [l.dev, IOMMU_NO_PASID, l.domain, l.ret]),
    b.warnOn("iommu_dev_reset_done: RID", "{domain} could not be attached to {dev}", (l) => l.ret !== 0),
    b.lock("xa_lock", (l) => l.group, "`xa_lock` of `pasid_array`"),
    eachPasid(b, [
      b.call(
        "__iommu_set_group_pasid at done",
        (l) => [l.domain, l.group, l.pasid, l.dev],
        "ret",
        "`__iommu_set_group_pasid`: {domain} to PASID {pasid} again",
      ),
      b.warnOn(
        "iommu_dev_reset_done: PASID",
        "{domain} could not be attached to PASID {pasid} again",
        (l) => l.ret !== 0,
      ),
    ]),
    b.unlock("xa_lock", (l) => l.group, "`xa_unlock` of `pasid_array`"),
    b.label("done"),
    b.step("{dev} `pending_reset` := false", (s, l) => {
      s.gdev[l.dev].pending_reset = 0;
    }),
    b.label("unlock"),
    b.ghost((s, l, w) => {
      for (let p = 0; p < w.pasids; p++) s.gdev[l.dev].accepted[p] = 0;
    }),
    ...doneReturns(b),
  ],
);

export const rfcV2Defer: Design = {
  ...v3Defer,
  id: "rfc-v2-defer",
  grewFrom: "rfc-v1-hold-mutex",
  title: "RFC v2, defer",
  about:
    "Posted. The first version that defers: `pending_reset` is set before anything is docked, a RID that is blocked already " +
    "ends it there, and the PASIDs are docked under the spinlock of their array.",
  source:
    "[PATCH RFC v2 0/4] Disable ATS via iommu during PCI resets, 2025-06-28, <cover.1751096303.git.nicolinc@nvidia.com>; " +
    "prepare and done are patch 3.",
  open: [
    "Like v3, done would skip the PASIDs of the device itself as posted. An option plays it either way.",
    "`attach_dev` is passed no old domain: at done the callback asks `iommu_get_domain_for_dev`, gets the domain that it is to " +
      "attach, and takes the device from its list again. v3 brings a helper that knows better.",
    "A device with RMRs (`require_direct`) is refused by prepare, and so by every reset that calls it; v3 drops that.",
    "The array's spinlock is held while the driver's callbacks run, and those take mutexes: a sleep in atomic context.",
    "Secondary bus resets do not tell the IOMMU; those behind a CXL port do.",
  ],
  options: [pasidsOption],
  procs: (options) => ({
    ...v3Procs,
    ...putBack(false, options.pasids === "posted"),
    "ops->attach_dev": askingOld("iommu_get_domain_for_dev"),
    ...asking("iommu_get_domain_for_dev", { ...driver, ...beforeInvs }, smmu),
    iommu_dev_reset_prepare,
    iommu_dev_reset_done,
  }),
};
