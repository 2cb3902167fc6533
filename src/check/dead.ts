/**
 * Locals that nobody will read again before they are written: two states that differ in such a local alone are one.
 *
 * Which local an operation reads is known to its body only, so it is learned. A short walk at random notes what is read;
 * from that follows, for each operation of the flat table, which locals are still needed there, and after each step of the
 * search the others are set to 0. An operation that the walk did not reach is taken to read all of them.
 *
 * The notes may be short of what a body reads in some other state. So the search goes on noting, and where an operation
 * reads what it was not known to read, it begins anew, with that operation taken to read everything (`isSurprised`). A search
 * that ends without a surprise is sound: a body is a function of what it reads, in the order in which it reads it. Where a
 * state and the one with its dead locals cleared have taken the same steps so far, all that the next body read in the
 * cleared one was alive, so it is the same in the other one; there the body reads the same, does the same, and leaves two
 * states that again differ in dead locals only.
 */
import { OP, type LinkedProc, type Op, type Table } from "../sim/link.ts";
import { KnownReads } from "../sim/locals.ts";
import type { Machine } from "../sim/step.ts";

const ALL = -1;
/** Steps of the walk. */
const STEPS = 3000;

/** Procedures in which a judge looks at locals of the threads inside, and which, as bits. */
export type Watched = ReadonlyMap<string, number>;

// biome-ignore lint/suspicious/noExplicitAny: whatever it is a machine of
type AnyMachine = Machine<any, any>;

const ignore = () => {};

export class DeadLocals {
  readonly #table: Table;
  readonly #watched: Watched;
  readonly #reads: KnownReads;
  /** By operation: what is dead before it, and what while what it calls is running. */
  readonly #dead: Int32Array;
  readonly #deadInCall: Int32Array;

  /** Walks on a machine at its first state, with its threads, and leaves it there. */
  constructor(machine: AnyMachine, watched: Watched) {
    this.#table = machine.table;
    this.#watched = watched;
    this.#reads = new KnownReads(machine.table.procs.length);
    this.#dead = new Int32Array(this.#reads.bits.length);
    this.#deadInCall = new Int32Array(this.#reads.bits.length);
    const ran = this.#walk(machine);
    for (let op = 0; op < ran.length; op++) if (ran[op] === 0) this.#reads.bits[op] = ALL;
    this.#conclude();
  }

  /** Steps of threads at random, by a fixed generator, from the first state again and again. Returns which operations ran. */
  #walk(machine: AnyMachine): Uint8Array {
    const first = machine.bytes.slice();
    const { observer } = machine;
    const ran = new Uint8Array(this.#reads.bits.length);
    const op = (_thread: number, proc: number, pc: number) => {
      ran[proc * 256 + pc] = 1;
    };
    machine.observer = { op, answer: ignore, call: ignore, return: ignore, moment: ignore, warn: ignore };
    machine.noteReads(this.#reads);
    const threads = machine.programs.length;
    let seed = 1;
    const below = (n: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      return (seed >>> 16) % n;
    };
    for (let step = 0; step < STEPS; step++) {
      const from = below(threads);
      let thread = 0;
      while (thread < threads && machine.outcomes((from + thread) % threads) === 0) thread++;
      if (thread === threads) machine.bytes.set(first);
      else {
        const next = (from + thread) % threads;
        machine.step(next, below(machine.outcomes(next)));
      }
    }
    machine.bytes.set(first);
    machine.observer = observer;
    return ran;
  }

  /** An operation has read what it was not known to read: what the search has found so far counts for nothing. */
  get isSurprised(): boolean {
    return this.#reads.surprise >= 0;
  }

  /** Begins anew, knowing better. */
  learn(): void {
    this.#reads.bits[this.#reads.surprise] = ALL;
    this.#conclude();
  }

  /** Clears what is dead on the stack of a thread that stands where its step has led it. */
  clear(machine: AnyMachine, thread: number): void {
    machine.clearLocals(thread, this.#dead, this.#deadInCall);
  }

  #conclude(): void {
    this.#reads.surprise = -1;
    this.#table.procs.forEach((proc, i) => this.#liveIn(proc, i * 256));
  }

  /** Backwards over a procedure, until nothing changes. */
  #liveIn(proc: LinkedProc, first: number): void {
    const { ops, variables } = proc;
    const all = variables.length >= 32 ? ALL : 2 ** variables.length - 1;
    const watched = this.#watched.get(proc.name) ?? 0;
    const live = new Int32Array(ops.length);
    for (let changed = true; changed; ) {
      changed = false;
      for (let pc = ops.length - 1; pc >= 0; pc--) {
        const op = ops[pc] as Op;
        if (op.kind === OP.JUMP) continue;
        const now = watched | (this.#reads.bits[first + pc] as number) | after(op, live);
        if (now === live[pc]) continue;
        live[pc] = now;
        changed = true;
      }
    }
    ops.forEach((op, pc) => {
      this.#dead[first + pc] = all & ~(live[pc] as number);
      this.#deadInCall[first + pc] = all & ~(watched | after(op, live));
    });
  }
}

/** What is alive after an operation, but for what it always writes itself. */
function after(op: Op, live: Int32Array): number {
  if (op.kind === OP.RETURN) return 0;
  const there = op.end < 0 ? 0 : (live[op.end] as number);
  const alive = (live[op.next] ?? 0) | there;
  return op.variable < 0 || op.variable >= 31 ? alive : alive & ~(1 << op.variable);
}
