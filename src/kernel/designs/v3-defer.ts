/**
 * v3 of the reset series: design (b2), deferral with the flag set last.
 *
 * "[PATCH v3 0/5] Disable ATS via iommu during PCI resets", 2025-08-11, cover.1754952762.git.nicolinc@nvidia.com. What
 * follows is the difference to Linux 7.3; `rfc-v2-defer` and `test-dev-v1` are built on it.
 */
import { patch } from "../../sim/proc.ts";
import { driver } from "../arm-smmu-v3.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import type { Design, DesignOption } from "../design.ts";
import { core } from "../iommu.ts";
import { groupOf, lockGroup, noIommu, unlisted } from "../iommu-group.ts";
import { dockPasids, dockRid, doneReturns, eachPasid, prepareReturns } from "../iommu-reset.ts";
import { functionResets, resetMethods } from "../pci.ts";
import { asking, askingOld, iommu_get_domain_for_dev, none, ofArrays } from "./shared.ts";
import { define, DOMAIN_BLOCKED, IOMMU_NO_PASID, maxPasids, nextDevice } from "../structs.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As v3 of the reset series leaves it." };
const smmu = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As v3 of the reset series leaves it." };

/** What the device is really on. */
const iommu_get_domain_for_dev_locked = define("iommu_get_domain_for_dev_locked", iommu, ["dev"], ["domain"], (b) => [
  b.step("{dev} `pending_reset` ? `blocking_domain` : `group->domain`, so {domain}", (s, l, w) => {
    const group = s.group[groupOf(w, l.dev)];
    l.domain = s.gdev[l.dev].pending_reset === 1 ? group.blocking_domain : group.domain;
  }),
  b.return((l) => l.domain, "return {domain}"),
]);

const __iommu_group_set_domain_internal = patch(core.__iommu_group_set_domain_internal, iommu, () => [
  none("fence"),
  none("skip_blocked"),
]);
const iommu_attach_device_pasid = patch(core.iommu_attach_device_pasid, iommu, () => [none("fence")]);
const iommu_replace_device_pasid = patch(core.iommu_replace_device_pasid, iommu, () => [none("fence")]);

const __iommu_device_set_domain = patch(core.__iommu_device_set_domain, iommu, (b) => [
  {
    at: "attach",
    how: "before",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.ghost((s, l) => {
          // a call that must succeed promises nothing: it supersedes, or goes back to what was promised before the call
          const gdev = s.gdev[l.dev];
          const promised = l.must === 0 || gdev.snap_accepted === l.new_domain;
          gdev.accepted[IOMMU_NO_PASID] = promised ? l.new_domain : 0;
        }),
        b.return(0, "return 0: left to done", "left_to_done"),
      ]),
    ],
  },
]);

const __iommu_set_group_pasid = patch(core.__iommu_set_group_pasid, iommu, (b) => [
  {
    at: "set",
    how: "before",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.ghost((s, l) => {
          s.gdev[l.dev].accepted[l.pasid] = l.domain;
        }),
        b.local("{dev} PASID {pasid} is left to done", () => {}, "left_to_done"),
        b.goto("left_to_done"),
      ]),
    ],
  },
  { at: "set", how: "after", nodes: [b.label("left_to_done")] },
]);

/** Left to done as well: the DMA map goes on, with nothing attached. */
const iommu_deferred_attach = patch(core.iommu_deferred_attach, iommu, (b) => [
  {
    at: "gate",
    how: "instead",
    nodes: [b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [b.goto("unlock")])],
  },
]);

/** Not gated: the driver's remove is called for a device in reset as well. */
const __iommu_remove_group_pasid = patch(core.__iommu_remove_group_pasid, iommu, (b) => [
  {
    at: "gate",
    how: "instead",
    nodes: [
      b.when("does {dev} support PASIDs?", (l, w) => maxPasids(w, l.dev) > 0, [
        b.call("iommu_remove_dev_pasid", (l) => [l.dev, l.pasid, l.domain], null, undefined, "removed"),
        b.ghost((s, l) => {
          s.gdev[l.dev].accepted[l.pasid] = 0;
        }),
      ]),
    ],
  },
]);

