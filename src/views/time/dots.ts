import { plain } from "../../ui/Words.tsx";
import type { TimelineStep } from "../../worker/protocol.ts";
import type { Dot, Run } from "./lanes.ts";

export interface OwnStep extends TimelineStep {
  readonly number: number;
}

const byThread = new WeakMap<readonly TimelineStep[], Map<number, OwnStep[]>>();

/** The steps of one thread, with their numbers; parted once for each run, however often it is drawn. */
export function stepsOf(steps: readonly TimelineStep[], thread: number): readonly OwnStep[] {
  let parted = byThread.get(steps);
  if (parted === undefined) {
    parted = new Map();
    for (const [i, step] of steps.entries()) {
      const own = parted.get(step.thread) ?? [];
      own.push({ ...step, number: i + 1 });
      parted.set(step.thread, own);
    }
    byThread.set(steps, parted);
  }
  return parted.get(thread) ?? [];
}

/** Dots nearer than this would touch. */
const apart = 6.5;

/**
 * A dot for each step. Where they stand too close, only those that say something keep theirs: the present one, errnos
 * where they come from, WARNs, broken properties, starts. The others fold to runs, and a pause of the thread parts them.
 */
export function dotsOf(
  own: readonly OwnStep[],
  x: (step: number) => number,
  y: number,
  position: number,
): { dots: Dot[]; runs: Run[] } {
  const folds = x(1) - x(0) < apart;
  const dots: Dot[] = [];
  const runs: { from: number; to: number; steps: number; future: boolean }[] = [];
  let open = false;
  for (const step of own) {
    const look = lookOf(step, position);
    const future = step.number > position;
    if (!folds || !(look === "done" || look === "future" || look === "passed")) {
      dots.push({ x: x(step.number), y, step: step.number, look, title: titleOf(step, step.number) });
      open = false;
      continue;
    }
    const last = runs.at(-1);
    if (open && last && last.future === future && x(step.number) - x(last.to) < apart) {
      last.to = step.number;
      last.steps += 1;
    } else runs.push({ from: step.number, to: step.number, steps: 1, future });
    open = true;
  }
  return {
    dots,
    runs: runs.map(({ from, to, steps, future }) => ({
      x1: x(from) - 1.5,
      x2: x(to) + 1.5,
      y,
      steps,
      future,
      title: from === to ? `step ${from}` : `steps ${from} to ${to}, ${steps} of this thread`,
    })),
  };
}

function lookOf(step: OwnStep, position: number): Dot["look"] {
  if (step.number > position) return "future";
  if (step.warn !== undefined) return "warn";
  if (step.violated.length > 0) return "violated";
  if (step.errno !== undefined && step.passedOn !== true) return "errno";
  if (step.kind === "start") return "start";
  if (step.number === position) return "now";
  return step.errno === undefined ? "done" : "passed";
}

export function titleOf(step: TimelineStep, number: number): string {
  return [
    `step ${number}`,
    plain(step.text),
    step.errno && (step.passedOn === true ? `${step.errno} passed on` : step.errno),
    step.warn && `WARN: ${plain(step.warn)}`,
    ...step.violated.map((id) => `${id} violated`),
  ]
    .filter(Boolean)
    .join(", ");
}
