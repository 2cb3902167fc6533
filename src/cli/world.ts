/** A world that a call names: one of the library, or a file. */
import { readFileSync, statSync } from "node:fs";
import { MAX_BYTES, readScenarioText, tooLarge } from "../scenarios/file.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { packWorld } from "../scenarios/pack.ts";
import { ScenarioError } from "../scenarios/refused.ts";
import { type Scenario, show } from "../scenarios/schema.ts";

/** Neither the library nor a folder has it. */
export class NoSuchWorld extends ScenarioError {}

/** The library comes first; everything else is a file. Throws a ScenarioError with one sentence. */
export function findWorld(name: string): Scenario {
  const known = findScenario(name);
  if (known !== undefined) return known;
  let text: string;
  try {
    const stat = statSync(name);
    if (!stat.isFile()) throw new ScenarioError(`${show(name)} is no file.`);
    if (stat.size > MAX_BYTES) throw new ScenarioError(tooLarge(stat.size));
    text = readFileSync(name, "utf8");
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    throw new NoSuchWorld(`There is no scenario ${show(name)} in the library, and no such file can be read.`);
  }
  const scenario = readScenarioText(text);
  // so that its runs have links
  packWorld(scenario);
  return scenario;
}
