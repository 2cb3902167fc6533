import type { TimelineView } from "../worker/protocol.ts";

/** The part of a timeline in which marks are looked for. */
type Marked = Pick<TimelineView, "steps"> & { readonly commands: readonly { readonly step: number }[] };

/**
 * The step to stop at when the run is gone over in strides: the next one, or the one before, that ends in an errno, a WARN
 * or a broken property, sends a command, or is the last before another thread goes on. Else the run's end, or its start.
 */
export function markFrom({ steps, commands }: Marked, position: number, by: 1 | -1): number {
  const sent = new Set(commands.map(({ step }) => step));
  const isMark = (at: number) => {
    const step = steps[at - 1];
    if (step === undefined) return false;
    const { errno, warn, violated, thread } = step;
    return Boolean(errno ?? warn) || violated.length > 0 || sent.has(at) || steps[at]?.thread !== thread;
  };
  let at = position + by;
  while (at > 0 && at < steps.length && !isMark(at)) at += by;
  return Math.max(0, Math.min(at, steps.length));
}
