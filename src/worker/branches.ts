/**
 * Which statements of a procedure no run of a world comes to.
 *
 * What a procedure decides without a word is a matter of the model: whether the SMMUs of a world have a queue, for instance.
 * Where such a decision looks at the world alone, one of its branches is none of this world's, and a listing leaves it out.
 */
import type { World } from "../kernel/structs.ts";
import { type LinkedProc, OP, type Op } from "../sim/link.ts";

const known = new WeakMap<LinkedProc, WeakMap<World, ReadonlySet<number>>>();

/** Program counters of the operations that are left out; an `else` whose branch is the only one counts as well. */
export function elsewhere(proc: LinkedProc, world: World): ReadonlySet<number> {
  const byWorld = known.get(proc) ?? new WeakMap<World, ReadonlySet<number>>();
  known.set(proc, byWorld);
  const found = byWorld.get(world) ?? find(proc, world);
  byWorld.set(world, found);
  return found;
}

function find(proc: LinkedProc, world: World): ReadonlySet<number> {
  const out = new Set<number>();
  proc.ops.forEach((op, pc) => {
    if (op.kind !== OP.BRANCH_LOCAL || op.text !== "") return;
    const yes = ofWorld(op, world);
    if (yes === null) return;
    const jump = proc.ops[op.to - 1];
    const [second, end] = jump?.otherwise === true ? [op.to, jump.to] : [op.to, op.to];
    const [from, to] = yes ? [second, end] : [pc + 1, second];
    for (let at = from; at < to; at++) out.add(at);
    if (second !== end) out.add(op.to - 1);
  });
  return out;
}

/** What a decision comes to in a world, whatever the locals are; null where it looks at one. */
function ofWorld(op: Op, world: World): boolean | null {
  let looks = false;
  const locals = new Proxy(
    {},
    {
      get: () => {
        looks = true;
        return 0;
      },
    },
  );
  try {
    const yes = op.fn(locals, world) as boolean;
    return looks ? null : yes;
  } catch {
    return null;
  }
}
