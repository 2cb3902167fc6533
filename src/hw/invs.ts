/**
 * A domain's list of what has to be invalidated when its page tables change: `arm_smmu_invs_merge`, `_unref` and
 * `_purge` (arm-smmu-v3.c, Linux 7.3).
 *
 * Readers walk an array without a lock, so an attach makes a new one, and a detach, which must not fail, only counts
 * down: an item with `users` 0 is trash, which readers skip, until a merge or a purge leaves it out.
 */
export const INV_TYPES = { S1_ASID: 0, S2_VMID: 1, S2_VMID_S1_CLEAR: 2, ATS: 3, ATS_FULL: 4 } as const;
export type InvType = keyof typeof INV_TYPES;

/** What an item invalidates; sorted and told apart by `smmu`, `type`, `id` and, for ATS, `ssid`. */
export interface InvItem {
  /** Which SMMU instance. */
  readonly smmu: number;
  readonly type: InvType;
  /** ASID, VMID or StreamID. */
  readonly id: number;
  /** Opcodes for a range and for everything. */
  readonly size_op: number;
  readonly nsize_op: number;
  /** Log2 of the smallest page, 0 for unset; not of ATS types, which have `ssid` in its place. */
  readonly pgsize: number;
  readonly ssid: number;
}
interface Used {
  /** 0 is trash. */
  readonly users: number;
}
export type Inv<T extends InvItem = InvItem> = T & Used;

export interface Invs<T extends InvItem = InvItem> {
  /** Its length is the kernel's `num_invs`. */
  readonly invs: readonly Inv<T>[];
  readonly num_trashes: number;
  /** Readers take the rwlock if it is set; it may stay when the last ATS item has become trash. */
  readonly has_ats: boolean;
}

export const isAts = (item: InvItem): boolean => item.type === "ATS" || item.type === "ATS_FULL";

/** The order of a list; 0 for items that are the same. */
export function compareInvs(a: InvItem, b: InvItem): number {
  return a.smmu - b.smmu || INV_TYPES[a.type] - INV_TYPES[b.type] || a.id - b.id || (isAts(a) ? a.ssid - b.ssid : 0);
}

/** Walks an array without its trash and a sorted list side by side: positions in each, -1 where it has no such item. */
function* walkBoth(array: readonly Inv<InvItem>[], list: readonly InvItem[]): Generator<readonly [number, number]> {
  let i = 0;
  let j = 0;
  for (;;) {
    while (i < array.length && array[i].users === 0) i += 1;
    if (i >= array.length && j >= list.length) return;
    let order = 0;
    if (i >= array.length) order = 1;
    else if (j >= list.length) order = -1;
    else order = compareInvs(array[i], list[j]);
    yield [order <= 0 ? i : -1, order >= 0 ? j : -1];
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
  }
}

const made = <T extends InvItem>(invs: readonly Inv<T>[]): Invs<T> => ({
  invs,
  num_trashes: 0,
  has_ats: invs.some(isAts),
});

/** A new array with one more user of each item of a sorted list, and without trash. */
export function mergeInvs<T extends InvItem>(old: Invs<T>, toMerge: readonly T[]): Invs<T> {
  const invs: Inv<T>[] = [];
  for (const [i, j] of walkBoth(old.invs, toMerge)) {
    if (i < 0) invs.push({ ...toMerge[j], users: 1 });
    else invs.push(j < 0 ? old.invs[i] : { ...old.invs[i], users: old.invs[i].users + 1 });
  }
  return made(invs);
}

export interface Unref<T extends InvItem = InvItem> {
  /** What becomes of the array in place. */
  readonly array: Invs<T>;
  /** For each item of the list: 0 if it became trash, 1 if others still use it. */
  readonly used: readonly number[];
  /** Items that the array does not hold: a bug of the caller's. */
  readonly warnings: number;
}

/** One user less of each item of a sorted list, in the same array: the first half of an unref, done without its lock. */
export function countDownInvs<T extends InvItem>(old: Invs<T>, toUnref: readonly T[]): Unref<T> {
  const invs = [...old.invs];
  const used = toUnref.map(() => 0);
  let { num_trashes } = old;
  let warnings = 0;
  for (const [i, j] of walkBoth(old.invs, toUnref)) {
    if (i < 0) warnings += 1;
    if (i < 0 || j < 0) continue;
    const users = invs[i].users - 1;
    invs[i] = { ...invs[i], users };
    if (users === 0) num_trashes += 1;
    else used[j] = 1;
  }
  return { array: { invs, num_trashes, has_ats: old.has_ats }, used, warnings };
}

/** The second half, under the lock: trash at the end is cut off, older trash as well. */
export function trimInvs<T extends InvItem>({ invs, num_trashes, has_ats }: Invs<T>): Invs<T> {
  const length = invs.findLastIndex((item) => item.users !== 0) + 1;
  return { invs: invs.slice(0, length), num_trashes: num_trashes - (invs.length - length), has_ats };
}

/** Both halves of an unref. */
export function unrefInvs<T extends InvItem>(old: Invs<T>, toUnref: readonly T[]): Unref<T> {
  const down = countDownInvs(old, toUnref);
  return { ...down, array: trimInvs(down.array) };
}

/** A new array without trash; null if there is none to leave out. */
export function purgeInvs<T extends InvItem>(old: Invs<T>): Invs<T> | null {
  if (old.invs.length === 0 || old.num_trashes === 0 || old.invs.length < old.num_trashes) return null;
  return made(old.invs.filter((item) => item.users !== 0));
}
