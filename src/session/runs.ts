import type { Checked } from "../worker/check-protocol.ts";
import type { Place } from "./grid.ts";

/** A run that breaks a property, as a search found it. */
export interface BreakingRun {
  readonly pair: string;
  readonly steps: number;
  readonly switches: number;
  readonly why: string;
  /** False where a shorter one may exist. */
  readonly shortest: boolean;
  /** From its `#`; it opens with the property in sight. */
  readonly link: string;
}

/** The runs that break a property in the pairs of a place, shortest first. */
export function runsOf({ pairs, property }: Place, checked: ReadonlyMap<string, Checked>): BreakingRun[] {
  const runs = pairs.flatMap((pair) => {
    const judged = checked.get(pair)?.properties[property];
    if (judged?.verdict !== "violated" || judged.link === null) return [];
    const { steps, switches, why, shortest } = judged;
    const link = judged.link.replace(/_[^/]*(?=\/[^/]*$)/, `_0_p${property}`);
    return [{ pair, steps: steps ?? 0, switches: switches ?? 0, why: why ?? "", shortest: shortest ?? true, link }];
  });
  return runs.sort((a, b) => a.steps - b.steps);
}
