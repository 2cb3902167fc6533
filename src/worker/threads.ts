/** Threads as the page shows them: what each does, its call stack with listings, its locks and what it waits for. */
import { callers, opKinds, opTitle, resultText } from "../kernel/ops.ts";
import { nextStatement } from "../kernel/properties/before.ts";
import { fill } from "../kernel/words.ts";
import { type LinkedProc, OP } from "../sim/link.ts";
import { FINISHED, OOPS } from "../sim/step.ts";
import type { Play, Trace } from "../scenarios/play.ts";
import { elsewhere } from "./branches.ts";
import { leftIn } from "./changes.ts";
import type { Line, LineState, Listing, LockView, ThreadView } from "./protocol.ts";

interface Executed {
  /** 0 where it rode along before the first step. */
  readonly step: number;
  readonly text: string;
  ret?: string;
}

/** One call of a procedure, with what it executed so far. */
interface Activation {
  readonly proc: number;
  /** Its parameters. */
  readonly args: readonly number[];
  readonly lines: Map<number, Executed>;
  last: number;
}

interface History {
  readonly stack: Activation[];
  /** The outermost call of the last finished operation. */
  ended?: Activation;
  /** Steps at which a lock was taken last. */
  readonly taken: Map<number, number>;
  /** What each operation returned, in order; fewer than there are where the run ends before. */
  readonly results: number[];
}

/** Rebuilds the call stacks, with their executed lines, and the results from what the steps recorded up to the position. */
export function histories(play: Play): History[] {
  const { table, world } = play.model;
  const all: History[] = [];
  const of = (thread: number): History => {
    for (let i = all.length; i <= thread; i++) all.push({ stack: [], taken: new Map(), results: [] });
    return all[thread] as History;
  };
  const add = (thread: number, step: number, traces: readonly Trace[]) => {
    const history = of(thread);
    for (const trace of traces) {
      const top = history.stack.at(-1);
      if (trace.kind === "call") {
        const { proc, args } = trace;
        history.stack.push({ proc, args, lines: new Map(), last: -1 });
      } else if (trace.kind === "op") {
        top?.lines.set(trace.pc, { step, text: trace.text + trace.answer });
        if (top !== undefined) top.last = trace.pc;
      } else if (trace.kind === "lock") {
        if (trace.take) history.taken.set(trace.lock, step);
      } else if (trace.kind === "return") {
        const done = history.stack.pop();
        const caller = history.stack.at(-1);
        const proc = table.procs[trace.proc] as LinkedProc;
        if (caller === undefined) {
          history.ended = done;
          history.results.push(trace.value);
        } else {
          const op = table.procs[caller.proc]?.ops[caller.last];
          const line = caller.lines.get(caller.last);
          const variable = table.procs[caller.proc]?.variables[op?.variable ?? -1];
          if (line !== undefined && !proc.isVoid && variable !== undefined) {
            line.ret = fill(world, `{${variable}}`, { [variable]: trace.value });
          }
        }
      }
    }
  };
  play.opening.forEach((traces, thread) => add(thread, 0, traces));
  play.records.slice(0, play.position).forEach((record, i) => add(record.thread, i + 1, record.trace));
  return all;
}

/** A question that was not answered yet ends with its question mark. */
const asked = (text: string) => text.replace(/\? \{\w+:yes\}$/, "?");

/** The errno of a return stands at the right of its line, and not in the line as well. */
function saidOnce(text: string, ret: string | undefined): string {
  return ret !== undefined && text.startsWith(`return ${ret}`) ? `return${text.slice(`return ${ret}`.length)}` : text;
}

/** What a changed statement begins with in the table; the page marks it instead. */
const CHANGED = /^(dropped|always): /;

