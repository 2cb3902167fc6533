/**
 * Names of numbers that the driver keeps, and the registers of page 0 that it names (Arm IHI 0070, chapter 6).
 *
 * A register is 32 bits wide, a base register 64; a field is `[name, highest bit, lowest bit, values]`.
 */

/** Features of an SMMU as the driver names them, with the bit of its own mask: not a bit of any register. */
export const FEATURES: Readonly<Record<string, number>> = {
  "2_LVL_STRTAB": 0,
  "2_LVL_CDTAB": 1,
  TT_LE: 2,
  TT_BE: 3,
  PRI: 4,
  ATS: 5,
  SEV: 6,
  MSI: 7,
  COHERENCY: 8,
  TRANS_S1: 9,
  TRANS_S2: 10,
  STALLS: 11,
  HYP: 12,
  STALL_FORCE: 13,
  VAX: 14,
  RANGE_INV: 15,
  BTM: 16,
  SVA: 17,
  E2H: 18,
  NESTING: 19,
  ATTR_TYPES_OVR: 20,
  HA: 21,
  HD: 22,
  S2FWB: 23,
  BBML2: 24,
  HAFT: 25,
  DS: 26,
};

/** Workarounds. */
export const OPTIONS: Readonly<Record<string, number>> = {
  SKIP_PREFETCH: 0,
  PAGE0_REGS_ONLY: 1,
  MSIPOLL: 2,
  CMDQ_FORCE_SYNC: 3,
  TEGRA241_CMDQV: 4,
};

/** Stages of a domain. */
export const DOMAIN_STAGES: Readonly<Record<string, number>> = { S1: 0, S2: 1, SVA: 2 };

type RegisterField = readonly [name: string, hi: number, lo: number, values?: Readonly<Record<string, number>>];

export const REGISTERS: Readonly<
  Record<string, { readonly offset: number; readonly fields: readonly RegisterField[] }>
