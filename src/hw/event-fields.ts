/** Records of the event queue and the PRI queue (Arm IHI 0070, chapters 7 and 8), as far as the driver names them. */
import { address, bits, fields, get, type Qwords } from "./fields.ts";

export const EVENT = fields({
  ID: bits(0, 7, 0, "What happened."),
  SSV: bits(0, 11, 11, "The request had a SubstreamID."),
  SSID: bits(0, 31, 12, "The SubstreamID (PASID), if SSV says there is one."),
  SID: bits(0, 63, 32, "The StreamID."),
  STAG: bits(1, 15, 0, "Names the stalled request in the RESUME that ends its wait."),
  STALL: bits(1, 31, 31, "The request waits for a RESUME."),
  PnU: bits(1, 33, 33, "The access was privileged."),
  InD: bits(1, 34, 34, "The access fetched instructions."),
  RnW: bits(1, 35, 35, "The access was a read."),
  S2: bits(1, 39, 39, "The fault is one of stage 2."),
  CLASS: bits(1, 41, 40, "What was being accessed when it faulted.", { CD: 0, TT: 1, IN: 2 }),
  TT_READ: bits(1, 44, 44, "For F_PERMISSION in a walk: reading a descriptor, not updating it."),
  ADDR: bits(2, 63, 0, "The address of the request."),
  FETCH_ADDR: address(3, 51, 3, "For a failed fetch: where from."),
  IPA: address(3, 51, 12, "For a fault of stage 2: the address that it got."),
});

/** Event numbers that the driver names. */
export const EVENTS: Readonly<Record<string, number>> = {
  C_BAD_STREAMID: 0x02,
  F_STE_FETCH: 0x03,
  C_BAD_STE: 0x04,
  F_STREAM_DISABLED: 0x06,
  C_BAD_SUBSTREAMID: 0x08,
  F_CD_FETCH: 0x09,
  C_BAD_CD: 0x0a,
  F_TRANSLATION: 0x10,
  F_ADDR_SIZE: 0x11,
  F_ACCESS: 0x12,
  F_PERMISSION: 0x13,
  F_VMS_FETCH: 0x25,
};

/** Event numbers of the architecture that the driver has no name for. */
export const OTHER_EVENTS: Readonly<Record<string, number>> = {
  F_UUT: 0x01,
  F_BAD_ATS_TREQ: 0x05,
  F_TRANSL_FORBIDDEN: 0x07,
  F_WALK_EABT: 0x0b,
  F_TLB_CONFLICT: 0x20,
  F_CFG_CONFLICT: 0x21,
  E_PAGE_REQUEST: 0x24,
};

/** What the CLASS of an event says, by value. */
export const EVENT_CLASSES = ["fetching a CD", "walking the tables", "the address of the request itself", "reserved"];

/** The fields that the driver prints for an event, by what kind it is; it prints numbers alone for the others. */
export const LOG_GROUPS: Readonly<Record<string, readonly string[]>> = {
  address_faults: ["F_TRANSLATION", "F_ADDR_SIZE", "F_ACCESS", "F_PERMISSION"],
  fetch_faults: ["F_STE_FETCH", "F_CD_FETCH", "F_VMS_FETCH"],
  ids_only: ["C_BAD_STREAMID", "C_BAD_STE", "F_STREAM_DISABLED", "C_BAD_SUBSTREAMID", "C_BAD_CD"],
};

export const PAGE_REQUEST = fields({
  SID: bits(0, 31, 0, "The StreamID."),
  SSID: bits(0, 51, 32, "The SubstreamID, if SSID_V says there is one."),
  PERM_PRIV: bits(0, 58, 58, "Privileged access is asked for."),
  PERM_EXEC: bits(0, 59, 59, "Execution is asked for."),
  PERM_READ: bits(0, 60, 60, "Reading is asked for."),
  PERM_WRITE: bits(0, 61, 61, "Writing is asked for."),
  PRG_LAST: bits(0, 62, 62, "The last request of its group: an answer is wanted."),
  SSID_V: bits(0, 63, 63, "There is a SubstreamID."),
  PRG_IDX: bits(1, 8, 0, "Number of the group in the answer."),
  ADDR: address(1, 63, 12, "The page that is asked for."),
});

/** An event as the driver keeps it (`arm_smmu_decode_event`). Addresses stay in place. */
export interface SmmuEvent {
  readonly id: number;
  readonly sid: number;
  readonly ssv: boolean;
  /** 0 without SSV, whatever the record holds */
  readonly ssid: number;
  readonly privileged: boolean;
  readonly instruction: boolean;
  readonly s2: boolean;
  readonly read: boolean;
  readonly stag: number;
  readonly stall: boolean;
  readonly class: number;
  readonly tt_read: boolean;
  /** F_PERMISSION while walking: the only event whose TT_READ is reported */
  readonly class_tt: boolean;
  readonly iova: bigint;
  readonly ipa: bigint;
  readonly fetch_addr: bigint;
}

/** Reads a record of four qwords. */
export function decodeEvent(q: Qwords): SmmuEvent {
  const number = (f: (typeof EVENT)[keyof typeof EVENT]) => Number(get(q, f));
  const flag = (f: (typeof EVENT)[keyof typeof EVENT]) => get(q, f) === 1n;
  const id = number(EVENT.ID);
  const ssv = flag(EVENT.SSV);
  return {
    id,
    sid: number(EVENT.SID),
    ssv,
    ssid: ssv ? number(EVENT.SSID) : 0,
    privileged: flag(EVENT.PnU),
    instruction: flag(EVENT.InD),
    s2: flag(EVENT.S2),
    read: flag(EVENT.RnW),
    stag: number(EVENT.STAG),
    stall: flag(EVENT.STALL),
    class: number(EVENT.CLASS),
    tt_read: flag(EVENT.TT_READ),
    class_tt: id === EVENTS.F_PERMISSION && number(EVENT.CLASS) === EVENT.CLASS.values.TT,
    iova: get(q, EVENT.ADDR),
    ipa: get(q, EVENT.IPA),
    fetch_addr: get(q, EVENT.FETCH_ADDR),
  };
}
