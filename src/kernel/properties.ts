/**
 * What must hold, as named facts: each with its sentence and the moment at which it is judged; its source is in
 * `properties/sources.ts`.
 *
 * A property is judged from state and from what just happened, never from a place in the code. `exercised` says that this
 * moment had something to judge; a property that no moment of a run exercised is vacuous there, never holding.
 */
import type { Property } from "./properties/finding.ts";
import { judged } from "./properties/list.ts";

export { Bench, type StepVerdict } from "./properties/bench.ts";

/** The properties as shown. */
export const properties: readonly Pick<Property, "id" | "sentence" | "moment">[] = judged.map(
  ({ id, sentence, moment }) => ({ id, sentence, moment }),
);

/** Properties that are judged at quiescence only: before that nobody knows. */
export const judgedAtRest: ReadonlySet<string> = new Set(
  judged.filter(({ judges }) => judges.every(({ at }) => at === "quiescence")).map(({ id }) => id),
);
