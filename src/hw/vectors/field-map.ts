/** `field_map.json`: every field, symbol and number that the driver's header names, against the tables of this room. */
import { CD, CDTAB_L2_ENTRIES, L1_CD_TABLE_DESC } from "../cd-fields.ts";
import { CMDQ_CONS, COMMAND, CONS_ERRORS, FORMATS, OPCODES, RANGE_NUM_MAX } from "../command-fields.ts";
import { EVENT, EVENT_CLASSES, EVENTS, LOG_GROUPS, PAGE_REQUEST } from "../event-fields.ts";
import { type Field, type Fields, fields, maskOf, bits } from "../fields.ts";
import { INV_TYPES } from "../invs.ts";
import { DOMAIN_STAGES, FEATURES, OPTIONS, REGISTERS } from "../registers.ts";
import { L1_STREAM_TABLE_DESC, STE, STRTAB_SPLIT, VSTE_FIELDS } from "../ste-fields.ts";
import { Counter, list, Malformed, object, type Section, text } from "./read.ts";

type Json = Readonly<Record<string, unknown>>;

/** A field as the file writes it; of its values the ones that the file has. */
function asWritten(f: Field | undefined, r: Json, name: string): unknown {
  if (f === undefined) throw new Malformed(`there is no field ${name} here`);
  const values = Object.keys(object(r.values ?? {}, "values"));
  return {
    ...(r.qword === undefined ? {} : { qword: f.qword }),
    hi: f.hi,
    lo: f.lo,
    width: f.hi - f.lo + 1,
    mask: f.mask,
    ...(values.length === 0 ? {} : { values: Object.fromEntries(values.map((v) => [v, f.values[v]])) }),
    part_of: f.partOf === "" ? undefined : f.partOf,
    ...(r.set_by_driver === undefined ? {} : { set_by_driver: !f.unset }),
  };
}

function checkFields(counter: Counter, prefix: string, value: unknown, ours: Fields): void {
  if (!Array.isArray(value)) {
    counter.check(prefix, () => [list(value, "fields"), []]);
    return;
  }
  value.forEach((record: unknown, i) => {
    counter.check(`${prefix}, field ${i}`, () => {
      const r = object(record, "the field");
      const name = text(r.name, "name");
      return [
        { ...r, name },
        { ...(asWritten(ours[name], r, name) as object), name },
      ];
    });
  });
}

function checkNumbers(counter: Counter, prefix: string, value: unknown, ours: Readonly<Record<string, unknown>>): void {
  counter.check(prefix, () => {
    const r = object(value, prefix);
    // what the file has; it may leave names out
    return [r, Object.fromEntries(Object.keys(r).map((name) => [name, ours[name]]))];
  });
}

const byte = (n: number) => `0x${n.toString(16).padStart(2, "0")}`;
const bytes = (of: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(of).map(([name, n]) => [name, byte(n)]));

function checkCommandFormats(counter: Counter, value: unknown): void {
  const ours: Readonly<Record<string, { readonly built: boolean; readonly fields: Fields }>> = FORMATS;
  counter.check("formats", () => [typeof value === "object" && value !== null, true]);
  for (const [name, format] of Object.entries((value ?? {}) as Json)) {
    counter.check(name, () => {
      const r = object(format, name);
      if (!Object.hasOwn(ours, name)) throw new Malformed(`there is no command ${name} here`);
      return [r, { opcode: bytes(OPCODES)[name], built_by_driver: ours[name].built }];
    });
    const given = typeof format === "object" && format !== null ? (format as Json).fields : format;
    checkFields(counter, name, given, ours[name]?.fields ?? {});
  }
}

