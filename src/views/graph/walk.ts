import type { Thing } from "./picture.ts";

export type Direction = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** Where an arrow key leads: the nearest thing that lies in that direction, the present one where none does. */
export function walk(things: readonly Thing[], from: number, direction: Direction): number {
  const here = things[from];
  if (!here) return things.length > 0 ? 0 : -1;
  const middle = ({ x, y, w, h }: Thing) => ({ x: x + w / 2, y: y + h / 2 });
  // A box that holds others is left at its own corner, so that its first device lies below it.
  const corner = ({ x, y, w, h }: Thing) => (h > 60 ? { x: x + w / 2, y: y + 8 } : middle({ x, y, w, h } as Thing));
  const start = corner(here);
  let best = from;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const [i, thing] of things.entries()) {
    if (i === from) continue;
    const { x, y } = corner(thing);
    const dx = x - start.x;
    const dy = y - start.y;
    const [ahead, aside] = {
      ArrowUp: [-dy, Math.abs(dx)],
      ArrowDown: [dy, Math.abs(dx)],
      ArrowLeft: [-dx, Math.abs(dy)],
      ArrowRight: [dx, Math.abs(dy)],
    }[direction];
    const cost = ahead + aside * 3;
    if (ahead > 1 && cost < bestCost) {
      best = i;
      bestCost = cost;
    }
  }
  return best;
}
