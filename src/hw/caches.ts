/**
 * What an SMMU has cached: Arm IHI 0070, 3.21 (structure access rules), 4.2 to 4.4 (commands) and 16.2 (caching).
 *
 * Of each StreamID it may hold a copy of the STE, of the first descriptor of a CD table of two levels, and of CDs; and by
 * ASID or VMID translations of pages. A request is answered by these copies, and by memory where there is none; then what
 * was read is held, valid or not, as the architecture permits. Only valid translations are held. What is held goes when a
 * command that names it is taken, or where an operation says that the SMMU drops it by itself; no command takes more than
 * it must.
 */
import { define, devicesDomain, FIRST_DOMAIN, type KernelState, streamsOf, type World } from "../kernel/structs.ts";
import {
  C_BAD_CD,
  C_BAD_SUBSTREAMID,
  cdAnswer,
  CFG_NESTED,
  CFG_S2_TRANS,
  F_TRANSLATION,
  GO_ON,
  hasTwoLevels,
  steAnswer,
} from "./answers.ts";
import { type Cds, hasNoSte, type SteFacts, steFactsOf } from "./tables.ts";

/** Whether the SMMUs of a world hold copies. */
export const hasCaches = (w: World): boolean => w.hardware.has("cache");

/** `l1cd` of a copy. */
const [NOT_HELD, INVALID, VALID] = [0, 1, 2];

type Ste = KernelState["ste"][number];
type SteEntries = World["ste"][number];

/** The STE by which the SMMU goes: its copy, or what it would read. */
export function steMet(s: KernelState, w: World, stream: number): Ste {
  return hasCaches(w) && s.ste_cache[stream].held === 1 ? s.ste_cache[stream] : s.ste[stream];
}

/** What it says. */
export const steFactsMet = (s: KernelState, w: World, stream: number): SteFacts =>
  steFactsOf(w, stream, steMet(s, w, stream));

/** The second level of a CD table is not there, as far as the SMMU knows. */
function lacksLevel2(s: KernelState, stream: number, device: number): boolean {
  const { l1cd } = s.ste_cache[stream];
  return l1cd === NOT_HELD ? s.master[device].cdtab_l2 === 0 : l1cd === INVALID;
}

/** What the configuration gives a request of a stream, as `walk` says what memory gives it. */
export function configMet(s: KernelState, w: World, stream: number, ssid: number): number {
  const ste = steMet(s, w, stream);
  const answer = steAnswer(w, stream, ste, ssid);
  if (answer !== GO_ON) return answer;
  const device = w.ste[stream]?.S1ContextPtr[ste.q0] ?? 0;
  if (device === 0) return C_BAD_CD;
  if (hasTwoLevels(w, stream, ste) && lacksLevel2(s, stream, device)) return C_BAD_SUBSTREAMID;
  const { cd_q0, cd_q1, cd_q3 } = cdMet(s, w, stream, device, ssid);
  return cdAnswer(w, device, cd_q0[ssid] as number, cd_q1[ssid] as number, cd_q3[ssid] as number);
}

/** The CD by which the SMMU goes: among its copies, or where it would be read. */
export const cdMet = (s: KernelState, w: World, stream: number, device: number, ssid: number) =>
  hasCaches(w) && s.cd_cache[stream].held[ssid] === 1 ? s.cd_cache[stream] : s.master[device];

/** The domain whose ASID or VMID the TLB is asked for; 0 where the request is not translated. */
function tagMet(s: KernelState, w: World, stream: number, ssid: number): number {
  const answer = configMet(s, w, stream, ssid);
  // what bypasses is no domain of a page table; EPD0 stops walks, not what is in the TLB
  if (answer < FIRST_DOMAIN && answer !== F_TRANSLATION) return 0;
  const { q0, q2 } = steMet(s, w, stream);
  const facts = w.ste[stream] as SteEntries;
  if (facts.Config[q0] === CFG_S2_TRANS) return facts.S2VMID[q2] as number;
  if (facts.Config[q0] === CFG_NESTED) return facts.vSTE[q0] as number;
  const device = facts.S1ContextPtr[q0] as number;
  return w.cd[device]?.ASID[cdMet(s, w, stream, device, ssid).cd_q0[ssid] as number] ?? 0;
}

/** What the TLB has for a request: the domain in whose page table the page was found; 0 for nothing. */
export function pageMet(s: KernelState, w: World, stream: number, ssid: number): number {
  const tag = tagMet(s, w, stream, ssid);
  return tag === 0 ? 0 : s.iotlb[tag].page;
}

/** The domain that a request reaches through what is held, 0 for none: `walk` says it of memory. */
export function meets(s: KernelState, w: World, stream: number, ssid: number): number {
  return pageMet(s, w, stream, ssid) || Math.max(0, configMet(s, w, stream, ssid));
}

/** The page is mapped, in the page table that a domain's requests end up in. */
export const isMapped = (s: KernelState, w: World, domain: number): boolean =>
  domain < FIRST_DOMAIN || s.domain[devicesDomain(w, domain)].mapped === 1;

