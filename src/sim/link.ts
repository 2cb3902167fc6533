/**
 * The linker: procedures become one flat table with explicit program counters.
 *
 * Tables are built in the order of sorted names, so that the same model gives the same numbers on every machine.
 */
import { FRAME_HEADER } from "./layout.ts";
import type { AnyProc, Node, Procs, Source } from "./proc.ts";

export const OP = {
  STEP: 0,
  LOCAL: 1,
  GHOST: 2,
  MOMENT: 3,
  BRANCH_VISIBLE: 4,
  BRANCH_LOCAL: 5,
  NEXT_VISIBLE: 6,
  NEXT_LOCAL: 7,
  CALL: 8,
  VIRTUAL: 9,
  CHOOSE: 10,
  LOCK: 11,
  UNLOCK: 12,
  READ_LOCK: 13,
  READ_UNLOCK: 14,
  WRITE_LOCK: 15,
  WRITE_UNLOCK: 16,
  TRYLOCK: 17,
  WARN: 18,
  RETURN: 19,
  JUMP: 20,
  WAIT: 21,
} as const;

const ridesAlong: ReadonlySet<number> = new Set([
  OP.LOCAL,
  OP.GHOST,
  OP.MOMENT,
  OP.BRANCH_LOCAL,
  OP.NEXT_LOCAL,
  OP.CALL,
  OP.RETURN,
]);

/** Takes a lock, tries to, or gives it back. */
export const isLockOp = (kind: number): boolean => kind >= OP.LOCK && kind <= OP.TRYLOCK;

// biome-ignore lint/suspicious/noExplicitAny: the locals and states of all procedures meet in one table
type Fn = (...args: any[]) => any;
const none: Fn = () => undefined;

/** One operation. Unused members keep their neutral value, so that all operations share one shape. */
export interface Op {
  readonly kind: number;
  readonly id: string;
  readonly text: string;
  readonly depth: number;
  /** The body: run, test, next, pick or possible. */
  readonly fn: Fn;
  /** Arguments of a call or a moment, or the instance of a lock. */
  readonly args: Fn;
  /** Whether a choice offers all of its labels, or what a wait waits for. */
  readonly open: Fn;
  readonly took: Fn;
  /** Where it goes when the test fails, the list ends, or always (JUMP). */
  to: number;
  /** Where it goes else, and where `to` leads: both past all jumps, which are never executed. */
  next: number;
  end: number;
  /** Index of a local: loop variable, result of a call, a choice or a trylock; -1 for none. */
  readonly variable: number;
  /** Index in the table: of the callee, of the lock's name, of a WARN's site. */
  ref: number;
  /** Name of the callee, lock, site or moment. */
  readonly name: string;
  readonly callees: readonly string[];
  readonly labels: readonly string[];
  /** Nobody else can tell: it is executed with the visible one before it. A choice that cannot fail in a world does so too. */
  readonly rides: boolean;
  /** A jump over the second branch of a decision, which begins behind it and ends where it goes. */
  readonly otherwise: boolean;
  /** Of a wait; empty for all else. */
  readonly how: "" | "sleeps" | "polls" | "rests";
}

export interface LinkedProc {
  readonly name: string;
  readonly source: Source;
  readonly isVoid: boolean;
  /** See `atomic` in proc.ts. */
  readonly isAtomic: boolean;
  /** It is a group, or may be called inside of one. */
  mayBeInside: boolean;
  readonly arity: number;
  readonly variables: readonly string[];
  readonly ops: readonly Op[];
}

export interface Table {
  readonly procs: readonly LinkedProc[];
  readonly index: ReadonlyMap<string, number>;
  readonly warnSites: readonly string[];
  /** Each with a procedure that takes it. */
  readonly locks: readonly { readonly name: string; readonly proc: string }[];
  /** Bytes of the deepest stack that any procedure can build. */
  readonly stackSize: number;
  /** A statement that cannot be executed ends its thread in an oops; else it is a mistake of the model, and throws. */
  readonly isLenient: boolean;
}

