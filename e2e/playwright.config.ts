import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../node_modules/.cache/e2e",
  globalSetup: "./setup.mjs",
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  timeout: 30_000,
  // a shared machine may stall for longer than any wait; what fails twice is a failure
  retries: process.env.CI ? 1 : 0,
  expect: { timeout: 5_000 },
  reporter: [["list"], ["json", { outputFile: "../node_modules/.cache/e2e.json" }]],
  use: { viewport: { width: 1280, height: 800 }, trace: "off", screenshot: "only-on-failure" },
});
