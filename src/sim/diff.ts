/** Differences between two states as reversible values, and the fingerprint of a state. */

/** Bytes that changed: where, what they were, what they are. */
export interface Diff {
  readonly at: readonly number[];
  readonly was: readonly number[];
  readonly is: readonly number[];
}

/** What has to change in `before` to become `after`. Both have the same length. */
export function diffBytes(before: Uint8Array, after: Uint8Array): Diff {
  const at: number[] = [];
  const was: number[] = [];
  const is: number[] = [];
  for (let i = 0; i < after.length; i++) {
    if (before[i] === after[i]) continue;
    at.push(i);
    was.push(before[i] as number);
    is.push(after[i] as number);
  }
  return { at, was, is };
}

/** Makes the change in place. */
export function applyDiff(bytes: Uint8Array, diff: Diff): void {
  for (let i = 0; i < diff.at.length; i++) bytes[diff.at[i] as number] = diff.is[i] as number;
}

/** Takes the change back in place. */
export function revertDiff(bytes: Uint8Array, diff: Diff): void {
  for (let i = 0; i < diff.at.length; i++) bytes[diff.at[i] as number] = diff.was[i] as number;
}

/** 64 bits of a state as two unsigned halves: two multiply-xor lanes over the bytes, mixed at the end. */
export function fingerprint(bytes: Uint8Array): readonly [number, number] {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995);
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x27d4eb2f) ^ Math.imul(a ^ (a >>> 15), 0x165667b1);
  return [a >>> 0, b >>> 0];
}
