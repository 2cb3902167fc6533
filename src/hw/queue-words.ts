/** What the architecture says against a command or an event, and what it calls them (Arm IHI 0070, chapters 4 and 7). */
import { ATC_INV_SIZE_ALL, COMMAND, FORMATS, OPCODES, OTHER_OPCODES } from "./command-fields.ts";
import { EVENT, EVENTS, OTHER_EVENTS } from "./event-fields.ts";
import { type Field, type Fields, get, hex, maskOf, type Qwords } from "./fields.ts";
import type { Fault, Say } from "./illegal.ts";

const number = (q: Qwords, f: Field) => Number(get(q, f));

const nameOf = (value: number, ...of: readonly Readonly<Record<string, number>>[]): string | undefined =>
  of.flatMap((names) => Object.keys(names).filter((name) => names[name] === value))[0];

/** The command's name; "" if the architecture has none of this opcode. */
export const commandName = (q: Qwords): string => nameOf(number(q, COMMAND.OP), OPCODES, OTHER_OPCODES) ?? "";
/** The event's name; "" if the architecture has none of this number. */
export const eventName = (q: Qwords): string => nameOf(number(q, EVENT.ID), EVENTS, OTHER_EVENTS) ?? "";

/** The fields of a command; those that all commands have if the driver does not know it. */
export function formatOf(q: Qwords): Fields {
  const formats: Readonly<Record<string, { readonly fields: Fields }>> = FORMATS;
  return formats[commandName(q)]?.fields ?? {};
}

function rangeFaults(q: Qwords, say: Say): void {
  const { NUM, SCALE, TTL, TG } = FORMATS.TLBI_NH_VA.fields;
  const range = (q[0] & maskOf(NUM, SCALE)) !== 0n;
  if (get(q, TG) === 0n) {
    if (range || get(q, TTL) !== 0n) say("reserved", "TG=0 is one address: NUM, SCALE and TTL must be 0.");
  } else if (!range && get(q, TTL) === 0n) say("reserved", "TG with NUM, SCALE and TTL all 0 is reserved.");
  else if (get(q, TG) === 2n && get(q, TTL) === 1n) say("note", "TTL=1 with a granule of 16K needs IDR5.DS.");
  if (get(q, SCALE) > 31n) say("note", "SCALE above 31 needs IDR5.DS.");
}

export function commandFaults(q: Qwords): Fault[] {
  const faults: Fault[] = [];
  const say: Say = (kind, text) => faults.push({ kind, text });
  const name = commandName(q);
  if (name === "") {
    say("illegal", "No such command: the queue stops with CERROR_ILL.");
    return faults;
  }
  const f = formatOf(q);
  if (!Object.hasOwn(OPCODES, name))
    say("note", "The driver never sends this command and has no names for its fields.");
  else {
    for (const i of [0, 1]) {
      const outside = q[i] & ~maskIn(i, f);
      if (outside !== 0n) say("reserved", `qword ${i} has bits outside the fields of the command: ${hex(outside)}.`);
    }
  }
  if (f.TG !== undefined) rangeFaults(q, say);
  if (name === "ATC_INV" && get(q, f.SIZE) > BigInt(ATC_INV_SIZE_ALL))
    say("illegal", `SIZE is above ${ATC_INV_SIZE_ALL}, which is everything: the queue may stop with CERROR_ILL.`);
  for (const key of ["RESP", "CS"]) {
    if (f[key] !== undefined && get(q, f[key]) === 3n) say("reserved", `${key}=3 is reserved.`);
  }
  if (name === "CFGI_ALL" && get(q, f.RANGE) !== 31n)
    say("note", "With RANGE below 31 this is CFGI_STE_RANGE, which names a StreamID in the upper half of qword 0.");
  return faults;
}

/** The bits of a qword that a command's fields and its opcode take. */
function maskIn(qword: number, f: Fields): bigint {
  return maskOf(...[COMMAND.OP, ...Object.values(f)].filter((field) => field.qword === qword));
}

export function eventFaults(q: Qwords): Fault[] {
  const name = eventName(q);
  if (name === "") return [{ kind: "reserved", text: "No event of the architecture has this number." }];
  if (!Object.hasOwn(EVENTS, name))
    return [{ kind: "note", text: `${name} is an event that the driver has no name for.` }];
  return [];
}
