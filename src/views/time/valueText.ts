import type { Snapshot } from "../../worker/protocol.ts";

/** What a screen reader says of a position: "step 35 of 38, CPU1, WARN". */
export function valueText(snapshot: Snapshot, position: number): string {
  const step = snapshot.timeline.steps[position - 1];
  if (!step) return `before step 1 of ${snapshot.total}`;
  const name = snapshot.threads.find(({ id }) => id === step.thread)?.name ?? `thread ${step.thread}`;
  return [`step ${position} of ${snapshot.total}`, name, step.errno, step.warn === undefined ? "" : "WARN"]
    .filter(Boolean)
    .join(", ");
}
