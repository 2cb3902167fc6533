import type { Checked, CheckProgress, CheckVerdict } from "../worker/check-protocol.ts";
import type { Aim } from "./look.ts";

// Arranges verdicts as a table. It adds no fact: what a cell says is the worst of what the searches of its pairs said.

/** A row or a column: one scenario, one design with its options, or one property. */
export interface Head {
  readonly kind: "scenario" | "design" | "property";
  /** Of a design as in a link. */
  readonly id: string;
  readonly title: string;
  /** A sentence or a heading, plain text with `backticks`. */
  readonly about: string;
}

export interface Heads {
  readonly scenarios: readonly Head[];
  readonly designs: readonly Head[];
  readonly properties: readonly Head[];
}

export interface Grid {
  readonly lines: readonly Head[];
  readonly columns: readonly Head[];
  /** What every cell has in common: null where it is all of them. */
  readonly common: Aim;
}

/**
 * Two of the three kinds are the axes, and the third is fixed or taken together: designs and properties, unless all
 * scenarios of one property or of one design are asked for.
 */
export function gridOf(heads: Heads, aim: Aim): Grid {
  const only = (all: readonly Head[], id: string | null) => {
    const found = all.filter((head) => head.id === id);
    return found.length > 0 ? found : all;
  };
  const scenarios = only(heads.scenarios, aim.scenario);
  const designs = only(heads.designs, aim.design);
  const properties = only(heads.properties, aim.property);
  const one = (some: readonly Head[]) => (some.length === 1 ? (some[0]?.id ?? null) : null);
  const common = { scenario: one(scenarios), design: one(designs), property: one(properties) };
  if (common.scenario !== null || (common.design === null && common.property === null))
    return { lines: properties, columns: designs, common };
  if (common.property !== null) return { lines: scenarios, columns: designs, common };
  return { lines: scenarios, columns: properties, common };
}

/** Those in which all words of a search occur; lines first, and columns where no line has them. */
export function searched(grid: Grid, text: string): Grid {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return grid;
  const has = ({ id, title, about }: Head) => {
    const said = `${id} ${title} ${about}`.toLowerCase();
    return words.every((word) => said.includes(word));
  };
  const lines = grid.lines.filter(has);
  const columns = grid.columns.filter(has);
  if (lines.length > 0 || columns.length === 0) return { ...grid, lines };
  return { ...grid, columns };
}

/** What a cell stands for. */
export interface Place {
  readonly pairs: readonly string[];
  readonly property: string;
}

export const pairOf = (scenario: string, design: string) => `${scenario}/${design}`;

/** The pairs and the property behind the cell of a line and a column. */
export function placeOf(heads: Heads, { common }: Grid, line: Head, column: Head): Place {
  const named = (kind: Head["kind"]) => [line, column].find((head) => head.kind === kind)?.id ?? common[kind];
  const scenarios = named("scenario");
  const designs = named("design");
  const all = (id: string | null, some: readonly Head[]) => (id === null ? some.map((head) => head.id) : [id]);
  const pairs = all(scenarios, heads.scenarios).flatMap((scenario) =>
    all(designs, heads.designs).map((design) => pairOf(scenario, design)),
  );
  return { pairs, property: named("property") ?? "" };
}

/** All pairs that a table needs, in the order in which the terminal searches them. */
export function pairsOf(heads: Heads, grid: Grid): string[] {
  const cells = grid.lines.flatMap((line) => grid.columns.map((column) => placeOf(heads, grid, line, column)));
  const needed = new Set(cells.flatMap(({ pairs }) => pairs));
  const all = heads.scenarios.flatMap(({ id }) => heads.designs.map((design) => pairOf(id, design.id)));
  return all.filter((pair) => needed.has(pair));
}

export interface Known {
  readonly checked: ReadonlyMap<string, Checked>;
  readonly running: ReadonlyMap<string, CheckProgress>;
  readonly queued: ReadonlySet<string>;
  readonly refused: ReadonlyMap<string, string>;
}

export type Mark = CheckVerdict | "running" | "queued" | "refused" | "unknown";

export interface Cell {
  readonly mark: Mark;
  /** Steps of the shortest run that breaks it, or the states that were searched; null where neither says anything. */
  readonly count: number | null;
  /** Of the pairs behind the cell: how many there are, how many are known, in how many it is violated. */
  readonly pairs: number;
  readonly known: number;
  readonly violated: number;
}

/** From what says most to what says least. */
const order: readonly CheckVerdict[] = ["violated", "bounded", "holds", "vacuous", "n/a"];

/** The worst that is known of a place. As long as pairs are missing, only a violation is told before the end. */
export function cellOf({ pairs, property }: Place, known: Known): Cell {
  const found = pairs.flatMap((pair) => {
    const row = known.checked.get(pair);
    const judged = row?.properties[property];
    return row && judged ? [{ row, judged }] : [];
  });
  const of = (verdict: CheckVerdict) => found.filter(({ judged }) => judged.verdict === verdict);
  const violated = of("violated");
  const counts = { pairs: pairs.length, known: found.length, violated: violated.length };
  if (violated.length > 0) {
    return { mark: "violated", count: Math.min(...violated.map(({ judged }) => judged.steps ?? Infinity)), ...counts };
  }
  if (found.length < pairs.length) {
    const runs = pairs.some((pair) => known.running.has(pair)) || found.length > 0;
    const waits = pairs.some((pair) => known.queued.has(pair));
    const refused = pairs.some((pair) => known.refused.has(pair));
    const mark =
      refused && !waits ? "refused" : runs && (waits || found.length === 0) ? "running" : waits ? "queued" : "unknown";
    return { mark, count: null, ...counts };
  }
  const worst = order.find((verdict) => of(verdict).length > 0) ?? "n/a";
  const exercised = worst === "holds" || worst === "bounded" ? [...of("bounded"), ...of("holds")] : [];
  const states = exercised.reduce((sum, { row }) => sum + row.states, 0);
  return { mark: worst, count: exercised.length > 0 ? states : null, ...counts };
}
