import { describe, expect, it } from "vitest";
import { stories } from "../scenarios/stories/index.ts";
import { answer } from "./command.ts";

describe("stories", () => {
  it("lists every question with its short link", () => {
    const { stdout } = answer(["stories"]);
    for (const { id } of stories) expect(stdout).toContain(`  #story/${id}\n`);
    expect(stdout.split("\n").filter((line) => line.length > 72)).toEqual([]);
  });

  it("tells one whole, with the row of the matrix", () => {
    const { stdout } = answer(["stories", "tested-then-not"]);
    expect(stdout).toContain("<20251020163231.GX316284@nvidia.com>");
    expect(stdout).toMatch(/^ {4}test-dev-v1 +violated in \d+ steps$/m);
    expect(stdout).toMatch(/^ {4}linux-7\.3 +no violation in \d+ states$/m);
    expect(stdout.split("\n").filter((line) => line.length > 72)).toEqual([]);
  });

  it("opens short links wherever links are opened", () => {
    expect(answer(["replay", "#story/tested-then-not/3"]).stdout.trimEnd().split("\n").at(-1)).toMatch(
      /^#1\/used-ssids\/linux-7_3\//,
    );
  });

  it.each([
    [["stories", "nothing"], 1, 'no story "nothing"'],
    [["stories", "a", "b"], 2, "takes one id"],
    [["replay", "#story/nothing"], 1, 'story "nothing"'],
  ])("refuses %j", (argv, status, sentence) => {
    const said = answer(argv);
    expect(said.status).toBe(status);
    expect(said.stderr).toContain(sentence);
  });
});
