/**
 * Fingerprints: 64 bits as two halves.
 *
 * A region's is the exclusive or over its words, a state's over its regions, each mixed with its place: what a step leaves
 * alone costs nothing.
 */

/** A word mixed so that each of its bits reaches all others. */
export function mix(word: number): number {
  let x = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** What a word of a region adds to the first half of the region's fingerprint. */
export function low(word: number, place: number): number {
  return mix(word ^ Math.imul(place + 1, 0x9e3779b1));
}

/** The same for the second half: other constants, another order of operations. */
export function high(word: number, place: number): number {
  let x = Math.imul(word + Math.imul(place + 1, 0x27d4eb2f), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 14);
}

/** What a region's half adds to its state's, at place 0 for the shared region and 1 + thread for a thread's. */
export function placed(half: number, place: number): number {
  return mix(Math.imul(half, 2 * place + 3) + Math.imul(place + 1, 0x7feb352d));
}

/** Chance that among so many states two share a fingerprint: pairs by 64 bits. */
export function collisionProbability(states: number): number {
  return (states * (states - 1)) / 2 / 2 ** 64;
}
