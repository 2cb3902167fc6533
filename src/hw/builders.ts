/**
 * Entries as the driver builds them: `arm_smmu_make_*_ste` and `arm_smmu_make_*_cd` (arm-smmu-v3.c, -iommufd.c and
 * -sva.c, Linux 7.3), their first-level descriptors, and the check of a guest's virtual STE.
 *
 * Addresses are masked by their field, other values are cut to its width, as FIELD_PREP does. Little endian.
 */
import { CD, L1_CD_TABLE_DESC } from "./cd-fields.ts";
import { get, maskOf, put, type Qwords, zeros } from "./fields.ts";
import { L1_STREAM_TABLE_DESC, STE, STRTAB_SPLIT, VSTE_FIELDS } from "./ste-fields.ts";

/** Names of what an SMMU can do; a name that is absent is off. */
export type Features = ReadonlySet<string>;

const CFG = STE.CFG.values;
/** SHCFG is only there to be set with this feature, and 1 takes the incoming attribute over. */
const incoming = (features: Features) =>
  features.has("ATTR_TYPES_OVR") ? put(STE.SHCFG, STE.SHCFG.values.INCOMING) : 0n;
const eats = (ats: boolean) => put(STE.EATS, ats ? STE.EATS.values.TRANS : STE.EATS.values.ABT);

/** Nothing gets through, and no event is recorded. */
export function abortSte(): bigint[] {
  const q = zeros();
  q[0] = STE.V.mask | put(STE.CFG, CFG.ABORT);
  return q;
}

/** Everything gets through as it is. */
export function bypassSte(features: Features): bigint[] {
  const q = zeros();
  q[0] = STE.V.mask | put(STE.CFG, CFG.BYPASS);
  q[1] = incoming(features);
  return q;
}

export interface CdtableInputs {
  readonly features: Features;
  /** a fault of this device may stall */
  readonly stall_enabled: boolean;
  readonly ats_enabled: boolean;
  readonly s1dss: number;
  readonly cdtab_dma: bigint;
  readonly s1cdmax: number;
  readonly s1fmt: number;
}

/** Stage 1 by the device's own CD table. */
export function cdtableSte(i: CdtableInputs): bigint[] {
  const q = zeros();
  q[0] =
    STE.V.mask |
    put(STE.CFG, CFG.S1_TRANS) |
    put(STE.S1FMT, i.s1fmt) |
    put(STE.S1CTXPTR, i.cdtab_dma) |
    put(STE.S1CDMAX, i.s1cdmax);
  q[1] =
    put(STE.S1DSS, i.s1dss) |
    put(STE.S1CIR, STE.S1CIR.values.WBRA) |
    put(STE.S1COR, STE.S1COR.values.WBRA) |
    put(STE.S1CSH, STE.S1CSH.values.ISH) |
    // illegal where stalling cannot be configured; where it can, only these devices may
    (i.features.has("STALLS") && !i.stall_enabled ? STE.S1STALLD.mask : 0n) |
    eats(i.ats_enabled) |
    (i.s1dss === STE.S1DSS.values.BYPASS ? incoming(i.features) : 0n) |
    put(STE.STRW, i.features.has("E2H") ? STE.STRW.values.EL2 : STE.STRW.values.NSEL1);
  // VMID 0 stays reserved for stage 1 without stage 2
  q[2] = put(STE.S2VMID, 0);
  return q;
}

/** Parameters of a stage 2 walk, as io-pgtable gives them. */
export interface Vtcr {
  readonly ps: number;
  readonly tg: number;
  readonly sh: number;
  readonly orgn: number;
  readonly irgn: number;
  readonly sl: number;
  readonly tsz: number;
}
export interface Stage2 {
  /** S2FWB follows ARM_S2FWB, not the feature of that name */
  readonly quirks: ReadonlySet<string>;
  readonly vmid: number;
  readonly vttbr: bigint;
  readonly vtcr: Vtcr;
}
export interface Stage2Inputs extends Stage2 {
  readonly features: Features;
  readonly stall_enabled: boolean;
  readonly ats_enabled: boolean;
}

