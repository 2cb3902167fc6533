import type { Checked, CheckVerdict } from "../worker/check-protocol.ts";
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

/** The places of all cells, by line and column; those of the same pairs share one list of them. */
export function placesOf(heads: Heads, grid: Grid): Place[][] {
  const lists = new Map<string, readonly string[]>();
  return grid.lines.map((line) =>
    grid.columns.map((column) => {
      const { pairs, property } = placeOf(heads, grid, line, column);
      const key = `${pairs[0]} ${pairs.at(-1)} ${pairs.length}`;
      if (!lists.has(key)) lists.set(key, pairs);
      return { pairs: lists.get(key) ?? pairs, property };
    }),
  );
}

/** All pairs that a table needs, in the order in which the terminal searches them. */
export function pairsOf(heads: Heads, grid: Grid): string[] {
  const needed = new Set(placesOf(heads, grid).flatMap((cells) => cells.flatMap(({ pairs }) => pairs)));
  const all = heads.scenarios.flatMap(({ id }) => heads.designs.map((design) => pairOf(id, design.id)));
  return all.filter((pair) => needed.has(pair));
}

export interface Known {
  readonly checked: ReadonlyMap<string, Checked>;
  readonly running: ReadonlySet<string>;
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

/** What the searches of some pairs said of one property, counted. */
interface Tally {
  readonly found: Record<CheckVerdict, number>;
  steps: number;
  states: number;
}

/** What is known of some pairs: cells of one column have it in common. */
interface Standing {
  readonly known: Known;
  readonly rows: ReadonlySet<Checked>;
  readonly running: number;
  readonly queued: number;
  readonly refused: number;
  readonly tallies: Map<string, Tally>;
  readonly cells: Map<string, Cell>;
}

/** How some pairs stood when they were looked at last: while a table fills, rows are only added to it. */
const standings = new WeakMap<readonly string[], Standing>();

function standingOf(pairs: readonly string[], known: Known): Standing {
  const last = standings.get(pairs);
  if (last?.known === known) return last;
  const { checked, running, queued, refused } = known;
  const rows = new Set<Checked>();
  const missing = { running: 0, queued: 0, refused: 0 };
  for (const pair of pairs) {
    const row = checked.get(pair);
    if (row !== undefined) rows.add(row);
    else if (running.has(pair)) missing.running++;
    else if (queued.has(pair)) missing.queued++;
    else if (refused.has(pair)) missing.refused++;
  }
  const goesOn = last !== undefined && [...last.rows].every((row) => rows.has(row));
  const waits = (["running", "queued", "refused"] as const).every((what) => last?.[what] === missing[what]);
  const same = goesOn && waits && last.rows.size === rows.size;
  const tallies = goesOn ? last.tallies : new Map<string, Tally>();
  for (const row of rows) if (!goesOn || !last.rows.has(row)) count(tallies, row);
  const cells = same ? last.cells : new Map<string, Cell>();
  const now = { known, rows, ...missing, tallies, cells };
  standings.set(pairs, now);
  return now;
}

function count(tallies: Map<string, Tally>, row: Checked): void {
  for (const [id, { verdict, steps }] of Object.entries(row.properties)) {
    let tally = tallies.get(id);
    if (tally === undefined) {
      const found = { violated: 0, bounded: 0, holds: 0, vacuous: 0, "n/a": 0 };
      tally = { found, steps: Number.POSITIVE_INFINITY, states: 0 };
      tallies.set(id, tally);
    }
    tally.found[verdict]++;
    if (verdict === "violated") tally.steps = Math.min(tally.steps, steps ?? tally.steps);
    // states of a search that exercised nothing are no evidence
    if (verdict === "holds" || verdict === "bounded") tally.states += row.states;
  }
}

/** The worst that is known of a place. As long as pairs are missing, only a violation is told before the end. */
export function cellOf({ pairs, property }: Place, known: Known): Cell {
  const standing = standingOf(pairs, known);
  const last = standing.cells.get(property);
  if (last !== undefined) return last;
  const cell = worstOf(standing, pairs.length, property);
  standing.cells.set(property, cell);
  return cell;
}

function worstOf({ running, queued, refused, tallies }: Standing, pairs: number, property: string): Cell {
  const tally = tallies.get(property);
  const { violated = 0, bounded = 0, holds = 0, vacuous = 0, "n/a": none = 0 } = tally?.found ?? {};
  const known = violated + bounded + holds + vacuous + none;
  const counts = { pairs, known, violated };
  if (tally !== undefined && violated > 0) return { mark: "violated", count: tally.steps, ...counts };
  if (tally === undefined || known < pairs) {
    const begun = running + known > 0;
    const mark = running + queued > 0 ? (begun ? "running" : "queued") : refused > 0 ? "refused" : "unknown";
    return { mark, count: null, ...counts };
  }
  if (bounded + holds > 0) return { mark: bounded > 0 ? "bounded" : "holds", count: tally.states, ...counts };
  return { mark: vacuous > 0 ? "vacuous" : "n/a", count: null, ...counts };
}
