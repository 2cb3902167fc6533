/** The library by id, in the order in which it is shown. Checked like any other scenario. */
import { readScenario, type Scenario } from "../schema.ts";
import { worlds } from "./worlds.ts";

export const library: readonly Scenario[] = worlds.map(readScenario);

export const findScenario = (id: string): Scenario | undefined => library.find((scenario) => scenario.id === id);
