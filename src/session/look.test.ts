import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLook, encodeLook, plainLook } from "./look.ts";
import type { Look } from "./look.ts";
import { moment } from "./moment.ts";

const selected = fc.constantFrom<Look["selected"]>(
  null,
  { kind: "device", id: "dev0" },
  { kind: "group", id: "g7" },
  { kind: "domain", id: "D1" },
  { kind: "domain", id: "blocking" },
  { kind: "row", device: "dev0", pasid: 0 },
  { kind: "row", device: "dev0", pasid: 1048575 },
  { kind: "ste", device: "dev0", index: 0 },
  { kind: "cd", device: "dev0", index: 1048575 },
  { kind: "cmd", device: "", index: 12 },
  { kind: "event", device: "", index: 0 },
);
const property = fc.constantFrom(null, "I-BLOCK", "I-TEST2");
const aim = fc.record<Look["aim"]>({
  scenario: fc.constantFrom(null, "used-ssids", "sva-exit"),
  design: fc.constantFrom(null, "linux-7_3", "test-dev-v1--retest-yes"),
  property,
});
const looks = fc
  .record<Look>({
    thread: fc.integer({ min: 0, max: 999 }),
    selected,
    sheet: fc.constantFrom(
      null,
      "about",
      "checks",
      "designs",
      "patch",
      "legend",
      "keys",
      "reply",
      "stories",
      "compare",
      "recipe",
      "verdicts",
      "inspect",
    ),
    property,
    aim,
  })
  .map((look) => (look.sheet === "verdicts" ? { ...look, property: null } : { ...look, aim: plainLook.aim }));

test("a look comes back from its word, and the word keeps to the alphabet", () => {
  fc.assert(
    fc.property(looks, (look) => {
      const word = encodeLook(look, moment);
      expect(word).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeLook(word, moment)).toEqual(look);
    }),
  );
});

test("a word that says nothing known is a plain look, never a fault", () => {
  fc.assert(fc.property(fc.string(), (word) => void decodeLook(word, moment)));
  expect(decodeLook("zzz", moment)).toEqual(plainLook);
  expect(decodeLook("d7", moment)).toEqual(plainLook);
  expect(decodeLook("", moment)).toEqual(plainLook);
});

test("an object that the world no longer has leaves the rest of the look", () => {
  expect(encodeLook({ ...plainLook, thread: 2, selected: { kind: "domain", id: "gone" } }, moment)).toBe("t2");
});