const sameCd = (a: Cds, b: Cds, ssid: number) =>
  a.cd_q0[ssid] === b.cd_q0[ssid] && a.cd_q1[ssid] === b.cd_q1[ssid] && a.cd_q3[ssid] === b.cd_q3[ssid];

/** A copy of an STE is held, and memory says something else by now. */
export function isSteStale(s: KernelState, stream: number): boolean {
  const [copy, ste] = [s.ste_cache[stream], s.ste[stream]];
  const isSame = copy.q0 === ste.q0 && copy.q1 === ste.q1 && copy.q2 === ste.q2 && copy.q3 === ste.q3;
  return copy.held === 1 && !isSame;
}

/** The same of a CD that was read through it, or of the descriptor that leads there. */
export function isCdStale(s: KernelState, w: World, stream: number, ssid: number): boolean {
  const device = w.ste[stream]?.S1ContextPtr[s.ste_cache[stream].q0] ?? 0;
  if (device === 0) return false;
  if (s.ste_cache[stream].l1cd === INVALID && s.master[device].cdtab_l2 === 1) return true;
  return s.cd_cache[stream].held[ssid] === 1 && !sameCd(s.cd_cache[stream], s.master[device], ssid);
}

/** Reads the STE, where it is not held yet and there is one. */
export function holdSte(s: KernelState, w: World, stream: number): void {
  const copy = s.ste_cache[stream];
  if (copy.held === 1 || hasNoSte(s, w, stream)) return;
  const { q0, q1, q2, q3 } = s.ste[stream];
  Object.assign(copy, { held: 1, q0, q1, q2, q3 });
}

/** The STE, and the CD that a request with an ssid needs. */
export function holdConfig(s: KernelState, w: World, stream: number, ssid: number): void {
  holdSte(s, w, stream);
  const copy = s.ste_cache[stream];
  const device = w.ste[stream]?.S1ContextPtr[copy.q0] ?? 0;
  if (steAnswer(w, stream, copy, ssid) !== GO_ON || device === 0) return;
  const master = s.master[device];
  if (hasTwoLevels(w, stream, copy) && copy.l1cd === NOT_HELD) copy.l1cd = master.cdtab_l2 === 0 ? INVALID : VALID;
  const cds = s.cd_cache[stream];
  if (copy.l1cd === INVALID || cds.held[ssid] === 1) return;
  cds.held[ssid] = 1;
  cds.cd_q0[ssid] = master.cd_q0[ssid] as number;
  cds.cd_q1[ssid] = master.cd_q1[ssid] as number;
  cds.cd_q3[ssid] = master.cd_q3[ssid] as number;
}

/** The answer to a request that is not translated yet, through what is held; what was read for it is held. */
export function translateHeld(s: KernelState, w: World, stream: number, ssid: number): number {
  holdConfig(s, w, stream, ssid);
  const found = configMet(s, w, stream, ssid);
  const tag = tagMet(s, w, stream, ssid);
  if (tag === 0) return found;
  const { page } = s.iotlb[tag];
  if (page !== 0) return page;
  if (found < 0 || !isMapped(s, w, found)) return F_TRANSLATION;
  s.iotlb[tag].page = found;
  return found;
}

export function dropCd(s: KernelState, stream: number, ssid: number): void {
  const cds = s.cd_cache[stream];
  cds.held[ssid] = 0;
  cds.cd_q0[ssid] = 0;
  cds.cd_q1[ssid] = 0;
  cds.cd_q3[ssid] = 0;
}

export function dropL1cd(s: KernelState, stream: number): void {
  s.ste_cache[stream].l1cd = NOT_HELD;
}

/** What was read through an STE goes with it. */
export function dropSte(s: KernelState, stream: number): void {
  Object.assign(s.ste_cache[stream], { held: 0, q0: 0, q1: 0, q2: 0, q3: 0, l1cd: NOT_HELD });
  for (let ssid = 0; ssid < s.cd_cache[stream].held.length; ssid++) dropCd(s, stream, ssid);
}

/** May come at any time: an SMMU may read whatever entry it can reach (3.21.3). */
const read_ahead = define("read_ahead: void", { file: "the SMMU" }, ["dev", "ssid"], [], (b) => [
  b.step("read the STE of {dev} ahead, and CD {ssid} if it leads there", (s, l, w) => {
    for (const stream of streamsOf(w, l.dev)) if (hasCaches(w)) holdConfig(s, w, stream, l.ssid);
  }),
]);

/** May come at any time as well: whatever is held may be dropped, to be read again when it is needed. */
const evict = define("evict: void", { file: "the SMMU" }, ["dev"], [], (b) => [
  b.step("drop the STE of {dev}, and what was read through it", (s, l, w) => {
    for (const stream of streamsOf(w, l.dev)) if (hasCaches(w)) dropSte(s, stream);
  }),
]);

const evict_page = define("evict_page: void", { file: "the SMMU" }, ["domain"], [], (b) => [
  b.step("drop the translation that is tagged with {domain}", (s, l, w) => {
    if (hasCaches(w)) s.iotlb[l.domain].page = 0;
  }),
]);

export const byItself = { read_ahead, evict, evict_page };
