import { describe, expect, test } from "vitest";
import { attach, Lab, labScenario } from "../scenarios/lab.testkit.ts";

// Invalidation arrays through attach and detach, and readers that hold an older one.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const lab = (given: Given = {}, design = "linux-7.3") => new Lab(labScenario(given), design);

const two: Given = {
  devices: [
    { name: "A", sids: ["0x1"] },
    { name: "B", sids: ["0x2"] },
  ],
  groups: [{ devices: ["A"] }, { name: "H", devices: ["B"] }],
  attached: [attach("D0")],
};

describe("a reader", () => {
  test("of an array that was replaced sends an ATC_INV after the detach returned", () => {
    const l = lab(two);
    const unmap = l.start("unmap", "unmap", "D0");
    l.to(unmap, "read_lock `invs");
    l.call("attach", "core", "H", "D0");
    l.call("detach", "core", "G", "D0");
    l.reset("A");
    l.until(unmap, () => l.s.pdev[1].atc_inv === 1);
    expect(l.violated()).toContain("I-NOATC");
  });
});
