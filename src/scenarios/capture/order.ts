/**
 * The commands of one part in one scenario, laid side by side, with V through each change of an entry, the CMD_SYNC after
 * it and the tables at it; and the tables in the middle of each reset.
 */
import { align, type Memory, type ModelRun, merged, modelRuns, type RecordedRun, RESET_WAIT } from "./commands.ts";
import { type Entries, type Fault, leads } from "./entries.ts";
import type { ModelTables, PlayEvent } from "./machine.ts";
import type { Played } from "./play.ts";

export interface Recorded {
  readonly runs: readonly RecordedRun[];
  /** Memory at the scenario's start and at its end. */
  readonly start: Memory;
  readonly end: Memory;
  /** StreamIDs that are watched in the middle of a reset. */
  readonly watched: readonly string[];
}

export interface Modelled {
  readonly events: readonly PlayEvent[];
  readonly start: ModelTables;
  readonly played: readonly Played[];
}

const runText = (run: { readonly name: string; readonly sid: string; readonly tag?: string }) =>
  [run.name, run.sid, run.tag ?? ""].filter((x) => x !== "").join(" ");

/** Runs that stand together and are about the same entry; everything but CFGI stands alone. */
function clusters<R extends { readonly name: string; readonly sid: string; readonly ssid: number }>(
  runs: readonly R[],
): R[][] {
  const found: R[][] = [];
  for (const run of runs) {
    const open = found.at(-1)?.[0];
    const joins = run.name.startsWith("CFGI_") && open !== undefined && sameEntry(open, run);
    if (joins) found.at(-1)?.push(run);
    else found.push([run]);
  }
  return found;
}

const sameEntry = (
  a: { readonly name: string; readonly sid: string; readonly ssid: number },
  b: { readonly name: string; readonly sid: string; readonly ssid: number },
) => a.name === b.name && a.sid === b.sid && a.ssid === b.ssid;

/** Compares commands in order and the tables at each. */
export function compareOrder(entries: Entries, recorded: Recorded, modelled: Modelled): void {
  const { tally } = entries;
  const row = "commands in order";
  const { events, played } = modelled;
  const mine = modelRuns(events, modelled.start, (device) => entries.sidOf(device));
  const pairs = align(clusters(recorded.runs), clusters(mine), (a, b) =>
    sameEntry(a[0] as RecordedRun, b[0] as ModelRun),
  );
  const mapped = new Set(played.filter((p) => p.maps > 0).map((p) => entries.domainName(p.maps)));
  let passed = 0;
  let seen: RecordedRun | undefined;
  let unpaired: RecordedRun | undefined;

  /** What happened in the model up to one of its events; `next` is the recorded command that comes after it. */
  const pass = (upTo: number, next: RecordedRun | undefined) => {
    for (; passed < upTo; passed++) {
      const e = events[passed];
      if (e?.kind === "freed") entries.free([e]);
      else if (e?.kind === "warn") tally.different(row, "a WARN", "none", e.site);
      else if (e?.kind === "in reset") {
        const now = next === undefined ? recorded.end : (seen?.tables ?? recorded.start);
        entries.compareMemory(["STE during a reset", "CD during a reset"], "in reset", recorded.watched, now, e.tables);
        if (e.resets === 1 && seen !== undefined && next !== undefined && next.from - seen.to < RESET_WAIT)
          tally.different(row, runText(next), "before the reset's wait", "after it");
      }
    }
  };
  const compare = (r: RecordedRun, m: ModelRun) => {
    pass(m.at, r);
    compareRun(entries, r, m);
    seen = r;
  };
  const only = (r: RecordedRun) => {
    // a map may invalidate its own domain: TLBI, then its ATC_INVs
    const own = (run: RecordedRun | undefined) => run?.name === "TLBI" && mapped.has(nameOfTag(entries, run.tag));
    const excused = r.synced && (own(r) || (r.name === "ATC_INV" && seen === unpaired && own(seen)));
    if (excused) tally.notModelled(row, `${r.name} of a map`, r.count);
    else tally.different(row, `at ${r.from} ms`, runText(r), "nothing");
    unpaired = r;
    seen = r;
  };
  pairs.forEach(([rs, ms], i) => {
    if (rs !== undefined && ms !== undefined) {
      // a stall of the emulator, or operations without a pause, may cut one side where the other is whole
      if (rs.length === ms.length) rs.forEach((r, k) => compare(r, ms[k] as ModelRun));
      else {
        compare(
          merged(rs, ({ from, known }) => ({ from, known })),
          merged(ms, () => ({})),
        );
      }
    } else if (rs !== undefined) rs.forEach(only);
    else if (ms !== undefined) {
      const next = pairs.slice(i).find(([r]) => r !== undefined)?.[0]?.[0];
      for (const m of ms) {
        pass(m.at, next);
        tally.different(row, seen === undefined ? "before all" : `after ${runText(seen)}`, "nothing", runText(m));
      }
    }
  });
  pass(events.length, undefined);
}

function compareRun(entries: Entries, r: RecordedRun, m: ModelRun): void {
  const where = `${runText(r)} at ${r.from} ms`;
  if (r.count !== m.count) {
    const what = r.name.startsWith("CFGI_")
      ? "CFGI for each group of qwords of an entry: the model writes it at once, or V first"
      : `${r.name} repeated for the pages of one range`;
    entries.tally.notModelled(null, what, Math.abs(r.count - m.count));
  }
  entries.say("commands in order", where, runFault(entries, r, m));
  for (const { sid } of entries.part.devices) {
    const ste = r.tables.ste.get(sid);
    if (ste !== undefined) entries.compareSte("STE at a command", `STE ${sid}, ${where}`, sid, ste, m.tables);
    const cd = r.tables.cd.get(sid);
    const written = r.name === "CFGI_CD" && r.sid === sid && r.ssid === 0;
    if (cd !== undefined && (leads(ste) || written))
      entries.compareCd("CD at a command", `CD 0 of ${sid}, ${where}`, sid, cd, m.tables);
    else if (written)
      entries.tally.notModelled("CD at a command", "a CD of a new table, which the capture cannot see yet");
  }
}

/** The domain whose ASID or VMID it is. */
function nameOfTag(entries: Entries, tag: string): string {
  const [space = "", value = ""] = tag.split(" ");
  return (space === "ASID" || space === "VMID" ? entries.names.objectOf(space, value) : undefined) ?? "";
}

function runFault(entries: Entries, r: RecordedRun, m: ModelRun): Fault {
  if (r.name === "TLBI") {
    const name = entries.domainName(m.domain);
    const [space = "", value = ""] = r.tag.split(" ");
    if (space !== "ASID" && space !== "VMID") return ["TLBI of everything", `TLBI of ${name}`];
    const why = entries.names.bind(space, value, name);
    if (why !== "") return [`TLBI of ${r.tag}`, `TLBI of ${why}`];
  }
  if (r.synced !== m.synced)
    return [r.synced ? "a CMD_SYNC after it" : "no CMD_SYNC", m.synced ? "a CMD_SYNC after it" : "no CMD_SYNC"];
  if (r.known && r.v.join() !== m.v.join()) return [`V goes ${r.v.join(", ")}`, `V goes ${m.v.join(", ")}`];
  return undefined;
}
