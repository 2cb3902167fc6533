/**
 * A PCI function that issues requests: PCI Express base specification (bus master, ATS, PASID), and the SMMU's answers
 * (Arm IHI 0070, 3.9 on ATS and translated transactions, 7.3 on events, 5.5 on faults).
 *
 * A request is issued and answered in one step: none stays in flight, but one that stalls where events are in a queue. One
 * page of each domain stands for all of them; it may be read and written, so that neither F_ACCESS nor F_PERMISSION comes up.
 * What it has to do with an external abort is not modelled, nor is split-stage ATS.
 */
import {
  type EventWords,
  hasEventQueue,
  HOW,
  isFull,
  isResumed,
  pushEvent,
  RESP,
  stall,
  takeResume,
} from "../kernel/evtq.ts";
import { define, firstStream, type KernelState, smmuOf, type World } from "../kernel/structs.ts";
import {
  ABORTED,
  atsAnswer,
  C_BAD_CD,
  C_BAD_STE,
  C_BAD_STREAMID,
  C_BAD_SUBSTREAMID,
  CFG_NESTED,
  CFG_S2_TRANS,
  F_BAD_ATS_TREQ,
  F_STREAM_DISABLED,
  F_TRANSL_FORBIDDEN,
  F_TRANSLATION,
  type FaultFacts,
  GO_ON,
  stage1Fault,
  stage2Fault,
  translated,
} from "./answers.ts";
import { cdMet, hasCaches, holdSte, isMapped, steFactsMet, steMet, translateHeld } from "./caches.ts";
import { EVENTS, OTHER_EVENTS } from "./event-fields.ts";
import { hasNoSte, type SteFacts, walk } from "./tables.ts";

/** Answers besides the ones of `answers.ts`. */
/** A translation request for a page that is not mapped: answered, with neither read nor write. */
export const NO_ACCESS = -9;
export const NOT_MASTER = -20;
export const IN_RESET = -21;
export const NO_PASID_ENABLE = -22;
export const NO_ATS_ENABLE = -23;

/** It waits for a CMD_RESUME, or already for room for its record. */
const STALLED = -24;
const NO_ROOM = -25;
/** A CMD_RESUME has ended it, unanswered. */
const RESUMED = -26;

const ANSWER: Readonly<Record<number, string>> = {
  [C_BAD_STREAMID]: "C_BAD_STREAMID",
  [C_BAD_STE]: "C_BAD_STE",
  [C_BAD_SUBSTREAMID]: "C_BAD_SUBSTREAMID",
  [C_BAD_CD]: "C_BAD_CD",
  [F_STREAM_DISABLED]: "F_STREAM_DISABLED",
  [ABORTED]: "aborted, no event",
  [F_TRANSLATION]: "F_TRANSLATION",
  [F_BAD_ATS_TREQ]: "F_BAD_ATS_TREQ",
  [F_TRANSL_FORBIDDEN]: "F_TRANSL_FORBIDDEN",
  [NO_ACCESS]: "answered: no access",
  [NOT_MASTER]: "not issued: no bus master",
  [IN_RESET]: "not issued: in reset",
  [NO_PASID_ENABLE]: "not issued: PASID is not enabled",
  [NO_ATS_ENABLE]: "not issued: ATS is not enabled",
  [STALLED]: "F_TRANSLATION, stalled",
  [RESUMED]: "aborted by a CMD_RESUME",
};

/** The answer in words; for a reached domain, its name. */
export function answerName(w: World, answer: number): string {
  return ANSWER[answer] ?? `reached ${w.domain[answer]?.name ?? "nothing"}`;
}

/** The same for an ATS request: a completion without an event, but where ATS is off (3.9.1.2). */
export function atsAnswerName(w: World, answer: number): string {
  if (answer === ABORTED) return "UR, no event";
  if (answer === F_BAD_ATS_TREQ) return "UR, F_BAD_ATS_TREQ";
  const config = EVENT_OF[answer] === undefined ? "" : "CA, no event: ";
  return config + answerName(w, answer);
}

