/**
 * The interpreter over packed state.
 *
 * A machine owns one working buffer. `step` runs one visible operation of one thread and everything that rides along
 * with it, up to the thread's next visible operation. Procedure, program counter and locals are read by offset; bodies
 * see the accessors of `layout.ts`.
 */
import { FRAME_HEADER, type Layout, makeLayout, type Schema, THREAD_HEADER } from "./layout.ts";
import { isLockOp, type LinkedProc, OP, type Op, type Table } from "./link.ts";
import { type Frame, makeLocals } from "./locals.ts";
import type { KnownReads, Touched } from "./noting.ts";
import { packedViews } from "./views.ts";

export const RUNNING = 1;
export const FINISHED = 2;
export const OOPS = 3;

/** What a thread runs: root procedures with their arguments, one after the other. */
export interface Root {
  readonly proc: string;
  readonly args: readonly number[];
}

/** Watches a machine at work. Every hook is optional in effect, none may change the state. */
export interface Observer<S> {
  /** An operation is executed; it reads or writes shared state if `visible`. A step has several of those inside a group only. */
  op(thread: number, proc: number, pc: number, visible: boolean): void;
  /** The operation is through: 1 or 0 for a decision or a trylock, the element for a loop, 0 for a statement. */
  answer(thread: number, value: number): void;
  call(thread: number, proc: number, args: readonly number[]): void;
  return(thread: number, proc: number, value: number): void;
  moment(thread: number, name: string, args: readonly number[], state: S): void;
  warn(thread: number, site: string): void;
}

const STATUS = 0;
const AT = 1;
const RESULT = 2;
const FRAME = 3;
const TOP = 4;

/** Operations that may ride along with one visible one; more means a loop that never waits. */
const RIDE_LIMIT = 4096;

const NO_OPS: readonly Op[] = [];
const NO_FRAME = makeLocals([], new Int8Array(0));

/** The lock of a statement whose index names none. */
const NO_LOCK = -2;

class Nonsense extends Error {}

/** An engine assertion: the model is wrong, not the kernel. */
function broken(sentence: string): never {
  throw new Nonsense(`engine: ${sentence}`);
}

/** What a statement meets if something that it needs was not done: object 0, a lock that it does not hold. */
const isNonsense = (error: unknown) => error instanceof Nonsense || error instanceof TypeError;

export class Machine<S, W> {
  readonly layout: Layout;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What bodies are handed. */
  state: S;
  readonly table: Table;
  readonly world: W;
  observer: Observer<S> | null = null;
  /** Whether each visible statement of a group is a step of its own; see `atomic` in proc.ts. */
  readonly splits: boolean;
  /** Roots of each thread, in the order of the threads. */
  readonly programs: (readonly Root[])[] = [];
  readonly #threadsAt: number;
  readonly #threadSize: number;
  readonly #schema: Schema;
  readonly #signed: Int8Array;
  /** Accessors of each procedure's locals, made when a thread first stands in it: a run comes through few of them. */
  #locals: (Frame | undefined)[];
  #reads: KnownReads | null = null;
  /** Operations by procedure and program counter. */
  readonly #ops: readonly (readonly Op[])[];
  readonly #mayBeInside: Uint8Array;
  readonly #isAtomic: Uint8Array;
  /** The first lock of each name of the table, among those of the layout. */
  readonly #lockBases: Int32Array;
  /** Where the byte of each lock's exclusive owner lies. */
  readonly #lockOffsets: Int32Array;
  readonly #isRw: Uint8Array;
  /** Where the frame of the group lies that the running step began in, on its thread's stack; -1 for none. */
  #group = -1;
  #touched: Touched | null = null;

