/** The stories, in the order in which the questions came up. */
import { around } from "./around.ts";
import { early } from "./early.ts";
import { stores } from "./stores.ts";
import type { Story } from "./story.ts";

const ORDER = [
  "tested-then-not",
  "which-gaps",
  "each-store",
  "errors-after-the-test",
  "hot-added",
  "siblings-refused",
  "aliases-and-vfs",
  "vf-owner",
  "unannounced",
  "no-downgrade",
  "pasids-kept",
  "one-store-fence",
  "per-device",
];

const told = [...early, ...around, ...stores];

export const stories: readonly Story[] = ORDER.flatMap((id) => told.filter((story) => story.id === id));
