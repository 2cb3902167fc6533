import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deflate, inflate } from "./deflate.ts";
import { library } from "./library/index.ts";
import { openLink } from "./open-link.ts";
import { MAX_PACKED, packWorld, unpackWorld } from "./pack.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const dictionary = bytes("the quick brown fox jumps over the lazy dog, the quick brown fox");

describe("deflate", () => {
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 700 }),
    fc
      .array(fc.constantFrom("the quick ", "brown fox", "x", "\u00e9", "lazy lazy lazy "), { maxLength: 200 })
      .map((w) => bytes(w.join(""))),
  );
  test("is read by any inflater, and reads itself", () => {
    fc.assert(
      fc.property(some, (input) => {
        const small = deflate(input, dictionary);
        expect(Buffer.compare(inflateRawSync(small, { dictionary }), input)).toBe(0);
        expect(inflate(small, dictionary, 100_000)).toEqual(input);
      }),
      { seed: 1 },
    );
  });
  test("is not much longer than that of others", () => {
    const text = bytes(JSON.stringify(library.slice(0, 3)));
    expect(deflate(text, dictionary).length).toBeLessThan(deflateRawSync(text, { dictionary }).length * 1.3);
  });
  test("refuses what is cut, damaged, or grows beyond what is allowed, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        inflate(input, dictionary, 1000);
      }),
      { seed: 1, numRuns: 500 },
    );
    const small = deflate(bytes("a".repeat(5000)), dictionary);
    expect(inflate(small, dictionary, 4000)).toBeNull();
    expect(inflate(small.subarray(0, -1), dictionary, 10_000)).toBeNull();
    expect(inflate(Uint8Array.from([...small, 0]), dictionary, 10_000)).toBeNull();
  });
});

describe("a world in a link", () => {
  test("comes back as it was, in few letters", () => {
    for (const scenario of library.filter((_s, i) => i % 5 === 0)) {
      const word = packWorld({ ...scenario, about: `${scenario.about} \u201cna\u00efve\u201d` }) ?? "";
      expect(word).toMatch(/^_1[A-Za-z0-9_-]+$/);
      expect(unpackWorld(word)).toEqual({ ...scenario, about: `${scenario.about} \u201cna\u00efve\u201d` });
      expect(word.length).toBeLessThan(800);
    }
  });
  test.each([
    ["#1/_1AAAA/linux-7_3/A/_/", "is damaged"],
    ["#1/_2AAAA/linux-7_3/A/_/", 'has form "_2"; this explorer reads form "_1"'],
    [`#1/_1${"A".repeat(MAX_PACKED)}/linux-7_3/A/_/`, "at most"],
  ])("%s is refused in one sentence", (link, why) => {
    expect(() => openLink(link)).toThrow(why);
  });
  test("that lost a letter, or has another one, is refused or another world, and never throws anything else", () => {
    const word = packWorld({ ...(library[0] as (typeof library)[number]), id: "mine" }) ?? "";
    for (let i = 2; i < word.length; i += 7) {
      for (const other of [word.slice(0, i) + word.slice(i + 1), `${word.slice(0, i)}-${word.slice(i + 1)}`]) {
        try {
          openLink(`#1/${other}/linux-7_3/A/_/`);
        } catch (error) {
          expect((error as Error).message).toMatch(/^The (link's world|scenario|world)[^\n]*\.$/);
        }
      }
    }
  });
});
