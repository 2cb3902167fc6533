/** Texts that are the same in every state, and that nobody reads in the first moment of a visit: fetched after it. */
import { assumptions, notModelledIn } from "../kernel/notes.ts";
import { designMenu, unitTestMenu, worldMenu } from "../scenarios/menu.ts";
import type { Texts } from "./snapshot.ts";

export const texts: Texts = {
  scenarios: [...worldMenu, ...unitTestMenu.map((world) => ({ ...world, unitTest: true as const }))],
  designs: designMenu,
  assumptions,
  notModelledIn,
};
