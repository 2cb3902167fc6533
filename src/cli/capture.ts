/** `smmu capture`: a recorded machine against the model, as a table of at most 72 columns or as JSON. */
import { readFileSync } from "node:fs";
import { compareCapture } from "../scenarios/capture/compare.ts";
import { CaptureError, readCapture } from "../scenarios/capture/read.ts";
import { type Comparison, ROWS } from "../scenarios/capture/tally.ts";
import { ascii, wrap } from "../worker/reply/lines.ts";

/** Differences that the table spells out; the JSON has them all. */
const SHOWN = 20;

/** Reads a capture and compares it. Throws a CaptureError with one sentence when the file is none. */
export function capture(file: string): Comparison {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new CaptureError(`The file ${file} cannot be read.`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new CaptureError(`The file ${file} is not JSON.`);
  }
  return compareCapture(readCapture(json));
}

const line = (what: string, ...columns: (string | number)[]) =>
  `  ${what.padEnd(24)}${columns.map((c) => String(c).padStart(14)).join("")}`;

/** The table, with what is not modelled, what was taken over, and the first differences. */
export function captureText(found: Comparison): string {
  const lines = [
    wrap(`${found.run || "no name"}, ${found.kernel || "no kernel"}`, 10, "capture   "),
    wrap(`${found.scenarios}, ${found.judged} of them judged`, 10, "scenarios "),
    wrap(found.design, 10, "design    "),
    "",
    line("", "equal", "different", "not modelled"),
  ];
  const sum = { equal: 0, different: 0, notModelled: 0 };
  for (const row of ROWS) {
    const { equal, different, notModelled } = found.rows[row];
    lines.push(line(row, equal, different, notModelled));
    sum.equal += equal;
    sum.different += different;
    sum.notModelled += notModelled;
  }
  lines.push(line("all", sum.equal, sum.different, sum.notModelled));
  if (found.notModelled.length > 0) lines.push("", "not modelled");
  for (const { what, count } of found.notModelled) lines.push(wrap(what, 9, `${String(count).padStart(7)}  `));
  const list = (title: string, texts: readonly string[]) => {
    if (texts.length > 0) lines.push("", title, ...texts.map((text) => wrap(text, 4, "  ")));
  };
  list("taken over from the capture, not compared", found.taken);
  list(
    found.differences.length > SHOWN ? `differences, the first ${SHOWN} of ${found.differences.length}` : "differences",
    found.differences
      .slice(0, SHOWN)
      .map((d) => `${d.scenario}: ${d.row}: ${d.where}: expected ${d.expected}, the model has ${d.actual}`),
  );
  // names in a capture may have any characters, which a terminal would obey
  return ascii(lines.join("\n"));
}
