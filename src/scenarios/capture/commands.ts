/**
 * Commands of a capture and of the model, brought to one form and laid side by side.
 *
 * The model writes an entry in one statement, or two where V has to go first; the driver sends a CFGI for every group of
 * qwords. So a row of CFGI for one entry is one run on both sides, with the values that V takes through it. A run also
 * has the commands of one batch for one addressee. PREFETCH_CFG is left out.
 */
import { decodeCd, decodeCommand, decodeSte, type RecordedCd, type RecordedSte } from "./bits.ts";
import type { ModelTables, PlayEvent } from "./machine.ts";
import type { CaptureScenario, Rest } from "./read.ts";

/** Entries in memory, by StreamID; undefined where nobody has seen one. */
export interface Memory {
  readonly ste: ReadonlyMap<string, RecordedSte>;
  readonly cd: ReadonlyMap<string, RecordedCd>;
}

export interface Run<Tables> {
  /** CFGI_STE, CFGI_CD, TLBI, ATC_INV, or a name that the model has no command for. */
  readonly name: string;
  readonly sid: string;
  readonly ssid: number;
  /** How many commands it stands for. */
  count: number;
  /** A CMD_SYNC follows each CFGI, and the last command of everything else. */
  synced: boolean;
  /** Values of V in the entry through a run of CFGI, each once, from before its first command. */
  v: number[];
  /** After its last command. */
  tables: Tables;
}

export interface RecordedRun extends Run<Memory> {
  /** "ASID 7", "VMID 1" or "" for all. */
  readonly tag: string;
  /** V was known before its first command. */
  readonly known: boolean;
  /** Milliseconds of its first and last command. */
  readonly from: number;
  to: number;
}

export interface ModelRun extends Run<ModelTables> {
  /** Whose tag a TLBI flushes. */
  readonly domain: number;
  /** Where in the events it ends. */
  readonly at: number;
}

/** Milliseconds that only a reset waits: two sleeps of 10 in a PM reset, 100 in an FLR. */
export const RESET_WAIT = 15;

const sidText = (sid: number) => `0x${sid.toString(16)}`;
const isCfgi = (name: string) => name === "CFGI_STE" || name === "CFGI_CD";

/** What is known of the memory when a scenario begins. */
export function memoryOf(...rests: readonly Rest[]): Memory {
  const ste = new Map<string, RecordedSte>();
  const cd = new Map<string, RecordedCd>();
  for (const rest of rests) {
    for (const [sid, entry] of Object.entries(rest)) {
      ste.set(sid, decodeSte(entry.ste));
      if (entry.cd0 != null) cd.set(sid, decodeCd(entry.cd0));
      else cd.delete(sid);
    }
  }
  return { ste, cd };
}

/** A scenario's commands as runs, the memory at each, how many of what was left out, and the memory at the end. */
export function recordedRuns(
  scenario: CaptureScenario,
  start: Memory,
): { runs: RecordedRun[]; left: Map<string, number>; end: Memory } {
  const runs: RecordedRun[] = [];
  const left = new Map<string, number>();
  const unsynced = new Set<RecordedRun>();
  let memory = start;
  let last: "run" | "sync" | "none" = "none";
  const vOf = (name: string, sid: string) => (name === "CFGI_STE" ? memory.ste.get(sid) : memory.cd.get(sid))?.V;
  let before = memory;
  for (const t of scenario.trace) {
    if (t.cmd === undefined) {
      const sid = t.sid ?? "";
      if (t.ste !== undefined) memory = { ...memory, ste: new Map(memory.ste).set(sid, decodeSte(t.ste)) };
      else if (t.cd !== undefined && (t.ssid ?? 0) === 0)
        memory = { ...memory, cd: new Map(memory.cd).set(sid, decodeCd(t.cd)) };
      continue;
    }
    const command = decodeCommand(t.cmd);
    const open = runs.at(-1);
    if (command.name === "SYNC") {
      if (last === "run" && open !== undefined) open.synced = !unsynced.has(open);
      else
        runs.push({
          name: "SYNC",
          sid: "",
          ssid: 0,
          tag: "",
          known: false,
          count: 1,
          synced: true,
          v: [],
          tables: memory,
          from: t.ms ?? 0,
          to: t.ms ?? 0,
        });
      last = "sync";
      continue;
    }
    if (command.name === "PREFETCH_CFG") {
      left.set(command.name, (left.get(command.name) ?? 0) + 1);
      last = "none";
      continue;
    }
    const name = command.name.startsWith("TLBI_") ? "TLBI" : command.name;
    const sid = isCfgi(name) || name === "ATC_INV" ? sidText(command.sid) : "";
    const same = open?.name === name && open.sid === sid && open.ssid === command.ssid && open.tag === command.tag;
    // CFGI by CFGI with a CMD_SYNC between them, everything else in one batch
    const waited = (t.ms ?? 0) - (open?.to ?? 0) >= RESET_WAIT;
    const goesOn = same && !waited && (isCfgi(name) ? last === "sync" || last === "run" : last === "run");
    const v = vOf(name, sid);
    if (goesOn && open !== undefined) {
      if (isCfgi(name) && last === "run") unsynced.add(open);
      if (isCfgi(name)) open.synced = false;
      open.count++;
      if (isCfgi(name) && v !== undefined && open.v.at(-1) !== v) open.v.push(v);
      open.tables = memory;
      open.to = t.ms ?? 0;
    } else {
      const old = name === "CFGI_STE" ? before.ste.get(sid)?.V : before.cd.get(sid)?.V;
      const through = !isCfgi(name) ? [] : [old, v].filter((x): x is number => x !== undefined);
      runs.push({
        name,
        sid,
        ssid: command.ssid,
        tag: command.tag,
        known: old !== undefined && v !== undefined,
        count: 1,
        synced: false,
        v: through.filter((x, i) => x !== through[i - 1]),
        tables: memory,
        from: t.ms ?? 0,
        to: t.ms ?? 0,
      });
    }
    before = memory;
    last = "run";
  }
  return { runs, left, end: memory };
}

