/** A walk at random, by a fixed generator, so that a search begins with most of what it has to know. */
import type { Machine } from "../sim/step.ts";

/**
 * Takes so many steps on a machine at its first state, again and again from there, and leaves it there. `step` asks what a
 * thread's next step offers, and takes the outcome that `below` says.
 */
export function walk<S, W>(
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
