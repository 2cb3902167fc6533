/** The calls of a run: each thing that happened inside a step, with the call that it happened in. */
import type { Play, StepRecord, Trace } from "../../scenarios/play.ts";
import { type Op, OP } from "../../sim/link.ts";

/** One call of a procedure. */
export interface Frame {
  readonly proc: number;
  /** Null for the outermost call of what the thread was asked to do. */
  readonly parent: Frame | null;
  /** Takes or gives back `group->mutex` itself: an entry of the core. */
  takesMutex: boolean;
  /** Calls the driver through a pointer. */
  readonly callback: boolean;
}

export interface Beat {
  readonly frame: Frame;
  readonly trace: Trace;
}

/** The operation behind an executed statement. */
export function opOf(play: Play, trace: Trace | undefined): Op | undefined {
  return trace?.kind === "op" ? play.model.table.procs[trace.proc]?.ops[trace.pc] : undefined;
}

/** The statement of a step; none for a step that starts a thread. */
export const statementOf = (play: Play, record: StepRecord): Op | undefined =>
  opOf(
    play,
    record.trace.find((t) => t.kind === "op" && t.visible),
  );

export const isLock = (op: Op | undefined) => op !== undefined && op.kind >= OP.LOCK && op.kind <= OP.TRYLOCK;

/** What happened in each step up to a position, in order. */
export function beatsOf(play: Play, upTo: number): readonly (readonly Beat[])[] {
  const { table } = play.model;
  const tops = new Map<number, Frame | null>();
  const follow = (thread: number, trace: readonly Trace[]): Beat[] => {
    const beats: Beat[] = [];
    for (const t of trace) {
      const top = tops.get(thread) ?? null;
      if (t.kind === "call") {
        const callback =
          table.procs[t.proc]?.ops.some((op) => op.kind === OP.VIRTUAL && op.callees.length > 0) ?? false;
        const frame = { proc: t.proc, parent: top, takesMutex: false, callback };
        tops.set(thread, frame);
        beats.push({ frame, trace: t });
      } else if (top !== null) {
        const op = opOf(play, t);
        if (isLock(op) && op?.name === "group_mutex") top.takesMutex = true;
        beats.push({ frame: top, trace: t });
        if (t.kind === "return") tops.set(thread, top.parent);
      }
    }
    return beats;
  };
  play.opening.forEach((trace, thread) => follow(thread, trace));
  return play.records.slice(0, upTo).map((record) => follow(record.thread, record.trace));
}