/** The model's commands as runs. */
export function modelRuns(
  events: readonly PlayEvent[],
  start: ModelTables,
  sidOf: (device: number) => string,
): ModelRun[] {
  const runs: ModelRun[] = [];
  let before = start;
  let adjacent = false;
  events.forEach((e, at) => {
    if (e.kind === "in reset" || e.kind === "issued") adjacent = false;
    if (e.kind !== "command") return;
    const sid = e.name === "TLBI" ? "" : sidOf(e.device);
    const vOf = (tables: ModelTables) =>
      (e.name === "CFGI_STE" ? tables.ste[e.device]?.V : tables.cd[e.device]?.V) ?? 0;
    const open = runs.at(-1);
    const same = open?.name === e.name && open.sid === sid && open.ssid === e.ssid && open.domain === e.domain;
    if (adjacent && same && open !== undefined && isCfgi(e.name)) {
      open.count++;
      open.synced = open.synced && e.sync;
      if (open.v.at(-1) !== vOf(e.tables)) open.v.push(vOf(e.tables));
      open.tables = e.tables;
    } else {
      const through = isCfgi(e.name) ? [vOf(before), vOf(e.tables)] : [];
      runs.push({
        name: e.name,
        sid,
        ssid: e.ssid,
        domain: e.domain,
        count: 1,
        synced: e.sync,
        v: through.filter((x, i) => x !== through[i - 1]),
        tables: e.tables,
        at,
      });
    }
    before = e.tables;
    adjacent = true;
  });
  return runs;
}

/** Runs of one entry as a single one, which ends like the last of them; `keep` is what stays of the first. */
export function merged<R extends Run<unknown>>(runs: readonly R[], keep: (first: R) => Partial<R>): R {
  const v = runs.flatMap((run) => run.v);
  return {
    ...(runs.at(-1) as R),
    ...keep(runs[0] as R),
    count: runs.reduce((n, run) => n + run.count, 0),
    synced: runs.every((run) => run.synced),
    v: v.filter((x, i) => x !== v[i - 1]),
  };
}

/** The longest common order of two lists: what belongs together, and what only one side has. */
export function align<A, B>(as: readonly A[], bs: readonly B[], same: (a: A, b: B) => boolean) {
  const best = Array.from({ length: as.length + 1 }, () => Array.from({ length: bs.length + 1 }, () => 0));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  for (let i = as.length - 1; i >= 0; i--) {
    for (let j = bs.length - 1; j >= 0; j--) {
      const row = best[i] as number[];
      row[j] = same(as[i] as A, bs[j] as B) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [A | undefined, B | undefined][] = [];
  for (let i = 0, j = 0; i < as.length || j < bs.length; ) {
    if (i < as.length && j < bs.length && same(as[i] as A, bs[j] as B)) pairs.push([as[i++], bs[j++]]);
    else if (j >= bs.length || (i < as.length && at(i + 1, j) >= at(i, j + 1))) pairs.push([as[i++], undefined]);
    else pairs.push([undefined, bs[j++]]);
  }
  return pairs;
}
