/**
 * Short links to stories, `#story/<id>/<run>/<move>`, and opening whatever somebody pasted.
 *
 * Run and move count from 1; without a move the run is shown at its end, without a run the first one. A story's run is played
 * from its moves, so that the short link stays good when the model changes.
 */
import { LinkError, MAX_TEXT } from "../find-link.ts";
import { type OpenedLink } from "../read-link.ts";
import { openLink } from "../open-link.ts";
import { stories } from "./index.ts";
import { playStory, type Story } from "./story.ts";

export interface StoryPlace {
  readonly story: Story;
  /** From 0. */
  readonly run: number;
  /** From 0; null is the end of the run. */
  readonly move: number | null;
}

const SHORT = /#\s*story\/([a-z0-9-]+)(?:\/(\d{1,2}))?(?:\/(\d{1,2}))?/;

/** The place that a short link names; null if the text holds none. Throws a LinkError for one that names nothing. */
export function readStoryLink(text: string): StoryPlace | null {
  const found = text.length > MAX_TEXT ? null : SHORT.exec(text);
  if (found === null) return null;
  const [, id, run = "1", move] = found;
  const story = stories.find((s) => s.id === id);
  if (story === undefined) throw new LinkError(`The link names the story "${id?.slice(0, 40)}", and there is none.`);
  const told = story.runs[Number(run) - 1];
  if (told === undefined)
    throw new LinkError(`The link names run ${run} of the story "${id}", which has ${story.runs.length}.`);
  if (move !== undefined && told.moves[Number(move) - 1] === undefined)
    throw new LinkError(`The link names move ${move} of a run of the story "${id}" that has ${told.moves.length}.`);
  return { story, run: Number(run) - 1, move: move === undefined ? null : Number(move) - 1 };
}

/** The short link of a place. */
export const storyLink = ({ story, run, move }: StoryPlace): string =>
  `#story/${story.id}/${run + 1}${move === null ? "" : `/${move + 1}`}`;

/** Opens a link of either kind. Throws a LinkError when it names nothing that is known. */
export function openAny(pasted: string): OpenedLink {
  const place = readStoryLink(pasted);
  if (place === null) return openLink(pasted);
  const { story, run, move } = place;
  const { play, positions } = playStory(story.runs[run] as Story["runs"][number]);
  if (move !== null) play.seek(positions[move] ?? play.position);
  return { play, look: "", notice: "", told: { story: story.id, run, positions } };
}
