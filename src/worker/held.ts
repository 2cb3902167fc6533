/**
 * What the SMMUs of a world hold of entries and pages, where that differs from memory by now, and where a request would end
 * up by it: only in worlds whose SMMUs hold copies.
 */
import { translated } from "../hw/answers.ts";
import { effectsOf } from "../hw/cache-commands.ts";
import { configMet, isCdStale, isMapped, isSteStale, pageMet, steFactsMet } from "../hw/caches.ts";
import { answerName } from "../hw/endpoint.ts";
import { cdFactsOf, steFacts, steFactsOf, walk } from "../hw/tables.ts";
import { commandAt } from "../kernel/cmdq.ts";
import { devicesDomain, firstStream, type KernelState, type World } from "../kernel/structs.ts";
import { commandName, sidName } from "../kernel/words.ts";
import { cdFields, steFields } from "./entry-fields.ts";
import type { Facts, Where } from "./facts.ts";
import type { Field, HardwareBelief, HeldView } from "./protocol.ts";

const sidOf = (w: World, stream: number) => sidName(w.stream[stream]?.sid ?? 0);
const smmuOf = (w: World, stream: number) => w.device[w.stream[stream]?.device ?? 0]?.smmu ?? 0;

type Thing = Pick<ReturnType<typeof effectsOf>[number], "what" | "of" | "ssid">;

/** Whether a command that takes a thing away is on its way. */
function untilTaken({ world: w, now: s }: Facts, smmu: number, { what, of, ssid }: Thing, command: string): string {
  for (let at = 0; at < s.cmdq[smmu].length; at++) {
    const queued = commandAt(s, smmu, at);
    const takes = effectsOf(w, smmu, queued).some(
      (e) => e.of === of && (e.what === what ? e.ssid === ssid : e.what === "ste" && what !== "page"),
    );
    if (takes) return `\`${commandName(w, queued)}\` is in the queue, not taken yet`;
  }
  return `no ${command} for it is in the queue`;
}

const STE_QWORDS = ["q0", "q1", "q2", "q3"] as const;
const CD_QWORDS = ["cd_q0", "cd_q1", "cd_q3"] as const;

interface Places {
  readonly copy: readonly Where[];
  readonly entry: readonly Where[];
}
const stePlaces = (stream: number): Places => ({
  copy: (["held", ...STE_QWORDS] as const).map((field): Where => ["ste_cache", stream, field]),
  entry: STE_QWORDS.map((field): Where => ["ste", stream, field]),
});
const cdPlaces = (device: number, stream: number, ssid: number): Places => ({
  copy: (["held", ...CD_QWORDS] as const).map((field): Where => ["cd_cache", stream, field, ssid]),
  entry: CD_QWORDS.map((field): Where => ["master", device, field, ssid]),
});

/** The first step that changed the entry after it was read. */
function changedSince(facts: Facts, { copy, entry }: Places): number {
  const read = facts.stepsOf(copy).at(-1) ?? 0;
  return facts.stepsOf(entry).find((step) => step > read) ?? 0;
}

/** Of a copy of an STE that is stale: what, since when, and until when; empty if it is not. */
function steSentence(facts: Facts, stream: number): string {
  const { world: w, now } = facts;
  if (!isSteStale(now, stream)) return "";
  const until = untilTaken(facts, smmuOf(w, stream), { what: "ste", of: stream, ssid: 0 }, "CFGI_STE");
  return `The SMMU still has \`STE ${sidOf(w, stream)}\` from before step ${changedSince(facts, stePlaces(stream))}; ${until}.`;
}

/** The same of a CD, and of a first-level descriptor that is held as invalid. */
function cdSentence(facts: Facts, device: number, stream: number, ssid: number): string {
  const { world: w, now } = facts;
  if (!isCdStale(now, w, stream, ssid)) return "";
  const isLevel1 = now.cd_cache[stream].held[ssid] === 0;
  const thing: Thing = isLevel1 ? { what: "l1cd", of: stream, ssid: 0 } : { what: "cd", of: stream, ssid };
  const what = isLevel1
    ? "the first-level descriptor of the CD table, with V 0, from before"
    : `\`CD[${ssid}]\` from before step ${changedSince(facts, cdPlaces(device, stream, ssid))}`;
  const until = untilTaken(facts, smmuOf(w, stream), thing, "CFGI_CD");
  return `The SMMU still has ${what}, read through ${sidOf(w, stream)}; ${until}.`;
}

/** What is held of an entry, with its fields before and after the step. */
function heldView<F>(
  facts: Facts,
  stream: number,
  { copy }: Places,
  what: string,
  isHeld: (s: KernelState) => boolean,
  of: (s: KernelState) => F,
  qwordsOf: (s: KernelState) => readonly bigint[],
  fields: readonly { readonly name: string; readonly say: (entry: F) => string }[],
): HeldView {
  const { now, before, changes } = facts;
  const [is, was] = [isHeld(now), isHeld(before)];
  const said = (yes: boolean) => (yes ? "held" : "not held");
  if (is !== was) changes.push({ layer: "hardware", what: `${what} in the SMMU`, was: said(was), is: said(is) });
  const digits = (s: KernelState) => qwordsOf(s).map((q) => q.toString(16).padStart(16, "0"));
  const entry = is ? { qwords: digits(now), ...(was ? { was: digits(before) } : {}) } : undefined;
  return {
    sid: sidOf(facts.world, stream),
    held: is,
    ...(entry === undefined ? {} : { entry }),
    fields: fields.map(({ name, say }): Field => {
      const [value, old] = [is ? say(of(now)) : "-", was ? say(of(before)) : "-"];
      return { name, value, ...(value === old ? {} : { was: old }) };
    }),
    changed: copy.some((where) => facts.changed(where)),
    ...facts.writesOf(copy),
  };
}

