/**
 * Invalidation arrays in a state: `struct arm_smmu_invs` (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h, Linux 7.3).
 *
 * What an item can be is settled by the world: the tag of a domain, and each StreamID with each ssid. They have places, in
 * the order of the array, so that an array is a byte for each place: 0 where it has no such item, the item's users, or
 * TRASH. What merge, unref and purge make of an array, and which commands it takes, is said by `src/hw`.
 *
 * Arrays are objects of their own, named by numbers. A domain's published array has the number of its home whenever
 * nobody reads an older one, so that states which differ in addresses only are equal; arrays that are not yet published,
 * or still read, have the numbers behind. There are few of these: an allocation waits where there is none.
 */
import { OPCODES } from "../hw/command-fields.ts";
import type { Qwords } from "../hw/fields.ts";
import { commandsOf, endsBatch, type InvRange } from "../hw/inv-ranges.ts";
import {
  compareInvs,
  countDownInvs,
  type InvItem,
  type Invs,
  type InvType,
  isAts,
  mergeInvs,
  purgeInvs,
  trimInvs,
} from "../hw/invs.ts";
import type { Table } from "../sim/link.ts";
import { atsSupported, devicesDomain, type KernelState, type World } from "./structs.ts";

/** An item that has no users and still stands in its array. */
export const TRASH = 128;

/** Places that a batch has room for; see `inBatch`. */
export const MAX_PLACES = 40;

export interface PlacedItem extends InvItem {
  readonly place: number;
  /** The function that an ATC invalidation goes to, and its stream; 0 for a TLB invalidation. */
  readonly dev: number;
  readonly stream: number;
}

export interface InvLayout {
  /** How many places an array has. */
  readonly places: number;
  /** Items of each domain by place. */
  readonly items: readonly (readonly (PlacedItem | undefined)[])[];
  /** Number of each domain's array while nobody reads an older one, from 1; 0 for domains that have none. */
  readonly home: readonly number[];
  readonly homes: number;
  /** Arrays that can be there at once. */
  readonly arrays: number;
  readonly known: Known;
}

/** What becomes of an array: `users` by place, and what an unref has found. */
interface Change {
  readonly users: readonly number[];
  readonly has_ats: number;
  /** Items that were not there, and whether the tag still has users. */
  readonly missing: number;
  readonly tagUsers: number;
}

/** A branch for each byte of an array, a change behind the last. */
interface Branch {
  readonly next: (Branch | undefined)[];
  change: Change | undefined;
}
const branch = (): Branch => ({ next: [], change: undefined });

/**
 * What `src/hw` has said about a world's arrays and items. A run asks the same few questions over and over, so each is put
 * once; the answers follow from the world and from what is asked alone.
 */
interface Known {
  /** By what is done, for whom, and the bytes of the array. */
  readonly changes: Map<number, Branch>;
  /** By domain, size and place. */
  readonly sendsNothing: (boolean | undefined)[];
}

/** One page of a domain, at an address of its own. The SMMU has RANGE_INV and 4 KB pages. */
export const PAGE_SHIFT = 12;
export const pageOf = (domain: number): bigint => BigInt(domain) << 16n;

/** What an invalidation is for: the page of an unmap, that of a process, or everything. */
export const SIZE = { ALL: 0, PAGE: 1, PAGE_OF_PROCESS: 2 } as const;

/** The range of it; a run of the model has one page, whatever was unmapped. */
export function rangeOf(domain: number, size: number): InvRange {
  if (size === SIZE.ALL) return { range_inv: true, iova: 0n, size: 0n, granule: 0n, leaf: false };
  return { range_inv: true, iova: pageOf(domain), size: 4096n, granule: 4096n, leaf: size === SIZE.PAGE };
}

/** What a type of item sends for a range and for everything; stage 1 by whether the kernel is at EL2. */
function sentBy(type: InvType, isEl2: boolean): Pick<InvItem, "size_op" | "nsize_op" | "pgsize"> {
  const op = OPCODES;
  switch (type) {
    case "S2_VMID":
      return { size_op: op.TLBI_S2_IPA, nsize_op: op.TLBI_S12_VMALL, pgsize: PAGE_SHIFT };
    case "S2_VMID_S1_CLEAR":
      return { size_op: op.TLBI_NH_ALL, nsize_op: op.TLBI_NH_ALL, pgsize: 0 };
    case "S1_ASID":
      return isEl2
        ? { size_op: op.TLBI_EL2_VA, nsize_op: op.TLBI_EL2_ASID, pgsize: PAGE_SHIFT }
        : { size_op: op.TLBI_NH_VA, nsize_op: op.TLBI_NH_ASID, pgsize: PAGE_SHIFT };
    default:
      return { size_op: op.ATC_INV, nsize_op: op.ATC_INV, pgsize: 0 };
  }
}

