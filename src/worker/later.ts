/** What nobody needs in the first moment of a visit, fetched after it: texts that are the same in every state, and actions. */
import { assumptions, notModelledIn } from "../kernel/notes.ts";
import { sources } from "../kernel/properties/sources.ts";
import { silencesIn } from "../scenarios/silences.ts";
import { designMenu, unitTestMenu, worldMenu } from "../scenarios/menu.ts";
import { actionRefusal, actionViews, opOfAction } from "./actions.ts";
import type { DeskLater } from "./desk.ts";

export const later: DeskLater = {
  scenarios: [...worldMenu, ...unitTestMenu.map((world) => ({ ...world, unitTest: true as const }))],
  designs: designMenu,
  assumptions,
  notModelledIn,
  silencesIn,
  sources,
  actionViews,
  actionRefusal,
  opOfAction,
};
