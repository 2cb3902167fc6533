import { accessibilityFaults, addressOf, expect, test } from "./fixtures.ts";

// The verdicts over all runs: filled in a worker, by keyboard, from a shared address, at three sizes.

test("v checks the run in hand, arrows and Enter open the shortest run that breaks a property, Back returns to its cell", async ({
  page,
}) => {
  await page.goto("#1/used-ssids/test-dev-v1/g/_/");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await page.keyboard.press("v");
  const table = page.getByRole("table", { name: /^Verdicts/ });
  const cell = table.getByRole("button", { name: /^I-RESTORE, test-dev-v1: violated, \d+ steps$/ });
  await expect(cell).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "1 search of 1 done" })).toBeVisible({ timeout: 15_000 });
  for (let i = 0; i < 30 && !(await cell.evaluate((e) => e === document.activeElement)); i++)
    await page.keyboard.press("ArrowDown");
  await expect(cell).toBeFocused();
  const steps = /(\d+) steps/.exec((await cell.getAttribute("aria-label")) ?? "")?.[1] ?? "?";
  const side = page.getByRole("complementary", { name: "the cell in sight" });
  await expect(side).toContainText(/I-RESTORE in test-dev-v1 of used-ssids/);
  await expect(side).toContainText(
    /searched\s*\d+ states, all that there are; 2 threads, nothing fails; under the assump/,
  );
  await expect(side).toContainText(/No run reached: \d+ procedures, \d+ branches, \d+ properties/);
  const matrix = await addressOf(page);
  expect(matrix).toMatch(/_xv_sused-ssids_dtest-dev-v1\//);
  await page.keyboard.press("Enter");
  await expect(table).toHaveCount(0);
  await expect(page.locator(".pos output")).toContainText(`${steps} of ${steps}`);
  await expect(page.locator(".props li.bad").filter({ hasText: "I-RESTORE" })).toContainText(`since ${steps}`);
  expect(await addressOf(page)).toMatch(/_pI-RESTORE\//);
  await page.goBack();
  await expect(page).toHaveURL(matrix);
  await expect(cell).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(table).toHaveCount(0);
  await expect(page.locator(".pos output")).toContainText(/^0 /);
});

test("m searches everything, Stop keeps what was found, and the text and the JSON are the terminal's", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("#1/used-ssids/linux-7_3/g/_/");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await page.keyboard.press("m");
  const status = page.locator(".filling");
  await expect(status).toContainText(/\d of \d+, \d+\.\d s/);
  await expect(status).toContainText(/frontier .* depth .*\/s/);
  const copy = page.getByRole("button", { name: "Copy as text" });
  await expect(copy).toHaveAttribute("aria-disabled", "false");
  await page.getByRole("button", { name: "Stop" }).click();
  const go = page.getByRole("button", { name: /^Check \d+$/ });
  await expect(go).toBeVisible();
  const found = (await status.textContent()) ?? "";
  await page.keyboard.press("Escape");
  await page.keyboard.press("m");
  await expect(go).toBeVisible();
  expect(await status.textContent()).toBe(found);
  await copy.click();
  await expect(page.locator(".notice")).toContainText(/^Text of \d+ search/);
  const text = await page.evaluate(() => navigator.clipboard.readText());
  for (const line of text.split("\n")) expect(line.startsWith("#") ? 0 : line.length).toBeLessThanOrEqual(72);
  expect(text).toContain("under the assumptions below");
  await page.getByRole("button", { name: "Copy as JSON" }).click();
  await expect(page.locator(".notice")).toContainText(/^JSON of/);
  const rows: unknown = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(rows).toContainEqual(expect.objectContaining({ properties: expect.anything() as object, complete: true }));
  await page.keyboard.press("/");
  await page.keyboard.type("i-noatc");
  await expect(page.locator(".mx tbody tr")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(page.locator(".mx tbody tr")).not.toHaveCount(1);
});

for (const [width, height] of [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const) {
  test(`${width}x${height}: a shared address opens filled, spills nothing and breaks no rule, light and dark`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await page.goto("#1/unmap-flr/linux-7_3/g/_xv_sunmap-flr/");
    await expect(page.locator(".filling")).toContainText(/(\d+) searches of \1 done/, { timeout: 25_000 });
    await expect(page.locator(".mx td.violated").first()).toBeVisible();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
    }
  });
}
