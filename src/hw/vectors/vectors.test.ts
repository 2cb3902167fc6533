import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { STE } from "../ste-fields.ts";
import { CD } from "../cd-fields.ts";
import { get, type Qwords, zeros } from "../fields.ts";
import { type EntryKind, entryAfter, RULES, safeBits, usedBits, writeEntry, type WriterRules } from "../writer.ts";
import { checkVectors, sumOf, VECTOR_FILES, type VectorFile } from "./check.ts";
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

const clear = (q: Qwords, qword: number, mask: bigint): Qwords => q.map((w, i) => (i === qword ? w & ~mask : w));
const EATS_LOW = 1n << STE.EATS.shift;

/** Writers with one rule broken each. */
const broken: Readonly<Record<string, Partial<WriterRules>>> = {
  "SHCFG is never used": { steUsed: (e) => clear(RULES.steUsed(e), 1, STE.SHCFG.mask) },
  "stage 1 does not use S2VMID": {
    steUsed: (e) => (get(e, STE.CFG) === 5n ? clear(RULES.steUsed(e), 2, STE.S2VMID.mask) : RULES.steUsed(e)),
  },
  "stage 1 does not use EATS": {
    steUsed: (e) => (get(e, STE.CFG) === 5n ? clear(RULES.steUsed(e), 1, STE.EATS.mask) : RULES.steUsed(e)),
  },
  "an invalid STE is used as well": {
    steUsed: (e) => RULES.steUsed([e[0] | STE.V.mask, ...e.slice(1)]),
  },
  "a CD without walks uses TTB0": {
    cdUsed: (e) => RULES.cdUsed([e[0] & ~CD.TCR_EPD0.mask, ...e.slice(1)]),
  },
  "a CD without walks ignores MAIR": {
    cdUsed: (e) => (get(e, CD.TCR_EPD0) === 1n ? clear(RULES.cdUsed(e), 3, CD.MAIR.mask) : RULES.cdUsed(e)),
  },
  "an invalid CD is used as well": { cdUsed: (e) => RULES.cdUsed([e[0] | CD.V.mask, ...e.slice(1)]) },
  "MEV is not safe": { steSafe: (c, t) => clear(RULES.steSafe(c, t), 1, STE.MEV.mask) },
  "EATS is never safe": { steSafe: (c, t) => clear(RULES.steSafe(c, t), 1, EATS_LOW) },
  "EATS is always safe": { steSafe: (c, t) => RULES.steSafe(c, t).map((w, i) => (i === 1 ? w | EATS_LOW : w)) },
  "S2S does not matter for EATS": {
    steSafe: (c, t) => RULES.steSafe(clear(c, 2, STE.S2S.mask), clear(t, 2, STE.S2S.mask)),
  },
  "S1CHK does not matter for EATS": {
    steSafe: (c, t) => RULES.steSafe(clear(c, 1, 2n * EATS_LOW), clear(t, 1, 2n * EATS_LOW)),
  },
  "only the target's S2S matters for EATS": { steSafe: (c, t) => RULES.steSafe(clear(c, 2, STE.S2S.mask), t) },
  "safe bits count although one entry ignores them": { keep: (now, _then, safe) => now & ~safe },
  "nothing is changed early": { mixed: (current) => current },
  "used bits are changed early": { mixed: (_current, target) => target },
  "ignored bits are critical": { critical: (mixed, _then, target) => mixed !== target },
  "two critical qwords are still hitless": {
    mode: (critical) => (critical.length === 0 ? "no_used_change" : critical.length <= 2 ? "hitless" : "disruptive"),
  },
  "one critical qword is disruptive": {
    mode: (critical) => (critical.length === 0 ? "no_used_change" : "disruptive"),
  },
  "no critical qword goes the hitless way": {
    mode: (critical) => (critical.length <= 1 ? "hitless" : "disruptive"),
  },
  "the critical qword is stored with the others": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      return mode === "hitless" ? [{ ...made[0], values: m }, ...made.slice(1)] : made;
    },
  },
  "the critical qword comes first": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      return mode === "hitless" ? [made[1], made[0], made[2]] : made;
    },
  },
  "what the new entry ignores is not cleared": {
    groups: (mode, c, m, t, critical) => RULES.groups(mode, c, m, t, critical).slice(0, mode === "hitless" ? 2 : 3),
  },
  "qword 0 is not taken away first": {
    groups: (mode, c, m, t, critical) => RULES.groups(mode, c, m, t, critical).slice(mode === "disruptive" ? 1 : 0),
  },
  "only V is taken away": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      const values = [c[0] & ~STE.V.mask & ~CD.V.mask, ...zeros().slice(1)];
      return mode === "disruptive" ? [{ qwords: [0], values }, ...made.slice(1)] : made;
    },
  },
  "qword 0 comes with the others": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      return mode === "disruptive" ? [made[0], { qwords: [0, 1, 2, 3, 4, 5, 6, 7], values: t }] : made;
    },
  },
  "qwords are stored from the last to the first": {
    groups: (mode, c, m, t, critical) =>
      RULES.groups(mode, c, m, t, critical).map((group) => ({ ...group, qwords: [...group.qwords].reverse() })),
  },
};

describe("a writer is caught in which", () => {
  test.each(Object.keys(broken))("%s", (name) => {
    const rules = { ...RULES, ...broken[name] };
    const failed = (["ste", "cd"] as const).map(
      (kind) => sumOf(checkTransitions(kind, files[`${kind}_transitions.json`], rules)).failed,
    );
    expect(Math.max(...failed)).toBeGreaterThan(0);
  });
});

// --- What the rules promise -----------------------------------------------------------------------------------------

describe.each<EntryKind>(["ste", "cd"])("every store between two entries of %s", (kind) => {
  const entries = [...entriesOf(files[`${kind}_transitions.json`]).values()];
  const pairs = entries.flatMap((from) => entries.map((to) => [from, to] as const));

  /** Whether the SMMU takes `now` for `entry`, up to bits that may differ for a moment. */
  function behavesAs(now: Qwords, entry: Qwords): boolean {
    const used = usedBits(kind, now);
    const usedThere = usedBits(kind, entry);
    const safe = safeBits(kind, now, entry);
    return now.every((word, i) => {
      const both = safe[i] & used[i] & usedThere[i];
      return used[i] === usedThere[i] && (word & used[i] & ~both) === (entry[i] & used[i] & ~both);
    });
  }

  test("ends with the new entry, and leaves the old one, the new one or an invalid one on the way", () => {
    const wrong: string[] = [];
    for (const [from, to] of pairs) {
      const stores = [...writeEntry(kind, from, to)].filter((step) => "store" in step).length;
      const seen = Array.from({ length: stores + 1 }, (_x, n) => entryAfter(kind, from, to, n));
      const disrupted = seen.some((now) => now[0] === 0n);
      if (seen[stores].some((word, i) => word !== to[i])) wrong.push("does not end with the new entry");
      if (!disrupted && !seen.every((now) => behavesAs(now, from) || behavesAs(now, to))) wrong.push("a third entry");
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
