/** Commands of a capture in order, each with the memory that was noticed before it, and two lists laid side by side. */
import { FORMATS, OPCODES } from "../../hw/command-fields.ts";
import { type Field, get, type Qwords } from "../../hw/fields.ts";
import { commandName, formatOf } from "../../hw/queue-words.ts";
import { qwordsOf } from "./qwords.ts";
import type { CaptureScenario, Rest } from "./read.ts";

/** Entries in memory by StreamID, those of SSID 0; undefined where nobody has seen one. */
export interface Memory {
  readonly ste: ReadonlyMap<string, Qwords>;
  readonly cd: ReadonlyMap<string, Qwords>;
}

export interface RecordedCommand {
  readonly q: Qwords;
  /** What was noticed in memory at it. */
  readonly memory: Memory;
  readonly ms: number;
  /** The capture says when it came. */
  readonly timed: boolean;
  /** The command that a CMD_SYNC waits for; itself for all others. */
  readonly with: RecordedCommand;
}

/** Milliseconds that only a reset waits: two sleeps of 10 in a PM reset, 100 in an FLR. */
export const RESET_WAIT = 15;

export const sidText = (sid: number | bigint) => `0x${sid.toString(16)}`;

/** The field of a command's format, if it has one of that name. */
const fieldOf = (q: Qwords, name: string): Field | undefined => formatOf(q)[name];

export const isSync = (q: Qwords) => Number(q[0] & 0xffn) === OPCODES.CMD_SYNC;

/** The StreamID that a command is for, "" for none. */
export function sidOf(q: Qwords): string {
  const field = fieldOf(q, "SID");
  return field === undefined ? "" : sidText(get(q, field));
}

/**
 * The tag that an invalidation is for. Of two the driver writes, one is 0: stage 1 has VMID 0, stage 2 no ASID.
 */
export function tagOf(q: Qwords): { readonly space: "ASID" | "VMID"; readonly field: Field } | undefined {
  if (!commandName(q).startsWith("TLBI")) return undefined;
  for (const space of ["ASID", "VMID"] as const) {
    const field = fieldOf(q, space);
    if (field !== undefined) return { space, field };
  }
  return undefined;
}

/** Where a TLBI of some addresses begins, and whether it is of pages only; without `leaf` tables went as well. */
export function rangeIn(q: Qwords): { readonly iova: bigint; readonly leaf: boolean } | undefined {
  const { LEAF, VA } = FORMATS.TLBI_NH_VA.fields;
  if (tagOf(q) === undefined || (fieldOf(q, "VA") ?? fieldOf(q, "IPA")) === undefined) return undefined;
  return { iova: get(q, VA), leaf: get(q, LEAF) === 1n };
}

/** "CFGI_STE 0x100", "TLBI_NH_ASID ASID 7" */
export function commandText(q: Qwords): string {
  const tag = tagOf(q);
  return [commandName(q), sidOf(q), tag === undefined ? "" : `${tag.space} ${get(q, tag.field)}`]
    .filter((x) => x !== "")
    .join(" ");
}

/** Memory at rest: what is not watched there is as it was. */
export function atRest(rest: Rest, before: Memory = { ste: new Map(), cd: new Map() }): Memory {
  const ste = new Map(before.ste);
  const cd = new Map(before.cd);
  for (const [sid, entry] of Object.entries(rest)) {
    ste.set(sid, qwordsOf(entry.ste));
    if (entry.cd0 != null) cd.set(sid, qwordsOf(entry.cd0));
  }
  return { ste, cd };
}

/** A scenario's commands. */
export function recordedCommands(scenario: CaptureScenario, start: Memory): { list: RecordedCommand[]; end: Memory } {
  const list: RecordedCommand[] = [];
  let memory = start;
  for (const t of scenario.trace) {
    if (t.cmd === undefined) {
      const sid = t.sid ?? "";
      if (t.ste !== undefined) memory = { ...memory, ste: new Map(memory.ste).set(sid, qwordsOf(t.ste)) };
      else if (t.cd !== undefined && (t.ssid ?? 0) === 0)
        memory = { ...memory, cd: new Map(memory.cd).set(sid, qwordsOf(t.cd)) };
      continue;
    }
    const q = qwordsOf(t.cmd);
    const last = list.at(-1);
    const command = { q, memory, ms: t.ms ?? last?.ms ?? 0, timed: t.ms != null };
    list.push(isSync(q) && last !== undefined ? { ...command, with: last.with } : alone(command));
  }
  return { list, end: memory };
}

function alone(command: Omit<RecordedCommand, "with">): RecordedCommand {
  const own = { ...command, with: undefined as unknown as RecordedCommand };
  own.with = own;
  return own;
}

/** The longest common order of two lists: what belongs together, and what only one side has. */
export function align<A, B>(as: readonly A[], bs: readonly B[], same: (a: A, b: B) => boolean) {
  const pairs: [A | undefined, B | undefined][] = [];
  let first = 0;
  for (; first < as.length && first < bs.length && same(as[first] as A, bs[first] as B); first++)
    pairs.push([as[first], bs[first]]);
  let m = as.length;
  let n = bs.length;
  const tail: [A | undefined, B | undefined][] = [];
  for (; m > first && n > first && same(as[m - 1] as A, bs[n - 1] as B); m--, n--) tail.push([as[m - 1], bs[n - 1]]);
  const width = n - first + 1;
  const best = new Uint32Array((m - first + 1) * width);
  const at = (i: number, j: number) => best[(i - first) * width + (j - first)] ?? 0;
  for (let i = m - 1; i >= first; i--) {
    for (let j = n - 1; j >= first; j--)
      best[(i - first) * width + (j - first)] = same(as[i] as A, bs[j] as B)
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
  }
  for (let i = first, j = first; i < m || j < n; ) {
    if (i < m && j < n && same(as[i] as A, bs[j] as B)) pairs.push([as[i++], bs[j++]]);
    else if (j >= n || (i < m && at(i + 1, j) >= at(i, j + 1))) pairs.push([as[i++], undefined]);
    else pairs.push([undefined, bs[j++]]);
  }
  return [...pairs, ...tail.reverse()];
}
