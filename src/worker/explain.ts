/**
 * A counterexample explained: why each switch from one thread to another is where it is, and what it takes to get there.
 *
 * A switch is explained by who reads and writes what. Of all that a thread does before the next switch, what ties it to
 * the others is looked for in this order: another thread waits for it; a later step of another thread reads what it
 * writes; it reads what another thread wrote before, or overwrites later; it changes what the broken property looks at.
 * Where nothing does, the order is free, and that is said.
 */
import { assumptions } from "../kernel/notes.ts";
import { callers, opKinds, opTitle } from "../kernel/ops.ts";
import type { World } from "../kernel/structs.ts";
import { sidName } from "../kernel/words.ts";
import { Play, type StepRecord } from "../scenarios/play.ts";
import type { PlacedField } from "../sim/layout.ts";
import { FINISHED, OOPS } from "../sim/step.ts";
import type { Explanation, SwitchView } from "./protocol.ts";
import { readsOf } from "./reply/reads.ts";
import { lockName } from "./threads.ts";

const NAMES: Readonly<Record<string, string>> = {
  "group.domain": "`group->domain`",
  "pdev.in_reset": "whether the function is in reset",
  "pdev.ats_enabled": "`pdev->ats_enabled`",
  "pdev.atc_inv": "the ATC invalidations in flight",
  "pdev.atc": "the ATC",
  "master.cd_q0": "the CD",
  "master.cd_q1": "the CD",
  "master.cd_q3": "the CD",
  "domain.mapped": "the page",
  "domain.devices": "the devices list",
  "domain.invs_ats": "the invalidation array",
  "mm.mm_users": "the users of the process",
  "bound.failures_left": "how many failures are left",
};

/** A byte of the shared state in words. */
function placeName(w: World, { struct, index, field, array }: PlacedField, at: number): string {
  const name = NAMES[`${struct}.${field}`];
  const sid = w.stream.length > 2 ? ` of StreamID ${sidName(w.stream[index]?.sid ?? 0)}` : "";
  if (struct === "ste") return `the STE${sid}`;
  if (struct === "ste_cache") return `the STE${sid} that the SMMU holds`;
  if (struct === "cd_cache") return `the CD of ssid ${at}${sid} that the SMMU holds`;
  if (struct === "iotlb") return `the TLB for ${w.domain[index]?.name}`;
  if (struct === "cmdq") return `the command queue${w.smmu.length > 2 ? ` of ${w.smmu[index]?.name}` : ""}`;
  const of =
    struct === "group" || struct === "igroup"
      ? w.group.length > 2
        ? ` of ${w.group[index]?.name}`
        : ""
      : struct === "domain"
        ? ` of ${w.domain[index]?.name}`
        : struct === "mm"
          ? ` of ${w.mm[index]?.name}`
          : index > 0 && w.device.length > 2
            ? ` of ${w.device[index]?.name}`
            : "";
  if (name === undefined) return `\`${field}${array ? `[${at}]` : ""}\`${of}`;
  return name + (array && struct === "master" ? ` of PASID ${at}` : "") + of;
}

/** Steps of one thread between two switches: from and to are indices, `to` is not part of it. */
interface Block {
  readonly thread: number;
  readonly from: number;
  readonly to: number;
}

function blocksOf(records: readonly StepRecord[]): Block[] {
  const blocks: Block[] = [];
  records.forEach(({ thread }, i) => {
    const last = blocks.at(-1);
    if (last !== undefined && last.thread === thread) blocks[blocks.length - 1] = { ...last, to: i + 1 };
    else blocks.push({ thread, from: i, to: i + 1 });
  });
  return blocks;
}

/** What the steps of a run read and wrote, by place. */
interface Traffic {
  readonly reads: readonly ReadonlySet<number>[];
  readonly writes: readonly ReadonlySet<number>[];
  readonly name: (place: number) => string;
  /** What each property looks at that the last step breaks, in their order; nothing if it breaks none. */
  readonly broken: readonly (readonly [property: string, judged: ReadonlySet<number>])[];
}