function lower<S, W>(proc: AnyProc<S, W>): LinkedProc {
  const ops: Op[] = [];
  const labels = new Map<string, number>();
  const jumps: { at: number; label: string }[] = [];
  const local = (name: string | null): number => {
    if (name === null) return -1;
    const index = proc.variables.indexOf(name);
    if (index < 0) throw new Error(`${proc.name}: no local "${name}"`);
    return index;
  };
  const emit = (kind: number, depth: number, node: Partial<Op>): number =>
    ops.push({
      kind,
      depth,
      id: "",
      text: "",
      fn: none,
      args: none,
      open: none,
      took: none,
      to: -1,
      next: -1,
      end: -1,
      variable: -1,
      ref: -1,
      name: "",
      callees: [],
      labels: [],
      rides: ridesAlong.has(kind),
      otherwise: false,
      how: "",
      ...node,
    }) - 1;
  const at = (index: number): Op => ops[index] as Op;

  // biome-ignore lint/suspicious/noExplicitAny: bodies of any procedure
  const body = (nodes: readonly Node<any, any, any>[], depth: number): void => {
    for (const node of nodes) {
      switch (node.kind) {
        case "step":
          emit(OP.STEP, depth, { id: node.id, text: node.text, fn: node.run });
          break;
        case "wait":
          emit(OP.WAIT, depth, { id: node.id, text: node.text, fn: node.run, open: node.ready, how: node.how });
          break;
        case "local":
          emit(OP.LOCAL, depth, { id: node.id, text: node.text, fn: node.run });
          break;
        case "ghost":
          emit(OP.GHOST, depth, { fn: node.run });
          break;
        case "moment":
          emit(OP.MOMENT, depth, { name: node.name, args: node.args });
          break;
        case "if": {
          const kind = node.visible ? OP.BRANCH_VISIBLE : OP.BRANCH_LOCAL;
          const branch = emit(kind, depth, { id: node.id, text: node.text, fn: node.test });
          body(node.then, depth + 1);
          if (node.otherwise.length > 0) {
            const jump = emit(OP.JUMP, depth, { otherwise: true });
            at(branch).to = ops.length;
            body(node.otherwise, depth + 1);
            at(jump).to = ops.length;
          } else {
            at(branch).to = ops.length;
          }
          break;
        }
        case "each": {
          const kind = node.visible ? OP.NEXT_VISIBLE : OP.NEXT_LOCAL;
          const next = emit(kind, depth, {
            id: node.id,
            text: node.text,
            fn: node.next,
            variable: local(node.variable),
          });
          body(node.body, depth + 1);
          emit(OP.JUMP, depth, { to: next });
          at(next).to = ops.length;
          break;
        }
        case "call":
          emit(OP.CALL, depth, {
            id: node.id,
            text: node.text,
            args: node.args,
            name: node.callee,
            callees: [node.callee],
            variable: local(node.into),
          });
          break;
        case "virtual":
          emit(OP.VIRTUAL, depth, {
            id: node.id,
            text: node.text,
            fn: node.pick,
            args: node.args,
            callees: node.callees,
            variable: local(node.into),
          });
          break;
        case "choose":
          emit(OP.CHOOSE, depth, {
            id: node.id,
            text: node.text,
            fn: node.possible,
            open: node.open,
            took: node.took,
            labels: node.labels,
            variable: local(node.into),
          });
          break;
        case "trylock":
          emit(OP.TRYLOCK, depth, {
            id: node.id,
            text: node.text,
            name: node.lock,
            args: node.index,
            variable: local(node.into),
          });
          break;
        case "warn":
          emit(OP.WARN, depth, { id: node.id, text: node.text, name: node.site });
          break;
        case "return":
          emit(OP.RETURN, depth, { id: node.id, text: node.text, fn: node.value });
          break;
        case "goto":
          jumps.push({ at: emit(OP.JUMP, depth, {}), label: node.label });
          break;
        case "label":
          labels.set(node.label, ops.length);
          break;
        default: {
          const kinds = {
            lock: OP.LOCK,
            unlock: OP.UNLOCK,
            read_lock: OP.READ_LOCK,
            read_unlock: OP.READ_UNLOCK,
            write_lock: OP.WRITE_LOCK,
            write_unlock: OP.WRITE_UNLOCK,
          };
          emit(kinds[node.kind], depth, { id: node.id, text: node.text, name: node.lock, args: node.index });
        }
      }
    }
  };
  body(proc.body, 0);
  emit(OP.RETURN, 0, { fn: () => 0 });
  for (const jump of jumps) {
    const target = labels.get(jump.label);
    if (target === undefined) throw new Error(`${proc.name}: no label "${jump.label}"`);
    at(jump.at).to = target;
  }
  const past = (pc: number): number => (ops[pc]?.kind === OP.JUMP ? past(at(pc).to) : pc);
  ops.forEach((op, pc) => {
    op.next = past(pc + 1);
    op.end = op.to < 0 ? -1 : past(op.to);
  });
  if (ops.length > 255) throw new Error(`${proc.name}: ${ops.length} operations, at most 255`);
  return {
    name: proc.name,
    source: proc.source,
    isVoid: proc.isVoid,
    isAtomic: proc.isAtomic,
    mayBeInside: false,
    arity: proc.arity,
    variables: proc.variables,
    ops,
  };
}

