import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { accessibilityFaults, expect, test } from "./fixtures.ts";

// "Copy as reply": the page's text is the terminal's, reaches the clipboard, and opens the run again wherever it is pasted.

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const link = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(readme)?.[1] ?? "";
/** What the terminal prints for the same link. */
function terminal(...args: string[]): string[] {
  const tsx = createRequire(import.meta.url).resolve("tsx/cli");
  const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
  return spawnSync(process.execPath, [tsx, main, "replay", ...args], { encoding: "utf8" })
    .stdout.trimEnd()
    .split("\n");
}

const run = JSON.parse(terminal(link, "--json").join("\n")) as {
  steps: unknown[];
  verdicts: Record<string, { since?: number }>;
};
const total = run.steps.length;
/** The step that loses the RID, where most of these look. */
const lost = run.verdicts["I-RESTORE"]?.since ?? 0;
const opened = link.replace("/_/", `/${lost}_/`);

test("r opens the sheet, Enter copies what the terminal prints, and the text pastes back", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto(opened);
  await expect(page.locator(".pos output")).toContainText(`${lost} of ${total}`);
  await page.keyboard.press("r");
  const copy = page.getByRole("button", { name: "Copy Enter" });
  await expect(copy).toBeFocused();
  await expect(copy).toHaveAttribute("aria-disabled", "false");
  await page.keyboard.press("Enter");
  await expect(page.locator(".notice")).toContainText("Reply copied");
  const copied = (await page.evaluate(() => navigator.clipboard.readText())).split("\n");
  const printed = terminal(opened, "--reply");
  expect(copied.slice(0, -1)).toEqual(printed.slice(0, -1));
  const address = new URL(page.url());
  expect(copied.at(-1)).toBe(`${address.origin}${address.pathname}${printed.at(-1)}`);

  // quoted and wrapped in a mail, pasted into another page
  const mail = copied
    .flatMap((line) => line.match(/.{1,70}/g) ?? [""])
    .map((line) => `> ${line}`)
    .join("\n");
  await page.goto("about:blank");
  await page.goto("");
  await expect(page.locator(".pos output")).toContainText("0 of 0");
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, mail);
  await expect(page.locator(".pos output")).toContainText(`${lost} of ${total}`);
});

test("the choices change the text, and stepping with the sheet open does", async ({ page }) => {
  await page.goto(opened);
  await page.getByRole("button", { name: "copy as reply" }).click();
  const text = page.locator(".reply .text");
  await expect(text).toContainText(new RegExp(`\\d\\d of ${lost} steps`));
  await page.getByLabel("every step").check();
  await expect(text).toContainText(`${lost} of ${lost} steps: every one.`);
  await page.getByRole("checkbox", { name: "CPU0" }).uncheck();
  await page.getByLabel("locks").uncheck();
  await expect(text).toContainText("Left out: CPU0, locks.");
  await page.getByRole("checkbox", { name: "CPU0" }).check();
  await page.getByLabel("the last", { exact: true }).check();
  await expect(text).toContainText(`steps ${lost - 19}-${lost} of ${total}`);
  await page.getByLabel("how many steps").fill("3");
  await expect(text).toContainText(`steps ${lost - 2}-${lost} of ${total}`);
  await page.getByLabel("step numbers").check();
  await expect(text).toContainText(new RegExp(`${lost} +unlock group->mutex`));
  await page.getByLabel("the link, alone on the last line").uncheck();
  await expect(text).not.toContainText("#1/");
  await page.getByRole("button", { name: "Copy Enter" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(text).toContainText(`steps ${lost - 1}-${lost + 1} of ${total}`);
  await page.keyboard.press("Escape");
  await expect(page.locator(".sheet")).toHaveCount(0);
});

test("where the browser gives no clipboard the text is selected", async ({ page }) => {
  await page.goto(opened);
  await expect(page.locator(".pos output")).toContainText(`${lost} of ${total}`);
  await page.evaluate(() => {
    Object.defineProperty(Navigator.prototype, "clipboard", {
      value: { writeText: () => Promise.reject(new Error("no")) },
    });
  });
  await page.keyboard.press("r");
  const copy = page.getByRole("button", { name: "Copy Enter" });
  await expect(copy).toHaveAttribute("aria-disabled", "false");
  await copy.click();
  await expect(page.locator(".notice")).toContainText("The text is selected");
  const selected = await page.evaluate(() => getSelection()?.toString() ?? "");
  expect(selected.trimEnd()).toBe((await page.locator(".reply .text").textContent())?.trimEnd());
});

for (const [width, height, colorScheme] of [
  [1440, 900, "dark"],
  [1024, 768, "light"],
  [390, 844, "dark"],
] as const) {
  test(`${width}x${height}, ${colorScheme}: the sheet spills nothing and breaks no rule of accessibility`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.goto(link.replace("/_/", "/_xr/"));
    await expect(page.locator(".reply .text")).toContainText("I-RESTORE violated");
    const wider = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(wider).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
}
