/**
 * What the tables in memory give a request, and how an entry of them may be changed.
 *
 * Arm SMMUv3 architecture (IHI 0070), chapters on the STE, the CD and configuration errors; the writer is
 * `arm_smmu_write_entry` (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c, Linux 7.3). Entries are looked at field by field
 * here, not bit by bit.
 */
import type { KernelState, World } from "../kernel/structs.ts";

/** STE.Config */
export const CFG_ABORT = 0;
export const CFG_BYPASS = 4;
export const CFG_S1_TRANS = 5;
export const CFG_S2_TRANS = 6;
/** Stage 1 by the guest's CD table, stage 2 below it. */
export const CFG_NESTED = 7;

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
  const ste = s.ste[stream] as KernelState["ste"][number];
  if (ste.V === 0) return C_BAD_STE;
  switch (ste.Config) {
    case CFG_ABORT:
      return ABORTED;
    case CFG_BYPASS:
      return ssid === 0 ? BYPASSED : C_BAD_SUBSTREAMID;
    case CFG_S2_TRANS:
      return ssid === 0 ? ste.S2VMID : C_BAD_SUBSTREAMID;
    case CFG_NESTED:
      // a guest's CD table holds one CD here, its own business
      return ssid === 0 ? ste.vSTE : C_BAD_SUBSTREAMID;
    default:
  }
  const master = s.master[ste.S1ContextPtr] as KernelState["master"][number];
  const cdMax = w.device[ste.S1ContextPtr]?.max_pasids ?? 0;
  if (ssid === 0) {
    // without substreams S1DSS is ignored and the only CD is used
    if (cdMax > 0) {
      if (ste.S1DSS === S1DSS_TERMINATE) return F_STREAM_DISABLED;
      if (ste.S1DSS === S1DSS_BYPASS) return BYPASSED;
    }
  } else if (ssid >= cdMax) {
    return C_BAD_SUBSTREAMID;
  }
  if (master.cd_V[ssid] === 0) return C_BAD_CD;
  return master.cd_EPD0[ssid] === 1 ? F_TRANSLATION : (master.cd_domain[ssid] as number);
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

/** The wanted contents of an STE. */
export interface SteTarget {
  readonly Config: number;
  readonly S1ContextPtr: number;
  readonly S1DSS: number;
  readonly EATS: number;
  readonly S2VMID: number;
  readonly vSTE: number;
}

/**
 * Whether the writer has to take V away first: two or more qwords hold used bits that differ.
 *
 * Stage 1 uses qwords 0 (Config, S1ContextPtr), 1 (S1DSS) and 2 (S2VMID, which is 0); stage 2 uses 0, 2 (S2VMID, VTCR)
 * and 3 (S2TTB); nesting uses all four. EATS and MEV are safe to change. Only what both the old and the new entry use can
 * be critical, besides qword 0 (`arm_smmu_get_ste_used`, `arm_smmu_get_ste_update_safe`).
 *
 * Not looked at: EATS of a function that stalls, behind stage 2 (S2S), is not safe.
 */
export function steBreaks(from: SteTarget & { readonly V: number }, to: SteTarget): boolean {
  if (from.V === 0) return false;
  const stage1 = (entry: SteTarget) => entry.Config === CFG_S1_TRANS || entry.Config === CFG_NESTED;
  const stage2 = (entry: SteTarget) => entry.Config === CFG_S2_TRANS || entry.Config === CFG_NESTED;
  const pointer = from.S1ContextPtr !== to.S1ContextPtr || from.vSTE !== to.vSTE;
  const qword0 = from.Config !== to.Config || (stage1(to) && pointer);
  const qword1 = stage1(from) && stage1(to) && (from.S1DSS !== to.S1DSS || from.Config !== to.Config);
  const both = (stage1(from) || stage2(from)) && (stage1(to) || stage2(to));
  const qword2 = both && from.S2VMID !== to.S2VMID;
  const qword3 = stage2(from) && stage2(to) && from.S2VMID !== to.S2VMID;
  return Number(qword0) + Number(qword1) + Number(qword2) + Number(qword3) > 1;
}

/** Nothing to write: every field is as wanted. */
export function steEqual(from: SteTarget, to: SteTarget): boolean {
  return (
    from.Config === to.Config &&
    from.S1ContextPtr === to.S1ContextPtr &&
    from.S1DSS === to.S1DSS &&
    from.EATS === to.EATS &&
    from.S2VMID === to.S2VMID &&
    from.vSTE === to.vSTE
  );
}

/** The wanted contents of a CD: whose ASID and TTB0, none for an empty one, and whether EPD0 stops walks of TTB0. */
export interface CdTarget {
  readonly domain: number;
  readonly EPD0: number;
}

/**
 * The same as `steBreaks` for a CD. From one valid domain to another ASID (qword 0) and TTB0 (qword 1) both differ; with
 * EPD0 on either side TTB0 is not used, so that only the kind of page table is left to differ, by MAIR (qword 3).
 *
 * @param sameKind both domains are of one kind: two paging domains, or two of SVA
 */
export function cdBreaks(valid: number, from: CdTarget, to: CdTarget, sameKind: boolean): boolean {
  if (valid === 0 || to.domain === 0 || from.domain === to.domain) return false;
  return !sameKind || (from.EPD0 === 0 && to.EPD0 === 0);
}
