// Runs of the library's own worlds for tests of pictures: made up, and the same every time.
import { findDesign } from "../kernel/designs/index.ts";
import type { Op } from "../kernel/ops.ts";
import { makeModel } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { Play } from "../scenarios/play.ts";
import { actionViews, opOfAction } from "./actions.ts";

export const worldIds: readonly string[] = library.map(({ id }) => id);

/** Numbers below `n`, in an order that looks like chance. */
function dice(seed: number): (n: number) => number {
  let state = seed * 2654435761 + 1;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Plays a world until nobody can go on or it is long enough; threads take turns of a few steps, and may fail. */
export function walk(world: string, design: string, { steps = 200, threads = 0, seed = 1 } = {}): Play {
  const [scenario, chosen] = [findScenario(world), findDesign(design)];
  if (scenario === undefined || chosen === undefined) throw new Error(`no ${world} in ${design}`);
  const play = new Play(makeModel(scenario, chosen, {}));
  const roll = dice(seed + world.length * 31 + design.length);
  while (play.machine.programs.length < threads) {
    const op = someAction(play, roll);
    if (op === null) break;
    play.append({ kind: "start", what: op });
  }
  let thread = 0;
  for (let left = 0; play.position < steps; left--) {
    const able = play.machine.programs.flatMap((_program, t) => (play.machine.outcomes(t) > 0 ? [t] : []));
    if (able.length === 0) break;
    if (left <= 0 || !able.includes(thread)) {
      thread = able[roll(able.length)] ?? 0;
      left = 1 + roll(30);
    }
    play.append({ kind: "choice", thread, outcome: roll(play.machine.outcomes(thread)) });
  }
  return play;
}

function someAction(play: Play, roll: (n: number) => number): Op | null {
  const enabled = actionViews(play).filter((action) => action.enabled);
  return opOfAction(enabled[roll(enabled.length)]?.id ?? "");
}
