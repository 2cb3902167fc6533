import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COLUMNS } from "../worker/reply/lines.ts";
import { answer } from "./command.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const [hole = "", refused = ""] = ["test-dev-v1", "linux-7_3"].map(
  (design) => new RegExp(`\`(#1/used-ssids/${design}/[^\`]+)\``).exec(readme)?.[1],
);

describe("compare", () => {
  it("finds the README's second run from its first", () => {
    const { status, stdout } = answer(["compare", hole, "--with", "linux-7.3"]);
    const lines = stdout.trimEnd().split("\n");
    expect(status).toBe(0);
    expect(lines.at(-1)).toBe(refused);
    expect(lines.slice(0, -1).filter((line) => line.length > COLUMNS)).toEqual([]);
    expect(lines).toContain("--- they part here");
    expect(stdout).toMatch(/^CPU0 replace .* 0 +-EBUSY$/m);
  });

  it("takes options as in a link, and says the same as JSON", () => {
    const { stdout } = answer(["compare", hole, "--with", "test-dev-v1--retest-yes", "--json"]);
    const view = JSON.parse(stdout) as { b: { title: string }; rows: unknown[]; diverges: number };
    expect(view.b.title).toContain("retest=yes");
    expect(view.diverges).toBeGreaterThan(0);
  });

  it.each([
    [["compare"], 2, "compare takes a link"],
    [["compare", hole], 2, "--with"],
    [["compare", hole, "--with", "linux-9"], 2, 'no design "linux-9"'],
    [["compare", hole, "--with", "all"], 1, "one design"],
    [["compare", "#1/nowhere/linux-7_3", "--with", "linux-7.3"], 1, "not in the library"],
    [["replay", hole, "--with", "linux-7.3"], 2, "belongs to compare"],
  ])("refuses %j with status %i", (argv, status, sentence) => {
    const said = answer(argv);
    expect(said.status).toBe(status);
    expect(said.stderr).toContain(sentence);
  });
});
