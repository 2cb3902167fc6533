/** `smmu stories`: the reviewers' questions and what the runs answer, in at most 72 columns, or as JSON. */
import { designs } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { check, checkEverything } from "../worker/check.ts";
import type { StoryView } from "../worker/protocol.ts";
import { ascii, plain, wrap } from "../worker/reply/lines.ts";
import { storyViews } from "../worker/stories.ts";
import { Refused } from "./refused.ts";

/** All stories, or the one of that id. Throws a Refused with one sentence. */
export function findStories(id: string | undefined): readonly StoryView[] {
  const all = storyViews();
  const found = id === undefined ? all : all.filter((story) => story.id === id);
  if (found.length === 0)
    throw new Refused(`There is no story "${id}"; stories: ${all.map((story) => story.id).join(", ")}.`);
  return found;
}

/** What a property comes to in each design, all runs of the world searched. */
function rowOf({ scenario, property }: NonNullable<StoryView["row"]>): string[] {
  const world = findScenario(scenario);
  if (world === undefined) return [];
  return designs.map((design) => {
    const checked = check(makeModel(world, design, {}), { ...checkEverything, property });
    const found = checked.properties[property];
    const said =
      found?.verdict === "violated"
        ? `violated in ${found.steps} steps`
        : found?.verdict === "holds"
          ? `no violation in ${checked.states} states`
          : (found?.verdict ?? "n/a");
    return `${design.id.padEnd(18)} ${said}`;
  });
}

function storyText(story: StoryView, whole: boolean): string[] {
  const put = (text: string, indent: number, first = "") => wrap(plain(text), indent, first).split("\n");
  const lines = put(story.question, 0);
  lines.push(`  ${story.runs[0]?.link.split("/").slice(0, 2).join("/")}`);
  if (!whole) return lines;
  for (const { from, subject, date, id } of story.asked)
    lines.push(...put(`${from}, ${date}, "${subject}"`, 4, "  "), `    <${id}>`);
  lines.push("", ...put(story.answer, 2, "  "), "", ...put(story.assumed, 2, "  "));
  for (const run of story.runs) {
    const design = [run.design, ...run.options].join(" ");
    lines.push("", ...put(`${run.title}: ${run.scenario} in ${design}`, 4, "  "));
    run.moves.forEach((move, i) => lines.push(...put(move, 7, `    ${i + 1}. `)));
    lines.push(`    ${run.link}`);
  }
  if (story.row !== null) {
    lines.push("", ...put(`${story.row.property} in all runs of ${story.row.scenario}, design by design:`, 2, "  "));
    lines.push(...rowOf(story.row).map((line) => `    ${line}`));
  }
  return lines;
}

/** One story whole, with its row of the matrix; or all of them with question and link. */
export function storiesText(id: string | undefined): string {
  return findStories(id)
    .map((story) =>
      storyText(story, id !== undefined)
        .map(ascii)
        .join("\n"),
    )
    .join("\n\n");
}
