/**
 * Toggles: a design or a world with one thing changed, as words that travel in a link behind the design and its options.
 *
 *     drop-PROCEDURE-STATEMENT            without the statement; a lock goes with its unlocks, a check never fires
 *     always-PROCEDURE-STATEMENT          the statement's condition is taken for true
 *     before-PROCEDURE-STATEMENT-OTHER    the statement is moved before another one of the procedure, or after it
 *     after-PROCEDURE-STATEMENT-OTHER
 *     without-THREAD-OPERATION            without an operation of a thread, both counted from 0; a thread that has none
 *                                         left does not start
 *     move-THREAD-OPERATION-PLACE         an operation takes another place among those of its thread
 *
 * Statements are named by `src/sim/toggle.ts`. Initial attachments are made by the design as it is.
 */
import type { Op } from "../kernel/ops.ts";
import type { KernelState, World } from "../kernel/structs.ts";
import type { Procs } from "../sim/proc.ts";
import { type Change, changed, statementsOf, ToggleError } from "../sim/toggle.ts";

export type Toggle =
  | ({ readonly proc: string } & Change)
  | { readonly how: "without"; readonly thread: number; readonly op: number }
  | { readonly how: "move"; readonly thread: number; readonly op: number; readonly to: number };

/** Most toggles of one design. */
export const MAX_TOGGLES = 8;

/** A toggle as a word of [A-Za-z0-9_-]. */
export function toggleWord(toggle: Toggle): string {
  switch (toggle.how) {
    case "without":
      return `without-${toggle.thread}-${toggle.op}`;
    case "move":
      return `move-${toggle.thread}-${toggle.op}-${toggle.to}`;
    case "drop":
    case "always":
      return `${toggle.how}-${toggle.proc}-${toggle.at}`;
    default:
      return `${toggle.how}-${toggle.proc}-${toggle.at}-${toggle.other}`;
  }
}

/** Reads such a word; null if it is none. Whether it fits a model is not asked. */
export function readToggle(word: string): Toggle | null {
  const [how, first = "", second = "", third, ...more] = word.split("-");
  if (more.length > 0 || first === "" || second === "" || third === "") return null;
  const isNumber = (text: string | undefined) => text !== undefined && /^\d{1,2}$/.test(text);
  switch (how) {
    case "drop":
    case "always":
      return third === undefined ? { how, proc: first, at: second } : null;
    case "before":
    case "after":
      return third === undefined ? null : { how, proc: first, at: second, other: third };
    case "without":
      if (third !== undefined || !isNumber(first) || !isNumber(second)) return null;
      return { how, thread: Number(first), op: Number(second) };
    case "move":
      if (![first, second, third].every(isNumber)) return null;
      return { how, thread: Number(first), op: Number(second), to: Number(third) };
    default:
      return null;
  }
}

const isOfProc = (toggle: Toggle): toggle is { readonly proc: string } & Change => "proc" in toggle;

/** Procedures with what toggles change. Throws a ToggleError with a sentence's beginning for one that does not fit. */
export function toggledProcs(procs: Procs<KernelState, World>, toggles: readonly Toggle[]): Procs<KernelState, World> {
  const found: Record<string, Procs<KernelState, World>[string]> = {};
  for (const name of new Set(toggles.filter(isOfProc).map(({ proc }) => proc))) {
    const proc = procs[name];
    if (proc === undefined) throw new ToggleError(`there is no procedure "${name}"`);
    try {
      found[name] = changed(
        proc,
        toggles.filter(isOfProc).filter((toggle) => toggle.proc === name),
      );
    } catch (error) {
      if (error instanceof ToggleError) throw new ToggleError(`in \`${name}\` ${error.message}`);
      throw error;
    }
  }
  return found;
}

/** What the threads do with what toggles change; threads without any operation are left out. */
export function toggledPrograms(
  programs: readonly (readonly Op[])[],
  toggles: readonly Toggle[],
): readonly (readonly Op[])[] {
  const left: (Op | null)[][] = programs.map((ops) => [...ops]);
  // places are those of the world as it was written, so what is taken away leaves a gap until the end
  for (const toggle of toggles) {
    if (isOfProc(toggle)) continue;
    const ops = left[toggle.thread];
    const op = programs[toggle.thread]?.[toggle.op];
    if (ops === undefined) throw new ToggleError(`there is no CPU${toggle.thread}`);
    const at = op === undefined ? -1 : ops.indexOf(op);
    if (op === undefined || at < 0) throw new ToggleError(`CPU${toggle.thread} has no operation ${toggle.op}`);
    if (toggle.how === "without") ops[at] = null;
    else {
      if (toggle.to >= ops.length) throw new ToggleError(`CPU${toggle.thread} has no place ${toggle.to}`);
      ops.splice(at, 1);
      ops.splice(toggle.to, 0, op);
    }
  }
  return left.map((ops) => ops.filter((op) => op !== null)).filter((ops) => ops.length > 0);
}

/** One statement that can be toggled, with the words that do it. */
export interface Toggleable {
  readonly name: string;
  readonly text: string;
  readonly depth: number;
  /** Absent where that makes no sense. */
  readonly drop?: string;
  readonly always?: string;
  /** One place up or down in its block. */
  readonly up?: string;
  readonly down?: string;
}

/** What can be toggled in a procedure, statement by statement. */
export function toggleables(procs: Procs<KernelState, World>, name: string): Toggleable[] {
  const proc = procs[name];
  if (proc === undefined) return [];
  return statementsOf(proc).map(({ name: at, text, depth, hows, previous, following }) => ({
    name: at,
    text,
    depth,
    ...(hows.includes("drop") ? { drop: toggleWord({ how: "drop", proc: name, at }) } : {}),
    ...(hows.includes("always") ? { always: toggleWord({ how: "always", proc: name, at }) } : {}),
    ...(previous === "" ? {} : { up: toggleWord({ how: "before", proc: name, at, other: previous }) }),
    ...(following === "" ? {} : { down: toggleWord({ how: "after", proc: name, at, other: following }) }),
  }));
}

/** A toggle in words, for whoever reads what was checked. `procs` are those of the design as it is. */
export function toggleTitle(procs: Procs<KernelState, World>, toggle: Toggle): string {
  switch (toggle.how) {
    case "without":
      return `CPU${toggle.thread} without its operation ${toggle.op}`;
    case "move":
      return `operation ${toggle.op} of CPU${toggle.thread} at place ${toggle.to}`;
    default: {
      const proc = procs[toggle.proc];
      const statements = proc === undefined ? [] : statementsOf(proc);
      const said = (name: string) => statements.find((s) => s.name === name)?.text ?? name;
      const where = ` in \`${toggle.proc}\``;
      if ("other" in toggle) return `"${said(toggle.at)}" ${toggle.how} "${said(toggle.other)}"${where}`;
      return `${toggle.how === "drop" ? "without" : "always yes:"} "${said(toggle.at)}"${where}`;
    }
  }
}
