import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { library } from "../scenarios/library/index.ts";
import { type Checked, checkEverything } from "../worker/check.ts";
import { checkText } from "../worker/check-text.ts";
import { COLUMNS } from "../worker/reply/lines.ts";
import { checkAll, togglesOf } from "./check.ts";
import { answer } from "./command.ts";
import { processesFor } from "./cores.ts";

const tsx = createRequire(import.meta.url).resolve("tsx/cli");
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "check-"));

/** Answers a call without a process around it. */
const smmu = (...args: string[]) => answer(["check", ...args]);

describe("check as text", () => {
  const rows = checkAll({ ...checkEverything, scenario: "used-ssids", design: "all" });
  const lines = checkText(rows).split("\n");

  test("stays within 72 columns, links excepted", () => {
    expect(lines.filter((l) => l.length > COLUMNS && !l.startsWith("#1/"))).toEqual([]);
  });
  test("is a matrix of designs and properties", () => {
    expect(lines).toContain("              linux-6.17         rfc-v1-hold-mutex  rfc-v2-defer");
    const heads = lines.filter((l) => /^ {14}\S/.test(l)).join(" ");
    expect(heads.trim().split(/ +/)).toEqual(designs.map((d) => d.id));
    expect(lines.filter((l) => /^I-USERWARN .*x$/.test(l)).length).toBeGreaterThan(0);
    expect(lines.filter((l) => /^I-CNT .*\+$/.test(l)).length).toBeGreaterThan(0);
  });
  test("states its bounds with every verdict, and calls nothing safe", () => {
    const text = lines.join(" ").replaceAll(/\s+/g, " ");
    expect(text).toMatch(/no violation in \d+ states; 2 threads, nothing is made to fail; under the assumptions below/);
    expect(text).toContain("assumptions Memory is sequentially consistent");
    expect(text).toContain("collision probability");
    expect(text).not.toMatch(/\bsafe\b/);
  });
  test("says of a bounded search how many states were left", () => {
    const cut = checkText(
      checkAll({ ...checkEverything, scenario: "used-ssids", design: "linux-7.3", maxStates: 100 }),
    );
    expect(cut.replaceAll(/\s+/g, " ")).toMatch(/no violation; bounded: 100 states, frontier \d+; 2 threads/);
  });
  test("says of a caller once that it is not shown reachable", () => {
    const text = checkText(checkAll({ ...checkEverything, scenario: "used-ssids", design: "test-dev-v1" }), true);
    const callers = text.replaceAll(/\s+/g, " ").match(/; caller core[^;]*/g) ?? [];
    expect(callers.length).toBeGreaterThan(0);
    for (const said of callers) expect(said.split("not shown reachable from user space")).toHaveLength(2);
  });
  test("has options of a design as a link has them", () => {
    const [row] = checkAll({ ...checkEverything, scenario: "used-ssids", design: "test-dev-v1--retest-yes" });
    expect(row?.options).toEqual({ retest: "yes", rid: "group" });
    expect(checkText([row as Checked])).toContain("test-dev-v1 retest=yes");
  });
});

