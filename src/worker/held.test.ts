import { describe, expect, test } from "vitest";
import { playText } from "../cli/replay.ts";
import { findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { Lab } from "../scenarios/lab.testkit.ts";
import { findScenario } from "../scenarios/library/find.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { readToggle, type Toggle } from "../scenarios/toggles.ts";
import { check, checkEverything } from "./check.ts";
import { hardwareViews } from "./hardware.ts";
import { snapshot } from "./snapshot.ts";

// The worlds of what an SMMU holds: what is said of them beside the tables, and what a driver that forgets a command breaks.

const world = (id: string) => findScenario(id) as Scenario;
const [CPU0, DMA, SMMU] = [0, 1, 2];
const row = (l: Lab) => snapshot(l.play, hardwareViews, null).devices[0]?.rows[0];
const run = (l: Lab, until: () => boolean) => {
  while (!until()) l.step([CPU0, SMMU].find((t) => l.play.machine.outcomes(t) > 0) ?? -1);
};

describe.each(["linux-7.3", "test-dev-v1"])("a DMA on a cached STE, in %s", (design) => {
  const l = new Lab(world("cached-ste"), design);
  l.until(DMA, () => l.play.machine.result(DMA) > 0 || l.s.ste_cache[1].held === 1);
  run(l, () => l.ste().V === 0);
  test("leads to the old domain by what the SMMU holds, and nowhere by the tables", () => {
    expect(row(l)).toMatchObject({
      tables: { domain: null },
      hardware: { domain: "D0", where: "TLB, STE, CD[0] held" },
      apart: expect.arrayContaining(["hardware"]) as string[],
      sentence: expect.stringMatching(
        /The SMMU still has `STE 0x100` from before step \d+; no CFGI_STE for it is in the queue\.$/,
      ) as string,
    });
    const [ste] = snapshot(l.play, hardwareViews, null).devices[0]?.stes ?? [];
    expect(ste?.held).toMatchObject({ held: true, stale: expect.stringContaining("STE 0x100") as string });
    expect(ste?.held?.fields.map(({ name, value }) => `${name} ${value}`)).toContain("Config S1_trans");
  });
  test("is said in the text of a replay, with the command that waits", () => {
    run(l, () => l.s.cmdq[1].length > 0);
    const text = playText(l.play, "", "no link").replace(/\n +/g, " ");
    expect(text).toMatch(/\| tables nowhere \(C_BAD_STE\) \| hardware D0/);
    expect(text).toMatch(/still has STE 0x100 from before step \d+; CFGI_STE 0x100 is in the queue, not taken yet\./);
    expect(text).toMatch(/STE 0x100 in the SMMU: V 1, Config S1_trans/);
  });
  test("agrees again once it is taken", () => {
    l.step(SMMU);
    expect(row(l)?.hardware).toMatchObject({ domain: null, where: "nothing held" });
    expect(row(l)?.apart).not.toContain("hardware");
  });
});

test("a translated request is judged by what the SMMU holds of its STE, and by what memory would say to the same request", () => {
  const l = new Lab(world("cached-fence"));
  l.until(CPU0, () => l.s.pdev[1].atc[0] !== 0);
  l.until(DMA, () => l.s.cmdq[1].length > 0);
  expect(row(l)).toMatchObject({
    hardware: { domain: "D0", where: "ATC, STE, CD[0] held" },
    apart: ["hardware"],
    sentence: expect.stringMatching(/from before step \d+; `CFGI_STE 0x100` is in the queue/) as string,
  });
  l.step(SMMU);
  // the tables would still let it through; no request of this kind is walked
  expect(row(l)).toMatchObject({ hardware: { domain: null, event: "F_TRANSL_FORBIDDEN" }, apart: [] });
});

test("worlds whose SMMUs hold nothing have three layers", () => {
  expect(row(new Lab(world("attach-flr")))).not.toHaveProperty("hardware");
});

describe("a driver without the command", () => {
  const broken = (id: string, design: string, word: string) => {
    const model = makeModel(world(id), findDesign(design)!, {}, [readToggle(word) as Toggle]);
    const found = Object.entries(check(model, checkEverything).properties);
    return found.flatMap(([property, { verdict }]) => (verdict === "violated" ? [property] : []));
  };
  test.each([
    ["an STE's CFGI_STE", "cached-ste", "linux-7.3", "drop-arm_smmu_ste_writer_sync_entry-16bf7w", "I-HITLESS"],
    ["the same", "cached-ste", "test-dev-v1", "drop-arm_smmu_ste_writer_sync_entry-16bf7w", "I-HITLESS"],
    ["the CFGI_CD of a first level", "cached-l1cd", "linux-7.3", "drop-arm_smmu_alloc_cd_ptr-11s857", "I-HITLESS"],
    ["the invalidation of an unmap", "cached-unmap", "linux-7.3", "drop-iommu_unmap-inv", "I-STALE"],
    ["TLB before ATC", "cached-unmap", "test-dev-v1", "after-arm_smmu_tlb_inv_range_domain-13hubd-1xdiq5", "I-STALE"],
  ])("%s: %s in %s", (_what, id, design, word, property) => {
    expect(broken(id, design, word)).toContain(property);
  });
});
