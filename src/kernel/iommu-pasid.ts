/** The core's calls for PASIDs: drivers/iommu/iommu.c of Linux 7.3, in its order. */
import {
  entry,
  groupOf,
  hasSetDevPasid,
  lockGroup,
  reserve,
  returnsTo,
  source,
  unlisted,
  unlockGroup,
} from "./iommu-group.ts";
import {
  define,
  DOMAIN_BLOCKED,
  EBUSY,
  EINVAL,
  ENOMEM,
  EOPNOTSUPP,
  IOMMU_NO_PASID,
  maxPasids,
  nextDevice,
  RESERVED,
  type World,
} from "./structs.ts";

const iommu_remove_dev_pasid = define(
  "iommu_remove_dev_pasid: void",
  source,
  ["dev", "pasid", "domain"],
  ["ret"],
  (b) => [
    b.call(
      "ops->set_dev_pasid",
      (l) => [DOMAIN_BLOCKED, l.dev, l.pasid, l.domain],
      "ret",
      "`blocked_domain->ops->set_dev_pasid` for {dev} PASID {pasid}",
    ),
    b.warnOn("iommu_remove_dev_pasid", "PASID {pasid} of {dev} could not be removed", (l) => l.ret !== 0),
  ],
);

export const __iommu_set_group_pasid = define(
  "__iommu_set_group_pasid",
  source,
  ["domain", "group", "pasid", "old"],
  ["dev", "last", "ret", "again"],
  (b) => [
    b.each("for each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
      unlisted(b, "next_set", "dev"),
      b.when(
        "does {dev} support PASIDs?",
        (l, w) => maxPasids(w, l.dev) > 0,
        [
          b.call(
            "ops->set_dev_pasid",
            (l) => [l.domain, l.dev, l.pasid, l.old],
            "ret",
            "`domain->ops->set_dev_pasid` of {domain} for {dev} PASID {pasid}",
          ),
          b.when("did it fail?", (l) => l.ret !== 0, [b.goto("err_revert")]),
        ],
        [],
        "set",
      ),
      b.label("next_set"),
    ]),
    b.return(0, "return 0"),
    b.label("err_revert"),
    b.local("err_revert: go back on the devices before {dev}", (l) => {
      l.last = l.dev;
      l.dev = 0;
    }),
    b.each("for each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
      unlisted(b, "next_back", "dev"),
      b.when("is it the one that failed?", (l) => l.dev === l.last, [b.goto("reverted")]),
      b.when("does {dev} support PASIDs?", (l, w) => maxPasids(w, l.dev) > 0, [
        b.local("", (l) => {
          l.again = 0;
        }),
        b.when("was there an old domain?", (l) => l.old !== 0, [
          b.call(
            "ops->set_dev_pasid",
            (l) => [l.old, l.dev, l.pasid, l.domain],
            "again",
            "`old->ops->set_dev_pasid`: {old} back to {dev} PASID {pasid}",
          ),
          b.warnOn("__iommu_set_group_pasid", "{dev} PASID {pasid} cannot go back to {old}", (l) => l.again !== 0),
        ]),
        b.when("nothing to go back to?", (l) => l.old === 0 || l.again !== 0, [
          b.call("iommu_remove_dev_pasid", (l) => [l.dev, l.pasid, l.domain]),
        ]),
      ]),
      b.label("next_back"),
    ]),
    b.label("reverted"),
    b.moment("switch_failed", (l) => [l.group, l.pasid, l.domain]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

export const __iommu_remove_group_pasid = define(
  "__iommu_remove_group_pasid: void",
  source,
  ["group", "pasid", "domain"],
  ["dev"],
  (b) => [
    b.each("for each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
      unlisted(b, "next_removed", "dev"),
      b.if(
        "is {dev} not `blocked`, and does it support PASIDs?",
        (s, l, w) => s.gdev[l.dev].blocked === 0 && maxPasids(w, l.dev) > 0,
        [b.call("iommu_remove_dev_pasid", (l) => [l.dev, l.pasid, l.domain])],
        [],
        "gate",
      ),
      b.label("next_removed"),
    ]),
  ],
);

