import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Qwords } from "../../hw/fields.ts";
import { cdIn, steIn } from "../../hw/tables.ts";
import { snapshot } from "../../worker/snapshot.ts";
import { seedDesign } from "../../kernel/designs/seed.ts";
import { makeModel } from "../build.ts";
import { Play } from "../play.ts";
import { readScenario } from "../schema.ts";
import { findScenario } from "./find.ts";
import { KUNIT_CASES, kunitWorlds } from "./kunit.ts";

// What the model's own writer does in each case, store by store, against the numbers of the driver's unit test.

/** A case's world, played to its end: the entry at each sync, and what each write of it came to. */
function playCase(i: number) {
  const scenario = readScenario(kunitWorlds[i]);
  const play = new Play(makeModel(scenario, seedDesign, {}));
  const { world } = play.model;
  const isSte = scenario.entries[0]?.kind === "ste";
  const now = (): Qwords => {
    const entries = (isSte ? world.ste[1] : world.cd[1])?.entries;
    return entries?.qwordsOf(isSte ? steIn(play.machine.state, 1) : cdIn(play.machine.state, 1, 0)) ?? [];
  };
  const initial = now();
  const writes: { atSyncs: Qwords[]; end: Qwords }[] = [{ atSyncs: [], end: initial }];
  for (let root = 0; play.machine.outcomes(0) > 0; ) {
    play.append({ kind: "choice", thread: 0, outcome: 0 });
    const write = writes.at(-1);
    if (play.records.at(-1)?.trace.some((t) => t.kind === "command" && t.letter === "C")) write?.atSyncs.push(now());
    if (write) write.end = now();
    if (play.machine.rootIndex(0) !== root && play.machine.outcomes(0) > 0) {
      root = play.machine.rootIndex(0);
      writes.push({ atSyncs: [], end: now() });
    }
  }
  return { play, scenario, initial, writes };
}

describe.each(KUNIT_CASES.map((c, i) => [c.name, i] as const))("arm_smmu_v3_write_%s", (_name, i) => {
  const { entries, expected } = KUNIT_CASES[i] as (typeof KUNIT_CASES)[number];
  const { play, scenario, initial, writes } = playCase(i);
  const valueOf = (name: string | undefined) =>
    scenario.entries.find((entry) => entry.name === name)?.qwords.map((q) => BigInt(q));

  test("takes the syncs that the test expects, and is as hitless", () => {
    const seen = writes.map(({ atSyncs }) => ({
      syncs: atSyncs.length,
      hitless: !atSyncs.some((entry) => entry[0] === 0n),
    }));
    expect(seen).toEqual(expected);
  });
  test("begins with its first entry and ends with each of the next", () => {
    expect(initial).toEqual(valueOf(entries[0]));
    expect(writes.map(({ end }) => end)).toEqual(entries.slice(1).map(valueOf));
  });
  test("breaks no property: core and driver are not part of it", () => {
    expect([...play.violations().keys()]).toEqual([]);
    expect(play.machine.layout.warnSites.filter((_site, n) => play.machine.warned(n))).toEqual([]);
  });
});

test("the entries are those that the driver's own unit tests write", () => {
  for (const kind of ["ste", "cd"] as const) {
    const file = new URL(`../../hw/vectors/${kind}_transitions.json`, import.meta.url);
    const { kunit } = JSON.parse(readFileSync(file, "utf8")) as {
      kunit: { case: string; initial: string[]; target: string[]; syncs: number; hitless: boolean }[];
    };
    const ours = KUNIT_CASES.flatMap(({ name, entries, expected }, i) => {
      const world = readScenario(kunitWorlds[i]);
      const qwords = (entry: string | undefined) => world.entries.find((e) => e.name === entry)?.qwords;
      return expected.map((e, n) => ({
        case: `arm_smmu_v3_write_${name}`,
        initial: qwords(entries[n]),
        target: qwords(entries[n + 1]),
        ...e,
      }));
    });
    for (const { case: name, initial, target, syncs, hitless } of kunit)
      expect(ours).toContainEqual({ case: name, initial, target, syncs, hitless });
  }
  expect(KUNIT_CASES).toHaveLength(24);
});

test("every case is in the library, at the grain of stores", () => {
  expect(new Set(kunitWorlds.map(({ id }) => id)).size).toBe(24);
  for (const { id } of kunitWorlds) expect(findScenario(id)?.grain).toBe("store");
});

test("every case can be shown at every step", () => {
  for (const { id } of kunitWorlds) {
    const scenario = findScenario(id);
    if (scenario === undefined) throw new Error(id);
    const play = new Play(makeModel(scenario, seedDesign, {}));
    for (let shown = snapshot(play, null); ; shown = snapshot(play, null)) {
      expect(shown.devices[0]?.rows.every(({ agree, docked }) => agree || docked)).toBe(true);
      if (play.machine.outcomes(0) === 0) break;
      play.append({ kind: "choice", thread: 0, outcome: 0 });
    }
  }
});