describe("the command", () => {
  test("takes a file, compares with what is stored, and exits with 1 on a difference", () => {
    const file = join(folder, "world.json");
    writeFileSync(file, JSON.stringify({ ...library[0], id: "mine" }));
    const args = ["--scenario", file, "--design", "linux-7.3", "--json"];
    const first = smmu(...args);
    expect([first.status, first.stderr]).toEqual([0, ""]);
    const [row] = JSON.parse(first.stdout) as Checked[];
    expect(row).toMatchObject({ scenario: "mine", design: "linux-7.3", complete: true });
    const stored = join(folder, "stored.json");
    writeFileSync(stored, first.stdout.replace(/"seconds": [\d.]+/, '"seconds": 99'));
    expect(smmu(...args, "--expect", stored).status).toBe(0);
    writeFileSync(stored, readFileSync(stored, "utf8").replace('"verdict": "holds"', '"verdict": "violated"'));
    const other = smmu(...args, "--expect", stored);
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/^\/0\/properties\/I-[A-Z]+\/verdict: expected "violated", found "holds"\n$/);
  });
  test.each([
    [["--scenario", "used-ssids", "--max-states", "many"], "--max-states takes a number from 1"],
    [["--scenario", "used-ssids", "--property", "I-SAFE"], 'There is no property "I-SAFE".\n'],
    [["--scenario", "nope"], 'There is no scenario "nope" in the library, and no such file can be read.\n'],
    [["--scenario", "used-ssids", "--design", "nope"], 'There is no design "nope", and no such file; designs: '],
    [
      ["--scenario", "used-ssids", "--toggle", "nope"],
      '"nope" is no toggle; `statements` lists those of a procedure.\n',
    ],
    [["used-ssids"], "check takes no argument"],
  ])("%j is wrong usage: 2", (args, why) => {
    const { status, stdout, stderr } = smmu(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(why);
    expect(stderr.split("\n").length).toBeLessThanOrEqual(3);
  });
  test("says in one sentence that a file is no scenario or no design: 1, as run does, and no stored matrix: 2", () => {
    const file = join(folder, "none.json");
    writeFileSync(file, '{"id":"mine","threads":5}');
    const said = "The scenario is wrong at title: expected this member to be there, found nothing.\n";
    expect(smmu("--scenario", file, "--design", "linux-7.3")).toEqual({ status: 1, stdout: "", stderr: said });
    const design = smmu("--scenario", "used-ssids", "--design", file);
    expect([design.status, design.stdout]).toEqual([1, ""]);
    expect(design.stderr).toMatch(/^[^\n]+\.\n$/);
    const args = ["--scenario", "used-ssids", "--design", "linux-7.3", "--max-states", "20"];
    for (const expected of [file, join(folder, "nowhere")]) {
      const stderr = `The file ${expected} is no stored matrix.\n`;
      expect(smmu(...args, "--expect", expected)).toEqual({ status: 2, stdout: "", stderr });
    }
  });
});

test("the whole library comes to the same, whatever the number of processes", () => {
  // little of each pair: it is the putting together that is looked at
  const args = ["--design", "linux-7.3", "--max-states", "20", "--property", "I-BLOCK", "--no-reduction", "--json"];
  const one = smmu(...args, "--workers", "1");
  const three = spawnSync(process.execPath, [tsx, main, "check", ...args, "--workers", "3"], {
    encoding: "utf8",
    maxBuffer: 64e6,
  });
  const timeless = (text: string) => text.replaceAll(/"(seconds)": [\d.]+/g, "");
  expect(timeless(three.stdout)).toBe(timeless(one.stdout));
  expect((JSON.parse(one.stdout) as Checked[]).length).toBe(library.length);
  expect(processesFor(["check", "--scenario", "all", "--workers=3"])).toBe(3);
  expect(processesFor(["check", "--scenario", "used-ssids"])).toBe(1);
});

test.each([
  [{ scenario: "nowhere" }, 'There is no scenario "nowhere" in the library, and no such file'],
  [{ scenario: "package.json" }, "The scenario is wrong at"],
  [{ scenario: "README.md" }, "expected JSON"],
  [{ design: "linux-1.0" }, "There is no design"],
  [{ design: "test-dev-v1--retest-perhaps" }, "is no option of test-dev-v1"],
  [{ design: "linux-7.3--drop-nobody-fence" }, 'linux-7.3: there is no procedure "nobody"'],
  [{ toggles: togglesOf(["drop-pcie_flr-nothing"]) }, 'linux-7.3: in `pcie_flr` there is no statement "nothing"'],
  [{ toggles: togglesOf(["without-0-7"]) }, "linux-7.3: CPU0 has no operation 7"],
])("%j is not there", (wrong, why) => {
  expect(() => checkAll({ ...checkEverything, scenario: "used-ssids", design: "linux-7.3", ...wrong })).toThrow(why);
});

test("what it finds without a lock is told to the end, an array that is NULL among it", () => {
  const [row] = JSON.parse(
    smmu("--scenario", "pf-vfs", "--design", "linux-7.3--drop-arm_smmu_attach_dev-1izkoa", "--json").stdout,
  ) as Checked[];
  const links = Object.values(row?.properties ?? {}).flatMap(({ link }) => link ?? []);
  expect(links.length).toBeGreaterThan(3);
  const told = links.map((link) => answer(["replay", link, "--text"]));
  expect(told.map(({ status }) => status)).toEqual(links.map(() => 0));
  expect(told.some(({ stdout }) => stdout.includes("NULL"))).toBe(true);
});
