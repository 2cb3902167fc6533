import type { Request, Snapshot } from "../worker/protocol.ts";

/** What the address does when the reply is there: a new entry for Back, the present one renamed, or nothing. */
export type Naming = "push" | "replace" | "none";

/**
 * One thing the reader asked for. It becomes a request only when its turn comes, since `forward` means something else
 * at each position; null asks for nothing.
 */
export interface Wish {
  readonly request: (snapshot: Snapshot | null) => Request | null;
  readonly naming: Naming;
  /** Another wish of the same kind directly behind it takes its place: the last position of a scrub is the one wanted. */
  readonly merges?: boolean;
  /** Called when the answer is there and was no refusal. */
  readonly answered?: () => void;
}

/** A wish in the queue, numbered from 1 in the order of wishing. */
export interface Queued extends Wish {
  readonly order: number;
}

/** The wishes in order. None is lost, only a seek that was overtaken by the next one. */
export function addWish(queue: readonly Queued[], wish: Queued): Queued[] {
  const last = queue.at(-1);
  return wish.merges && last?.merges ? [...queue.slice(0, -1), wish] : [...queue, wish];
}

/** The reader went elsewhere in the history: what was asked before still happens, but names no entry there. */
export function silence(queue: readonly Queued[]): Queued[] {
  return queue.map((wish) => ({ ...wish, naming: "none" }));
}
