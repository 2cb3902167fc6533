/** `smmu vectors`: a directory of vectors recorded from the driver, against the functions of `src/hw`. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { checkVectors, type FileReport, sumOf, VECTOR_FILES, type VectorFile } from "../hw/vectors/check.ts";
import { wrap } from "../worker/reply/lines.ts";
import { Refused } from "./refused.ts";

/** The map describes the format and is the same for every set, so a set may come without it. */
const OPTIONAL: readonly string[] = ["field_map.json"];

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new Refused(`The file ${path} cannot be read.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Refused(`The file ${path} is not JSON.`);
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw new Refused(`The file ${path} holds no JSON object.`);
  return json;
}

export interface VectorsReport {
  readonly directory: string;
  /** The set's own words on itself. */
  readonly about: string;
  readonly files: readonly FileReport[];
  readonly absent: readonly string[];
  readonly passed: number;
  readonly failed: number;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** Reads and checks a directory. Throws a Refused with one sentence when a file is missing or is none. */
export function vectors(directory: string): VectorsReport {
  const isDirectory = statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isDirectory) throw new Refused(`There is no directory ${directory}.`);
  const exists = (file: string) => statSync(join(directory, file), { throwIfNoEntry: false }) !== undefined;
  const absent = VECTOR_FILES.filter((file) => OPTIONAL.includes(file) && !exists(file));
  const read = VECTOR_FILES.map(
    (file) => [file, absent.includes(file) ? {} : readJson(join(directory, file))] as const,
  );
  const json = Object.fromEntries(read) as Record<VectorFile, Readonly<Record<string, unknown>>>;
  const files = checkVectors(json).filter(({ file }) => !absent.includes(file));
  const meta = json["ste_transitions.json"].meta as Readonly<Record<string, unknown>> | null | undefined;
  const about = [textOf(meta?.set), textOf(meta?.source)].filter((part) => part !== "").join(", ");
  return { directory, about, files, absent, ...sumOf(files.flatMap(({ sections }) => sections)) };
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
  for (const file of report.absent) lines.push(`${file} is not there`);
  return [...lines, "", `${report.passed} passed, ${report.failed} failed`].join("\n");
}