/** Stage 2 alone. */
export function s2DomainSte(i: Stage2Inputs): bigint[] {
  const q = zeros();
  q[0] = STE.V.mask | put(STE.CFG, CFG.S2_TRANS);
  q[1] = eats(i.ats_enabled) | (i.quirks.has("ARM_S2FWB") ? STE.S2FWB.mask : 0n) | incoming(i.features);
  q[2] =
    put(STE.S2VMID, i.vmid) |
    put(STE.S2T0SZ, i.vtcr.tsz) |
    put(STE.S2SL0, i.vtcr.sl) |
    put(STE.S2IR0, i.vtcr.irgn) |
    put(STE.S2OR0, i.vtcr.orgn) |
    put(STE.S2SH0, i.vtcr.sh) |
    put(STE.S2TG, i.vtcr.tg) |
    put(STE.S2PS, i.vtcr.ps) |
    STE.S2AA64.mask |
    STE.S2PTW.mask |
    (i.stall_enabled ? STE.S2S.mask : 0n) |
    STE.S2R.mask;
  q[3] = put(STE.S2TTB, i.vttbr);
  return q;
}

export interface NestedInputs {
  readonly features: Features;
  readonly stall_enabled: boolean;
  readonly ats_enabled: boolean;
  /** the guest's virtual STE, as `validateVste` left it */
  readonly vste: Qwords;
  readonly s2_parent: Stage2;
}

/**
 * What a guest's STE becomes: stage 1 by its CD table below the parent's stage 2, the parent's stage 2 alone, or an
 * abort. An invalid one aborts too, so that the guest can be told C_BAD_STE.
 */
export function nestedDomainSte(i: NestedInputs): bigint[] {
  const cfg = get(i.vste, STE.V) === 0n ? CFG.ABORT : Number(get(i.vste, STE.CFG));
  if (cfg !== CFG.S1_TRANS && cfg !== CFG.BYPASS) return abortSte();
  const { features, stall_enabled, ats_enabled } = i;
  const q = s2DomainSte({ ...i.s2_parent, features, stall_enabled, ats_enabled });
  if (cfg === CFG.BYPASS) return q;
  q[0] = STE.V.mask | put(STE.CFG, CFG.NESTED) | (i.vste[0] & ~STE.CFG.mask);
  // merged events: a guest must not flood the queue that all share
  q[1] |= i.vste[1] | STE.MEV.mask;
  return q;
}

/** What `validateVste` found: an errno, or the normalised STE and whether the guest wants ATS. */
export type VsteCheck =
  | { readonly ret: number; readonly vste_out: null; readonly enable_ats: null }
  | { readonly ret: 0; readonly vste_out: Qwords; readonly enable_ats: boolean };

const EIO = -5;
const VSTE_MASK = [0, 1].map((q) => maskOf(...VSTE_FIELDS.filter((f) => f.qword === q)));

/** Checks a guest's STE of two qwords (`arm_smmu_validate_vste`). */
export function validateVste(vste: Qwords): VsteCheck {
  const refused = { ret: EIO, vste_out: null, enable_ats: null };
  if (get(vste, STE.V) === 0n) return { ret: 0, vste_out: [0n, 0n], enable_ats: false };
  if (VSTE_MASK.some((mask, i) => (vste[i] & ~mask) !== 0n)) return refused;
  const cfg = Number(get(vste, STE.CFG));
  if (cfg !== CFG.ABORT && cfg !== CFG.BYPASS && cfg !== CFG.S1_TRANS) return refused;
  const wanted = Number(get(vste, STE.EATS));
  if (wanted !== STE.EATS.values.ABT && wanted !== STE.EATS.values.TRANS) return refused;
  return {
    ret: 0,
    // EATS is set when the domain is attached, by what the device can do then
    vste_out: [vste[0], vste[1] & ~STE.EATS.mask],
    enable_ats: cfg === CFG.S1_TRANS && wanted === STE.EATS.values.TRANS,
  };
}

