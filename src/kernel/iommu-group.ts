/**
 * What the procedures of the IOMMU core share (drivers/iommu/iommu.c, Linux 7.3): a group's lock, list and array.
 *
 * xarray slots: 0 is empty, RESERVED is reserved and reads as NULL.
 */
import type { Builder } from "../sim/proc.ts";
import { reach } from "../hw/tables.ts";
import {
  canFail,
  fails,
  DOMAIN_BLOCKED,
  EINVAL,
  FIRST_DOMAIN,
  IOMMU_NO_PASID,
  type KernelState,
  recovers,
  RESERVED,
  type World,
} from "./structs.ts";

export const source = { file: "drivers/iommu/iommu.c" };

/** An entry as its readers see it: a reserved slot is NULL. */
export const entry = (value: number | undefined) => (value === RESERVED || value === undefined ? 0 : value);

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

export function forget(s: KernelState, w: World, group: number): void {
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

/** A builder of a procedure of the kernel with these locals. */
export type B<V extends string> = Builder<KernelState, World, V>;

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

/** A fact of the world: firmware asks for direct mappings of {dev} that have to stay. */
export const requiresDirect = (w: World, dev: number) => w.device[dev]?.require_direct ?? false;

/** Prepare of the first two series, before any lock: a device that must keep its direct mappings is not to be blocked. */
export const refuseDirect = <V extends string>(b: B<V | "dev">) =>
  b.when("", (l, w) => requiresDirect(w, l.dev), [
    b.when("is {dev} `require_direct`?", () => true, [
      b.return(EINVAL, "return -EINVAL: its direct mappings have to stay"),
    ]),
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

/** Memory for an entry to come: needed for an empty slot only, and failing only where the scenario says so. */
export function reserve<V extends string>(
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
