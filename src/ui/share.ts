import { useState } from "react";

/**
 * What a view made of its data, with every part that equals the one drawn before taken from it: parts that are memoised
 * are then drawn again only if what they show is another.
 */
export function useShared<T>(value: T): T {
  const [keep] = useState(() => keeper<T>());
  return keep(value);
}

/** Remembers the last value that it gave. That it does so while a view is drawn changes no value, only which object it is. */
function keeper<T>(): (value: T) => T {
  let last: { readonly value: T } | null = null;
  return (value) => {
    last = { value: last === null ? value : share(last.value, value) };
    return last.value;
  };
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
