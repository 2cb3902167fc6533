/** The stories as the page and the terminal show them. */
import { stories } from "../scenarios/stories/index.ts";
import { storyLink } from "../scenarios/stories/open.ts";
import type { StoryView } from "./protocol.ts";

const archive = (id: string) => `https://lore.kernel.org/all/${encodeURIComponent(id)}/`;

export function storyViews(): StoryView[] {
  return stories.map((story) => ({
    id: story.id,
    question: story.question,
    asked: story.asked.map((mail) => ({ ...mail, archive: archive(mail.id) })),
    answer: story.answer,
    assumed: story.assumed,
    runs: story.runs.map((run, i) => ({
      title: run.title,
      scenario: run.scenario,
      design: run.design,
      options: Object.entries(run.options ?? {}).map(([id, value]) => `${id}=${value}`),
      link: storyLink({ story, run: i, move: null }),
      moves: run.moves.map(({ say }) => say),
    })),
    row: story.row ?? null,
  }));
}
