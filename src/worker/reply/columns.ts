/** Rows in columns of at most 72 characters: `CPU0 | CPU1 | HW`. */
import { ascii, cell, COLUMNS, plain } from "./lines.ts";

/** One line, before it is wrapped: something in one thread's column, and what hardware makes of it. */
export interface Row {
  readonly thread: number;
  readonly indent: number;
  readonly text: string;
  readonly hardware: readonly string[];
  /** From 1, on the first row of a step. */
  readonly step?: number;
}

export interface Column {
  readonly thread: number;
  readonly title: string;
}

/** Narrower than this nothing can be read; then all threads share one column, each line with its thread's name. */
const NARROWEST = 16;
/** The column of the hardware grows to this: beside one column of text, beside two, beside more. */
const HARDWARE = [20, 14, 11] as const;
const BETWEEN = " | ";

export interface Widths {
  readonly threads: readonly number[];
  /** 0 where nothing is to be said there. */
  readonly hardware: number;
  /** All threads share the first width. */
  readonly shared: boolean;
}

/** Gives each column what it needs, and those that need more the same share of the rest. */
function share(needs: readonly number[], room: number): number[] {
  const widths = needs.map(() => 0);
  let left = room;
  const order = needs.map((_need, i) => i).sort((a, b) => (needs[a] ?? 0) - (needs[b] ?? 0));
  order.forEach((column, done) => {
    const width = Math.min(needs[column] ?? 0, Math.floor(left / (needs.length - done)));
    widths[column] = width;
    left -= width;
  });
  return widths;
}

const longest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, text.length), 0);

/** How wide each column gets. `numbers` is the width of the step numbers, 0 without. */
function widthsOf(columns: readonly Column[], rows: readonly Row[], numbers: number): Widths {
  const words = longest(rows.flatMap((row) => row.hardware));
  const left = COLUMNS - (numbers > 0 ? numbers + 1 : 0);
  const roomBeside = (threads: number) => {
    const hardware = words === 0 ? 0 : Math.min(HARDWARE[Math.min(threads, 3) - 1] ?? 0, Math.max(2, words));
    const room = left - (hardware > 0 ? hardware + BETWEEN.length : 0) - BETWEEN.length * (threads - 1);
    return { hardware, room };
  };
  const { hardware, room: own } = roomBeside(Math.max(1, columns.length));
  if (own < NARROWEST * columns.length) {
    const alone = roomBeside(1);
    return { threads: [alone.room], hardware: alone.hardware, shared: true };
  }
  const needs = columns.map(({ thread }) =>
    Math.max(
      NARROWEST,
      ...rows.filter((row) => row.thread === thread).map((row) => Math.min(COLUMNS, row.indent + row.text.length)),
    ),
  );
  return { threads: share(needs, own), hardware, shared: false };
}

/** The table as lines, its head and a rule first, and how wide its columns became. */
export function table(
  columns: readonly Column[],
  given: readonly Row[],
  withNumbers: boolean,
): { lines: string[]; widths: Widths } {
  const clean = (text: string) => ascii(plain(text));
  const rows = given.map((row) => ({ ...row, text: clean(row.text), hardware: row.hardware.map(clean) }));
  const numbers = withNumbers ? String(Math.max(1, ...rows.map((row) => row.step ?? 0))).length : 0;
  const widths = widthsOf(columns, rows, numbers);
  const line = (step: string, cells: readonly string[], hardware: string) => {
    const all = cells.map((text, i) => text.padEnd(widths.threads[i] ?? 0));
    if (widths.hardware > 0) all.push(hardware.padEnd(widths.hardware));
    return ((numbers > 0 ? `${step.padStart(numbers)} ` : "") + all.join(BETWEEN)).trimEnd();
  };
  const lines: string[] = [];
  if (widths.shared) lines.push(line("", ["step by step, each line with its CPU"], "HW"));
  else {
    const titles = columns.map(({ title }, i) => cell(clean(title), widths.threads[i] ?? 0));
    for (let i = 0; i < Math.max(...titles.map((title) => title.length)); i++) {
      lines.push(
        line(
          "",
          titles.map((title) => title[i] ?? ""),
          i === 0 ? "HW" : "",
        ),
      );
    }
  }
  const rule = [...widths.threads, ...(widths.hardware > 0 ? [widths.hardware] : [])].map((width) => "-".repeat(width));
  lines.push((numbers > 0 ? "-".repeat(numbers + 1) : "") + rule.join("-+-"));
  for (const row of rows) {
    const column = widths.shared ? 0 : columns.findIndex(({ thread }) => thread === row.thread);
    const width = widths.threads[Math.max(0, column)] ?? 0;
    const name = widths.shared ? `CPU${row.thread}  ` : "";
    const texts = cell(row.text, width - name.length, row.indent).map((text) => name + text);
    const words = widths.hardware === 0 ? [] : row.hardware.flatMap((word) => cell(word, widths.hardware));
    for (let i = 0; i < Math.max(texts.length, words.length); i++) {
      const cells = widths.threads.map((_width, at) => (at === column ? (texts[i] ?? "") : ""));
      lines.push(line(i === 0 && row.step !== undefined ? String(row.step) : "", cells, words[i] ?? ""));
    }
  }
  return { lines, widths };
}
