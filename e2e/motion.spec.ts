import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

// Cause before effect, as decoration: what is painted is right from the first frame, and a key ends the motion.

/**
 * Everything that moved since the last call, by kind, with its beginning and end after the step. What the style says as a
 * beat begins: a page that is short of time may paint nothing before the beat is over.
 */
async function moved(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const store = window as unknown as { moves?: Set<string> };
    const moves = [...(store.moves ?? [])];
    if (!store.moves) {
      const look = () => {
        for (const animation of document.getAnimations()) {
          const { delay = 0, duration } = animation.effect?.getTiming() ?? {};
          const name = (animation as CSSAnimation).animationName.replace(/-(odd|even)$/, "");
          store.moves?.add(`${name} ${delay} to ${delay + Number(duration)}`);
        }
      };
      new MutationObserver(look).observe(document.body, { subtree: true, attributeFilter: ["data-beat"] });
    }
    store.moves = new Set();
    return moves;
  });
}

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const link = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(readme)?.[1] ?? "";

test("the statement moves first, then fields, then edges, within 400 ms; a jump moves nothing", async ({ page }) => {
  await page.goto(link);
  // the first step that writes the STE: tables, fields and edges change
  const writes = await page.locator(".mem .writes").first().textContent();
  const step = Number(/^\d+/.exec(writes ?? "")?.[0]);
  await page.goto("about:blank");
  await page.goto(link.replace("/_", `/${step - 1}_`));
  await expect(page.locator(".pos output")).toContainText(new RegExp(`^${step - 1} `));
  await moved(page);
  await page.keyboard.press("ArrowRight");
  await expect(page.locator(".pos output")).toContainText(new RegExp(`^${step} `));
  await expect.poll(() => page.evaluate(() => (window as unknown as { moves: Set<string> }).moves.size)).toBe(4);
  const all = await moved(page);
  expect(all.toSorted()).toEqual(["edge 240 to 400", "field 120 to 240", "mark 120 to 240", "statement 0 to 120"]);
  await page.keyboard.press("Home");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await page.keyboard.press("End");
  await expect(page.locator(".pos output")).toContainText(/^[1-9]/);
  await page.waitForTimeout(300);
  expect(await moved(page)).toEqual([]);
});

test("any key ends it at once", async ({ page }) => {
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  // the key comes from inside the page: a beat is over before a slow one can be asked about it
  await page.evaluate(() => {
    const ended = new Promise<[boolean, number]>((done) => {
      const observer = new MutationObserver(() => {
        if (document.querySelector(".page[data-beat]") === null) return;
        observer.disconnect();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Shift", bubbles: true }));
        requestAnimationFrame(() =>
          done([document.querySelector(".page[data-beat]") === null, document.getAnimations().length]),
        );
      });
      observer.observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-beat"] });
    });
    Object.assign(window, { ended });
  });
  await page.keyboard.press("s");
  const ended = await page.evaluate(() => (window as unknown as { ended: Promise<[boolean, number]> }).ended);
  expect(ended).toEqual([true, 0]);
});

test("with reduced motion nothing moves", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText(/^0 /);
  await moved(page);
  await page.keyboard.press("s");
  await expect(page.locator(".pos output")).toContainText(/^1 /);
  await page.waitForTimeout(300);
  expect(await moved(page)).toEqual([]);
});
