/** The Context Descriptor (Arm IHI 0070, 5.4), as far as the driver names its fields. */
import { address, bits, fields } from "./fields.ts";

const WALK_CACHE = { NC: 0, WBWA: 1, WT: 2, WB: 3 };

export const CD = fields({
  TCR_T0SZ: bits(0, 5, 0, "Input addresses have 64 bits less this."),
  TCR_TG0: bits(0, 7, 6, "Granule of the tables.", { "4K": 0, "64K": 1, "16K": 2 }),
  TCR_IRGN0: bits(0, 9, 8, "Inner cacheability of the walk.", WALK_CACHE),
  TCR_ORGN0: bits(0, 11, 10, "Outer cacheability of the walk.", WALK_CACHE),
  TCR_SH0: bits(0, 13, 12, "Shareability of the walk.", { NS: 0, OS: 2, IS: 3 }),
  TCR_EPD0: bits(0, 14, 14, "No walk of TTB0: whatever is not cached is a translation fault."),
  ENDI: bits(0, 15, 15, "The tables are big endian."),
  TCR_EPD1: bits(0, 30, 30, "No walk of TTB1, which the driver never uses."),
  V: bits(0, 31, 31, "Valid: with 0 every request gets C_BAD_CD and nothing else is looked at."),
  TCR_IPS: bits(0, 34, 32, "Widest address that stage 1 may give out.", {
    "32_BIT": 0,
    "36_BIT": 1,
    "40_BIT": 2,
    "42_BIT": 3,
    "44_BIT": 4,
    "48_BIT": 5,
    "52_BIT": 6,
    "56_BIT": 7,
  }),
  TCR_TBI0: bits(0, 38, 38, "The top byte of an address is ignored."),
  AA64: bits(0, 41, 41, "The tables have the format of VMSAv8-64."),
  TCR_HD: bits(0, 42, 42, "The SMMU writes dirty state into the tables; needs HA."),
  TCR_HA: bits(0, 43, 43, "The SMMU writes access flags into the tables."),
  S: bits(0, 44, 44, "A fault stalls the request."),
  R: bits(0, 45, 45, "A fault is recorded."),
  A: bits(0, 46, 46, "A fault that ends the request is an abort to the device, not zeros."),
  ASET: bits(0, 47, 47, "The ASID is the SMMU's own: broadcasts of CPUs that name it do not count."),
  ASID: bits(0, 63, 48, "Tags cached translations with the address space they belong to."),
  HAFT: bits(1, 3, 3, "Access flags are written in table descriptors as well; needs HA."),
  TTB0: address(1, 51, 4, "Where the tables begin."),
  MAIR: bits(3, 63, 0, "Eight memory attributes that page descriptors choose from."),
});

/** A descriptor of a two-level CD table's first level. */
export const L1_CD_TABLE_DESC = fields({
  V: bits(0, 0, 0, "Valid: with 0 there is no second level here."),
  L2PTR: address(0, 51, 12, "Where the second level is."),
});
/** CDs in one second level of the driver's. */
export const CDTAB_L2_ENTRIES = 1024;
