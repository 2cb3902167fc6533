/** `smmu run`: a world of the library or of a file, played to its end by a schedule that a seed decides. */
import { findDesign, designs } from "../kernel/designs/index.ts";
import { makeModel, optionsOf } from "../scenarios/build.ts";
import { scenarioPart } from "../scenarios/link.ts";
import { Play } from "../scenarios/play.ts";
import { playAtRandom } from "../scenarios/random.ts";
import { ScenarioError } from "../scenarios/refused.ts";
import { show } from "../scenarios/schema.ts";
import { playJson, playText } from "./replay.ts";
import { findWorld } from "./world.ts";

export interface RunRequest {
  /** An id of the library, or a file. */
  readonly scenario: string;
  readonly design: string;
  /** `retest=yes` */
  readonly options: readonly string[];
  readonly seed: number;
}

const NO_LINK = "This world is too large for a link: its file and the seed make the run again.";

/** Plays the run. Throws a ScenarioError with one sentence for what is not there or does not fit. */
function playRun({ scenario: name, design: id, options, seed }: RunRequest) {
  const scenario = findWorld(name);
  const design = findDesign(id);
  if (design === undefined)
    throw new ScenarioError(`There is no design ${show(id)}: there are ${designs.map((d) => d.id).join(", ")}.`);
  const given: Record<string, string> = {};
  for (const option of options) {
    const [key = "", ...value] = option.split("=");
    if (!optionsOf(design).some((known) => known.id === key))
      throw new ScenarioError(`The design ${id} has no option ${show(key)}.`);
    given[key] = value.join("=");
  }
  let model: ReturnType<typeof makeModel>;
  try {
    model = makeModel(scenario, design, given);
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    throw new ScenarioError(`This cannot be played: ${error instanceof Error ? error.message : String(error)}.`);
  }
  const play = new Play(model);
  const ended = playAtRandom(play, seed);
  return { play, ended, note: scenarioPart(scenario) === null ? NO_LINK : "" };
}

/** What a program reads. */
export function runJson(request: RunRequest): object {
  const { play, ended, note } = playRun(request);
  return { seed: request.seed, ended, ...playJson(play, play.position, note) };
}

/** Every step, the state at the end, verdicts, callers, assumptions; the link alone on the last line if there is one. */
export function runText(request: RunRequest): string {
  const { play, ended, note } = playRun(request);
  return playText(play, `A random schedule, seed ${request.seed}: ${ended}.`, note);
}
