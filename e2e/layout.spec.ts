import { readFileSync } from "node:fs";
import { accessibilityFaults, expect, test } from "./fixtures.ts";

// The page at its three sizes, light and dark, in the moment that matters most: the end of the README's first run.

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const link = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(readme)?.[1] ?? "";

for (const [width, height, colorSchemes] of [
  [1440, 900, ["light", "dark"]],
  [1024, 768, ["dark"]],
  [390, 844, ["light", "dark"]],
] as const) {
  test(`${width}x${height}, ${colorSchemes.join(" and ")}: nothing spills out, no rule of accessibility is broken`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await page.goto(link);
    await expect(page.locator(".say")).toContainText("CPU1 is done");
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    await expect(page.getByText("The core holds D2 for the RID").first()).toBeVisible();
    for (const colorScheme of colorSchemes) {
      await page.emulateMedia({ colorScheme });
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });
}

test("a new thread and a notice move neither the Step buttons nor the panes; what is out of sight is said", async ({
  page,
}) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  const places = () =>
    page.evaluate(() =>
      [".say", ".picture", ".insp", ".thread .act", ".bottom", ".lanes .devices"].map((pane) => {
        const { x, y } = document.querySelector(pane)?.getBoundingClientRect() ?? { x: -1, y: -1 };
        return [pane, Math.round(x), Math.round(y)];
      }),
    );
  const before = await places();
  await expect(page.getByRole("button", { name: "more below" })).toHaveCount(0);
  await page.getByRole("button", { name: "Copy link" }).click();
  expect(await places()).toEqual(before);
  await page
    .getByRole("application")
    .getByRole("button", { name: /^domain D0,/ })
    .click();
  await page.getByRole("menuitem", { name: /Unmap a page of D0/ }).click();
  await expect(page.getByRole("region", { name: "CPU2", exact: true })).toBeVisible();
  const still = (all: (string | number)[][]) => all.filter(([pane]) => pane !== ".thread .act");
  expect(still(await places())).toEqual(still(before));
  await expect(page.locator(".lanes").getByRole("button", { name: /^more (above|below)$/ })).toBeVisible();
  await page.getByRole("combobox", { name: "scenario" }).selectOption("two-devices");
  const more = page.locator(".picture").getByRole("button", { name: "more below" });
  await more.click();
  await expect(page.locator(".picture").getByRole("button", { name: "more above" })).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
});

test("the sentence's place and the panes do not move while the run is stepped", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(link);
  const places = () =>
    page.evaluate(() =>
      [".say", ".graph", ".insp", ".bottom"].map((pane) => {
        const { x, y } = document.querySelector(pane)?.getBoundingClientRect() ?? { x: -1, y: -1 };
        return [pane, Math.round(x), Math.round(y)];
      }),
    );
  await expect(page.locator(".pos output")).toContainText(/^(\d+) of \1$/);
  await page.keyboard.press("Home");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  const first = await places();
  for (let step = 1; step <= 30; step++) {
    await page.keyboard.press("ArrowRight");
    await expect(page.locator(".pos output")).toContainText(new RegExp(`^${step} `));
    expect([step, await places()]).toEqual([step, first]);
  }
});

test("a sentence that needs more than its place says so, is read to its end by keyboard, and the next one begins at its top", async ({
  page,
}) => {
  await page.setViewportSize({ width: 800, height: 768 });
  await page.goto("#1/cached-l1cd/linux-7_3");
  const say = page.locator(".say");
  const more = say.getByRole("button", { name: "more below" });
  await expect(more).toBeVisible();
  // it covers no word
  const covers = await say.evaluate((box) => {
    const words = document.createRange();
    words.selectNodeContents(box.querySelector("p") as Node);
    const button = box.querySelector(".more")?.getBoundingClientRect();
    return [...words.getClientRects()].some((word) => button !== undefined && word.right > button.left);
  });
  expect(covers).toBe(false);
  expect(await accessibilityFaults(page)).toEqual([]);
  const text = say.getByRole("group", { name: "the sentence of the step" });
  await expect(text).toHaveAttribute("tabindex", "0");
  await text.focus();
  await page.keyboard.press("PageDown");
  await expect(say.getByRole("button", { name: "more above" })).toBeVisible();
  await page.keyboard.press("s");
  await expect(page.locator(".pos output")).toContainText(/^1 /);
  expect(await text.evaluate((box) => box.scrollTop)).toBe(0);
});

test("at 1440 the attachments need no scrolling sideways, whatever disagrees", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(/`(#1\/nested-vdevice\/linux-7_3\/[^`]+)`/.exec(readme)?.[1] ?? "");
  await expect(page.locator(".attachments .dv-why td").first()).toBeVisible();
  const [needs, has] = await page
    .locator(".attachments")
    .first()
    .evaluate((box) => [box.scrollWidth, box.clientWidth]);
  expect(needs).toBeLessThanOrEqual(has ?? 0);
});

test("what the SMMU holds is a fourth layer, outlined where memory says something else, at every size", async ({
  page,
}) => {
  await page.goto("#story/each-store/3/3");
  await expect(page.locator(".say")).toContainText("reached D0");
  const why = "The SMMU still has STE 0x100 from before step";
  for (const [width, height, colorScheme] of [
    [1440, 900, "light"],
    [1024, 768, "dark"],
    [390, 844, "light"],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    const row = page.locator(".attachments tr.dv");
    await expect(row).toContainText(/nowhere.*C_BAD_STE.*D0, TLB, STE, CD\[0\] held/);
    await expect(page.locator(".attachments .dv-why").first()).toContainText(why);
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect([width, wider]).toEqual([width, 0]);
    expect(await accessibilityFaults(page)).toEqual([]);
  }
  const copy = page.getByRole("button", { name: "inspect what smmu0 has held 0x100" });
  await copy.press("Enter");
  await expect(page.getByRole("region", { name: "Inspector" })).toContainText("STE 0x100 in the SMMU");
});

test("on a phone nothing of the tables is cut off: streams are stacked, and what is wider says that it scrolls", async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 });
  // the world with the most columns: two devices, two SMMUs
  await page.goto("");
  await page.getByRole("combobox", { name: "scenario" }).selectOption("foreign-smmu");
  await expect(page).toHaveURL(/foreign-smmu/);
  await page.getByRole("region", { name: "CPU1", exact: true }).getByRole("button", { name: "until blocked" }).click();
  await expect(page.locator(".say")).toContainText("D9 belongs to smmu1, 0000:05:00.0 to smmu0");
  const stacked = page.locator(".attachments tr").filter({ hasText: "0000:05:00.1" });
  await expect(stacked).toContainText(/smmu1.*core.*identity, group->domain.*driver.*tables.*identity, Config bypass/);
  const cut = await page.evaluate(() =>
    [...document.querySelectorAll(".mem td, .mem th, .mem caption")]
      .filter((cell) => cell.getBoundingClientRect().right > document.documentElement.clientWidth)
      .filter((cell) => cell.closest(".sideways")?.querySelector(":scope > .meta") === null)
      .map((cell) => cell.textContent),
  );
  expect(cut).toEqual([]);
  const table = page.getByRole("group", { name: "Stream table" });
  await table.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => table.evaluate((box) => box.scrollLeft)).toBeGreaterThan(0);
});
