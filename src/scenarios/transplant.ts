/**
 * One schedule, two designs: a run of one model, made again on another.
 *
 * A run is choices, and a choice names no statement. Designs differ in how many statements they have, so that the same
 * count of steps would stop a thread somewhere else. What a reader means by "the same schedule" is where threads took
 * turns: a block of one thread's steps ends, in the other design, at the statement at which it ended in the first. A
 * statement is its text in the table, below the calls that led to it, and how often the thread had met it there. Where the other design lacks
 * that statement, the last one before it decides that it does have; what was asked for beyond is left out, and said.
 */
import type { Model } from "./build.ts";
import { wrongArgument } from "./link.ts";
import { Play, type RunEvent, type StepRecord, type Trace } from "./play.ts";
import { FINISHED } from "../sim/step.ts";

/** A step of either run, from 1, or none; both are there where the statement is the same. */
export interface Pair {
  /** From 0. */
  readonly thread: number;
  readonly a: number | null;
  readonly b: number | null;
}

export interface Transplanted {
  /** The run on the other model, at its end. */
  readonly play: Play;
  readonly pairs: readonly Pair[];
  /** Starts of threads that the other model cannot do: the step of the first run, and why. */
  readonly refused: readonly { readonly step: number; readonly why: string }[];
}

/** Longest stretch that a thread is tried on alone. */
const FAR = 2000;

/** A procedure's name; the one that ends a reset is called what it is for, since each series named it anew. */
function roleOf({ model }: Play, proc: number): string {
  const name = model.table.procs[proc]?.name ?? "";
  return name === model.design.doneProc ? "done" : name.replace(/^.*_reset_(iommu_)?prepare$/, "prepare");
}

/** The statement of a step, as the table words it for all threads. */
function textOf({ model }: Play, record: StepRecord): string {
  const first = record.trace.find((t) => t.kind === "op" && t.visible);
  return first?.kind === "op" ? (model.table.procs[first.proc]?.ops[first.pc]?.text ?? "") : "start";
}

/**
 * Names each step of a run in a way that means the same in any design: the calls that it lies in, its statement, and how
 * often the thread had met that there, so that the third unlock is the third unlock.
 */
class Names {
  readonly #calls = new Map<number, string[]>();
  readonly #met = new Map<string, number>();

  /** What a thread's operation entered before its first step. */
  opening(play: Play, thread: number): void {
    this.#walk(play, thread, play.opening[thread] ?? []);
  }

