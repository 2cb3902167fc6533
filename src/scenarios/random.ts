/** A random schedule: which thread steps next, and what fails, drawn from a seed. The same seed is the same run anywhere. */
import { OOPS } from "../sim/step.ts";
import type { Play } from "./play.ts";

/** Largest seed. */
export const MAX_SEED = 0xffff_ffff;

/** Draws whole numbers below a bound: 32 bits of state, only shifts, additions and products that are exact (mulberry32). */
export function draw(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * bound);
  };
}

/**
 * Plays on at random until nothing can step any more. Every thread that can run is as likely as any other, and so is every
 * outcome of its statement. Returns how the run ended, in a few words.
 */
export function playAtRandom(play: Play, seed: number): string {
  const next = draw(seed);
  const { machine } = play;
  for (;;) {
    const able = machine.programs.flatMap((_program, thread) => (machine.outcomes(thread) > 0 ? [thread] : []));
    const thread = able[next(Math.max(1, able.length))];
    if (thread === undefined) return ending(play);
    const event = { kind: "choice", thread, outcome: next(machine.outcomes(thread)) } as const;
    const refusal = play.refusal(event);
    if (refusal !== "") return refusal;
    play.append(event);
  }
}

function ending({ machine }: Play): string {
  const threads = machine.programs.map((_program, thread) => thread);
  const oops = threads.filter((thread) => machine.status(thread) === OOPS).map((thread) => `CPU${thread}`);
  // what runs for ever, as an SMMU at its empty queue, may rest
  const unfinished = threads.filter((thread) => machine.frames(thread).length > 0 && machine.status(thread) !== OOPS);
  const waiting = unfinished.filter((thread) => machine.next(thread).how !== "rests");
  const said = [
    ...(oops.length > 0 ? [`an oops ends ${oops.join(", ")}`] : []),
    ...(waiting.length > 0 ? [`${waiting.map((thread) => `CPU${thread}`).join(", ")} wait for ever`] : []),
  ];
  return said.length > 0 ? said.join("; ") : "all threads are done";
}
