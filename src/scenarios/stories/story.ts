/**
 * Stories: a question that reviewers asked, and runs that answer it.
 *
 * A run is told as moves: which thread goes on, to which statement, and what is to be seen then. It is played when it is
 * asked for, through the same steps as any other run, so that a story cannot say what the model does not do; its link is made
 * then, too.
 */
import { findDesign } from "../../kernel/designs/index.ts";
import { opKindIndex, opTitle } from "../../kernel/ops.ts";
import { makeModel, opOf } from "../build.ts";
import { findScenario } from "../library/find.ts";
import { Play } from "../play.ts";
import type { ScenarioOp } from "../schema.ts";

/** A mail, as the archive has it; `id` is its Message-ID. */
export interface Mail {
  readonly from: string;
  readonly subject: string;
  readonly date: string;
  readonly id: string;
}

/** One move of a run, and the sentence that stands beside the state after it. */
export interface Move {
  /** As the page names it: 0 for CPU0. With `start` it is the thread that is started. */
  readonly cpu: number;
  /** Words of the statement that the thread goes to, inclusive; without it, as far as the thread can go. */
  readonly to?: string;
  /** An operation that the function, or somebody else, begins here. */
  readonly start?: ScenarioOp;
  /** What the statement comes to, where it may fail; the first outcome if it is left out. */
  readonly outcome?: string;
  readonly say: string;
}

export interface StoryRun {
  readonly scenario: string;
  readonly design: string;
  readonly options?: Readonly<Record<string, string>>;
  /** What it shows, in a few words. */
  readonly title: string;
  readonly moves: readonly Move[];
  /** What it breaks, from first to last: held against the run by a test. */
  readonly breaks: readonly string[];
}

export interface Story {
  readonly id: string;
  /** As somebody might ask it today. */
  readonly question: string;
  readonly asked: readonly Mail[];
  /** At most 120 words. */
  readonly answer: string;
  /** What was assumed, and which callers can do it. */
  readonly assumed: string;
  readonly runs: readonly StoryRun[];
  /** The row of the matrix in which designs differ. */
  readonly row?: { readonly scenario: string; readonly property: string };
}

/** Most words of an answer. */
export const MAX_WORDS = 120;

/** A story that does not go as it is told: the model has changed, or the story is wrong. */
export class StoryError extends Error {}

export interface PlayedStory {
  /** At its end. */
  readonly play: Play;
  /** The position after each move. */
  readonly positions: readonly number[];
}

const plain = (text: string) => text.replaceAll("`", "");

/** A thread goes no further than this in one move. */
const FAR = 2000;

/** Plays a run. Throws a StoryError that names the move. */
export function playStory(run: StoryRun): PlayedStory {
  const scenario = findScenario(run.scenario);
  const design = findDesign(run.design);
  const wrong = (why: string): never => {
    throw new StoryError(`The run "${run.title}" cannot be told: ${why}.`);
  };
  if (scenario === undefined || design === undefined)
    return wrong(`there is no ${scenario === undefined ? `world ${run.scenario}` : `design ${run.design}`}`);
  const play = new Play(makeModel(scenario, design, run.options ?? {}));
  const positions = run.moves.map((move, i) => {
    if (move.start !== undefined) {
      if (opKindIndex(move.start.op, move.start.caller) < 0)
        wrong(`move ${i + 1} starts an operation that does not exist`);
      const event = { kind: "start", what: opOf(move.start, play.model.world) } as const;
      const refusal = play.refusal(event);
      if (refusal !== "") wrong(`move ${i + 1}, ${opTitle(event.what, play.model.world)}: ${refusal}`);
      play.append(event);
      if (play.machine.programs.length - 1 !== move.cpu)
        wrong(`move ${i + 1} starts CPU${play.machine.programs.length - 1}`);
    }
    go(play, move, (why) => wrong(`move ${i + 1}: ${why}`));
    return play.position;
  });
  return { play, positions };
}

function go(play: Play, { cpu, to, outcome }: Move, wrong: (why: string) => never): void {
  for (let made = 0; made < FAR; made++) {
    const outcomes = play.machine.outcomes(cpu);
    if (outcomes === 0) {
      if (to !== undefined) wrong(`CPU${cpu} never comes to "${to}"`);
      if (made === 0) wrong(`CPU${cpu} cannot run`);
      return;
    }
    const labels = outcomes > 1 ? play.machine.next(cpu).labels : [];
    const chosen = outcome === undefined ? 0 : labels.findIndex((label) => label.includes(outcome));
    play.append({ kind: "choice", thread: cpu, outcome: Math.max(0, chosen) });
    if (to !== undefined && plain(play.records.at(-1)?.text ?? "").includes(to)) return;
  }
  wrong(`CPU${cpu} goes on for ever`);
}
