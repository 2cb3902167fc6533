/**
 * Fingerprints: 64 bits as two halves.
 *
 * A region has one over its words. A state's is the exclusive or over its regions, each mixed with its place, so that a
 * step costs four mixes a half, whatever the size of the state.
 */

/** A word mixed so that each of its bits reaches all others. */
export function mix(word: number): number {
  let x = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** First half over some words. */
export function low(words: Int32Array, from: number, to: number): number {
  let x = 0x2545f491;
  for (let i = from; i < to; i++) x = Math.imul(x ^ (words[i] as number), 0x9e3779b1) ^ (x >>> 15);
  return mix(x);
}

/** Second half: other constants, another order of operations. */
export function high(words: Int32Array, from: number, to: number): number {
  let x = 0x5bd1e995;
  for (let i = from; i < to; i++) x = (Math.imul(x ^ (x >>> 13), 0x27d4eb2f) + (words[i] as number)) | 0;
  return mix(x);
}

/** What a region's half adds to its state's, at place 0 for the shared region and 1 + thread for a thread's. */
export function placed(half: number, place: number): number {
  return mix(Math.imul(half, 2 * place + 3) + Math.imul(place + 1, 0x7feb352d));
}

/** Chance that among so many states two share a fingerprint: pairs by 64 bits. */
export function collisionProbability(states: number): number {
  return (states * (states - 1)) / 2 / 2 ** 64;
}
