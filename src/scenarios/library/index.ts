/** The whole library, read. */
import type { Scenario } from "../schema.ts";
import { findScenario, headings } from "./find.ts";

export const library: readonly Scenario[] = headings.flatMap(({ id }) => findScenario(id) ?? []);
