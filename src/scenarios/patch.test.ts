import { expect, test } from "vitest";
import { designs, findDesign } from "../kernel/designs/index.ts";
import { patchBetween } from "./patch.ts";

const between = (from: string, to: string) => patchBetween(findDesign(from) as never, findDesign(to) as never);
const changed = (from: string, to: string, name: string) =>
  between(from, to)
    .find((proc) => proc.name === name)
    ?.lines.filter(({ mark }) => mark === "-" || mark === "+")
    .map(({ mark, text }) => mark + text);

test("a design is no patch to itself, and every other is one, which turns round", () => {
  const turned = { "-": "+", "+": "-", " ": " ", gap: "gap" } as const;
  for (const from of designs) {
    for (const to of designs) {
      const there = patchBetween(from, to);
      expect([from.id, to.id, there.length > 0]).toEqual([from.id, to.id, from !== to]);
      if (from.id !== "linux-7.3" || from === to) continue;
      const back = patchBetween(to, from);
      const marks = (lines: (typeof there)[number]["lines"]) => lines.map(({ mark, text }) => mark + text).sort();
      for (const [i, { name, how, lines }] of there.entries()) {
        expect([name, back[i]?.how]).toEqual([back[i]?.name, how === "new" ? "gone" : how === "gone" ? "new" : how]);
        const only = (some: typeof lines) => some.filter(({ mark }) => mark === "-" || mark === "+");
        expect(marks(only(lines))).toEqual(
          marks(only(back[i]?.lines ?? []).map((line) => ({ ...line, mark: turned[line.mark] }))),
        );
      }
    }
  }
});

test("the fence of 7.3 goes where 6.17 has none, and the twelve checks leave the attach for the test", () => {
  expect(changed("linux-7.3", "linux-6.17", "iommu_replace_device_pasid")).toEqual([
    "-is `recovery_cnt` above 0?",
    "-goto out_unlock",
  ]);
  const test_dev = between("v3-defer", "test-dev-v1").find(({ name }) => name === "arm_smmu_domain_test_dev");
  expect(test_dev?.how).toBe("new");
  expect(changed("v3-defer", "test-dev-v1", "arm_smmu_s1_set_dev_pasid")).toEqual([
    "-is domain of another SMMU?",
    "-return -EINVAL",
    "-is domain not of stage 1?",
    "-return -EINVAL",
  ]);
});
