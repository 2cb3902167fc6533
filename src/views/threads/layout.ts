import type { ThreadView } from "../../worker/protocol.ts";

/** How each thread is shown: whole, or as a narrow column with its name, state and lock. */
export type Width = "open" | "folded";

/** Two stand side by side. From three on only the current one is open, so that its listing keeps its width. */
export function widthsOf(threads: readonly ThreadView[], current: number | undefined): Width[] {
  return threads.map(({ id }) => (threads.length <= 2 || id === current ? "open" : "folded"));
}

/** Which line to keep in sight: the next one, else the one just executed, else the last one reached. */
export function lineInSight(states: readonly string[]): number {
  const next = states.indexOf("next");
  if (next >= 0) return next;
  const now = states.indexOf("now");
  return now >= 0 ? now : states.lastIndexOf("done");
}
