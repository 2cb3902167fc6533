import type { Field } from "../../worker/protocol.ts";

/** The columns of a table over several entries: every field name, in the order in which they first appear. */
export function columnsOf(entries: readonly { readonly fields: readonly Field[] }[]): string[] {
  return [...new Set(entries.flatMap(({ fields }) => fields.map(({ name }) => name)))];
}

/** The steps that wrote an entry, in order. */
export function writtenBy(fields: readonly Field[]): number[] {
  const steps = new Set(fields.flatMap(({ by }) => (by === undefined ? [] : [by])));
  return [...steps].sort((a, b) => a - b);
}
