/**
 * The twelve checks, played: each one's world run to the errno, in the kernel before the patch and in the patch.
 *
 * Nothing is said here that a run does not say. What the runs are expected to give stands in the tests.
 */
import { type Check, checks } from "../kernel/checks.ts";
import { findDesign } from "../kernel/designs/index.ts";
import { resultText } from "../kernel/ops.ts";
import { makeModel } from "./build.ts";
import { causeOf } from "./cause.ts";
import { findScenario } from "./library/find.ts";
import { encodeLink } from "./link.ts";
import { Play } from "./play.ts";

/** The kernel whose attach checks, and the one that tests first. */
export const BEFORE = "linux-6.17";
export const AFTER = "test-dev-v1";

/** One run of a check, to the end of the thread that meets it. */
export interface Met {
  readonly design: { readonly id: string; readonly title: string };
  readonly errno: string;
  /** The procedure that decided. */
  readonly decided: string;
  /** The run, from its `#`. */
  readonly link: string;
}

export interface MetCheck extends Check {
  readonly runs: { readonly before: Met; readonly after: Met };
}

/** The first thread of a check's world, run to its end with nothing failing. */
export function meet(scenario: string, design: string): Met {
  const world = findScenario(scenario);
  const kernel = findDesign(design);
  if (world === undefined || kernel === undefined) throw new Error(`there is no ${scenario} in ${design}`);
  const play = new Play(makeModel(world, kernel, {}));
  while (play.machine.outcomes(0) > 0) play.append({ kind: "choice", thread: 0, outcome: 0 });
  const steps = play.records.map(({ trace }, i) => ({ step: i + 1, trace }));
  const op = play.ops[0]?.[0];
  if (op === undefined) throw new Error(`${scenario} starts nothing`);
  const { head, tail } = encodeLink(play);
  return {
    design: { id: kernel.id, title: kernel.title },
    errno: resultText(op, play.model.world, play.machine.result(0)),
    decided: causeOf(play.model.table.procs, [{ step: 0, trace: play.opening[0] ?? [] }, ...steps])?.proc ?? "",
    link: `#${head}${tail}`,
  };
}

let played: readonly MetCheck[] | null = null;

/** All twelve, in the order of the patch. Played once: neither worlds nor designs ever change. */
export function meetAll(): readonly MetCheck[] {
  played ??= checks.map((check) => ({
    ...check,
    runs: { before: meet(check.scenario, BEFORE), after: meet(check.scenario, AFTER) },
  }));
  return played;
}
