/**
 * The oracle: an interpreter of the same linked tables over plain objects, written apart from `step.ts`.
 *
 * A state is objects with numbers, a thread a list of frames with named locals. Bodies see it through proxies that are
 * stricter than bytes: a ghost may be read by ghosts and predicates only, a ghost writes nothing but ghosts, a test
 * writes nothing at all, and a number that its packed byte could not hold throws, as does a field or a local that does
 * not exist.
 */
import type { Schema } from "./layout.ts";
import { type LinkedProc, OP, type Op, type Table } from "./link.ts";
import { FINISHED, type Machine, OOPS, type Root, RUNNING } from "./step.ts";

type Values = Record<string, number | number[]>;

/** What the body that runs now may do. */
type Mode = "step" | "test" | "ghost" | "took";

export interface PlainFrame {
  proc: LinkedProc;
  pc: number;
  locals: Record<string, number>;
}

export interface PlainThread {
  program: readonly Root[];
  /** Index of the root that runs. */
  at: number;
  status: number;
  result: number;
  stack: PlainFrame[];
}

export interface PlainLock {
  owner: number;
  readers: Set<number>;
}

const canStandStill = new Set<number>([
  OP.STEP,
  OP.BRANCH_VISIBLE,
  OP.NEXT_VISIBLE,
  OP.VIRTUAL,
  OP.LOCK,
  OP.UNLOCK,
  OP.READ_LOCK,
  OP.READ_UNLOCK,
  OP.WRITE_LOCK,
  OP.WRITE_UNLOCK,
  OP.TRYLOCK,
  OP.WARN,
  OP.WAIT,
]);

export class PlainMachine<W> {
  readonly schema: Schema;
  readonly table: Table;
  readonly world: W;
  readonly splits: boolean;
  /** `shared.group[2]`, or `shared.bound[0]` for a struct of one instance. */
  readonly shared: Record<string, Values[]> = {};
  readonly locks: Record<string, PlainLock[]> = {};
  readonly warned = new Set<string>();
  readonly threads: PlainThread[] = [];
  /** What bodies are handed. */
  readonly #state: Record<string, unknown> = {};
  #mode: Mode = "step";

  constructor(schema: Schema, dims: Readonly<Record<string, number>>, table: Table, world: W, splits = false) {
    this.splits = splits;
    this.schema = schema;
    this.table = table;
    this.world = world;
    const size = (dim: string): number => {
      const n = dims[dim];
      if (n === undefined) throw new Error(`plain: no dimension ${dim}`);
      return n;
    };
    for (const [name, struct] of Object.entries(schema.structs)) {
      const fresh = (): Values =>
        Object.fromEntries(
          Object.entries(struct.fields).map(([field, f]) => [
            field,
            f.array ? Array.from({ length: size(f.dim) }, () => 0) : 0,
          ]),
        );
      const instances = struct.many ? [{}, ...Array.from({ length: size(struct.dim) }, fresh)] : [fresh()];
      this.shared[name] = instances;
      const guarded = instances.map((values, i) => this.#guard(name, i, values));
      this.#state[name] = struct.many ? this.#checked(name, [undefined, ...guarded.slice(1)]) : guarded[0];
    }
    for (const [name, lock] of Object.entries(schema.locks)) {
      const count = lock.dim === "" ? 1 : size(lock.dim);
      this.locks[name] = Array.from({ length: count }, () => ({ owner: 0, readers: new Set<number>() }));
    }
  }

  /** A list that refuses an index it does not have. */
  #checked(name: string, list: unknown[]): unknown {
    return new Proxy(list, {
      get: (target, key) => {
        if (typeof key === "string" && target[Number(key)] === undefined) throw new Error(`plain: no ${name}[${key}]`);
        return Reflect.get(target, key);
      },
    });
  }

  #mayRead(where: string, ghost: boolean): void {
    if (ghost && this.#mode !== "ghost") throw new Error(`plain: a ${this.#mode} body reads the ghost ${where}`);
  }

