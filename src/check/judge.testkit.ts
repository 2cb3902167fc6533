// A judge of toys that judges nothing: tests put in what they ask for.
import type { ToyState } from "../sim/toy.testkit.ts";
import type { Judge } from "./judge.ts";

export const silentJudge: Omit<Judge<ToyState>, "rest" | "news"> = {
  marks: new Int32Array(64),
  watched: new Map(),
  begin: () => {},
  look: () => {},
  moment: () => {},
  warn: () => {},
  own: () => {},
  change: () => {},
  state: () => {},
};