/** The items of a unit test's lists, each once and in order. */
function givenItems(w: Omit<World, "invs">, smmu: number): PlacedItem[] {
  const all: Omit<PlacedItem, "place">[] = [];
  for (const given of w.inv_list.flatMap(({ items }) => items)) {
    const item = { ...given, smmu, ...sentBy(given.type, false), dev: 0, stream: 0 };
    if (!all.some((other) => compareInvs(other, item) === 0)) all.push(item);
  }
  return all.sort(compareInvs).map((item, place) => ({ ...item, place }));
}

/** Places, items and numbers of a world's arrays. `extra` arrays can be there besides the published ones. */
export function invLayout(w: Omit<World, "invs">, extra: number): InvLayout {
  const given = givenItems(w, 1);
  const tags = w.domain.some((d) => d.nest_parent) ? 2 : 1;
  const ats: { smmu: number; id: number; ssid: number; dev: number; stream: number }[] = [];
  w.device.forEach((d, dev) => {
    if (!atsSupported(w, dev)) return;
    const ssids = Math.max(1, Math.min(d.max_pasids, w.pasids));
    for (const stream of d.streams) {
      for (let ssid = 0; ssid < ssids; ssid++)
        ats.push({ smmu: d.smmu, id: w.stream[stream]?.sid ?? 0, ssid, dev, stream });
    }
  });
  ats.sort((a, b) => a.smmu - b.smmu || a.id - b.id || a.ssid - b.ssid);
  let arrays = 0;
  const home = w.domain.map((_d, domain) => (domain > 0 && devicesDomain(w, domain) === domain ? ++arrays : 0));
  const items = w.domain.map((d, domain) => {
    const own: (PlacedItem | undefined)[] = [];
    if (home[domain] === 0) return own;
    if (given.length > 0) return given.map((item) => ({ ...item, smmu: d.smmu }));
    const isEl2 = w.smmu[d.smmu]?.features.has("E2H") ?? false;
    const tag = (type: InvType, place: number): PlacedItem => ({
      smmu: d.smmu,
      type,
      id: d.tag,
      ssid: 0,
      dev: 0,
      stream: 0,
      place,
      ...sentBy(type, isEl2),
    });
    own[0] = tag(d.stage === 2 ? "S2_VMID" : "S1_ASID", 0);
    // stage 1 of guests goes when what is below it changes
    if (d.nest_parent) own[1] = tag("S2_VMID_S1_CLEAR", 1);
    const type = d.nest_parent ? "ATS_FULL" : "ATS";
    ats.forEach((entry, i) => {
      if (entry.smmu !== d.smmu) return;
      own[tags + i] = { ...entry, place: tags + i, type, ...sentBy(type, isEl2) };
    });
    return own;
  });
  const known = { changes: new Map<number, Branch>(), sendsNothing: [] };
  const places = given.length > 0 ? given.length : tags + ats.length;
  return { places, items, home, homes: arrays, arrays: arrays + extra, known };
}

/** The item of a domain's array at a place. */
export function itemAt(w: World, domain: number, place: number): PlacedItem {
  const item = w.invs.items[domain]?.[place];
  if (item === undefined) throw new TypeError(`an array of ${w.domain[domain]?.name} has no place ${place}`);
  return item;
}

/** `arm_smmu_master_build_invs`: what an attachment adds to a domain's array, and takes from it. */
export const buildInvs = (w: World, dev: number, domain: number, ssid: number, ats_enabled: number): PlacedItem[] =>
  (w.invs.items[domain] ?? []).filter(
    (item): item is PlacedItem =>
      item !== undefined && (isAts(item) ? ats_enabled === 1 && item.dev === dev && item.ssid === ssid : true),
  );

/** An array as `src/hw` takes it. */
export function readInvs(s: KernelState, w: World, array: number): Invs<PlacedItem> {
  const { domain, has_ats, users } = s.invs[array];
  const invs = [];
  let num_trashes = 0;
  for (let place = 0; place < w.invs.places; place++) {
    const byte = users[place] as number;
    if (byte === 0) continue;
    if (byte === TRASH) num_trashes += 1;
    invs.push({ ...itemAt(w, domain, place), users: byte === TRASH ? 0 : byte });
  }
  return { invs, num_trashes, has_ats: has_ats === 1 };
}

