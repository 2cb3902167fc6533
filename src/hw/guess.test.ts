import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decode, LENGTHS, type Structure } from "./decode.ts";
import { guess } from "./guess.ts";
import { summary } from "./summary.ts";
import { entriesOf } from "./vectors/transitions.ts";

const entries = (kind: "ste" | "cd") =>
  [...entriesOf(JSON.parse(readFileSync(new URL(`vectors/${kind}_transitions.json`, import.meta.url), "utf8")))].filter(
    // made by hand, in part of random bits
    ([name]) => !/^[ix]_/.test(name),
  );

test("every entry that the driver builds is taken for what it is", () => {
  for (const kind of ["ste", "cd"] as const) {
    for (const [name, q] of entries(kind)) {
      // nothing at all may be either
      if (name !== "zero") expect([name, guess(q)?.structure]).toEqual([name, kind]);
    }
  }
  expect(guess(Array<bigint>(8).fill(0n))).toEqual({
    structure: "ste",
    other: "cd",
    why: "nothing in it speaks for either",
  });
});

test("the length alone tells a command and an event, and nothing else is as long", () => {
  expect(guess([4n, 31n])).toEqual({ structure: "cmd", other: null, why: "" });
  expect(guess([4n, 0n, 0n, 0n])).toEqual({ structure: "event", other: null, why: "" });
  for (const length of [0, 1, 3, 5, 7, 9, 16]) expect(guess(Array<bigint>(length).fill(1n))).toBeNull();
});

test("every structure has its one sentence, whatever its bits", () => {
  const seen = new Set<string>();
  for (const structure of Object.keys(LENGTHS) as Structure[]) {
    for (let first = 0n; first < 256n; first++) {
      for (const rest of [0n, (1n << 64n) - 1n]) {
        const q = [first | (rest & ~255n), ...Array<bigint>(LENGTHS[structure] - 1).fill(rest)];
        const said = summary(structure, q);
        seen.add(said);
        expect(said).toMatch(/^[A-Z][^\n]*\.$/);
        expect(said).not.toMatch(/undefined|NaN/);
        expect(decode(structure, q).fields.length).toBeGreaterThan(0);
      }
    }
  }
  expect(seen.size).toBeGreaterThan(80);
});

test.each<[Structure, readonly bigint[], string]>([
  [
    "ste",
    [0xdn, 0x100010000000n, 0x44d359000000003n, 0x10a2c4000n, 0n, 0n, 0n, 0n],
    "Valid, stage 2 only, VMID 3, ATS on: nothing in it leads to a CD table.",
  ],
  [
    "ste",
    [0x50078d498244c3abn, 0x80000d6n, 0n, 0n, 0n, 0n, 0n, 0n],
    "Valid, stage 1 only, ATS refused: a table of 2^10 CDs at S1CTXPTR; a request without a SubstreamID takes CD 0.",
  ],
  ["cmd", [0x40n | (0x100n << 32n), 52n], "The function behind StreamID 0x100 drops what its ATC holds: everything."],
  [
    "event",
    [0x10n | (8n << 32n), 0n, 0x1000n, 0n],
    "F_TRANSLATION of StreamID 0x8 at 0x1000: nothing is mapped there.",
  ],
])("%s says what it comes to", (structure, q, said) => {
  expect(summary(structure, q)).toBe(said);
});
