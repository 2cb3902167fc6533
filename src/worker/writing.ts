/** Updates of entries that threads are in the middle of: both ends, and how far each has come. */
import type { Qwords } from "../hw/fields.ts";
import { cdIn, steIn } from "../hw/tables.ts";
import { entriesOfWritten } from "../kernel/arm-smmu-v3-tables.ts";
import { type KernelState, schema } from "../kernel/structs.ts";
import type { Play, Trace } from "../scenarios/play.ts";
import { revertDiff } from "../sim/diff.ts";
import { packedViews } from "../sim/views.ts";

/** An update of an STE, by its StreamID's number, or with none of the CD of a device and ssid. */
export interface Writing {
  readonly dev: number;
  readonly stream: number;
  readonly ssid: number;
  readonly from: Qwords;
  readonly to: Qwords;
  /** How many of its stores and syncs have been made. */
  readonly made: number;
}

const WRITER = "arm_smmu_write_entry";
const SETTER = "entry_set";
const STORE = "store {store}";

/** The state before an event of a run. */
function stateBefore(play: Play, event: number): KernelState {
  const bytes = play.machine.bytes.slice();
  for (let i = play.position - 1; i >= event; i--) {
    const diff = play.player.diffAt(i);
    if (diff !== undefined) revertDiff(bytes, diff);
  }
  return packedViews(schema, play.machine.layout, bytes) as unknown as KernelState;
}

/** The updates that no thread has finished at the position. Where the writer is one step there are none. */
export function writings(play: Play): Writing[] {
  const { machine, model, records, position } = play;
  const { procs } = model.table;
  const named = (t: Trace, name: string) => t.kind === "op" && procs[t.proc]?.name === name;
  const isStore = (t: Trace) => t.kind === "op" && named(t, SETTER) && procs[t.proc]?.ops[t.pc]?.text === STORE;
  const isSync = (t: Trace) => t.kind === "command" && t.letter === "C";
  return machine.programs.flatMap((_program, thread) => {
    const frame = machine.frames(thread).find(({ proc }) => procs[proc]?.name === WRITER);
    // called, and nothing of it done yet
    if (frame === undefined || frame.pc === 0) return [];
    const { dev = 0, stream = 0, ssid = 0, target = 0 } = machine.localsOf(thread, frame.offset);
    // the last time that this thread began one; one of a world's set-up is over
    const began = records.findLastIndex(
      (record, i) =>
        i < position && record.thread === thread && record.trace.some((t) => named(t, WRITER) && isFirst(t)),
    );
    if (began < 0) return [];
    const entries = entriesOfWritten(model.world, { dev, stream, ssid });
    const before = stateBefore(play, began);
    const from = stream > 0 ? steIn(before, stream) : cdIn(before, dev, ssid);
    const trace = records.slice(began, position).flatMap((record) => (record.thread === thread ? record.trace : []));
    const made = trace.filter((t) => isStore(t) || isSync(t)).length;
    return [{ dev, stream, ssid, from: entries.qwordsOf(from), to: entries.qwordsOf(entries.target(target)), made }];
  });
}

/** A procedure's first statement. */
const isFirst = (t: Trace) => t.kind === "op" && t.pc === 0;
