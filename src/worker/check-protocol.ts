/**
 * What the page asks a checker and what it answers: a checker searches all runs of a pair, a world and a design, in a
 * worker of its own, so that neither the page nor the run in hand waits for it.
 *
 * A pair is named as in a link, `used-ssids/test-dev-v1--retest-yes`: its second and third part, options included.
 */
import type { Checked, CheckProgress } from "./check.ts";

export type { Checked, CheckedProperty, CheckProgress, CheckVerdict } from "./check.ts";

export type CheckRequest =
  | { readonly kind: "check"; readonly pair: string; readonly maxBytes: number }
  /** For each world of the library a guess of how large its search is, to begin with the small ones. */
  | { readonly kind: "sizes" }
  /** Results as the terminal prints them, in at most 72 columns. */
  | { readonly kind: "text"; readonly rows: readonly Checked[] };

/** `stop` ends the search that runs: it is answered with what it has come to. */
export type CheckAsk = (CheckRequest & { readonly id: number }) | { readonly kind: "stop" };

export type CheckTell =
  | { readonly kind: "progress"; readonly id: number; readonly progress: CheckProgress }
  | { readonly kind: "checked"; readonly id: number; readonly row: Checked; readonly stopped: boolean }
  | { readonly kind: "sizes"; readonly id: number; readonly sizes: Readonly<Record<string, number>> }
  | { readonly kind: "text"; readonly id: number; readonly text: string }
  /** One sentence says why there is no answer. */
  | { readonly kind: "refused"; readonly id: number; readonly notice: string };
