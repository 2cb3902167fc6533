/** `smmu reproduce`: what would do on a real kernel what a run does, in at most 72 columns, or as JSON. */
import { LinkError } from "../scenarios/find-link.ts";
import { openAny } from "../scenarios/stories/open.ts";
import { encodeLink } from "../scenarios/link.ts";
import type { RecipeView } from "../worker/protocol.ts";
import { ascii, plain, wrap } from "../worker/reply/lines.ts";
import { recipe } from "../worker/reproduce.ts";

export interface Reproduced extends RecipeView {
  readonly scenario: string;
  readonly design: string;
  readonly link: string;
}

/** Throws a LinkError with one sentence when the link does not replay. */
export function reproduce(text: string): Reproduced {
  const { play, notice } = openAny(text);
  if (notice !== "") throw new LinkError(notice);
  const { head, tail } = encodeLink(play);
  const { scenario, design } = play.model;
  return { scenario: scenario.id, design: design.id, link: `#${head}${tail}`, ...recipe(play) };
}

/** In the order in which somebody does it: machine, set-up, threads, turns, what is to be seen; the link alone at the end. */
export function reproduceText(view: Reproduced): string {
  const lines: string[] = [];
  const put = (text: string, indent: number, first = "") => lines.push(...wrap(text, indent, first).split("\n"));
  put(`To do on a machine what the run below does: ${view.scenario}, ${view.design}. Not tried on one.`, 0);
  lines.push("", "kernel");
  put(view.kernel, 4, "  ");
  put(`from ${view.source}`, 4, "  ");
  lines.push("machine");
  for (const line of view.machine) put(line, 4, "  ");
  lines.push("set up");
  view.setup.forEach((line, i) => put(line, 6, `  ${String(i + 1).padStart(2)}. `));
  lines.push("threads");
  for (const { name, ops, ran } of view.threads) {
    if (!ran) continue;
    for (const { title, caller, calls, remarks, result } of ops) {
      put(`${name}  ${title}; caller ${caller}`, 8, "  ");
      for (const call of calls) put(call, 10, "      ");
      for (const remark of remarks) put(remark, 6, "      ");
      if (result !== "") put(`comes to ${result}`, 8, "      ");
    }
  }
  lines.push("order");
  view.order.forEach(({ thread, from, to, until, hold, locks }, i) => {
    put(`${thread} runs ${until} (steps ${from} to ${to})`, 6, `  ${String(i + 1).padStart(2)}. `);
    if (hold !== "") put(hold, 6, "      ");
    if (locks.length > 0) put(`It holds ${locks.join(", ")}.`, 6, "      ");
  });
  if (view.failures.length > 0) {
    lines.push("failures");
    for (const line of view.failures) put(line, 4, "  ");
  }
  lines.push("expect");
  for (const line of view.expect) put(line, 4, "  ");
  if (view.expect.length === 0) lines.push("  nothing is broken in this run");
  return [...lines.map((line) => ascii(plain(line))), view.link].join("\n");
}
