import type { Checked, CheckedProperty } from "../worker/check-protocol.ts";
import { runsOf } from "./runs.ts";
import type { BreakingRun } from "./runs.ts";

/** A property whose verdict a change made another one, or that is violated with the change as without it. */
export interface Against {
  readonly id: string;
  readonly was: CheckedProperty;
  readonly is: CheckedProperty;
  /** The run that breaks it now. */
  readonly run: BreakingRun | null;
}

/** What a change came to: what it mends, what it breaks, and what it leaves broken; the property in sight first. */
export function against(before: Checked, pair: string, now: Checked, property: string | null): Against[] {
  const found = Object.entries(now.properties).flatMap(([id, is]): Against[] => {
    const was = before.properties[id];
    if (was === undefined || (was.verdict === is.verdict && is.verdict !== "violated" && id !== property)) return [];
    const [run = null] = runsOf({ pairs: [pair], property: id }, new Map([[pair, now]]));
    return [{ id, was, is, run }];
  });
  const rank = ({ id, was, is }: Against) => {
    if (id === property) return 0;
    if (was.verdict === "violated" && is.verdict !== "violated") return 1;
    if (was.verdict !== "violated" && is.verdict === "violated") return 2;
    return is.verdict === "violated" ? 4 : 3;
  };
  return found.sort((a, b) => rank(a) - rank(b));
}