  #mayWrite(where: string, ghost: boolean, value: number): void {
    const mode = this.#mode;
    const allowed = mode === "took" || (mode === "ghost" ? ghost : mode === "step" && !ghost);
    if (!allowed) throw new Error(`plain: a ${mode} body writes ${where}`);
    if (!Number.isInteger(value) || value < 0 || value > 255) throw new Error(`plain: ${where} becomes ${value}`);
  }

  #guard(struct: string, index: number, values: Values): unknown {
    const spec = this.schema.structs[struct];
    const cells = new Map<string, unknown>();
    for (const [field, value] of Object.entries(values)) {
      if (!Array.isArray(value)) continue;
      const ghost = spec?.fields[field]?.ghost ?? false;
      const at = (key: string) => `${struct}[${index}].${field}[${key}]`;
      const known = (key: string) => {
        if (!/^\d+$/.test(key) || Number(key) >= value.length) throw new Error(`plain: there is no ${at(key)}`);
      };
      cells.set(
        field,
        new Proxy(value, {
          get: (target, key) => {
            if (key === "length") return target.length;
            known(String(key));
            this.#mayRead(at(String(key)), ghost);
            return target[Number(key)];
          },
          set: (target, key, next: number) => {
            known(String(key));
            this.#mayWrite(at(String(key)), ghost, next);
            target[Number(key)] = next;
            return true;
          },
        }),
      );
    }
    const field = (key: string | symbol) => {
      const found = spec?.fields[String(key)];
      if (found === undefined) throw new Error(`plain: ${struct} has no field ${String(key)}`);
      return found;
    };
    return new Proxy(values, {
      get: (target, key) => {
        const { array, ghost } = field(key);
        if (array) return cells.get(String(key));
        this.#mayRead(`${struct}[${index}].${String(key)}`, ghost);
        return target[String(key)];
      },
      set: (target, key, value: number) => {
        if (field(key).array) throw new Error(`plain: a body replaces the array ${String(key)}`);
        this.#mayWrite(`${struct}[${index}].${String(key)}`, field(key).ghost, value);
        target[String(key)] = value;
        return true;
      },
    });
  }

  #localsOf(frame: PlainFrame): Record<string, number> {
    const known = (key: string | symbol) => {
      if (!(String(key) in frame.locals)) throw new Error(`plain: ${frame.proc.name} has no local ${String(key)}`);
    };
    return new Proxy(frame.locals, {
      get: (target, key) => {
        known(key);
        return target[String(key)];
      },
      set: (target, key, value: number) => {
        known(key);
        signed(`${frame.proc.name}.${String(key)}`, value);
        target[String(key)] = value;
        return true;
      },
    });
  }

  #as<R>(mode: Mode, run: () => R): R {
    this.#mode = mode;
    return run();
  }

  #thread(thread: number): PlainThread {
    const found = this.threads[thread];
    if (found === undefined) throw new Error(`plain: no thread ${thread}`);
    return found;
  }

  #top(t: PlainThread): PlainFrame {
    const frame = t.stack.at(-1);
    if (frame === undefined) throw new Error("plain: the stack is empty");
    return frame;
  }

  #op(frame: PlainFrame): Op {
    const op = frame.proc.ops[frame.pc];
    if (op === undefined) throw new Error(`plain: ${frame.proc.name} has no operation ${frame.pc}`);
    return op;
  }

  #lock(frame: PlainFrame, op: Op): PlainLock {
    const index = op.args(this.#localsOf(frame), this.world) as number;
    const lock = this.locks[op.name]?.[index - 1];
    if (lock === undefined) throw new Error(`plain: no lock ${op.name} ${index}`);
    return lock;
  }

  #enter(t: PlainThread, name: string, args: readonly number[]): void {
    const proc = this.table.procs.find((p) => p.name === name);
    if (proc === undefined) throw new Error(`plain: no procedure ${name}`);
    if (proc.arity !== args.length) throw new Error(`plain: ${name} is called with ${args.length} arguments`);
    const locals: Record<string, number> = {};
    proc.variables.forEach((v, i) => {
      locals[v] = args[i] ?? 0;
      signed(`${name}.${v}`, locals[v]);
    });
    t.stack.push({ proc, pc: 0, locals });
  }

  spawn(program: readonly Root[]): number {
    const t: PlainThread = { program, at: 0, status: RUNNING, result: 0, stack: [] };
    this.threads.push(t);
    const root = program[0] as Root;
    this.#enter(t, root.proc, root.args);
    this.#settle(this.threads.length - 1);
    return this.threads.length - 1;
  }

  outcomes(thread: number): number {
    const t = this.threads[thread];
    if (t === undefined || t.status !== RUNNING) return 0;
    const frame = this.#top(t);
    const op = this.#op(frame);
    if (op.kind === OP.LOCK || op.kind === OP.WRITE_LOCK) {
      const lock = this.#lock(frame, op);
      return lock.owner === 0 && lock.readers.size === 0 ? 1 : 0;
    }
    if (op.kind === OP.READ_LOCK) return this.#lock(frame, op).owner === 0 ? 1 : 0;
    if (op.kind !== OP.CHOOSE && op.kind !== OP.WAIT) return 1;
    const open = this.#as("test", () => op.open(this.#state, this.#localsOf(frame), this.world)) as boolean;
    if (op.kind === OP.WAIT) return open ? 1 : 0;
    return open ? op.labels.length : 1;
  }

  step(thread: number, outcome: number): void {
    if (outcome >= this.outcomes(thread)) throw new Error(`plain: thread ${thread} has no outcome ${outcome}`);
    const { stack } = this.#thread(thread);
    const group = this.splits ? undefined : stack.find((frame) => frame.proc.isAtomic);
    this.#do(thread, outcome);
    // objects tell one activation from the next, wherever it lies on the stack
    while (group !== undefined && stack.includes(group)) {
      this.#settle(thread);
      if (!stack.includes(group) || this.outcomes(thread) !== 1) break;
      this.#do(thread, 0);
    }
    this.#settle(thread);
  }

  /** Goes on until the thread stands before something visible. */
  #settle(thread: number): void {
    const t = this.#thread(thread);
    for (let n = 0; t.status === RUNNING; n++) {
      if (n > 10_000) throw new Error("plain: it never stands still");
      const frame = this.#top(t);
      const op = this.#op(frame);
      if (canStandStill.has(op.kind)) return;
      if (op.kind === OP.CHOOSE && op.fn(this.#localsOf(frame), this.world)) return;
      this.#do(thread, 0);
    }
  }

  #do(thread: number, outcome: number): void {
    const t = this.#thread(thread);
    const frame = this.#top(t);
    const op = this.#op(frame);
    const locals = this.#localsOf(frame);
    const { world } = this;
    const state = this.#state;
    const variable = frame.proc.variables[op.variable] ?? "";
    switch (op.kind) {
      case OP.STEP:
      case OP.WAIT:
        this.#as("step", () => op.fn(state, locals, world));
        break;
      case OP.GHOST:
        this.#as("ghost", () => op.fn(state, locals, world));
        break;
      case OP.LOCAL:
        op.fn(locals, world);
        break;
      case OP.MOMENT:
        break;
      case OP.BRANCH_VISIBLE:
      case OP.BRANCH_LOCAL: {
        const visible = op.kind === OP.BRANCH_VISIBLE;
        const yes = visible ? this.#as("test", () => op.fn(state, locals, world)) : op.fn(locals, world);
        frame.pc = yes ? frame.pc + 1 : op.to;
        return;
      }
      case OP.NEXT_VISIBLE:
      case OP.NEXT_LOCAL: {
        const visible = op.kind === OP.NEXT_VISIBLE;
        const next = visible ? this.#as("test", () => op.fn(state, locals, world)) : op.fn(locals, world);
        locals[variable] = next;
        frame.pc = next === 0 ? op.to : frame.pc + 1;
        return;
      }
      case OP.CALL:
        this.#enter(t, op.name, op.args(locals, world));
        return;
      case OP.VIRTUAL: {
        const name = this.#as("test", () => op.fn(state, locals, world)) as string | null;
        if (name === null) t.status = OOPS;
        else if (!op.callees.includes(name)) throw new Error(`plain: ${name} is not among the callees`);
        else this.#enter(t, name, op.args(locals, world));
        return;
      }
      case OP.CHOOSE:
        locals[variable] = outcome;
        if (outcome > 0) this.#as("took", () => op.took(state, locals, world));
        break;
      case OP.LOCK:
      case OP.WRITE_LOCK:
        this.#lock(frame, op).owner = thread + 1;
        break;
      case OP.UNLOCK:
      case OP.WRITE_UNLOCK: {
        const lock = this.#lock(frame, op);
        if (lock.owner !== thread + 1) throw new Error(`plain: thread ${thread} does not hold ${op.name}`);
        lock.owner = 0;
        break;
      }
      case OP.READ_LOCK:
        this.#lock(frame, op).readers.add(thread);
        break;
      case OP.READ_UNLOCK:
        if (!this.#lock(frame, op).readers.delete(thread)) throw new Error(`plain: ${thread} does not read ${op.name}`);
        break;
      case OP.TRYLOCK: {
        const lock = this.#lock(frame, op);
        const free = lock.owner === 0 && lock.readers.size === 0;
        if (free) lock.owner = thread + 1;
        locals[variable] = free ? 1 : 0;
        break;
      }
      case OP.WARN:
        this.warned.add(op.name);
        break;
      case OP.JUMP:
        frame.pc = op.to;
        return;
      case OP.RETURN:
        this.#leave(t, op.fn(locals, world) as number);
        return;
      default:
        throw new Error(`plain: operation ${op.kind}`);
    }
    frame.pc++;
  }

  #leave(t: PlainThread, value: number): void {
    signed("a result", value);
    t.stack.pop();
    const caller = t.stack.at(-1);
    if (caller !== undefined) {
      const into = caller.proc.variables[this.#op(caller).variable];
      if (into !== undefined) caller.locals[into] = value;
      caller.pc++;
      return;
    }
    t.result = value;
    t.at++;
    const root = t.program[t.at];
    if (root === undefined) t.status = FINISHED;
    else this.#enter(t, root.proc, root.args);
  }

  /** Takes over the shared fields of a packed machine that has no threads yet. */
  load<S>(machine: Machine<S, W>): void {
    for (const f of machine.layout.fields) {
      const values = this.shared[f.struct]?.[f.index] as Values;
      const bytes = machine.bytes.slice(f.offset, f.offset + f.size);
      values[f.field] = f.array ? [...bytes] : (bytes[0] as number);
      if (f.array) this.#reguard(f.struct, f.index);
    }
  }

  /** New arrays need new guards. */
  #reguard(struct: string, index: number): void {
    const guard = this.#guard(struct, index, this.shared[struct]?.[index] as Values);
    if (this.schema.structs[struct]?.many) (this.#state[struct] as unknown[])[index] = guard;
    else this.#state[struct] = guard;
  }

  /** How often each operation was wanted is no business of an oracle; what it holds is: see `disagreement`. */
  field(struct: string, index: number, name: string): number | number[] {
    return this.shared[struct]?.[index]?.[name] as number | number[];
  }
}

