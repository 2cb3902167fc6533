// `npm test`: every stage in order, what each said, and a last line "N passed, N failed".
// `npm test -- types unit` runs only the stages named.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules/.cache");
const unitReport = join(cache, "unit.json");
const e2eReport = join(cache, "e2e.json");

/** @typedef {{ passed: number, failed: number }} Counts */
/** @typedef {{ name: string, command: string[], seconds: number, needs?: string, count?: () => Counts }} Stage */

/** @type {Stage[]} */
const stages = [
  { name: "types", command: ["tsc", "-b", "src", "e2e", "--pretty", "false"], seconds: 60 },
  { name: "lint", command: ["oxlint", "--deny-warnings"], seconds: 60 },
  { name: "format", command: ["biome", "format"], seconds: 60 },
  { name: "dead code", command: ["knip", "--no-config-hints"], seconds: 60 },
  {
    name: "unit",
    command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${unitReport}`],
    seconds: 480,
    count: () => {
      const report = JSON.parse(readFileSync(unitReport, "utf8"));
      // A file that does not load has no tests to fail, so it counts itself.
      const broken = report.testResults.filter(
        (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
          file.status === "failed" && file.assertionResults.length === 0,
      );
      return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
    },
  },
  { name: "build", command: ["vite", "build"], seconds: 60 },
  {
    name: "end to end",
    command: ["playwright", "test", "-c", "e2e"],
    seconds: 480,
    needs: "build",
    count: () => {
      const { stats, errors } = JSON.parse(readFileSync(e2eReport, "utf8"));
      return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length };
    },
  },
];

/**
 * @param {string[]} command
 * @param {number} seconds
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function run([program, ...args], seconds) {
  const PATH = [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter);
  const shell = process.platform === "win32";
  // A process group of its own, so that a stage out of time takes its children along.
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH, NO_COLOR: "1" },
    shell,
    detached: !shell,
  });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  child.stderr.on("data", (data) => (output += data));
  const kill = () => {
    if (shell || !child.pid) child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  };
  const interrupted = () => {
    kill();
    process.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, interrupted);
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      output += `\nout of time after ${seconds} s\n`;
      kill();
    }, seconds * 1000);
    const end = (/** @type {boolean} */ ok) => {
      clearTimeout(timer);
      for (const signal of signals) process.off(signal, interrupted);
      resolve({ ok, output });
    };
    child.on("error", (error) => {
      output += error.message;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

/**
 * What a stage adds to the last line. Without a report to count in, it is one check.
 * @param {Stage} stage
 * @param {boolean} ok
 * @returns {Counts}
 */
function countOf(stage, ok) {
  const one = { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
  if (!stage.count) return one;
  try {
    const counts = stage.count();
    // Failed for a reason its tests do not know, or passed without any: both are failures.
    const unexplained = counts.failed === 0 && (!ok || counts.passed === 0);
    return unexplained ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`No stage ${unknown.join(", ")}. There are: ${stages.map((stage) => stage.name).join(", ")}.`);
  process.exit(2);
}

mkdirSync(cache, { recursive: true });
const total = { passed: 0, failed: 0 };
/** @type {string[]} */
const failedStages = [];
for (const stage of stages) {
  if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
  if (stage.needs && failedStages.includes(stage.needs)) {
    console.log(`FAIL  ${stage.name}: not run, ${stage.needs} failed`);
    failedStages.push(stage.name);
    total.failed += 1;
    continue;
  }
  for (const report of [unitReport, e2eReport]) rmSync(report, { force: true });
  const start = performance.now();
  const { ok, output } = await run(stage.command, stage.seconds);
  const time = `${((performance.now() - start) / 1000).toFixed(1)} s`;
  const counts = countOf(stage, ok);
  total.passed += counts.passed;
  total.failed += counts.failed;
  const tests = stage.count ? `${counts.passed} passed, ${counts.failed} failed, ` : "";
  if (counts.failed > 0) {
    failedStages.push(stage.name);
    console.log(`${output.trimEnd()}\n`);
  }
  console.log(`${counts.failed > 0 ? "FAIL" : "ok  "}  ${stage.name}: ${tests}${time}`);
}
if (failedStages.length > 0) console.log(`Failed: ${failedStages.join(", ")}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
