/**
 * What io-pgtable tells the SMMU of a page table: `arm_64_lpae_alloc_pgtable_s1` and `_s2` with `arm_lpae_alloc_pgtable`
 * (io-pgtable-arm.c), for the addresses that `arm_smmu_domain_finalise` (arm-smmu-v3.c) asks for. Linux 7.3, CPUs with
 * pages of 4 KB and addresses of 48 bits.
 */
import { CD } from "./cd-fields.ts";
import type { Vtcr } from "./builders.ts";

export interface PageTables {
  /** Bits of an output address of the SMMU. */
  readonly oas: number;
  /** Its walks look into the CPUs' caches. */
  readonly coherent_walk: boolean;
}

/** With tables of 4 KB pages no address is wider. */
const MAX_ADDR_BITS = 48;
const GRANULE_BITS = 12;
const BITS_PER_LEVEL = 9;
const LEVELS = 4;

/** `MAIR_EL1`: NC, write-back, device, and write-back outer with NC inner; the others are all ones. */
export const MAIR = 0xffff_ffff_f404_ff44n;

const psOf = (oas: number): number => CD.TCR_IPS.values[`${Math.min(oas, MAX_ADDR_BITS)}_BIT`] ?? 5;
const walk = (coherent: boolean) =>
  coherent ? { tg: 0, sh: 3, orgn: 1, irgn: 1 } : { tg: 0, sh: 2, orgn: 0, irgn: 0 };

/** Stage 1, whose input addresses have as many bits as the CPUs'. */
export const tcrOf = ({ oas, coherent_walk }: PageTables) => ({
  ...walk(coherent_walk),
  ips: psOf(oas),
  tsz: 64 - MAX_ADDR_BITS,
});

/** Stage 2, whose input addresses are the output addresses of stage 1. */
export function vtcrOf({ oas, coherent_walk }: PageTables): Vtcr {
  const ias = Math.min(oas, MAX_ADDR_BITS);
  let start_level = LEVELS - Math.ceil((ias - GRANULE_BITS) / BITS_PER_LEVEL);
  // `arm_lpae_concat_mandatory`: a first level of so few entries has to be tables side by side
  if (start_level === 0 && (ias === 40 || ias === 42)) start_level += 1;
  return { ...walk(coherent_walk), ps: psOf(oas), sl: ~(start_level + 1) & 3, tsz: 64 - ias };
}

const PAGE_SIZES = [30n, 21n, 12n].map((bits) => 1n << bits);

/** Pages of one size in a row, as `iommu_pgsize` cuts a range; each size has to be followed by its own flush. */
export interface PageRun {
  readonly iova: bigint;
  readonly pgsize: bigint;
  readonly count: number;
}

/** The runs that `__iommu_unmap` asks for, for a range of whole pages. */
export function pageRuns(iova: bigint, size: bigint): PageRun[] {
  const runs: PageRun[] = [];
  const end = iova + size;
  for (let at = iova; at < end; ) {
    const here = at;
    const pgsize = PAGE_SIZES.find((p) => p <= end - here && here % p === 0n);
    if (pgsize === undefined) break;
    const last = runs.at(-1);
    if (last !== undefined && last.pgsize === pgsize) runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ iova: at, pgsize, count: 1 });
    at += pgsize;
  }
  return runs;
}
