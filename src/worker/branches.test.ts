import { expect, test } from "vitest";
import { findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import type { LinkedProc } from "../sim/link.ts";
import { elsewhere } from "./branches.ts";

const shown = (scenario: string, name: string) => {
  const model = makeModel(findScenario(scenario) as never, findDesign("linux-7.3") as never, {});
  const proc = model.table.procs.find((p) => p.name === name) as LinkedProc;
  const out = elsewhere(proc, model.world);
  return proc.ops.flatMap(({ text }, i) => (text === "" || out.has(i) ? [] : [text]));
};

test("a listing has the branch of its world alone", () => {
  expect(shown("attach-flr", "arm_smmu_ste_writer_sync_entry")).toEqual(["CFGI_STE {stream}, CMD_SYNC"]);
  expect(shown("cached-ste", "arm_smmu_ste_writer_sync_entry")).toEqual(["`arm_smmu_cmdq_issue_cmd_with_sync`"]);
});

test("what is decided by a local is shown whole", () => {
  const both = shown("attach-flr", "__iommu_device_set_domain").filter((text) => text.includes("default domain?"));
  expect(both).toHaveLength(1);
});