/** The listing of one activation; `pc` is where it stands, -1 when it has returned. */
function listing(
  play: Play,
  activation: Activation,
  pc: number,
  top: boolean,
  locals: Record<string, number> | null,
  ran: boolean,
): Listing {
  const { table, world } = play.model;
  const proc = table.procs[activation.proc] as LinkedProc;
  const lines: Line[] = [];
  /** Heads of second branches, with the operation at which the branch ends. */
  const heads: { readonly at: number; readonly end: number }[] = [];
  // a local that is still 0 was not read yet: its name stands there, not a NULL that nobody has seen; a parameter was given
  const given = new Set(proc.variables.slice(0, proc.arity));
  // a call that is over has its parameters left
  const values = locals ?? Object.fromEntries(activation.args.map((value, i) => [proc.variables[i] as string, value]));
  const known = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== 0 || given.has(name)));
  const left = leftIn(play.model, proc.name);
  const leftOut = elsewhere(proc, world);
  let statement = -1;
  proc.ops.forEach((op, i) => {
    while (heads.length > 0 && i >= (heads.at(-1)?.end ?? 0)) closeBranch(lines, heads.pop()?.at ?? 0);
    if (op.otherwise && !leftOut.has(i)) {
      heads.push({ at: lines.length, end: op.to });
      lines.push({ text: "else", depth: op.depth, state: "todo", local: true, head: true });
    }
    if (op.text === "") return;
    statement++;
    const is = left?.[statement]?.is ?? "";
    const executed = activation.lines.get(i);
    const visible = ![OP.LOCAL, OP.BRANCH_LOCAL, OP.NEXT_LOCAL, OP.CALL, OP.RETURN].includes(op.kind as never);
    let state: LineState;
    if (i === pc && top) state = "next";
    else if (i === pc) state = "now";
    else if (executed !== undefined) state = ran && executed.step === play.position && visible ? "now" : "done";
    else state = pc >= 0 && i > pc ? "todo" : "skipped";
    const ret =
      executed?.ret ??
      (op.kind === OP.RETURN && executed !== undefined && /return -/.test(executed.text)
        ? executed.text.replace(/^return (-\w+).*/, "$1")
        : undefined);
    const text =
      executed !== undefined && state !== "next" ? saidOnce(executed.text, ret) : fill(world, asked(op.text), known);
    lines.push({
      text: text.replace(CHANGED, ""),
      depth: op.depth,
      state,
      local: !visible,
      ...(executed !== undefined && executed.step > 0 ? { step: executed.step } : {}),
      ...(ret !== undefined ? { ret } : {}),
      ...(is !== "" ? { changed: is } : {}),
      ...(leftOut.has(i) ? { elsewhere: true } : {}),
    });
  });
  return { proc: proc.name, file: proc.source.file, lines };
}

/** The head of a branch whose lines are all there stands as they do; a branch without lines needs no head. */
function closeBranch(lines: Line[], at: number): void {
  const [head, ...branch] = lines.slice(at);
  const first = branch.find((line) => !line.head);
  if (head === undefined || first === undefined) {
    lines.length = at;
    return;
  }
  const reached = branch.some(({ state }) => state === "done" || state === "now" || state === "next");
  lines[at] = { ...head, state: reached ? "done" : first.state };
}

const LOCK_NAMES: Readonly<Record<string, string>> = {
  group_mutex: "`group->mutex` of {group}",
  asid_lock: "`arm_smmu_asid_lock`",
  devices_lock: "`devices_lock` of {domain}",
  invs_rwlock: "`invs->rwlock` of {domain}",
  device_lock: "the device lock of {dev}",
  memory_lock: "`memory_lock` of {dev}",
  bridge_lock: "the lock of the upstream bridge",
  dev_set_lock: "`dev_set->lock` of {group}",
  igroup_lock: "`igroup->lock` of {group}",
  streams_mutex: "`streams_mutex`",
  sva_lock: "`iommu_sva_lock`",
  iopf_lock: "the lock of the page request queue",
  param_lock: "`dev->iommu->lock` of {dev}",
  fault_lock: "`fault_param->lock` of {dev}",
  vdevs_lock: "the lock of the vSMMU's vDEVICEs",
  xa_lock: "`xa_lock` of {group}",
};

