/** A toy model for the engine's tests: a box, three items, one lock of each kind. */
import { byte, bytesPer, ghost, many, one, type StateOf } from "./layout.ts";
import { link } from "./link.ts";
import { type AnyProc, type Builder, type Locals, type Node, vocabulary } from "./proc.ts";
import { Machine } from "./step.ts";

export const schema = {
  structs: {
    box: one({ a: byte, b: byte, cells: bytesPer("cell"), seen: ghost(byte) }),
    item: many("item", { value: byte, next: byte, marks: bytesPer("cell") }),
  },
  locks: {
    big: { kind: "mutex", dim: "" },
    small: { kind: "spin", dim: "item" },
    shared: { kind: "rw", dim: "" },
  },
} as const;

export const dims = { item: 3, cell: 4 };

export type ToyState = StateOf<typeof schema>;
export interface ToyWorld {
  readonly mayFail: boolean;
}

export type ToyProc = AnyProc<ToyState, ToyWorld>;

export const source = { file: "toy" };
export const define = vocabulary<ToyState, ToyWorld>();

/** A procedure `main` with the locals `i` and `x`. */
export function main(
  body: (b: Builder<ToyState, ToyWorld, "i" | "x">) => readonly Node<ToyState, Locals<"i" | "x">, ToyWorld>[],
): ToyProc {
  return define("main", source, [], ["i", "x"], body);
}

export const linkToy = (procs: readonly ToyProc[]) => link(Object.fromEntries(procs.map((p) => [p.name, p])));

/** A machine with the procedures, without any thread. */
export function toy(procs: readonly ToyProc[], world: ToyWorld = { mayFail: false }): Machine<ToyState, ToyWorld> {
  return new Machine(schema, dims, linkToy(procs), world, 4);
}

/** A machine on which one thread of `main` was started. */
export function started(...procs: ToyProc[]): Machine<ToyState, ToyWorld> {
  const machine = toy(procs);
  machine.spawn([{ proc: "main", args: [] }]);
  return machine;
}

/** Runs a thread until it ends or blocks; always the first outcome. Returns the number of steps. */
export function finish(machine: Machine<ToyState, ToyWorld>, thread = 0): number {
  let steps = 0;
  while (machine.outcomes(thread) > 0) {
    machine.step(thread, 0);
    steps++;
  }
  return steps;
}