const CHANGE = { MERGE: 0, COUNT_DOWN: 1, TRIM: 2, PURGE: 3 } as const;
type ChangeName = keyof typeof CHANGE;

interface Attachment {
  readonly dev: number;
  readonly ssid: number;
  readonly ats_enabled: number;
}
const nobody: Attachment = { dev: 0, ssid: 0, ats_enabled: 0 };

/** Asks `src/hw` what an array becomes. */
function askChange(s: KernelState, w: World, array: number, what: ChangeName, list: readonly PlacedItem[]): Change {
  const old = readInvs(s, w, array);
  let after: Invs<PlacedItem> | null = null;
  let missing = 0;
  let tagUsers = 0;
  if (what === "MERGE") after = mergeInvs(old, list);
  else if (what === "TRIM") after = trimInvs(old);
  else if (what === "PURGE") after = purgeInvs(old);
  else {
    const down = countDownInvs(old, list);
    after = down.array;
    missing = down.warnings;
    tagUsers = down.used[0] ?? 0;
  }
  const { invs, has_ats } = after ?? old;
  const users = Array.from({ length: w.invs.places }, () => 0);
  for (const item of invs) users[item.place] = item.users === 0 ? TRASH : item.users;
  return { users, has_ats: has_ats ? 1 : 0, missing, tagUsers };
}

/** The items of nobody, for a trim or a purge; else of an attachment. */
const itemsFor = (w: World, domain: number, who: Attachment): PlacedItem[] =>
  who.dev === 0 ? [] : buildInvs(w, who.dev, domain, who.ssid, who.ats_enabled);

/** What an array of a domain becomes by a merge or unref for an attachment, a trim or a purge. */
function changeOf(s: KernelState, w: World, array: number, what: ChangeName, domain: number, who: Attachment): Change {
  const { has_ats, users, domain: owner } = s.invs[array];
  // a statement that was moved may meet the array of another domain
  if (owner !== domain) return askChange(s, w, array, what, itemsFor(w, domain, who));
  const { changes } = w.invs.known;
  const attachment = ((domain * w.device.length + who.dev) * w.pasids + who.ssid) * 2 + who.ats_enabled;
  const key = (attachment * 4 + CHANGE[what]) * 2 + has_ats;
  let at = changes.get(key);
  if (at === undefined) changes.set(key, (at = branch()));
  for (let place = 0; place < w.invs.places; place++) at = at.next[users[place] as number] ??= branch();
  return (at.change ??= askChange(s, w, array, what, itemsFor(w, domain, who)));
}

function write(s: KernelState, array: number, change: Change): void {
  const invs = s.invs[array];
  const { users } = invs;
  for (let place = 0; place < users.length; place++) users[place] = change.users[place] as number;
  invs.has_ats = change.has_ats;
}

function empty(s: KernelState, array: number): void {
  const invs = s.invs[array];
  const { users } = invs;
  for (let place = 0; place < users.length; place++) users[place] = 0;
  invs.has_ats = 0;
}

/** The lowest number of an array that is not there; 0 if there are as many as can be. */
function freeArray(s: KernelState, w: World): number {
  for (let array = w.invs.homes + 1; array <= w.invs.arrays; array++) if (s.invs[array].domain === 0) return array;
  return 0;
}

/** Whether one more array fits. */
export const canAllocate = (s: KernelState, w: World): boolean => freeArray(s, w) !== 0;

function make(s: KernelState, w: World, domain: number, change: Change): number {
  const array = freeArray(s, w);
  s.invs[array].domain = domain;
  write(s, array, change);
  return array;
}

function clear(s: KernelState, array: number): void {
  empty(s, array);
  s.invs[array].domain = 0;
}

/** Gives the domain's array the number of its home, once nobody reads or changes the one or the other. */
function settle(s: KernelState, w: World, domain: number): void {
  const array = s.domain[domain].invs;
  const home = w.invs.home[domain] ?? 0;
  if (array === home || s.invs[home].domain !== 0) return;
  if (s.invs[array].readers > 0 || s.invst.old_invs === array) return;
  s.invs[home].domain = domain;
  const { users } = s.invs[home];
  for (let place = 0; place < users.length; place++) users[place] = s.invs[array].users[place] as number;
  s.invs[home].has_ats = s.invs[array].has_ats;
  clear(s, array);
  s.domain[domain].invs = home;
}

