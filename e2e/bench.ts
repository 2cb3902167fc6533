/**
 * `npm run bench`: how fast it is, measured here and now, with the spread that this machine has. `npm run bench -- --engine`
 * leaves the page out.
 *
 * Each figure is a median with minimum and maximum over rounds. A calibration loop of fixed work runs between the rounds:
 * its spread is the machine's own noise, and figures that differ by less say nothing.
 */
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "@playwright/test";
import { build } from "vite";
import { allReductions, type Reduction } from "../src/check/explore.ts";
import { decode } from "../src/hw/decode.ts";
import { encodeLink } from "../src/scenarios/link.ts";
import { Play } from "../src/scenarios/play.ts";
import { browserFlags, findBrowser } from "./browser.mjs";
import { engineOf, treeOf } from "./engine.ts";
import { model, searchLargest, secondsOfSearch } from "./search.ts";
import { serve } from "./serve.mjs";

const ROUNDS = 7;
const CLICKS = 60;
const ENTRIES = 10_000;
const LINK_CHOICES = 60;
/** The last commit in which an entry was one number, and hardware read memory: the engine is to be no slower than it was. */
const BEFORE_ENTRIES = "c11c74bb8842a9d2f9d12aac18ae071d36df6b49";
/** Rounds until two engines are compiled as far as they will be. */
const ENGINE_WARM_UP = 8;
/** A round takes a fifth of a second, in which a shared machine gives now more, now less. */
const ENGINE_ROUNDS = 21;

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly goal: string;
  readonly values: number[];
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Fixed work, in milliseconds of CPU. */
function calibrate(): number {
  const start = cpuSeconds();
  let x = 1;
  for (let i = 0; i < 2e7; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  if (x === 42) throw new Error("never");
  return (cpuSeconds() - start) * 1000;
}

/** Milliseconds of CPU to decode entries that are random but valid, STEs and CDs in turn; from a fixed generator. */
function decodeRound(): number {
  let seed = 1;
  const word = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return BigInt(seed >>> 0);
  };
  const entries = Array.from({ length: ENTRIES }, (_x, n) => {
    const q = Array.from({ length: 8 }, () => (word() << 32n) | word());
    q[0] |= n % 2 === 0 ? 9n : 1n << 31n;
    return q;
  });
  let said = 0;
  const start = cpuSeconds();
  entries.forEach((q, n) => {
    const { fields, faults } = decode(n % 2 === 0 ? "ste" : "cd", q);
    said += fields.length + faults.length;
  });
  const taken = (cpuSeconds() - start) * 1000;
  if (said === 0) throw new Error("nothing was decoded");
  return taken;
}

/** A search by CPU second; what it found and did besides. */
function searchRound(reduce: readonly Reduction[]) {
  const start = cpuSeconds();
  const found = searchLargest(reduce);
  const seconds = cpuSeconds() - start;
  return { ...found, speed: found.states / seconds, steps: found.transitions / seconds, milliseconds: seconds * 1000 };
}

/** Starts a worker of the browser in which the same search can be asked for, and answers with its seconds. */
async function searchInBrowser(browser: Browser): Promise<() => Promise<number>> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL("search-worker.ts", import.meta.url)), formats: ["iife"], name: "search" },
    },
  });
  const [script] = (built as { output: { code: string }[] }[])[0]?.output ?? [];
  const page = await browser.newPage();
  await page.evaluate((code) => {
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    (window as unknown as { worker: Worker }).worker = worker;
  }, script?.code ?? "");
  return () =>
    page.evaluate(
      () =>
        new Promise<number>((answer) => {
          const { worker } = window as unknown as { worker: Worker };
          worker.onmessage = ({ data }) => answer(data as number);
          worker.postMessage(null);
        }),
    );
}

/** A link of 60 choices in which four threads take turns. */
function longLink(): string {
  const play = new Play(model("two-devices", "test-dev-v1"));
  play.append({ kind: "start", what: { kind: 16, args: [3] } });
  let last = 0;
  while (play.player.events.length < LINK_CHOICES + 1) {
    const threads = play.machine.programs.map((_p, t) => t).filter((t) => play.machine.outcomes(t) > 0);
    const next = threads.find((t) => t > last) ?? threads[0];
    if (next === undefined) break;
    play.append({ kind: "choice", thread: next, outcome: 0 });
    last = next;
  }
  const { head, tail } = encodeLink(play);
  return `#${head}${tail}`;
}

