/**
 * The IOMMU core: drivers/iommu/iommu.c of Linux 7.3, procedure by procedure and in its order.
 *
 * RMRs (`require_direct`) are not modelled: no world has any. xarray slots: 0 is empty, RESERVED is reserved and reads as NULL.
 */
import { reach } from "../hw/tables.ts";
import type { Builder } from "../sim/proc.ts";
import {
  canFail,
  define,
  DOMAIN_BLOCKED,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
  fails,
  FIRST_DOMAIN,
  IOMMU_NO_PASID,
  type KernelState,
  nextDevice,
  recovers,
  RESERVED,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/iommu.c" };

/** An entry as its readers see it: a reserved slot is NULL. */
const entry = (value: number | undefined) => (value === RESERVED || value === undefined ? 0 : value);

/** `xa_for_each_start(.., 1)`: the next PASID from 1 on that holds a domain. */
export function nextPasid(s: KernelState, w: World, group: number, after: number): number {
  for (let p = after + 1; p < w.pasids; p++) if (entry(s.group[group].pasid_array[p]) !== 0) return p;
  return 0;
}

/** Domains whose ops have set_dev_pasid: paging and SVA domains, and the blocked one. */
export const hasSetDevPasid = (w: World, domain: number) =>
  domain === DOMAIN_BLOCKED || (domain >= FIRST_DOMAIN && w.domain[domain]?.type !== "NESTED");

export const groupOf = (w: World, dev: number) => w.device[dev]?.group ?? 0;

/** Remembers what a rejected call must leave alone: core, driver and tables of the group. Ghosts. */
function snapshot(s: KernelState, w: World, group: number): void {
  const g = s.group[group];
  g.snap_domain = g.domain;
  g.snap_recovers = (w.group[group]?.devices ?? []).some((dev) => recovers(s, w, dev)) ? 1 : 0;
  for (let p = 0; p < w.pasids; p++) g.snap_pasid[p] = g.pasid_array[p] as number;
  for (const dev of w.group[group]?.devices ?? []) {
    const d = s.gdev[dev];
    d.snap_accepted = d.accepted[IOMMU_NO_PASID] as number;
    for (let p = 0; p < w.pasids; p++) {
      d.snap_drv[p] = d.drv[p] as number;
      d.snap_reach[p] = Math.max(0, reach(s, w, dev, p));
    }
  }
}

function forget(s: KernelState, w: World, group: number): void {
  const g = s.group[group];
  g.snap_domain = 0;
  g.snap_recovers = 0;
  for (let p = 0; p < w.pasids; p++) g.snap_pasid[p] = 0;
  for (const dev of w.group[group]?.devices ?? []) {
    const d = s.gdev[dev];
    d.snap_accepted = 0;
    for (let p = 0; p < w.pasids; p++) {
      d.snap_drv[p] = 0;
      d.snap_reach[p] = 0;
      d.tested[p] = 0;
    }
  }
}

type B<V extends string> = Builder<KernelState, World, V>;

/** A function that is not hot-added yet is on no list: the loops over a group's devices pass it over. */
export const unlisted = <V extends string>(b: B<V>, skip: string, variable: V) =>
  b.when("", (l, w) => w.device[l[variable]]?.hotplug ?? false, [
    b.if(`is {${variable}} not on the list yet?`, (s, l) => s.gdev[l[variable]].unlisted === 1, [b.goto(skip)]),
  ]);

/** `!dev_has_iommu`: nothing to do for a function that is not hot-added yet. */
export const noIommu = <V extends string>(b: B<V | "dev">) =>
  b.when("", (l, w) => w.device[l.dev]?.hotplug ?? false, [
    b.if("has {dev} no IOMMU yet?", (s, l) => s.gdev[l.dev].unlisted === 1, [b.return(0, "nothing to do")]),
  ]);

/** mutex_lock of a group. */
export function lockGroup<V extends string>(b: B<V>, group: (l: Record<V, number>, w: World) => number) {
  return [
    b.lock("group_mutex", group, "lock `group->mutex`", "lock"),
    b.ghost((s, l, w) => snapshot(s, w, group(l, w))),
  ];
}

/** mutex_unlock of a group; `judge` are the moments of the return, seen with the values at the unlock. */
export function unlockGroup<V extends string>(
  b: B<V>,
  group: (l: Record<V, number>, w: World) => number,
  judge: (ReturnType<B<V>["moment"]> | ReturnType<B<V>["moment"]>[])[] = [],
) {
  return [
    b.unlock("group_mutex", group, "unlock `group->mutex`"),
    ...judge.flat(),
    b.ghost((s, l, w) => forget(s, w, group(l, w))),
  ];
}

/**
 * A call of the core's API returns this to its caller, who asked for a PASID and a domain; 0 is a detach, which must
 * succeed. Without `toAttach`, 0 does not promise that the domain is attached.
 */
export function returnsTo<V extends string>(
  b: B<V>,
  group: (l: Record<V, number>, w: World) => number,
  ret: (l: Record<V, number>) => number,
  asked: (l: Record<V, number>) => readonly [pasid: number, domain: number],
  toAttach = true,
) {
  return [
    b.moment("call_return", (l, w) => [group(l, w), ret(l), ...asked(l)]),
    b.ghost((s, l, w) => {
      const [pasid, domain] = asked(l);
      if (toAttach && ret(l) === 0) s.group[group(l, w)].requested[pasid] = domain;
    }),
  ];
}

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

/** Memory for an entry to come: needed for an empty slot only, and failing only where the scenario says so. */
function reserve<V extends string>(
  b: B<V>,
  failed: V,
  group: (l: Record<V, number>) => number,
  pasid: (l: Record<V, number>) => number,
) {
  return b.choose(
    "allocate a slot of `pasid_array`",
    ["it works", "-ENOMEM"],
    (_l, w) => w.mayFail.has("pasid_array"),
    (s, l) => canFail(s) && s.group[group(l)].pasid_array[pasid(l)] === 0,
    fails,
    failed,
  );
}

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

const maxPasids = (w: World, dev: number) => w.device[dev]?.max_pasids ?? 0;

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

const __iommu_group_alloc_blocking_domain = define(
  "__iommu_group_alloc_blocking_domain",
  source,
  ["group"],
  [],
  (b) => [
    b.if("is there a `blocking_domain`?", (s, l) => s.group[l.group].blocking_domain !== 0, [b.return(0, "return 0")]),
    b.step("`blocking_domain` := the driver's static blocked domain", (s, l) => {
      s.group[l.group].blocking_domain = DOMAIN_BLOCKED;
    }),
    b.return(0, "return 0"),
  ],
);

const __iommu_take_dma_ownership = define("__iommu_take_dma_ownership", source, ["group"], ["ret"], (b) => [
  b.if(
    "is the group in use?",
    (s, l, w) => {
      const group = s.group[l.group];
      return (group.domain !== 0 && group.domain !== group.default_domain) || holdsSomething(s, w, l.group);
    },
    [b.return(EBUSY, "return -EBUSY")],
  ),
  b.call("__iommu_group_alloc_blocking_domain", (l) => [l.group], "ret"),
  b.call("__iommu_group_set_domain_internal", (l) => [l.group, DOMAIN_BLOCKED, 0], "ret"),
  b.when("did it fail?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")]),
  b.step("`owner` := the caller; `owner_cnt` + 1", (s, l) => {
    s.group[l.group].owner = 1;
    s.group[l.group].owner_cnt++;
  }),
  b.return(0, "return 0"),
]);

