import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { behavesAs, type EntryKind, entryAfter, writeEntry } from "../writer.ts";
import { BROKEN_WRITERS, failedBy } from "./broken.ts";
import { checkVectors, VECTOR_FILES, type VectorFile } from "./check.ts";
import { sumOf } from "./read.ts";
import { checkTransitions, entriesOf } from "./transitions.ts";

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
const files = Object.fromEntries(VECTOR_FILES.map((file) => [file, read(file)])) as Record<VectorFile, unknown>;
/** A copy to be changed. */
const copy = (file: VectorFile) => structuredClone(files[file]) as Record<string, never[]> & Record<string, unknown>;

test("what was recorded from the driver is what comes out here", () => {
  const found = checkVectors(files).map(({ file, sections }) => [
    file,
    sumOf(sections),
    ...sections.flatMap((s) => s.mismatches),
  ]);
  expect(found).toEqual([
    ["builders.json", { passed: 522, failed: 0 }],
    ["cd_transitions.json", { passed: 878, failed: 0 }],
    ["commands.json", { passed: 349, failed: 0 }],
    ["field_map.json", { passed: 298, failed: 0 }],
    ["invs.json", { passed: 266, failed: 0 }],
    ["ste_transitions.json", { passed: 2437, failed: 0 }],
  ]);
});

// --- Each rule of the writer is needed ------------------------------------------------------------------------------

test.each(Object.keys(BROKEN_WRITERS))("a writer is caught in which %s", (name) => {
  const { ste, cd } = failedBy(BROKEN_WRITERS[name], files);
  expect(ste + cd).toBeGreaterThan(0);
});

// --- What the rules promise -----------------------------------------------------------------------------------------

describe.each<EntryKind>(["ste", "cd"])("every store between two entries of %s", (kind) => {
  const entries = [...entriesOf(files[`${kind}_transitions.json`]).values()];
  const pairs = entries.flatMap((from) => entries.map((to) => [from, to] as const));

  test("ends with the new entry, and leaves the old one, the new one or an invalid one on the way", () => {
    const wrong: string[] = [];
    for (const [from, to] of pairs) {
      const stores = [...writeEntry(kind, from, to)].filter((step) => "store" in step).length;
      const seen = Array.from({ length: stores + 1 }, (_x, n) => entryAfter(kind, from, to, n));
      const disrupted = seen.some((now) => now[0] === 0n);
      if (seen[stores].some((word, i) => word !== to[i])) wrong.push("does not end with the new entry");
      if (!disrupted && !seen.every((now) => behavesAs(kind, now, from) || behavesAs(kind, now, to)))
        wrong.push("a third entry");
      if (seen[0].some((word, i) => word !== from[i])) wrong.push("does not begin with the old entry");
    }
    expect(wrong).toEqual([]);
  });
  test("is followed by a sync before the next group", () => {
    for (const [from, to] of pairs) {
      const steps = [...writeEntry(kind, from, to)];
      expect(steps.length === 0 || "sync" in (steps.at(-1) ?? {})).toBe(true);
    }
  });
});

// --- Files that are not what they should be -------------------------------------------------------------------------

describe("a record that is wrong counts as failed", () => {
  const check = (changed: Partial<Record<VectorFile, unknown>>) =>
    Object.fromEntries(checkVectors({ ...files, ...changed }).map(({ file, sections }) => [file, sumOf(sections)]));

  const junk = [null, 1, "x", [], {}, { from: "s1", to: 3 }, { name: 1, start: {} }, { qwords: ["0x"] }];
  test.each(VECTOR_FILES)("whatever stands in %s", (file) => {
    const more = copy(file);
    const none = copy(file);
    for (const key of Object.keys(more)) {
      if (Array.isArray(more[key])) more[key] = [...more[key], ...(junk as never[])];
      else if (key !== "meta" && key !== "source") none[key] = null as never;
    }
    const lists = Object.values(more).filter((value) => Array.isArray(value) && value.length > junk.length);
    const whole = sumOf(checkVectors(files).find((report) => report.file === file)?.sections ?? []);
    const { passed, failed } = check({ [file]: more })[file];
    expect(passed).toBe(whole.passed);
    if (file !== "field_map.json") expect(failed).toBeGreaterThanOrEqual(lists.length * junk.length);
    expect(check({ [file]: none })[file].failed > 0 || lists.length > 0).toBe(true);
  });
  test("in the one record that was changed", () => {
    const changed = copy("ste_transitions.json") as unknown as { pairs: { mode: string; from: string }[] };
    changed.pairs[7].mode = "other";
    changed.pairs[8].from = "nowhere";
    expect(check({ "ste_transitions.json": changed })["ste_transitions.json"]).toEqual({ passed: 2435, failed: 2 });
    const [, pairs] = checkTransitions("ste", changed);
    expect(pairs.mismatches[0]).toMatchObject({ where: "mode", expected: '"other"' });
    expect(pairs.mismatches[1].actual).toBe('there is no entry "nowhere"');
  });
  test("when a list is missing or empty", () => {
    for (const pairs of [undefined, [], "none"]) {
      const changed = { ...copy("cd_transitions.json"), pairs };
      expect(check({ "cd_transitions.json": changed })["cd_transitions.json"].failed).toBe(1);
    }
  });
  test("when an invalidation would never end", () => {
    const changed = copy("commands.json") as unknown as { inv_ranges: Record<string, unknown>[] };
    const range = changed.inv_ranges[0];
    for (const granule of ["0x0", "0x1", "0x1001", "0x8000000000"]) {
      Object.assign(range, { features: [], iova: "0x0", size: "0x7fffffffff", granule });
      expect(check({ "commands.json": changed })["commands.json"]).toEqual({ passed: 348, failed: 1 });
    }
  });
});
