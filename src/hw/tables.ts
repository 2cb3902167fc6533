/** What the tables in memory give a request, and what stands in them. */
import { isListed, type KernelState, streamsOf, type World } from "../kernel/structs.ts";
import { C_BAD_CD, C_BAD_SUBSTREAMID, cdAnswer, GO_ON, hasTwoLevels, type SteAt, steAnswer } from "./answers.ts";
import type { Indices } from "./entries.ts";
import { STRTAB_SPLIT } from "./ste-fields.ts";

/** What the CD of (device, ssid) answers, read in memory; the STE is the one that leads to it. */
export function cdInMemory(s: KernelState, w: World, stream: number, ste: SteAt, ssid: number): number {
  const device = w.ste[stream]?.S1ContextPtr[ste.q0] ?? 0;
  // an address that a unit test made up: memory that nobody wrote holds zeros
  if (device === 0) return C_BAD_CD;
  const master = s.master[device] as KernelState["master"][number];
  if (hasTwoLevels(w, stream, ste) && master.cdtab_l2 === 0) return C_BAD_SUBSTREAMID;
  return cdAnswer(w, device, master.cd_q0[ssid] as number, master.cd_q1[ssid] as number, master.cd_q3[ssid] as number);
}

/**
 * What STE and CDs give a request of a stream: the number of a domain, or one of the reasons in `answers.ts`.
 *
 * @param ssid 0 for a request without PASID
 */
export function walk(s: KernelState, w: World, stream: number, ssid: number): number {
  const ste = s.ste[stream] as KernelState["ste"][number];
  const answer = steAnswer(w, stream, ste, ssid);
  return answer === GO_ON ? cdInMemory(s, w, stream, ste, ssid) : answer;
}

/** `reach(d, p)`: the domain that a device's requests get, 0 for none. Streams that differ give -1. */
export function reach(s: KernelState, w: World, device: number, ssid: number): number {
  let common = -2;
  for (const stream of streamsOf(w, device)) {
    const domain = Math.max(0, walk(s, w, stream, ssid));
    if (common === -2) common = domain;
    else if (common !== domain) return -1;
  }
  return Math.max(common, -1);
}

/**
 * In a Stream Table of two levels a second one is there for each 256 StreamIDs of which a device was probed
 * (`arm_smmu_init_sid_strtab`): of a function that is to be hot-added there may be none yet.
 */
export function hasNoSte(s: KernelState, w: World, stream: number): boolean {
  const { sid, device } = w.stream[stream] as World["stream"][number];
  const { smmu } = w.device[device] as World["device"][number];
  if (isListed(s, w, device) || !w.smmu[smmu]?.features.has("2_LVL_STRTAB")) return false;
  return !w.stream.some(
    (other) =>
      other.sid >> STRTAB_SPLIT === sid >> STRTAB_SPLIT &&
      w.device[other.device]?.smmu === smmu &&
      isListed(s, w, other.device),
  );
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
  return {
    V: ste.V[q0] as number,
    Config: ste.Config[q0] as number,
    S1ContextPtr: ste.S1ContextPtr[q0] as number,
    vSTE: ste.vSTE[q0] as number,
    S1CDMAX: ste.S1CDMAX[q0] as number,
    S1DSS: ste.S1DSS[q1] as number,
    EATS: ste.EATS[q1] as number,
    S2VMID: ste.S2VMID[q2] as number,
    S2TTB: ste.S2TTB[q3] as number,
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
  return {
    V: cd.V[q0] as number,
    EPD0: cd.EPD0[q0] as number,
    ASID: cd.ASID[q0] as number,
    TTB0: cd.TTB0[q1] as number,
  };
}