const stale = (sentence: string) => (sentence === "" ? {} : { stale: sentence });

/** What its SMMU holds of the STE of a StreamID. */
export function heldSte(facts: Facts, stream: number): HeldView {
  const w = facts.world;
  const view = heldView(
    facts,
    stream,
    stePlaces(stream),
    `\`STE ${sidOf(w, stream)}\``,
    (s) => s.ste_cache[stream].held === 1,
    (s) => steFactsOf(w, stream, s.ste_cache[stream]),
    ({ ste_cache }) => {
      const { q0, q1, q2, q3 } = ste_cache[stream];
      return w.ste[stream]?.entries.qwordsOf([q0, q1, q2, q3]) ?? [];
    },
    steFields(w),
  );
  return { ...view, ...stale(steSentence(facts, stream)) };
}

/** What it holds of a CD of a device, as read through one of its StreamIDs. */
export function heldCd(facts: Facts, device: number, stream: number, ssid: number): HeldView {
  const w = facts.world;
  const view = heldView(
    facts,
    stream,
    cdPlaces(device, stream, ssid),
    `\`CD[${ssid}]\` of ${sidOf(w, stream)}`,
    (s) => s.cd_cache[stream].held[ssid] === 1,
    (s) => cdFactsOf(w, device, s.cd_cache[stream], ssid),
    ({ cd_cache }) => {
      const { cd_q0, cd_q1, cd_q3 } = cd_cache[stream];
      return w.cd[device]?.entries.qwordsOf([cd_q0[ssid] ?? 0, cd_q1[ssid] ?? 0, cd_q3[ssid] ?? 0, 0]) ?? [];
    },
    cdFields(w),
  );
  return { ...view, ...stale(cdSentence(facts, device, stream, ssid)) };
}

/** Where a request ends up by ATC, TLB and what is held of entries: an answer, and who gives it. */
function met(s: KernelState, w: World, device: number, pasid: number): { answer: number; by: "ATC" | "TLB" | "" } {
  const stream = firstStream(w, device);
  const atc = s.pdev[device].atc[pasid] as number;
  if (atc !== 0 && s.pdev[device].ats_ctrl === 1)
    return { answer: translated(steFactsMet(s, w, stream), atc), by: "ATC" };
  const page = pageMet(s, w, stream, pasid);
  return page === 0 ? { answer: configMet(s, w, stream, pasid), by: "" } : { answer: page, by: "TLB" };
}

/** Why a page may be used that the tables do not give any more: who has it, and whether that is about to change. */
function pageSentence(facts: Facts, device: number, answer: number, by: "ATC" | "TLB"): string {
  const { world: w, now } = facts;
  const { name, smmu } = w.device[device] as World["device"][number];
  const page = `a page of ${w.domain[answer]?.name}`;
  const who = by === "TLB" ? `The TLB still has ${page}` : `\`${name}\` still has ${page} in its ATC`;
  const step = facts.stepsOf([["domain", devicesDomain(w, answer), "mapped"]]).at(-1);
  const since = isMapped(now, w, answer) ? "the tables lead elsewhere by now" : `unmapped at step ${step ?? 0}`;
  const inFlight = now.pdev[device].atc_inv > 0 ? "an ATC_INV is on its way" : "no ATC_INV is on its way";
  const until = by === "TLB" ? untilTaken(facts, smmu, { what: "page", of: answer, ssid: 0 }, "TLBI") : inFlight;
  return `${who}, ${since}; ${until}.`;
}

/** What a request of a device would meet now, and where memory says something else, why. */
export function hardwareBelief(facts: Facts, device: number, pasid: number): { belief: HardwareBelief; why: string } {
  const { world: w, now, before } = facts;
  const stream = firstStream(w, device);
  const { answer, by } = met(now, w, device, pasid);
  const was = met(before, w, device, pasid);
  const domain = answer > 0 ? (w.domain[answer]?.name ?? null) : null;
  const held = [
    ...(now.ste_cache[stream].held === 1 ? ["STE"] : []),
    ...(now.cd_cache[stream].held[pasid] === 1 ? [`CD[${pasid}]`] : []),
  ];
  const holds = held.length === 0 ? "nothing held" : `${held.join(", ")} held`;
  const belief = {
    domain,
    text: domain ?? "nowhere",
    where: by === "" ? holds : `${by}, ${holds}`,
    changed: was.answer !== answer || was.by !== by,
    ...(answer < 0 ? { event: answerName(w, answer) } : {}),
  };
  const said = walk(now, w, stream, pasid);
  // what memory would say of the same request: one that is translated already is not walked
  const asked = by === "ATC" ? translated(steFacts(now, w, stream), now.pdev[device].atc[pasid] as number) : said;
  const old = steSentence(facts, stream) || cdSentence(facts, device, stream, pasid);
  if (Math.max(0, answer) !== Math.max(0, asked) && old !== "") return { belief, why: old };
  const isGone = by !== "" && answer > 0 && (answer !== said || !isMapped(now, w, answer));
  return { belief, why: isGone ? pageSentence(facts, device, answer, by) : "" };
}
