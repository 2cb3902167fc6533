/**
 * A run being played: the machine, what each step did, and what the properties say of it.
 *
 * The page, the command line and the tests play runs through this one class. It records; it decides nothing.
 */
import { type Op, opTitle, resultText, rootOf } from "../kernel/ops.ts";
import { Bench, type StepVerdict } from "../kernel/properties.ts";
import { COMMAND, errnoName, type KernelState, type World } from "../kernel/structs.ts";
import { sentQwords } from "../kernel/cmdq.ts";
import { eventQwords, HOW } from "../kernel/evtq.ts";
import { eventText, fill } from "../kernel/words.ts";
import { answerName, atsAnswerName } from "../hw/endpoint.ts";
import type { Qwords } from "../hw/fields.ts";
import { cdFacts, steFacts } from "../hw/tables.ts";
import { MAX_THREADS } from "../sim/layout.ts";
import { OP } from "../sim/link.ts";
import { type Event, Player } from "../sim/run.ts";
import { FINISHED, type Machine, OOPS, type Root } from "../sim/step.ts";
import type { Model } from "./build.ts";
import { because, causeOf, type Ran } from "./cause.ts";

export type RunEvent = Event<Op>;

/** CFGI, TLBI, ATC_INV, PREFETCH_CFG, RESUME. */
export type CommandLetter = "C" | "T" | "A" | "P" | "R";

/** One thing that happened inside a step, in order. */
export type Trace =
  | {
      readonly kind: "op";
      readonly proc: number;
      readonly pc: number;
      readonly visible: boolean;
      text: string;
      answer: string;
    }
  | { readonly kind: "call"; readonly proc: number; readonly args: readonly number[] }
  | { readonly kind: "return"; readonly proc: number; readonly value: number }
  | { readonly kind: "lock"; readonly lock: number; readonly take: boolean }
  | {
      readonly kind: "command";
      readonly letter: CommandLetter;
      readonly text: string;
      /** What is sent: one for each StreamID. */
      readonly qwords: readonly Qwords[];
      /** A CFGI while the entry that it is for was not valid. */
      readonly invalid: boolean;
    }
  /** The SMMU recorded an event: in words, and its record; lost where the queue was full. */
  | { readonly kind: "event"; readonly text: string; readonly qwords: Qwords; readonly lost: boolean }
  /** An SMMU took a command from its queue, or the driver an event: CONS moved on. */
  | { readonly kind: "taken"; readonly queue: "cmd" | "event"; readonly smmu: number }
  | { readonly kind: "warn"; readonly site: string };

/** What one event of a run did. */
export interface StepRecord {
  readonly event: RunEvent;
  /** From 0. */
  readonly thread: number;
  readonly trace: readonly Trace[];
  readonly verdict: StepVerdict;
  /** After the step, for each device from 1: bit 0 the kernel's window, bit 1 the function's own reset. */
  readonly windows: readonly number[];
  /** The step in one sentence. */
  readonly sentence: string;
  /** The statement itself, without what followed from it. */
  readonly text: string;
  /** Procedure of the statement. */
  readonly proc: string;
  /** First errno that a procedure returned in it. */
  readonly errno: string;
  readonly warn: string;
}

/** What a change of an entry made the driver send; nothing where the entry was as wanted. */
function sent(trace: readonly Trace[]): string {
  const syncs = trace.filter((t) => t.kind === "command" && t.letter === "C");
  const [first] = syncs;
  if (first?.kind !== "command") return ": it holds that already";
  const name = first.text.slice(0, first.text.indexOf(" "));
  // V=0, the rest, V=1: an entry that was not valid before, or is not to be, needs two of them at most
  const broke = syncs.length === 3 && syncs.map((t) => t.kind === "command" && t.invalid).join() === "true,true,false";
  return `; ${broke ? "V is 0 meanwhile, " : ""}${syncs.length === 1 ? "" : `${syncs.length} times `}${name}, CMD_SYNC`;
}

/** Procedures of requests, which return what they were answered. */
const requests: ReadonlyMap<string, (w: World, answer: number) => string> = new Map([
  ["dma", answerName],
  ["ats_request", atsAnswerName],
]);