> = {
  IDR0: {
    offset: 0x00,
    fields: [
      ["ST_LVL", 28, 27, { "2LVL": 1 }],
      ["STALL_MODEL", 25, 24, { STALL: 0, FORCE: 2 }],
      ["TTENDIAN", 22, 21, { MIXED: 0, LE: 2, BE: 3 }],
      ["CD2L", 19, 19],
      ["VMID16", 18, 18],
      ["PRI", 16, 16],
      ["SEV", 14, 14],
      ["MSI", 13, 13],
      ["ASID16", 12, 12],
      ["ATS", 10, 10],
      ["HYP", 9, 9],
      ["HTTU", 7, 6, { ACCESS: 1, ACCESS_DIRTY: 2, ACCESS_DIRTY_HAFT: 3 }],
      ["COHACC", 4, 4],
      ["TTF", 3, 2, { AARCH64: 2 }],
      ["S1P", 1, 1],
      ["S2P", 0, 0],
    ],
  },
  IDR1: {
    offset: 0x04,
    fields: [
      ["TABLES_PRESET", 30, 30],
      ["QUEUES_PRESET", 29, 29],
      ["REL", 28, 28],
      ["ATTR_TYPES_OVR", 27, 27],
      ["CMDQS", 25, 21],
      ["EVTQS", 20, 16],
      ["PRIQS", 15, 11],
      ["SSIDSIZE", 10, 6],
      ["SIDSIZE", 5, 0],
    ],
  },
  IDR3: {
    offset: 0x0c,
    fields: [
      ["FWB", 8, 8],
      ["RIL", 10, 10],
      ["BBM", 12, 11],
    ],
  },
  IDR5: {
    offset: 0x14,
    fields: [
      ["STALL_MAX", 31, 16],
      ["DS", 7, 7],
      ["GRAN64K", 6, 6],
      ["GRAN16K", 5, 5],
      ["GRAN4K", 4, 4],
      ["OAS", 2, 0, { "32_BIT": 0, "36_BIT": 1, "40_BIT": 2, "42_BIT": 3, "44_BIT": 4, "48_BIT": 5, "52_BIT": 6 }],
      ["VAX", 11, 10, { "52_BIT": 1 }],
    ],
  },
  IIDR: {
    offset: 0x18,
    fields: [
      ["PRODUCTID", 31, 20],
      ["VARIANT", 19, 16],
      ["REVISION", 15, 12],
      ["IMPLEMENTER", 11, 0],
    ],
  },
  AIDR: { offset: 0x1c, fields: [] },
  CR0: {
    offset: 0x20,
    fields: [
      ["ATSCHK", 4, 4],
      ["CMDQEN", 3, 3],
      ["EVTQEN", 2, 2],
      ["PRIQEN", 1, 1],
      ["SMMUEN", 0, 0],
    ],
  },
  CR0ACK: { offset: 0x24, fields: [] },
  CR1: {
    offset: 0x28,
    fields: [
      ["TABLE_SH", 11, 10],
      ["TABLE_OC", 9, 8],
      ["TABLE_IC", 7, 6],
      ["QUEUE_SH", 5, 4],
      ["QUEUE_OC", 3, 2],
      ["QUEUE_IC", 1, 0],
    ],
  },
  CR2: {
    offset: 0x2c,
    fields: [
      ["PTM", 2, 2],
      ["RECINVSID", 1, 1],
      ["E2H", 0, 0],
    ],
  },
  GBPA: {
    offset: 0x44,
    fields: [
      ["UPDATE", 31, 31],
      ["ABORT", 20, 20],
    ],
  },
  IRQ_CTRL: {
    offset: 0x50,
    fields: [
      ["EVTQ_IRQEN", 2, 2],
      ["PRIQ_IRQEN", 1, 1],
      ["GERROR_IRQEN", 0, 0],
    ],
  },
  IRQ_CTRLACK: { offset: 0x54, fields: [] },
  GERROR: {
    offset: 0x60,
    fields: [
      ["SFM_ERR", 8, 8],
      ["MSI_GERROR_ABT_ERR", 7, 7],
      ["MSI_PRIQ_ABT_ERR", 6, 6],
      ["MSI_EVTQ_ABT_ERR", 5, 5],
      ["MSI_CMDQ_ABT_ERR", 4, 4],
      ["PRIQ_ABT_ERR", 3, 3],
      ["EVTQ_ABT_ERR", 2, 2],
      ["CMDQ_ERR", 0, 0],
    ],
  },
  GERRORN: { offset: 0x64, fields: [] },
  GERROR_IRQ_CFG0: { offset: 0x68, fields: [] },
  GERROR_IRQ_CFG1: { offset: 0x70, fields: [] },
  GERROR_IRQ_CFG2: { offset: 0x74, fields: [] },
  STRTAB_BASE: {
    offset: 0x80,
    fields: [
      ["RA", 62, 62],
      ["ADDR", 51, 6],
    ],
  },
  STRTAB_BASE_CFG: {
    offset: 0x88,
    fields: [
      ["FMT", 17, 16, { LINEAR: 0, "2LVL": 1 }],
      ["SPLIT", 10, 6],
      ["LOG2SIZE", 5, 0],
    ],
  },
  CMDQ_BASE: { offset: 0x90, fields: [] },
  CMDQ_PROD: { offset: 0x98, fields: [] },
  CMDQ_CONS: { offset: 0x9c, fields: [["ERR", 30, 24]] },
  EVTQ_BASE: { offset: 0xa0, fields: [] },
  EVTQ_PROD: { offset: 0xa8, fields: [] },
  EVTQ_CONS: { offset: 0xac, fields: [] },
  EVTQ_IRQ_CFG0: { offset: 0xb0, fields: [] },
  EVTQ_IRQ_CFG1: { offset: 0xb8, fields: [] },
  EVTQ_IRQ_CFG2: { offset: 0xbc, fields: [] },
  PRIQ_BASE: { offset: 0xc0, fields: [] },
  PRIQ_PROD: { offset: 0xc8, fields: [] },
  PRIQ_CONS: { offset: 0xcc, fields: [] },
  PRIQ_IRQ_CFG0: { offset: 0xd0, fields: [] },
  PRIQ_IRQ_CFG1: { offset: 0xd8, fields: [] },
  PRIQ_IRQ_CFG2: { offset: 0xdc, fields: [] },
};
