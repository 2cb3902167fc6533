/**
 * Events that an SMMU records, and its event queue in worlds where that is a thing of its own (`hardware` of a scenario).
 * Without it an event is told where it happens, and nobody reads it.
 *
 * An event is a few numbers, from which its qwords follow. What lies between CONS and PROD is kept, oldest first. A record
 * is in the queue at once: how long it is on its way is not modelled.
 */
import { EVENTS, OTHER_EVENTS } from "../hw/event-fields.ts";
import { makeEvent } from "../hw/events.ts";
import type { Qwords } from "../hw/fields.ts";
import { pageOf } from "./invs.ts";
import { devicesDomain, FIRST_DOMAIN, type KernelState, smmuOf, takeFirst, type World } from "./structs.ts";

/** How it is with a fault: at stage 2, of a request that stalls, of one that was lost since the queue was full. */
export const HOW = { S2: 1, STALL: 2, LOST: 4 } as const;

export interface EventWords {
  /** The event's number; 0 for none. */
  readonly event: number;
  readonly stream: number;
  readonly ssid: number;
  /** Bits of HOW. */
  readonly how: number;
  /** The domain whose page was asked for; 0 where no page table was. */
  readonly of: number;
}

/** Events that the queue holds: few, so that it can be full. */
export const EVENTQ_ROOM = 2;

export const hasEventQueue = (w: World): boolean => w.hardware.has("evtq");

/** The page of a domain in memory: a function that has its translation asks for it by this address. */
const physicalPage = (domain: number): bigint => 0x9_0000_0000n + pageOf(domain);

/** Names a stalled request to its SMMU: a function has one at a time. */
export const stagOf = (w: World, stream: number): number => w.stream[stream]?.device ?? 0;

/** The four qwords of an event. Where no page table was asked, the function wanted the page of the first domain. */
export function eventQwords(w: World, { event, stream, ssid, how, of }: EventWords): Qwords {
  const translated = event === OTHER_EVENTS.F_TRANSL_FORBIDDEN;
  return makeEvent({
    id: event,
    sid: w.stream[stream]?.sid ?? 0,
    ssid,
    read: true,
    s2: (how & HOW.S2) !== 0,
    stall: (how & HOW.STALL) !== 0,
    stag: stagOf(w, stream),
    addr: translated ? physicalPage(of) : pageOf(of === 0 ? FIRST_DOMAIN : of),
    ipa: pageOf(devicesDomain(w, of)),
  });
}

const numbers: Readonly<Record<string, number>> = { ...EVENTS, ...OTHER_EVENTS };

/** An event's name by its number. */
export const eventName = (event: number): string =>
  Object.keys(numbers).find((name) => numbers[name] === event) ?? "no event";

export const isFull = (s: KernelState, smmu: number): boolean => s.evtq[smmu].length === EVENTQ_ROOM;

/** An event between CONS and PROD; 0 is the oldest. */
export const eventAt = (s: KernelState, smmu: number, at: number): EventWords => {
  const { event, stream, ssid, how, of } = s.evtq[smmu];
  return {
    event: event[at] as number,
    stream: stream[at] as number,
    ssid: ssid[at] as number,
    how: how[at] as number,
    of: of[at] as number,
  };
};

/** Writes a record; where the queue is full it is lost, and OVFLG says so if it does not yet. */
export function pushEvent(s: KernelState, smmu: number, words: EventWords): boolean {
  const q = s.evtq[smmu];
  if (isFull(s, smmu)) {
    if (q.ovflg === q.ovackflg) q.ovflg = 1 - q.ovflg;
    return false;
  }
  q.event[q.length] = words.event;
  q.stream[q.length] = words.stream;
  q.ssid[q.length] = words.ssid;
  q.how[q.length] = words.how;
  q.of[q.length] = words.of;
  q.length++;
  return true;
}

/** CONS moves on by one. */
export function popEvent(s: KernelState, smmu: number): void {
  const q = s.evtq[smmu];
  takeFirst(q, [q.event, q.stream, q.ssid, q.how, q.of]);
}

/** RESUME's answers: STE.values of `command-fields.ts`. */
export const RESP = { TERM: 0, RETRY: 1, ABORT: 2 } as const;

/** Of a function's stalled request: none, it waits, or it was answered and this is the answer. */
const [NONE, WAITS, ANSWERED] = [0, 1, 2];

const stallsOf = (s: KernelState, w: World, dev: number) => s.evtq[smmuOf(w, dev)].stalled;

export function stall(s: KernelState, w: World, dev: number): void {
  stallsOf(s, w, dev)[dev - 1] = WAITS;
}

/** A CMD_RESUME has come for the function's request. */
export const isResumed = (s: KernelState, w: World, dev: number): boolean =>
  (stallsOf(s, w, dev)[dev - 1] as number) >= ANSWERED;

/** Takes its answer, which ends the stall. */
export function takeResume(s: KernelState, w: World, dev: number): number {
  const stalls = stallsOf(s, w, dev);
  const answer = (stalls[dev - 1] as number) - ANSWERED;
  stalls[dev - 1] = NONE;
  return answer;
}

/** What a CMD_RESUME does; nothing where no request of that name waits. */
export function resume(s: KernelState, w: World, stream: number, stag: number, resp: number): void {
  if (!hasEventQueue(w) || stag !== stagOf(w, stream)) return;
  const stalls = stallsOf(s, w, stag);
  if (stalls[stag - 1] === WAITS) stalls[stag - 1] = ANSWERED + resp;
}