function signed(what: string, value: number): void {
  if (!Number.isInteger(value) || value < -128 || value > 127) throw new Error(`plain: ${what} becomes ${value}`);
}

/** The first thing in which a packed and a plain machine differ, in words; empty when they agree on everything. */
export function disagreement<S, W>(packed: Machine<S, W>, plain: PlainMachine<W>): string {
  const { layout, bytes, table } = packed;
  const differ = (what: string, a: unknown, b: unknown) => `${what}: packed ${String(a)}, plain ${String(b)}`;
  for (const f of layout.fields) {
    const value = plain.field(f.struct, f.index, f.field);
    for (let i = 0; i < f.size; i++) {
      const one = Array.isArray(value) ? value[i] : value;
      if (bytes[f.offset + i] !== one)
        return differ(`${f.struct}[${f.index}].${f.field}[${i}]`, bytes[f.offset + i], one);
    }
  }
  for (const [i, placed] of layout.locks.entries()) {
    const lock = plain.locks[placed.name]?.[placed.index - 1];
    const name = `${placed.name} ${placed.index}`;
    if (packed.owner(i) !== lock?.owner) return differ(`owner of ${name}`, packed.owner(i), lock?.owner);
    const readers = [...lock.readers].reduce((mask, thread) => mask | (1 << thread), 0);
    if (packed.readers(i) !== readers) return differ(`readers of ${name}`, packed.readers(i), readers);
  }
  for (const [i, site] of table.warnSites.entries()) {
    if (packed.warned(i) !== plain.warned.has(site)) return differ(`WARN ${site}`, packed.warned(i), !packed.warned(i));
  }
  if (packed.programs.length !== plain.threads.length) {
    return differ("threads", packed.programs.length, plain.threads.length);
  }
  for (const [t, thread] of plain.threads.entries()) {
    const name = `thread ${t + 1}`;
    if (packed.status(t) !== thread.status) return differ(`status of ${name}`, packed.status(t), thread.status);
    if (packed.rootIndex(t) !== thread.at) return differ(`root of ${name}`, packed.rootIndex(t), thread.at);
    if (packed.result(t) !== thread.result) return differ(`result of ${name}`, packed.result(t), thread.result);
    if (packed.outcomes(t) !== plain.outcomes(t)) {
      return differ(`outcomes of ${name}`, packed.outcomes(t), plain.outcomes(t));
    }
    const stack = packed.frames(t).map((f) => ({ ...f, locals: packed.localsOf(t, f.offset) }));
    if (stack.length !== thread.stack.length) return differ(`depth of ${name}`, stack.length, thread.stack.length);
    for (const [n, frame] of thread.stack.entries()) {
      const other = stack[n] as (typeof stack)[number];
      const proc = table.procs[other.proc]?.name;
      if (proc !== frame.proc.name) return differ(`frame ${n} of ${name}`, proc, frame.proc.name);
      if (other.pc !== frame.pc) return differ(`${proc} of ${name}`, other.pc, frame.pc);
      for (const v of frame.proc.variables) {
        if (other.locals[v] !== frame.locals[v]) return differ(`${proc}.${v}`, other.locals[v], frame.locals[v]);
      }
    }
    const last = stack.at(-1);
    const region = layout.threadsAt + t * layout.threadSize;
    const used = last === undefined ? 0 : last.offset + 3 + (table.procs[last.proc]?.variables.length ?? 0);
    if (bytes.subarray(region + 5 + used, region + layout.threadSize).some((byte) => byte !== 0)) {
      return `${name} left something of a popped frame behind`;
    }
  }
  return "";
}
