/**
 * Two searches that are as plain as can be, to compare the real one with: one over the plain-object oracle, which counts;
 * one over packed states, which has every step of every state judged as a run would.
 */
import { rootOf } from "../kernel/ops.ts";
import { Bench } from "../kernel/properties.ts";
import { schema, type World } from "../kernel/structs.ts";
import type { Model } from "./build.ts";
import { PlainMachine } from "../sim/plain.testkit.ts";

export interface Counts {
  readonly states: number;
  readonly transitions: number;
  readonly terminals: number;
}

export const programsOf = (model: Model) => model.programs.map((ops) => ops.map((op) => rootOf(op, model.world)));

/** All of a plain machine's state as text. */
function save(plain: PlainMachine<World>): string {
  return JSON.stringify([
    plain.shared,
    Object.values(plain.locks).map((locks) =>
      locks.map((lock) => [lock.owner, [...lock.readers].sort((a, b) => a - b)]),
    ),
    [...plain.warned].sort(),
    plain.threads.map((t) => [t.at, t.status, t.result, t.stack.map((f) => [f.proc.name, f.pc, f.locals])]),
  ]);
}

type Values = Record<string, number | number[]>;
type Saved = [
  Record<string, Values[]>,
  [number, number[]][][],
  string[],
  [number, number, number, [string, number, Record<string, number>][]][],
];

/** The other way round; arrays are filled, not replaced, since bodies hold on to them. */
function restore(plain: PlainMachine<World>, text: string): void {
  const [shared, locks, warned, threads] = JSON.parse(text) as Saved;
  for (const [struct, instances] of Object.entries(shared)) {
    instances.forEach((values, i) => {
      const target = plain.shared[struct]?.[i] as Values;
      for (const [field, value] of Object.entries(values)) {
        if (Array.isArray(value)) Object.assign(target[field] as number[], value);
        else target[field] = value;
      }
    });
  }
  Object.values(plain.locks).forEach((list, i) =>
    list.forEach((lock, j) => {
      const [owner, readers] = (locks[i] as [number, number[]][])[j] as [number, number[]];
      lock.owner = owner;
      lock.readers = new Set(readers);
    }),
  );
  plain.warned.clear();
  for (const site of warned) plain.warned.add(site);
  threads.forEach(([at, status, result, stack], i) => {
    const thread = plain.threads[i];
    if (thread === undefined) throw new Error("naive: no such thread");
    Object.assign(thread, { at, status, result });
    thread.stack = stack.map(([name, pc, locals]) => {
      const proc = plain.table.procs.find((p) => p.name === name);
      if (proc === undefined) throw new Error(`naive: no ${name}`);
      return { proc, pc, locals };
    });
  });
}

/** Counts the states of the plain-object oracle, each as its own text. */
export function plainCounts(model: Model): Counts {
  const { world, table } = model;
  const machine = model.machine();
  const plain = new PlainMachine(schema, machine.layout.dims, table, world, machine.splits);
  plain.load(machine);
  for (const program of programsOf(model)) plain.spawn(program);
  const first = save(plain);
  const seen = new Set([first]);
  const open = [first];
  let transitions = 0;
  let terminals = 0;
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    let stuck = true;
    for (let t = 0; t < plain.threads.length; t++) {
      restore(plain, text);
      const outcomes = plain.outcomes(t);
      for (let outcome = 0; outcome < outcomes; outcome++) {
        if (outcome > 0) restore(plain, text);
        stuck = false;
        transitions++;
        plain.step(t, outcome);
        const next = save(plain);
        if (seen.has(next)) continue;
        seen.add(next);
        open.push(next);
      }
    }
    if (stuck) terminals++;
  }
  return { states: seen.size, transitions, terminals };
}

export interface Judged extends Counts {
  /** Length of the shortest run that breaks each property. */
  readonly violated: Readonly<Record<string, number>>;
  readonly exercised: readonly string[];
}

/** Every step of every packed state, judged after each. */
export function packedSearch(model: Model): Judged {
  const machine = model.machine(model.programs.length);
  const bench = new Bench(machine, model.design);
  const ignore = () => {};
  machine.observer = {
    op: ignore,
    answer: ignore,
    call: ignore,
    return: ignore,
    moment: bench.moment,
    warn: bench.warn,
  };
  const violated: Record<string, number> = {};
  const exercised = new Set<string>();
  const record = (depth: number) => {
    const verdict = bench.verdict();
    for (const id of verdict.violated.keys()) violated[id] ??= depth;
    for (const id of verdict.exercised) exercised.add(id);
  };
  for (const program of programsOf(model)) machine.spawn(program);
  record(0);
  const key = () => String.fromCharCode(...machine.bytes);
  const seen = new Set([key()]);
  let now = [machine.bytes.slice()];
  let transitions = 0;
  let terminals = 0;
  for (let depth = 1; now.length > 0; depth++) {
    const next: Uint8Array<ArrayBuffer>[] = [];
    for (const bytes of now) {
      let stuck = true;
      for (let t = 0; t < model.programs.length; t++) {
        machine.bytes.set(bytes);
        const outcomes = machine.outcomes(t);
        for (let outcome = 0; outcome < outcomes; outcome++) {
          machine.bytes.set(bytes);
          stuck = false;
          transitions++;
          bench.look(t);
          machine.step(t, outcome);
          record(depth);
          const after = key();
          if (seen.has(after)) continue;
          seen.add(after);
          next.push(machine.bytes.slice());
        }
      }
      if (stuck) terminals++;
    }
    now = next;
  }
  return { states: seen.size, transitions, terminals, violated, exercised: [...exercised].sort() };
}