/** Everything in one array: a handle of the RID counts, too. */
const holdsSomething = (s: KernelState, w: World, group: number) =>
  s.group[group].pasid_array[0] !== 0 || nextPasid(s, w, group, 0) !== 0;

const __iommu_release_dma_ownership = define(
  "__iommu_release_dma_ownership: void",
  source,
  ["group"],
  ["domain"],
  (b) => [
    b.warnIf(
      "__iommu_release_dma_ownership",
      "nobody owns {group}, or something is attached",
      (s, l, w) => {
        const group = s.group[l.group];
        return group.owner_cnt === 0 || group.owner === 0 || holdsSomething(s, w, l.group);
      },
      [b.return(0, "leave it")],
    ),
    b.step("`owner_cnt` := 0, `owner` := NULL; `default_domain` is {domain}", (s, l) => {
      s.group[l.group].owner_cnt = 0;
      s.group[l.group].owner = 0;
      l.domain = s.group[l.group].default_domain;
    }),
    b.call("__iommu_group_set_domain_nofail", (l) => [l.group, l.domain]),
  ],
);

const iommu_group_release_dma_owner = define("iommu_group_release_dma_owner: void", source, ["group"], [], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.call("__iommu_release_dma_ownership", (l) => [l.group]),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      () => 0,
      () => [IOMMU_NO_PASID, 0],
    ),
  ]),
]);

