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
    /searched\s*\d+ states, all that there are in the reduced search; 2 threads, nothing is made to fail; under the assump/,
  );
  await expect(side).toContainText(/No run reached: \d+ procedures, \d+ branches, \d+ properties/);
  const matrix = await addressOf(page);
  expect(matrix).toMatch(/_xv_s0_d0\//);
  await page.keyboard.press("Enter");
  await expect(table).toHaveCount(0);
  await expect(page.locator(".pos output")).toContainText(`${steps} of ${steps}`);
  await expect(page.locator(".props li.bad").filter({ hasText: "I-RESTORE" })).toContainText(`since ${steps}`);
  const run = await addressOf(page);
  expect(run).toMatch(/_pI-RESTORE\//);
  // under it: why each switch is where it is, and what it takes
  const breaks = page.getByRole("region", { name: "How I-RESTORE breaks" });
  await expect(breaks.getByRole("list", { name: "switches of thread" })).toContainText(
    /CPU0 must run here: step \d+ chan/,
  );
  await expect(breaks).toContainText("Not shown reachable from user space: CPU0 uses the caller core.");
  await expect(breaks).toContainText(/as reset via sysfs.*held here: .*made to fail: nothing/);
  await breaks.getByRole("button", { name: /^steps 1 to \d+, CPU1$/ }).click();
  await expect(page.locator(".pos output")).toContainText(/^1 of/);
  await expect(breaks.getByRole("button", { name: /^steps 1 to/ }).locator("xpath=..")).toHaveAttribute("aria-current");
  expect(await accessibilityFaults(page)).toEqual([]);
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
  // the notice that the link has no check lies on top
  await page.keyboard.press("Escape");
  await expect(page.locator(".notice p")).toHaveCount(0);
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
  await page.keyboard.type("i-stale");
  await expect(page.locator(".mx tbody tr")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(page.locator(".mx tbody tr")).not.toHaveCount(1);
});

for (const [width, height, colorScheme] of [
  [1440, 900, "light"],
  [1024, 768, "dark"],
  [390, 844, "light"],
] as const) {
  test(`${width}x${height}: a shared address opens filled, spills nothing and breaks no rule, ${colorScheme}`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.goto("#1/unmap-flr/linux-7_3/g/_xv_sunmap-flr/");
    await expect(page.locator(".filling")).toContainText(/(\d+) searches of \1 done/, { timeout: 25_000 });
    await expect(page.locator(".mx td.violated").first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
}

test("a line of a listing is dropped by keyboard, struck there, listed above with what changes, and taken back", async ({
  page,
}) => {
  await page.goto("#1/used-ssids/linux-7_3/g/_t1/");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  for (let i = 0; i < 4; i++) await page.keyboard.press("s");
  await expect(page.locator(".pos output")).toContainText("4 of 4");
  const list = page.getByRole("list", { name: /^__iommu_group_set_domain_internal/ });
  await list.focus();
  const fence = list.locator("li").filter({ hasText: "recovery_cnt" });
  for (let i = 0; i < 12 && !(await fence.evaluate((li) => li.classList.contains("marked"))); i++)
    await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem", { name: "without this line" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(fence.locator("s")).toContainText("recovery_cnt");
  const strip = page.getByRole("region", { name: "changes of Linux 7.3" });
  await expect(strip).toContainText(/I-GROUP violated, \d+ steps was without violation/, { timeout: 20_000 });
  await expect(strip).toContainText(
    /states, all that there are in the reduced search; 2 threads, nothing is made to fail; under the assumptions/,
  );
  expect(await accessibilityFaults(page)).toEqual([]);
  const link = await addressOf(page);
  expect(link).toContain("/linux-7_3--drop-__iommu_group_set_domain_internal-fence/");
  await page.keyboard.press("f");
  const sheet = page.getByRole("region", { name: "What if" });
  await sheet.getByRole("button", { name: /^take back/ }).click();
  await expect(strip).toHaveCount(0);
  await sheet.getByRole("button", { name: /^without it: reset/ }).click();
  await expect(strip).toContainText(/CPU1: without "reset 0000:01:00.0 through sysfs"/);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(fence.locator("s")).toContainText("recovery_cnt");
});