/** `rcu_assign_pointer`, then `kfree_rcu` of the array before: it goes with its last reader. */
function publish(s: KernelState, w: World, domain: number, array: number): void {
  const before = s.domain[domain].invs;
  s.domain[domain].invs = array;
  if (s.invs[before].readers === 0) clear(s, before);
  settle(s, w, domain);
}

/** `arm_smmu_domain_alloc`: an empty array. */
export function newInvs(s: KernelState, w: World, domain: number): void {
  const home = w.invs.home[domain] ?? 0;
  s.domain[domain].invs = home;
  s.invs[home].domain = domain;
  empty(s, home);
}

/** `arm_smmu_domain_free`: nobody reads it any more. */
export function freeInvs(s: KernelState, domain: number): void {
  const array = s.domain[domain].invs;
  if (array !== 0) empty(s, array);
}

/** `arm_smmu_invs_merge`: the new domain's array to come, with one more user of each item of an attachment. */
export function merge(s: KernelState, w: World, dev: number, domain: number, ssid: number, ats_enabled: number): void {
  const merged = changeOf(s, w, s.domain[domain].invs, "MERGE", domain, { dev, ssid, ats_enabled });
  s.invst.new_invs = make(s, w, domain, merged);
}

/** The items of a unit test's list, as a domain's array places them. */
const listed = (w: World, domain: number, list: number): PlacedItem[] =>
  (w.invs.items[domain] ?? []).filter(
    (item): item is PlacedItem =>
      item !== undefined &&
      (w.inv_list[list]?.items ?? []).some((x) => x.type === item.type && x.id === item.id && x.ssid === item.ssid),
  );

/** The same for the items of a list. */
export function mergeList(s: KernelState, w: World, domain: number, list: number): void {
  const merged = askChange(s, w, s.domain[domain].invs, "MERGE", listed(w, domain, list));
  s.invst.new_invs = make(s, w, domain, merged);
}

/** `arm_smmu_invs_unref` for the items of a list, its first half; how many of them the array does not hold. */
export function countDownList(s: KernelState, w: World, domain: number, list: number): number {
  const array = s.domain[domain].invs;
  const down = askChange(s, w, array, "COUNT_DOWN", listed(w, domain, list));
  write(s, array, down);
  return down.missing;
}

/** The attach failed: the array to come is freed. */
export function unprepare(s: KernelState): void {
  if (s.invst.new_invs !== 0) clear(s, s.invst.new_invs);
  s.invst.new_invs = 0;
}

/** `arm_smmu_install_new_domain_invs` */
export function installNew(s: KernelState, w: World, domain: number): void {
  const array = s.invst.new_invs;
  s.invst.new_invs = 0;
  publish(s, w, domain, array);
}

/** The first half of `arm_smmu_invs_unref`, on the old domain's published array. */
export function countDown(s: KernelState, w: World, dev: number, domain: number, ssid: number): Change {
  const array = s.domain[domain].invs;
  s.invst.old_invs = array;
  const down = changeOf(s, w, array, "COUNT_DOWN", domain, {
    dev,
    ssid,
    ats_enabled: s.master[dev].ats_enabled,
  });
  write(s, array, down);
  return down;
}

/** The second half. */
export function trim(s: KernelState, w: World, array: number): void {
  write(s, array, changeOf(s, w, array, "TRIM", s.invs[array].domain, nobody));
}

/** Whether `arm_smmu_invs_purge` has something to leave out. */
export const hasTrash = (s: KernelState, w: World, array: number): boolean => {
  const { users } = s.invs[array];
  for (let place = 0; place < w.invs.places; place++) if (users[place] === TRASH) return true;
  return false;
};

/** `arm_smmu_invs_purge` and what follows; nothing without trash, or without memory. */
export function purge(s: KernelState, w: World, domain: number, array: number, failed: number): void {
  const leavesOut = failed === 0 && hasTrash(s, w, array);
  s.invst.old_invs = 0;
  if (leavesOut)
    publish(s, w, domain, make(s, w, domain, changeOf(s, w, array, "PURGE", s.invs[array].domain, nobody)));
  settle(s, w, domain);
}

