import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Page, test as base } from "@playwright/test";
import { browserFlags } from "./browser.mjs";

export { expect } from "@playwright/test";

/**
 * Every test fails if the page wrote to the console, threw, broke its content security policy or asked another origin
 * for anything. A test that causes such trouble on purpose looks at `trouble` and empties it.
 */
export const test = base.extend<{ trouble: string[] }>({
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
  trouble: [
    async ({ context, baseURL }, use) => {
      const trouble: string[] = [];
      const origin = new URL(baseURL!).origin;
      context.on("console", (message) => trouble.push(`console ${message.type()}: ${message.text()}`));
      context.on("weberror", (error) => trouble.push(`page error: ${error.error().message}`));
      context.on("request", (request) => {
        const url = new URL(request.url());
        if (url.protocol !== "data:" && url.origin !== origin) trouble.push(`other origin: ${url.href}`);
      });
      await context.exposeFunction("reportViolation", (text: string) => trouble.push(`policy: ${text}`));
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          const { reportViolation } = window as unknown as { reportViolation: (text: string) => void };
          reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI}`);
        });
      });
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
