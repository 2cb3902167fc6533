/** A choice in a byte: three bits of thread, five of outcome. */
import type { Choice } from "../sim/run.ts";

const THREAD_BITS = 3;
const THREAD_MASK = (1 << THREAD_BITS) - 1;

export const MAX_OUTCOMES = 1 << (8 - THREAD_BITS);
export const NO_CHOICE = -1;

export const byteOf = (thread: number, outcome: number): number => thread | (outcome << THREAD_BITS);

/** The thread of a choice; -1 where there is none. */
export const threadOf = (choice: number): number => (choice < 0 ? NO_CHOICE : choice & THREAD_MASK);

export const choiceOf = (byte: number): Choice => ({
  kind: "choice",
  thread: byte & THREAD_MASK,
  outcome: byte >> THREAD_BITS,
});
