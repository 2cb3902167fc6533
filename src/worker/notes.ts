/** The notes of every design, as the page shows them. */
import { designs } from "../kernel/designs/index.ts";
import { differences } from "../scenarios/differs.ts";
import { silences } from "../scenarios/silences.ts";
import type { DesignNotes } from "./protocol.ts";

/** Oldest first, as they are offered. */
export const designNotes = (): readonly DesignNotes[] =>
  designs.map((design) => {
    const { id, grewFrom, title, about, source, driver, open, options, notApplicable } = design;
    const silent = silences.filter(({ designs }) => designs.includes(id));
    return {
      id,
      grewFrom,
      title,
      about,
      source,
      driver,
      open,
      silences: silent.map(({ worlds, says }) => ({ worlds, says })),
      options,
      notApplicable,
      differs: differences(design),
    };
  });
