/** Recorded qwords as numbers, and both sides' as text. */
import type { Qwords } from "../../hw/fields.ts";

export const qwordsOf = (hex: readonly string[]): Qwords => hex.map((q) => BigInt(`0x${q.replace(/^0x/i, "")}`));

/** "0000000040f5500b", as dumps have it. */
export const text = (q: bigint): string => q.toString(16).padStart(16, "0");
