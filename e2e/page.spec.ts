import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The rules of WCAG that the page as it is now breaks, with the elements that break them. */
async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  });
}

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
