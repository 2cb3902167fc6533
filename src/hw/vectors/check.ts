/**
 * Vectors recorded from the driver itself, run through the functions of this room: six files of one set.
 *
 * Nothing of the files is taken for granted: a record that cannot be read is a failed one.
 */
import { checkBuilders } from "./builders.ts";
import { checkCommands } from "./commands.ts";
import { checkFieldMap } from "./field-map.ts";
import { checkInvs } from "./invs.ts";
import type { Section } from "./read.ts";
import { checkTransitions, entriesOf } from "./transitions.ts";

export const VECTOR_FILES = [
  "builders.json",
  "cd_transitions.json",
  "commands.json",
  "field_map.json",
  "invs.json",
  "ste_transitions.json",
] as const;
export type VectorFile = (typeof VECTOR_FILES)[number];

export interface FileReport {
  readonly file: VectorFile;
  readonly sections: readonly Section[];
}

/** Checks a set, each file an object out of JSON. Never throws for what is in it. */
export function checkVectors(files: Readonly<Record<VectorFile, unknown>>): FileReport[] {
  const entries = { ste: entriesOf(files["ste_transitions.json"]), cd: entriesOf(files["cd_transitions.json"]) };
  const check: Readonly<Record<VectorFile, (file: unknown) => Section[]>> = {
    "builders.json": checkBuilders,
    "cd_transitions.json": (file) => checkTransitions("cd", file),
    "commands.json": (file) => checkCommands(file, entries),
    "field_map.json": checkFieldMap,
    "invs.json": checkInvs,
    "ste_transitions.json": (file) => checkTransitions("ste", file),
  };
  return VECTOR_FILES.map((file) => ({ file, sections: check[file](files[file]) }));
}
