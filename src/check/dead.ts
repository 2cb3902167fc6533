/**
 * Locals that nobody will read again before they are written: two states that differ in such a local alone are one.
 *
 * Which local an operation reads is known to its body only, so it is noted. A short walk at random notes what is read; from
 * that follows, for each operation of the flat table, which locals are still needed there, and after each step of the search
 * the others are set to 0. An operation that the walk did not reach is taken to read all of them.
 *
 * The notes may be short of what a body reads in some other state. So the search goes on noting, and where an operation
 * reads what it was not known to read, it begins anew, with that operation taken to read everything (`isSurprised`). A search
 * that ends without a surprise is sound: a body is a function of what it reads, in the order in which it reads it. Where a
 * state and the one with its dead locals cleared have taken the same steps so far, all that the next body reads in the
 * cleared one was kept, so it is the same in the other one; there the body reads the same, does the same, and leaves two
 * states that again differ in dead locals only.
 */
import { OP, type LinkedProc, type Op, type Table } from "../sim/link.ts";
import { KnownReads } from "../sim/noting.ts";
import type { Machine } from "../sim/step.ts";

const ALL = -1;

/** Procedures in which a judge looks at locals of the threads inside, and which, as bits. */
export type Watched = ReadonlyMap<string, number>;

export class DeadLocals {
  /** To be noted in by the machine. */
  readonly reads: KnownReads;
  readonly #table: Table;
  readonly #watched: Watched;
  /** Operations that the walk reached. */
  readonly #ran: Uint8Array;
  /** By operation: what is dead before it, and what while what it calls is running. */
  readonly #dead: Int32Array;
  readonly #deadInCall: Int32Array;

  constructor(table: Table, watched: Watched) {
    this.#table = table;
    this.#watched = watched;
    this.reads = new KnownReads(table.procs.length);
    this.#ran = new Uint8Array(this.reads.bits.length);
    this.#dead = new Int32Array(this.reads.bits.length);
    this.#deadInCall = new Int32Array(this.reads.bits.length);
  }

  /** Watches the walk; hook it into the machine's observer. */
  readonly op = (_thread: number, proc: number, pc: number): void => {
    this.#ran[proc * 256 + pc] = 1;
  };

  /** A walk has ended. */
  begin(): void {
    for (let op = 0; op < this.#ran.length; op++) if (this.#ran[op] === 0) this.reads.bits[op] = ALL;
    this.#conclude();
  }

  /** An operation has read what it was not known to read: what the search has found so far counts for nothing. */
  get isSurprised(): boolean {
    return this.reads.surprise >= 0;
  }

  /** Knows better for a search that begins anew. */
  learn(): void {
    if (!this.isSurprised) return;
    this.reads.bits[this.reads.surprise] = ALL;
    this.#conclude();
  }

  /** Clears what is dead on the stack of a thread that stands where its step has led it. */
  clear<S, W>(machine: Machine<S, W>, thread: number): void {
    machine.clearLocals(thread, this.#dead, this.#deadInCall);
  }

  #conclude(): void {
    this.reads.surprise = -1;
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
        const now = watched | (this.reads.bits[first + pc] as number) | after(op, live);
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
