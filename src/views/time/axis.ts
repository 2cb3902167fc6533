import { tickIncrement } from "d3";

// One axis for all lanes and the slider: one x for one step.

/** Where the axis begins: the names of the lanes stand before it. The slider's ends are laid over the same two points. */
export const axis = { left: 118, right: 24, small: 20 } as const;

/** Steps that the axis has room for: more than there are, so that a step more moves nothing that is there already. */
export const spanOf = (total: number): number => Math.max(20, Math.ceil(total / 20) * 20);

export function scaleFor(total: number, width: number, small: boolean): (step: number) => number {
  const [left, right] = small ? [axis.small, axis.small] : [axis.left, axis.right];
  // a scale of d3 would bring formats, colours and dates into the first load
  const pitch = Math.max(1, width - right - left) / spanOf(total);
  return (step) => Math.round((left + step * pitch) * 10) / 10;
}

/** The step nearest to a point, for clicks and drags. */
export function stepAt(x: number, total: number, width: number, small: boolean): number {
  const at = scaleFor(total, width, small);
  const span = at(spanOf(total)) - at(0);
  return Math.min(total, Math.max(0, Math.round(((x - at(0)) / span) * spanOf(total))));
}

/** Which steps carry a number: few enough to stand apart. */
export function numbered(total: number, width: number): number[] {
  const places = Math.max(1, (width - axis.left - axis.right) / 44);
  const every = Math.max(1, tickIncrement(0, spanOf(total), places));
  return Array.from({ length: Math.floor(total / every) + 1 }, (_, i) => i * every);
}
