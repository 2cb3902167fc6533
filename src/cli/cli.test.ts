import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { encodeLink } from "../scenarios/link.ts";
import { Play } from "../scenarios/play.ts";
import { replayJson, replayText, replyText } from "./replay.ts";
import { answer } from "./command.ts";
import { runJson, runText } from "./run.ts";
import { ScenarioError } from "../scenarios/refused.ts";
import { COLUMNS, wrap } from "../worker/reply/lines.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const link = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(readme)?.[1] ?? "";

const run = replayJson(link) as { steps: unknown[]; verdicts: Record<string, { since?: number }> };
const total = run.steps.length;

const tsx = createRequire(import.meta.url).resolve("tsx/cli");
const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** Answers a call without a process around it. */
const smmu = (...args: string[]) => answer(args);

test("as a process it writes and exits as it answers", () => {
  for (const args of [["designs"], ["replay", "#1/nowhere"], ["fly"]]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, main, ...args], { encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual(smmu(...args));
  }
});

describe("replay --text", () => {
  const lines = replayText(link).split("\n");

  test("stays within 72 columns, the link's own line excepted", () => {
    expect(lines.slice(0, -1).filter((line) => line.length > COLUMNS)).toEqual([]);
  });
  test("ends with the link alone", () => {
    expect(lines.at(-1)).toBe(link);
  });
  test("numbers every step and names thread, procedure and what broke", () => {
    const text = lines.join("\n");
    const numbers = [...text.matchAll(/^ *(\d+) .*\|/gm)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: total }, (_x, i) => i + 1));
    expect(text).toMatch(/^ +\| {2}pci_reset_function +\|$/m);
    expect(text).toContain(`\n  x I-USERWARN violated, since step ${run.verdicts["I-USERWARN"]?.since}`);
    expect(text.replaceAll(/\s+/g, " ")).toContain("not shown reachable from user space");
  });
  test("has the final state, verdicts, callers, assumptions and what is not modelled below the steps", () => {
    const heads = lines.filter((line) => /^[a-z]/.test(line) && !line.includes("|"));
    for (const head of [`state after step ${total}`, "callers", "assumptions", "not modelled"]) {
      expect(heads).toContain(head);
    }
  });
  test("has the whole run of a link that shows an earlier step, and keeps that link", () => {
    const earlier = link.replace("/_/", "/99_/");
    const said = replayText(earlier).split("\n");
    expect(said.at(-1)).toBe(earlier);
    expect(said).toContain("The link shows step 99.");
    expect(said).toContain(`state after step ${total}`);
  });
  test("names the SMMU of each device and domain where there are several, and only there", () => {
    const scenario = library.find(({ id }) => id === "foreign-smmu");
    const design = designs[0];
    if (scenario === undefined || design === undefined) throw new Error("no such world or design");
    const { head, tail } = encodeLink(new Play(makeModel(scenario, design, {})));
    const text = replayText(`#${head}${tail}`);
    expect(text).toMatch(/^ {2}0000:05:00\.1 behind smmu1: /m);
    expect(text).toMatch(/^ {2}D9: S1, ASID \d, of smmu1$/m);
    expect(lines.join("\n")).not.toMatch(/smmu[01]/);
  });
  test("prints the same twice", () => {
    expect(replayText(link)).toBe(replayText(link));
  });
});

test("replay --reply is the compact form up to the step that the link shows", () => {
  const lines = replyText(link.replace("/_/", "/99_/")).split("\n");
  expect(lines.join(" ")).toContain(`steps 1-99 of ${total}`);
  expect(lines.at(-1)).toBe(link.replace("/_/", "/99_/"));
  expect(lines.length).toBeLessThan(80);
});

test("replay --json has steps, state, verdicts, callers and assumptions", () => {
  const found = replayJson(link) as Record<string, unknown>;
  expect(Object.keys(found)).toEqual([
    "scenario",
    "design",
    "options",
    "toggles",
    "link",
    "position",
    "steps",
    "threads",
    "state",
    "verdicts",
    "callers",
    "switches",
    "assumptions",
    "notModelled",
    "silences",
  ]);
  expect(found.verdicts).toMatchObject({ "I-RESTORE": { verdict: "violated" }, "I-CNT": { verdict: "n/a" } });
});

test("words are wrapped, never cut", () => {
  const text = wrap(`${"word ".repeat(40)}${"x".repeat(90)}`, 4, "> ");
  expect(text.split("\n").filter((line) => line.length > COLUMNS)).toEqual([`    ${"x".repeat(90)}`]);
  expect(text.replace(/^> /, "").split(/\s+/).join(" ")).toBe(`${"word ".repeat(40)}${"x".repeat(90)}`);
});

