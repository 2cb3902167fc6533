/**
 * Bits of recorded qwords that the model has a field for: STE, CD and command words (Arm SMMUv3 architecture).
 *
 * Everything else in an entry stays unread here, and is counted as not modelled by those who compare.
 */

const word = (hex: string | undefined): bigint => BigInt(`0x${(hex ?? "0").replace(/^0x/, "")}`);
const bits = (q: bigint, hi: number, lo: number): bigint => (q >> BigInt(lo)) & ((1n << BigInt(hi - lo + 1)) - 1n);
const number = (q: bigint, hi: number, lo: number): number => Number(bits(q, hi, lo));
/** An address field in place, as it is printed and mapped. */
const address = (q: bigint, hi: number, lo: number): string => `0x${(bits(q, hi, lo) << BigInt(lo)).toString(16)}`;

export interface RecordedSte {
  readonly V: number;
  readonly Config: number;
  readonly S1ContextPtr: string;
  readonly S1DSS: number;
  readonly EATS: number;
  readonly S2VMID: number;
  readonly S2TTB: string;
}

/** The fields of an STE that the model has; S2TTB goes with the domain whose VMID the entry carries. */
export function decodeSte(q: readonly string[]): RecordedSte {
  const q0 = word(q[0]);
  const q1 = word(q[1]);
  return {
    V: number(q0, 0, 0),
    Config: number(q0, 3, 1),
    S1ContextPtr: address(q0, 51, 6),
    S1DSS: number(q1, 1, 0),
    EATS: number(q1, 29, 28),
    S2VMID: number(word(q[2]), 15, 0),
    S2TTB: address(word(q[3]), 51, 4),
  };
}

export interface RecordedCd {
  readonly V: number;
  readonly ASID: number;
  readonly TTB0: string;
}

/** The fields of a CD that the model has; ASID and TTB0 both say which domain it is. */
export function decodeCd(q: readonly string[]): RecordedCd {
  const q0 = word(q[0]);
  return { V: number(q0, 31, 31), ASID: number(q0, 63, 48), TTB0: address(word(q[1]), 51, 4) };
}

export interface RecordedCommand {
  readonly name: string;
  readonly sid: number;
  readonly ssid: number;
  /** "ASID 7" or "VMID 1" of a TLB invalidation, "" for all of them. */
  readonly tag: string;
}

const OPCODES: Readonly<Record<number, string>> = {
  0x01: "PREFETCH_CFG",
  0x03: "CFGI_STE",
  0x04: "CFGI_ALL",
  0x05: "CFGI_CD",
  0x06: "CFGI_CD_ALL",
  0x10: "TLBI_NH_ALL",
  0x11: "TLBI_NH_ASID",
  0x12: "TLBI_NH_VA",
  0x13: "TLBI_NH_VAA",
  0x20: "TLBI_EL2_ALL",
  0x21: "TLBI_EL2_ASID",
  0x22: "TLBI_EL2_VA",
  0x28: "TLBI_S12_VMALL",
  0x2a: "TLBI_S2_IPA",
  0x30: "TLBI_NSNH_ALL",
  0x40: "ATC_INV",
  0x41: "PRI_RESP",
  0x44: "RESUME",
  0x46: "SYNC",
};

/** Name and addressees of a command; its ranges and sizes are not read. */
export function decodeCommand(q: readonly string[]): RecordedCommand {
  const q0 = word(q[0]);
  const opcode = number(q0, 7, 0);
  const name = OPCODES[opcode] ?? `opcode 0x${opcode.toString(16)}`;
  let tag = "";
  if (/^TLBI_(NH|EL2)_(ASID|VA)$/.test(name)) tag = `ASID ${number(q0, 63, 48)}`;
  else if (/^TLBI_(S12_VMALL|S2_IPA|NH_ALL|NH_VAA)$/.test(name)) tag = `VMID ${number(q0, 47, 32)}`;
  const substream = name === "CFGI_CD" || (name === "ATC_INV" && number(q0, 11, 11) === 1);
  return { name, sid: number(q0, 63, 32), ssid: substream ? number(q0, 31, 12) : 0, tag };
}
