import type { Field } from "../../worker/protocol.ts";

/** The columns of a table over several entries: every field name, in the order in which they first appear. */
export function columnsOf(entries: readonly { readonly fields: readonly Field[] }[]): string[] {
  return [...new Set(entries.flatMap(({ fields }) => fields.map(({ name }) => name)))];
}

/** How many steps a cell names before it counts the rest. */
const NAMED = 6;

/** The steps that changed an entry, the last ones by number. An entry that no step of the run touched says so. */
export function writesText(steps: readonly number[]): string {
  if (steps.length === 0) return "none";
  const last = steps.slice(-NAMED).join(", ");
  return steps.length > NAMED ? `${steps.length - NAMED} earlier, ${last}` : last;
}
