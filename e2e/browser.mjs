// Finds a Chromium by launching it: a file that exists proves nothing about its libraries or its sandbox.
// `node e2e/browser.mjs` prints what was tried and what was found.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";

const isRoot = process.getuid?.() === 0;

/** A closed network must not fill the console with the browser's own requests; only root needs to leave the sandbox. */
export const browserFlags = [
  ...(isRoot ? ["--no-sandbox"] : []),
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  // each test has a window, and a whole browser would prepare its own pages for it
  "--disable-features=PreloadTopChromeWebUI,WebUIOmniboxPopup,Translate,OptimizationHints,MediaRouter,HttpsUpgrades,PaintHolding",
];

const systemNames = [
  "chromium",
  "chromium-browser",
  "google-chrome-stable",
  "google-chrome",
  "chrome",
  "microsoft-edge-stable",
  "microsoft-edge",
];
const systemPaths = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

function systemBrowsers() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return [...systemNames.flatMap((name) => folders.map((folder) => join(folder, name))), ...systemPaths].filter(
    (path) => existsSync(path),
  );
}

/**
 * The reason why this browser does not work, or nothing if it rendered a page.
 * @param {string | undefined} executablePath undefined means Playwright's own
 */
async function launchError(executablePath) {
  try {
    const browser = await chromium.launch({ executablePath, args: browserFlags, timeout: 30_000 });
    try {
      const page = await browser.newPage();
      await page.setContent("<p>hello</p>");
      await page.evaluate("1 + 1");
    } finally {
      await browser.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {number} seconds
 */
function run(command, args, seconds) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const shell = process.platform === "win32";
  const done = spawnSync(command, args, { env, shell, encoding: "utf8", timeout: seconds * 1000 });
  if (done.status === 0) return undefined;
  const lines = `${done.stdout ?? ""}\n${done.stderr ?? ""}`.trim().split("\n");
  const reason = lines.find((line) => /error|E:/i.test(line)) ?? lines.at(-1);
  return done.error?.message ?? (reason || `exit code ${done.status}`);
}

/**
 * The browser to launch: `path` undefined means Playwright's own. Throws with everything it tried if there is none.
 * @param {(line: string) => void} say
 * @returns {Promise<{ path: string | undefined }>}
 */
export async function findBrowser(say = () => {}) {
  const wanted = process.env.SMMU_BROWSER;
  if (wanted) {
    const error = await launchError(wanted);
    if (error) throw new Error(`SMMU_BROWSER=${wanted} does not start: ${error}`);
    return { path: wanted };
  }

  /** @type {string[]} */
  const tried = [];
  const note = (/** @type {string} */ line) => {
    tried.push(line);
    say(line);
  };
  const works = async (/** @type {string | undefined} */ path) => {
    const error = await launchError(path);
    note(`${path ?? "Playwright's own Chromium"}: ${error ?? "works"}`);
    return !error;
  };
  const firstSystemBrowser = async () => {
    for (const path of systemBrowsers()) if (await works(path)) return { path };
    return undefined;
  };

  if (await works(undefined)) return { path: undefined };
  const present = await firstSystemBrowser();
  if (present) return present;

  const installError = run("npx", ["--no-install", "playwright", "install", "chromium"], 180);
  note(`playwright install chromium: ${installError ?? "done"}`);
  if (!installError && (await works(undefined))) return { path: undefined };

  if (isRoot && existsSync("/etc/debian_version")) {
    const options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3"];
    const aptError =
      run("apt-get", ["update", ...options], 120) ??
      run("apt-get", ["install", "--no-install-recommends", ...options, "chromium", "fonts-dejavu-core"], 300);
    note(`apt-get install chromium: ${aptError ?? "done"}`);
    const installed = await firstSystemBrowser();
    if (installed) return installed;
  }
  throw new Error(`No browser starts. Set SMMU_BROWSER to the path of a Chromium. Tried:\n  ${tried.join("\n  ")}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { path } = await findBrowser((line) => console.log(line));
  console.log(`found: ${path ?? chromium.executablePath()}`);
}
