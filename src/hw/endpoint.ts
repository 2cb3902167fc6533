/**
 * A PCI function that issues requests: PCI Express base specification (bus master, ATS, PASID), and the SMMU's answers
 * (Arm IHI 0070, ATS and translated transactions).
 *
 * A request is issued and answered in one step: none stays in flight. One page of each domain stands for all of them.
 */
import { define, type KernelState, type World } from "../kernel/structs.ts";
import {
  ABORTED,
  atsAnswer,
  C_BAD_CD,
  C_BAD_STE,
  C_BAD_SUBSTREAMID,
  F_BAD_ATS_TREQ,
  F_STREAM_DISABLED,
  F_TRANSL_FORBIDDEN,
  F_TRANSLATION,
  GO_ON,
  translated,
} from "./answers.ts";
import { hasCaches, holdSte, isMapped, steFactsMet, translateHeld } from "./caches.ts";
import { type SteFacts, walk } from "./tables.ts";

/** Answers besides the ones of `answers.ts`. */
/** A translation request for a page that is not mapped: answered, with neither read nor write. */
export const NO_ACCESS = -9;
export const NOT_MASTER = -20;
export const IN_RESET = -21;
export const NO_PASID_ENABLE = -22;
export const NO_ATS_ENABLE = -23;

const ANSWER: Readonly<Record<number, string>> = {
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
};

/** The answer in words; for a reached domain, its name. */
export function answerName(w: World, answer: number): string {
  return ANSWER[answer] ?? `reached ${w.domain[answer]?.name ?? "nothing"}`;
}

/** Why the function cannot issue a request now; 0 when it can. */
function silent(s: KernelState, dev: number, pasid: number): number {
  const pdev = s.pdev[dev];
  if (pdev.in_reset === 1) return IN_RESET;
  if (pdev.bus_master === 0) return NOT_MASTER;
  return pasid > 0 && pdev.pasid_ctrl === 0 ? NO_PASID_ENABLE : 0;
}

const first = (w: World, dev: number) => w.device[dev]?.streams[0] ?? 0;

/** The SMMU's answer to a request that is not translated yet: a domain, or why it reaches none. */
function translate(s: KernelState, w: World, stream: number, ssid: number): number {
  if (hasCaches(w)) return translateHeld(s, w, stream, ssid);
  const found = walk(s, w, stream, ssid);
  return found > 0 && !isMapped(s, w, found) ? F_TRANSLATION : found;
}

/** The STE that it goes by, read for a request. */
function steFor(s: KernelState, w: World, stream: number): SteFacts {
  if (hasCaches(w)) holdSte(s, stream);
  return steFactsMet(s, w, stream);
}

const dma = define("dma", { file: "the function" }, ["dev", "pasid"], ["answer"], (b) => [
  b.step("{dev} reads memory, PASID {pasid}", (s, l, w) => {
    const no = silent(s, l.dev, l.pasid);
    const cached = s.pdev[l.dev].atc[l.pasid] as number;
    const stream = first(w, l.dev);
    if (no !== 0) l.answer = no;
    else if (cached !== 0 && s.pdev[l.dev].ats_ctrl === 1) l.answer = translated(steFor(s, w, stream), cached);
    else l.answer = translate(s, w, stream, l.pasid);
  }),
  b.return((l) => l.answer, "answered"),
]);

const ats_request = define("ats_request", { file: "the function" }, ["dev", "pasid"], ["answer"], (b) => [
  b.step("{dev} sends an ATS translation request, PASID {pasid}", (s, l, w) => {
    l.answer = silent(s, l.dev, l.pasid);
    if (l.answer === 0 && s.pdev[l.dev].ats_ctrl === 0) l.answer = NO_ATS_ENABLE;
    if (l.answer !== 0) return;
    l.answer = atsAnswer(steFor(s, w, first(w, l.dev)));
    if (l.answer !== GO_ON) return;
    l.answer = translate(s, w, first(w, l.dev), l.pasid);
    if (l.answer > 0) s.pdev[l.dev].atc[l.pasid] = l.answer;
    else if (l.answer === F_TRANSLATION) l.answer = NO_ACCESS;
  }),
  b.return((l) => l.answer, "answered"),
]);

export const endpoint = { dma, ats_request };
