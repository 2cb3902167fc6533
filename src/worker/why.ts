/**
 * Why a step ended as it did: what the statement that decided had read, and who wrote that last.
 *
 * The run is made once more to note the reads (`reply/reads.ts`), so this is asked for a step at rest, never for all.
 */
import { causeOf } from "../scenarios/cause.ts";
import type { Play } from "../scenarios/play.ts";
import type { PlacedField } from "../sim/layout.ts";
import type { WhyView } from "./protocol.ts";
import { fieldText } from "./reply/effects.ts";
import { readsOf } from "./reply/reads.ts";

/** How many of its own steps before a decision a thread may have read what decides. */
const far = 40;

/** More than these are noise: the newest writes decide. */
const most = 5;

/** What decided the step at the play's position; null where it ended in no errno, WARN or broken property. */
export function whyOf(play: Play): WhyView | null {
  const { position, records, model, machine } = play;
  const record = records[position - 1];
  if (record === undefined) return null;
  const known = position > 1 ? play.violations(position - 1) : new Map<string, unknown>();
  const broke = [...play.violations().keys()].filter((id) => !known.has(id));
  const ends = [record.errno, record.warn === "" ? "" : "WARN", ...broke].filter((end) => end !== "");
  const about = ends[0];
  if (about === undefined) return null;

  const ran = records.slice(0, position).map(({ thread, trace }, i) => ({ step: i + 1, thread, trace }));
  const own = ran.filter(({ thread }) => thread === record.thread);
  const opening = { step: 0, trace: play.opening[record.thread] ?? [] };
  const cause = record.errno === "" ? null : causeOf(model.table.procs, [opening, ...own]);
  const step = cause !== null && cause.step > 0 ? cause.step : position;
  const judges = record.errno === "" && record.warn === "";
  const { steps: reads, judged } = readsOf(play, position, judges ? broke : []);
  // A property looks at the state that a step led to. A statement decides by what it read, its thread may have read
  // more into locals just before, and what it had of another thread is worth more than its age.
  const seen = new Map<number, number>();
  if (judges) for (const at of judged) seen.set(at, position);
  const before = own.map((each) => each.step).filter((at) => at <= step);
  const readers = before.slice(-far).reverse();
  if (!judges)
    for (const at of readers) for (const place of reads[at - 1] ?? []) if (!seen.has(place)) seen.set(place, at);

  const fields = new Map<number, PlacedField>();
  for (const field of machine.layout.fields) {
    if (!field.ghost) for (let i = 0; i < field.size; i++) fields.set(field.offset + i, field);
  }
  const found = [...seen].flatMap(([at, read]) => {
    const field = fields.get(at);
    if (field === undefined) return [];
    const { by, value } = lastWrite(play, at, judges ? read : read - 1);
    const thread = by === 0 ? 0 : (records[by - 1]?.thread ?? 0) + 1;
    const near = judges || before.indexOf(read) >= before.length - 2;
    if (!near && (thread === 0 || thread === record.thread + 1)) return [];
    return [{ ...fieldText(model.world, field, at - field.offset, value), read, by, thread }];
  });
  found.sort((a, b) => b.by - a.by || (a.what < b.what ? -1 : 1));
  // what was so from the start explains little where something was written
  const written = found.filter(({ by }) => by > 0);
  return { position, about, judges, reads: (written.length > 0 ? written : found).slice(0, most) };
}

/** What a byte held after so many steps, and which of them wrote it; 0 for none. */
function lastWrite(play: Play, at: number, until: number): { by: number; value: number } {
  for (let i = until - 1; i >= 0; i--) {
    const diff = play.player.diffAt(i);
    const place = diff?.at.indexOf(at) ?? -1;
    if (diff && place >= 0) return { by: i + 1, value: diff.is[place] ?? 0 };
  }
  // never written before: what it is now, or what the first later write found there
  for (let i = until; i < play.position; i++) {
    const diff = play.player.diffAt(i);
    const place = diff?.at.indexOf(at) ?? -1;
    if (diff && place >= 0) return { by: 0, value: diff.was[place] ?? 0 };
  }
  return { by: 0, value: play.machine.bytes[at] ?? 0 };
}
