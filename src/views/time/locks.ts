import type { Snapshot, Span } from "../../worker/protocol.ts";

export type Lock = Snapshot["timeline"]["locks"][number];

/** How many locks held at once have a bar; of more there is a count. */
const lockBars = 5;

export function meet(a: Span, b: Span): boolean {
  return a.from <= (b.to ?? Number.POSITIVE_INFINITY) && b.from <= (a.to ?? Number.POSITIVE_INFINITY);
}

/**
 * Each lock on the first level that is free as long as it is held. Those without a level of their own are counted where
 * they begin, so that a lock is drawn and named, or counted, and never only one of it.
 */
export function levelsOf(locks: readonly Lock[]): {
  drawn: { readonly lock: Lock; readonly level: number }[];
  more: { readonly from: number; readonly locks: number }[];
} {
  const levels: Span[][] = Array.from({ length: lockBars }, () => []);
  const drawn: { lock: Lock; level: number }[] = [];
  const deep: Lock[] = [];
  for (const lock of locks) {
    const level = levels.findIndex((spans) => spans.every((span) => !meet(span, lock)));
    levels[level]?.push(lock);
    if (level < 0) deep.push(lock);
    else drawn.push({ lock, level });
  }
  const more: { from: number; locks: number }[] = [];
  let to = 0;
  for (const lock of deep) {
    const last = more.at(-1);
    if (last && lock.from <= to) last.locks++;
    else more.push({ from: lock.from, locks: 1 });
    to = Math.max(to, lock.to ?? Number.POSITIVE_INFINITY);
  }
  return { drawn, more };
}
