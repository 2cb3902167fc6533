import type { Selected } from "../../session/look.ts";

/** A menu that is open: for what, and where that stands in the window. */
export interface MenuAt {
  readonly selected: Selected;
  readonly anchor: Area;
}

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const menuWidth = 330;
const gap = 8;

/**
 * Where a menu goes, from the corner of the frame: right of its thing where there is room, else left of it, else over
 * it; and always whole within the frame, so that every action can be reached.
 */
export function placeMenu(anchor: Area, frame: Area, height: number): { x: number; y: number } {
  const left = anchor.x - frame.x;
  const right = left + anchor.width + gap;
  const before = left - menuWidth - gap;
  const most = Math.max(gap, frame.width - menuWidth - gap);
  const fits = (at: number) => at >= gap && at <= most;
  const x = fits(right) ? right : fits(before) ? before : Math.min(most, Math.max(gap, left));
  const y = Math.min(anchor.y - frame.y, frame.height - height - gap);
  return { x, y: Math.max(gap, y) };
}
