/** The whole library, read. */
import type { Scenario } from "../schema.ts";
import { findScenario, headings, unitTests } from "./find.ts";

const read = (of: readonly { readonly id: string }[]): readonly Scenario[] =>
  of.flatMap(({ id }) => findScenario(id) ?? []);

/** The worlds of the kernel, in which properties are judged. */
export const library: readonly Scenario[] = read(headings);

/** The driver's unit tests, in which nothing is judged but what the tests themselves expect. */
export const unitTestWorlds: readonly Scenario[] = read(unitTests);
