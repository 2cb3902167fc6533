/**
 * The IOMMU core: drivers/iommu/iommu.c of Linux 7.3, procedure by procedure and in its order. Callbacks and attaches stand
 * here, the rest in the files beside it.
 *
 * Of RMRs it is modelled that a device has them (`require_direct`), and what the core refuses for it; the mappings
 * themselves (`iommu_create_device_direct_mappings`) are not.
 */
import {
  forget,
  groupOf,
  lockGroup,
  requiresDirect,
  reserve,
  returnsTo,
  source,
  unlisted,
  unlockGroup,
} from "./iommu-group.ts";
import { ownership } from "./iommu-owner.ts";
import { pasids } from "./iommu-pasid.ts";
import { resets } from "./iommu-reset.ts";
import {
  define,
  DOMAIN_BLOCKED,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  IOMMU_NO_PASID,
  type KernelState,
  nextDevice,
  RESERVED,
  type World,
} from "./structs.ts";

const attachDevCallees = [
  "arm_smmu_attach_dev",
  "arm_smmu_attach_dev_identity",
  "arm_smmu_attach_dev_blocked",
  "arm_smmu_attach_dev_nested",
];

/** The callbacks look into the old domain as well as into the new one. */
const isFreed = (s: KernelState, domain: number) => domain !== 0 && s.domain[domain].freed === 1;

/** Which callback a domain has; NULL and freed domains are an oops. */
function attachDevOf(s: KernelState, w: World, domain: number, old: number): string | null {
  if (domain === 0 || isFreed(s, domain) || isFreed(s, old)) return null;
  switch (w.domain[domain]?.type) {
    case "BLOCKED":
      return "arm_smmu_attach_dev_blocked";
    case "IDENTITY":
      return "arm_smmu_attach_dev_identity";
    case "NESTED":
      return "arm_smmu_attach_dev_nested";
    default:
      return "arm_smmu_attach_dev";
  }
}

/** The same for set_dev_pasid. */
function setDevPasidOf(s: KernelState, w: World, domain: number, old: number): string | null {
  if (domain === 0 || isFreed(s, domain) || isFreed(s, old)) return null;
  if (domain === DOMAIN_BLOCKED) return "arm_smmu_blocking_set_dev_pasid";
  return w.domain[domain]?.type === "SVA" ? "arm_smmu_sva_set_dev_pasid" : "arm_smmu_s1_set_dev_pasid";
}

