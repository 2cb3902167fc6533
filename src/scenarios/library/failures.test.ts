import { describe, expect, test } from "vitest";
import { linux73 } from "../../kernel/designs/linux-7.3.ts";
import { CFG_ABORT } from "../../hw/answers.ts";
import { steFacts } from "../../hw/tables.ts";
import { errnoName } from "../../kernel/structs.ts";
import { makeModel } from "../build.ts";
import { brokenIn } from "../lab.testkit.ts";
import { Play } from "../play.ts";
import { findScenario } from "./find.ts";

// What Linux 7.3 does when a function never answers, and when done runs out of memory.

/** The reset alone, to its end; the statement that may fail for the `nth` time does, 0 for none. */
function reset(id: string, nth: number): Play {
  const world = findScenario(id);
  if (world === undefined) throw new Error(id);
  const play = new Play(makeModel(world, linux73, {}));
  for (let asked = 0; play.machine.outcomes(0) > 0; ) {
    const fails = play.machine.outcomes(0) > 1 && ++asked === nth;
    play.append({ kind: "choice", thread: 0, outcome: fails ? 1 : 0 });
  }
  return play;
}
const warns = (play: Play) => play.records.map(({ warn }) => warn).filter((warn) => warn !== "");

test.each(["reset-fails", "enomem-done"])("%s: with nothing failing, nothing is broken", (id) => {
  const play = reset(id, 0);
  expect([errnoName(play.machine.result(0)), brokenIn(play), warns(play)]).toEqual(["0", [], []]);
});

test("a function that never answers: -ENOTTY, and done attaches it again even so", () => {
  const play = reset("reset-fails", 1);
  expect(errnoName(play.machine.result(0))).toBe("-ENOTTY");
  const { state } = play.machine;
  expect([
    state.gdev[1].blocked,
    state.gdev[1].reset_depth,
    steFacts(state, play.model.world, 1).Config === CFG_ABORT,
  ]).toEqual([0, 0, false]);
  expect(brokenIn(play)).toEqual(["I-RESETOK"]);
  expect(warns(play)).toEqual([]);
});

describe("no memory at done", () => {
  test.each([1, 2])("for the RID, allocation %i: a WARN, the reset says 0, and no DMA passes any more", (nth) => {
    const play = reset("enomem-done", nth);
    expect(errnoName(play.machine.result(0))).toBe("0");
    expect(warns(play)).toEqual(["pci_dev_reset_iommu_done: RID", "pci_dev_reset_iommu_done: PASID"]);
    expect(steFacts(play.machine.state, play.model.world, 1).Config).toBe(CFG_ABORT);
    expect(play.machine.state.gdev[1].blocked).toBe(0);
    expect(brokenIn(play)).toEqual(["I-WARN", "I-OLD", "I-RESTORE"]);
  });
  test.each([3, 4])("for PASID 1, allocation %i: a WARN, the RID is back, and PASID 1 is lost", (nth) => {
    const play = reset("enomem-done", nth);
    expect(warns(play)).toEqual(["pci_dev_reset_iommu_done: PASID"]);
    expect(steFacts(play.machine.state, play.model.world, 1).Config).not.toBe(CFG_ABORT);
    expect(play.violations().get("I-RESTORE")?.why).toContain("`pasid_array[1]` is D1");
    expect(brokenIn(play)).toEqual(["I-WARN", "I-RESTORE"]);
  });
});
