/**
 * Commands as the driver makes them: `arm_smmu_make_cmd_*` (arm-smmu-v3.h, Linux 7.3) and `arm_smmu_atc_inv_to_cmd`.
 * Two qwords each; numbers are cut to the width of their field.
 */
import { ATC_INV_SIZE_ALL, COMMAND, FORMATS, OPCODES } from "./command-fields.ts";
import { put, type Qwords } from "./fields.ts";

/** A command, and how many CMD_SYNC follow it. */
export interface Queued {
  readonly data: Qwords;
  readonly sync: number;
}

const U64 = (value: bigint) => BigInt.asUintN(64, value);

/** An opcode with nothing else. */
export const makeOp = (op: number): bigint => put(COMMAND.OP, op);

export const makeCfgiAll = (): Qwords => [makeOp(OPCODES.CFGI_ALL), put(FORMATS.CFGI_ALL.fields.RANGE, 31)];

export const makePrefetchCfg = (sid: number): Qwords => [
  makeOp(OPCODES.PREFETCH_CFG) | put(FORMATS.PREFETCH_CFG.fields.SID, sid),
  0n,
];

export function makeCfgiSte(sid: number, leaf: boolean): Qwords {
  const { SID, LEAF } = FORMATS.CFGI_STE.fields;
  return [makeOp(OPCODES.CFGI_STE) | put(SID, sid), put(LEAF, Number(leaf))];
}

export function makeCfgiCd(sid: number, ssid: number, leaf: boolean): Qwords {
  const { SID, SSID, LEAF } = FORMATS.CFGI_CD.fields;
  return [makeOp(OPCODES.CFGI_CD) | put(SID, sid) | put(SSID, ssid), put(LEAF, Number(leaf))];
}

export function makeResume(sid: number, stag: number, resp: number): Qwords {
  const { SID, RESP, STAG } = FORMATS.RESUME.fields;
  return [makeOp(OPCODES.RESUME) | put(SID, sid) | put(RESP, resp), put(STAG, stag)];
}

export function makePriResp(sid: number, ssid: number, ssv: boolean, grpid: number, resp: number): Qwords {
  const { SSV, SID, SSID, GRPID, RESP } = FORMATS.PRI_RESP.fields;
  return [
    makeOp(OPCODES.PRI_RESP) | put(SSV, Number(ssv)) | put(SID, sid) | put(SSID, ssid),
    put(GRPID, grpid) | put(RESP, resp),
  ];
}

/** @param size log2 of the number of 4K pages */
export function makeAtcInv(sid: number, ssid: number, addr: bigint, size: number): Qwords {
  const { SSV, SID, SSID, SIZE, ADDR } = FORMATS.ATC_INV.fields;
  return [
    makeOp(OPCODES.ATC_INV) | put(SSV, Number(ssid !== 0)) | put(SSID, ssid) | put(SID, sid),
    put(SIZE, size) | put(ADDR, addr),
  ];
}

export const makeAtcInvAll = (sid: number, ssid: number): Qwords => makeAtcInv(sid, ssid, 0n, ATC_INV_SIZE_ALL);

/**
 * One block that covers [iova, iova + size): a power of two of 4K pages, aligned to its own size as ATS wants it, so it
 * may cover much more. A size of 0 at address 0 wraps around to everything.
 */
export function makeAtcInvRange(sid: number, ssid: number, iova: bigint, size: bigint): Qwords {
  const first = iova >> 12n;
  const last = U64(iova + size - 1n) >> 12n;
  const differ = first ^ last;
  const span = differ === 0n ? 0 : differ.toString(2).length;
  return makeAtcInv(sid, ssid, ((first >> BigInt(span)) << BigInt(span)) << 12n, span);
}

/** Always inner shareable and write-back, whether there is a message or not. */
export function makeSync(cs: number, msiaddr: bigint): Qwords {
  const { CS, MSH, MSIATTR, MSIADDR } = FORMATS.CMD_SYNC.fields;
  return [
    makeOp(OPCODES.CMD_SYNC) | put(CS, cs) | put(MSH, MSH.values.ISH) | put(MSIATTR, MSIATTR.values.OIWB),
    put(MSIADDR, msiaddr),
  ];
}

/** The part of a TLBI that a range does not change; both tags are written, whichever the command looks at. */
export function makeTlbi(op: number, asid: number, vmid: number): Qwords {
  const { ASID, VMID } = FORMATS.TLBI_NH_VA.fields;
  return [makeOp(op) | put(ASID, asid) | put(VMID, vmid), 0n];
}

/**
 * What one sync of an STE's update sends (`arm_smmu_ste_writer_sync_entry`), and after the last one the prefetch
 * (`arm_smmu_write_ste`), which nobody waits for.
 *
 * @param syncs how many syncs the update takes
 */
export function steUpdateCommands(sid: number, syncs: number, options: ReadonlySet<string>): Queued[] {
  const sent: Queued[] = Array.from({ length: syncs }, () => ({ data: makeCfgiSte(sid, true), sync: 1 }));
  if (!options.has("SKIP_PREFETCH")) sent.push({ data: makePrefetchCfg(sid), sync: 0 });
  return sent;
}

/** What the syncs of a CD's update send (`arm_smmu_sync_cd`): one command a stream, one CMD_SYNC for all of them. */
export function cdUpdateCommands(sids: readonly number[], ssid: number, syncs: number): Queued[] {
  const one = sids.map((sid, i) => ({ data: makeCfgiCd(sid, ssid, true), sync: Number(i === sids.length - 1) }));
  return Array.from({ length: syncs }, () => one).flat();
}

/** How many SubstreamIDs are in use after a CD's update (`arm_smmu_write_cd_entry`); number 0 is not counted. */
export function usedSsidsAfter(before: number, ssid: number, valid: boolean, willBeValid: boolean): number {
  if (ssid === 0 || valid === willBeValid) return before;
  // an unsigned number of 32 bits
  return (before + (willBeValid ? 1 : -1)) >>> 0;
}
