/**
 * RFC v1 of the reset series: design (b0), the group's mutex held from prepare to done.
 *
 * "[PATCH RFC v1 0/2] iommu&pci: Disable ATS during FLR resets", 2025-06-09, cover.1749494161.git.nicolinc@nvidia.com.
 * What follows is the difference to `linux-6.17`.
 */
import type { Design } from "../design.ts";
import { groupOf, lockGroup, noIommu, refuseDirect, requiresDirect } from "../iommu-group.ts";
import { dockPasids, doneEnds, doneReturns, eachPasid } from "../iommu-reset.ts";
import { functionResets } from "../pci.ts";
import { DOMAIN_BLOCKED, define, IOMMU_NO_PASID, type KernelState, type World } from "../structs.ts";
import { linux617 } from "./linux-6.17.ts";
import { ofArrays } from "./shared.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As RFC v1 of the reset series leaves it." };

export const onBlocked = (s: KernelState, w: World, group: number) =>
  w.domain[s.group[group].domain]?.type === "BLOCKED";

const iommu_dev_reset_prepare = define(
  "iommu_dev_reset_prepare",
  { ...iommu, note: `${iommu.note} It returns with \`group->mutex\` held.` },
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    noIommu(b),
    refuseDirect(b),
    ...lockGroup(b, (l) => l.group),
    b.if("is `group->domain` a blocked one?", (s, l, w) => onBlocked(s, w, l.group), [b.goto("docked")]),
    b.step("read `group->domain`: {domain}", (s, l) => {
      l.domain = s.group[l.group].domain;
    }),
    b.call(
      "__iommu_attach_device",
      (l) => [DOMAIN_BLOCKED, l.dev, l.domain],
      "ret",
      "attach `blocked_domain` to {dev}; `group->domain` stays {domain}",
    ),
    b.lock("xa_lock", (l) => l.group, "`xa_lock` of `pasid_array`"),
    dockPasids(b),
    b.unlock("xa_lock", (l) => l.group, "`xa_unlock` of `pasid_array`"),
    b.label("docked"),
    b.moment("prepare_return", (l) => [l.dev, l.ret]),
    b.ghost((s, l) => {
      s.gdev[l.dev].prepared++;
    }),
    b.return((l) => l.ret, "return {ret}, `group->mutex` held"),
  ],
);

const iommu_dev_reset_done = define(
  "iommu_dev_reset_done: void",
  { ...iommu, note: `${iommu.note} It is called with \`group->mutex\` held.` },
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    noIommu(b),
    b.when("", (l, w) => requiresDirect(w, l.dev), [
      b.warnOn("iommu_dev_reset_done: group->mutex", "`group->mutex` is not held, as lockdep sees it", () => true),
    ]),
    b.if("is `group->domain` a blocked one?", (s, l, w) => onBlocked(s, w, l.group), [b.goto("unlock")]),
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
        "__iommu_set_group_pasid",
        (l) => [l.domain, l.group, l.pasid, DOMAIN_BLOCKED],
        "ret",
        "`__iommu_set_group_pasid`: {domain} to PASID {pasid} of the whole group again",
      ),
      b.moment("applied", (l) => [l.dev, l.pasid, l.domain, l.ret]),
      b.warnOn(
        "iommu_dev_reset_done: PASID",
        "{domain} could not be attached to PASID {pasid} again",
        (l) => l.ret !== 0,
      ),
    ]),
    b.unlock("xa_lock", (l) => l.group, "`xa_unlock` of `pasid_array`"),
    b.label("unlock"),
    b.when("", (l, w) => requiresDirect(w, l.dev), [
      b.local("unlock `group->mutex`, which it does not hold: what that does is not modelled", () => {}),
      ...doneEnds(b),
      b.return(0, "return"),
    ]),
    ...doneReturns(b),
  ],
);

export const rfcV1HoldMutex: Design = {
  ...linux617,
  id: "rfc-v1-hold-mutex",
  grewFrom: "linux-6.17",
  title: "RFC v1, hold the mutex",
  about:
    "Posted. Prepare blocks the function and returns with `group->mutex` held; done puts the domains back and gives it up. " +
    "An attach meanwhile sleeps until then.",
  source:
    "[PATCH RFC v1 0/2] iommu&pci: Disable ATS during FLR resets, 2025-06-09, <cover.1749494161.git.nicolinc@nvidia.com>.",
  open: [
    "FLR only: `pcie_flr` and `pci_af_flr` call prepare and done, the other methods tell nobody.",
    "A RID that is blocked already ends prepare before the PASIDs are docked, as posted.",
    "`attach_dev` is passed no old domain: at done the callback asks `iommu_get_domain_for_dev`, gets the domain that it is to " +
      "attach, and takes the device from its list again.",
    "A device with RMRs makes prepare fail before it locks. `pcie_flr` only reports that, resets the function and calls done, " +
      "which WARNs that `group->mutex` is not held, attaches without it and unlocks it. That unlock, which may take the mutex " +
      "from somebody else, is not modelled. A driver without a blocked domain would be refused as well; no world has one.",
    "The array's spinlock is held while the driver's callbacks run, and those take mutexes: a sleep in atomic context.",
    "No flag says that a device is docked; the page counts from prepare to done.",
  ],
  procs: (options) => ({
    ...linux617.procs(options),
    ...functionResets({
      prepare: "iommu_dev_reset_prepare",
      done: "iommu_dev_reset_done",
      methods: ["pcie_flr", "pci_af_flr"],
      reportsOnly: true,
    }),
    iommu_dev_reset_prepare,
    iommu_dev_reset_done,
  }),
  notApplicable: ["I-TEST", "I-TEST2", "I-NEST", "I-INDEP", "I-CNT", ...ofArrays],
  docked: (s, _w, device) => s.gdev[device].prepared > 0,
  dockedFlag: "group->mutex",
  doneProc: "iommu_dev_reset_done",
};
