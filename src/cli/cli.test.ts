import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { replayJson, replayText } from "./replay.ts";
import { COLUMNS, wrap } from "./text.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const link = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(readme)?.[1] ?? "";

const tsx = createRequire(import.meta.url).resolve("tsx/cli");
const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** Runs the command as a shell would. */
function smmu(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, main, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

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
    expect(text).toMatch(/^ {3}1 {2}CPU1 {2}pci_reset_function: /m);
    expect(text).toMatch(/^ +x I-USERWARN violated/m);
    expect(text).toContain("not shown reachable from user space");
  });
  test("prints the same twice", () => {
    expect(replayText(link)).toBe(replayText(link));
  });
});

test("replay --json has steps, state, verdicts, callers and assumptions", () => {
  const found = replayJson(link) as Record<string, unknown>;
  expect(Object.keys(found)).toEqual([
    "scenario",
    "design",
    "options",
    "link",
    "position",
    "steps",
    "threads",
    "state",
    "verdicts",
    "callers",
    "assumptions",
    "notModelled",
  ]);
  expect(found.verdicts).toMatchObject({ "I-RESTORE": { verdict: "violated" }, "I-CNT": { verdict: "n/a" } });
});

test("words are wrapped, never cut", () => {
  const text = wrap(`${"word ".repeat(40)}${"x".repeat(90)}`, 4, "> ");
  expect(text.split("\n").filter((line) => line.length > COLUMNS)).toEqual([`    ${"x".repeat(90)}`]);
  expect(text.replace(/^> /, "").split(/\s+/).join(" ")).toBe(`${"word ".repeat(40)}${"x".repeat(90)}`);
});

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
    expect(text.stdout).toMatch(/^ {2}all +252 +0 +25$/m);
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
  test("exits with 2 on wrong usage", () => {
    for (const args of [
      [],
      ["fly"],
      ["designs", "x"],
      ["replay"],
      ["replay", link, "--json", "--text"],
      ["designs", "--what"],
      ["capture"],
      ["capture", "a", "b"],
      ["capture", "a", "--text"],
    ]) {
      const { status, stdout, stderr } = smmu(...args);
      expect([args, status, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toContain("usage:");
    }
  });
});
