import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { accessibilityFaults, expect, test } from "./fixtures.ts";

// No pointer at all: what a reviewer does in a terminal's spirit.

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const thread = (page: Page, n: number) => page.getByRole("region", { name: `CPU${n}`, exact: true });
const position = (page: Page) => page.locator(".pos output");

async function opened(page: Page): Promise<void> {
  await page.goto("");
  await expect(position(page)).toContainText("0 of 0");
}

/** Presses a key and waits until the position moved. */
async function move(page: Page, key: string): Promise<void> {
  const before = await position(page).textContent();
  await page.keyboard.press(key);
  await expect(position(page)).not.toHaveText(before ?? "");
}

test("the seed's hole is found with keys alone", async ({ page }) => {
  await opened(page);
  await page.keyboard.press("2");
  for (let i = 0; i < 120 && !(await page.getByText("in its FLR").first().isVisible()); i++) {
    await move(page, i < 5 ? "s" : "o");
  }
  await page.keyboard.press("1");
  await move(page, "b");
  await expect(thread(page, 0)).toContainText("returned 0");
  await page.keyboard.press("2");
  await move(page, "b");
  await expect(page.getByText("I-RESTORE").first()).toBeVisible();
  const end = await position(page).textContent();
  await move(page, "ArrowLeft");
  await move(page, "ArrowRight");
  await expect(position(page)).toHaveText(end ?? "");
  await move(page, "Home");
  await expect(position(page)).toContainText(/^0 /);
  await move(page, "End");
  await expect(position(page)).toHaveText(end ?? "");
});

test("a reset is started from the picture: one tab stop, arrows, Enter, and Escape leaves the menu", async ({
  page,
}) => {
  await opened(page);
  await page.getByRole("application").focus();
  for (let i = 0; i < 12; i++) {
    const at = await page.getByRole("application").evaluate((svg) => {
      const id = svg.getAttribute("aria-activedescendant") ?? "";
      return document.getElementById(id)?.getAttribute("aria-label") ?? "";
    });
    if (/^0000:01:00\.0(,|$)/.test(at)) break;
    await page.keyboard.press(i % 2 === 0 ? "ArrowDown" : "ArrowRight");
  }
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menu")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toHaveCount(0);
  await page.getByRole("application").focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitem").first()).toBeFocused();
  for (let i = 0; i < 8; i++) {
    const text = await page.locator("[role=menuitem]:focus").textContent();
    if (text?.includes("through VFIO")) break;
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await expect(thread(page, 2)).toContainText("reset 0000:01:00.0 through VFIO");
});

test("Ctrl K does what it finds, / goes to a step of the run, and what cannot be done says why", async ({ page }) => {
  await opened(page);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("unmap d0");
  await expect(page.locator(".finder [role=option]").first()).toContainText("Unmap a page of D0");
  await page.keyboard.press("Enter");
  await expect(thread(page, 2)).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("bind claim");
  await expect(page.getByRole("option", { name: /is bound already/ })).toHaveAttribute("aria-disabled", "true");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("combobox", { name: "do, open or find anything" })).toHaveCount(0);
  await move(page, "b");
  const end = await position(page).textContent();
  await page.keyboard.press("/");
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await expect(position(page)).toContainText(/^2 /);
  await move(page, "End");
  await expect(position(page)).toHaveText(end ?? "");
});

test("a refused step says what was read, and leads to the step that wrote it", async ({ page }) => {
  await page.goto(/`(#1\/used-ssids\/linux-7_3\/[^`]+)`/.exec(readme)?.[1] ?? "");
  await expect(position(page)).toContainText(/^(\d+) of \1$/);
  await page.keyboard.press("/");
  await page.keyboard.type("-EBUSY recovery_cnt");
  await page.keyboard.press("Enter");
  const why = page.locator(".w-why");
  await expect(why).toContainText(/Why -EBUSY: what CPU0 read.*recovery_cnt 1.*CPU1, step \d+/);
  await why.getByRole("button").first().click();
  await expect(page.locator(".say")).toContainText("recovery_cnt");
});

test("F6 walks the panes, ? and l open and close their sheets", async ({ page }) => {
  await opened(page);
  const seen = new Set<string>();
  for (let i = 0; i < 8; i++) {
    await page.keyboard.press("F6");
    seen.add(await page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.pane ?? ""));
  }
  for (const pane of ["graph", "tables", "inspector", "time"]) expect([...seen]).toContain(pane);
  for (const key of ["?", "l"]) {
    await page.keyboard.press(key);
    await expect(page.locator("main")).toContainText(key === "?" ? "Backspace" : "what the core records");
    await page.keyboard.press("Escape");
  }
});

test("every stop of the tab order is visible, and Tab comes round", async ({ page }) => {
  await opened(page);
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const box = await page.evaluate(() => {
      const { width, height } = document.activeElement?.getBoundingClientRect() ?? { width: 0, height: 0 };
      return document.activeElement === document.body ? [1, 1] : [width, height];
    });
    expect(box.every((side) => side > 0)).toBe(true);
  }
});