function trafficOf(play: Play, property: string): Traffic {
  const { machine, model } = play;
  const fields = new Map<number, PlacedField>();
  for (const field of machine.layout.fields) {
    if (!field.ghost) for (let i = 0; i < field.size; i++) fields.set(field.offset + i, field);
  }
  const breaks = [...play.violations()].flatMap(([id, { step }]) => (step === play.position ? [id] : []));
  const about = breaks.includes(property) ? [property] : breaks;
  const { steps, judgedBy } = readsOf(play, play.position, about);
  return {
    reads: steps,
    writes: play.records.slice(0, play.position).map((_r, i) => {
      return new Set((play.player.diffAt(i)?.at ?? []).filter((at) => fields.has(at)));
    }),
    name: (place) => {
      const field = fields.get(place) as PlacedField;
      return placeName(model.world, field, place - field.offset);
    },
    broken: about.map((id) => [id, judgedBy.get(id) ?? new Set()]),
  };
}

const cpu = (thread: number) => `CPU${thread}`;

/** A later step of another thread that reads what this block leaves behind. */
function readLater(records: readonly StepRecord[], block: Block, { reads, writes, name }: Traffic): string {
  const written = new Map<number, number>();
  for (let i = block.from; i < block.to; i++) for (const at of writes[i] ?? []) written.set(at, i);
  for (let i = block.to; i < records.length && written.size > 0; i++) {
    const record = records[i] as StepRecord;
    const at = record.thread === block.thread ? undefined : [...(reads[i] ?? [])].find((place) => written.has(place));
    if (at !== undefined) {
      return `step ${(written.get(at) as number) + 1} changes ${name(at)}, which ${cpu(record.thread)} reads at step ${i + 1}`;
    }
    for (const place of writes[i] ?? []) written.delete(place);
  }
  return "";
}

/** What this block reads that another thread wrote before, as late as possible; or changes later. */
function readHere(records: readonly StepRecord[], block: Block, { reads, writes, name }: Traffic): string {
  const seen = new Map<number, number>();
  for (let i = block.to - 1; i >= block.from; i--) {
    for (const place of writes[i] ?? []) seen.delete(place);
    for (const place of reads[i] ?? []) seen.set(place, i);
  }
  const places = new Map(seen);
  for (let j = block.from - 1; j >= 0; j--) {
    const by = (records[j] as StepRecord).thread;
    for (const place of writes[j] ?? []) {
      const i = places.get(place);
      if (i !== undefined && by !== block.thread)
        return `step ${i + 1} reads ${name(place)}, which ${cpu(by)} changed at step ${j + 1}`;
      places.delete(place);
    }
  }
  for (let j = block.to; j < records.length; j++) {
    const by = (records[j] as StepRecord).thread;
    const place = by === block.thread ? undefined : [...(writes[j] ?? [])].find((at) => seen.has(at));
    if (place !== undefined)
      return `step ${(seen.get(place) as number) + 1} reads ${name(place)} before ${cpu(by)} changes it at step ${j + 1}`;
  }
  return "";
}

/** Where the block ends with the violation: what a broken property looks at that another thread left like that. */
function judgedHere(records: readonly StepRecord[], block: Block, { writes, name, broken }: Traffic): string {
  if (block.to < records.length || broken.length === 0) return "";
  const own = new Set<number>();
  for (let i = block.from; i < block.to; i++) for (const place of writes[i] ?? []) own.add(place);
  for (let j = block.from - 1; j >= 0; j--) {
    const by = (records[j] as StepRecord).thread;
    for (const place of writes[j] ?? []) {
      // of several that one step breaks, the one that looks there
      const property = own.has(place) ? undefined : broken.find(([, judged]) => judged.has(place))?.[0];
      if (property === undefined) continue;
      own.add(place);
      if (by === block.thread) continue;
      return `step ${block.to} breaks ${property}, which looks at ${name(place)} as well, as ${cpu(by)} left it at step ${j + 1}`;
    }
  }
  return "";
}

/** The next step at which another thread takes a lock that this block took or gave back. */
function lockedLater(play: Play, records: readonly StepRecord[], block: Block): string {
  const touched = new Set<number>();
  for (const { trace } of records.slice(block.from, block.to))
    for (const t of trace) if (t.kind === "lock") touched.add(t.lock);
  for (let i = block.to; i < records.length; i++) {
    const { thread, trace } = records[i] as StepRecord;
    if (thread === block.thread) continue;
    for (const t of trace) {
      if (t.kind === "lock" && t.take && touched.has(t.lock))
        return `it has ${lockName(play, t.lock)} before ${cpu(thread)} takes it at step ${i + 1}`;
    }
  }
  return "";
}

