/** `smmu check --against`: only the cells of the matrix in which one design differs from another. */
import { procsOf } from "../scenarios/build.ts";
import { toggleTitle } from "../scenarios/toggles.ts";
import type { Variant } from "../scenarios/variant.ts";
import type { Checked, CheckVerdict } from "../worker/check.ts";
import { ascii, plain, wrap } from "../worker/reply/lines.ts";

/** A cell that changed. */
export interface Cell {
  readonly scenario: string;
  readonly property: string;
  readonly before: CheckVerdict;
  readonly after: CheckVerdict;
  /** What the run shows that breaks it, in whichever of the two it is broken. */
  readonly why: string;
  /** Null where nothing is broken, or no link holds the world. */
  readonly link: string | null;
}

/** Rows of the two designs, world by world in the same order. */
export function changedCells(before: readonly Checked[], after: readonly Checked[]): Cell[] {
  return after.flatMap((row, i) => {
    const old = before[i];
    if (old === undefined || old.scenario !== row.scenario) throw new Error("two matrices of different worlds");
    return Object.entries(row.properties).flatMap(([property, now]): Cell[] => {
      const was = old.properties[property];
      if (was === undefined || was.verdict === now.verdict) return [];
      const shown = now.verdict === "violated" ? now : was;
      return [
        {
          scenario: row.scenario,
          property,
          before: was.verdict,
          after: now.verdict,
          why: shown.verdict === "violated" ? (shown.why ?? "") : "",
          link: shown.verdict === "violated" ? shown.link : null,
        },
      ];
    });
  });
}

const nameOf = ({ design, options }: Pick<Variant, "design" | "options">) =>
  [design.id, ...Object.entries(options).map(([id, value]) => `${id}=${value}`)].join(" ");

/** The cells that changed, with what changed them and how far was searched. */
export function againstText(
  variant: Variant,
  base: Pick<Variant, "design" | "options">,
  before: readonly Checked[],
  after: readonly Checked[],
): string {
  const lines: string[] = [];
  const said = (text: string, indent = 0) => lines.push(wrap(ascii(plain(text)), indent + 2, " ".repeat(indent)));
  const title = variant.title === "" ? nameOf(variant) : `${variant.title}: ${nameOf(variant)}`;
  said(`${title}, against ${nameOf(base)}`);
  const procs = procsOf(variant.design, variant.options);
  for (const toggle of variant.toggles) said(fillTitle(toggleTitle(procs, toggle)), 2);
  const cells = changedCells(before, after);
  let world = "";
  for (const cell of cells) {
    if (cell.scenario !== world) lines.push("", (world = cell.scenario));
    said(`${cell.property}: ${cell.before} -> ${cell.after}${cell.why === "" ? "" : `: ${cell.why}`}`, 2);
    if (cell.link !== null) lines.push(cell.link);
  }
  const cut = after.filter((row, i) => !row.complete || before[i]?.complete === false).length;
  const all = after.reduce((sum, row) => sum + Object.keys(row.properties).length, 0);
  lines.push("");
  said(
    `${cells.length} of ${all} cells changed, in ${after.length} ${after.length === 1 ? "world" : "worlds"}; ` +
      (cut === 0 ? "all runs of each were looked at, within its bounds" : `${cut} searches were cut short`),
  );
  return lines.join("\n");
}

/** Locals keep their names where no thread stands. */
const fillTitle = (title: string) => title.replaceAll(/\{(\w+)(?::\w+)?\}/g, "$1");