  copy(): Names {
    const copy = new Names();
    for (const [thread, calls] of this.#calls) copy.#calls.set(thread, [...calls]);
    for (const [at, count] of this.#met) copy.#met.set(at, count);
    return copy;
  }

  /** The next step of a run; `thread` is what the first run calls its thread. */
  next(play: Play, thread: number, record: StepRecord): string {
    const name = this.#count(thread, textOf(play, record));
    this.#walk(play, thread, record.trace);
    return name;
  }

  /** What the step that a thread stands before would be called. */
  peek(thread: number, text: string): string {
    return this.copy().#count(thread, text);
  }

  #count(thread: number, text: string): string {
    const at = [thread, ...(this.#calls.get(thread) ?? []), text].join("\n");
    const count = (this.#met.get(at) ?? 0) + 1;
    this.#met.set(at, count);
    return `${count}\n${at}`;
  }

  #walk(play: Play, thread: number, trace: readonly Trace[]): void {
    const calls = this.#calls.get(thread) ?? [];
    this.#calls.set(thread, calls);
    for (const t of trace) {
      if (t.kind === "call") calls.push(roleOf(play, t.proc));
      else if (t.kind === "return") calls.pop();
    }
  }
}

/** Steps of one thread in a row, or the start of one. */
interface Block {
  readonly thread: number;
  /** Index of its first event, and of the one after its last. */
  readonly from: number;
  readonly to: number;
}

function blocksOf(records: readonly StepRecord[]): Block[] {
  const blocks: { thread: number; from: number; to: number }[] = [];
  records.forEach(({ event, thread }, i) => {
    const last = blocks.at(-1);
    const goesOn = last?.thread === thread && event.kind === "choice" && records[last.from]?.event.kind === "choice";
    if (goesOn) last.to = i + 1;
    else blocks.push({ thread, from: i, to: i + 1 });
  });
  return blocks;
}

/** Longest common subsequence of two lists of names, as pairs of indices in order. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
  const best = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      (best[i] as Uint16Array)[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

class Transplant {
  readonly play: Play;
  readonly pairs: Pair[] = [];
  readonly refused: { step: number; why: string }[] = [];
  readonly #from: Play;
  /** Names of the first run's steps, by index, and of the second's. */
  readonly #namesA: readonly string[];
  readonly #namesB: string[] = [];
  readonly #known = new Names();
  /** Label of the outcome that the first run chose, by thread and name of the statement. */
  readonly #chosen = new Map<string, string>();
  /** Index of the event after which a thread of the first run had finished. */
  readonly #ended = new Map<number, number>();
  /** Threads of the first run, as the second numbers them; a start that was refused has none. */
  readonly #threads: number[];
  /** Blocks that wait for a lock in the second run only: they go on as soon as they can. */
  readonly #waiting = new Map<number, Block>();

  constructor(from: Play, to: Model) {
    this.#from = from;
    this.play = new Play(to);
    this.#threads = from.model.programs.map((_program, t) => t);
    const names = new Names();
    this.#threads.forEach((thread) => {
      names.opening(from, thread);
      this.#known.opening(this.play, thread);
    });
    this.#namesA = from.records.map((record, i) => {
      const name = names.next(from, record.thread, record);
      if (record.event.kind === "choice" && record.event.outcome > 0) this.#chosen.set(name, labelOf(from, record));
      if (record.trace.at(-1)?.kind === "return") this.#ended.set(record.thread, i);
      return name;
    });
    for (const thread of from.machine.programs.keys())
      if (from.machine.status(thread) !== FINISHED) this.#ended.delete(thread);
  }

  /** Makes the second run. The first has to stand at its end. */
  make(): Transplanted {
    for (const block of blocksOf(this.#from.records)) {
      const first = this.#from.records[block.from] as StepRecord;
      if (first.event.kind === "start") this.#start(block, first.event);
      else this.#follow(block, block.from);
      this.#goOn();
    }
    return { play: this.play, pairs: this.pairs, refused: this.refused };
  }

  #start(block: Block, event: RunEvent): void {
    const wrong = event.kind === "start" ? wrongArgument(event.what, this.play.model) : "";
    const why = wrong === "" ? this.play.refusal(event) : wrong;
    this.#threads.push(why === "" ? this.play.machine.programs.length : -1);
    if (why !== "") {
      this.refused.push({ step: block.from + 1, why });
      this.pairs.push({ thread: block.thread, a: block.from + 1, b: null });
      return;
    }
    this.#append(event, block.thread);
    this.pairs.push({ thread: block.thread, a: block.from + 1, b: this.play.position });
  }

  #append(event: RunEvent, thread: number): void {
    this.play.append(event);
    this.#namesB.push(this.#known.next(this.play, thread, this.play.records.at(-1) as StepRecord));
  }

  /** Steps the thread of the second run to where the block ends; rows begin with the event `shown` of the first. */
  #follow(block: Block, shown: number): void {
    const thread = this.#threads[block.thread] ?? -1;
    const begin = this.play.position;
    if (thread >= 0) {
      const toItsEnd = (this.#ended.get(block.thread) ?? Number.POSITIVE_INFINITY) < block.to;
      const wanted = new Set(this.#namesA.slice(block.from, block.to));
      const names = this.#known.copy();
      let keep = 0;
      let made = 0;
      for (; made < FAR; made++) {
        const event = this.#next(thread, block.thread, names);
        if (event === null) break;
        this.play.append(event);
        const name = names.next(this.play, block.thread, this.play.records.at(-1) as StepRecord);
        if (wanted.has(name)) keep = made + 1;
        if (keep === made + 1 && name === this.#namesA[block.to - 1] && !toItsEnd) {
          made++;
          break;
        }
      }
      const finished = this.play.machine.status(thread) === FINISHED;
      const blocked = !finished && this.play.machine.outcomes(thread) === 0;
      if (toItsEnd) keep = made;
      while (this.play.position > begin + keep) this.play.undo();
      for (let i = begin; i < this.play.position; i++) {
        this.#namesB.push(this.#known.next(this.play, block.thread, this.play.records[i] as StepRecord));
      }
      const missed = this.#namesA[block.to - 1] !== this.#namesB.at(-1);
      if (blocked && (toItsEnd || missed)) this.#waiting.set(block.thread, block);
      else this.#waiting.delete(block.thread);
    }
    this.#align(block, shown, begin);
  }

  /** The thread's next step, with the outcome that the first run chose at the same statement; null if it cannot run. */
  #next(thread: number, threadA: number, names: Names): RunEvent | null {
    const { machine } = this.play;
    const outcomes = machine.outcomes(thread);
    if (outcomes === 0) return null;
    let outcome = 0;
    if (outcomes > 1) {
      const op = machine.next(thread);
      outcome = Math.max(0, op.labels.indexOf(this.#chosen.get(names.peek(threadA, op.text)) ?? ""));
    }
    const event: RunEvent = { kind: "choice", thread, outcome };
    return this.play.refusal(event) === "" ? event : null;
  }

  /** Rows of one block: equal statements side by side, the others alone. */
  #align(block: Block, shown: number, begin: number): void {
    const texts = (play: Play, from: number, to: number) => play.records.slice(from, to).map((r) => textOf(play, r));
    const a = texts(this.#from, shown, block.to);
    const b = texts(this.play, begin, this.play.position);
    let [i, j] = [0, 0];
    const { thread } = block;
    const alone = (toI: number, toJ: number) => {
      while (i < toI) this.pairs.push({ thread, a: shown + ++i, b: null });
      while (j < toJ) this.pairs.push({ thread, a: null, b: begin + ++j });
    };
    for (const [nextI, nextJ] of common(a, b)) {
      alone(nextI, nextJ);
      this.pairs.push({ thread, a: shown + ++i, b: begin + ++j });
    }
    alone(a.length, b.length);
  }

  /** Threads that waited for a lock that the first run had free: on to where they should be by now. */
  #goOn(): void {
    for (const [threadA, block] of this.#waiting) {
      if (this.play.machine.outcomes(this.#threads[threadA] ?? -1) > 0) this.#follow(block, block.to);
    }
  }
}

function labelOf(play: Play, record: StepRecord): string {
  const first = record.trace.find((t) => t.kind === "op" && t.visible);
  if (first?.kind !== "op" || record.event.kind !== "choice") return "";
  return play.model.table.procs[first.proc]?.ops[first.pc]?.labels[record.event.outcome] ?? "";
}

/** Makes a run again on another model of the same world. The first is left at its end. */
export function transplant(from: Play, to: Model): Transplanted {
  from.seek(from.player.events.length);
  return new Transplant(from, to).make();
}
