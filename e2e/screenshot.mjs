// Takes the README's picture anew: the moment in its first run at which the tables and the core are found apart.
// npm run build && node e2e/screenshot.mjs
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { browserFlags, findBrowser } from "./browser.mjs";
import { serve } from "./serve.mjs";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const link = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(readme)?.[1] ?? "";
const [{ path }, server] = await Promise.all([findBrowser(() => {}), serve()]);
const browser = await chromium.launch({ executablePath: path || undefined, args: browserFlags });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
await page.goto(server.url + link);
const since = await page.locator(".props li", { hasText: "I-RESTORE" }).first().textContent();
const step = /since (\d+)/.exec(since ?? "")?.[1] ?? "";
await page.goto("about:blank");
await page.goto(server.url + link.replace("/_", `/${step}_`));
await page.locator(".pos output", { hasText: new RegExp(`^${step} `) }).waitFor();
await page.screenshot({ path: fileURLToPath(new URL("page.png", import.meta.url)) });
await browser.close();
server.close();
console.log(`e2e/page.png: step ${step}`);
