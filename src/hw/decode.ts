/** A structure as its fields: values, which of them count, which bits nobody names, and what the architecture says. */
import { CD } from "./cd-fields.ts";
import { COMMAND, FORMATS } from "./command-fields.ts";
import { EVENT, LOG_GROUPS } from "./event-fields.ts";
import { type Field, type Fields, get, type Qwords } from "./fields.ts";
import { cdFaults, type Fault, steFaults } from "./illegal.ts";
import { commandFaults, commandName, eventFaults, eventName, formatOf } from "./queue-words.ts";
import { STE } from "./ste-fields.ts";
import { cdUsed, steUsed } from "./writer.ts";

export type Structure = "ste" | "cd" | "cmd" | "event";
/** Qwords of each structure. */
export const LENGTHS: Readonly<Record<Structure, number>> = { ste: 8, cd: 8, cmd: 2, event: 4 };

export interface DecodedField {
  readonly field: Field;
  readonly value: bigint;
  /** The SMMU looks at it, given the rest; of an event, the record says something by it. */
  readonly used: boolean;
}

export interface Decoded {
  /** The command's or event's name, what an STE does; "" if there is none. */
  readonly name: string;
  readonly fields: readonly DecodedField[];
  /** The bits that count, by qword. */
  readonly used: Qwords;
  /** Bits that are set and that no field here names, by qword. */
  readonly unnamed: Qwords;
  readonly faults: readonly Fault[];
}

const STE_FIELDS = Object.values(STE);
const CD_FIELDS = Object.values(CD);
const EVENT_FIELDS = Object.values(EVENT);

const namedMask = (of: readonly Field[], length: number): Qwords => {
  const mask = Array<bigint>(length).fill(0n);
  for (const f of of) mask[f.qword] |= f.mask;
  return mask;
};
const STE_NAMED = namedMask(STE_FIELDS, LENGTHS.ste);
const CD_NAMED = namedMask(CD_FIELDS, LENGTHS.cd);
const EVENT_NAMED = namedMask(EVENT_FIELDS, LENGTHS.event);

/** The fields of a command that the SMMU looks at, given the others. */
function commandFields(q: Qwords, f: Fields): readonly Field[] {
  const ignored = new Set<Field | undefined>();
  // without an SSV, as CFGI_CD, a command has its SubstreamID always
  if (f.SSV !== undefined && get(q, f.SSV) === 0n) ignored.add(f.SSID).add(f.GLOBAL);
  // nobody is told by a message
  if (f.CS !== undefined && get(q, f.CS) !== BigInt(FORMATS.CMD_SYNC.fields.CS.values.IRQ))
    ignored.add(f.MSH).add(f.MSIATTR).add(f.MSIDATA).add(f.MSIADDR);
  return Object.values(f).filter((field) => !ignored.has(field));
}

/** The fields by which an event says something. */
function eventFields(q: Qwords): ReadonlySet<Field> {
  const name = eventName(q);
  const flag = (f: Field) => get(q, f) === 1n;
  const counts = new Set([EVENT.ID, EVENT.SSV, EVENT.SID]);
  if (flag(EVENT.SSV)) counts.add(EVENT.SSID);
  if (LOG_GROUPS.fetch_faults.includes(name)) counts.add(EVENT.FETCH_ADDR);
  else if (LOG_GROUPS.address_faults.includes(name)) {
    for (const f of [EVENT.STALL, EVENT.PnU, EVENT.InD, EVENT.RnW, EVENT.S2, EVENT.CLASS, EVENT.ADDR]) counts.add(f);
    if (flag(EVENT.STALL)) counts.add(EVENT.STAG);
    if (flag(EVENT.S2)) counts.add(EVENT.IPA);
    if (name === "F_PERMISSION" && get(q, EVENT.CLASS) === 1n) counts.add(EVENT.TT_READ);
  } else if (!LOG_GROUPS.ids_only.includes(name)) for (const f of EVENT_FIELDS) counts.add(f);
  return counts;
}

function read(of: readonly Field[], q: Qwords, used: Qwords, named: Qwords): Omit<Decoded, "name" | "faults"> {
  const found: DecodedField[] = [];
  for (const field of of) found.push({ field, value: get(q, field), used: (used[field.qword] & field.mask) !== 0n });
  return { fields: found, used, unnamed: q.map((word, i) => word & ~named[i]) };
}

/** Reads a structure of `LENGTHS` qwords. */
export function decode(structure: Structure, q: Qwords): Decoded {
  switch (structure) {
    case "ste":
      return { name: "", ...read(STE_FIELDS, q, steUsed(q), STE_NAMED), faults: steFaults(q) };
    case "cd":
      return { name: "", ...read(CD_FIELDS, q, cdUsed(q), CD_NAMED), faults: cdFaults(q) };
    case "cmd": {
      const format = formatOf(q);
      const of = [COMMAND.OP, ...Object.values(format)];
      const used = namedMask([COMMAND.OP, ...commandFields(q, format)], LENGTHS.cmd);
      return { name: commandName(q), ...read(of, q, used, namedMask(of, LENGTHS.cmd)), faults: commandFaults(q) };
    }
    case "event": {
      const counts = eventFields(q);
      const { fields, unnamed } = read(EVENT_FIELDS, q, EVENT_NAMED, EVENT_NAMED);
      return {
        name: eventName(q),
        fields: fields.map((f) => ({ ...f, used: counts.has(f.field) })),
        used: namedMask([...counts], LENGTHS.event),
        unnamed,
        faults: eventFaults(q),
      };
    }
  }
}