/** Why the function cannot issue a request now; 0 when it can. */
function silent(s: KernelState, dev: number, pasid: number): number {
  const pdev = s.pdev[dev];
  if (pdev.in_reset === 1) return IN_RESET;
  if (pdev.bus_master === 0) return NOT_MASTER;
  return pasid > 0 && pdev.pasid_ctrl === 0 ? NO_PASID_ENABLE : 0;
}

/** The SMMU's answer to a request that is not translated yet: a domain, or why it reaches none. */
function translate(s: KernelState, w: World, stream: number, ssid: number): number {
  if (hasCaches(w)) return translateHeld(s, w, stream, ssid);
  const found = walk(s, w, stream, ssid);
  return found > 0 && !isMapped(s, w, found) ? F_TRANSLATION : found;
}

/** The STE that it goes by, read for a request. */
function steFor(s: KernelState, w: World, stream: number): SteFacts {
  if (hasCaches(w)) holdSte(s, w, stream);
  return steFactsMet(s, w, stream);
}

/** What is recorded of an answer to an untranslated request, but for a page that is not mapped. */
const EVENT_OF: Readonly<Record<number, number | undefined>> = {
  [C_BAD_STREAMID]: EVENTS.C_BAD_STREAMID,
  [C_BAD_STE]: EVENTS.C_BAD_STE,
  [C_BAD_SUBSTREAMID]: EVENTS.C_BAD_SUBSTREAMID,
  [C_BAD_CD]: EVENTS.C_BAD_CD,
  [F_STREAM_DISABLED]: EVENTS.F_STREAM_DISABLED,
};

/** A request as its procedure knows it: what it asks, what it got, and what was recorded of that. */
interface Asked {
  readonly dev: number;
  readonly pasid: number;
  answer: number;
  event: number;
  how: number;
  of: number;
}

/** Records an event; with a queue it goes there, if that has room. */
function record(s: KernelState, w: World, l: Asked, event: number, how: number, of: number): void {
  Object.assign(l, { event, how, of });
  const words: EventWords = { event, stream: firstStream(w, l.dev), ssid: l.pasid, how, of };
  if (hasEventQueue(w) && !pushEvent(s, smmuOf(w, l.dev), words)) l.how += HOW.LOST;
}

/** A page that is not mapped: whose it is, and what the entries want of such a fault. */
function faultOf(s: KernelState, w: World, stream: number, ssid: number): FaultFacts & { readonly of: number } {
  const { q0, q2, q3 } = steMet(s, w, stream);
  const ste = w.ste[stream] as World["ste"][number];
  if (ste.Config[q0] === CFG_S2_TRANS) return { ...stage2Fault(w, stream, q2), of: ste.S2TTB[q3] ?? 0 };
  if (ste.Config[q0] === CFG_NESTED) return { ...stage2Fault(w, stream, q2), of: ste.vSTE[q0] ?? 0 };
  const device = ste.S1ContextPtr[q0] as number;
  const cd_q0 = cdMet(s, w, stream, device, ssid).cd_q0[ssid] as number;
  return { ...stage1Fault(w, device, cd_q0), of: w.cd[device]?.ASID[cd_q0] ?? 0 };
}

