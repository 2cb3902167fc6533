/**
 * What an SMMU answers, given an STE and a CD as values, wherever it has read them: in memory or in a cache of its own (Arm
 * IHI 0070, chapters on the STE, the CD, configuration errors and ATS).
 *
 * An STE is looked at first. It answers by itself, or says that the answer is the CD's; whoever asks reads that, and asks on.
 */
import type { World } from "../kernel/structs.ts";

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

/** Why a request reaches no domain; all below zero. A positive answer is the number of the domain that was reached. */
export const C_BAD_STE = -1;
export const C_BAD_SUBSTREAMID = -2;
export const C_BAD_CD = -3;
export const F_STREAM_DISABLED = -4;
export const ABORTED = -5;
/** A page that is not mapped; or a CD whose EPD0 stops every walk. */
export const F_TRANSLATION = -6;
export const F_BAD_ATS_TREQ = -7;
export const F_TRANSL_FORBIDDEN = -8;
/** No STE is there for the StreamID. */
export const C_BAD_STREAMID = -10;

/** No answer yet: the CD has it, or for ATS the same as for any other request. */
export const GO_ON = 0;

/** The identity domain's number: a bypassed request reaches physical memory. */
const BYPASSED = 2;

/** An STE as indices of its qwords (entries.ts). */
export interface SteAt {
  readonly q0: number;
  readonly q1: number;
  readonly q2: number;
  readonly q3: number;
}

/**
 * What an STE answers to a request that is not translated yet; GO_ON where the CD of `ssid` decides.
 *
 * @param ssid 0 for a request without PASID
 */
export function steAnswer(w: World, stream: number, { q0, q1, q2, q3 }: SteAt, ssid: number): number {
  const ste = w.ste[stream] as World["ste"][number];
  if (ste.V[q0] === 0 || ste.entries.isIllegal(q0, q1, q2, q3)) return C_BAD_STE;
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
  const cdMax = ste.S1CDMAX[q0] as number;
  if (ssid > 0) return ssid >> cdMax === 0 ? GO_ON : C_BAD_SUBSTREAMID;
  // without substreams S1DSS is ignored and the only CD is used
  if (cdMax > 0) {
    if (ste.S1DSS[q1] === S1DSS_TERMINATE) return F_STREAM_DISABLED;
    if (ste.S1DSS[q1] === S1DSS_BYPASS) return BYPASSED;
  }
  return GO_ON;
}

/** The CD table that an STE leads to has two levels. */
export function hasTwoLevels(w: World, stream: number, { q0 }: Pick<SteAt, "q0">): boolean {
  const ste = w.ste[stream] as World["ste"][number];
  return (ste.S1CDMAX[q0] as number) > 0 && ste.S1FMT[q0] === S1FMT_64K_L2;
}

/** What a CD of a device answers, by the indices of its qwords 0, 1 and 3. */
export function cdAnswer(w: World, device: number, q0: number, q1: number, q3: number): number {
  const cd = w.cd[device] as World["cd"][number];
  if (cd.V[q0] === 0 || cd.entries.isIllegal(q0, q1, q3, 0)) return C_BAD_CD;
  return cd.EPD0[q0] === 1 ? F_TRANSLATION : (cd.TTB0[q1] as number);
}

/** What becomes of a request that a page table has nothing for (5.5, fault configuration). */
export interface FaultFacts {
  readonly s2: boolean;
  readonly stalls: boolean;
  /** A stall is always recorded. */
  readonly recorded: boolean;
}

/** At stage 1, by the index of the CD's qword 0. */
export function stage1Fault(w: World, device: number, q0: number): FaultFacts {
  const cd = w.cd[device] as World["cd"][number];
  return { s2: false, stalls: cd.S[q0] === 1, recorded: cd.S[q0] === 1 || cd.R[q0] === 1 };
}

/** At stage 2, by the index of the STE's qword 2. */
export function stage2Fault(w: World, stream: number, q2: number): FaultFacts {
  const ste = w.ste[stream] as World["ste"][number];
  return { s2: true, stalls: ste.S2S[q2] === 1, recorded: ste.S2S[q2] === 1 || ste.S2R[q2] === 1 };
}

/** What of an STE decides about ATS. */
export interface AtsFacts {
  readonly V: number;
  readonly Config: number;
  readonly EATS: number;
}

/** What an STE answers to an ATS translation request; GO_ON where the answer is that of any other request. */
export function atsAnswer({ V, Config, EATS }: AtsFacts): number {
  if (V === 0) return C_BAD_STE;
  if (Config === CFG_ABORT) return ABORTED;
  return Config === CFG_BYPASS || EATS === 0 ? F_BAD_ATS_TREQ : GO_ON;
}

/**
 * A translated request: the driver sets CR0.ATSCHK (`arm_smmu_device_reset`), so the STE is looked at. It does not set
 * CR2.REC_CFG_ATS: an STE that is not valid stops the request, and nothing is recorded.
 */
export function translated({ V, Config, EATS }: AtsFacts, cached: number): number {
  if (V === 0 || Config === CFG_ABORT) return ABORTED;
  return Config === CFG_BYPASS || EATS === 0 ? F_TRANSL_FORBIDDEN : cached;
}
