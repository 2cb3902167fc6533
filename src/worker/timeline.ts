/** The whole run over its steps: what each thread did, locks, calls, reset windows, commands to the SMMU. */
import { type Op, resultText } from "../kernel/ops.ts";
import type { Play, StepRecord, Trace } from "../scenarios/play.ts";
import type { TimelineStep, TimelineView } from "./protocol.ts";
import { lockName } from "./threads.ts";
import { windowsOf } from "./windows.ts";

type Open<T> = { -readonly [K in keyof T]: T[K] };
type Call = Open<TimelineView["calls"][number]>;
type Lock = Open<TimelineView["locks"][number]>;

interface Activation {
  readonly span: Call | null;
  /** What the last callee returned to it, if that was an errno. */
  passed: number;
}

const worthALabel =
  /^(iommu_(attach|detach|replace|dev_reset|group_store|unmap)|pci_dev_reset_iommu|iommufd_device|reset_store|vfio_pci_ioctl_reset|pcie_flr|dma|ats_request)/;

const said = new WeakMap<StepRecord, TimelineStep>();
/** What was sent and recorded, for the same reason by what tells of it. */
const sent = new WeakMap<Trace, readonly TimelineView["commands"][number][]>();
const recorded = new WeakMap<Trace, TimelineView["events"][number]>();

const digits = (q: bigint) => q.toString(16).padStart(16, "0");

/** The same object for the same trace. */
function once<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
  const there = known.get(key);
  if (there !== undefined) return there;
  const made = make();
  known.set(key, made);
  return made;
}

export function timeline(play: Play): TimelineView {
  const { records, model } = play;
  const { table, world } = model;
  const locks: Lock[] = [];
  const openLocks = new Map<string, Lock>();
  const calls: Call[] = [];
  const stacks = new Map<number, Activation[]>();
  const done = new Map<number, number>();
  const commands: TimelineView["commands"][number][] = [];
  const events: TimelineView["events"][number][] = [];
  /** Steps that return only what a callee had returned at an earlier step. */
  const passedOn = new Set<number>();
  const firstSteps = new Map<number, number>();
  records.forEach(({ thread, event }, i) => {
    if (event.kind === "choice" && !firstSteps.has(thread)) firstSteps.set(thread, i + 1);
  });

  /** The operation that a thread does as its n-th, also where the run has not got there. */
  const opOf = (thread: number, n: number): Op | undefined => {
    const given = model.programs[thread];
    if (given !== undefined) return given[n];
    const started = records.find((record) => record.thread === thread)?.event;
    return started?.kind === "start" ? started.what : undefined;
  };

  const takeLock = (step: number, thread: number, t: Extract<Trace, { kind: "lock" }>) => {
    const key = `${thread} ${t.lock}`;
    const open = openLocks.get(key);
    if (t.take) {
      const span = { from: Math.max(1, step), to: null, thread: thread + 1, lock: lockName(play, t.lock) };
      openLocks.set(key, span);
      locks.push(span);
    } else if (open !== undefined) {
      open.to = step;
      openLocks.delete(key);
    }
  };
  const enter = (step: number, thread: number, proc: number) => {
    const stack = stacks.get(thread) ?? [];
    stacks.set(thread, stack);
    const name = table.procs[proc]?.name ?? "";
    const from = step === 0 ? (firstSteps.get(thread) ?? 0) : step;
    const root = stack.length === 0;
    const worth = from > 0 && (root || worthALabel.test(name));
    const span: Call | null = worth ? { from, to: null, thread: thread + 1, proc: name, root } : null;
    if (span !== null) calls.push(span);
    stack.push({ span, passed: 0 });
  };
  /** Whether a return says an errno that no callee had said at an earlier step. */
  const leave = (step: number, thread: number, { proc, value }: Extract<Trace, { kind: "return" }>): boolean => {
    const stack = stacks.get(thread) ?? [];
    const ended = stack.pop();
    const caller = stack.at(-1);
    const isErrno = value < 0 && !(table.procs[proc]?.isVoid ?? true);
    const fresh = isErrno && ended?.passed !== value;
    if (isErrno && caller !== undefined) caller.passed = value;
    if (caller === undefined) {
      const n = done.get(thread) ?? 0;
      done.set(thread, n + 1);
      const op = opOf(thread, n);
      const result = op === undefined ? "" : resultText(op, world, value);
      if (ended?.span && result !== "") ended.span.result = result;
    }
    if (ended?.span) ended.span.to = step;
    return fresh;
  };
  const take = (step: number, thread: number, trace: readonly Trace[]) => {
    let fresh = false;
    for (const t of trace) {
      if (t.kind === "lock") takeLock(step, thread, t);
      else if (t.kind === "call") enter(step, thread, t.proc);
      else if (t.kind === "return") fresh = leave(step, thread, t) || fresh;
      else if (t.kind === "command") {
        const { letter, text, qwords } = t;
        commands.push(...once(sent, t, () => qwords.map((q) => ({ step, letter, text, qwords: q.map(digits) }))));
      } else if (t.kind === "event") {
        const { text, qwords, lost } = t;
        events.push(once(recorded, t, () => ({ step, text, qwords: qwords.map(digits), lost })));
      }
    }
    if (!fresh) passedOn.add(step);
  };
  play.opening.forEach((trace, thread) => take(0, thread, trace));
  records.forEach((r, i) => take(i + 1, r.thread, r.trace));

  const known = new Set<string>();
  const firstOnly = (ids: Iterable<string>) => [...ids].filter((id) => !known.has(id) && known.add(id));
  const steps = records.map((r, i) => {
    const violated = firstOnly(r.verdict.violated.keys());
    // what came before a step never changes, nor does what is said of it: the same object again costs nothing on its way
    let step = said.get(r);
    if (step === undefined) {
      step = {
        thread: r.thread + 1,
        kind: r.event.kind === "start" ? ("start" as const) : ("step" as const),
        text: r.text,
        proc: r.proc,
        violated,
        ...(r.errno !== "" ? { errno: r.errno } : {}),
        ...(r.errno !== "" && passedOn.has(i + 1) ? { passedOn: true } : {}),
        ...(r.warn !== "" ? { warn: r.warn } : {}),
      };
      said.set(r, step);
    }
    return step;
  });
  return { steps, locks, calls, windows: windowsOf(play), commands, events };
}
