import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { callers, isOffered, opKinds } from "../kernel/ops.ts";
import { throughIommufd, userCalls } from "../kernel/userspace.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { worldOf } from "../scenarios/build.ts";
import { COLUMNS } from "../worker/reply/lines.ts";
import { answer } from "./command.ts";
import { type Reproduced, reproduce } from "./reproduce.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const links = [...readme.matchAll(/`(#1\/[^`<]+)`/g)].map((match) => match[1] ?? "");

describe("reproduce", () => {
  it("knows how user space asks for whatever user space can ask for", () => {
    const w = worldOf(findScenario("used-ssids") as never);
    const missing = opKinds.filter((kind, i) => {
      if (!isOffered(kind) || !callers[kind.caller].reachable) return false;
      return userCalls({ kind: i, args: kind.params.map(() => 1) }, w) === null;
    });
    expect(missing.map(({ op, caller }) => `${op} by ${caller}`)).toEqual([]);
    const core = opKinds.findIndex(({ op, caller }) => op === "attach" && caller === "core");
    expect(userCalls({ kind: core, args: [1, 3] }, w)).toBeNull();
    expect(throughIommufd({ kind: core, args: [1, 3] })).toEqual({ kind: core + 1, args: [1, 3] });
  });

  it("says of the thread's question that iommufd refuses it, and what holds the window open", () => {
    const view: Reproduced = reproduce(links[0] ?? "");
    const [replace, reset] = view.threads;
    expect(replace?.ops[0]?.remarks.join(" ")).toContain("`iommufd_hwpt_pasid_compat` refuses it with -EINVAL");
    expect(reset?.ops[0]?.calls).toEqual(["echo 1 > /sys/bus/pci/devices/0000:01:00.0/reset"]);
    expect(view.order.map(({ thread, how }) => [thread, how])).toEqual([
      ["CPU1", "sleep"],
      ["CPU0", "ended"],
      ["CPU1", "ended"],
    ]);
  });

  it.each(links)("stays within 72 columns and ends with the link: %s", (link) => {
    const lines = answer(["reproduce", link]).stdout.trimEnd().split("\n");
    expect(lines.slice(0, -1).filter((line) => line.length > COLUMNS)).toEqual([]);
    expect(lines.at(-1)).toBe(link);
  });

  it.each([
    [["reproduce"], 2, "takes a link"],
    [["reproduce", "#1/nowhere/linux-7_3"], 1, "not in the library"],
  ])("refuses %j", (argv, status, sentence) => {
    const said = answer(argv);
    expect(said.status).toBe(status);
    expect(said.stderr).toContain(sentence);
  });
});
