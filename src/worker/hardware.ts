/** What hardware does by itself, as the page shows it: queues, and what SMMUs hold. Fetched where a world has such. */
import { hardwareBelief, heldCd, heldSte } from "./held.ts";
import { queueViews } from "./queues.ts";
import type { HardwareViews } from "./snapshot.ts";

export const hardwareViews: HardwareViews = { queueViews, heldSte, heldCd, hardwareBelief };
