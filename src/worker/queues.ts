/** Command queues as the page shows them. */
import { commandName } from "../hw/illegal.ts";
import { summary } from "../hw/summary.ts";
import { CMD, commandAt, commandQwords, hasQueue } from "../kernel/cmdq.ts";
import type { Play } from "../scenarios/play.ts";
import type { CommandView, QueueView } from "./protocol.ts";

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

export function queueViews(play: Play): QueueView[] {
  const { state } = play.machine;
  const { world } = play.model;
  if (!hasQueue(world)) return [];
  const taken = world.smmu.map(() => 0);
  for (const { trace } of play.records.slice(0, play.position))
    for (const t of trace) if (t.kind === "taken") taken[t.smmu] = (taken[t.smmu] ?? 0) + 1;
  return world.smmu.slice(1).map(({ name }, i) => {
    const smmu = i + 1;
    const { length, err } = state.cmdq[smmu];
    const cons = taken[smmu] ?? 0;
    const commands = Array.from({ length }, (_x, at): CommandView => {
      const command = commandAt(state, smmu, at);
      const qwords = commandQwords(world, command);
      const waiter = command.kind === CMD.SYNC ? waiterAt(play, smmu, command.a) : -1;
      return {
        number: cons + at,
        name: commandName(qwords),
        text: summary("cmd", qwords),
        qwords: qwords.map((q) => q.toString(16).padStart(16, "0")),
        waiter: waiter < 0 ? "" : `CPU${waiter}`,
      };
    });
    return {
      id: name,
      cons,
      prod: cons + length,
      room: state.cmdq[smmu].kind.length,
      error: err === 0 ? "" : "CERROR_ATC_INV_SYNC",
      commands,
    };
  });
}
