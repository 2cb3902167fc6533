import { widthOf } from "../../ui/measure.ts";
import type { TimeText } from "./lanes.ts";

/**
 * Keeps texts apart: each moves right until it is free, at most to where it still belongs, and is left out where it is
 * not. Nothing is lost with it: the listing, the inspector and the dot's own title say the same. Whether it was placed is
 * the answer.
 */
export function createRoom(width: number, texts: TimeText[]): (text: TimeText, to: number) => boolean {
  const taken: { x1: number; x2: number; y: number }[] = [];
  return (text, to) => {
    const w = widthOf(text.text, { size: 11, mono: text.mono }) + 6;
    const hits = (x: number) =>
      taken.find((other) => Math.abs(other.y - text.y) < 11 && x < other.x2 && other.x1 < x + w);
    let { x } = text;
    for (let hit = hits(x); hit !== undefined; hit = hits(x)) x = hit.x2 + 2;
    if (x > text.x && x > to) return false;
    if (x + w > width) x = Math.max(0, width - w);
    if (hits(x) !== undefined) return false;
    taken.push({ x1: x, x2: x + w, y: text.y });
    texts.push({ ...text, x });
    return true;
  };
}