export class Play {
  readonly model: Model;
  readonly player: Player<KernelState, World, Op>;
  readonly records: StepRecord[] = [];
  /** What threads do: the scenario's, then those that the run started, up to the position. */
  readonly ops: (readonly Op[])[] = [];
  /** What the state before the first step breaks; nothing, in a sound world. */
  readonly initial: StepVerdict;
  /** What rode along when the scenario's own threads were made, by thread. */
  readonly opening: (readonly Trace[])[] = [];
  readonly #bench: Bench;
  #trace: Trace[] = [];
  /** What the group is called for that the running step makes as a whole; empty where it makes none. */
  #whole = "";

  constructor(model: Model) {
    this.model = model;
    const machine = model.machine(MAX_THREADS);
    this.#bench = new Bench(machine, model.design);
    this.player = new Player(machine, (op): readonly Root[] => [rootOf(op, model.world)]);
    this.#watch(machine);
    for (const program of model.programs) {
      this.#trace = [];
      machine.spawn(program.map((op) => rootOf(op, model.world)));
      this.ops.push(program);
      this.opening.push(this.#trace);
    }
    this.initial = this.#bench.verdict();
  }

  get machine(): Machine<KernelState, World> {
    return this.player.machine;
  }

  get position(): number {
    return this.player.position;
  }

  #watch(machine: Machine<KernelState, World>): void {
    const { table, world } = this.model;
    machine.observer = {
      op: (thread, proc, pc, visible) => {
        const op = table.procs[proc]?.ops[pc];
        if (op === undefined) return;
        const top = machine.frames(thread).at(-1);
        const text =
          op.text === "" ? "" : fill(world, op.text, top === undefined ? null : machine.localsOf(thread, top.offset));
        if (visible && !this.#trace.some((t) => t.kind === "op" && t.visible)) this.#whole = this.#groupText(thread);
        this.#trace.push({ kind: "op", proc, pc, visible, text, answer: "" });
        if (op.kind < OP.LOCK || op.kind > OP.WRITE_UNLOCK) return;
        const take = op.kind === OP.LOCK || op.kind === OP.READ_LOCK || op.kind === OP.WRITE_LOCK;
        this.#trace.push({ kind: "lock", lock: machine.lockOf(thread), take });
      },
      answer: (thread, value) => {
        const last = this.#trace.findLast((t) => t.kind === "op");
        if (last === undefined) return;
        const op = table.procs[last.proc]?.ops[last.pc];
        if (op?.kind === OP.STEP || op?.kind === OP.WAIT) {
          // what a statement read is known only now
          const top = machine.frames(thread).at(-1);
          if (top !== undefined) last.text = fill(world, op.text, machine.localsOf(thread, top.offset));
        } else if (op?.kind === OP.TRYLOCK) {
          last.answer = value === 1 ? ": got it" : ": taken";
          if (value === 1) this.#trace.push({ kind: "lock", lock: machine.lockOf(thread), take: true });
        } else if (op?.kind === OP.BRANCH_VISIBLE || op?.kind === OP.BRANCH_LOCAL) {
          last.answer = value === 1 ? ` yes${this.#whose(thread, last.text)}` : " no";
        } else {
          const name = table.procs[last.proc]?.variables[op?.variable ?? -1] ?? "";
          const top = machine.frames(thread).at(-1);
          const locals = top === undefined ? {} : machine.localsOf(thread, top.offset);
          last.answer = value === 0 ? ": no more" : `: ${fill(world, `{${name}}`, { ...locals, [name]: value })}`;
        }
      },
      call: (_thread, proc, args) => this.#trace.push({ kind: "call", proc, args }),
      return: (_thread, proc, value) => this.#trace.push({ kind: "return", proc, value }),
      moment: (thread, name, args, state) => {
        if (name === "command") this.#trace.push(this.#command(args, state));
        if (name === "event" && args[0] !== 0) this.#trace.push(this.#event(args));
        if (name === "taken" && args[5] === 0) this.#trace.push({ kind: "taken", queue: "cmd", smmu: args[0] ?? 0 });
        if (name === "event_read") this.#trace.push({ kind: "taken", queue: "event", smmu: args[0] ?? 0 });
        this.#bench.moment(thread, name, args, state);
      },
      warn: (thread, site) => {
        this.#trace.push({ kind: "warn", site });
        this.#bench.warn(thread, site);
      },
    };
  }

  /** The call of the outermost group that a thread is in, in words. */
  #groupText(thread: number): string {
    const { machine } = this;
    if (machine.splits) return "";
    const { table, world } = this.model;
    const frames = machine.frames(thread);
    const caller = frames[frames.findIndex((frame) => table.procs[frame.proc]?.isAtomic) - 1];
    const text = table.procs[caller?.proc ?? -1]?.ops[caller?.pc ?? -1]?.text;
    if (caller === undefined || text === undefined) return "";
    return fill(world, text, machine.localsOf(thread, caller.offset));
  }

