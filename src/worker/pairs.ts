/** Pairs of a world and a design, named as in a link: `used-ssids/test-dev-v1--retest-yes`. */
import type { Model } from "../scenarios/build.ts";
import { findScenario, headings } from "../scenarios/library/find.ts";
import { encodeRun } from "../scenarios/link.ts";
import { openLink } from "../scenarios/open-link.ts";
import type { Scenario } from "../scenarios/schema.ts";

/** The model of a pair: whatever the head of a link can say can be searched. Throws one sentence for what is not there. */
export function openPair(pair: string): Model {
  const emptyRun = encodeRun([], 0);
  return openLink(`#1/${pair}/${emptyRun}/_0/`).play.model;
}

/** Statements of an operation, about; only the order of the guesses matters. */
const STATEMENTS = 20;

/** A guess of how many states each world has: its threads stand anywhere in their operations, apart from each other. */
export function sizes(): Record<string, number> {
  return Object.fromEntries(
    headings.map(({ id }) => {
      const { threads, failures, devices } = findScenario(id) as Scenario;
      const apart = threads.reduce((product, { ops }) => product * (1 + STATEMENTS * ops.length), 1);
      return [id, apart * (1 + failures) * devices.length];
    }),
  );
}