/** `rcu_dereference` in a read-side critical section: the array that the reader holds. */
export function rcuRead(s: KernelState, domain: number): number {
  const array = s.domain[domain].invs;
  s.invs[array].readers++;
  return array;
}

/** `rcu_read_unlock`: an array that was replaced goes with its last reader. */
export function rcuUnlock(s: KernelState, w: World, domain: number, array: number): void {
  s.invs[array].readers--;
  if (s.invs[array].readers > 0) return;
  if (s.domain[domain].invs !== array) clear(s, array);
  settle(s, w, domain);
}

/** The next place of an array after one of them, counted from 1, whose item has users; 0 at the end. */
export function nextUsed(s: KernelState, w: World, array: number, after: number): number {
  const { users } = s.invs[array];
  for (let place = after; place < w.invs.places; place++) {
    const byte = users[place] as number;
    if (byte !== 0 && byte !== TRASH) return place + 1;
  }
  return 0;
}

const nobodyAtAll: readonly number[] = [];
/** Who uses the items of a domain's array: nobody where a run without its locks has published NULL. */
export const usersIn = (s: KernelState, domain: number): ArrayLike<number> => {
  const array = s.domain[domain].invs;
  return array === 0 ? nobodyAtAll : s.invs[array].users;
};

/** A domain's array has users of its ATS item for this (device, ssid), on any stream. */
export function hasAtsUser(s: KernelState, w: World, domain: number, dev: number, ssid: number): boolean {
  const users = usersIn(s, domain);
  for (const item of w.invs.items[domain] ?? []) {
    if (item === undefined || item.dev !== dev || item.ssid !== ssid) continue;
    const byte = users[item.place] ?? 0;
    if (byte !== 0 && byte !== TRASH) return true;
  }
  return false;
}

/** Users of the tag in a domain's array. */
export const tagUsers = (s: KernelState, domain: number): number => (usersIn(s, domain)[0] ?? 0) % TRASH;

/** A batch that its thread has not yet submitted: a bit for each place, eight to a local. */
export interface Batch {
  b0: number;
  b1: number;
  b2: number;
  b3: number;
  b4: number;
}
const WORDS = ["b0", "b1", "b2", "b3", "b4"] as const;

/** Adds a place, counted from 1. */
export function addToBatch(batch: Batch, place: number): void {
  const word = WORDS[(place - 1) >> 3] ?? "b4";
  const bits = (batch[word] | (1 << ((place - 1) & 7))) & 255;
  // a local is a signed byte
  batch[word] = bits > 127 ? bits - 256 : bits;
}

export function emptyBatch(batch: Batch): void {
  for (const word of WORDS) batch[word] = 0;
}

/** The next place of a batch after one of them, counted from 1; 0 at the end. */
export function nextInBatch(batch: Readonly<Batch>, after: number): number {
  for (let place = after; place < MAX_PLACES; place++) {
    if ((batch[WORDS[place >> 3] ?? "b4"] >> (place & 7)) & 1) return place + 1;
  }
  return 0;
}

/** Whether the batch that holds an item ends before another one. */
export const batchEnds = (w: World, domain: number, place: number, next: number): boolean =>
  endsBatch(itemAt(w, domain, place - 1), itemAt(w, domain, next - 1));

/** What an item of a domain's array sends. */
export const commandsAt = (w: World, domain: number, place: number, size: number): Qwords[] => [
  ...commandsOf(itemAt(w, domain, place - 1), rangeOf(domain, size)),
];

/** Whether an ATC_INV for a page, by an item of a domain's array, takes an entry for a page of another domain along. */
export const clearsAtc = (w: World, domain: number, place: number, cached: number): boolean =>
  itemAt(w, domain, place - 1).type === "ATS_FULL" || devicesDomain(w, cached) === domain;

/** Whether an item sends nothing: the invalidation of everything of a VMID takes its stage 1 along. */
export const sendsNothing = (w: World, domain: number, place: number, size: number): boolean =>
  (w.invs.known.sendsNothing[(domain * 3 + size) * MAX_PLACES + place - 1] ??=
    commandsOf(itemAt(w, domain, place - 1), rangeOf(domain, size)).next().done === true);

/** Whether a design's driver has arrays; else it walks the devices list. */
export const usesInvs = (table: Table): boolean => !table.index.has("arm_smmu_atc_inv_domain");

/** Domains that have arrays, in order. */
export const arrayDomains = (w: World): number[] => w.invs.home.flatMap((home, domain) => (home > 0 ? [domain] : []));
