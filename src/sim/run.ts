/**
 * A run: choices and starts of threads, and nothing else. State is derived from it.
 *
 * A choice names a thread and an outcome, never a statement. A start adds a thread; what the thread does is the model's
 * business (`P`). `Player` keeps a machine and the reversible difference of every event, so that undo and seek cost no
 * replay.
 */
import { applyDiff, type Diff, diffBytes, revertDiff } from "./diff.ts";
import type { Machine, Root } from "./step.ts";

export interface Choice {
  readonly kind: "choice";
  /** From 0. */
  readonly thread: number;
  readonly outcome: number;
}

export interface Start<P> {
  readonly kind: "start";
  readonly what: P;
}

export type Event<P> = Choice | Start<P>;

/** Longest run that is kept. */
export const MAX_EVENTS = 4096;

/** Plays events on a machine and remembers how to take each of them back. */
export class Player<S, W, P> {
  readonly machine: Machine<S, W>;
  readonly events: Event<P>[] = [];
  readonly #diffs: Diff[] = [];
  /** What each start added, to take it back and to add it again. */
  readonly #programs: (readonly Root[] | null)[] = [];
  readonly #toProgram: (what: P) => readonly Root[];
  #position = 0;

  constructor(machine: Machine<S, W>, toProgram: (what: P) => readonly Root[]) {
    this.machine = machine;
    this.#toProgram = toProgram;
  }

  /** How many events of the run are applied to the machine's state. */
  get position(): number {
    return this.#position;
  }

  /** Why an event cannot happen here, as one sentence; empty when it can. */
  refusal(event: Event<P>): string {
    if (this.#position >= MAX_EVENTS) return `a run has at most ${MAX_EVENTS} steps`;
    if (event.kind === "start") {
      return this.machine.programs.length >= this.machine.layout.threads
        ? `there are at most ${this.machine.layout.threads} threads`
        : "";
    }
    const outcomes = this.machine.outcomes(event.thread);
    if (outcomes === 0) return `thread ${event.thread + 1} cannot run here`;
    return event.outcome < outcomes ? "" : `thread ${event.thread + 1} has no outcome ${event.outcome} here`;
  }

  /** Does an event at the position; events after it are dropped. Throws where `refusal` has a sentence. */
  append(event: Event<P>): void {
    const refusal = this.refusal(event);
    if (refusal !== "") throw new Error(refusal);
    const before = this.machine.bytes.slice();
    const threads = this.machine.programs.length;
    let program: readonly Root[] | null = null;
    try {
      if (event.kind === "start") {
        program = this.#toProgram(event.what);
        this.machine.spawn(program);
      } else {
        this.machine.step(event.thread, event.outcome);
      }
    } catch (error) {
      // half an event is none
      this.machine.bytes.set(before);
      this.machine.programs.length = threads;
      throw error;
    }
    this.events.length = this.#position;
    this.#diffs.length = this.#position;
    this.#programs.length = this.#position;
    this.events.push(event);
    this.#diffs.push(diffBytes(before, this.machine.bytes));
    this.#programs.push(program);
    this.#position++;
  }

  /** Moves to a position between 0 and the length of the run; no body runs. */
  seek(position: number): void {
    const to = Math.max(0, Math.min(position, this.events.length));
    while (this.#position > to) {
      this.#position--;
      revertDiff(this.machine.bytes, this.#diffs[this.#position] as Diff);
      if (this.#programs[this.#position] != null) this.machine.programs.pop();
    }
    while (this.#position < to) {
      applyDiff(this.machine.bytes, this.#diffs[this.#position] as Diff);
      const program = this.#programs[this.#position];
      if (program != null) this.machine.programs.push(program);
      this.#position++;
    }
  }

  /** Takes the last event before the position back for good, with all that came after it. */
  undo(): void {
    if (this.#position === 0) return;
    this.seek(this.#position - 1);
    this.events.length = this.#position;
    this.#diffs.length = this.#position;
    this.#programs.length = this.#position;
  }

  /** The difference that the event at an index made. */
  diffAt(index: number): Diff | undefined {
    return this.#diffs[index];
  }
}
