/** Commands of the command queue (Arm IHI 0070, chapter 4), two qwords each, as far as the driver names them. */
import { address, bits, type Fields, fields, unset } from "./fields.ts";

/** Opcodes that the driver names. */
export const OPCODES = {
  PREFETCH_CFG: 0x01,
  CFGI_STE: 0x03,
  CFGI_ALL: 0x04,
  CFGI_CD: 0x05,
  CFGI_CD_ALL: 0x06,
  TLBI_NH_ALL: 0x10,
  TLBI_NH_ASID: 0x11,
  TLBI_NH_VA: 0x12,
  TLBI_NH_VAA: 0x13,
  TLBI_EL2_ALL: 0x20,
  TLBI_EL2_ASID: 0x21,
  TLBI_EL2_VA: 0x22,
  TLBI_S12_VMALL: 0x28,
  TLBI_S2_IPA: 0x2a,
  TLBI_NSNH_ALL: 0x30,
  ATC_INV: 0x40,
  PRI_RESP: 0x41,
  RESUME: 0x44,
  CMD_SYNC: 0x46,
} as const;
export type Opcode = keyof typeof OPCODES;

/** Opcodes of the architecture that the driver has no name for. */
export const OTHER_OPCODES: Readonly<Record<string, number>> = {
  PREFETCH_ADDR: 0x02,
  CFGI_VMS_PIDM: 0x07,
  TLBI_EL3_ALL: 0x18,
  TLBI_EL3_VA: 0x1a,
  TLBI_EL2_VAA: 0x23,
  STALL_TERM: 0x45,
};

export const COMMAND = fields({ OP: bits(0, 7, 0, "Which command it is.") });

const SID = bits(0, 63, 32, "The StreamID.");
const SSID = bits(0, 31, 12, "The SubstreamID (PASID).");
const SSV = bits(0, 11, 11, "The SubstreamID counts.");
const LEAF = bits(1, 0, 0, "What is cached of upper levels may stay.");
const ASID = bits(0, 63, 48, "Translations with this ASID.");
const VMID = bits(0, 47, 32, "Translations with this VMID.");
const VA = address(1, 63, 12, "First address of the range.");
const RANGE = {
  NUM: bits(0, 16, 12, "The range is (NUM + 1) * 2^SCALE granules, if TG is not 0."),
  SCALE: bits(0, 25, 20, "Log2 of the range's unit in granules; above 31 only with IDR5.DS."),
};
const LEVEL = {
  TTL: bits(1, 9, 8, "Level of the leaf, 0 for any."),
  TG: bits(1, 11, 10, "Granule of the range; 0 for one address and no range.", { "4K": 1, "16K": 2, "64K": 3 }),
};

export interface CommandFormat {
  /** Whether the driver makes it, besides those that it passes on for a guest. */
  readonly built: boolean;
  readonly fields: Fields;
}
const built = <F extends Fields>(of: F) => ({ built: true, fields: of });
const passedOn = <F extends Fields>(of: F) => ({ built: false, fields: of });

/** The fields of each command, besides its opcode. */
export const FORMATS = {
  PREFETCH_CFG: built(
    fields({
      SID,
      SIZE: unset(bits(1, 4, 0, "Size of what is fetched ahead.")),
      ADDR: unset(address(1, 63, 12, "Address of what is fetched ahead.")),
    }),
  ),
  CFGI_STE: built(fields({ SID, LEAF })),
  CFGI_ALL: built(fields({ RANGE: bits(1, 4, 0, "Log2 of the number of StreamIDs, less 1; 31 is all of them.") })),
  CFGI_CD: built(fields({ SSID, SID, LEAF })),
  CFGI_CD_ALL: passedOn(fields({ SID })),
  TLBI_NH_ALL: built(fields({ VMID })),
  TLBI_NH_ASID: built(fields({ VMID, ASID })),
  TLBI_NH_VA: built(fields({ ...RANGE, VMID, ASID, LEAF, ...LEVEL, VA })),
  TLBI_NH_VAA: passedOn(fields({ ...RANGE, VMID, LEAF, ...LEVEL, VA })),
  TLBI_EL2_ALL: built(fields({})),
  TLBI_EL2_ASID: built(fields({ ASID })),
  TLBI_EL2_VA: built(fields({ ...RANGE, ASID, LEAF, ...LEVEL, VA })),
  TLBI_S12_VMALL: built(fields({ VMID })),
  TLBI_S2_IPA: built(
    fields({ ...RANGE, VMID, LEAF, ...LEVEL, IPA: address(1, 51, 12, "First address of the range.") }),
  ),
  TLBI_NSNH_ALL: built(fields({})),
  ATC_INV: built(
    fields({
      GLOBAL: unset(bits(0, 9, 9, "Whatever the PASID, if SSV says there is one.")),
      SSV,
      SSID,
      SID,
      SIZE: bits(1, 5, 0, "Log2 of the number of 4K pages; 52 is everything.", { ALL: 52 }),
      ADDR: address(1, 63, 12, "First page."),
    }),
  ),
  PRI_RESP: built(
    fields({
      SSV,
      SSID,
      SID,
      GRPID: bits(1, 8, 0, "The group of page requests that is answered."),
      RESP: bits(1, 13, 12, "The answer.", { DENY: 0, FAIL: 1, SUCC: 2 }),
    }),
  ),
  RESUME: built(
    fields({
      RESP: bits(0, 13, 12, "What becomes of the stalled request.", { TERM: 0, RETRY: 1, ABORT: 2 }),
      SID,
      STAG: bits(1, 15, 0, "The stalled request, as its event named it."),
    }),
  ),
  CMD_SYNC: built(
    fields({
      CS: bits(0, 13, 12, "How its end is told.", { NONE: 0, IRQ: 1, SEV: 2 }),
      MSH: bits(0, 23, 22, "Shareability of the message's write.", { NSH: 0, OSH: 2, ISH: 3 }),
      MSIATTR: bits(0, 27, 24, "Memory type of the message's write.", { DEVICE_nGnRE: 1, OIWB: 15 }),
      MSIDATA: unset(bits(0, 63, 32, "The message.")),
      MSIADDR: address(1, 51, 2, "Where the message is written, for CS=IRQ."),
    }),
  ),
} as const satisfies Readonly<Record<Opcode, CommandFormat>>;

/** The SIZE of an ATC_INV of everything. */
export const ATC_INV_SIZE_ALL = 52;
/** Largest NUM of a range. */
export const RANGE_NUM_MAX = 31;
/** What CMDQ_CONS.ERR says when the queue has stopped. */
export const CONS_ERRORS: Readonly<Record<string, number>> = { NONE_IDX: 0, ILL_IDX: 1, ABT_IDX: 2, ATC_INV_IDX: 3 };
/** That field, bits of a 32-bit register. */
export const CMDQ_CONS = fields({ ERR: bits(0, 30, 24, "Why the command queue has stopped.") });