const iommu_device_release_dma_owner = define(
  "iommu_device_release_dma_owner: void",
  source,
  ["dev"],
  ["group"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "is `owner_cnt` above 1?",
      (s, l) => s.group[l.group].owner_cnt > 1,
      [
        b.step("`owner_cnt` - 1", (s, l) => {
          s.group[l.group].owner_cnt--;
        }),
      ],
      [b.call("__iommu_release_dma_ownership", (l) => [l.group])],
    ),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        () => 0,
        () => [IOMMU_NO_PASID, 0],
      ),
    ]),
  ],
);

const iommu_device_claim_dma_owner = define(
  "iommu_device_claim_dma_owner",
  { ...source, note: "There is one user; a second one, who would get -EPERM, is not modelled." },
  ["dev"],
  ["group", "ret"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "does anybody own the group, `owner_cnt` > 0?",
      (s, l) => s.group[l.group].owner_cnt > 0,
      [
        b.if(
          "is it a driver that uses the kernel's DMA API, `owner` NULL?",
          (s, l) => s.group[l.group].owner === 0,
          [
            b.local("", (l) => {
              l.ret = EPERM;
            }),
          ],
          [
            b.step("`owner_cnt` + 1", (s, l) => {
              s.group[l.group].owner_cnt++;
            }),
          ],
        ),
      ],
      [b.call("__iommu_take_dma_ownership", (l) => [l.group], "ret")],
    ),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        () => [IOMMU_NO_PASID, DOMAIN_BLOCKED],
        false,
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_group_claim_dma_owner = define("iommu_group_claim_dma_owner", source, ["group"], ["ret"], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.if(
    "does anybody own the group?",
    (s, l) => s.group[l.group].owner_cnt > 0,
    [
      b.local("", (l) => {
        l.ret = EPERM;
      }),
    ],
    [b.call("__iommu_take_dma_ownership", (l) => [l.group], "ret")],
  ),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      (l) => l.ret,
      () => [IOMMU_NO_PASID, DOMAIN_BLOCKED],
    ),
  ]),
  b.return((l) => l.ret, "return {ret}"),
]);