/** The SMMU gets the request. */
function answer(s: KernelState, w: World, l: Asked): void {
  const stream = firstStream(w, l.dev);
  const cached = s.pdev[l.dev].atc[l.pasid] as number;
  Object.assign(l, { event: 0, how: 0, of: 0 });
  if (cached !== 0 && s.pdev[l.dev].ats_ctrl === 1) {
    l.answer = translated(steFor(s, w, stream), cached);
    if (l.answer === F_TRANSL_FORBIDDEN) record(s, w, l, OTHER_EVENTS.F_TRANSL_FORBIDDEN ?? 0, 0, cached);
    return;
  }
  l.answer = hasNoSte(s, w, stream) ? C_BAD_STREAMID : translate(s, w, stream, l.pasid);
  const event = EVENT_OF[l.answer];
  if (event !== undefined) record(s, w, l, event, 0, 0);
  if (l.answer !== F_TRANSLATION) return;
  const { s2, stalls, recorded, of } = faultOf(s, w, stream, l.pasid);
  const stage = s2 ? HOW.S2 : 0;
  if (!stalls) {
    if (recorded) record(s, w, l, EVENTS.F_TRANSLATION ?? 0, stage, of);
    return;
  }
  l.answer = STALLED;
  if (!hasEventQueue(w)) return record(s, w, l, EVENTS.F_TRANSLATION ?? 0, stage + HOW.STALL, of);
  // the record of a stall is never lost: the request waits until there is room for it
  if (isFull(s, smmuOf(w, l.dev))) l.answer = NO_ROOM;
  else {
    record(s, w, l, EVENTS.F_TRANSLATION ?? 0, stage + HOW.STALL, of);
    stall(s, w, l.dev);
  }
}

const eventArgs = (l: Asked, w: World) => [l.event, firstStream(w, l.dev), l.pasid, l.how, l.of];

const dma = define("dma", { file: "the function" }, ["dev", "pasid"], ["answer", "event", "how", "of", "resp"], (b) => [
  b.step("{dev} reads memory, PASID {pasid}", (s, l, w) => {
    l.answer = silent(s, l.dev, l.pasid);
    if (l.answer === 0) answer(s, w, l);
  }),
  b.label("answered"),
  b.moment("event", eventArgs),
  b.when("", (l) => l.answer === NO_ROOM, [
    b.rest(
      "room in the event queue for the record of the stall: the request is tried again",
      (s, l, w) => !isFull(s, smmuOf(w, l.dev)),
      (s, l, w) => answer(s, w, l),
    ),
    b.goto("answered"),
  ]),
  b.when("", (l, w) => l.answer === STALLED && hasEventQueue(w), [
    b.rest(
      "a CMD_RESUME for the stalled request{resp:RESUMED}",
      (s, l, w) => isResumed(s, w, l.dev),
      (s, l, w) => {
        l.resp = 1 + takeResume(s, w, l.dev);
      },
    ),
    b.when("is it to be tried again?", (l) => l.resp === 1 + RESP.RETRY, [
      b.step("the SMMU tries the request of {dev} again", (s, l, w) => answer(s, w, l)),
      b.goto("answered"),
    ]),
    b.return(RESUMED, "terminated"),
  ]),
  b.return((l) => l.answer, "answered"),
]);

const ats_request = define(
  "ats_request",
  { file: "the function" },
  ["dev", "pasid"],
  ["answer", "event", "how", "of"],
  (b) => [
    b.step("{dev} sends an ATS translation request, PASID {pasid}", (s, l, w) => {
      l.answer = silent(s, l.dev, l.pasid);
      if (l.answer === 0 && s.pdev[l.dev].ats_ctrl === 0) l.answer = NO_ATS_ENABLE;
      if (l.answer !== 0) return;
      const stream = firstStream(w, l.dev);
      l.answer = hasNoSte(s, w, stream) ? C_BAD_STREAMID : atsAnswer(steFor(s, w, stream));
      if (l.answer === F_BAD_ATS_TREQ) record(s, w, l, OTHER_EVENTS.F_BAD_ATS_TREQ ?? 0, 0, 0);
      if (l.answer !== GO_ON) return;
      l.answer = translate(s, w, stream, l.pasid);
      if (l.answer > 0) s.pdev[l.dev].atc[l.pasid] = l.answer;
      else if (l.answer === F_TRANSLATION) l.answer = NO_ACCESS;
    }),
    b.moment("event", eventArgs),
    b.return((l) => l.answer, "answered"),
  ],
);

export const endpoint = { dma, ats_request };