/** Deepest stack in bytes; throws on a callee that does not exist and on recursion, which no limit could bound. */
function deepest(procs: readonly LinkedProc[], index: ReadonlyMap<string, number>): number {
  const known = new Map<number, number>();
  const open = new Set<number>();
  const depthOf = (i: number): number => {
    const before = known.get(i);
    if (before !== undefined) return before;
    const proc = procs[i] as LinkedProc;
    if (open.has(i)) throw new Error(`${proc.name}: recursion has no bound`);
    open.add(i);
    let below = 0;
    for (const op of proc.ops) {
      for (const callee of op.callees) {
        const target = index.get(callee);
        if (target === undefined) throw new Error(`${proc.name}: calls "${callee}", which is not there`);
        below = Math.max(below, depthOf(target));
      }
    }
    open.delete(i);
    const total = FRAME_HEADER + proc.variables.length + below;
    known.set(i, total);
    return total;
  };
  let most = 0;
  for (let i = 0; i < procs.length; i++) most = Math.max(most, depthOf(i));
  return most;
}

/** Notes what a group may call. */
function markInside(proc: LinkedProc, procs: readonly LinkedProc[], index: ReadonlyMap<string, number>): void {
  if (proc.mayBeInside) return;
  proc.mayBeInside = true;
  for (const op of proc.ops) {
    for (const callee of op.callees) markInside(procs[index.get(callee) ?? -1] as LinkedProc, procs, index);
  }
}

/** Links procedures; later tables replace procedures of earlier ones. Throws when a name does not resolve. */
export function link<S, W>(...tables: readonly Procs<S, W>[]): Table {
  const merged = new Map<string, AnyProc<S, W>>();
  for (const table of tables) {
    for (const [key, proc] of Object.entries(table)) {
      if (key !== proc.name) throw new Error(`procedure ${proc.name} is listed as ${key}`);
      merged.set(key, proc);
    }
  }
  const names = [...merged.keys()].sort();
  if (names.length > 255) throw new Error(`${names.length} procedures, at most 255`);
  const index = new Map(names.map((name, i) => [name, i]));
  const procs = names.map((name) => lower(merged.get(name) as AnyProc<S, W>));
  const sites = new Set<string>();
  const takers = new Map<string, string>();
  for (const proc of procs) {
    for (const op of proc.ops) {
      if (op.kind === OP.WARN) sites.add(op.name);
      if (isLockOp(op.kind) && !takers.has(op.name)) takers.set(op.name, proc.name);
    }
  }
  const warnSites = [...sites].sort();
  const locks = Array.from(takers, ([name, proc]) => ({ name, proc }));
  const lockIndex = new Map(locks.map(({ name }, i) => [name, i]));
  for (const proc of procs) {
    for (const op of proc.ops) {
      if (op.kind === OP.CALL) op.ref = index.get(op.name) ?? -1;
      if (op.kind === OP.WARN) op.ref = warnSites.indexOf(op.name);
      if (isLockOp(op.kind)) op.ref = lockIndex.get(op.name) ?? -1;
    }
  }
  const stackSize = deepest(procs, index);
  for (const proc of procs) if (proc.isAtomic) markInside(proc, procs, index);
  return { procs, index, warnSites, locks, stackSize, isLenient: false };
}

/** The same table, with procedures that may lack something that they need: their statements may make no sense. */
export const lenient = (table: Table): Table => ({ ...table, isLenient: true });
