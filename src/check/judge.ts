/** What a search has to know of who judges; it knows no property. */
import type { Observer } from "../sim/step.ts";
import type { Watched } from "./dead.ts";

/**
 * Says what a step breaks.
 *
 * `look` comes before each step, -1 for none; `moment` and `warn` in it. After it comes `own`, which judges what depends on
 * who stepped and how, whatever was changed; then `change`, which judges the same where more than locks was changed; and
 * `state`, unless that state of the shared region was judged before: it depends on nothing else, and is left out where
 * nothing changed that it is judged from. `rest` comes where nobody can step. `news` says what all of them found; that a
 * property was exercised it says once. `begin` makes it forget that; from then on it looks at `state` and `views` of the
 * machine as they are now, since what it looks at is noted there.
 */
export interface Judge<S> {
  /** Bits for each word of the shared region; `change` and `state` are told those of the words that a step has changed. */
  readonly marks: Int32Array;
  /** Locals that it looks at. */
  readonly watched: Watched;
  begin(): void;
  look(thread: number): void;
  readonly moment: Observer<S>["moment"];
  readonly warn: Observer<S>["warn"];
  own(): void;
  change(changed: number): void;
  state(changed: number): void;
  rest(): Verdict;
  news(): Verdict;
}

/** All marks. */
export const ANYTHING = -1;

/** Why each of the properties is broken that are. */
export type Violated = ReadonlyMap<string, string>;

export interface Verdict {
  readonly violated: Violated;
  readonly exercised: ReadonlySet<string>;
}
