/** `smmu decode`: an STE, a CD, a command or an event from hexadecimal, and what lies between two entries. */
import { decode, type Decoded, type DecodedField, LENGTHS, type Structure } from "../hw/decode.ts";
import { type Field, hex, type Qwords, symbolOf } from "../hw/fields.ts";
import { describeUpdate, type EntryKind } from "../hw/writer.ts";
import { wrap } from "../worker/reply/lines.ts";
import { Refused } from "./refused.ts";

const TITLES: Readonly<Record<Structure, string>> = { ste: "An STE", cd: "A CD", cmd: "A command", event: "An event" };

/**
 * Qwords out of a text: hexadecimal with or without 0x, as `%016llx` prints it, separated by spaces, lines or commas.
 * Throws a Refused if a word is none.
 */
function qwordsOf(text: string): bigint[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => word !== "")
    .map((word) => {
      const digits = /^(?:0x)?([0-9a-f]+)$/i.exec(word)?.[1];
      const shown = word.length > 40 ? `${word.slice(0, 37)}...` : word;
      if (digits === undefined) throw new Refused(`"${shown}" is not hexadecimal.`);
      if (digits.length > 16) throw new Refused(`"${shown}" has more than the 16 digits of a qword.`);
      return BigInt(`0x${digits}`);
    });
}

function checkLength(structure: Structure, q: Qwords, which = TITLES[structure]): Qwords {
  const wanted = LENGTHS[structure];
  if (q.length !== wanted)
    throw new Refused(`${which} has ${wanted} qwords, and here ${q.length === 1 ? "is 1" : `are ${q.length}`}.`);
  return q;
}

/** Two entries: what stands before and after `--`, or 16 qwords in a row. */
function twoEntries(kind: EntryKind, text: string): readonly [Qwords, Qwords] {
  const parts = text.split(/(?:^|\s)--(?=\s|$)/);
  if (parts.length > 2) throw new Refused("There is more than one -- between two entries.");
  const found = parts.map(qwordsOf);
  const title = TITLES[kind].replace(/^An? /, "");
  if (found.length === 2)
    return [
      checkLength(kind, found[0], `The ${title} before --`),
      checkLength(kind, found[1], `The ${title} after --`),
    ];
  if (found[0].length !== 16) throw new Refused(`Two entries have 16 qwords, and here are ${found[0].length}.`);
  return [found[0].slice(0, 8), found[0].slice(8)];
}

/** A value as it is best read: small ones as they are, addresses in hexadecimal, others in both. */
function valueText(field: Field, value: bigint): string {
  const symbol = symbolOf(field, value);
  const wide = field.inPlace || field.hi - field.lo >= 32 || field.name === "VTCR";
  const digits = value < 10n ? String(value) : wide ? hex(value) : `${hex(value)} (${value})`;
  return symbol === "" ? digits : `${digits} ${symbol}`;
}

const place = ({ hi, lo }: Field) => (hi === lo ? `[${hi}]` : `[${hi}:${lo}]`);

/** A command's first field is its opcode, an event's its number: the name belongs beside it. */
const nameBeside = (found: Decoded, field: Field) =>
  (field.name === "OP" || field.name === "ID") && found.name !== "" ? ` ${found.name}` : "";

const fieldText = (found: Decoded, { field, value, used }: DecodedField): readonly string[] => [
  `  ${field.name} ${place(field)} = ${valueText(field, value)}${nameBeside(found, field)}${used ? "" : ", ignored"}`,
  wrap(field.about, 6, "      "),
];

/** What a structure says, in at most 72 columns. */
function structureText(structure: Structure, q: Qwords): string {
  const found = decode(structure, q);
  const lines: string[] = [];
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

/** What `decode` prints. */
export const decodeText = (structure: Structure, text: string): string =>
  structureText(structure, checkLength(structure, qwordsOf(text)));

/** What `decode --diff` prints. */
export function diffText(kind: EntryKind, text: string): string {
  return differenceText(kind, ...twoEntries(kind, text));
}

export const isStructure = (word: string | undefined): word is Structure =>
  word !== undefined && Object.hasOwn(LENGTHS, word);
export const isEntryKind = (word: string | undefined): word is EntryKind => word === "ste" || word === "cd";