  /** Which SMMUs they are, where a check found that they differ. */
  #whose(thread: number, text: string): string {
    const { world } = this.model;
    const top = this.machine.frames(thread).at(-1);
    if (top === undefined || !text.includes("another SMMU")) return "";
    const locals = this.machine.localsOf(thread, top.offset);
    const domain = world.domain[locals.domain ?? 0];
    const device = world.device[locals.dev ?? 0];
    if (domain === undefined || device === undefined) return "";
    const smmu = (index: number) => world.smmu[index]?.name ?? "none";
    return `, ${domain.name} belongs to ${smmu(domain.smmu)}, ${device.name} to ${smmu(device.smmu)}`;
  }

  #command(args: readonly number[], state: KernelState): Trace {
    const { world } = this.model;
    const [kind = 0, device = 0, ssid = 0, , stream = 0] = args;
    const name = world.device[device]?.name ?? "";
    const command = (letter: CommandLetter, text: string, invalid = false): Trace => ({
      kind: "command",
      letter,
      text,
      qwords: sentQwords(world, args),
      invalid,
    });
    switch (kind) {
      case COMMAND.TLBI:
        return command("T", "TLBI");
      case COMMAND.ATC_INV:
        return command("A", `ATC_INV to ${name}`);
      case COMMAND.PREFETCH_CFG:
        return command("P", `PREFETCH_CFG of ${name}`);
      case COMMAND.RESUME:
        return command("R", `RESUME to ${name}`);
      case COMMAND.CFGI_STE:
        return command("C", `CFGI_STE of ${name}`, steFacts(state, world, stream).V === 0);
      default:
        return command("C", `CFGI_CD of ${name}, ssid ${ssid}`, cdFacts(state, world, device, ssid).V === 0);
    }
  }

  #event([event = 0, stream = 0, ssid = 0, how = 0, of = 0]: readonly number[]): Trace {
    const { world } = this.model;
    const words = { event, stream, ssid, how, of };
    return {
      kind: "event",
      text: eventText(world, words),
      qwords: eventQwords(world, words),
      lost: (how & HOW.LOST) !== 0,
    };
  }

  /** Why an event cannot happen at the position; empty when it can. */
  refusal(event: RunEvent): string {
    const refusal = this.player.refusal(event);
    if (refusal === "" || event.kind === "start") return refusal;
    const { machine } = this;
    const cpu = `CPU${event.thread}`;
    if (event.thread >= machine.programs.length) return `there is no ${cpu}`;
    if (machine.status(event.thread) === FINISHED) return `${cpu} is finished`;
    if (machine.status(event.thread) === OOPS) return `${cpu} ended in an oops`;
    if (machine.outcomes(event.thread) === 0)
      return `${cpu} waits${machine.lockOf(event.thread) < 0 ? "" : " for a lock"}`;
    return refusal.replace(/thread \d+/, cpu);
  }

  /** Does an event at the position; what came after it is dropped. Throws where `refusal` has a sentence. */
  append(event: RunEvent): void {
    const { position } = this;
    const threads = this.machine.programs.length;
    this.#trace = [];
    this.#whole = "";
    this.#bench.look(event.kind === "start" ? -1 : event.thread);
    this.player.append(event);
    this.records.length = position;
    this.ops.length = threads;
    const thread = event.kind === "start" ? this.machine.programs.length - 1 : event.thread;
    if (event.kind === "start") this.ops.push([event.what]);
    this.records.push(this.#record(event, thread, this.#trace));
  }

  /** Moves within the run. */
  seek(position: number): void {
    this.player.seek(position);
    this.#syncOps();
  }

  /** Takes the last event back for good. */
  undo(): void {
    this.player.undo();
    this.records.length = this.position;
    this.#syncOps();
  }

  #syncOps(): void {
    this.ops.length = this.model.programs.length;
    for (const record of this.records.slice(0, this.position)) {
      if (record.event.kind === "start") this.ops.push([record.event.what]);
    }
  }

  #record(event: RunEvent, thread: number, trace: readonly Trace[]): StepRecord {
    const { table, world, design } = this.model;
    const { state } = this.machine;
    const first = trace.find((t) => t.kind === "op" && t.visible);
    const windows: number[] = [0];
    for (let d = 1; d < world.device.length; d++) {
      windows.push(Number(design.docked(state, world, d)) | (state.pdev[d].in_reset << 1));
    }
    const returns = trace.filter((t) => t.kind === "return");
    // the answer to a request is no errno
    const failed = returns.find(
      (r) => r.value < 0 && !(table.procs[r.proc]?.isVoid ?? true) && !requests.has(table.procs[r.proc]?.name ?? ""),
    );
    const errno = failed === undefined ? "" : errnoName(failed.value);
    const warn = trace.find((t) => t.kind === "warn")?.site ?? "";
    let text = "";
    let proc = "";
    if (event.kind === "start") text = opTitle(event.what, world);
    else if (first?.kind === "op") {
      text = this.#whole === "" ? first.text + first.answer : this.#whole + sent(trace);
      proc = table.procs[first.proc]?.name ?? "";
      if (event.outcome > 0) text += `: ${table.procs[first.proc]?.ops[first.pc]?.labels[event.outcome] ?? ""}`;
    }
    const verdict = this.#bench.verdict();
    // looked up only where something is broken: a run has thousands of steps
    const known = verdict.violated.size === 0 ? null : this.violations(this.records.length);
    const fresh = [...verdict.violated].filter(([id]) => !known?.has(id));
    // why a WARN breaks I-USERWARN says also why it breaks I-WARN
    const said = fresh.some(([id]) => id === "I-USERWARN") ? "I-WARN" : "";
    const broke = fresh.map(([id, why]) => (id === said ? `${id} violated` : `${id} violated: ${why}`));
    return {
      event,
      thread,
      trace,
      verdict,
      windows,
      sentence: [this.#sentence(event, thread, trace, text, errno, failed?.proc), ...broke]
        .join(". ")
        .replaceAll(".. ", ". "),
      text,
      proc,
      errno,
      warn,
    };
  }

  /** All that a thread did until now. */
  #ranBy(thread: number): Ran[] {
    const steps = this.records.map((record, i) => ({ step: i + 1, of: record.thread, trace: record.trace }));
    return [{ step: 0, trace: this.opening[thread] ?? [] }, ...steps.filter(({ of }) => of === thread)];
  }

  #sentence(
    event: RunEvent,
    thread: number,
    trace: readonly Trace[],
    text: string,
    errno: string,
    failed: number | undefined,
  ): string {
    const { world, table } = this.model;
    const cpu = `CPU${thread}`;
    if (event.kind === "start") return `${cpu} is started: ${text}`;
    const status = this.machine.status(thread);
    const ended = status === FINISHED;
    let sentence = text;
    for (const t of ended ? [] : trace) {
      const answered = t.kind === "return" ? requests.get(table.procs[t.proc]?.name ?? "") : undefined;
      if (t.kind === "return" && answered !== undefined) sentence += `: ${answered(world, t.value)}`;
    }
    for (const t of trace) if (t.kind === "event") sentence += `; the SMMU records ${t.text}`;
    if (errno !== "" && failed !== undefined) {
      const proc = table.procs[failed]?.name ?? "";
      const step = this.records.length + 1;
      const cause = causeOf(table.procs, [...this.#ranBy(thread), { step, trace }]);
      sentence += `; \`${proc}\` returns \`${errno}\`${because(cause, { step, text, proc, errno })}`;
    }
    if (status === OOPS) sentence += "; NULL or a freed object: the thread ends in an oops";
    if (ended) {
      const op = this.ops[thread]?.at(-1);
      const result = op === undefined ? "" : resultText(op, world, this.machine.result(thread));
      if (result !== "" && result !== errno) sentence += `; ${cpu} is done: ${result === "0" ? "0" : result}`;
      else sentence += `; ${cpu} is done`;
    }
    return sentence;
  }

  /** First step, from 1, that broke each property up to the position, with what it said. */
  violations(upTo = this.position): Map<string, { step: number; why: string }> {
    const found = new Map<string, { step: number; why: string }>();
    for (const [id, why] of this.initial.violated) found.set(id, { step: 0, why });
    this.records.slice(0, upTo).forEach((record, i) => {
      for (const [id, why] of record.verdict.violated) if (!found.has(id)) found.set(id, { step: i + 1, why });
    });
    return found;
  }

  /** Properties that something up to the position exercised. */
  exercised(upTo = this.position): Set<string> {
    const found = new Set<string>();
    for (const record of this.records.slice(0, upTo)) for (const id of record.verdict.exercised) found.add(id);
    return found;
  }
}
