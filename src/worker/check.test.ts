import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { properties } from "../kernel/properties.ts";
import { makeModel } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { openLink } from "../scenarios/open-link.ts";
import { packWorld } from "../scenarios/pack.ts";
import { readToggle, type Toggle } from "../scenarios/toggles.ts";
import { check, type Checked, type CheckedProperty, checkEverything, Checking } from "./check.ts";

const all: readonly Checked[] = library.flatMap((scenario) =>
  designs.map((design) => check(makeModel(scenario, design, {}), checkEverything)),
);

/** One line a pair: what broke, with steps and switches; and what no run exercised. */
const line = (row: Checked) => {
  const of = (verdict: string) => Object.entries(row.properties).filter(([, p]) => p.verdict === verdict);
  const broke = of("violated").map(([id, p]) => `${id}:${p.steps}/${p.switches}`);
  const vacuous = of("vacuous").map(([id]) => id);
  return [
    `${row.scenario} ${row.design}: ${row.states} states`,
    `  x ${broke.join(" ")}`.trimEnd(),
    `  - ${vacuous.join(" ")}`.trimEnd(),
  ].join("\n");
};

describe("the library", () => {
  test("is searched to the end in every design", () => {
    expect(all.filter((row) => !row.complete)).toEqual([]);
    for (const row of all) expect(row.bytes_per_state).toBeLessThanOrEqual(25);
  });
  test("comes to the verdicts that are kept", async () => {
    await expect(`${all.map(line).join("\n")}\n`).toMatchFileSnapshot("./golden/matrix.txt");
  });
  test("has a link for each violation that breaks it in its last step, and not before", () => {
    for (const row of all) {
      for (const [id, { verdict, link, steps }] of Object.entries(row.properties)) {
        if (verdict !== "violated") continue;
        const { play, notice } = openLink(link ?? "");
        play.seek(play.player.events.length);
        expect([link, notice, play.violations().get(id)?.step]).toEqual([link, "", steps]);
      }
    }
  });
  test("never calls holding what no run exercised, nor vacuous what a run broke", () => {
    for (const row of all) {
      for (const [id, { verdict }] of Object.entries(row.properties)) {
        expect(verdict === "vacuous").toBe(row.unreached.properties.includes(id));
      }
      expect(Object.keys(row.properties)).toEqual(properties.map((p) => p.id));
    }
  });
  test("names procedures and ways that no run reached", () => {
    const row = all.find((r) => r.scenario === "used-ssids" && r.design === "linux-7.3");
    expect(row?.unreached.procedures).toContain("arm_smmu_attach_dev_nested");
    const ebusy = row?.unreached.branches.find((b) => b.procedure === "__iommu_group_set_domain_internal");
    expect(ebusy).toMatchObject({ answer: expect.stringMatching(/^(yes|no)/) as string });
  });
});

test("names the threads of the run that it hands out, whoever has changed places with a twin", () => {
  const world = library.find(({ id }) => id === "reset-twice") as (typeof library)[number];
  const design = designs.find((d) => d.id === "rfc-v1-hold-mutex") as (typeof designs)[number];
  // enough for the reduced search, too few for the one that looks for the shortest run
  const row = check(makeModel(world, design, {}), { ...checkEverything, property: "I-SLEEP", maxStates: 200 });
  const { shortest, link, why } = row.properties["I-SLEEP"] as CheckedProperty;
  expect(shortest).toBe(false);
  expect(why).toBe(
    openLink(link ?? "")
      .play.violations()
      .get("I-SLEEP")?.why,
  );
});

const usedSsids = library[0] as (typeof library)[number];
const linux73 = designs.find((d) => d.id === "linux-7.3") as (typeof designs)[number];
const seed = designs.find((d) => d.id === "test-dev-v1") as (typeof designs)[number];

test("a bounded search says so of all that it did not decide", () => {
  const row = check(makeModel(usedSsids, seed, {}), { ...checkEverything, maxStates: 150 });
  expect(row.complete).toBe(false);
  expect(row.frontier).toBeGreaterThan(0);
  const verdicts = new Set(Object.values(row.properties).map((p) => p.verdict));
  expect([...verdicts].sort()).toEqual(["bounded", "n/a", "violated"]);
});

