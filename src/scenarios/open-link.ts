/** Opening any link, with the whole library and every design at hand. */
import { findDesign } from "../kernel/designs/index.ts";
import { findScenario } from "./library/find.ts";
import { unpackWorld } from "./pack.ts";
import { type OpenedLink, openFrom } from "./read-link.ts";

/** Throws a LinkError when the link names no scenario or no design that is known, or its world is none. */
export const openLink = (pasted: string): OpenedLink =>
  openFrom({ scenario: findScenario, design: findDesign, unpack: unpackWorld }, pasted);
