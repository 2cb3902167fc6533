import type { Touched } from "../sim/noting.ts";
import type { Machine } from "../sim/step.ts";
import type { DeadLocals } from "./dead.ts";
import type { Judge } from "./judge.ts";
import type { FirstMovers } from "./reduce.ts";

/** What takes part in each step of a search, whether it is searched already or not. */
export interface Crew<S, W> {
  readonly machine: Machine<S, W>;
  readonly judge: Judge<S>;
  /** The machine notes here what a step touches. */
  readonly touched: Touched;
  /** Null where the search is not reduced so. */
  readonly movers: FirstMovers<S, W> | null;
  readonly dead: DeadLocals | null;
}
