/**
 * Which bytes of the shared state are read: by each step's statement, and by a property where it was found broken.
 *
 * The run is made once more on a machine whose accessors note what is read through them. What a predicate only
 * remembers (ghosts) is left out, and so is what bodies of ghosts and moments read: no kernel reads that.
 */
import { Bench, properties as all } from "../../kernel/properties.ts";
import { rootOf } from "../../kernel/ops.ts";
import type { KernelState } from "../../kernel/structs.ts";
import type { Play } from "../../scenarios/play.ts";
import { type Layout, MAX_THREADS, type PlacedField } from "../../sim/layout.ts";

/** The bytes of an array field; a method that goes over the array reads all of it. */
function watchedCells(cells: object, { offset, size }: PlacedField, note: (at: number) => void): object {
  return new Proxy(cells, {
    get(target, key) {
      const index = typeof key === "string" && /^\d+$/.test(key) ? Number(key) : -1;
      if (index >= 0) note(offset + index);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      for (let i = 0; i < size; i++) note(offset + i);
      return (value as (...args: unknown[]) => unknown).bind(target);
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

/** The same state with accessors that call `note` with the place of every byte that is read through them. */
function watched(state: KernelState, layout: Layout, note: (at: number) => void): KernelState {
  const structs: Record<string, Record<string, object> | object> = {};
  for (const [name, real] of Object.entries(state) as [string, Record<number, Record<string, unknown>>][]) {
    const own = layout.fields.filter((field) => field.struct === name);
    const view = (index: number) => {
      const instance = index === 0 ? (real as unknown as Record<string, unknown>) : (real[index] ?? {});
      const made = {};
      for (const field of own.filter((f) => f.index === index)) {
        const seen = field.ghost ? () => {} : note;
        if (field.array) {
          const cells = watchedCells(instance[field.field] as object, field, seen);
          Object.defineProperty(made, field.field, { value: cells });
        } else {
          Object.defineProperty(made, field.field, {
            get: () => {
              seen(field.offset);
              return instance[field.field];
            },
            set: (value: unknown) => {
              instance[field.field] = value;
            },
          });
        }
      }
      return made;
    };
    structs[name] = Object.fromEntries([...new Set(own.map((f) => f.index))].map((index) => [index, view(index)]));
    if (own[0]?.index === 0) structs[name] = view(0);
  }
  return structs as unknown as KernelState;
}

export interface Reads {
  /** What the statement of each step read, by the step's index. */
  readonly steps: readonly ReadonlySet<number>[];
  /** What the broken properties looked at when they were found broken; without any, what the exercised ones judge. */
  readonly judged: ReadonlySet<number>;
  /** The same for each of them by itself. */
  readonly judgedBy: ReadonlyMap<string, ReadonlySet<number>>;
  /** Those properties. */
  readonly properties: readonly string[];
}

/** Reads of a run up to a position; of broken properties only those that are asked for, where some are. */
export function readsOf(play: Play, upTo: number, only: readonly string[] = []): Reads {
  const { model } = play;
  const machine = model.machine(MAX_THREADS);
  let into: Set<number> | null = null;
  const state = watched(machine.state, machine.layout, (at) => into?.add(at));
  // the bodies get their state from here, so the machine has to be given the watched one
  Object.assign(machine, { state });
  const violations = play.violations(upTo);
  const broken = [...violations.keys()].filter((id) => only.length === 0 || only.includes(id));
  const properties = broken.length > 0 ? broken : [...play.exercised(upTo)];
  const judgedBy = new Map<string, ReadonlySet<number>>();
  // a bench for each property: all others are not applicable to it
  const benches = properties.map((id) => {
    const others = all.map((other) => other.id).filter((other) => other !== id);
    const design = { ...model.design, notApplicable: [...model.design.notApplicable, ...others] };
    const looked = new Set<number>();
    judgedBy.set(id, looked);
    return { since: violations.get(id)?.step ?? 0, bench: new Bench(machine, design), looked };
  });
  const judge = (step: number, look: (bench: Bench) => void, always: boolean) => {
    const before = into;
    for (const { since, bench, looked } of benches) {
      into = looked;
      if (since === step || (since === 0 && always)) look(bench);
    }
    into = before;
  };
  const steps: Set<number>[] = [];
  machine.observer = {
    op: (_thread, _proc, _pc, visible) => {
      into = visible ? (steps.at(-1) ?? null) : null;
    },
    answer: () => {},
    call: () => {},
    return: () => {},
    warn: () => {},
    moment: (thread, name, args, now) =>
      judge(steps.length, (bench) => bench.moment(thread, name, args, now), steps.length > 0),
  };
  for (const program of model.programs) machine.spawn(program.map((op) => rootOf(op, model.world)));
  play.player.events.slice(0, upTo).forEach((event, i) => {
    steps.push(new Set());
    if (event.kind === "start") machine.spawn([rootOf(event.what, model.world)]);
    else machine.step(event.thread, event.outcome);
    into = null;
    judge(steps.length, (bench) => bench.verdict(), i + 1 === upTo);
  });
  return { steps, judged: new Set([...judgedBy.values()].flatMap((looked) => [...looked])), judgedBy, properties };
}
