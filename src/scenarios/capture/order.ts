/**
 * The commands of one part in one scenario, laid side by side, both qwords of each, and the tables at it; and the tables
 * in the middle of each reset.
 */
import { FORMATS } from "../../hw/command-fields.ts";
import { commandName } from "../../hw/queue-words.ts";
import type { Qwords } from "../../hw/fields.ts";
import { align, commandText, isSync, type Memory, type RecordedCommand, RESET_WAIT, sidOf, tagOf } from "./commands.ts";
import type { Entries, Fault } from "./entries.ts";
import type { ModelTables, PlayEvent } from "./machine.ts";
import type { Played } from "./play.ts";

export interface Recorded {
  readonly commands: readonly RecordedCommand[];
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

type Command = Extract<PlayEvent, { kind: "command" }>;

/** Whether they are laid side by side; whether they are equal is asked after that. */
const alike = (a: Qwords, b: Qwords) => commandName(a) === commandName(b) && sidOf(a) === sidOf(b);

/** Compares commands in order and the tables at each. */
export function compareOrder(entries: Entries, recorded: Recorded, modelled: Modelled): void {
  const { tally } = entries;
  const row = "commands in order";
  const { events } = modelled;
  const mine = events.flatMap((e, at) => (e.kind === "command" ? [{ ...e, at }] : []));
  const pairs = align(recorded.commands, mine, (a, b) => alike(a.q, b.q));
  let passed = 0;
  let seen: RecordedCommand | undefined;

  /** What happened in the model up to one of its events; `next` is the recorded command that comes after it. */
  const pass = (upTo: number, next: RecordedCommand | undefined) => {
    for (; passed < upTo; passed++) {
      const e = events[passed];
      if (e?.kind === "freed") entries.free([e]);
      else if (e?.kind === "warn") tally.different(row, "a WARN", "none", e.site);
      else if (e?.kind === "in reset") {
        const now = next === undefined ? recorded.end : (seen?.memory ?? recorded.start);
        entries.compareMemory(["STE during a reset", "CD during a reset"], "in reset", recorded.watched, now, e.tables);
        if (e.resets === 1 && seen !== undefined && next?.timed === true && next.ms - seen.ms < RESET_WAIT)
          tally.different(row, commandText(next.q), "before the reset's wait", "after it");
      }
    }
  };
  pairs.forEach(([r, m], i) => {
    if (r !== undefined && m !== undefined) {
      pass(m.at, r);
      const where = `${commandText(r.q)} at ${r.ms} ms`;
      entries.say(row, where, commandFault(entries, r.q, m));
      entries.compareMemory(["STE at a command", "CD at a command"], `at ${where}`, sids(entries), r.memory, m.tables);
      seen = r;
    } else if (r !== undefined) {
      tally.different(row, `at ${r.ms} ms`, `${commandText(r.q)}: ${hex(r.q)}`, "nothing");
      seen = r;
    } else if (m !== undefined) {
      pass(m.at, pairs.slice(i).find(([next]) => next !== undefined)?.[0]);
      const where = seen === undefined ? "before all" : `after ${commandText(seen.q)} at ${seen.ms} ms`;
      tally.different(row, where, "nothing", `${commandText(m.q)}: ${hex(m.q)}`);
    }
  });
  pass(events.length, undefined);
}

const hex = (q: Qwords) => q.map((x) => x.toString(16).padStart(16, "0")).join(" ");
const sids = (entries: Entries) => entries.part.devices.map((d) => d.sid);

function commandFault(entries: Entries, r: Qwords, m: Command): Fault {
  const tag = m.domain > 0 ? tagOf(m.q) : undefined;
  if (tag !== undefined) return entries.fault(r, m.q, [{ ...tag, object: entries.domainName(m.domain) }]);
  // a message of a CMD_SYNC goes to the command's own place in the queue
  return entries.fault(r, m.q, isSync(m.q) ? [{ field: FORMATS.CMD_SYNC.fields.MSIADDR, space: "", object: "" }] : []);
}
