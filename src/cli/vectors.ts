/** `smmu vectors`: a directory of vectors recorded from the driver, against the functions of `src/hw`. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkVectors, type FileReport, VECTOR_FILES, type VectorFile } from "../hw/vectors/check.ts";
import { BROKEN_WRITERS, failedBy } from "../hw/vectors/broken.ts";
import { sumOf } from "../hw/vectors/read.ts";
import { wrap } from "../worker/reply/lines.ts";
import { Refused } from "./refused.ts";

/** A file's object; a sentence where there is none. */
function readJson(path: string): Readonly<Record<string, unknown>> | string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return "the file cannot be read";
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return "the file is not JSON";
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return "the file holds no JSON object";
  return json as Readonly<Record<string, unknown>>;
}

/** What stands for a file of the layout that is not there or is none: one failed record. */
const unread = (file: VectorFile, why: string): FileReport => ({
  file,
  sections: [
    {
      name: "file",
      passed: 0,
      failed: 1,
      mismatches: [{ record: file, where: "", expected: "a JSON object", actual: why }],
    },
  ],
});

export interface VectorsReport {
  readonly directory: string;
  /** The set's own words on itself. */
  readonly about: string;
  readonly files: readonly FileReport[];
  readonly passed: number;
  readonly failed: number;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** The files of a directory, and what is wrong with those that are none. */
interface VectorSet {
  readonly json: Readonly<Record<VectorFile, Readonly<Record<string, unknown>>>>;
  readonly faults: ReadonlyMap<VectorFile, string>;
}

/** Throws a Refused with one sentence when there is no directory, or none of the files in it. */
function readSet(directory: string): VectorSet {
  const isDirectory = statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isDirectory) throw new Refused(`There is no directory ${directory}.`);
  if (!VECTOR_FILES.some((file) => statSync(join(directory, file), { throwIfNoEntry: false }) !== undefined))
    throw new Refused(`There is no file of vectors in ${directory}.`);
  const read = VECTOR_FILES.map((file) => [file, readJson(join(directory, file))] as const);
  return {
    json: Object.fromEntries(
      read.map(([file, found]) => [file, typeof found === "string" ? {} : found]),
    ) as VectorSet["json"],
    faults: new Map(read.flatMap(([file, found]) => (typeof found === "string" ? [[file, found] as const] : []))),
  };
}

/**
 * Reads and checks a directory. A file that is missing or is none is a failure of its own, and the others are checked all
 * the same.
 */
export function vectors(directory: string): VectorsReport {
  const { json, faults } = readSet(directory);
  const files = checkVectors(json).map((report) => {
    const why = faults.get(report.file);
    return why === undefined ? report : unread(report.file, why);
  });
  const meta = json["ste_transitions.json"].meta as Readonly<Record<string, unknown>> | null | undefined;
  const about = [textOf(meta?.set), textOf(meta?.source)].filter((part) => part !== "").join(", ");
  return { directory, about, files, ...sumOf(files.flatMap(({ sections }) => sections)) };
}

const row = (what: string, passed: number | string, failed: number | string) =>
  `${what.padEnd(40)}${String(passed).padStart(14)}${String(failed).padStart(14)}`;

/** The report as a table, the first mismatches of each list, and the sum in the last line. */
export function vectorsText(report: VectorsReport): string {
  const lines = [wrap(report.directory, 10, "vectors   ")];
  if (report.about !== "") lines.push(wrap(report.about, 10, "set       "));
  lines.push("", row("", "passed", "failed"));
  for (const { file, sections } of report.files) {
    const { passed, failed } = sumOf(sections);
    lines.push(row(file, passed, failed));
    for (const section of sections) {
      lines.push(row(`  ${section.name}`, section.passed, section.failed));
      for (const m of section.mismatches) {
        const where = m.where === "" ? "" : ` at ${m.where}`;
        lines.push(wrap(`${m.record}${where}: expected ${m.expected}, here ${m.actual}`, 8, "      "));
      }
    }
  }
  return [...lines, "", `${report.passed} passed, ${report.failed} failed`].join("\n");
}

export interface MutationsReport {
  readonly directory: string;
  /** What each writer does wrong, and how many records of the two files notice. */
  readonly writers: readonly { readonly name: string; readonly ste: number; readonly cd: number }[];
  readonly caught: number;
}

/** Breaks the writer's rules one by one and counts which records fail. Throws a Refused like `vectors`. */
export function mutations(directory: string): MutationsReport {
  const { json } = readSet(directory);
  const writers = Object.entries(BROKEN_WRITERS).map(([name, broken]) => ({ name, ...failedBy(broken, json) }));
  const whole = failedBy({}, json);
  // a set that the unbroken writer fails as well shows nothing
  const caught = writers.filter(({ ste, cd }) => ste > whole.ste || cd > whole.cd).length;
  return { directory, writers, caught };
}

/** A line for each broken writer, and how many were caught in the last one. */
export function mutationsText({ directory, writers, caught }: MutationsReport): string {
  const line = (name: string, ste: number | string, cd: number | string) =>
    `${name.padEnd(52)}${String(ste).padStart(10)}${String(cd).padStart(10)}`;
  return [
    wrap(directory, 10, "vectors   "),
    "",
    line("the writer is wrong, and these records fail: in", "STEs", "CDs"),
    ...writers.map(({ name, ste, cd }) => line(`  ${name}`, ste, cd)),
    "",
    `${caught} of ${writers.length} broken writers caught`,
  ].join("\n");
}
