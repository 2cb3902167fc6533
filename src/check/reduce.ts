/**
 * Partial order reduction: steps that may go first, alone.
 *
 * Where a thread stands before such a step, only that step is taken, at once, and the state between is not kept: the orders
 * in which other threads run before it lead to nothing else. Three kinds of steps qualify:
 *
 * - Giving a lock back. Until then nobody else can take it, and taking it is all that depends on it; so a lock that some
 *   procedure tries does not qualify.
 * - Taking, trying or giving back a lock that no procedure of any other thread names. Nobody else can tell.
 * - A step about no lock that waits for nothing and has one outcome.
 *
 * And only if all that the step does besides is the thread's own business: no field that is read in it is one that another
 * thread writes in any of its steps, and no field that is written in it is one that another thread reads or writes, or that
 * states are judged by. What is judged of this very step, at its moments or at its end, counts as read in it. A WARN does not
 * qualify.
 *
 * Whatever another thread does before such a step, it does after it as well, on the same data; and the step does the same
 * before it. The states that differ are equal in all that states are judged by. So verdicts stay, as long as a judge looks at
 * locks in two ways only: whether the stepping thread holds one, or, to judge more rather than less, whether nobody does.
 * Threads that wait for ever wait here too. Every state that is kept is left in all ways, and after so many steps in a row
 * the next state is kept whatever comes, so that no circle leaves a thread out for ever.
 *
 * What is written with the value that it had counts as read: as long as nobody else writes there it is written with that value
 * in all orders. Who reads and writes what is known to bodies only, so it is noted: by a short walk at random first, and by the search. Where
 * a thread, or a judge, is found to touch a field in a way that makes it common, and it was not, what was done so far may have
 * left out too much, and the search begins anew (`isSurprised`). A search that ends without a surprise is sound. Were there
 * a run with one, take the shortest: up to its last step nothing in it is common that was not known to be, so the steps that
 * the search took first can be moved to where the search took them, and the search would have come to that last step.
 *
 * Twins, see `twins.ts`, may have changed places on the way to a state. What one of them touches is taken to be touched by all
 * of them, and is no business of its own.
 */
import { MAX_THREADS } from "../sim/layout.ts";
import { isLockOp, OP, type Table } from "../sim/link.ts";
import type { Machine, Root } from "../sim/step.ts";
import type { Touched } from "../sim/noting.ts";
import { callable } from "./coverage.ts";
import { Footprints } from "./footprints.ts";

const isRelease = (kind: number) => kind === OP.UNLOCK || kind === OP.READ_UNLOCK || kind === OP.WRITE_UNLOCK;

/** A bit beside those of the threads: what states are judged by. */
const JUDGED = 1 << MAX_THREADS;

/** Whether a footprint is the thread's own business: not known yet, or as it was known when it was asked for. */
const UNKNOWN = 0;
const OWN = 1;
const COMMON = 2;

export class FirstMovers<S, W> {
  isSurprised = false;
  readonly #machine: Machine<S, W>;
  readonly #table: Table;
  readonly #touched: Touched["fields"];
  /** Locks that some thread tries. */
  readonly #tried = new Set<string>();
  /** Of each thread: locks that another one's procedures name. */
  readonly #common: readonly ReadonlySet<string>[];
  /** By thread: its bit, and those of its twins. */
  readonly #bits: readonly number[];
  /** By field: who reads or writes it, and who writes it. */
  readonly #users: Uint16Array;
  readonly #writers: Uint16Array;
  /** The field of a byte, -1 for none. */
  readonly #fieldAt: Int32Array;
  /** Words of the shared region, now and before the step; and bytes of one of them. */
  readonly #words: Int32Array;
  readonly #before: Int32Array;
  readonly #was = new Int32Array(1);
  readonly #wasBytes = new Uint8Array(this.#was.buffer);
  /** The step may be of such a kind, as far as its first operation tells; it has executed one; and another that forbids it. */
  #mayBe = false;
  #hasBegun = false;
  #isForbidden = false;
  /** Fields that it has written, each as often as bytes of it were changed. */
  readonly #written: Int32Array;
  #writes = 0;
  readonly #footprints: Footprints;
  /** By footprint. */
  #business = new Uint8Array(256);

  /** @param touched what the machine notes in @param twins threads that may change places */
  constructor(
    machine: Machine<S, W>,
    programs: readonly (readonly Root[])[],
    touched: Touched,
    twins: readonly (readonly number[])[],
  ) {
    const { table, layout } = machine;
    this.#machine = machine;
    this.#table = table;
    this.#touched = touched.fields;
    const named = programs.map((program) => {
      const locks = new Set<string>();
      for (const proc of callable(table, [program])) {
        for (const op of table.procs[proc]?.ops ?? []) {
          if (isLockOp(op.kind)) locks.add(op.name);
          if (op.kind === OP.TRYLOCK) this.#tried.add(op.name);
        }
      }
      return locks;
    });
    this.#common = programs.map((_program, t) => new Set(named.flatMap((locks, u) => (u === t ? [] : [...locks]))));
    this.#bits = programs.map((_program, t) =>
      (twins.find((threads) => threads.includes(t)) ?? [t]).reduce((bits, u) => bits | (1 << u), 0),
    );
    this.#written = new Int32Array(layout.threadsAt);
    // a footprint has its thread, then for each field twice its number, and 1 more where it is written
    this.#footprints = new Footprints(MAX_THREADS + 2 * layout.fields.length);
    this.#users = new Uint16Array(layout.fields.length);
    this.#writers = new Uint16Array(layout.fields.length);
    this.#fieldAt = new Int32Array(layout.threadsAt).fill(-1);
    layout.fields.forEach(({ offset, size }, field) => this.#fieldAt.fill(field, offset, offset + size));
    this.#words = new Int32Array(machine.bytes.buffer, 0, layout.threadsAt / 4);
    this.#before = new Int32Array(this.#words.length);
  }

