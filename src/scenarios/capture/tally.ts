/** What came out of a comparison: counts in rows, what was not modelled and how often, and every difference. */

export const ROWS = [
  "results of operations",
  "STE at rest",
  "CD at rest",
  "STE during a reset",
  "CD during a reset",
  "ATS enable at rest",
  "commands in order",
  "STE at a command",
  "CD at a command",
] as const;

export type Row = (typeof ROWS)[number];

export interface Difference {
  readonly scenario: string;
  readonly row: Row;
  /** Which one: an operation, a StreamID, a command. */
  readonly where: string;
  /** What the kernel did. */
  readonly expected: string;
  /** What the model did. */
  readonly actual: string;
}

export interface Counts {
  equal: number;
  different: number;
  notModelled: number;
}

export interface Comparison {
  readonly run: string;
  readonly kernel: string;
  readonly design: string;
  readonly judged: number;
  readonly scenarios: number;
  readonly rows: Readonly<Record<Row, Counts>>;
  readonly notModelled: readonly { readonly what: string; readonly count: number }[];
  /** What the capture does not say and its tables or results had to tell. */
  readonly taken: readonly string[];
  readonly differences: readonly Difference[];
}

export class Tally {
  readonly rows: Record<Row, Counts> = Object.fromEntries(
    ROWS.map((row) => [row, { equal: 0, different: 0, notModelled: 0 }]),
  ) as Record<Row, Counts>;
  readonly differences: Difference[] = [];
  readonly taken: string[] = [];
  readonly #notModelled = new Map<string, number>();
  scenario = "";

  equal(row: Row): void {
    this.rows[row].equal++;
  }

  different(row: Row, where: string, expected: string, actual: string): void {
    this.rows[row].different++;
    this.differences.push({ scenario: this.scenario, row, where, expected, actual });
  }

  /** Counts something that the model has nothing for; without a row it is a part of something that was compared. */
  notModelled(row: Row | null, what: string, count = 1): void {
    if (row !== null) this.rows[row].notModelled += count;
    this.#notModelled.set(what, (this.#notModelled.get(what) ?? 0) + count);
  }

  get list(): { what: string; count: number }[] {
    return [...this.#notModelled].map(([what, count]) => ({ what, count }));
  }
}
