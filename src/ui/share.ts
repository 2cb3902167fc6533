import { useRef } from "react";

/**
 * What a view made of its data, with every part that equals the one drawn before taken from it: parts that are memoised
 * are then drawn again only if what they show is another.
 */
export function useShared<T>(value: T): T {
  const before = useRef(value);
  before.current = share(before.current, value);
  return before.current;
}

/**
 * The next value with every part that equals the one before taken from it, so that "the same" can be seen by identity and
 * a view is drawn again only when what it shows has changed. Plain data only.
 */
export function share<T>(before: T, next: T): T {
  if (before === next || before === null || next === null) return next;
  if (typeof before !== "object" || typeof next !== "object") return next;
  if (Array.isArray(before) !== Array.isArray(next)) return next;
  const old = before as Record<string, unknown>;
  const now = next as Record<string, unknown>;
  const keys = Object.keys(now);
  let same = keys.length === Object.keys(old).length;
  const parts = keys.map((key) => {
    const part = share(old[key], now[key]);
    if (part !== old[key] || !(key in old)) same = false;
    return part;
  });
  if (same) return before;
  return (Array.isArray(next) ? parts : Object.fromEntries(keys.map((key, i) => [key, parts[i]]))) as T;
}
