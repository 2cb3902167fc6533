/**
 * Where things lie in the memory of a world: addresses that no machine gave. Each is as aligned as what the driver would
 * have allocated, each kind has a part of memory of its own, and all are the same in every run.
 */
import { type Qwords, put } from "../hw/fields.ts";
import { STE } from "../hw/ste-fields.ts";

const of = (base: bigint, size: bigint) => (number: number) => base + size * BigInt(number);

/** The linear Stream Table, or the first level of one of two levels, by SMMU. */
export const strtab = of(0x1_0000_0000n, 0x40_0000n);
/** The linear CD table, or the first level of one of two levels, by device. */
export const cdTable = of(0x1_1000_0000n, 0x1_0000n);
/** Second levels of a Stream Table, 256 STEs each, in the order of the first level; that of a CD table, by device. */
export const strtabL2 = of(0x1_5000_0000n, 0x4000n);
export const cdTableL2 = of(0x1_6000_0000n, 0x1_0000n);
/** Page tables of a domain; those of a process. */
export const pageTable = of(0x1_2000_0000n, 0x1_0000n);
export const processPageTable = of(0x1_4000_0000n, 0x1_0000n);
/** A guest's CD table, in the guest's own addresses, by domain. */
export const guestCdTable = of(0x8000_0000n, 0x1_0000n);

/** The first two qwords of a guest's STE, as a guest with the same driver and without PASIDs writes them. */
export function guestSte(vste: "abort" | "bypass" | "s1", domain: number, ats: boolean): Qwords {
  const { CFG, EATS } = STE;
  if (vste === "abort") return [STE.V.mask | put(CFG, CFG.values.ABORT), 0n];
  if (vste === "bypass") return [STE.V.mask | put(CFG, CFG.values.BYPASS), 0n];
  return [
    STE.V.mask | put(CFG, CFG.values.S1_TRANS) | put(STE.S1CTXPTR, guestCdTable(domain)),
    put(STE.S1CIR, STE.S1CIR.values.WBRA) |
      put(STE.S1COR, STE.S1COR.values.WBRA) |
      put(STE.S1CSH, STE.S1CSH.values.ISH) |
      put(EATS, ats ? EATS.values.TRANS : EATS.values.ABT),
  ];
}