/**
 * Milliseconds from a click on Step until the frame that shows the new position has been painted. The mouse is pressed and
 * released through the browser's own input, and time begins with the time stamp that the browser gives the click; a task
 * that is posted from inside a frame runs after that frame's painting. The page is at rest before each click, as under a
 * reader's hand: nothing here asks for frames in between.
 */
async function clickRound(page: Page): Promise<number[]> {
  await page.evaluate(() => {
    const position = document.querySelector(".pos output");
    const own = window as unknown as { times: number[]; painted: Promise<void>; paint: () => void };
    own.times = [];
    let clicked = 0;
    document.addEventListener(
      "click",
      ({ timeStamp }) => {
        clicked = timeStamp;
      },
      true,
    );
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      own.times.push(performance.now() - clicked);
      own.paint();
    };
    const observer = new MutationObserver(() => requestAnimationFrame(() => channel.port2.postMessage(0)));
    if (position) observer.observe(position, { subtree: true, childList: true, characterData: true });
  });
  for (let i = 0; i < CLICKS; i++) {
    const at = await page.evaluate(() => {
      const own = window as unknown as { painted: Promise<void>; paint: () => void };
      own.painted = new Promise((paint) => {
        own.paint = paint;
      });
      const step = [...document.querySelectorAll<HTMLButtonElement>(".thread button")].find(
        (button) => (button.textContent ?? "").startsWith("Step") && button.getAttribute("aria-disabled") !== "true",
      );
      const box = step?.getBoundingClientRect();
      return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    });
    if (at === undefined) break;
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    // as long as a finger takes, and at another point of a frame each time
    await new Promise((pause) => setTimeout(pause, 60 + ((i * 7) % 17)));
    await page.mouse.up();
    await page.evaluate(() => (window as unknown as { painted: Promise<void> }).painted);
    await new Promise((pause) => setTimeout(pause, 50));
  }
  return page.evaluate(() => (window as unknown as { times: number[] }).times);
}

/** Milliseconds from the load event to the frame after the link's position is shown. */
async function linkRound(page: Page, url: string): Promise<number> {
  await page.goto(`${url}${longLink()}`);
  return page.evaluate(async (wanted) => {
    while (!(document.querySelector(".pos output")?.textContent?.includes(String(wanted)) ?? false)) {
      await new Promise((next) => requestAnimationFrame(next));
    }
    await new Promise<void>((painted) => {
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => painted();
        channel.port2.postMessage(0);
      });
    });
    const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    return Math.max(0, performance.now() - (navigation?.loadEventEnd ?? 0));
  }, LINK_CHOICES + 1);
}

/** Gzipped script of a first load in kilobytes: what was fetched until the first state was painted, the worker included. */
async function scriptSize(url: string, served: Set<string>): Promise<number> {
  const page = await openPage();
  served.clear();
  await page.goto(url);
  await page.locator(".thread button", { hasText: "Step" }).first().waitFor();
  const scripts = [...served].filter((file) => file.endsWith(".js"));
  await page.close();
  return scripts.map((file) => gzipSync(readFileSync(file)).length).reduce((a, b) => a + b, 0) / 1000;
}

function print(figures: readonly Figure[]): void {
  const digits = (value: number) => (value < 10 ? 2 : 1);
  const format = (value: number) =>
    value >= 1000 ? Math.round(value).toLocaleString("en-US") : value.toFixed(digits(value));
  console.log(["figure".padEnd(38), "median".padStart(12), "min".padStart(12), "max".padStart(12), "  unit"].join(""));
  for (const { name, unit, goal, values } of figures) {
    const cells = [median(values), Math.min(...values), Math.max(...values)].map((v) => format(v).padStart(12));
    console.log([name.padEnd(38), ...cells, `  ${unit}${goal === "" ? "" : `, goal ${goal}`}`].join(""));
  }
}

const engineOnly = process.argv.includes("--engine");
if (!engineOnly && !existsSync(new URL("../dist/index.html", import.meta.url)))
  throw new Error("No dist: run `npm run build` first.");
