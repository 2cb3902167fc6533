/** The stories, in the order of the questions. */
import { early } from "./early.ts";
import type { Story } from "./story.ts";

export const stories: readonly Story[] = early;
