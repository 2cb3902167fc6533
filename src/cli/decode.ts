/** `smmu decode`: an STE, a CD, a command or an event from hexadecimal, and what lies between two entries. */
import { decode, type Decoded, type DecodedField, LENGTHS, type Structure } from "../hw/decode.ts";
import { type Dump, checkLength, checkStructure, readDumps, WordsError } from "../hw/read-words.ts";
import { type Field, hex, type Qwords } from "../hw/fields.ts";
import { summary } from "../hw/summary.ts";
import { valueText } from "../hw/value-text.ts";
import { describeUpdate, type EntryKind } from "../hw/writer.ts";
import { wrap } from "../worker/reply/lines.ts";
import { Refused } from "./refused.ts";

/** What is wrong with the words is the caller's to hear, in one sentence. */
function refusing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof WordsError ? new Refused(error.message) : error;
  }
}

/** The dumps in a text, each of the structure that is asked for. */
function dumpsOf(structure: Structure, text: string): readonly Dump[] {
  const dumps = readDumps(text);
  for (const dump of dumps) {
    checkStructure(structure, dump);
    checkLength(structure, dump.qwords, dumps.length > 1 && dump.title !== "" ? `"${dump.title}"` : undefined);
  }
  return dumps;
}

/** Two entries: what stands before and after `--`, two dumps, or 16 qwords in a row. */
function twoEntries(kind: EntryKind, text: string): readonly [Qwords, Qwords] {
  const parts = text.split(/(?:^|\s)--(?=\s|$)/);
  if (parts.length > 2) throw new WordsError("There is more than one -- between two entries.");
  const found = parts.flatMap((part) => readDumps(part));
  for (const dump of found) checkStructure(kind, dump);
  const title = kind.toUpperCase();
  if (found.length > 2) throw new WordsError(`Two entries are compared, and here are ${found.length}.`);
  if (found.length === 2) {
    const [before, after] = parts.length === 2 ? ["before --", "after --"] : ["given first", "given second"];
    checkLength(kind, found[0].qwords, `The ${title} ${before}`);
    checkLength(kind, found[1].qwords, `The ${title} ${after}`);
    return [found[0].qwords, found[1].qwords];
  }
  const all = found[0].qwords;
  if (all.length !== 16) throw new WordsError(`Two entries have 16 qwords, and here are ${all.length}.`);
  return [all.slice(0, 8), all.slice(8)];
}

const place = ({ hi, lo }: Field) => (hi === lo ? `[${hi}]` : `[${hi}:${lo}]`);

/** A command's first field is its opcode, an event's its number: the name belongs beside it. */
const nameBeside = (found: Decoded, field: Field) =>
  (field.name === "OP" || field.name === "ID") && found.name !== "" ? ` ${found.name}` : "";

const fieldText = (found: Decoded, { field, value, used }: DecodedField): readonly string[] => [
  `  ${field.name} ${place(field)} = ${valueText(field, value)}${nameBeside(found, field)}${used ? "" : ", ignored"}`,
  wrap(field.about, 6, "      "),
];

const NAMES: Readonly<Record<Structure, string>> = { ste: "STE", cd: "CD", cmd: "command", event: "event" };

/** What a structure says, in at most 72 columns. */
function structureText(structure: Structure, q: Qwords): string {
  const found = decode(structure, q);
  const lines: string[] = [wrap(summary(structure, q), 9, NAMES[structure].padEnd(9))];
  q.forEach((word, i) => {
    lines.push(`qword ${i}  ${hex(word).padEnd(18)}  used ${hex(found.used[i])}`);
    for (const field of found.fields) if (field.field.qword === i) lines.push(...fieldText(found, field));
    if (found.unnamed[i] !== 0n) lines.push(`  bits that the driver has no name for: ${hex(found.unnamed[i])}`);
  });
  for (const kind of ["illegal", "reserved", "note"] as const) {
    for (const fault of found.faults) if (fault.kind === kind) lines.push(wrap(fault.text, 10, `${kind.padEnd(8)}  `));
  }
  return lines.join("\n");
}

const column = (text: string, width: number) => text.padEnd(width);

/** What differs between two entries, and how the driver gets from one to the other. */
function differenceText(kind: EntryKind, from: Qwords, to: Qwords): string {
  const [a, b] = [decode(kind, from), decode(kind, to)];
  const lines = [`  ${column("field", 10)}${column("before", 29)}after`];
  const side = (f: DecodedField) => `${valueText(f.field, f.value)}${f.used ? "" : ", ignored"}`;
  a.fields.forEach((before, i) => {
    const after = b.fields[i];
    if (before.value !== after.value)
      lines.push(`  ${column(before.field.name, 10)}${column(side(before), 29)}${side(after)}`.trimEnd());
  });
  a.unnamed.forEach((bits, i) => {
    if (bits !== b.unnamed[i])
      lines.push(`  ${column(`qword ${i}`, 10)}${column(`unnamed ${hex(bits)}`, 29)}unnamed ${hex(b.unnamed[i])}`);
  });
  if (lines.length === 1) return "The two entries are the same.";
  const update = describeUpdate(kind, from, to);
  const critical = update.critical_qwords.length === 0 ? "none" : update.critical_qwords.join(", ");
  lines.push(
    "",
    `the driver's way   ${update.mode}`,
    `critical qwords    ${critical}`,
    `syncs              ${update.syncs}`,
    `hitless            ${update.hitless ? "yes" : "no: a sync while qword 0 is 0"}`,
    `V dropped          ${update.v_dropped ? "yes: requests in between are aborted" : "no"}`,
  );
  const unused = to.findIndex((word, i) => (word & ~b.used[i]) !== 0n);
  if (unused >= 0)
    lines.push(
      wrap(
        `qword ${unused} of the new entry has bits that it ignores, which the driver warns of`,
        19,
        "warning            ",
      ),
    );
  for (const { writes } of update.groups) {
    for (const [qword, value] of writes) lines.push(`  store qword ${qword}  ${hex(value)}`);
    lines.push("  sync");
  }
  for (const [name, found] of [
    ["before", a],
    ["after", b],
  ] as const) {
    for (const { kind: what, text } of found.faults)
      if (what !== "note") lines.push(wrap(`${name}: ${text}`, 10, `${what.padEnd(8)}  `));
  }
  return lines.join("\n");
}

/** What `decode` prints: each structure that the text holds. */
export const decodeText = (structure: Structure, text: string): string =>
  refusing(() => dumpsOf(structure, text))
    .map(
      ({ title, qwords }, _i, { length }) =>
        (length > 1 && title !== "" ? `${wrap(title, 2)}\n` : "") + structureText(structure, qwords),
    )
    .join("\n\n");

/** What `decode --diff` prints. */
export const diffText = (kind: EntryKind, text: string): string =>
  differenceText(kind, ...refusing(() => twoEntries(kind, text)));

export const isStructure = (word: string | undefined): word is Structure =>
  word !== undefined && Object.hasOwn(LENGTHS, word);
export const isEntryKind = (word: string | undefined): word is EntryKind => word === "ste" || word === "cd";
