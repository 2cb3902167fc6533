import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openLink } from "../scenarios/open-link.ts";
import { readVariant } from "../scenarios/variant.ts";
import { checkEverything } from "../worker/check.ts";
import { COLUMNS } from "../worker/reply/lines.ts";
import { againstText, changedCells } from "./against.ts";
import { checkAll, pairOf } from "./check.ts";
import { CheckError } from "./refused.ts";

const folder = mkdtempSync(join(tmpdir(), "variant-"));
const fileOf = (value: unknown) => {
  const file = join(folder, "variant.json");
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  return file;
};
const noFence = {
  title: "no fence",
  base: "linux-7.3",
  toggles: ["drop-__iommu_group_set_domain_internal-fence"],
};
const rows = (design: string) => checkAll({ ...checkEverything, scenario: "used-ssids", design });

test("a variant of one's own: only the cells that changed, each with a run of it", () => {
  const file = fileOf(noFence);
  const [before, after] = [rows("linux-7.3"), rows(file)];
  const cells = changedCells(before, after);
  const broken = cells.filter((cell) => cell.after === "violated");
  expect(broken.map((cell) => cell.property)).toEqual(["I-USERWARN", "I-RESTORE", "I-GROUP", "I-WARN"]);
  for (const { link, property } of broken) {
    const { play, notice } = openLink(link ?? "");
    play.seek(play.player.events.length);
    expect([notice, play.violations().has(property)]).toEqual(["", true]);
  }
  const { variant, base } = pairOf(file, "linux-7.3");
  const lines = againstText(variant, base, before, after).split("\n");
  expect(lines[0]).toBe("no fence: linux-7.3, against linux-7.3");
  expect(lines.slice(1, 3).join(" ")).toContain("may this fail?");
  expect(lines.slice(-2).join(" ")).toMatch(/^\d of \d+ cells changed, in 1 world; all runs/);
  expect(lines.filter((line) => line.length > COLUMNS && !line.startsWith("#1/"))).toEqual([]);
});

test("a design against itself differs in no cell", () => {
  expect(changedCells(rows("linux-7.3"), rows("linux-7.3"))).toEqual([]);
});

test.each([
  ["{", "The design file is no JSON."],
  [{}, "The design file is wrong at base: expected this member to be there, found nothing."],
  [{ base: "linux-1.0" }, "The design file is wrong at base: expected a design of "],
  [{ base: "linux-7.3", options: { retest: "yes" } }, 'at options: linux-7.3 has no option "retest".'],
  [{ base: "linux-7.3", toggles: ["rm -rf"] }, "at toggles.0: expected a toggle of a statement"],
  [{ base: "linux-7.3", toggles: ["without-0-0"] }, "at toggles.0: expected a toggle of a statement"],
  [{ base: "linux-7.3", title: "\u001b[2J" }, "at title: expected a text without control characters"],
  [{ base: "linux-7.3", more: 1 }, "at more: expected no member of this name, found"],
])("a file that is wrong gets one sentence: %j", (value, sentence) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  expect(() => readVariant(text)).toThrow(sentence);
});

test("a toggle that fits no statement, and several designs at once, get one as well", () => {
  const file = fileOf({ ...noFence, toggles: ["drop-__iommu_group_set_domain_internal-nothing"] });
  expect(() => rows(file)).toThrow(CheckError);
  expect(() => pairOf("all", "linux-7.3")).toThrow("--design takes one design with --against");
});