export const iommu_attach_device_pasid = define(
  "iommu_attach_device_pasid",
  source,
  ["domain", "dev", "pasid"],
  ["group", "ret", "failed", "taken"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when(
      "has {domain} no `set_dev_pasid`?",
      (l, w) => !hasSetDevPasid(w, l.domain),
      [b.return(EOPNOTSUPP, "return -EOPNOTSUPP")],
      [],
      "ops",
    ),
    b.when("is it PASID 0?", (l) => l.pasid === IOMMU_NO_PASID, [b.return(EINVAL, "return -EINVAL")]),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "is `recovery_cnt` above 0?",
      (s, l) => s.group[l.group].recovery_cnt > 0,
      [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("out_unlock"),
      ],
      [],
      "fence",
    ),
    b.when(
      "is PASID {pasid} beyond `max_pasids` of a device that has any?",
      (l, w) => beyondMaxPasids(w, l.group, l.pasid),
      [
        b.local("", (l) => {
          l.ret = EINVAL;
        }),
        b.goto("out_unlock"),
      ],
      [],
      "max_pasids",
    ),
    reserve(
      b,
      "failed",
      (l) => l.group,
      (l) => l.pasid,
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("out_unlock"),
    ]),
    b.step("`xa_insert`: reserve `pasid_array[{pasid:index}]`", (s, l) => {
      const array = s.group[l.group].pasid_array;
      l.taken = array[l.pasid] === 0 ? 0 : 1;
      if (l.taken === 0) array[l.pasid] = RESERVED;
    }),
    b.when("is it taken?", (l) => l.taken === 1, [
      b.local("", (l) => {
        l.ret = EBUSY;
      }),
      b.goto("out_unlock"),
    ]),
    b.call("__iommu_set_group_pasid", (l) => [l.domain, l.group, l.pasid, 0], "ret"),
    b.when(
      "did it fail?",
      (l) => l.ret !== 0,
      [
        b.step("`xa_release` `pasid_array[{pasid:index}]`", (s, l) => {
          if (s.group[l.group].pasid_array[l.pasid] === RESERVED) s.group[l.group].pasid_array[l.pasid] = 0;
        }),
      ],
      [
        b.step("`pasid_array[{pasid:index}]` := {domain}", (s, l) => {
          s.group[l.group].pasid_array[l.pasid] = l.domain;
        }),
      ],
    ),
    b.label("out_unlock"),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        (l) => [l.pasid, l.domain],
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

/** Some device of the group supports PASIDs, but not this one. */
export const beyondMaxPasids = (w: World, group: number, pasid: number) =>
  (w.group[group]?.devices ?? []).some((d) => maxPasids(w, d) > 0 && pasid >= maxPasids(w, d));

export const iommu_replace_device_pasid = define(
  "iommu_replace_device_pasid",
  source,
  ["domain", "dev", "pasid"],
  ["group", "ret", "curr", "failed"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when(
      "has {domain} no `set_dev_pasid`?",
      (l, w) => !hasSetDevPasid(w, l.domain),
      [b.return(EOPNOTSUPP, "return -EOPNOTSUPP")],
      [],
      "ops",
    ),
    b.when("is it PASID 0?", (l) => l.pasid === IOMMU_NO_PASID, [b.return(EINVAL, "return -EINVAL")]),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "is `recovery_cnt` above 0?",
      (s, l) => s.group[l.group].recovery_cnt > 0,
      [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("out_unlock"),
      ],
      [],
      "fence",
    ),
    reserve(
      b,
      "failed",
      (l) => l.group,
      (l) => l.pasid,
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("out_unlock"),
    ]),
    b.step("`xa_cmpxchg`: `pasid_array[{pasid:index}]` holds {curr}", (s, l) => {
      l.curr = entry(s.group[l.group].pasid_array[l.pasid]);
    }),
    b.when("is it empty?", (l) => l.curr === 0, [
      b.local("", (l) => {
        l.ret = EINVAL;
      }),
      b.goto("out_unlock"),
    ]),
    b.when(
      "is it not {domain} yet?",
      (l) => l.curr !== l.domain,
      [
        b.call("__iommu_set_group_pasid", (l) => [l.domain, l.group, l.pasid, l.curr], "ret"),
        b.when("did it fail?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
      ],
      [],
      "set",
    ),
    b.step("`pasid_array[{pasid:index}]` := {domain}", (s, l) => {
      s.group[l.group].pasid_array[l.pasid] = l.domain;
    }),
    b.label("out_unlock"),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        (l) => [l.pasid, l.domain],
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_detach_device_pasid = define(
  "iommu_detach_device_pasid: void",
  source,
  ["domain", "dev", "pasid"],
  ["group"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.call("__iommu_remove_group_pasid", (l) => [l.group, l.pasid, l.domain]),
    b.step("`xa_erase` `pasid_array[{pasid:index}]`", (s, l) => {
      s.group[l.group].pasid_array[l.pasid] = 0;
    }),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        () => 0,
        (l) => [l.pasid, 0],
      ),
    ]),
  ],
);

export const pasids = {
  iommu_remove_dev_pasid,
  __iommu_set_group_pasid,
  __iommu_remove_group_pasid,
  iommu_attach_device_pasid,
  iommu_replace_device_pasid,
  iommu_detach_device_pasid,
};
