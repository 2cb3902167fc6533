/**
 * What the architecture says against the contents of an entry, as far as the entry alone shows it (Arm IHI 0070, 5.2 and
 * 5.4). What depends on the SMMU's ID registers is left out, or named as a condition.
 */
import { CD } from "./cd-fields.ts";
import { type Field, get, type Qwords } from "./fields.ts";
import { STE } from "./ste-fields.ts";

/** `illegal` stops every request with C_BAD_STE or C_BAD_CD, or the queue; `reserved` must not be relied on. */
export interface Fault {
  readonly kind: "illegal" | "reserved" | "note";
  readonly text: string;
}

const number = (q: Qwords, f: Field) => Number(get(q, f));

/** Bits of an output address by the value of S2PS or IPS. */
const ADDRESS_BITS = [32, 36, 40, 42, 44, 48, 52, 56];
/** With 4K and 16K granules, wider addresses need DS, which the driver never sets: bit 3 of qword 3, bit 58 of qword 2. */
const S2DS = 1n << 3n;
const CD_DS = 1n << 58n;

export type Say = (kind: Fault["kind"], text: string) => void;

/** What S2T0SZ, S2TG, S2PS and S2TTB have in common with TCR_T0SZ, TCR_TG0, TCR_IPS and TTB0. */
function walkFaults(
  say: Say,
  names: readonly [size: string, granule: string, output: string, base: string],
  [size, granule, output]: readonly [number, number, number],
  base: bigint,
  wide: boolean,
): void {
  if (granule === 3) say("illegal", `${names[1]}=3 is no granule.`);
  if (size < 12 || size > 48) say("illegal", `${names[0]}=${size} is outside of 12 to 48.`);
  else if (size > 39) say("note", `${names[0]}=${size} is above 39, which is illegal unless the SMMU has IDR3.STT.`);
  else if (size < 16 && granule !== 1 && !wide)
    say("illegal", `${names[0]}=${size} is below 16 with a granule of ${granule === 0 ? "4K" : "16K"}.`);
  if (output === 7) say("reserved", `${names[2]}=7 is reserved before SMMUv3.4.`);
  if (base >> BigInt(ADDRESS_BITS[output]) !== 0n)
    say("illegal", `${names[3]} is beyond the ${ADDRESS_BITS[output]} bits that ${names[2]} allows.`);
  else if (granule !== 1 && !wide && base >> 48n !== 0n)
    say("illegal", `${names[3]} is beyond 48 bits, with a granule below 64K.`);
}

export function steFaults(q: Qwords): Fault[] {
  const faults: Fault[] = [];
  const say: Say = (kind, text) => faults.push({ kind, text });
  const v = (f: Field) => number(q, f);
  if (v(STE.V) === 0) {
    say("note", "V=0: every request is aborted with C_BAD_STE.");
    return faults;
  }
  const cfg = v(STE.CFG);
  if (cfg > 0 && cfg < 4) say("reserved", `CFG=${cfg} is reserved and behaves as ABORT.`);
  const [stage1, stage2] = [cfg >= 4 && (cfg & 1) !== 0, cfg >= 4 && (cfg & 2) !== 0];
  if (stage1) {
    const max = v(STE.S1CDMAX);
    if (max > 20) say("illegal", `S1CDMAX=${max} is more than any SMMU has: SubstreamIDs have 20 bits.`);
    if (max > 0) {
      if (v(STE.S1FMT) === 3) say("reserved", "S1FMT=3 is reserved and behaves as LINEAR.");
      if (v(STE.S1DSS) === 3) say("reserved", "S1DSS=3 is reserved and behaves as TERMINATE.");
      const low = ((1n << BigInt(max + 6)) - 1n) & STE.S1CTXPTR.mask;
      if (v(STE.S1FMT) === 0 && (q[0] & low) !== 0n)
        say("reserved", "S1CTXPTR is not aligned to the size of its linear table.");
    }
    if (v(STE.S1CSH) === 1) say("reserved", "S1CSH=1 is reserved and behaves as NSH.");
    if (!stage2 && (v(STE.STRW) & 1) !== 0)
      say("illegal", `STRW=${v(STE.STRW)} is no StreamWorld of a Stream Table that is not secure.`);
  }
  const eats = v(STE.EATS);
  if (stage1 || stage2) {
    if (eats === 2 && cfg !== 7) say("illegal", "EATS=S1CHK needs both stages.");
    if (eats === 3) say("reserved", "EATS=3 is reserved and behaves as ABT, unless the SMMU has IDR3.DPT.");
  }
  if (stage2) {
    if (eats !== 0 && v(STE.S2S) === 1) say("illegal", "EATS with S2S: a request with ATS must not stall in stage 2.");
    if (v(STE.S2SH0) === 1) say("reserved", "S2SH0=1 is reserved and behaves as NS.");
    if (v(STE.S2AA64) === 1) {
      const parts = [v(STE.S2T0SZ), v(STE.S2TG), v(STE.S2PS)] as const;
      walkFaults(say, ["S2T0SZ", "S2TG", "S2PS", "S2TTB"], parts, get(q, STE.S2TTB), (q[3] & S2DS) !== 0n);
      say("note", "Whether S2SL0 fits S2T0SZ and S2TG is not judged here.");
    } else {
      say("note", "S2AA64=0: illegal unless the SMMU has tables of VMSAv8-32 or VMSAv9-128.");
      if (v(STE.S2FWB) === 1) say("illegal", "S2FWB with tables of VMSAv8-32.");
    }
  }
  return faults;
}

export function cdFaults(q: Qwords): Fault[] {
  const faults: Fault[] = [];
  const say: Say = (kind, text) => faults.push({ kind, text });
  const v = (f: Field) => number(q, f);
  if (v(CD.V) === 0) {
    say("note", "V=0: every request that gets here is aborted with C_BAD_CD.");
    return faults;
  }
  const walks = v(CD.TCR_EPD0) === 0;
  if (!walks && v(CD.TCR_EPD1) === 1) say("note", "EPD0 and EPD1: every request is a translation fault.");
  if (walks && v(CD.TCR_SH0) === 1) say("reserved", "TCR_SH0=1 is reserved and behaves as NS.");
  if (v(CD.AA64) === 0) {
    say("note", "AA64=0: illegal unless the SMMU has tables of VMSAv8-32 or VMSAv9-128.");
    return faults;
  }
  if (walks) {
    const parts = [v(CD.TCR_T0SZ), v(CD.TCR_TG0), v(CD.TCR_IPS)] as const;
    walkFaults(say, ["TCR_T0SZ", "TCR_TG0", "TCR_IPS", "TTB0"], parts, get(q, CD.TTB0), (q[2] & CD_DS) !== 0n);
  }
  if (v(CD.TCR_HA) === 0) {
    if (v(CD.TCR_HD) === 1) say("reserved", "TCR_HD without TCR_HA is reserved and behaves as neither.");
    if (v(CD.HAFT) === 1) say("illegal", "HAFT without TCR_HA.");
  }
  return faults;
}
