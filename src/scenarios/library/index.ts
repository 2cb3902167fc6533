/** The library by id, in the order in which it is shown. */
import type { Scenario } from "../schema.ts";
import { checkWorlds } from "./checks.ts";
import { wholeWorlds } from "./whole.ts";
import { worlds } from "./worlds.ts";

export const library: readonly Scenario[] = [...worlds, ...wholeWorlds, ...checkWorlds];

export const findScenario = (id: string): Scenario | undefined => library.find((scenario) => scenario.id === id);
