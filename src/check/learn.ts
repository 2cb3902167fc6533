/** A walk at random, by a fixed generator, so that a search begins with most of what its reductions have to know. */
import type { Machine } from "../sim/step.ts";
import type { Crew } from "./crew.ts";
import { ANYTHING } from "./judge.ts";

const ignore = () => {};
const unwatched = { op: ignore, answer: ignore, call: ignore, return: ignore };

/** Takes so many steps from the machine's present state on, and leaves it there. */
export function learn<S, W>({ machine, judge, touched, movers, dead }: Crew<S, W>, steps: number): void {
  const { moment, warn } = judge;
  machine.observer = { ...unwatched, op: dead?.op ?? ignore, moment, warn };
  judge.begin();
  walk(machine, steps, (thread, below) => {
    touched.clear();
    const outcomes = machine.outcomes(thread);
    if (outcomes === 0) {
      movers?.waits(thread);
      return false;
    }
    movers?.look(thread, outcomes);
    judge.look(thread);
    machine.step(thread, below(outcomes));
    judge.own();
    movers?.footprint(thread);
    touched.clear();
    judge.change(ANYTHING);
    judge.state(ANYTHING);
    judge.news();
    movers?.judged();
    return true;
  });
  dead?.begin();
}

/**
 * Takes so many steps on a machine at its first state, again and again from there, and leaves it there. `step` asks what a
 * thread's next step offers, and takes the outcome that `below` says.
 */
function walk<S, W>(
  machine: Machine<S, W>,
  steps: number,
  step: (thread: number, below: (n: number) => number) => boolean,
): void {
  const first = machine.bytes.slice();
  const threads = machine.programs.length;
  let seed = steps;
  const below = (n: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return (seed >>> 16) % n;
  };
  for (let i = 0; i < steps; i++) {
    const from = below(threads);
    let tried = 0;
    while (tried < threads && !step((from + tried) % threads, below)) tried++;
    if (tried === threads) machine.bytes.set(first);
  }
  machine.bytes.set(first);
}