describe("run", () => {
  const request = { scenario: "used-ssids", design: "test-dev-v1", options: ["retest=yes"], seed: 7 };

  test("plays a world of the library at random: the same seed is the same run, and its link replays", () => {
    const said = runText(request);
    const lines = said.split("\n");
    expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
    expect(said).toContain("A random schedule, seed 7: all threads are done.");
    const last = lines.at(-1) ?? "";
    expect(runText(request)).toBe(said);
    expect(
      runText({ ...request, seed: 8 })
        .split("\n")
        .at(-1),
    ).not.toBe(last);
    const read = runJson(request) as { link: string; steps: unknown[]; threads: { results: unknown[] }[] };
    expect(read.link).toBe(last);
    expect(read.threads.map(({ results }) => results.length)).toEqual([1, 1]);
    expect((replayJson(last) as { steps: unknown[] }).steps).toEqual(read.steps);
  });
  test.each([
    [{ scenario: "nowhere" }, 'There is no scenario "nowhere" in the library, and no such file can be read.'],
    [{ design: "linux-9" }, /^There is no design "linux-9": there are linux-6\.17, .*\.$/],
    [{ design: "linux-7.3" }, 'The design linux-7.3 has no option "retest".'],
    [{ options: ["retest=7"] }, /^This cannot be played: option retest .* not "7"\.$/],
  ])("refuses %j in one sentence", (change, said) => {
    expect(() => runText({ ...request, ...change })).toThrow(ScenarioError);
    expect(() => runText({ ...request, ...change })).toThrow(said);
  });
});

/** What somebody writes who has read the schema and nothing else: nothing that has a default. */
const mine = {
  id: "mine",
  title: "mine",
  about: "A replace while the function is reset.",
  smmus: [{ name: "S" }],
  devices: [{ name: "dev", smmu: "S", sids: ["0x10"] }],
  groups: [{ name: "G", devices: ["dev"], default_domain: "identity", owned: true }],
  domains: [{ name: "D", stage: 1, smmu: "S" }],
  attached: [],
  threads: [
    { ops: [{ op: "attach", caller: "iommufd", group: "G", domain: "D" }] },
    { ops: [{ op: "reset", caller: "reset via vfio", device: "dev" }] },
  ],
};