export interface S1CdInputs {
  readonly stall_enabled: boolean;
  readonly quirks: ReadonlySet<string>;
  readonly asid: number;
  readonly tcr: {
    readonly ips: number;
    readonly tg: number;
    readonly sh: number;
    readonly orgn: number;
    readonly irgn: number;
    readonly tsz: number;
  };
  readonly ttbr: bigint;
  readonly mair: bigint;
}

/** A paging domain's page tables. */
export function s1Cd(i: S1CdInputs): bigint[] {
  const q = zeros();
  q[0] =
    put(CD.TCR_T0SZ, i.tcr.tsz) |
    put(CD.TCR_TG0, i.tcr.tg) |
    put(CD.TCR_IRGN0, i.tcr.irgn) |
    put(CD.TCR_ORGN0, i.tcr.orgn) |
    put(CD.TCR_SH0, i.tcr.sh) |
    put(CD.TCR_IPS, i.tcr.ips) |
    maskOf(CD.TCR_EPD1, CD.V, CD.AA64, CD.R, CD.A, CD.ASET) |
    (i.stall_enabled ? CD.S.mask : 0n) |
    (i.quirks.has("ARM_HD") ? maskOf(CD.TCR_HA, CD.TCR_HD) : 0n) |
    put(CD.ASID, i.asid);
  q[1] = put(CD.TTB0, i.ttbr);
  q[3] = i.mair & CD.MAIR.mask;
  return q;
}

export interface SvaCdInputs {
  readonly features: Features;
  readonly stall_enabled: boolean;
  /** null once the address space is gone */
  readonly mm: { readonly pgd_phys: bigint } | null;
  readonly asid: number;
  /** what the CPUs have */
  readonly cpu: {
    readonly page_kb: number;
    readonly va_bits: number;
    readonly parange: number;
    readonly haft: boolean;
    readonly mair_el1: bigint;
  };
}

const GRANULES: Readonly<Record<number, number>> = { 4: 0, 64: 1, 16: 2 };

/** A process's own page tables; once they are gone, a valid CD in which every walk faults. */
export function svaCd(i: SvaCdInputs): bigint[] {
  const { features, mm, cpu } = i;
  const q = zeros();
  q[0] =
    maskOf(CD.TCR_EPD1, CD.V, CD.AA64, CD.A, CD.ASET) |
    put(CD.TCR_IPS, cpu.parange) |
    put(CD.ASID, i.asid) |
    (features.has("HA") ? CD.TCR_HA.mask : 0n) |
    (features.has("HD") ? CD.TCR_HD.mask : 0n);
  if (mm !== null) {
    q[0] |=
      put(CD.TCR_T0SZ, 64 - cpu.va_bits) |
      put(CD.TCR_TG0, GRANULES[cpu.page_kb] ?? 0) |
      put(CD.TCR_IRGN0, CD.TCR_IRGN0.values.WBWA) |
      put(CD.TCR_ORGN0, CD.TCR_ORGN0.values.WBWA) |
      put(CD.TCR_SH0, CD.TCR_SH0.values.IS);
    q[1] |= put(CD.TTB0, mm.pgd_phys);
  } else {
    q[0] |= CD.TCR_EPD0.mask;
  }
  // a device that still runs gets its aborts at once and unrecorded, where the SMMU lets stalls be turned off
  if (mm !== null || features.has("STALL_FORCE")) q[0] |= CD.R.mask | (i.stall_enabled ? CD.S.mask : 0n);
  if (features.has("HAFT") && cpu.haft) q[1] |= CD.HAFT.mask;
  q[3] = cpu.mair_el1 & CD.MAIR.mask;
  return q;
}

/** First-level descriptor of the Stream Table: the SPAN counts from 1. */
export const l1StreamDesc = (l2: bigint): bigint =>
  put(L1_STREAM_TABLE_DESC.SPAN, STRTAB_SPLIT + 1) | put(L1_STREAM_TABLE_DESC.L2PTR, l2);

/** First-level descriptor of a CD table. */
export const l1CdDesc = (l2: bigint): bigint => L1_CD_TABLE_DESC.V.mask | put(L1_CD_TABLE_DESC.L2PTR, l2);