function checkRegisters(counter: Counter, value: unknown): void {
  counter.check("registers", () => [typeof value === "object" && value !== null, true]);
  for (const [name, register] of Object.entries((value ?? {}) as Json)) {
    const ours = Object.hasOwn(REGISTERS, name) ? REGISTERS[name] : { offset: -1, fields: [] };
    counter.check(name, () => [object(register, name), { offset: `0x${ours.offset.toString(16)}` }]);
    const given = typeof register === "object" && register !== null ? (register as Json).fields : register;
    checkFields(
      counter,
      name,
      given,
      fields(Object.fromEntries(ours.fields.map(([field, hi, lo, values]) => [field, bits(0, hi, lo, "", values)]))),
    );
  }
}

/** One section of the file; a part that is missing is a failed record. */
function part(file: Json, name: string, check: (counter: Counter, of: Json) => void): Section {
  const counter = new Counter(name);
  const of = file[name];
  if (typeof of === "object" && of !== null) check(counter, of as Json);
  else
    counter.fail({ record: name, where: "", expected: "a part of the map", actual: JSON.stringify(of) ?? "nothing" });
  return counter.section();
}

export function checkFieldMap(input: unknown): Section[] {
  const file = object(input, "the file");
  return [
    part(file, "ste", (c, of) => {
      checkFields(c, "STE", of.fields, STE);
      const [qword0, qword1] = [0, 1].map((q) => maskOf(...VSTE_FIELDS.filter((f) => f.qword === q)));
      c.check("vste_bits_a_guest_may_set", () => [of.vste_bits_a_guest_may_set, { qword0, qword1 }]);
    }),
    part(file, "cd", (c, of) => checkFields(c, "CD", of.fields, CD)),
    part(file, "l1_stream_table_desc", (c, of) => {
      checkFields(c, "descriptor", of.fields, L1_STREAM_TABLE_DESC);
      c.check("split", () => [of.split_bits_used_by_driver, STRTAB_SPLIT]);
    }),
    part(file, "l1_cd_table_desc", (c, of) => {
      checkFields(c, "descriptor", of.fields, L1_CD_TABLE_DESC);
      c.check("l2_entries", () => [of.l2_entries, CDTAB_L2_ENTRIES]);
    }),
    part(file, "commands", (c, of) => {
      checkFields(c, "command", [of.opcode_field], COMMAND);
      checkNumbers(c, "opcodes", of.opcodes, bytes(OPCODES));
      checkCommandFormats(c, of.formats);
      checkFields(c, "CMDQ_CONS", [of.cons_error_field], {
        "CMDQ_CONS.ERR": { ...CMDQ_CONS.ERR, name: "CMDQ_CONS.ERR" },
      });
      checkNumbers(c, "cons_error_codes", of.cons_error_codes, CONS_ERRORS);
      c.check("range_num_max", () => [of.range_num_max, RANGE_NUM_MAX]);
    }),
    part(file, "events", (c, of) => {
      checkFields(c, "event", [of.id_field], EVENT);
      checkFields(c, "event", of.fields, EVENT);
      checkNumbers(c, "log_groups", of.log_groups, LOG_GROUPS);
      c.check("class_values", () => [
        Object.keys(object(of.class_values, "class_values")).length,
        EVENT_CLASSES.length,
      ]);
      if (!Array.isArray(of.ids)) c.check("ids", () => [list(of.ids, "ids"), []]);
      else
        of.ids.forEach((record: unknown, i) => {
          c.check(`id ${i}`, () => {
            const r = object(record, "the id");
            return [r, { id: byte(EVENTS[text(r.name, "name")] ?? -1) }];
          });
        });
    }),
    part(file, "page_requests", (c, of) => checkFields(c, "page request", of.fields, PAGE_REQUEST)),
    part(file, "features", (c, of) => checkNumbers(c, "features", of, FEATURES)),
    part(file, "options", (c, of) => checkNumbers(c, "options", of, OPTIONS)),
    part(file, "inv_types", (c, of) => checkNumbers(c, "inv_types", of, INV_TYPES)),
    part(file, "domain_stages", (c, of) => checkNumbers(c, "domain_stages", of, DOMAIN_STAGES)),
    part(file, "registers", (c, of) => checkRegisters(c, of)),
  ];
}