  /** Watches what a step executes; hook it into the machine's observer. */
  readonly op = (_thread: number, proc: number, pc: number, visible: boolean): void => {
    if (!visible) return;
    const kind = this.#table.procs[proc]?.ops[pc]?.kind ?? 0;
    // a group may go on with what others can tell
    if (kind === OP.WARN || (this.#hasBegun && isLockOp(kind))) this.#isForbidden = true;
    this.#hasBegun = true;
  };

  /** Before it takes one of so many outcomes. */
  look(thread: number, outcomes: number): void {
    const { kind, name } = this.#machine.next(thread);
    this.#hasBegun = false;
    this.#isForbidden = outcomes !== 1;
    this.#mayBe = !isLockOp(kind) || !this.#common[thread]?.has(name) || (isRelease(kind) && !this.#tried.has(name));
    this.#before.set(this.#words);
  }

  /** A thread has looked whether it can go on, and cannot. */
  waits(thread: number): void {
    this.#noteUse(this.#bits[thread] as number);
  }

  /** The step is through, and judged by itself: what it read and wrote if it is of a kind that may go first, 0 if not. */
  footprint(thread: number): number {
    const { list, count } = this.#touched;
    this.#noteWrites(this.#bits[thread] as number);
    this.#noteUse(this.#bits[thread] as number);
    if (!this.#mayBe || this.#isForbidden) return 0;
    let print = this.#footprints.with(0, thread);
    for (let i = 0; i < count; i++) print = this.#footprints.with(print, MAX_THREADS + 2 * (list[i] as number));
    for (let i = 0; i < this.#writes; i++)
      print = this.#footprints.with(print, MAX_THREADS + 2 * (this.#written[i] as number) + 1);
    return print;
  }

  /** Whether a thread's step with this footprint may go first, as far as was known when that was asked first. */
  mayGoFirst(thread: number, print: number): boolean {
    if (print === 0) return false;
    if (print >= this.#business.length) this.#makeRoom();
    if (this.#business[print] === UNKNOWN) this.#business[print] = this.#isOwn(~(1 << thread), print) ? OWN : COMMON;
    return this.#business[print] === OWN;
  }

  #makeRoom(): void {
    const more = new Uint8Array(2 * this.#footprints.count);
    more.set(this.#business);
    this.#business = more;
  }

  #isOwn(others: number, print: number): boolean {
    for (let list = print; list !== 0; list = this.#footprints.without(list)) {
      const item = this.#footprints.last(list) - MAX_THREADS;
      const who = (item & 1) === 1 ? this.#users : this.#writers;
      if (item >= 0 && ((who[item >> 1] as number) & others) !== 0) return false;
    }
    return true;
  }

  /** A search begins anew, with what is known by now. */
  begin(): void {
    this.isSurprised = false;
    this.#business.fill(UNKNOWN);
  }

  /** The state that it led to is judged. */
  judged(): void {
    this.#noteUse(JUDGED);
  }

  /** Notes who uses what was touched, which whoever asks then clears. */
  #noteUse(bits: number): void {
    const { list, count } = this.#touched;
    for (let i = 0; i < count; i++) {
      const field = list[i] as number;
      const users = this.#users[field] as number;
      if ((users & bits) !== 0) continue;
      this.#users[field] = users | bits;
      if (((this.#writers[field] as number) & ~bits) !== 0) this.isSurprised = true;
    }
  }

  /** Notes what was written, but for the lock that the step is about. */
  #noteWrites(bits: number): void {
    const words = this.#words;
    const before = this.#before;
    this.#writes = 0;
    for (let i = 0; i < words.length; i++) {
      if (words[i] === before[i]) continue;
      this.#was[0] = before[i] as number;
      for (let at = 4 * i; at < 4 * i + 4; at++) {
        const field = this.#fieldAt[at] as number;
        if (field < 0 || this.#machine.bytes[at] === this.#wasBytes[at & 3]) continue;
        this.#written[this.#writes++] = field;
        this.#noteWrite(field, bits);
      }
    }
  }

  #noteWrite(field: number, bits: number): void {
    if (((this.#writers[field] as number) & bits) !== 0) return;
    const users = this.#users[field] as number;
    this.#users[field] = users | bits;
    this.#writers[field] = (this.#writers[field] as number) | bits;
    // twins that have only read it so far did not know each other for writers
    if ((users & ~alone(bits)) !== 0) this.isSurprised = true;
  }
}

/** The bit of a thread that has no twin. */
const alone = (bits: number) => ((bits & (bits - 1)) === 0 ? bits : 0);
