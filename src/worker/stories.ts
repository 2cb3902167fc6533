/** The stories as the page and the terminal show them. */
import { stories } from "../scenarios/stories/index.ts";
import { storyLink } from "../scenarios/stories/open.ts";
import { playStory } from "../scenarios/stories/story.ts";
import type { StoryView, ToldView } from "./protocol.ts";

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

/** Where the moves of a run end; null if there is no such run. */
export function tell(story: string, run: number): ToldView | null {
  const told = stories.find(({ id }) => id === story)?.runs[run];
  return told === undefined ? null : { story, run, positions: playStory(told).positions };
}
