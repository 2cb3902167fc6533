import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { library } from "./scenarios/library/index.ts";
import { EVERY_RESET } from "./scenarios/lab.testkit.ts";
import { openLink } from "./scenarios/open-link.ts";
import { designs } from "./kernel/designs/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const fragments = [...readme.matchAll(/`(#1\/[^`\s]+)`/g)].map((match) => match[1] ?? "");

/** Opens a link of the README at its end. */
function end(part: string) {
  const fragment = fragments.find((f) => f.includes(part)) ?? "";
  const { play, notice } = openLink(fragment);
  play.seek(play.player.events.length);
  return { play, notice, violated: [...play.violations().keys()] };
}

describe("README", () => {
  test("names at least two runs, and each replays as it was made", () => {
    const runs = fragments.filter((f) => !f.includes("<"));
    expect(runs.length).toBeGreaterThanOrEqual(2);
    for (const run of runs) expect([run, openLink(run).notice]).toEqual([run, ""]);
  });

  test("the run in test-dev-v1 ends as it says: accepted, then the STE is overwritten with a WARN", () => {
    const { play, violated } = end("/test-dev-v1/");
    expect(play.machine.result(0)).toBe(0);
    expect(violated).toEqual(["I-GROUP", "I-WARN", "I-USERWARN", "I-RESTORE", "I-REPORT"]);
    expect(play.records.some((r) => r.warn === "arm_smmu_update_ste")).toBe(true);
  });

  test("the run in linux-7.3 ends as it says: -EBUSY, and nothing is violated but what each reset breaks", () => {
    const { play, violated } = end("/linux-7_3/");
    expect(play.machine.result(0)).toBe(-16);
    expect(violated).toEqual([EVERY_RESET]);
  });

  test("with retest=yes it is PASID 1 that is lost", () => {
    const { play } = end("--retest-yes/");
    expect(play.violations().get("I-RESTORE")?.why).toContain("PASID 1");
  });

  test("lists every design", () => {
    for (const design of designs) expect(readme).toContain(`| \`${design.id}\` |`);
    expect(library.length).toBeGreaterThan(0);
  });
});