describe("the command", () => {
  test("lists designs, scenarios and properties as text and as JSON", () => {
    for (const what of ["designs", "scenarios", "properties"]) {
      const text = smmu(what);
      expect([text.status, text.stderr]).toEqual([0, ""]);
      expect(text.stdout.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
      const asJson: unknown = JSON.parse(smmu(what, "--json").stdout);
      expect(Array.isArray(asJson) && asJson.length).toBeGreaterThan(1);
    }
  });
  test("prints the twelve checks in 72 columns and as JSON, each with two links that replay", () => {
    const { status, stdout } = smmu("checks");
    expect(status).toBe(0);
    expect(stdout.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
    const links = stdout.match(/^ +#1\/\S+$/gm)?.map((line) => line.trim()) ?? [];
    expect(links).toHaveLength(24);
    for (const word of ["-ENOENT", "CONFIG_ARM_SMMU_V3_SVA", "Jason Gunthorpe"]) expect(stdout).toContain(word);
    const read = JSON.parse(smmu("checks", "--json").stdout) as {
      runs: Record<"before" | "after", { errno: string; link: string }>;
    }[];
    expect(read.flatMap(({ runs }) => [runs.before.link, runs.after.link])).toEqual(links);
    expect(smmu("replay", links[0] ?? "").status).toBe(0);
  });
  test("replays a link that a mailer wrapped", () => {
    const { status, stdout } = smmu("replay", `> ${link.slice(0, 20)}\n> ${link.slice(20)}`, "--json");
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { link: string }).link).toBe(link);
  });
  test("says in one sentence why a link does not replay, and exits with 1", () => {
    for (const wrong of [link.slice(0, -3), link.replace("used-ssids", "nowhere"), "#2/x", "hello"]) {
      const { status, stdout, stderr } = smmu("replay", wrong);
      expect([wrong, status, stdout]).toEqual([wrong, 1, ""]);
      expect(stderr).toMatch(/^[^\n]+\.\n$/);
    }
  });
  test("compares a capture, as a table and as JSON, and says why a file is none", () => {
    const file = (name: string) => fileURLToPath(new URL(`../scenarios/capture/data/${name}.json`, import.meta.url));
    const text = smmu("capture", file("no-ats-sysfs"));
    expect([text.status, text.stderr]).toEqual([0, ""]);
    expect(text.stdout.split("\n").filter((line) => line.length > COLUMNS)).toEqual([]);
    expect(text.stdout).toMatch(/^ {2}all +782 +0 +0$/m);
    const asJson = smmu("capture", file("no-ats-sysfs"), "--json");
    expect((JSON.parse(asJson.stdout) as { differences: unknown[] }).differences).toEqual([]);
    const changed = join(mkdtempSync(join(tmpdir(), "capture-")), "changed.json");
    writeFileSync(changed, readFileSync(file("no-ats-sysfs"), "utf8").replace('"result":"EBUSY"', '"result":"0"'));
    const other = smmu("capture", changed);
    expect([other.status, other.stderr]).toEqual([1, ""]);
    expect(other.stdout.replace(/\s+/g, " ")).toContain("expected 0, the model has EBUSY");
    rmSync(dirname(changed), { recursive: true });
    for (const wrong of [main, `${main}.none`]) {
      const { status, stdout, stderr } = smmu("capture", wrong);
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^[^\n]+\.\n$/);
    }
  });
  test("runs a world from a file, and ends with a link that has it inside", () => {
    const folder = mkdtempSync(join(tmpdir(), "run-"));
    const file = join(folder, "world.json");
    try {
      writeFileSync(file, JSON.stringify(mine));
      const { status, stdout } = smmu("run", "--scenario", file, "--design", "linux-7.3");
      expect(status).toBe(0);
      const link = stdout.trimEnd().split("\n").at(-1) ?? "";
      expect(link).toMatch(/^#1\/_1[A-Za-z0-9_-]+\/linux-7_3\//);
      expect(smmu("replay", link, "--json").stdout).toContain('"scenario": "mine"');
      const request = { scenario: file, design: "linux-7.3", options: [], seed: 1 };
      expect(stdout).toBe(`${runText(request)}\n`);
      const read = runJson(request) as Record<string, unknown>;
      expect(read).toMatchObject({ scenario: "mine", design: "linux-7.3", seed: 1, link });
      expect(read.verdicts).toHaveProperty("I-RESTORE");
      writeFileSync(file, '{"id":"mine","threads":5}');
      expect(smmu("run", "--scenario", file, "--design", "linux-7.3")).toEqual({
        status: 1,
        stdout: "",
        stderr: "The scenario is wrong at title: expected this member to be there, found nothing.\n",
      });
      writeFileSync(file, "x".repeat(300_000));
      expect(() => runText(request)).toThrow("expected at most 256 KB (262144 bytes), found 300000.");
      expect(() => runText({ ...request, scenario: folder })).toThrow(/ is no file\.$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test("exits with 2 on wrong usage", () => {
    for (const args of [
      [],
      ["fly"],
      ["designs", "x"],
      ["replay"],
      ["replay", link, "--json", "--text"],
      ["replay", link, "--reply", "--text"],
      ["scenarios", "--reply"],
      ["designs", "--what"],
      ["capture"],
      ["capture", "a", "b"],
      ["capture", "a", "--text"],
      ["run", "--scenario", "used-ssids"],
      ["run", "--scenario", "used-ssids", "--design", "linux-7.3", "--seed", "x"],
      ["designs", "--seed", "1"],
    ]) {
      const { status, stdout, stderr } = smmu(...args);
      expect([args, status, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toMatch(/^smmu: [^\n]+\.\nusage: npm run -s smmu -- --help\n$/);
    }
  });
  test.each([
    [["designs", "--bogus"], "there is no option --bogus"],
    [["designs", "--bogus=1"], "there is no option --bogus"],
    [["designs", "-5"], "there is no option -5"],
    [["designs", "-h=5"], "there is no option -="],
    [["designs", "--toString"], "there is no option --toString"],
    [["designs", "--json=1"], "--json takes no value"],
    [["designs", "--help=1"], "--help takes no value"],
    [["check", "--max-states", "-5"], "--max-states takes a value, which begins with no dash"],
    [["check", "--scenario"], "--scenario takes a value, which begins with no dash"],
  ])("says in its own words what is wrong with an option: %j", (args, said) => {
    expect(smmu(...args).stderr).toBe(`smmu: ${said}.\nusage: npm run -s smmu -- --help\n`);
  });
  test("ends no line of a list with a space", () => {
    for (const list of ["designs", "scenarios", "properties", "checks", "stories"])
      expect([
        list,
        smmu(list)
          .stdout.split("\n")
          .filter((line) => line.endsWith(" ")),
      ]).toEqual([list, []]);
  });
  test("says in one sentence that there is no such design, and exits with 2", () => {
    const stderr = expect.stringMatching(/^There is no design "nope", and no such file; designs: [^\n]+\.\n$/);
    for (const args of [
      ["compare", link, "--with", "nope"],
      ["statements", "pcie_flr", "--design", "nope"],
    ])
      expect(smmu(...args)).toEqual({ status: 2, stdout: "", stderr });
  });
});
