// Once for all end-to-end tests: a browser that starts and a server for the built page. Workers read both from the environment.
import { existsSync } from "node:fs";
import { findBrowser } from "./browser.mjs";
import { serve } from "./serve.mjs";

export default async function setup() {
  if (!existsSync(new URL("../dist/index.html", import.meta.url)))
    throw new Error("No dist: run `npm run build` first.");
  const [{ path }, { url, close }] = await Promise.all([findBrowser((line) => console.log(line)), serve()]);
  process.env.SMMU_E2E_BROWSER = path ?? "";
  process.env.SMMU_E2E_URL = url;
  return close;
}
