/** What a design changes: the procedures in which it differs from Linux 7.3, by file and by where they come from. */
import { type Design, readOptions } from "../kernel/design.ts";
import { linux73 } from "./build.ts";

/** Procedures of one file that come from the same place. */
export interface Differing {
  readonly file: string;
  /** Where they come from; empty where nothing is said of it. */
  readonly note: string;
  /** `isNew`: Linux 7.3 has no such procedure. */
  readonly procs: readonly { readonly name: string; readonly isNew: boolean }[];
}

/** Ordered by file, then as the design lists them. Empty for Linux 7.3 itself. */
export function differences(design: Design, options: Readonly<Record<string, string>> = {}): Differing[] {
  const base = new Map(linux73.flatMap((procs) => Object.entries(procs)));
  const found: { file: string; note: string; procs: { name: string; isNew: boolean }[] }[] = [];
  for (const [name, proc] of Object.entries(design.procs(readOptions(design, options)))) {
    if (base.get(name) === proc) continue;
    const { file, note = "" } = proc.source;
    let entry = found.find((other) => other.file === file && other.note === note);
    if (entry === undefined) found.push((entry = { file, note, procs: [] }));
    entry.procs.push({ name, isNew: !base.has(name) });
  }
  return found.toSorted((a, b) => (a.file < b.file ? -1 : Number(a.file > b.file)));
}
