/** Refusing a scenario. */

/** A scenario that cannot be used; the message is the one sentence to show. */
export class ScenarioError extends Error {}
