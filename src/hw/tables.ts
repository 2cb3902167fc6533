/**
 * What the tables in memory give a request: Arm SMMUv3 architecture (IHI 0070), chapters on the STE, the CD and
 * configuration errors.
 */
import type { KernelState, World } from "../kernel/structs.ts";
import type { Indices } from "./entries.ts";

/** STE.Config */
export const CFG_ABORT = 0;
export const CFG_BYPASS = 4;
export const CFG_S1_TRANS = 5;
export const CFG_S2_TRANS = 6;
/** Stage 1 by the guest's CD table, stage 2 below it. */
export const CFG_NESTED = 7;

/** STE.S1FMT */
export const S1FMT_64K_L2 = 2;

/** STE.S1DSS: what a request without SubstreamID gets while a CD table is there. */
export const S1DSS_TERMINATE = 0;
export const S1DSS_BYPASS = 1;
export const S1DSS_SSID0 = 2;

/** Why a request reaches no domain; all below zero. */
export const C_BAD_STE = -1;
export const C_BAD_SUBSTREAMID = -2;
export const C_BAD_CD = -3;
export const F_STREAM_DISABLED = -4;
export const ABORTED = -5;
/** A page that is not mapped; or a CD whose EPD0 stops every walk. */
export const F_TRANSLATION = -6;

/** The identity domain's number: a bypassed request reaches physical memory. */
const BYPASSED = 2;

/**
 * What STE and CDs give a request of a stream: the number of a domain, or one of the reasons above.
 *
 * @param ssid 0 for a request without PASID
 */
export function walk(s: KernelState, w: World, stream: number, ssid: number): number {
  const { q0, q1, q3 } = s.ste[stream] as KernelState["ste"][number];
  const ste = w.ste[stream] as World["ste"][number];
  if (ste.V[q0] === 0) return C_BAD_STE;
  switch (ste.Config[q0]) {
    case CFG_ABORT:
      return ABORTED;
    case CFG_BYPASS:
      return ssid === 0 ? BYPASSED : C_BAD_SUBSTREAMID;
    case CFG_S2_TRANS:
      return ssid === 0 ? (ste.S2TTB[q3] as number) : C_BAD_SUBSTREAMID;
    case CFG_NESTED:
      // a guest's CD table holds one CD here, its own business
      return ssid === 0 ? (ste.vSTE[q0] as number) : C_BAD_SUBSTREAMID;
    default:
  }
  const device = ste.S1ContextPtr[q0] as number;
  const cdMax = ste.S1CDMAX[q0] as number;
  if (ssid === 0) {
    // without substreams S1DSS is ignored and the only CD is used
    if (cdMax > 0) {
      if (ste.S1DSS[q1] === S1DSS_TERMINATE) return F_STREAM_DISABLED;
      if (ste.S1DSS[q1] === S1DSS_BYPASS) return BYPASSED;
    }
  } else if (ssid >> cdMax !== 0) {
    return C_BAD_SUBSTREAMID;
  }
  // an address that a unit test made up: memory that nobody wrote holds zeros
  if (device === 0) return C_BAD_CD;
  const master = s.master[device] as KernelState["master"][number];
  if (cdMax > 0 && ste.S1FMT[q0] === S1FMT_64K_L2 && master.cdtab_l2 === 0) return C_BAD_SUBSTREAMID;
  const cd = w.cd[device] as World["cd"][number];
  const cd_q0 = master.cd_q0[ssid] as number;
  if (cd.V[cd_q0] === 0) return C_BAD_CD;
  return cd.EPD0[cd_q0] === 1 ? F_TRANSLATION : (cd.TTB0[master.cd_q1[ssid] as number] as number);
}

/** `reach(d, p)`: the domain that a device's requests get, 0 for none. Streams that differ give -1. */
export function reach(s: KernelState, w: World, device: number, ssid: number): number {
  let common = -2;
  for (const stream of w.device[device]?.streams ?? []) {
    const domain = Math.max(0, walk(s, w, stream, ssid));
    if (common === -2) common = domain;
    else if (common !== domain) return -1;
  }
  return Math.max(common, -1);
}

/** An STE in memory, as indices. */
export function steIn(s: KernelState, stream: number): Indices {
  const { q0, q1, q2, q3 } = s.ste[stream] as KernelState["ste"][number];
  return [q0, q1, q2, q3];
}

/** A CD in memory, as indices. */
export function cdIn(s: KernelState, device: number, ssid: number): Indices {
  const { cd_q0, cd_q1, cd_q3 } = s.master[device] as KernelState["master"][number];
  return [cd_q0[ssid] as number, cd_q1[ssid] as number, cd_q3[ssid] as number, 0];
}

/** Fields of an STE in memory: values, and for pointers and tags the number of whom they lead to. */
export interface SteFacts {
  readonly V: number;
  readonly Config: number;
  readonly S1ContextPtr: number;
  readonly vSTE: number;
  readonly S1CDMAX: number;
  readonly S1DSS: number;
  readonly EATS: number;
  readonly S2VMID: number;
  readonly S2TTB: number;
}

/** What an STE in memory says. */
export const steFacts = (s: KernelState, w: World, stream: number): SteFacts => steFactsOf(w, stream, s.ste[stream]);

/** What an STE of a StreamID says, wherever it stands. */
export function steFactsOf(w: World, stream: number, { q0, q1, q2, q3 }: KernelState["ste"][number]): SteFacts {
  const ste = w.ste[stream] as World["ste"][number];
  const said = (column: readonly number[], index: number) => column[index] as number;
  return {
    V: said(ste.V, q0),
    Config: said(ste.Config, q0),
    S1ContextPtr: said(ste.S1ContextPtr, q0),
    vSTE: said(ste.vSTE, q0),
    S1CDMAX: said(ste.S1CDMAX, q0),
    S1DSS: said(ste.S1DSS, q1),
    EATS: said(ste.EATS, q1),
    S2VMID: said(ste.S2VMID, q2),
    S2TTB: said(ste.S2TTB, q3),
  };
}

/** Fields of a CD in memory; ASID and TTB0 as the domain that they belong to. */
export interface CdFacts {
  readonly V: number;
  readonly EPD0: number;
  readonly ASID: number;
  readonly TTB0: number;
}

/** What a CD in memory says. */
export const cdFacts = (s: KernelState, w: World, device: number, ssid: number): CdFacts =>
  cdFactsOf(w, device, s.master[device], ssid);

/** CDs by ssid, as the indices of their qwords. */
export type Cds = Pick<KernelState["master"][number], "cd_q0" | "cd_q1" | "cd_q3">;

/** What a CD of a device says, wherever it stands. */
export function cdFactsOf(w: World, device: number, { cd_q0, cd_q1 }: Cds, ssid: number): CdFacts {
  const cd = w.cd[device] as World["cd"][number];
  const [q0, q1] = [cd_q0[ssid] as number, cd_q1[ssid] as number];
  const said = (column: readonly number[], index: number) => column[index] as number;
  return { V: said(cd.V, q0), EPD0: said(cd.EPD0, q0), ASID: said(cd.ASID, q0), TTB0: said(cd.TTB0, q1) };
}
