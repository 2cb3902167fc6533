/** `smmu run`: a world of the library or of a file, played to its end by a schedule that a seed decides. */
import { readFileSync, statSync } from "node:fs";
import { findDesign, designs } from "../kernel/designs/index.ts";
import { makeModel, optionsOf } from "../scenarios/build.ts";
import { MAX_BYTES, readScenarioText, tooLarge } from "../scenarios/file.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { Play } from "../scenarios/play.ts";
import { playAtRandom } from "../scenarios/random.ts";
import { type Scenario, ScenarioError, show } from "../scenarios/schema.ts";
import { playJson, playText } from "./replay.ts";

export interface RunRequest {
  /** An id of the library, or a file. */
  readonly scenario: string;
  readonly design: string;
  /** `retest=yes` */
  readonly options: readonly string[];
  readonly seed: number;
}

const NO_LINK =
  "This world is a file of its own: there is no link to its run yet, the file and the seed make it again.";

/** The library comes first; everything else is a file. Throws a ScenarioError with one sentence. */
function findWorld(name: string): { scenario: Scenario; isFile: boolean } {
  const known = findScenario(name);
  if (known !== undefined) return { scenario: known, isFile: false };
  let text: string;
  try {
    const stat = statSync(name);
    if (!stat.isFile()) throw new ScenarioError(`${show(name)} is no file.`);
    if (stat.size > MAX_BYTES) throw new ScenarioError(tooLarge(stat.size));
    text = readFileSync(name, "utf8");
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    throw new ScenarioError(`There is no scenario ${show(name)} in the library, and no such file can be read.`);
  }
  return { scenario: readScenarioText(text), isFile: true };
}

/** Plays the run. Throws a ScenarioError with one sentence for what is not there or does not fit. */
function playRun({ scenario: name, design: id, options, seed }: RunRequest) {
  const { scenario, isFile } = findWorld(name);
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
  return { play, ended, note: isFile ? NO_LINK : "" };
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
