import type { Cell, Head, Mark } from "../../session/grid.ts";
import type { GlyphName } from "../../ui/Glyph.tsx";
import type { Checked } from "../../worker/check-protocol.ts";

const format = new Intl.NumberFormat("en-US");

/** A number with its thousands apart. A table says hundreds of them at once, and a format is costly to make. */
export const number = (n: number): string => format.format(n);

/** `1 thread`, `2 threads`, `1 property`, `3 properties`. */
export function count(n: number, one: string): string {
  const many = one.endsWith("y") ? `${one.slice(0, -1)}ies` : one.endsWith("ch") ? `${one}es` : `${one}s`;
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** A number in at most five characters, in a narrow column in four. */
export function short(n: number, narrow = false): string {
  if (n < (narrow ? 1000 : 10_000)) return number(n);
  if (n < 10_000) return `${(Math.floor(n / 100) / 10).toFixed(1)}k`;
  if (narrow && n < 1_000_000) return `${Math.floor(n / 1000)}k`;
  return n < 1_000_000 ? `${Math.floor(n / 1000)} k` : `${(Math.floor(n / 100_000) / 10).toFixed(1)} M`;
}

/** What was made to fail at most. */
export const mayFail = (failures: number): string =>
  failures === 0 ? "nothing is made to fail" : `at most ${count(failures, "failure")}`;

/** How far the search of a pair went: stands beside whatever is said of it. */
export function boundsOf({ states, complete, frontier, threads, failures, reduced }: Checked): string {
  const searched = complete
    ? `${count(states, "state")}, all that there are${reduced ? " in the reduced search" : ""}`
    : `bounded: ${count(states, "state")}, frontier ${number(frontier)}`;
  return `${searched}; ${count(threads, "thread")}, ${mayFail(failures)}; under the assumptions of the model`;
}

/** What a verdict is drawn as; the others are said. */
export const glyphs: Partial<Record<Mark, GlyphName>> = {
  violated: "no",
  holds: "ring",
  bounded: "cut",
  vacuous: "none",
};

/** What a cell says, in words. */
export function said({ mark, count: n, pairs, known, violated }: Cell): string {
  const among = pairs > 1 ? ` of ${count(pairs, "search")}` : "";
  switch (mark) {
    case "violated": {
      const where = pairs > 1 ? `, in ${number(violated)}${known < pairs ? ` so far,${among}` : among}` : "";
      return `violated, ${count(n ?? 0, "step")}${where}`;
    }
    case "holds":
      return `no violation in ${count(n ?? 0, "state")}`;
    case "bounded":
      return `bounded: no violation in ${count(n ?? 0, "state")}, and more are left`;
    case "vacuous":
      return "vacuous: no run exercised it";
    case "n/a":
      return "n/a: the design has nothing to judge";
    case "running":
      return pairs > 1 ? `being searched, ${known}${among} done` : "being searched";
    case "queued":
      return "queued";
    case "refused":
      return "could not be searched";
    case "unknown":
      return known > 0 ? `stopped, ${known}${among} done: none of them breaks it` : "not searched";
  }
}

/** What the cell of a line and a column is about. */
export const about = (line: Head, column: Head) => `${line.title}, ${column.title}`;
