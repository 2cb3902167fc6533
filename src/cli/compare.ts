/** `smmu compare`: a run, and the same schedule on another design, in at most 72 columns, or as JSON. */
import { ScenarioError } from "../scenarios/refused.ts";
import { makeModel } from "../scenarios/build.ts";
import { LinkError } from "../scenarios/find-link.ts";
import { ToggleError } from "../sim/toggle.ts";
import { openAny } from "../scenarios/stories/open.ts";
import { compareRuns } from "../worker/compare.ts";
import type { ComparedStep, CompareView } from "../worker/protocol.ts";
import { ascii, cell, COLUMNS, plain, wrap } from "../worker/reply/lines.ts";
import { variantsOf } from "./check.ts";
import { Refused } from "./refused.ts";

/** Throws a LinkError, a CheckError, a ScenarioError or a Refused, each with one sentence. */
export function compare(link: string, design: string): CompareView {
  const { play, notice } = openAny(link);
  if (notice !== "") throw new LinkError(notice);
  const [variant, ...more] = variantsOf(design);
  if (variant === undefined || more.length > 0) throw new Refused("compare takes one design.");
  try {
    return compareRuns(play, makeModel(play.model.scenario, variant.design, variant.options, variant.toggles));
  } catch (error) {
    if (error instanceof ScenarioError || error instanceof ToggleError) throw new Refused(error.message);
    throw error;
  }
}

const HALF = 16;
const LEFT = COLUMNS - 2 * (HALF + 1);

/** One line of a table of three columns; what is too long is wrapped in its own. */
function three(first: string, a: string, b: string): string[] {
  const columns = [cell(first, LEFT), cell(a, HALF), cell(b, HALF)];
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_x, i) => {
    const [left = "", middle = "", right = ""] = columns.map((lines) => lines[i] ?? "");
    return `${left.padEnd(LEFT)} ${middle.padEnd(HALF)} ${right}`.trimEnd();
  });
}

const head = (title: string, { a, b }: CompareView) => three(title, a.id, b.id);

function stepLines({ rows, shown }: CompareView): string[] {
  const lines: string[] = [];
  const width = String(Math.max(1, ...rows.flatMap(({ a, b }) => [a?.step ?? 0, b?.step ?? 0]))).length;
  const number = (step: ComparedStep | null) => String(step?.step ?? "").padStart(width);
  const margin = " ".repeat(2 * width + 4);
  const tail = ({ errno, warn, broke }: ComparedStep) =>
    [errno, warn === "" ? "" : `WARN ${warn}`, ...broke.map((id) => `breaks ${id}`)].filter((t) => t !== "").join(", ");
  const said = (step: ComparedStep) => plain(step.text) + (tail(step) === "" ? "" : `; ${tail(step)}`);
  const put = (a: ComparedStep | null, b: ComparedStep | null, mark: string, text: string) =>
    lines.push(
      ...cell(text, COLUMNS - margin.length).map(
        (line, i) => (i === 0 ? `${number(a)} ${number(b)} ${mark} ` : margin) + line,
      ),
    );
  let thread = -1;
  for (const row of shown) {
    if (row.thread !== thread) {
      thread = row.thread;
      lines.push(`CPU${thread}`);
    }
    if (row.kind === "alike") {
      lines.push(`${margin}... ${row.count} alike: ${row.a} and ${row.b}`);
      continue;
    }
    if (row.parts) lines.push("--- they part here");
    const { a, b } = row;
    if (row.same && a !== null) put(a, b, "=", said(a));
    else {
      if (a !== null) put(a, null, "<", said(a));
      if (b !== null) put(null, b, ">", said(b));
    }
  }
  return lines;
}

const verdict = ({ verdict: said, since }: { readonly verdict: string; readonly since: number | null }) =>
  said === "vacuous"
    ? "not exercised"
    : said === "pending"
      ? "judged at the end"
      : since === null
        ? said
        : `${said}, ${since}`;

/** Results, properties and end states first, then the steps; the second run's link alone on the last line. */
export function compareText(view: CompareView): string {
  const lines: string[] = [];
  lines.push(`${view.scenario.id}: ${view.scenario.title}`);
  lines.push(...wrap(`a  ${view.a.title}, ${view.a.steps} steps: the run as it was`, 5, "  ").split("\n"));
  lines.push(
    ...wrap(
      `b  ${view.b.title}, ${view.b.steps} steps: the same schedule; each stretch of one CPU ends with the same statement`,
      5,
      "  ",
    ).split("\n"),
  );
  lines.push("", ...head("results", view));
  for (const { thread, title, a, b } of view.results) lines.push(...three(`${thread} ${plain(title)}`, a, b));
  for (const { step, text, why } of view.refused)
    lines.push(...wrap(`step ${step}, ${plain(text)}, cannot be in ${view.b.id}: ${why}`, 2).split("\n"));
  const apart = view.properties.filter(({ a, b }) => a.verdict !== b.verdict);
  lines.push("", ...head("properties that differ, with the step", view));
  for (const { id, a, b } of apart) lines.push(...three(id, verdict(a), verdict(b)));
  if (apart.length === 0) lines.push("none");
  lines.push("", ...head(`end states: ${view.equalFacts} facts alike, these not`, view));
  for (const { what, a, b } of view.state) lines.push(...three(plain(what), a ?? "-", b ?? "-"));
  if (view.state.length === 0) lines.push("none");
  lines.push("", "steps of a and b: = in both, < only in a, > only in b", ...stepLines(view));
  return [...lines.map((line) => ascii(plain(line))), view.b.link].join("\n");
}
