/** Worlds as words of a link: which letters there are, and which world has which word. */
import type { Scenario } from "./schema.ts";

export const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Whether a word of a link is a whole world (`pack.ts`), and no id. */
export const isPacked = (word: string): boolean => word.startsWith("_");

/** An id of the library, or the world itself; null where it is too large for a link. */
const words = new WeakMap<Scenario, string | null>();

/** Undefined for a world that nobody gave a word yet. */
export const wordOf = (scenario: Scenario): string | null | undefined => words.get(scenario);

export function giveWord(scenario: Scenario, word: string | null): void {
  words.set(scenario, word);
}
