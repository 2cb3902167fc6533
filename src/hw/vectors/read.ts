/**
 * Reading vectors: JSON of which nothing is certain, and counting what agrees.
 *
 * A reader throws `Malformed` with a sentence's end; whoever checks a record counts that as a failed one.
 */
import { ENTRY_QWORDS } from "../fields.ts";

/** A record that is not what the format says. */
export class Malformed extends Error {}

type Json = Readonly<Record<string, unknown>>;

const shown = (value: unknown): string => {
  const text = typeof value === "bigint" ? `0x${value.toString(16)}` : (JSON.stringify(value) ?? "nothing");
  if (text.length <= 60) return text;
  return typeof value === "string" ? `${text.slice(0, 56)}..."` : `${text.slice(0, 57)}...`;
};

function refuse(what: string, expected: string, found: unknown): never {
  throw new Malformed(`${what} is ${shown(found)}, not ${expected}`);
}

export function object(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(what, "an object", value);
  return value as Json;
}

export function list(value: unknown, what: string): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : refuse(what, "a list", value);
}

export function text(value: unknown, what: string): string {
  return typeof value === "string" ? value : refuse(what, "a text", value);
}

export function flag(value: unknown, what: string): boolean {
  return typeof value === "boolean" ? value : refuse(what, "true or false", value);
}

export function integer(value: unknown, what: string): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? value
    : refuse(what, "a whole number", value);
}

export function qword(value: unknown, what: string): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-f]{1,16}$/.test(value)) refuse(what, "a hex string of 64 bits", value);
  return BigInt(value);
}

export function qwords(value: unknown, what: string, length = ENTRY_QWORDS): readonly bigint[] {
  const all = list(value, what).map((q, i) => qword(q, `${what}[${i}]`));
  return all.length === length ? all : refuse(what, `${length} qwords`, value);
}

export const names = (value: unknown, what: string): ReadonlySet<string> =>
  new Set(list(value, what).map((name, i) => text(name, `${what}[${i}]`)));

/** A number, or its symbol. */
export function symbol(value: unknown, values: Readonly<Record<string, number>>, what: string): number {
  if (typeof value !== "string") return integer(value, what);
  return Object.hasOwn(values, value) ? values[value] : refuse(what, "a known name", value);
}

/** The same as the files have it: qwords as hex strings. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

/** Where two values first differ: in a member that the actual one has, or in the length of a list. Null if nowhere. */
function difference(expected: unknown, actual: unknown, path = ""): Omit<Mismatch, "record"> | null {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
      const found = difference(expected[i], actual[i], `${path}[${i}]`);
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof actual === "object" && actual !== null && !Array.isArray(actual)) {
    if (typeof expected !== "object" || expected === null || Array.isArray(expected))
      return { where: path, expected: shown(expected), actual: shown(actual) };
    for (const [key, member] of Object.entries(actual)) {
      const found = difference((expected as Json)[key], member, path === "" ? key : `${path}.${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  return Object.is(expected, actual) ? null : { where: path, expected: shown(expected), actual: shown(actual) };
}

export interface Mismatch {
  /** Which record. */
  readonly record: string;
  /** Where in it. */
  readonly where: string;
  readonly expected: string;
  readonly actual: string;
}

/** The records of one list. */
export interface Section {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** The first few. */
  readonly mismatches: readonly Mismatch[];
}

/** Sum of passed and failed records. */
export function sumOf(sections: readonly Section[]): { passed: number; failed: number } {
  return sections.reduce((sum, s) => ({ passed: sum.passed + s.passed, failed: sum.failed + s.failed }), {
    passed: 0,
    failed: 0,
  });
}

const KEPT = 5;

/** Counts the records of a list. */
export class Counter {
  passed = 0;
  failed = 0;
  readonly mismatches: Mismatch[] = [];
  constructor(readonly name: string) {}

  fail(mismatch: Mismatch): void {
    this.failed += 1;
    if (this.mismatches.length < KEPT) this.mismatches.push(mismatch);
  }

  /**
   * Checks one record: `compute` gives what the file has and what comes out here. Whatever it throws is a failed record.
   * Returns whether it passed.
   */
  check(record: string, compute: () => readonly [expected: unknown, actual: unknown]): boolean {
    let found: Omit<Mismatch, "record"> | null;
    try {
      const [expected, actual] = compute();
      found = difference(expected, plain(actual));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      found = { where: "", expected: "a record that can be read", actual: why };
    }
    if (found === null) this.passed += 1;
    else this.fail({ record, ...found });
    return found === null;
  }

  section(): Section {
    return { name: this.name, passed: this.passed, failed: this.failed, mismatches: this.mismatches };
  }
}

/** Checks each record of a list that must be there; one that is none, or is empty, is a failed record. */
export function checkList(
  file: Json,
  name: string,
  each: (record: unknown, i: number, counter: Counter) => void,
  required = true,
): Section[] {
  const counter = new Counter(name);
  const records = file[name];
  if (records === undefined && !required) return [];
  if (Array.isArray(records)) records.forEach((record: unknown, i) => each(record, i, counter));
  if (!Array.isArray(records) || (required && records.length === 0))
    counter.fail({ record: name, where: "", expected: "a list of records", actual: shown(records) });
  return [counter.section()];
}
