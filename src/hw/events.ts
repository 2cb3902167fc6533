/**
 * Event records as an SMMU writes them (Arm IHI 0070, 7.3): four qwords, of which each kind of event fills some.
 *
 * Not filled: what the driver has no name for (of F_BAD_ATS_TREQ the permissions that were asked for and their span), and
 * PnU and InD, which are 0: requests here are unprivileged and of data.
 */
import { EVENT, EVENTS, OTHER_EVENTS } from "./event-fields.ts";
import { put, type Qwords } from "./fields.ts";

/** What can be told of a request; each kind of event tells some of it. */
export interface EventFacts {
  /** As in `EVENTS` and `OTHER_EVENTS`. */
  readonly id: number;
  readonly sid: number;
  /** 0 for a request without SubstreamID. */
  readonly ssid: number;
  readonly read: boolean;
  readonly s2: boolean;
  readonly stall: boolean;
  readonly stag: number;
  readonly addr: bigint;
  /** Of a fault at stage 2. */
  readonly ipa: bigint;
}

const flag = (f: (typeof EVENT)[keyof typeof EVENT], is: boolean) => put(f, Number(is));

/** C_BAD_SUBSTREAMID has no SSV: its SubstreamID always counts. */
const ssidOf = ({ id, ssid }: EventFacts): bigint =>
  put(EVENT.SSID, ssid) | flag(EVENT.SSV, ssid > 0 && id !== EVENTS.C_BAD_SUBSTREAMID);

/** The record of an event. A fault of a walk is one of the request's own address: CLASS is IN. */
export function makeEvent(facts: EventFacts): Qwords {
  const { id, sid, read, s2, stall, stag, addr, ipa } = facts;
  const head = put(EVENT.ID, id) | put(EVENT.SID, sid);
  const at = put(EVENT.ADDR, addr);
  switch (id) {
    case EVENTS.F_STREAM_DISABLED:
      return [head, 0n, 0n, 0n];
    case OTHER_EVENTS.F_TRANSL_FORBIDDEN:
      return [head, flag(EVENT.RnW, read), at, 0n];
    case OTHER_EVENTS.F_BAD_ATS_TREQ:
      return [head | ssidOf(facts), 0n, at, 0n];
    case EVENTS.F_TRANSLATION: {
      const how = flag(EVENT.STALL, stall) | (stall ? put(EVENT.STAG, stag) : 0n);
      const what = flag(EVENT.RnW, read) | flag(EVENT.S2, s2) | put(EVENT.CLASS, EVENT.CLASS.values.IN);
      return [head | ssidOf(facts), how | what, at, s2 ? put(EVENT.IPA, ipa) : 0n];
    }
    default:
      return [head | ssidOf(facts), 0n, 0n, 0n];
  }
}
