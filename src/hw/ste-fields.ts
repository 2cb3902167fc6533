/** The Stream Table Entry (Arm IHI 0070, 5.2), as far as the driver names its fields. */
import { address, bits, fields, pieceOf } from "./fields.ts";

/** Cacheability of structures that are only read. */
const READ_CACHE = { NC: 0, WBRA: 1, WT: 2, WB: 3 };
/** Cacheability of translation tables. */
const WALK_CACHE = { NC: 0, WBWA: 1, WT: 2, WB: 3 };
const SIZES = {
  "32_BIT": 0,
  "36_BIT": 1,
  "40_BIT": 2,
  "42_BIT": 3,
  "44_BIT": 4,
  "48_BIT": 5,
  "52_BIT": 6,
  "56_BIT": 7,
};

export const STE = fields({
  V: bits(0, 0, 0, "Valid: with 0 every request gets C_BAD_STE and nothing else is looked at."),
  CFG: bits(0, 3, 1, "What the stream gets: an abort, no translation, stage 1, stage 2, or both.", {
    ABORT: 0,
    BYPASS: 4,
    S1_TRANS: 5,
    S2_TRANS: 6,
    NESTED: 7,
  }),
  S1FMT: bits(0, 5, 4, "Shape of the CD table; ignored where S1CDMAX is 0, since then there is one CD.", {
    LINEAR: 0,
    "4K_L2": 1,
    "64K_L2": 2,
  }),
  S1CTXPTR: address(0, 51, 6, "Where the CD table is; an IPA where stage 2 is on as well."),
  S1CDMAX: bits(0, 63, 59, "Log2 of the number of CDs; 0 is one CD and no SubstreamIDs."),
  S1DSS: bits(1, 1, 0, "What a request without SubstreamID gets while S1CDMAX is not 0.", {
    TERMINATE: 0,
    BYPASS: 1,
    SSID0: 2,
  }),
  S1CIR: bits(1, 3, 2, "Inner cacheability of fetches of CDs.", READ_CACHE),
  S1COR: bits(1, 5, 4, "Outer cacheability of fetches of CDs.", READ_CACHE),
  S1CSH: bits(1, 7, 6, "Shareability of fetches of CDs.", { NSH: 0, OSH: 2, ISH: 3 }),
  MEV: bits(1, 19, 19, "Similar fault records of the stream may be merged into one."),
  S2FWB: bits(1, 25, 25, "Stage 2 decides memory attributes alone, whatever stage 1 says."),
  S1STALLD: bits(1, 27, 27, "No fault of stage 1 may stall: CDs with S=1 are refused."),
  EATS: bits(1, 29, 28, "ATS: refused, all stages in the reply, or stage 1 in it and stage 2 checked later.", {
    ABT: 0,
    TRANS: 1,
    S1CHK: 2,
  }),
  STRW: bits(1, 31, 30, "The translation regime of stage 1 where there is no stage 2.", { NSEL1: 0, EL2: 2 }),
  SHCFG: bits(1, 45, 44, "Shareability of requests that no stage 1 gives one to.", {
    NSH: 0,
    INCOMING: 1,
    OSH: 2,
    ISH: 3,
  }),
  S2VMID: bits(2, 15, 0, "Tags cached translations with the virtual machine they belong to."),
  VTCR: bits(2, 50, 32, "The stage 2 walk as a whole; its pieces follow."),
  S2T0SZ: pieceOf("VTCR", bits(2, 37, 32, "Input addresses of stage 2 have 64 bits less this.")),
  S2SL0: pieceOf("VTCR", bits(2, 39, 38, "Level at which the stage 2 walk begins; depends on S2TG.")),
  S2IR0: pieceOf("VTCR", bits(2, 41, 40, "Inner cacheability of the stage 2 walk.", WALK_CACHE)),
  S2OR0: pieceOf("VTCR", bits(2, 43, 42, "Outer cacheability of the stage 2 walk.", WALK_CACHE)),
  S2SH0: pieceOf("VTCR", bits(2, 45, 44, "Shareability of the stage 2 walk.", { NS: 0, OS: 2, IS: 3 })),
  S2TG: pieceOf("VTCR", bits(2, 47, 46, "Granule of the stage 2 tables.", { "4K": 0, "64K": 1, "16K": 2 })),
  S2PS: pieceOf("VTCR", bits(2, 50, 48, "Widest address that stage 2 may give out.", SIZES)),
  S2AA64: bits(2, 51, 51, "The stage 2 tables have the format of VMSAv8-64."),
  S2ENDI: bits(2, 52, 52, "The stage 2 tables are big endian."),
  S2PTW: bits(2, 54, 54, "A stage 1 walk or a CD in device memory is a stage 2 permission fault."),
  S2S: bits(2, 57, 57, "A fault of stage 2 stalls the request."),
  S2R: bits(2, 58, 58, "A fault of stage 2 is recorded."),
  S2TTB: address(3, 51, 4, "Where the stage 2 tables begin."),
});

/** What a guest may set in the two qwords of its virtual STE; the hypervisor's driver decides the rest. */
export const VSTE_FIELDS = [
  STE.V,
  STE.CFG,
  STE.S1FMT,
  STE.S1CTXPTR,
  STE.S1CDMAX,
  STE.S1DSS,
  STE.S1CIR,
  STE.S1COR,
  STE.S1CSH,
  STE.S1STALLD,
  STE.EATS,
] as const;

/** A descriptor of a two-level Stream Table's first level; the driver's second levels hold 2^8 STEs. */
export const L1_STREAM_TABLE_DESC = fields({
  SPAN: bits(0, 4, 0, "The second level holds 2^(SPAN-1) STEs; 0 is none."),
  L2PTR: address(0, 51, 6, "Where the second level is."),
});
export const STRTAB_SPLIT = 8;
