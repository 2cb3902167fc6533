/** A field's value in words. */
import { type Field, hex, symbolOf } from "./fields.ts";

/** A value as it is best read: small ones as they are, addresses in hexadecimal, others in both; then its symbol. */
export function valueText(field: Field, value: bigint): string {
  const symbol = symbolOf(field, value);
  const wide = field.inPlace || field.hi - field.lo >= 32 || field.name === "VTCR";
  const digits = value < 10n ? String(value) : wide ? hex(value) : `${hex(value)} (${value})`;
  return symbol === "" ? digits : `${digits} ${symbol}`;
}
