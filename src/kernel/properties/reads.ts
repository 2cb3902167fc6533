/**
 * What a judge looks at, by struct: noted as it does, not declared, so that no list can be out of date.
 *
 * A mark is a bit for a struct. Structs beyond the 26th share one, and all locks have one.
 */
import type { Layout } from "../../sim/layout.ts";
import { type KernelState, schema } from "../structs.ts";

const structs = Object.keys(schema.structs) as readonly (keyof KernelState)[];
const SHARED = 26;
const markOf = (struct: string) => 1 << Math.min(structs.indexOf(struct as keyof KernelState), SHARED);
export const CHANGED_LOCK = 1 << 27;
const WARNED = 1 << 28;

/** Hands a state on, and notes which of its structs were asked for. */
export class Reads {
  noted = 0;
  readonly state: KernelState;

  constructor(machine: { readonly state: KernelState }) {
    const noting = {};
    for (const struct of structs) {
      const mark = markOf(struct);
      Object.defineProperty(noting, struct, {
        get: () => {
          this.noted |= mark;
          return machine.state[struct];
        },
      });
    }
    this.state = noting as KernelState;
  }
}

/** The marks of each word of the shared region. */
export function marksOf(layout: Layout): Int32Array {
  const marks = new Int32Array(layout.threadsAt / 4);
  const mark = (offset: number, size: number, bit: number) => {
    for (let at = offset; at < offset + size; at++) marks[at >> 2] = (marks[at >> 2] as number) | bit;
  };
  for (const { struct, offset, size } of layout.fields) mark(offset, size, markOf(struct));
  for (const { offset, kind } of layout.locks) mark(offset, kind === "rw" ? 2 : 1, CHANGED_LOCK);
  mark(layout.warnOffset, layout.sharedSize - layout.warnOffset, WARNED);
  return marks;
}
