import { accessibilityFaults, expect, test } from "./fixtures.ts";
import { hugeRun } from "./huge.ts";

// The states beside the usual one: the first visit, a model that does not start, every world of the library.

test("the first visit says the one key to begin with, and it goes with the first step", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("");
  await expect(page.locator(".hint")).toHaveText("s step CPU0 1 to 2 another thread");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press("2");
  await expect(page.locator(".hint")).toContainText("s step CPU1");
  await page.keyboard.press("s");
  await expect(page.locator(".pos output")).toContainText(/^1 /);
  await expect(page.locator(".hint")).toHaveCount(0);
});

test("a model that cannot be loaded is said, and what to do", async ({ page, trouble }) => {
  await page.route(/worker-.*\.js$/, (route) => route.abort());
  await page.goto("");
  await expect(page.getByText("reload the page")).toBeVisible();
  await expect(page.getByText("it did not start")).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
  trouble.length = 0;
});

test("while the model starts the panes stand where they will be, and nothing moves when it comes", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  let come = () => {};
  const held = new Promise<void>((resolve) => {
    come = resolve;
  });
  await page.route(/worker-.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("");
  const places = () =>
    page.evaluate(() =>
      [".top", ".threads", ".say", ".insp", ".bottom"].map((pane) => {
        const { x, y, width, height } = document.querySelector(pane)?.getBoundingClientRect() ?? new DOMRect();
        return [pane, x, y, width, height].map((n) => (typeof n === "number" ? Math.round(n) : n)).join(" ");
      }),
    );
  await expect(page.locator(".say")).toContainText("The model is starting");
  expect(await accessibilityFaults(page)).toEqual([]);
  const before = await places();
  come();
  await expect(page.locator(".graph")).toBeVisible();
  expect(await places()).toEqual(before);
});

test("seven functions, sixteen domains, eight threads and 4,000 steps: what is at rest folds, and opens; the run is stepped", async ({
  page,
}) => {
  test.slow();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(hugeRun(4000));
  const output = page.locator(".pos output");
  await expect(output).toHaveText("4000 of 4000", { timeout: 20_000 });
  await expect(page.locator(".notice p")).toHaveCount(0);
  // a world that came with its link is named, though no library has it
  await expect(page.getByRole("combobox", { name: "scenario" })).toHaveValue("huge");
  // so many steps are runs of them, not dots
  expect(await page.locator("footer *").count()).toBeLessThan(6000);
  await page.keyboard.press("Home");
  await expect(output).toHaveText("0 of 4000");
  const folded = page.locator(".graph").getByRole("button", { name: /, folded,/ });
  await expect(folded).toHaveCount(6);
  await page.getByRole("button", { name: /^group 13, folded, 0000:07:00\.0/ }).click();
  await expect(page.getByRole("menu")).toHaveCount(0);
  await expect(page.locator(".graph").getByText("0000:07:00.0")).toBeVisible();
  await expect(page.getByRole("button", { name: /^group 13, folded/ })).toHaveCount(0);
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.locator(".top").getByRole("button", { name: "step forward" }).click();
  await expect(output).toHaveText("1 of 4000");
});

test("worlds stand under what they are about, and in each the bar stays one line and the next statement in sight", async ({
  page,
}) => {
  test.slow();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("");
  const pick = page.getByRole("combobox", { name: "scenario" });
  await expect(pick.locator("optgroup")).not.toHaveCount(0);
  const topics = await pick.locator("optgroup").evaluateAll((all) => all.map((group) => group.getAttribute("label")));
  expect(topics).toEqual([
    "The question",
    "The whole subject",
    "Around a reset",
    "What the SMMU holds",
    "What the SMMU records",
    "The checks of test_dev",
    "The entry writer",
    "The invalidation array",
  ]);
  const ids = await pick
    .locator("option")
    .evaluateAll((all) => all.map((option) => (option as HTMLOptionElement).value));
  for (const id of ids.filter((_id, i) => i % 6 === 0)) {
    await pick.selectOption(id);
    await expect(page).toHaveURL(new RegExp(`/${id}/`));
    for (let step = 1; step <= 8; step++) {
      await page.keyboard.press("ArrowRight");
      await expect(page.locator(".pos output")).toContainText(new RegExp(`^${step} `));
    }
    const seen = await page.evaluate(() => {
      const bar = document.querySelector(".top")?.getBoundingClientRect().height ?? 0;
      const lists = [...document.querySelectorAll(".list")].map((list) => {
        const next = list.querySelector(".next")?.getBoundingClientRect();
        const { top, bottom } = list.getBoundingClientRect();
        return next === undefined || (next.top >= top - 1 && next.bottom <= bottom + 1);
      });
      return [bar < 50, ...new Set(lists)];
    });
    expect([id, ...seen]).toEqual([id, true, true]);
  }
});

test("what is opened on demand opens without a network, and says so where it never came", async ({
  page,
  context,
  trouble,
}) => {
  await page.route(/Legend-.*\.js$/, (route) => route.abort());
  const fetched = page.waitForResponse(/\/Keys-.*\.js$/);
  await page.goto("");
  await fetched;
  await context.setOffline(true);
  await page.keyboard.press("?");
  await expect(page.getByText("run until blocked")).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
  await expect(page.locator(".sheet")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("s");
  await expect(page.locator(".pos output")).toContainText(/^1 /);
  await context.setOffline(false);
  await page.unroute(/Legend-.*\.js$/);
  await page.keyboard.press("l");
  await expect(page.getByText("layers disagree; one sentence says how")).toBeVisible();
  expect(trouble.every((line) => line.includes("Failed to load resource"))).toBe(true);
  trouble.length = 0;
});
