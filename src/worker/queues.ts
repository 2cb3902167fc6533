/** Command and event queues as the page shows them. */
import { commandName, eventName } from "../hw/queue-words.ts";
import { summary } from "../hw/summary.ts";
import { CMD, commandAt, commandQwords, hasQueue } from "../kernel/cmdq.ts";
import { eventAt, eventQwords, EVENTQ_ROOM, hasEventQueue, HOW } from "../kernel/evtq.ts";
import type { Play } from "../scenarios/play.ts";
import type { QueuedView, QueueView } from "./protocol.ts";

/** The thread that waits at a slot of an SMMU; -1 for none. */
function waiterAt(play: Play, smmu: number, slot: number): number {
  const { machine } = play;
  return machine.programs.findIndex((_program, t) => {
    const top = machine.frames(t).at(-1);
    if (top === undefined || machine.table.procs[top.proc]?.name !== "arm_smmu_cmdq_poll_until_sync") return false;
    const locals = machine.localsOf(t, top.offset);
    return locals.smmu === smmu && locals.slot === slot;
  });
}

/** How many records were taken from each SMMU's queue of a kind, since the first step. */
function takenBy(play: Play, queue: QueueView["kind"]): readonly number[] {
  const taken = play.model.world.smmu.map(() => 0);
  for (const { trace } of play.records.slice(0, play.position))
    for (const t of trace) if (t.kind === "taken" && t.queue === queue) taken[t.smmu] = (taken[t.smmu] ?? 0) + 1;
  return taken;
}

const digits = (q: bigint) => q.toString(16).padStart(16, "0");

function commandQueue(play: Play, smmu: number, cons: number): Omit<QueueView, "id" | "kind"> {
  const { state } = play.machine;
  const { length, err, kind } = state.cmdq[smmu];
  const rows = Array.from({ length }, (_x, at): QueuedView => {
    const command = commandAt(state, smmu, at);
    const qwords = commandQwords(play.model.world, command);
    const waiter = command.kind === CMD.SYNC ? waiterAt(play, smmu, command.a) : -1;
    return {
      number: cons + at,
      name: commandName(qwords),
      text: summary("cmd", qwords),
      qwords: qwords.map(digits),
      waiter: waiter < 0 ? "" : `CPU${waiter}`,
    };
  });
  const error = err === 0 ? "" : "stands still: CERROR_ATC_INV_SYNC";
  return { cons, prod: cons + length, room: kind.length, error, rows };
}

function eventQueue(play: Play, smmu: number, cons: number): Omit<QueueView, "id" | "kind"> {
  const { state } = play.machine;
  const { length, ovflg, ovackflg } = state.evtq[smmu];
  const rows = Array.from({ length }, (_x, at): QueuedView => {
    const event = eventAt(state, smmu, at);
    const qwords = eventQwords(play.model.world, event);
    const dev = play.model.world.stream[event.stream]?.device ?? 0;
    const stalls = (event.how & HOW.STALL) !== 0;
    return {
      number: cons + at,
      name: eventName(qwords),
      text: summary("event", qwords),
      qwords: qwords.map(digits),
      waiter: stalls ? (play.model.world.device[dev]?.name ?? "") : "",
    };
  });
  const error = ovflg === ovackflg ? "" : "overflowed: OVFLG is not acknowledged";
  return { cons, prod: cons + length, room: EVENTQ_ROOM, error, rows };
}

/** The queues of the SMMUs that have them apart from the run: commands first. */
export function queueViews(play: Play): QueueView[] {
  const { world } = play.model;
  const views = (kind: QueueView["kind"], of: typeof commandQueue) => {
    const taken = takenBy(play, kind);
    return world.smmu.slice(1).map(({ name }, i) => ({ id: name, kind, ...of(play, i + 1, taken[i + 1] ?? 0) }));
  };
  return [
    ...(hasQueue(world) ? views("cmd", commandQueue) : []),
    ...(hasEventQueue(world) ? views("event", eventQueue) : []),
  ];
}
