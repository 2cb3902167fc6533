import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Qwords } from "../../hw/fields.ts";
import { cdIn, steIn } from "../../hw/tables.ts";
import { snapshot } from "../../worker/snapshot.ts";
import { linux73 } from "../../kernel/designs/linux-7.3.ts";
import { seedDesign } from "../../kernel/designs/seed.ts";
import { readInvs } from "../../kernel/invs.ts";
import { makeModel } from "../build.ts";
import { Play } from "../play.ts";
import { readScenario } from "../schema.ts";
import { findScenario } from "./find.ts";
import { INVS_STEPS, invsWorld, KUNIT_CASES, kunitWorlds } from "./kunit.ts";

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
    for (let shown = snapshot(play, null, null); ; shown = snapshot(play, null, null)) {
      expect(shown.devices[0]?.rows.every(({ agree, docked }) => agree || docked)).toBe(true);
      if (play.machine.outcomes(0) === 0) break;
      play.append({ kind: "choice", thread: 0, outcome: 0 });
    }
  }
});

test("arm_smmu_v3_invs_test finds the array that it expects after each of its calls", () => {
  const play = new Play(makeModel(readScenario(invsWorld), linux73, {}));
  const { machine, model } = play;
  const domain = model.world.domain.findIndex(({ name }) => name === "D2");
  for (const { op, list, ids, users, ssids, num_trashes } of INVS_STEPS) {
    const root = machine.rootIndex(0);
    while (machine.outcomes(0) > 0 && machine.rootIndex(0) === root)
      play.append({ kind: "choice", thread: 0, outcome: 0 });
    const array = readInvs(machine.state, model.world, machine.state.domain[domain].invs);
    expect([op, list, array.invs.map((x) => x.id), array.invs.map((x) => x.users)]).toEqual([op, list, ids, users]);
    expect([array.invs.map((x) => x.ssid), array.num_trashes]).toEqual([ssids, num_trashes]);
  }
  expect([machine.outcomes(0), ...play.violations().keys()]).toEqual([0]);
});

test("an unref of what is not there is a WARN, as in the driver", () => {
  const unref = { op: "invs_unref", caller: "unit test", domain: "D2", inv_list: "invs2" };
  const play = new Play(makeModel(readScenario({ ...invsWorld, threads: [{ ops: [unref] }] }), linux73, {}));
  while (play.machine.outcomes(0) > 0) play.append({ kind: "choice", thread: 0, outcome: 0 });
  expect(play.records.some(({ warn }) => warn === "arm_smmu_invs_unref")).toBe(true);
});
