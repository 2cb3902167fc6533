import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** What the built page may load: its own files, nothing inline, nothing from elsewhere. */
const policy =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";

/** Puts the policy first in the head of the built page. The development server needs inline scripts, so not there. */
const contentSecurityPolicy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: {
    order: "post",
    // written out by hand: as a tag the quotes would become entities, which whoever greps for the policy would not find
    handler: (html) =>
      html.replace("<head>", `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`),
  },
};

export default defineConfig({
  base: "./",
  plugins: [react(), contentSecurityPolicy],
  worker: { format: "es" },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  // both cores, and each module once a worker: the tests keep nothing in modules
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    testTimeout: 60_000,
    pool: "threads",
    maxWorkers: 2,
    isolate: false,
  },
});