test("one property alone ends with its first run", () => {
  const row = check(makeModel(usedSsids, seed, {}), { ...checkEverything, property: "I-GROUP" });
  expect(Object.keys(row.properties)).toEqual(["I-GROUP"]);
  expect(row.properties["I-GROUP"]).toMatchObject({ verdict: "violated", steps: 61, switches: 1 });
  expect(row.complete).toBe(false);
});

test("a world that is in no library has links that carry it", () => {
  const mine = { ...usedSsids, id: "mine" };
  packWorld(mine);
  const row = check(makeModel(mine, seed, {}), checkEverything);
  const { link, ...found } = row.properties["I-GROUP"] as CheckedProperty;
  expect(found).toMatchObject({ verdict: "violated", steps: 61 });
  const { play, notice } = openLink(link ?? "");
  expect([notice, play.model.scenario]).toEqual(["", mine]);
  expect([...play.violations().keys()]).toContain("I-GROUP");
});

describe("a toggle", () => {
  test("says whether a line is what keeps a property, with a link that carries it", () => {
    // the fence of 7.3: while a device of the group recovers, nothing that may fail goes through
    const toggle = readToggle("drop-__iommu_group_set_domain_internal-fence") as Toggle;
    const row = check(makeModel(usedSsids, linux73, {}, [toggle]), { ...checkEverything, property: "I-GROUP" });
    expect(row.toggles).toEqual(["drop-__iommu_group_set_domain_internal-fence"]);
    const { verdict, link } = row.properties["I-GROUP"] as CheckedProperty;
    expect(verdict).toBe("violated");
    expect(link).toContain("/linux-7_3--drop-__iommu_group_set_domain_internal-fence/");
    const { play, notice } = openLink(link ?? "");
    expect([notice, play.model.toggles]).toEqual(["", [toggle]]);
    expect([...play.violations().keys()]).toContain("I-GROUP");
    expect(check(makeModel(usedSsids, linux73, {}), checkEverything).properties["I-GROUP"]?.verdict).toBe("holds");
  });
  test("of what is not there is left out of a link, with a sentence", () => {
    const { play, notice } = openLink("#1/used-ssids/linux-7_3--drop-pcie_flr-9zzzzz/A/_/");
    expect(play.model.toggles).toEqual([]);
    expect(notice).toContain('"drop-pcie_flr-9zzzzz" is left out: in `pcie_flr` there is no statement "9zzzzz".');
  });
});

describe("a check in slices", () => {
  const model = makeModel(usedSsids, seed, {});
  test("comes to what it comes to at once, and says how far it is", () => {
    const checking = new Checking(model, checkEverything);
    const phases = new Set<string>();
    for (let more = true; more; ) {
      phases.add(checking.progress.phase);
      // the clock is looked at after each slice: it is the shortest that there is
      more = checking.advance(1e-6);
    }
    expect([...phases, checking.progress.phase]).toEqual(["searching", "shortening", "done"]);
    expect(checking.progress.violated).toContain("I-GROUP");
    expect({ ...checking.result(), seconds: 0 }).toEqual({ ...check(model, checkEverything), seconds: 0 });
    expect(checking.advance(1)).toBe(false);
  });
  test("is bounded where it was given up", () => {
    const checking = new Checking(model, checkEverything);
    checking.advance(1e-6);
    const { states, frontier } = checking.progress;
    const row = checking.result();
    expect(row).toMatchObject({ states, frontier, complete: false });
    expect(frontier).toBeGreaterThan(0);
    expect(row.properties["I-DEADLOCK"]).toMatchObject({ verdict: "bounded" });
  });
  test("ends as bounded where its memory does, and never by an error", () => {
    const larger = makeModel(library.find((w) => w.id === "nested-vdevice") as (typeof library)[number], linux73, {});
    const row = check(larger, { ...checkEverything, reduce: false, maxBytes: 1e5 });
    expect(row).toMatchObject({ complete: false });
    expect(row.frontier).toBeGreaterThan(0);
  });
});
