/** Which run is shown, without its choices, and where in it. */
export interface Moment {
  readonly run: string;
  readonly position: number;
  /** The slider is on its way somewhere. */
  readonly seeking: boolean;
}

/**
 * Whether the way from one moment to the next is one step forward, and which of the two beats it gets: they look alike,
 * and taking turns starts the motion anew. A jump, a step back, another run and the first paint show states, not motion.
 */
export function beatOf(before: Moment | null, now: Moment): "odd" | "even" | null {
  if (before?.seeking === true || now.seeking) return null;
  if (before?.run !== now.run || now.position !== before.position + 1) return null;
  return now.position % 2 === 0 ? "even" : "odd";
}
