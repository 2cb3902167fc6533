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

/** One script for all that a first load needs, whoever else needs parts of it: parts would be asked for one after the other. */
const inOne = { name: "first", tags: ["$initial" as const] };
/** But for what starts the worker. */
const early = { name: "early", test: /src\/(?:session\/early|worker\/(?:client|wire))\.ts$/, priority: 1 };

/**
 * Loads `src/session/early.ts` in front of the page's script: it is small, and starts the worker while the rest is read.
 * The page's script imports the same file, so it runs once, and the development server needs nothing of this.
 */
const workerFirst: Plugin = {
  name: "worker-first",
  apply: "build",
  config: () => ({
    build: {
      rolldownOptions: {
        input: { index: "index.html", early: "src/session/early.ts" },
        output: { codeSplitting: { groups: [early, inOne] } },
      },
    },
  }),
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle }) {
      const early = Object.values(bundle ?? {}).find((chunk) => chunk.type === "chunk" && chunk.name === "early");
      if (early === undefined) throw new Error("There is no script that starts the worker.");
      return html.replace(
        "<script ",
        `<script type="module" crossorigin src="./${early.fileName}"></script>\n    <script `,
      );
    },
  },
};

/**
 * Marks the page's script as one whose functions are all called as it loads (explicit compile hints of V8; a comment
 * elsewhere): they are compiled beside the main thread, while the model starts, and not one by one while the first state is
 * drawn. The worker's script is not marked: nobody has time to compile it beside.
 */
const compiledAhead: Plugin = {
  name: "compiled-ahead",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      for (const chunk of Object.values(bundle))
        if (chunk.type === "chunk" && chunk.name === "index")
          chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
    },
  },
};

export default defineConfig({
  base: "./",
  plugins: [react(), contentSecurityPolicy, workerFirst, compiledAhead],
  worker: { format: "es", rolldownOptions: { output: { codeSplitting: { groups: [inOne] } } } },
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
