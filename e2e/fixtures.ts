import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type BrowserContext, type Page, test as base } from "@playwright/test";
import { browserFlags } from "./browser.mjs";

export { expect } from "@playwright/test";

/** A window of the browser: the tests of a worker come one after the other, and a new one costs as much as half a test. */
interface Reused {
  readonly context: BrowserContext;
  page: Page;
  /** Where what the test that runs must not cause is noted. */
  trouble: string[];
}

/** As a new window would be: nothing routed, granted, emulated or kept. */
async function tidy({ context, page }: Reused): Promise<void> {
  await context.setOffline(false);
  await context.clearPermissions();
  if (page.isClosed()) return;
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  // an empty page has no storage, and refuses
  await page.evaluate(() => localStorage.clear()).catch(() => {});
  await page.goto("about:blank");
}

/**
 * Every test fails if the page wrote to the console, threw, broke its content security policy or asked another origin
 * for anything. A test that causes such trouble on purpose looks at `trouble` and empties it.
 */
export const test = base.extend<{ trouble: string[] }, { reused: Reused }>({
  // Worker-wide: the browser and the server that setup.mjs found.
  launchOptions: [
    async ({}, use) => {
      await use({ executablePath: process.env.SMMU_E2E_BROWSER || undefined, args: browserFlags });
    },
    { scope: "worker" },
  ],
  baseURL: async ({}, use) => {
    await use(process.env.SMMU_E2E_URL);
  },
  reused: [
    async ({ browser }, use) => {
      const context = await browser.newContext({ baseURL: process.env.SMMU_E2E_URL });
      const reused: Reused = { context, page: await context.newPage(), trouble: [] };
      await context.exposeFunction("reportViolation", (text: string) => reused.trouble.push(`policy: ${text}`));
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          const { reportViolation } = window as unknown as { reportViolation: (text: string) => void };
          reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI}`);
        });
      });
      context.on("console", (message) => reused.trouble.push(`console ${message.type()}: ${message.text()}`));
      context.on("weberror", (error) => reused.trouble.push(`page error: ${error.error().message}`));
      const { origin } = new URL(process.env.SMMU_E2E_URL!);
      context.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol !== "data:" && url.origin !== origin) reused.trouble.push(`other origin: ${url.href}`);
      });
      await use(reused);
      await context.close();
    },
    { scope: "worker" },
  ],
  context: async ({ reused }, use) => {
    await use(reused.context);
  },
  page: async ({ reused, viewport }, use) => {
    if (reused.page.isClosed()) reused.page = await reused.context.newPage();
    if (viewport !== null) await reused.page.setViewportSize(viewport);
    await use(reused.page);
    await tidy(reused);
  },
  trouble: [
    async ({ reused }, use) => {
      const trouble: string[] = [];
      reused.trouble = trouble;
      await use(trouble);
      if (trouble.length > 0) throw new Error(`The page must stay silent, but:\n  ${trouble.join("\n  ")}`);
    },
    { auto: true },
  ],
});

/** The address once it says what the page shows: it is written when the step has been painted. */
export async function addressOf(page: Page): Promise<string> {
  return page.evaluate(
    () =>
      new Promise<string>((done) => {
        // two tasks behind a frame: the page's own task behind the same frame has run then
        requestAnimationFrame(() => setTimeout(() => setTimeout(() => done(location.href))));
      }),
  );
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The rules of WCAG that the page as it is now breaks, with the elements that break them. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
  });
}