/** A lock in words, with the object it belongs to. */
export function lockName(play: Play, lock: number): string {
  const placed = play.machine.layout.locks[lock];
  if (placed === undefined) return "?";
  const { index } = placed;
  const { world } = play.model;
  const home = world.invs.home.indexOf(index);
  const ofArray = home > 0 ? home : play.machine.state.invs[index]?.domain;
  const domain = placed.name === "invs_rwlock" ? (ofArray ?? 0) : index;
  return fill(world, LOCK_NAMES[placed.name] ?? placed.name, { group: index, domain, dev: index });
}

function locksOf(play: Play, thread: number, taken: ReadonlyMap<number, number>): LockView[] {
  const held: LockView[] = [];
  play.machine.layout.locks.forEach((_lock, i) => {
    const mine = play.machine.owner(i) === thread + 1 || ((play.machine.readers(i) >> thread) & 1) === 1;
    if (mine) held.push({ name: lockName(play, i), since: taken.get(i) ?? 0 });
  });
  return held.sort((a, b) => a.since - b.since);
}

/** Before the statement that cannot go on yet, where what it waits for is no lock. */
const WAITS = { sleeps: "asleep: ", polls: "polls: ", rests: "at rest: " } as const;

export function threadViews(play: Play): ThreadView[] {
  const { machine, model } = play;
  const all = histories(play);
  const ran = play.records[play.position - 1]?.thread ?? -1;
  return machine.programs.map((_program, t): ThreadView => {
    const ops = play.ops[t] ?? [];
    const history = all[t];
    const status = machine.status(t);
    const at = Math.min(machine.rootIndex(t), ops.length - 1);
    const current = ops[at];
    const kind = current === undefined ? undefined : opKinds[current.kind];
    const caller = kind === undefined ? undefined : callers[kind.caller];
    const frames = machine.frames(t);
    const stack = frames.flatMap((frame, i) => {
      const activation = history?.stack[i];
      if (activation === undefined) return [];
      const top = i === frames.length - 1 && status !== OOPS;
      return [listing(play, activation, frame.pc, top, machine.localsOf(t, frame.offset), ran === t)];
    });
    if (stack.length === 0 && history?.ended !== undefined) {
      stack.push(listing(play, history.ended, -1, false, null, ran === t));
    }
    const outcomes = machine.outcomes(t);
    const blocked = outcomes === 0 && status !== FINISHED && status !== OOPS;
    const lock = blocked ? machine.lockOf(t) : -1;
    const holder = lock >= 0 ? machine.owner(lock) : 0;
    const heldBy = lock < 0 ? "" : holder > 0 ? `CPU${holder - 1}` : "readers";
    const how = blocked && lock < 0 ? machine.next(t).how : "";
    const waitsFor = () =>
      how === "" ? `waits for ${lockName(play, lock)}, held by ${heldBy}` : WAITS[how] + nextStatement(machine, t);
    const next = outcomes > 1 ? machine.next(t) : undefined;
    const note = status === OOPS ? "went through NULL or a freed object" : blocked ? waitsFor() : undefined;
    return {
      id: t + 1,
      // an SMMU and its interrupt run on no CPU; but every sentence numbers threads like CPUs
      name: caller?.id === "the hardware" ? `CPU${t} (${model.world.smmu[current?.args[0] ?? 0]?.name})` : `CPU${t}`,
      title: current === undefined ? "" : opTitle(current, model.world),
      caller: caller?.id ?? "",
      callerNote: caller?.note ?? "",
      status: status === OOPS ? "oops" : status === FINISHED ? "finished" : blocked ? "blocked" : "ready",
      ...(note !== undefined ? { statusNote: note } : {}),
      ...(heldBy === "" ? {} : { heldBy }),
      ...(how === "" ? {} : { waiting: how }),
      ops: ops.map((op, i) => {
        const value = history?.results[i];
        const result = value === undefined ? "" : resultText(op, model.world, value);
        return {
          title: opTitle(op, model.world),
          state: value !== undefined ? "done" : i === machine.rootIndex(t) ? "now" : "todo",
          ...(result !== "" ? { result } : {}),
        };
      }),
      stack,
      locks: locksOf(play, t, history?.taken ?? new Map()),
      outcomes: next === undefined ? ["go on"].slice(0, outcomes) : [...next.labels],
    };
  });
}
