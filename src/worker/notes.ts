/** The notes of every design, as the page shows them. */
import { designs } from "../kernel/designs/index.ts";
import { differences } from "../scenarios/differs.ts";
import type { DesignNotes } from "./protocol.ts";

/** Oldest first, as they are offered. */
export const designNotes = (): readonly DesignNotes[] =>
  designs.map((design) => {
    const { id, grewFrom, title, about, source, driver, open, options, notApplicable } = design;
    return { id, grewFrom, title, about, source, driver, open, options, notApplicable, differs: differences(design) };
  });
