import { accessibilityFaults, expect, test } from "./fixtures.ts";

test("the page opens from a sub-path with a heading", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});

test("the policy comes first in the head, before anything it must hold for", async ({ page }) => {
  await page.goto("./");
  const first = page.locator("head > *").first();
  await expect(first).toHaveAttribute("http-equiv", "Content-Security-Policy");
  await expect(first).toHaveAttribute("content", /^default-src 'none'; script-src 'self';/);
});

test("the page breaks no accessibility rule", async ({ page }) => {
  await page.goto("./");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await accessibilityFaults(page)).toEqual([]);
});

test("the accessibility check sees a picture without a name", async ({ page }) => {
  await page.goto("./");
  await page.evaluate(() => document.body.append(new Image()));
  expect(await accessibilityFaults(page)).toContain("image-alt: img");
});