const attach_dev = define(
  "ops->attach_dev",
  { ...source, note: "The call through `domain->ops`, wherever it is made." },
  ["domain", "dev", "old"],
  ["ret"],
  (b) => [
    b.local("", () => {}, "old"),
    b.moment("callback", (l) => [l.dev, IOMMU_NO_PASID, l.domain, l.old]),
    b.virtual(
      "call `attach_dev` of {domain} for {dev}, old is {old}",
      attachDevCallees,
      (s, l, w) => attachDevOf(s, w, l.domain, l.old),
      (l) => [l.domain, l.dev, l.old],
      "ret",
    ),
    b.local("", () => {}, "returned"),
    b.moment("callback_return", (l) => [l.dev, IOMMU_NO_PASID, l.domain, l.ret]),
    b.ghost((s, l) => {
      if (l.ret === 0) s.gdev[l.dev].drv[IOMMU_NO_PASID] = l.domain;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const set_dev_pasid = define(
  "ops->set_dev_pasid",
  { ...source, note: "The call through `domain->ops`, wherever it is made." },
  ["domain", "dev", "pasid", "old"],
  ["ret"],
  (b) => [
    b.moment("callback", (l) => [l.dev, l.pasid, l.domain, l.old]),
    b.virtual(
      "call `set_dev_pasid` of {domain} for {dev} PASID {pasid}, old is {old}",
      ["arm_smmu_s1_set_dev_pasid", "arm_smmu_sva_set_dev_pasid", "arm_smmu_blocking_set_dev_pasid"],
      (s, l, w) => setDevPasidOf(s, w, l.domain, l.old),
      (l) => [l.domain, l.dev, l.pasid, l.old],
      "ret",
    ),
    b.moment("callback_return", (l) => [l.dev, l.pasid, l.domain, l.ret]),
    b.ghost((s, l) => {
      if (l.ret === 0) s.gdev[l.dev].drv[l.pasid] = l.domain === DOMAIN_BLOCKED ? 0 : l.domain;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_driver_get_domain_for_dev = define("iommu_driver_get_domain_for_dev", source, ["dev"], ["domain"], (b) => [
  b.step("{dev} `blocked` ? `blocking_domain` : `group->domain`, so {domain}", (s, l, w) => {
    const group = s.group[groupOf(w, l.dev)];
    l.domain = s.gdev[l.dev].blocked === 1 ? group.blocking_domain : group.domain;
  }),
  b.moment("driver_domain", (l) => [l.dev, l.domain]),
  b.return((l) => l.domain, "return {domain}"),
]);

const __iommu_attach_device = define("__iommu_attach_device", source, ["domain", "dev", "old"], ["ret"], (b) => [
  b.when("has {domain} no `attach_dev`?", (l, w) => w.domain[l.domain]?.type === "SVA", [
    b.return(ENODEV, "return -ENODEV"),
  ]),
  b.call("ops->attach_dev", (l) => [l.domain, l.dev, l.old], "ret", "`domain->ops->attach_dev` of {domain}"),
  b.when("", (l, w) => mayBeDeferred(w, l.dev) && l.ret === 0, [
    b.step("`attach_deferred` of {dev} := 0", (s, l) => {
      s.dev_iommu[l.dev].attach_deferred = 0;
    }),
  ]),
  b.return((l) => l.ret, "return {ret}"),
]);

const mayBeDeferred = (w: World, dev: number) => w.device[dev]?.attach_deferred ?? false;

/** The caller is `iommu_dma_map`, whose domain is the group's default one. */
export const iommu_deferred_attach = define(
  "iommu_deferred_attach",
  { ...source, note: "The SMMUv3 driver never defers: it stands in for one that does (`is_attach_deferred`)." },
  ["dev"],
  ["group", "ret", "domain"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.if("is `attach_deferred` not set?", (s, l) => s.dev_iommu[l.dev].attach_deferred === 0, [
      b.return(0, "return 0: it is attached"),
    ]),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "is {dev} `blocked`?",
      (s, l) => s.gdev[l.dev].blocked === 1,
      [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("unlock"),
      ],
      [],
      "gate",
    ),
    b.step("`iommu_get_dma_domain`: {domain}", (s, l) => {
      l.domain = s.group[l.group].default_domain;
    }),
    b.call("__iommu_attach_device", (l) => [l.domain, l.dev, 0], "ret", "attach {domain} to {dev} at last", "attach"),
    b.label("unlock"),
    b.unlock("group_mutex", (l) => l.group, "unlock `group->mutex`", "unlock"),
    b.ghost((s, l, w) => forget(s, w, l.group)),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const __iommu_probe_device = define(
  "__iommu_probe_device",
  {
    ...source,
    note: "Of a function whose group exists. What `iommu_init_device` does is done; a group without a default domain is not given one.",
  },
  ["dev"],
  ["group", "ret", "domain"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.if("has {dev} a group already?", (s, l) => s.gdev[l.dev].unlisted === 0, [
      b.return(0, "return 0: probed before"),
    ]),
    ...lockGroup(b, (l) => l.group),
    b.step("put {dev} at the end of the list of {group}; `group->domain` is {domain}", (s, l) => {
      s.gdev[l.dev].unlisted = 0;
      l.domain = s.group[l.group].domain;
    }),
    b.when("is there one?", (l) => l.domain !== 0, [
      b.call(
        "__iommu_device_set_domain",
        (l) => [l.group, l.dev, l.domain, 0, 0],
        "ret",
        "attach `group->domain`, {domain}, to {dev}",
        "first_attach",
      ),
      b.when("did it fail?", (l) => l.ret !== 0, [
        b.step("err_remove_gdev: take {dev} from the list", (s, l) => {
          s.gdev[l.dev].unlisted = 1;
        }),
      ]),
    ]),
    ...unlockGroup(b, (l) => l.group),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_probe_device = define("iommu_probe_device", source, ["dev"], ["ret"], (b) => [
  b.lock("probe_lock", () => 1, "lock `iommu_probe_device_lock`"),
  b.call("__iommu_probe_device", (l) => [l.dev], "ret"),
  b.unlock("probe_lock", () => 1, "unlock `iommu_probe_device_lock`"),
  b.return((l) => l.ret, "return {ret}"),
]);

export const __iommu_device_set_domain = define(
  "__iommu_device_set_domain",
  source,
  ["group", "dev", "new_domain", "old_domain", "must"],
  ["ret", "ignored"],
  (b) => [
    b.when("", (l, w) => requiresDirect(w, l.dev), [
      // in C also a `blocking_domain` that is an empty page table, for drivers without a static one
      b.when(
        "{dev} is `require_direct`: does {new_domain} block?",
        (l, w) => w.domain[l.new_domain]?.type === "BLOCKED",
        [b.return(EINVAL, "return -EINVAL: its direct mappings have to stay")],
        [],
        "direct",
      ),
    ]),
    b.when("", (l, w) => mayBeDeferred(w, l.dev), [
      b.if("is `attach_deferred` of {dev} set?", (s, l) => s.dev_iommu[l.dev].attach_deferred === 1, [
        b.if("is {new_domain} the default domain?", (s, l) => s.group[l.group].default_domain === l.new_domain, [
          b.return(0, "return 0: its first DMA map attaches it"),
        ]),
        b.step("`attach_deferred` := 0", (s, l) => {
          s.dev_iommu[l.dev].attach_deferred = 0;
        }),
      ]),
    ]),
    b.call(
      "__iommu_attach_device",
      (l) => [l.new_domain, l.dev, l.old_domain],
      "ret",
      "`__iommu_attach_device`: {new_domain} to {dev}",
      "attach",
    ),
    b.when("did it fail?", (l) => l.ret !== 0, [
      b.when("must it succeed?", (l) => l.must === 1, [
        b.if(
          "is there a `blocking_domain` to fall back to?",
          (s, l) => s.group[l.group].blocking_domain !== 0 && s.group[l.group].blocking_domain !== l.new_domain,
          [
            b.call(
              "__iommu_attach_device",
              (l) => [DOMAIN_BLOCKED, l.dev, l.old_domain],
              "ignored",
              "attach `blocking_domain` to {dev} instead",
            ),
          ],
        ),
      ]),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

export const __iommu_group_set_domain_internal = define(
  "__iommu_group_set_domain_internal",
  source,
  ["group", "new_domain", "must"],
  ["dev", "last", "old_domain", "ret", "result", "again"],
  (b) => [
    b.if(
      "is `group->domain` {new_domain} already?",
      (s, l) => s.group[l.group].domain === l.new_domain,
      [b.return(0, "return 0: nothing to do")],
      [],
      "shortcut",
    ),
    b.warnOn(
      "__iommu_group_set_domain_internal",
      "no new domain",
      (l) => l.new_domain === 0,
      [b.return(EINVAL, "return -EINVAL")],
      "null",
    ),
    b.if(
      "is `recovery_cnt` above 0, and may this fail?",
      (s, l) => s.group[l.group].recovery_cnt > 0 && l.must === 0,
      [b.return(EBUSY, "return -EBUSY: a device recovers")],
      [],
      "fence",
    ),
    b.each("for each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
      unlisted(b, "next", "dev"),
      b.if("is {dev} `blocked`?", (s, l) => s.gdev[l.dev].blocked === 1, [b.goto("next")], [], "skip_blocked"),
      b.step("read `group->domain`, the old one: {old_domain}", (s, l) => {
        l.old_domain = s.group[l.group].domain;
      }),
      b.call("__iommu_device_set_domain", (l) => [l.group, l.dev, l.new_domain, l.old_domain, l.must], "ret"),
      b.when("did it fail?", (l) => l.ret !== 0, [
        b.local("remember the error", (l) => {
          l.result = l.ret;
        }),
        b.when("may it fail?", (l) => l.must === 0, [b.goto("err_revert")]),
      ]),
      b.label("next"),
    ]),
    b.step("`group->domain` := {new_domain}", (s, l) => {
      s.group[l.group].domain = l.new_domain;
    }),
    b.return((l) => l.result, "return {result}"),
    b.label("err_revert"),
    b.local("err_revert: go back on the devices before {dev}", (l) => {
      l.last = l.dev;
      l.dev = 0;
    }),
    b.each("for each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
      unlisted(b, "next_back", "dev"),
      b.when("is it the one that failed?", (l) => l.dev === l.last, [b.goto("reverted")]),
      b.when("was there an old domain?", (l) => l.old_domain !== 0, [
        b.call(
          "__iommu_device_set_domain",
          (l) => [l.group, l.dev, l.old_domain, l.new_domain, 1],
          "again",
          "`__iommu_device_set_domain`: {old_domain} back to {dev}",
        ),
        b.warnOn("err_revert", "{dev} cannot go back to {old_domain}", (l) => l.again !== 0),
      ]),
      b.label("next_back"),
    ]),
    b.label("reverted"),
    b.moment("switch_failed", (l) => [l.group, IOMMU_NO_PASID, l.new_domain]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const __iommu_group_set_domain_nofail = define(
  "__iommu_group_set_domain_nofail: void",
  source,
  ["group", "new_domain"],
  ["ret"],
  (b) => [
    b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.new_domain, 1], "ret"),
    b.moment("nofail_return", (l) => [l.group, l.new_domain, l.ret]),
    b.warnOn("__iommu_group_set_domain_nofail", "what must succeed failed", (l) => l.ret !== 0),
  ],
);

const __iommu_group_set_core_domain = define(
  "__iommu_group_set_core_domain: void",
  source,
  ["group"],
  ["new_domain"],
  (b) => [
    b.step("`group->owner` ? `blocking_domain` : `default_domain`, so {new_domain}", (s, l) => {
      const group = s.group[l.group];
      l.new_domain = group.owner !== 0 ? group.blocking_domain : group.default_domain;
    }),
    b.call("__iommu_group_set_domain_nofail", (l) => [l.group, l.new_domain]),
  ],
);

const __iommu_attach_group = define("__iommu_attach_group", source, ["domain", "group"], ["ret"], (b) => [
  b.if(
    "is `group->domain` some caller's own domain?",
    (s, l) => {
      const group = s.group[l.group];
      return group.domain !== 0 && group.domain !== group.default_domain && group.domain !== group.blocking_domain;
    },
    [b.return(EBUSY, "return -EBUSY")],
  ),
  b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.domain, 0], "ret"),
  b.return((l) => l.ret, "return {ret}"),
]);

const iommu_attach_group = define("iommu_attach_group", source, ["domain", "group"], ["ret"], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.call("__iommu_attach_group", (l) => [l.domain, l.group], "ret"),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      (l) => l.ret,
      (l) => [IOMMU_NO_PASID, l.domain],
    ),
  ]),
  b.return((l) => l.ret, "return {ret}"),
]);

const iommu_detach_group = define("iommu_detach_group: void", source, ["domain", "group"], [], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.call("__iommu_group_set_core_domain", (l) => [l.group]),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      () => 0,
      () => [IOMMU_NO_PASID, 0],
    ),
  ]),
]);

const iommu_attach_group_handle = define(
  "iommu_attach_group_handle",
  source,
  ["domain", "group"],
  ["ret", "failed", "taken"],
  (b) => [
    ...lockGroup(b, (l) => l.group),
    reserve(
      b,
      "failed",
      (l) => l.group,
      () => IOMMU_NO_PASID,
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("out_unlock"),
    ]),
    b.step("`xa_insert`: reserve `pasid_array[0]` for the handle", (s, l) => {
      const array = s.group[l.group].pasid_array;
      l.taken = array[0] === 0 ? 0 : 1;
      if (l.taken === 0) array[0] = RESERVED;
    }),
    b.when("is it taken?", (l) => l.taken === 1, [
      b.local("", (l) => {
        l.ret = EBUSY;
      }),
      b.goto("out_unlock"),
    ]),
    b.call("__iommu_attach_group", (l) => [l.domain, l.group], "ret"),
    b.when(
      "did it fail?",
      (l) => l.ret !== 0,
      [
        b.step("`xa_release` `pasid_array[0]`", (s, l) => {
          if (s.group[l.group].pasid_array[0] === RESERVED) s.group[l.group].pasid_array[0] = 0;
        }),
      ],
      [
        b.step("`pasid_array[0]` := the handle of {domain}", (s, l) => {
          s.group[l.group].pasid_array[0] = l.domain;
        }),
      ],
    ),
    b.label("out_unlock"),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        (l) => [IOMMU_NO_PASID, l.domain],
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_detach_group_handle = define("iommu_detach_group_handle: void", source, ["domain", "group"], [], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.call("__iommu_group_set_core_domain", (l) => [l.group]),
  b.step("`xa_erase` `pasid_array[0]`", (s, l) => {
    s.group[l.group].pasid_array[0] = 0;
  }),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      () => 0,
      () => [IOMMU_NO_PASID, 0],
    ),
  ]),
]);

const iommu_replace_group_handle = define(
  "iommu_replace_group_handle",
  source,
  ["new_domain", "group"],
  ["ret", "failed"],
  (b) => [
    ...lockGroup(b, (l) => l.group),
    reserve(
      b,
      "failed",
      (l) => l.group,
      () => IOMMU_NO_PASID,
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("err_unlock"),
    ]),
    b.step("`xa_reserve` `pasid_array[0]`", (s, l) => {
      if (s.group[l.group].pasid_array[0] === 0) s.group[l.group].pasid_array[0] = RESERVED;
    }),
    b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.new_domain, 0], "ret"),
    b.when(
      "did it fail?",
      (l) => l.ret !== 0,
      [
        b.step("`xa_release` `pasid_array[0]`", (s, l) => {
          if (s.group[l.group].pasid_array[0] === RESERVED) s.group[l.group].pasid_array[0] = 0;
        }),
      ],
      [
        b.step("`pasid_array[0]` := the handle of {new_domain}", (s, l) => {
          s.group[l.group].pasid_array[0] = l.new_domain;
        }),
      ],
    ),
    b.label("err_unlock"),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        (l) => [IOMMU_NO_PASID, l.new_domain],
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

export const core = {
  "ops->attach_dev": attach_dev,
  "ops->set_dev_pasid": set_dev_pasid,
  iommu_driver_get_domain_for_dev,
  __iommu_attach_device,
  iommu_deferred_attach,
  __iommu_probe_device,
  iommu_probe_device,
  __iommu_device_set_domain,
  __iommu_group_set_domain_internal,
  __iommu_group_set_domain_nofail,
  __iommu_group_set_core_domain,
  __iommu_attach_group,
  iommu_attach_group,
  iommu_detach_group,
  iommu_attach_group_handle,
  iommu_detach_group_handle,
  iommu_replace_group_handle,
  ...pasids,
  ...ownership,
  ...resets,
};
