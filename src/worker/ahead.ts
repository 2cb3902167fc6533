/**
 * The answer to a question that nobody has asked yet: what the reader most likely does next is worked out while the page is at
 * rest, so that the press of the key finds it on the page's side.
 */
import type { Desk, DeskRequest } from "./desk.ts";
import type { Reply } from "./protocol.ts";

export interface Ahead {
  /** Requests that would be answered so. */
  readonly requests: readonly DeskRequest[];
  readonly reply: Reply;
}

/** What goes on along the run; at its end, with the thread that made the last step, or with one that can. */
function likely({ play }: Desk): readonly DeskRequest[] {
  const { position, machine, records } = play;
  const step = (thread: number, outcome: number) =>
    ({ kind: "step", thread: thread + 1, outcome, mode: "step" }) as const;
  const recorded = play.player.events[position];
  if (recorded !== undefined) {
    const seek = { kind: "seek", position: position + 1 } as const;
    return recorded.kind === "choice" ? [seek, step(recorded.thread, recorded.outcome)] : [seek];
  }
  const last = records[position - 1]?.thread ?? -1;
  const thread = machine.outcomes(last) > 0 ? last : machine.programs.findIndex((_p, t) => machine.outcomes(t) > 0);
  // where something may fail the reader chooses
  return machine.outcomes(thread) === 1 ? [step(thread, 0)] : [];
}

/** Null where nothing can be done next. The run stays as it is. */
export function ahead(desk: Desk): Ahead | null {
  const { play } = desk;
  const { position } = play;
  const isRecorded = play.player.events[position] !== undefined;
  const requests = likely(desk);
  const [first] = requests;
  if (first === undefined) return null;
  try {
    const reply = desk.ask(0, first);
    return reply.kind === "state" ? { requests, reply } : null;
  } finally {
    if (isRecorded) play.seek(position);
    else if (play.position > position) play.undo();
  }
}