  constructor(
    schema: Schema,
    dims: Readonly<Record<string, number>>,
    table: Table,
    world: W,
    threads: number,
    splits = false,
  ) {
    this.table = table;
    this.world = world;
    this.splits = splits;
    this.layout = makeLayout(schema, dims, table.warnSites, threads, table.stackSize);
    this.#threadsAt = this.layout.threadsAt;
    this.#threadSize = this.layout.threadSize;
    this.bytes = new Uint8Array(new ArrayBuffer(this.layout.size));
    this.#signed = new Int8Array(this.bytes.buffer);
    this.#schema = schema;
    this.state = this.views(this.bytes);
    this.#locals = table.procs.map(() => undefined);
    this.#ops = table.procs.map((proc) => proc.ops);
    this.#mayBeInside = Uint8Array.from(table.procs, (proc) => (proc.mayBeInside ? 1 : 0));
    this.#isAtomic = Uint8Array.from(table.procs, (proc) => (proc.isAtomic ? 1 : 0));
    this.#lockOffsets = Int32Array.from(this.layout.locks, ({ offset }) => offset);
    this.#isRw = Uint8Array.from(this.layout.locks, ({ kind }) => (kind === "rw" ? 1 : 0));
    this.#lockBases = Int32Array.from(
      table.locks,
      ({ name, proc }) => this.layout.lockBase[name] ?? broken(`${proc} takes "${name}", which is no lock`),
    );
  }

  /** From now on notes which operation reads which local, and what is asked of the shared region; with null no more. */
  note(reads: KnownReads | null, touched: Touched | null): void {
    this.#touched = touched;
    this.state = this.views(this.bytes);
    this.#reads = reads;
    this.#locals = this.table.procs.map(() => undefined);
  }

  #makeLocals(proc: number): Frame {
    const { variables } = this.table.procs[proc] as LinkedProc;
    const locals =
      this.#reads === null ? makeLocals(variables, this.#signed) : this.#reads.locals(variables, this.#signed);
    this.#locals[proc] = locals;
    return locals;
  }

  /** A state of this machine, the running one or another, as bodies would be handed it. */
  views(bytes: Uint8Array): S {
    const views =
      this.#touched?.views(this.#schema, this.layout, bytes) ?? packedViews(this.#schema, this.layout, bytes);
    return views as S;
  }

  /** Sets locals of a thread's frames to 0: of the innermost one by `dead` of its operation, of the others by `deadInCall`. */
  clearLocals(thread: number, dead: Int32Array, deadInCall: Int32Array): void {
    const { bytes } = this;
    const region = this.#region(thread);
    if (bytes[region + STATUS] !== RUNNING) return;
    const stack = region + THREAD_HEADER;
    let offset = bytes[region + FRAME] as number;
    for (let masks = dead; ; masks = deadInCall) {
      const at = stack + offset;
      let mask = masks[(bytes[at] as number) * 256 + (bytes[at + 1] as number)] as number;
      for (let i = at + FRAME_HEADER; mask !== 0; i++, mask >>>= 1) if ((mask & 1) === 1) bytes[i] = 0;
      if (offset === 0) return;
      offset = bytes[at + 2] as number;
    }
  }

  #region(thread: number): number {
    return this.#threadsAt + thread * this.#threadSize;
  }

  /** RUNNING, FINISHED or OOPS; 0 before it is spawned. */
  status(thread: number): number {
    return this.bytes[this.#region(thread) + STATUS] as number;
  }

  /** Which of its roots a thread runs, from 0. */
  rootIndex(thread: number): number {
    return this.bytes[this.#region(thread) + AT] as number;
  }

  /** What the last finished root returned. */
  result(thread: number): number {
    return this.#signed[this.#region(thread) + RESULT] as number;
  }

  /** The call stack, outermost first: procedure and program counter of each frame. */
  frames(thread: number): { proc: number; pc: number; offset: number }[] {
    const region = this.#region(thread);
    const stack = region + THREAD_HEADER;
    const frames: { proc: number; pc: number; offset: number }[] = [];
    if (this.status(thread) !== RUNNING && this.status(thread) !== OOPS) return frames;
    let offset = this.bytes[region + FRAME] as number;
    for (;;) {
      const at = stack + offset;
      frames.push({ proc: this.bytes[at] as number, pc: this.bytes[at + 1] as number, offset });
      if (offset === 0) break;
      offset = this.bytes[at + 2] as number;
    }
    return frames.reverse();
  }

  /** Where the outermost group on a thread's stack begins, -1 for none. */
  #groupOf(region: number): number {
    const { bytes } = this;
    const stack = region + THREAD_HEADER;
    let group = -1;
    for (let offset = bytes[region + FRAME] as number; ; offset = bytes[stack + offset + 2] as number) {
      if (this.#isAtomic[bytes[stack + offset] as number] === 1) group = offset;
      if (offset === 0) return group;
    }
  }

  /** Locals of a frame by name, for display. */
  localsOf(thread: number, offset: number): Record<string, number> {
    const at = this.#region(thread) + THREAD_HEADER + offset;
    const proc = this.table.procs[this.bytes[at] as number] as LinkedProc;
    return Object.fromEntries(proc.variables.map((v, i) => [v, this.#signed[at + FRAME_HEADER + i] as number]));
  }

  /**
   * A parameter of the innermost procedure that a thread is in and that `marked` marks, the first one; 0 when it is in none.
   * Asked of this state, or of another one of the machine.
   */
  firstArgumentIn(thread: number, marked: Uint8Array, which = 0, bytes: Uint8Array = this.bytes): number {
    const region = this.#region(thread);
    const status = bytes[region + STATUS];
    if (status !== RUNNING && status !== OOPS) return 0;
    let offset = bytes[region + FRAME] as number;
    for (;;) {
      const at = region + THREAD_HEADER + offset;
      if (marked[bytes[at] as number] === 1) return ((bytes[at + FRAME_HEADER + which] as number) << 24) >> 24;
      if (offset === 0) return 0;
      offset = bytes[at + 2] as number;
    }
  }

  #push(region: number, procIndex: number, args: readonly number[]): void {
    const proc = this.table.procs[procIndex] as LinkedProc;
    const bytes = this.bytes;
    const top = bytes[region + TOP] as number;
    const size = FRAME_HEADER + proc.variables.length;
    if (top + size > this.layout.stackSize) broken(`the stack of ${proc.name} passes its limit`);
    if (args.length !== proc.arity) broken(`${proc.name} takes ${proc.arity} arguments, got ${args.length}`);
    const at = region + THREAD_HEADER + top;
    bytes[at] = procIndex;
    bytes[at + 1] = 0;
    bytes[at + 2] = top === 0 ? 0 : (bytes[region + FRAME] as number);
    for (let i = 0; i < args.length; i++) this.#signed[at + FRAME_HEADER + i] = args[i] as number;
    bytes[region + FRAME] = top;
    bytes[region + TOP] = top + size;
  }

  /** Adds a thread and lets it run up to its first visible statement. Returns its number, from 0. */
  spawn(program: readonly Root[]): number {
    const thread = this.programs.length;
    if (thread >= this.layout.threads) broken(`a thread more than the ${this.layout.threads} of the layout`);
    if (program.length === 0 || program.length > 100) broken(`a thread of ${program.length} operations`);
    this.programs.push(program);
    const region = this.#region(thread);
    this.bytes[region + STATUS] = RUNNING;
    this.#enter(thread, region);
    try {
      this.#run(thread, region, -1);
    } catch (error) {
      if (!this.table.isLenient || !isNonsense(error)) throw error;
      this.bytes[region + STATUS] = OOPS;
    }
    return thread;
  }

  #enter(thread: number, region: number): void {
    const root = this.programs[thread]?.[this.bytes[region + AT] as number] ?? broken("no such root");
    const proc = this.table.index.get(root.proc) ?? broken(`no procedure ${root.proc}`);
    this.#push(region, proc, root.args);
    this.observer?.call(thread, proc, root.args);
  }

  /** The operation that a running thread does next. */
  next(thread: number): Op {
    return this.#opAt(this.#region(thread));
  }

  #opAt(region: number): Op {
    const at = region + THREAD_HEADER + (this.bytes[region + FRAME] as number);
    return this.#ops[this.bytes[at] as number]?.[this.bytes[at + 1] as number] ?? broken("no operation");
  }

  /** Locals of a thread's top frame. */
  #focus(region: number): Frame {
    const at = region + THREAD_HEADER + (this.bytes[region + FRAME] as number);
    const proc = this.bytes[at] as number;
    const locals = this.#locals[proc] ?? this.#makeLocals(proc);
    locals.$base = at + FRAME_HEADER;
    locals.$op = proc * 256 + (this.bytes[at + 1] as number);
    return locals;
  }

  /** The lock that a thread's next operation takes or gives back; -1 if it is about no lock. */
  lockOf(thread: number): number {
    const region = this.#region(thread);
    const op = this.#opAt(region);
    return isLockOp(op.kind) ? this.#lockFor(op, region) : -1;
  }

  #lockFor(op: Op, region: number): number {
    const lock = this.#lockIn(op, this.#focus(region));
    return this.table.isLenient && this.layout.locks[lock]?.name !== op.name ? NO_LOCK : lock;
  }

  /** Whether nobody has a lock, or all who have it read. */
  #isFree(lock: number, toRead: boolean): boolean {
    if (lock === NO_LOCK) return true;
    this.looksAt(lock);
    const at = this.#lockOffsets[lock] ?? broken("no lock");
    return this.bytes[at] === 0 && (toRead || this.#isRw[lock] === 0 || this.bytes[at + 1] === 0);
  }

  /** Exclusive owner of a lock, as thread + 1; 0 when there is none. */
  owner(lock: number): number {
    this.looksAt(lock);
    return this.bytes[this.layout.locks[lock]?.offset ?? broken("no lock")] as number;
  }

  /** To be told by whoever looks at the bytes of a lock without asking here. */
  looksAt(lock: number): void {
    if (this.#touched !== null) this.#touched.locks.note(lock);
  }

  /** Readers of a `rw` lock, a bit for each thread. */
  readers(lock: number): number {
    const placed = this.layout.locks[lock] ?? broken("no lock");
    this.looksAt(lock);
    return placed.kind === "rw" ? (this.bytes[placed.offset + 1] as number) : 0;
  }

  /** Threads that stand before a held lock. Any of them may get it next. */
  waiters(lock: number): number[] {
    const waiting: number[] = [];
    for (let t = 0; t < this.programs.length; t++) {
      if (this.status(t) !== RUNNING || this.lockOf(t) !== lock || this.outcomes(t) > 0) continue;
      waiting.push(t);
    }
    return waiting;
  }

  /** How many outcomes the thread's next step offers: 0 when it is blocked, finished or gone. */
  outcomes(thread: number): number {
    if (thread < 0 || thread >= this.programs.length) return 0;
    const region = this.#region(thread);
    return this.bytes[region + STATUS] === RUNNING ? this.#offers(region, this.#opAt(region)) : 0;
  }

  #offers(region: number, op: Op): number {
    switch (op.kind) {
      case OP.LOCK:
      case OP.WRITE_LOCK:
        return this.#isFree(this.#lockFor(op, region), false) ? 1 : 0;
      case OP.READ_LOCK:
        return this.#isFree(this.#lockFor(op, region), true) ? 1 : 0;
      case OP.WAIT:
        return this.#holds(op.open, this.#focus(region)) ? 1 : 0;
      case OP.CHOOSE:
        return this.#holds(op.open, this.#focus(region)) ? op.labels.length : 1;
      default:
        return 1;
    }
  }

  #holds(test: Op["open"], locals: object): boolean {
    if (!this.table.isLenient) return test(this.state, locals, this.world) as boolean;
    try {
      return test(this.state, locals, this.world) as boolean;
    } catch (error) {
      if (!isNonsense(error)) throw error;
      return false;
    }
  }

  /** True when a WARN of this name was reached. */
  warned(site: number): boolean {
    return (((this.bytes[this.layout.warnOffset + (site >> 3)] as number) >> (site & 7)) & 1) === 1;
  }

  /**
   * Runs one step of a thread. Throws if it cannot run or has no such outcome: callers ask `outcomes` first.
   */
  step(thread: number, outcome: number): void {
    if (outcome < 0 || outcome >= this.outcomes(thread)) {
      broken(`thread ${thread + 1} has no outcome ${outcome} here`);
    }
    this.take(thread, outcome);
  }

  /** The same for a caller who has asked `outcomes`. */
  take(thread: number, outcome: number): void {
    const region = this.#region(thread);
    if (!this.table.isLenient) {
      this.#begin(thread, region, outcome);
      return;
    }
    try {
      if (this.lockOf(thread) === NO_LOCK) throw new Nonsense("no such lock");
      this.#begin(thread, region, outcome);
    } catch (error) {
      if (!isNonsense(error)) throw error;
      this.#group = -1;
      this.bytes[region + STATUS] = OOPS;
    }
  }

  #begin(thread: number, region: number, outcome: number): void {
    const proc = this.bytes[region + THREAD_HEADER + (this.bytes[region + FRAME] as number)] as number;
    this.#group = this.#mayBeInside[proc] === 1 && !this.splits ? this.#groupOf(region) : -1;
    this.#run(thread, region, outcome);
    this.#group = -1;
  }

  /** Whether a thread goes on with an operation that others can tell: inside a group, where it neither waits nor forks. */
  #goesOn(region: number, op: Op): boolean {
    return this.#group >= 0 && this.#offers(region, op) === 1;
  }

  /**
   * Executes a thread's next operation with this outcome, and what follows up to its next visible one; with an outcome
   * below 0 only what follows.
   */
  #run(thread: number, region: number, outcome: number): void {
    const { bytes, state, world, observer } = this;
    const signed = this.#signed;
    const stack = region + THREAD_HEADER;
    let rides = outcome < 0;
    let frame = 0;
    let base = 0;
    let proc = 0;
    let ops = NO_OPS;
    let locals = NO_FRAME;
    // below 0 where another frame is the running one
    let pc = -1;
    for (let i = 0; i < RIDE_LIMIT; i++) {
      if (pc < 0) {
        frame = stack + (bytes[region + FRAME] as number);
        base = frame + FRAME_HEADER;
        proc = bytes[frame] as number;
        pc = bytes[frame + 1] as number;
        ops = this.#ops[proc] as readonly Op[];
        locals = this.#locals[proc] ?? this.#makeLocals(proc);
      }
      const op = ops[pc] as Op;
      // whoever watches may have looked at another frame
      locals.$base = base;
      locals.$op = proc * 256 + pc;
      let visible = !op.rides;
      if (rides && visible) {
        if (op.kind === OP.CHOOSE && !op.fn(locals, world)) visible = false;
        else if (!this.#goesOn(region, op)) return;
      }
      let { next } = op;
      if (observer !== null) observer.op(thread, proc, pc, visible);
      switch (op.kind) {
        case OP.STEP:
        case OP.WAIT:
          op.fn(state, locals, world);
          if (observer !== null) observer.answer(thread, 0);
          break;
        case OP.GHOST:
          op.fn(state, locals, world);
          break;
        case OP.LOCAL:
          op.fn(locals, world);
          break;
        case OP.MOMENT:
          if (observer !== null) observer.moment(thread, op.name, op.args(locals, world), state);
          break;
        case OP.BRANCH_VISIBLE:
        case OP.BRANCH_LOCAL: {
          const yes = op.kind === OP.BRANCH_VISIBLE ? op.fn(state, locals, world) : op.fn(locals, world);
          if (!yes) next = op.end;
          if (observer !== null) observer.answer(thread, yes ? 1 : 0);
          break;
        }
        case OP.NEXT_VISIBLE:
        case OP.NEXT_LOCAL: {
          const value = (op.kind === OP.NEXT_VISIBLE ? op.fn(state, locals, world) : op.fn(locals, world)) as number;
          signed[base + op.variable] = value;
          if (value === 0) next = op.end;
          if (observer !== null) observer.answer(thread, value);
          break;
        }
        case OP.CALL:
        case OP.VIRTUAL: {
          let callee = op.ref;
          if (op.kind === OP.VIRTUAL) {
            const name = op.fn(state, locals, world) as string | null;
            if (name === null) {
              bytes[region + STATUS] = OOPS;
              return;
            }
            callee = this.table.index.get(name) ?? broken(`no procedure ${name}`);
          }
          const args = op.args(locals, world) as readonly number[];
          this.#push(region, callee, args);
          if (observer !== null) observer.call(thread, callee, args);
          // the caller's program counter stays at the call until it is returned from
          next = -1;
          break;
        }
        case OP.CHOOSE:
          signed[base + op.variable] = rides ? 0 : outcome;
          if (!rides && outcome > 0) op.took(state, locals, world);
          break;
        case OP.LOCK:
        case OP.WRITE_LOCK:
          bytes[this.#lockAt(op, locals)] = thread + 1;
          break;
        case OP.UNLOCK:
        case OP.WRITE_UNLOCK: {
          const at = this.#lockAt(op, locals);
          if (bytes[at] !== thread + 1) broken(`thread ${thread + 1} unlocks ${op.name}, which it does not hold`);
          bytes[at] = 0;
          break;
        }
        case OP.READ_LOCK:
          bytes[this.#lockAt(op, locals) + 1] |= 1 << thread;
          break;
        case OP.READ_UNLOCK: {
          const at = this.#lockAt(op, locals) + 1;
          const readers = bytes[at] as number;
          if ((readers & (1 << thread)) === 0) broken(`thread ${thread + 1} does not read ${op.name}`);
          bytes[at] = readers & ~(1 << thread);
          break;
        }
        case OP.TRYLOCK: {
          const free = this.#isFree(this.lockOf(thread), false);
          if (free) bytes[this.#lockAt(op, locals)] = thread + 1;
          signed[base + op.variable] = free ? 1 : 0;
          if (observer !== null) observer.answer(thread, free ? 1 : 0);
          break;
        }
        case OP.WARN:
          if (this.#touched !== null) this.#touched.noteWarns();
          bytes[this.layout.warnOffset + (op.ref >> 3)] |= 1 << (op.ref & 7);
          if (observer !== null) observer.warn(thread, op.name);
          break;
        case OP.RETURN:
          this.#return(thread, region, frame, proc, op.fn(locals, world) as number);
          if (bytes[region + STATUS] !== RUNNING) return;
          next = -1;
          break;
        default:
          broken(`operation ${op.kind}`);
      }
      rides = true;
      pc = next;
      if (pc >= 0) bytes[frame + 1] = pc;
    }
    broken(`thread ${thread + 1} rides along for ever`);
  }

  /** The lock that an operation is about, if there is one of that number. */
  #lockIn(op: Op, locals: Frame): number {
    return (this.#lockBases[op.ref] as number) + (op.args(locals, this.world) as number) - 1;
  }

  /** Where the byte of that lock lies. */
  #lockAt(op: Op, locals: Frame): number {
    const lock = this.#lockIn(op, locals);
    if (this.table.isLenient && this.layout.locks[lock]?.name !== op.name) broken(`no such ${op.name}`);
    this.looksAt(lock);
    return this.#lockOffsets[lock] ?? broken(`no such ${op.name}`);
  }

  #return(thread: number, region: number, frame: number, proc: number, value: number): void {
    const { bytes } = this;
    const stack = region + THREAD_HEADER;
    const top = bytes[region + TOP] as number;
    const offset = bytes[region + FRAME] as number;
    const caller = bytes[frame + 2] as number;
    if (offset === this.#group) this.#group = -1;
    for (let at = frame; at < stack + top; at++) bytes[at] = 0;
    this.observer?.return(thread, proc, value);
    if (offset === 0) {
      bytes[region + FRAME] = 0;
      bytes[region + TOP] = 0;
      this.#signed[region + RESULT] = value;
      const at = (bytes[region + AT] as number) + 1;
      bytes[region + AT] = at;
      if (at < (this.programs[thread]?.length ?? 0)) this.#enter(thread, region);
      else bytes[region + STATUS] = FINISHED;
      return;
    }
    bytes[region + TOP] = offset;
    bytes[region + FRAME] = caller;
    const at = stack + caller;
    const pc = bytes[at + 1] as number;
    const op = (this.#ops[bytes[at] as number] as readonly Op[])[pc] as Op;
    if (op.variable >= 0) this.#signed[at + FRAME_HEADER + op.variable] = value;
    bytes[at + 1] = op.next;
  }
}
