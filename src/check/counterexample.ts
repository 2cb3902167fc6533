/** Makes a counterexample easier to read: as long as before, with fewer switches from one thread to another. */
import type { Choice } from "../sim/run.ts";

/** How often the thread changes within a run. */
export function switchesOf(run: readonly Choice[]): number {
  return run.filter((choice, i) => i > 0 && choice.thread !== run[i - 1]?.thread).length;
}

/** Parts of a run in which one thread steps. */
function blocksOf(run: readonly Choice[]): Choice[][] {
  const blocks: Choice[][] = [];
  for (const choice of run) {
    const last = blocks.at(-1);
    if (last?.[0]?.thread === choice.thread) last.push(choice);
    else blocks.push([choice]);
  }
  return blocks;
}

/** The same blocks, with one of them put before another. */
function moved(blocks: readonly Choice[][], from: number, before: number): Choice[] {
  const rest = blocks.filter((_block, i) => i !== from);
  rest.splice(before > from ? before - 1 : before, 0, blocks[from] as Choice[]);
  return rest.flat();
}

/**
 * Brings blocks of one thread together, one after the other, as long as `breaks` says that the run can still be made and
 * breaks what it did in its last step. Greedy, and at most so many tries: fewer switches, not always the fewest.
 */
export function fewerSwitches(
  first: readonly Choice[],
  breaks: (run: readonly Choice[]) => boolean,
  tries: number,
): readonly Choice[] {
  let run = first;
  let left = tries;
  for (let better = true; better; ) {
    better = false;
    const blocks = blocksOf(run);
    const candidates: Choice[][] = [];
    blocks.forEach((block, i) => {
      const thread = block[0]?.thread;
      const next = blocks.findIndex((other, j) => j > i && other[0]?.thread === thread);
      if (next >= 0) candidates.push(moved(blocks, next, i + 1), moved(blocks, i, next));
    });
    for (const candidate of candidates) {
      if (left-- <= 0) return run;
      if (switchesOf(candidate) >= switchesOf(run) || !breaks(candidate)) continue;
      run = candidate;
      better = true;
      break;
    }
  }
  return run;
}