export const iommu_dev_reset_prepare = define(
  "iommu_dev_reset_prepare",
  iommu,
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.call("__iommu_group_alloc_blocking_domain", (l) => [l.group], "ret", undefined, "start"),
    dockRid(b, [b.goto("unlock")]),
    dockPasids(b),
    b.step("{dev} `pending_reset` := true", (s, l) => {
      s.gdev[l.dev].pending_reset = 1;
    }),
    b.label("unlock"),
    ...prepareReturns(b),
  ],
);

/**
 * What done does for one PASID: the loop of `__iommu_set_group_pasid`, which stops and goes back to blocking at the first
 * failure. As meant, it does not leave alone the device that comes back; as posted, it does. With `retest`, which a later
 * series brings, each device is tested first.
 */
const set_group_pasid_at_done = (retest: boolean, posted: boolean) =>
  define(
    "__iommu_set_group_pasid at done",
    {
      ...iommu,
      note: posted ? "As posted: the device itself is skipped." : "As it is meant: the device itself is put back.",
    },
    ["domain", "group", "pasid", "dev"],
    ["member", "last", "ret"],
    (b) => [
      b.each("for each device of {group}", "member", (l, w) => nextDevice(w, l.group, l.member), [
        unlisted(b, "skip", "member"),
        b.when("is {member} a sibling, or is this as posted?", (l) => posted || l.member !== l.dev, [
          b.if("is {member} itself `pending_reset`?", (s, l) => s.gdev[l.member].pending_reset === 1, [b.goto("skip")]),
        ]),
        b.when("does {member} support PASIDs?", (l, w) => maxPasids(w, l.member) > 0, [
          ...(retest
            ? [
                b.call(
                  "__iommu_domain_test_device",
                  (l) => [l.domain, l.member, l.pasid],
                  "ret",
                  "test {domain} on {member} PASID {pasid} again",
                ),
                b.when("was it refused?", (l) => l.ret !== 0, [b.goto("applied")]),
              ]
            : []),
          b.call(
            "ops->set_dev_pasid",
            (l) => [l.domain, l.member, l.pasid, DOMAIN_BLOCKED],
            "ret",
            "`set_dev_pasid`: {domain} to {member} PASID {pasid} again",
          ),
          b.label("applied"),
          b.moment("applied", (l) => [l.member, l.pasid, l.domain, l.ret]),
          b.when("did it fail?", (l) => l.ret !== 0, [b.goto("err_revert")], [], "failed"),
        ]),
        b.label("skip"),
      ]),
      b.return(0, "return 0"),
      b.label("err_revert"),
      b.local("err_revert: go back on the devices before {member}", (l) => {
        l.last = l.member;
        l.member = 0;
      }),
      b.each("for each device of {group}", "member", (l, w) => nextDevice(w, l.group, l.member), [
        unlisted(b, "next_back", "member"),
        b.when("is it the one that failed?", (l) => l.member === l.last, [b.goto("reverted")]),
        b.when("does {member} support PASIDs?", (l, w) => maxPasids(w, l.member) > 0, [
          b.call(
            "iommu_remove_dev_pasid",
            (l) => [l.member, l.pasid, l.domain],
            null,
            "blocked again: {member} PASID {pasid}",
          ),
        ]),
        b.label("next_back"),
      ]),
      b.label("reverted"),
      b.return((l) => l.ret, "return {ret}"),
    ],
  );

const iommu_dev_reset_done = (retest: boolean) =>
  define("iommu_dev_reset_done: void", iommu, ["dev"], ["group", "ret", "domain", "pasid"], (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.warnIf(
      "iommu_dev_reset_done: unprepared",
      "no `blocking_domain`, or {dev} is not `pending_reset`",
      (s, l) => s.group[l.group].blocking_domain === 0 || s.gdev[l.dev].pending_reset === 0,
      [b.goto("unlock")],
      "unprepared",
    ),
    b.if(
      "is `group->domain` not blocking?",
      (s, l) => {
        l.domain = s.group[l.group].domain;
        return l.domain !== s.group[l.group].blocking_domain;
      },
      [
        ...(retest
          ? [
              b.call(
                "__iommu_domain_test_device",
                (l) => [l.domain, l.dev, IOMMU_NO_PASID],
                "ret",
                "test {domain} on {dev} again",
              ),
              b.when("was it refused?", (l) => l.ret !== 0, [b.goto("applied")]),
            ]
          : []),
        b.call(
          "__iommu_attach_device",
          (l) => [l.domain, l.dev, DOMAIN_BLOCKED],
          "ret",
          "attach `group->domain`, {domain}, to {dev} again",
        ),
        b.label("applied"),
        b.moment("applied", (l) => [l.dev, IOMMU_NO_PASID, l.domain, l.ret]),
        b.warnOn(
          "iommu_dev_reset_done: RID",
          "{domain} could not be attached to {dev}",
          (l) => l.ret !== 0,
          [],
          "warn_rid",
        ),
      ],
    ),
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
        [],
        "warn_pasid",
      ),
    ]),
    b.step(
      "{dev} `pending_reset` := false",
      (s, l) => {
        s.gdev[l.dev].pending_reset = 0;
      },
      "over",
    ),
    b.label("unlock"),
    b.ghost((s, l, w) => {
      for (let p = 0; p < w.pasids; p++) s.gdev[l.dev].accepted[p] = 0;
    }),
    ...doneReturns(b),
  ]);

