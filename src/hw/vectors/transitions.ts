/** `ste_transitions.json` and `cd_transitions.json`: entries, what is used of them, and every way from one to another. */
import type { Qwords } from "../fields.ts";
import { describeUpdate, type EntryKind, RULES, usedBits, type WriterRules } from "../writer.ts";
import { build } from "./inputs.ts";
import { Counter, checkList, Malformed, object, qwords, type Section, text } from "./read.ts";

/** The entries of a transition file by name; those that cannot be read are left out. */
export function entriesOf(file: unknown): ReadonlyMap<string, Qwords> {
  const found = new Map<string, Qwords>();
  try {
    for (const [name, entry] of Object.entries(object(object(file, "the file").entries, "entries"))) {
      try {
        found.set(name, qwords(object(entry, name).qwords, name));
      } catch {
        // counted where entries are checked
      }
    }
  } catch {
    // likewise
  }
  return found;
}

function checkEntries(kind: EntryKind, file: Readonly<Record<string, unknown>>, rules: WriterRules): Section {
  const counter = new Counter("entries");
  const { entries } = file;
  if (typeof entries !== "object" || entries === null || Array.isArray(entries) || Object.keys(entries).length === 0) {
    counter.fail({ record: "entries", where: "", expected: "named entries", actual: "none" });
    return counter.section();
  }
  for (const [name, value] of Object.entries(entries)) {
    counter.check(name, () => {
      const entry = object(value, name);
      const given = qwords(entry.qwords, "qwords");
      const built = entry.builder === null ? given : build(text(entry.builder, "builder"), entry.inputs);
      return [entry, { qwords: built, used: usedBits(kind, given, rules) }];
    });
  }
  return counter.section();
}

/**
 * Checks a file of transitions.
 *
 * @param rules the writer's; others than the driver's show what a rule is there for
 */
export function checkTransitions(kind: EntryKind, input: unknown, rules: WriterRules = RULES): Section[] {
  const file = object(input, "the file");
  const entries = entriesOf(file);
  const update = (counter: Counter, name: string, record: unknown, ends: () => readonly [Qwords, Qwords]) =>
    counter.check(name, () => {
      const [from, to] = ends();
      return [record, describeUpdate(kind, from, to, rules)];
    });
  const named = (name: unknown): Qwords => {
    const entry = entries.get(text(name, "an entry's name"));
    if (entry === undefined) throw new Malformed(`there is no entry ${JSON.stringify(name)}`);
    return entry;
  };
  const label = (record: unknown, i: number, ...keys: readonly string[]): string => {
    const of = typeof record === "object" && record !== null ? (record as Readonly<Record<string, unknown>>) : {};
    return keys.map((key) => (typeof of[key] === "string" ? of[key] : "")).join(" > ") || `number ${i}`;
  };
  const inline = (counter: Counter, name: string, record: unknown) =>
    update(counter, name, record, () => {
      const r = object(record, "the record");
      return [qwords(r.initial, "initial"), qwords(r.target, "target")];
    });
  return [
    checkEntries(kind, file, rules),
    ...checkList(file, "pairs", (record, i, counter) =>
      update(counter, label(record, i, "from", "to"), record, () => {
        const r = object(record, "the record");
        return [named(r.from), named(r.to)];
      }),
    ),
    ...checkList(file, "random_pairs", (record, i, counter) => inline(counter, `number ${i}`, record), false),
    ...checkList(file, "kunit", (record, i, counter) => inline(counter, label(record, i, "case"), record), false),
  ];
}