const noise: number[] = [];
const engine: number[] = [];
const engineBefore: number[] = [];
const decoded: number[] = [];
const searched: ReturnType<typeof searchRound>[] = [];
const reduced = new Map<string, ReturnType<typeof searchRound>[]>([
  ["orders", []],
  ["dead locals", []],
  ["all", []],
]);
const reductions: Readonly<Record<string, readonly Reduction[]>> = {
  orders: ["order"],
  "dead locals": ["locals"],
  all: allReductions,
};
// before any other model is there, so that statements see one kind of state
for (let i = 0; i < ROUNDS + 2; i++) {
  noise.push(calibrate());
  searched.push(searchRound([]));
}
// the first two warm up
searched.splice(0, 2);
const tree = treeOf(BEFORE_ENTRIES);
const engineNow = await engineOf();
const engineThen = tree === null ? null : await engineOf(tree);
decodeRound();
for (let i = -ENGINE_WARM_UP; i < ENGINE_ROUNDS; i++) {
  const now = engineNow();
  const then = engineThen?.();
  if (i < 0) continue;
  engine.push(now);
  if (then !== undefined) engineBefore.push(then);
}
for (let i = 0; i < ROUNDS; i++) {
  noise.push(calibrate());
  decoded.push(decodeRound());
}
// what notes reads is another kind of state
for (let i = 0; i < ROUNDS + 2; i++) for (const [name, rounds] of reduced) rounds.push(searchRound(reductions[name]!));
for (const rounds of reduced.values()) rounds.splice(0, 2);
if (engineOnly) {
  printAll([]);
  process.exit();
}
const [{ path }, server] = await Promise.all([findBrowser(() => {}), serve()]);
const browser = await chromium.launch({ executablePath: path || undefined, args: browserFlags });
async function openPage(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  // the loader of this file names functions with a helper, which functions sent to the page miss there
  await page.addInitScript({ content: "globalThis.__name ??= (f) => f" });
  return page;
}
const ask = await searchInBrowser(browser);
const inBrowser: number[] = [];
const ratios: number[] = [];
const { states } = searched[0]!;
for (let i = 0; i < ROUNDS + 2; i++) {
  noise.push(calibrate());
  const here = secondsOfSearch();
  const there = await ask();
  if (i < 2) continue;
  inBrowser.push(states / there);
  ratios.push(here / there);
}
const clicks: number[] = [];
const links: number[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const page = await openPage();
  noise.push(calibrate());
  links.push(await linkRound(page, server.url));
  await page.close();
  const other = await openPage();
  await other.goto(server.url);
  await other.locator(".thread button", { hasText: "Step" }).first().waitFor();
  clicks.push(...(await clickRound(other)));
  await other.close();
}
const script = await scriptSize(server.url, server.served);
await browser.close();
server.close();
printAll([
  { name: "search, no reduction, judged, Chromium", unit: "states/s", goal: "", values: inBrowser },
  { name: "its speed by that of Node in turn", unit: "times", goal: "0.7", values: ratios },
  { name: "step click to painted state", unit: "ms", goal: "16", values: clicks },
  { name: `${LINK_CHOICES}-choice link to painted state`, unit: "ms after load", goal: "300", values: links },
  { name: "gzipped script of the first load", unit: "KB", goal: "200", values: [script] },
]);
console.log(`link measured: ${longLink().length} characters`);

function printAll(page: readonly Figure[]): void {
  const figure = (name: string, unit: string, values: number[], goal = "") => ({ name, unit, goal, values });
  print([
    figure("engine, random schedules, one core", "steps/CPU s", engine),
    ...(engineThen === null
      ? []
      : [
          figure("engine before entries were qwords", "steps/CPU s", engineBefore),
          figure(
            "engine now by before, in turn",
            "times",
            engine.map((now, i) => now / (engineBefore[i] as number)),
            "1.0",
          ),
        ]),
    figure(`${ENTRIES.toLocaleString("en-US")} entries decoded, one core`, "CPU ms", decoded, "100"),
    figure(
      "search, no reduction, judged",
      "states/CPU s",
      searched.map((s) => s.speed),
      "300,000",
    ),
    figure(
      "search, no reduction, judged",
      "transitions/CPU s",
      searched.map((s) => s.steps),
    ),
    figure(
      "search, no reduction, judged",
      "CPU ms",
      searched.map((s) => s.milliseconds),
    ),
    ...[...reduced].map(([name, rounds]) =>
      figure(
        `search, reduced by ${name}, judged`,
        "CPU ms",
        rounds.map((s) => s.milliseconds),
      ),
    ),
    ...page,
    figure("calibration loop: the machine's noise", "CPU ms", noise),
  ]);
  if (tree === null) console.log("before: not measured, the history of this repository is not here");
  const all = searched[0]!;
  console.log(`searched: ${all.states} states, ${all.made} steps made`);
  for (const [name, [less]] of reduced) {
    console.log(
      `by ${name}: ${less!.states} states, ${(all.states / less!.states).toFixed(1)} times fewer; ${less!.made} steps`,
    );
  }
}