/** done and what it calls, for the designs that put back what v3 defers. */
export const putBack = (retest: boolean, posted: boolean) => ({
  "__iommu_set_group_pasid at done": set_group_pasid_at_done(retest, posted),
  iommu_dev_reset_done: iommu_dev_reset_done(retest),
});

/** What the series changes, whoever asks for the RID's domain. */
export const v3Procs = {
  ...beforeInvs,
  ...functionResets({
    prepare: "iommu_dev_reset_prepare",
    done: "iommu_dev_reset_done",
    methods: resetMethods.filter((method) => method !== "pci_reset_bus_function"),
  }),
  iommu_get_domain_for_dev_locked,
  iommu_get_domain_for_dev,
  iommu_deferred_attach,
  __iommu_group_set_domain_internal,
  __iommu_device_set_domain,
  __iommu_set_group_pasid,
  __iommu_remove_group_pasid,
  iommu_attach_device_pasid,
  iommu_replace_device_pasid,
  iommu_dev_reset_prepare,
};

export const pasidsOption: DesignOption = {
  id: "pasids",
  title: "PASIDs at done",
  about: "whether done puts the PASIDs of the device itself back",
  values: [
    { id: "meant", title: "put back", about: "as the cover letter says" },
    {
      id: "posted",
      title: "skipped",
      about: "as posted: the loop skips a device whose `pending_reset` is set, and it still is",
    },
  ],
};

export const v3Defer: Design = {
  id: "v3-defer",
  grewFrom: "rfc-v2-defer",
  title: "v3, defer",
  about:
    "Posted. During a reset an attach is recorded and reported as done, whatever the driver would say; `iommu_dev_reset_done` " +
    "makes good for it.",
  source:
    "[PATCH v3 0/5] Disable ATS via iommu during PCI resets, 2025-08-11, <cover.1754952762.git.nicolinc@nvidia.com>.",
  driver:
    "The SMMUv3 driver of 7.3, reconstructed with the devices list in place of the invalidation arrays: " +
    "`arm_smmu_atc_inv_domain` submits its batch after `devices_lock` is released, as in 6.12.",
  open: [
    "As posted, done puts PASIDs back through `__iommu_set_group_pasid` while `pending_reset` is still set, and that function " +
      "skips a device whose `pending_reset` is set: read to the letter, no PASID comes back. An option plays it either way.",
    "`pending_reset` is set after the PASIDs were docked, so the driver still sees `group->domain` as the RID's domain while " +
      "they are: with a paging domain there the STE keeps its CD table, S1DSS is TERMINATE, and ATS stays on.",
    "`attach_dev` is passed no old domain: the callback asks `iommu_get_domain_for_dev_locked`, which is wrong while a group " +
      "goes back (err_revert) from a domain that some of its devices have already.",
    "It asks for no ATS support of the function before it docks it; later versions do.",
    "Secondary bus resets do not tell the IOMMU; those behind a CXL port do.",
  ],
  options: [pasidsOption],
  procs: (options) => ({
    ...v3Procs,
    ...putBack(false, options.pasids === "posted"),
    "ops->attach_dev": askingOld("iommu_get_domain_for_dev_locked"),
    ...asking("iommu_get_domain_for_dev_locked", { ...driver, ...beforeInvs }, smmu),
  }),
  notApplicable: ["I-TEST", "I-CNT", ...ofArrays],
  docked: (s, _w, device) => s.gdev[device].pending_reset === 1,
  dockedFlag: "pending_reset",
  groupFields: [],
  gdevFields: ["pending_reset"],
  doneProc: "iommu_dev_reset_done",
};