/** Why the thread of a block has to run there. The play stands where the block begins. */
function reasonFor(play: Play, records: readonly StepRecord[], block: Block, before: Block, traffic: Traffic): string {
  const { machine } = play;
  const { thread: was } = before;
  const status = machine.status(was);
  if (status === FINISHED) return `${cpu(was)} is finished`;
  if (status === OOPS) return `${cpu(was)} is gone`;
  if (machine.outcomes(was) === 0) {
    const lock = machine.lockOf(was);
    const owner = lock >= 0 ? machine.owner(lock) : 0;
    const what = lock >= 0 ? lockName(play, lock) : "what another thread is to do";
    return `${cpu(was)} waits for ${what}${owner > 0 ? `, which ${cpu(owner - 1)} holds` : ""}`;
  }
  const tied =
    judgedHere(records, block, traffic) ||
    readLater(records, block, traffic) ||
    readHere(records, block, traffic) ||
    lockedLater(play, records, block);
  if (tied !== "") return tied;
  for (let i = block.to - 1; i >= block.from; i--) {
    for (const place of traffic.writes[i] ?? []) {
      const property = traffic.broken.find(([, judged]) => judged.has(place))?.[0];
      if (property !== undefined) return `step ${i + 1} changes ${traffic.name(place)}, which ${property} looks at`;
    }
  }
  const [first] = traffic.broken;
  return block.to === records.length && first !== undefined ? `step ${records.length} is what breaks ${first[0]}` : "";
}

function switchesOf(play: Play, property: string): SwitchView[] {
  const traffic = trafficOf(play, property);
  const records = play.records.slice(0, play.position);
  const blocks = blocksOf(records);
  // a play of its own, to look at who waits where
  const again = new Play(play.model);
  const views: SwitchView[] = [];
  blocks.forEach((block, i) => {
    const before = blocks[i - 1];
    if (before !== undefined) {
      const why = reasonFor(again, records, block, before, traffic);
      views.push({
        step: block.from + 1,
        thread: `CPU${block.thread}`,
        why:
          why === ""
            ? `CPU${block.thread} may run here as well as earlier or later: nothing that it does is read by another thread.`
            : `CPU${block.thread} must run here: ${why}.`,
      });
    }
    for (let j = block.from; j < block.to; j++) again.append((records[j] as StepRecord).event);
  });
  return views;
}

/**
 * Explains a run up to its position. Costs a play of it from the beginning. `property` is what the run is about: of several
 * properties that its last step breaks, the one to speak of; without it, of each what it looks at.
 */
export function explain(play: Play, property = ""): Explanation {
  const { machine, model } = play;
  const records = play.records.slice(0, play.position);
  const ran = new Set(records.filter(({ event }) => event.kind === "choice").map(({ thread }) => thread));
  return {
    switches: switchesOf(play, property),
    callers: play.ops.flatMap((ops, t) =>
      ops.flatMap((op) => {
        const caller = callers[opKinds[op.kind]?.caller ?? "core"];
        if (!ran.has(t)) return [];
        return [
          {
            thread: `CPU${t}`,
            title: opTitle(op, model.world),
            caller: caller.id,
            note: caller.note,
            reachable: caller.reachable,
          },
        ];
      }),
    ),
    locks: machine.layout.locks.flatMap((_lock, i) => {
      const name = lockName(play, i);
      const owner = machine.owner(i);
      const readers = machine.programs.flatMap((_p, t) => (((machine.readers(i) >> t) & 1) === 1 ? [t] : []));
      return [...(owner > 0 ? [owner - 1] : []), ...readers].map((t) => ({ thread: `CPU${t}`, name }));
    }),
    failures: records.flatMap(({ event, text }, i) =>
      event.kind === "choice" && event.outcome > 0 ? [{ step: i + 1, thread: `CPU${event.thread}`, text }] : [],
    ),
    assumptions,
  };
}
