import type { ThreadView } from "../../worker/protocol.ts";

/** How each thread is shown: whole, or as a narrow column with its name, state and lock. */
export type Width = "open" | "folded";

/** The narrowest column in which a statement still reads as a line or two, and the column of a folded thread. */
const readable = 198;
const narrow = 40;

/** Folded threads stand as columns between the open ones; where that would leave none of them readable, as rows above. */
export const foldsToRows = (count: number): boolean => count > 4;

/**
 * As many stand side by side as the width has room for, two always: the current one, the one that made the step, then
 * those that appeared first. The others fold.
 */
export function widthsOf(
  threads: readonly ThreadView[],
  current: number | undefined,
  ran: number,
  width: number,
): Width[] {
  const count = threads.length;
  const fits = foldsToRows(count)
    ? Math.floor(width / readable)
    : Math.floor((width - count * narrow) / (readable - narrow));
  const most = count <= 2 ? 2 : Math.max(1, fits);
  const rank = ({ id }: ThreadView) => (id === current ? 0 : id === ran ? 1 : 2);
  const first = threads.toSorted((a, b) => rank(a) - rank(b)).slice(0, most);
  return threads.map((thread) => (first.includes(thread) ? "open" : "folded"));
}

/** Which line to keep in sight: the next one, else the one just executed, else the last one reached. */
export function lineInSight(states: readonly string[]): number {
  const next = states.indexOf("next");
  if (next >= 0) return next;
  const now = states.indexOf("now");
  return now >= 0 ? now : states.lastIndexOf("done");
}
