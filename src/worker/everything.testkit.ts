import { findDesign } from "../kernel/designs/index.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { openAny } from "../scenarios/stories/open.ts";
import type { DeskStock } from "./desk.ts";
import { hardwareViews } from "./hardware.ts";
import { later } from "./later.ts";
import { toggled } from "./toggles.ts";

/** All that a desk can be asked for, at hand. */
export const everything: DeskStock = {
  scenario: findScenario,
  design: findDesign,
  open: openAny,
  change: toggled,
  hardware: hardwareViews,
  later,
};
