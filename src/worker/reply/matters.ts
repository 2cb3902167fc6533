/** Which steps of a run a reply keeps: every one, those that changed shared state, or what matters for the properties. */
import type { Play } from "../../scenarios/play.ts";
import { OP } from "../../sim/link.ts";
import type { ReplyLength } from "../protocol.ts";
import { readsOf } from "./reads.ts";
import { type Beat, isLock, statementOf } from "./walk.ts";

/** Where the shared fields lie: no locks, no ghosts. */
function fieldPlaces({ machine }: Play): ReadonlySet<number> {
  const places = new Set<number>();
  for (const { offset, size, ghost } of machine.layout.fields) {
    if (!ghost) for (let i = 0; i < size; i++) places.add(offset + i);
  }
  return places;
}

/** Steps at which a value goes from one thread to another: the one that wrote it last, and the one that reads it. */
function passed(play: Play, reads: readonly ReadonlySet<number>[], writes: readonly (readonly number[])[]) {
  const found = new Set<number>();
  const writer = new Map<number, number>();
  reads.forEach((read, i) => {
    for (const at of read) {
      const from = writer.get(at);
      if (from === undefined || play.records[from]?.thread === play.records[i]?.thread) continue;
      found.add(from).add(i);
    }
    for (const at of writes[i] ?? []) writer.set(at, i);
  });
  return found;
}

export interface Kept {
  /** By the step's index. */
  readonly steps: Readonly<Record<ReplyLength, readonly boolean[]>>;
  /** The rule of `matters`, in words. */
  readonly rule: string;
}

/**
 * Chooses the steps of a run up to a position.
 *
 * `every`: all. `shared`: those that changed shared state, locks among it. `matters`: those that changed what the broken
 * properties were looking at, passed a value from one thread to another, took or gave back `group->mutex`, or called
 * into the driver. In all three a start, an errno, a WARN and the step that broke a property are kept, and the last one of a
 * run that goes on; what an operation returned is told in any case. Where nothing is broken, `matters` goes by the
 * properties that were exercised.
 */
export function keep(play: Play, beats: readonly (readonly Beat[])[], locks: boolean): Kept {
  const upTo = beats.length;
  const { steps: reads, judged, properties } = readsOf(play, upTo);
  const places = fieldPlaces(play);
  const writes = beats.map((_beats, i) => (play.player.diffAt(i)?.at ?? []).filter((at) => places.has(at)));
  const exchanged = passed(play, reads, writes);
  const breaks = new Set([...play.violations(upTo).values()].map(({ step }) => step));
  const { machine } = play;
  const goesOn = machine.programs.some((_program, thread) => machine.outcomes(thread) > 0);
  const steps: Record<ReplyLength, boolean[]> = { every: [], shared: [], matters: [] };
  play.records.slice(0, upTo).forEach((record, i) => {
    const op = statementOf(play, record);
    const lock = isLock(op);
    const changed = writes[i] ?? [];
    const tells = record.event.kind === "start" || record.errno !== "" || record.warn !== "" || breaks.has(i + 1);
    // in the middle of a run the last step is what the reader of the link sees first
    const always = tells || (goesOn && i === upTo - 1);
    const inCore = op?.kind === OP.VIRTUAL || (locks && lock && op?.name === "group_mutex");
    steps.every.push(always || locks || !lock);
    steps.shared.push(always || changed.length > 0 || (locks && lock));
    steps.matters.push(always || inCore || exchanged.has(i) || changed.some((at) => judged.has(at)));
  });
  const looked =
    breaks.size > 0 ? `what ${properties.join(" and ")} looked at` : "what the exercised properties look at";
  const mutex = locks ? ", group->mutex" : "";
  const rule = `${looked}, what one CPU read of another's writes${mutex}, driver callbacks, errnos, WARNs`;
  return { steps, rule };
}
