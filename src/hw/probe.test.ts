import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pageRuns, tcrOf, vtcrOf } from "./pgtable.ts";
import { featuresOf, probe } from "./probe.ts";

// The ID registers of a recorded machine, and what its driver printed of them.
const capture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../scenarios/capture/data/${name}.json`, import.meta.url), "utf8")) as {
    idr: string[];
    smmu_probe: string;
  };

test.each(["ats-sysfs", "no-ats-sysfs"])("%s: features and width are those that the driver printed", (name) => {
  const { idr, smmu_probe } = capture(name);
  const [, oas, mask] = /oas (\d+)-bit \(features 0x([0-9a-f]+)\)/.exec(smmu_probe) ?? [];
  const found = probe(
    idr.map((x) => Number.parseInt(x, 16)),
    { vhe: true },
  );
  expect(found.oas).toBe(Number(oas));
  expect([...found.features].sort()).toEqual([...featuresOf(Number.parseInt(mask ?? "", 16))].sort());
});

test("only a kernel at EL2 uses E2H, and only where there is HYP", () => {
  const e2h = (IDR0: number, vhe: boolean) => probe([IDR0], { vhe }).features.has("E2H");
  expect([e2h(1 << 9, true), e2h(1 << 9, false), e2h(0, true)]).toEqual([true, false, false]);
});

// levels of 9 bits above pages of 12: 44 bits take four, 32 take three; 40 and 42 bits begin a level lower
test.each([
  [32, 32, 1, 0],
  [40, 24, 1, 2],
  [42, 22, 1, 3],
  [44, 20, 2, 4],
  [48, 16, 2, 5],
  [52, 16, 2, 5],
])("stage 2 of %i bits has T0SZ %i, SL0 %i and PS %i", (oas, tsz, sl, ps) => {
  expect(vtcrOf({ oas, coherent_walk: true })).toMatchObject({ tsz, sl, ps });
});

test("stage 1 has addresses of 48 bits, and caches where walks look into them", () => {
  expect(tcrOf({ oas: 44, coherent_walk: true })).toMatchObject({ tsz: 16, ips: 4, sh: 3, orgn: 1, irgn: 1 });
  expect(tcrOf({ oas: 44, coherent_walk: false })).toMatchObject({ sh: 2, orgn: 0, irgn: 0 });
});

test("a range is cut into the largest pages that fit", () => {
  const runs = pageRuns(0x1ff000n, 0x402000n);
  expect(runs.map((r) => [r.iova, r.pgsize, r.count])).toEqual([
    [0x1ff000n, 0x1000n, 1],
    [0x200000n, 0x200000n, 2],
    [0x600000n, 0x1000n, 1],
  ]);
});