/** `dom` stands for the domain that the kernel allocates here. */
const iommu_setup_default_domain = define(
  "iommu_setup_default_domain",
  {
    ...source,
    note: "The new domain is one that the scenario names; DMA cookies and direct mappings are not modelled.",
  },
  ["group", "dom"],
  ["old_dom", "failed", "ret"],
  (b) => [
    b.choose(
      "allocate the new default domain",
      ["it works", "-ENOMEM"],
      (l, w) => l.dom >= FIRST_DOMAIN && w.mayFail.has("default_domain"),
      (s, l) => canFail(s) && s.group[l.group].default_domain !== l.dom,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [b.return(ENOMEM, "return -ENOMEM")]),
    b.step("read `default_domain`, the old one: {old_dom}", (s, l) => {
      l.old_dom = s.group[l.group].default_domain;
    }),
    b.when("is it {dom} already?", (l) => l.old_dom === l.dom, [b.return(0, "return 0")]),
    b.step("`default_domain` := {dom}", (s, l) => {
      s.group[l.group].default_domain = l.dom;
    }),
    b.if(
      "is this the first attach, `group->domain` NULL?",
      (s, l) => s.group[l.group].domain === 0,
      [
        b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.dom, 1], "ret"),
        b.warnOn("iommu_setup_default_domain", "the first attach failed", (l) => l.ret !== 0),
      ],
      [
        b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.dom, 0], "ret"),
        b.when("did it fail?", (l) => l.ret !== 0, [
          b.step("`default_domain` := {old_dom} again", (s, l) => {
            s.group[l.group].default_domain = l.old_dom;
          }),
          b.return((l) => l.ret, "return {ret}"),
        ]),
      ],
    ),
    b.ghost((s, l) => {
      if (l.ret === 0) s.group[l.group].requested[IOMMU_NO_PASID] = l.dom;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_group_store_type = define(
  "iommu_group_store_type",
  {
    ...source,
    note: "DMA to DMA-FQ, which touches no table, is not modelled; neither is freeing the old default domain.",
  },
  ["group", "dom"],
  ["ret"],
  (b) => [
    ...lockGroup(b, (l) => l.group),
    b.if(
      "does anybody own or drive the group, `owner_cnt` > 0?",
      (s, l) => s.group[l.group].owner_cnt > 0,
      [
        b.local("", (l) => {
          l.ret = EPERM;
        }),
      ],
      [b.call("iommu_setup_default_domain", (l) => [l.group, l.dom], "ret")],
    ),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        (l) => [IOMMU_NO_PASID, l.dom],
        false,
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

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
        b.when("did it fail?", (l) => l.ret !== 0, [
          b.step("`reset_depth` - 1", (s, l) => {
            s.gdev[l.dev].reset_depth--;
          }),
          b.goto("out_unlock"),
        ]),
      ],
    ),
    b.step("{dev} `blocked` := true", (s, l) => {
      s.gdev[l.dev].blocked = 1;
    }),
    b.when("does {dev} support PASIDs?", (l, w) => maxPasids(w, l.dev) > 0, [
      b.scan("for each PASID from 1 in `pasid_array`", "pasid", (s, l, w) => nextPasid(s, w, l.group, l.pasid), [
        b.step("read `pasid_array[{pasid:index}]`: {domain}", (s, l) => {
          l.domain = s.group[l.group].pasid_array[l.pasid] as number;
        }),
        b.call(
          "iommu_remove_dev_pasid",
          (l) => [l.dev, l.pasid, l.domain],
          null,
          "`iommu_remove_dev_pasid`: PASID {pasid}, {domain}",
        ),
      ]),
    ]),
    b.step("`recovery_cnt` + 1", (s, l) => {
      s.group[l.group].recovery_cnt++;
    }),
    b.label("out_unlock"),
    ...unlockGroup(b, (l) => l.group, [
      b.moment("prepare_return", (l) => [l.dev, l.ret]),
      b.ghost((s, l) => {
        if (l.ret === 0) s.gdev[l.dev].prepared++;
      }),
    ]),
    b.return((l) => l.ret, "return {ret}"),
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
      b.scan("for each PASID from 1 in `pasid_array`", "pasid", (s, l, w) => nextPasid(s, w, l.group, l.pasid), [
        b.step("read `pasid_array[{pasid:index}]`: {domain}", (s, l) => {
          l.domain = s.group[l.group].pasid_array[l.pasid] as number;
        }),
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
    ...unlockGroup(b, (l) => l.group, [
      b.moment("done_return", (l) => [l.dev]),
      b.ghost((s, l) => {
        const gdev = s.gdev[l.dev];
        if (gdev.prepared > 0) gdev.prepared--;
        gdev.restored = 1;
      }),
    ]),
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
  iommu_remove_dev_pasid,
  __iommu_set_group_pasid,
  __iommu_remove_group_pasid,
  iommu_attach_device_pasid,
  iommu_replace_device_pasid,
  iommu_detach_device_pasid,
  __iommu_group_alloc_blocking_domain,
  __iommu_take_dma_ownership,
  __iommu_release_dma_ownership,
  iommu_group_release_dma_owner,
  iommu_device_release_dma_owner,
  iommu_device_claim_dma_owner,
  iommu_group_claim_dma_owner,
  iommu_setup_default_domain,
  iommu_group_store_type,
  pci_dev_reset_iommu_prepare,
  pci_dev_reset_iommu_done,
};
