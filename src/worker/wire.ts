/**
 * What goes over the pipe: of a snapshot only what changed since the one before. A step changes a few lines of a snapshot
 * that is many, and everything that is sent is written and read on the way to the screen. What did not change is then the
 * same object as before on the page's side, so that a view can see by identity that it has nothing to draw again.
 */
import type { Reply, Request, Snapshot } from "./protocol.ts";

/** How one plain value becomes another; null where it does not. */
export type Change =
  | { readonly is: unknown }
  | { readonly members: readonly (readonly [string, Change])[]; readonly gone: readonly string[] }
  | { readonly places: readonly (readonly [number, Change])[]; readonly length: number }
  | null;

type State = Extract<Reply, { kind: "state" }>;

/** A reply as it is sent. */
export type Sent = Exclude<Reply, State> | (Omit<State, "snapshot"> & { readonly change: Change });

/** What requests would be answered with, told before somebody asks. */
export interface Told {
  readonly kind: "ahead";
  readonly requests: readonly Request[];
  readonly reply: Sent;
}

type Plain = Record<string, unknown>;

/** Plain data only: what a message can hold, without cycles. */
export function changeOf(before: unknown, next: unknown): Change {
  if (Object.is(before, next)) return null;
  if (typeof before !== "object" || typeof next !== "object" || before === null || next === null) return { is: next };
  if (Array.isArray(before) && Array.isArray(next)) {
    const places = next.flatMap((value, i): [number, Change][] => {
      const change = i < before.length ? changeOf(before[i], value) : { is: value };
      return change === null ? [] : [[i, change]];
    });
    return places.length === 0 && before.length === next.length ? null : { places, length: next.length };
  }
  if (Array.isArray(before) || Array.isArray(next)) return { is: next };
  const [old, now] = [before as Plain, next as Plain];
  const members: [string, Change][] = [];
  for (const key of Object.keys(now)) {
    const change = Object.hasOwn(old, key) ? changeOf(old[key], now[key]) : { is: now[key] };
    if (change !== null) members.push([key, change]);
  }
  const gone = Object.keys(old).filter((key) => !Object.hasOwn(now, key));
  return members.length === 0 && gone.length === 0 ? null : { members, gone };
}

/** The next value; every part without a change is taken from the one before. */
export function changed(before: unknown, change: Change): unknown {
  if (change === null) return before;
  if ("is" in change) return change.is;
  if ("places" in change) {
    const next = (before as readonly unknown[]).slice(0, change.length);
    for (const [i, part] of change.places) next[i] = changed(next[i], part);
    return next;
  }
  const gone = new Set(change.gone);
  const next = new Map(Object.entries(before as Plain).filter(([key]) => !gone.has(key)));
  for (const [key, part] of change.members) next.set(key, changed(next.get(key), part));
  return Object.fromEntries(next);
}

/** The worker's side. `last` is the snapshot that was sent last. */
export function pack(last: Snapshot | null, reply: Reply): Sent {
  if (reply.kind !== "state") return reply;
  const { snapshot, ...rest } = reply;
  return { ...rest, change: changeOf(last, snapshot) };
}

/** The page's side. `last` is the snapshot that was received last; a worker that sends speaks of the same. */
export function unpack(last: Snapshot | null, sent: Sent): Reply {
  if (sent.kind !== "state") return sent;
  const { change, ...rest } = sent;
  return { ...rest, snapshot: changed(last, change) as Snapshot };
}
