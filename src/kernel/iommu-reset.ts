/** What the core does around the reset of a function: drivers/iommu/iommu.c of Linux 7.3, in its order. */
import { type B, groupOf, lockGroup, nextPasid, noIommu, source, unlockGroup } from "./iommu-group.ts";
import { define, DOMAIN_BLOCKED, IOMMU_NO_PASID, maxPasids } from "./structs.ts";

type Docking = "dev" | "group" | "ret" | "domain" | "pasid";

/** The loop over `pasid_array` from 1; the body has {pasid} and the {domain} that was read there. */
export const eachPasid = <V extends string>(b: B<V | Docking>, body: ReturnType<B<V | Docking>["call"]>[]) =>
  b.scan("for each PASID from 1 in `pasid_array`", "pasid", (s, l, w) => nextPasid(s, w, l.group, l.pasid), [
    b.step("read `pasid_array[{pasid:index}]`: {domain}", (s, l) => {
      l.domain = s.group[l.group].pasid_array[l.pasid] as number;
    }),
    ...body,
  ]);

/** Each PASID of {dev} goes to the blocked domain; the array keeps its entries. */
export const dockPasids = <V extends string>(b: B<V | Docking>) =>
  eachPasid(b, [
    b.call(
      "iommu_remove_dev_pasid",
      (l) => [l.dev, l.pasid, l.domain],
      null,
      "`iommu_remove_dev_pasid`: PASID {pasid}, {domain}",
    ),
  ]);

/** The RID of {dev} goes to `blocking_domain`, unless the group is there already. */
export const dockRid = <V extends string>(b: B<V | Docking>, onError: ReturnType<B<V | Docking>["call"]>[]) =>
  b.if(
    "is `group->domain` not blocking?",
    (s, l) => {
      l.domain = s.group[l.group].domain;
      return l.domain !== s.group[l.group].blocking_domain;
    },
    [
      b.call(
        "__iommu_attach_device",
        (l) => [DOMAIN_BLOCKED, l.dev, l.domain],
        "ret",
        "attach `blocking_domain` to {dev}; `group->domain` stays {domain}",
      ),
      b.when("did it fail?", (l) => l.ret !== 0, onError),
    ],
  );

/** Prepare gives the group up and returns; a prepare that worked counts until its done. */
export const prepareReturns = <V extends string>(b: B<V | "dev" | "group" | "ret">) => [
  ...unlockGroup(b, (l) => l.group, [
    b.moment("prepare_return", (l) => [l.dev, l.ret]),
    b.ghost((s, l) => {
      if (l.ret === 0) s.gdev[l.dev].prepared++;
    }),
  ]),
  b.return((l) => l.ret, "return {ret}"),
];

/** Done gives the group up. */
export const doneReturns = <V extends string>(b: B<V | "dev" | "group">) => unlockGroup(b, (l) => l.group, doneEnds(b));

/** Done is through, for whoever judges it. */
export const doneEnds = <V extends string>(b: B<V | "dev">) => [
  b.moment("done_return", (l) => [l.dev]),
  b.ghost((s, l) => {
    const gdev = s.gdev[l.dev];
    if (gdev.prepared > 0) gdev.prepared--;
    gdev.restored = 1;
  }),
];

const pci_dev_reset_iommu_prepare = define(
  "pci_dev_reset_iommu_prepare",
  source,
  ["dev"],
  ["group", "ret", "depth", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when("has {dev} no ATS?", (l, w) => !(w.device[l.dev]?.ats ?? false), [b.return(0, "return 0: nothing to do")]),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.step("`reset_depth` + 1", (s, l) => {
      l.depth = s.gdev[l.dev].reset_depth++;
    }),
    b.when("is this inside another prepare?", (l) => l.depth > 0, [b.goto("out_unlock")]),
    b.call("__iommu_group_alloc_blocking_domain", (l) => [l.group], "ret"),
    dockRid(b, [
      b.step("`reset_depth` - 1", (s, l) => {
        s.gdev[l.dev].reset_depth--;
      }),
      b.goto("out_unlock"),
    ]),
    b.step("{dev} `blocked` := true", (s, l) => {
      s.gdev[l.dev].blocked = 1;
    }),
    b.when("does {dev} support PASIDs?", (l, w) => maxPasids(w, l.dev) > 0, [dockPasids(b)]),
    b.step("`recovery_cnt` + 1", (s, l) => {
      s.group[l.group].recovery_cnt++;
    }),
    b.label("out_unlock"),
    ...prepareReturns(b),
  ],
);

const pci_dev_reset_iommu_done = define(
  "pci_dev_reset_iommu_done: void",
  source,
  ["dev"],
  ["group", "ret", "depth", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when("has {dev} no ATS?", (l, w) => !(w.device[l.dev]?.ats ?? false), [b.return(0, "nothing to do")]),
    noIommu(b),
    ...lockGroup(b, (l) => l.group),
    b.warnIf(
      "pci_dev_reset_iommu_done: depth",
      "`reset_depth` is 0 already",
      (s, l) => s.gdev[l.dev].reset_depth === 0,
      [b.goto("out_unlock")],
    ),
    b.step("`reset_depth` - 1", (s, l) => {
      l.depth = --s.gdev[l.dev].reset_depth;
    }),
    b.when("is this inside another done?", (l) => l.depth > 0, [b.goto("out_unlock")]),
    b.warnIf(
      "pci_dev_reset_iommu_done: blocking_domain",
      "there is no `blocking_domain`",
      (s, l) => s.group[l.group].blocking_domain === 0,
      [b.goto("out_unlock")],
    ),
    b.if(
      "is `group->domain` set and not blocking?",
      (s, l) => {
        l.domain = s.group[l.group].domain;
        return l.domain !== 0 && l.domain !== s.group[l.group].blocking_domain;
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
    b.step("{dev} `blocked` := false", (s, l) => {
      s.gdev[l.dev].blocked = 0;
    }),
    b.when("does {dev} support PASIDs?", (l, w) => maxPasids(w, l.dev) > 0, [
      eachPasid(b, [
        b.call(
          "ops->set_dev_pasid",
          (l) => [l.domain, l.dev, l.pasid, DOMAIN_BLOCKED],
          "ret",
          "`set_dev_pasid`: {domain} to {dev} PASID {pasid} again",
        ),
        b.moment("applied", (l) => [l.dev, l.pasid, l.domain, l.ret]),
        b.warnOn(
          "pci_dev_reset_iommu_done: PASID",
          "{domain} could not be attached to {dev} PASID {pasid}",
          (l) => l.ret !== 0,
        ),
      ]),
    ]),
    b.warnIf(
      "pci_dev_reset_iommu_done: recovery_cnt",
      "`recovery_cnt` is 0 already",
      (s, l) => s.group[l.group].recovery_cnt === 0,
      [b.goto("out_unlock")],
    ),
    b.step("`recovery_cnt` - 1", (s, l) => {
      s.group[l.group].recovery_cnt--;
    }),
    b.label("out_unlock"),
    ...doneReturns(b),
  ],
);

export const resets = {
  pci_dev_reset_iommu_prepare,
  pci_dev_reset_iommu_done,
};
