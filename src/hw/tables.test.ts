import { describe, expect, test } from "vitest";
import { attach, Lab, labScenario } from "../scenarios/lab.testkit.ts";
import { CFG_S1_TRANS, S1DSS_TERMINATE } from "./answers.ts";
import { reach } from "./tables.ts";

describe("reach", () => {
  const twoStreams = () => new Lab(labScenario({ devices: [{ sids: ["0x1", "0x2"] }], attached: [attach("D0")] }));
  test("is what every StreamID of a device gets", () => {
    const l = twoStreams();
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("D0"));
  });
  test("is -1 while they differ, as in the middle of an attach", () => {
    const l = twoStreams();
    const thread = l.start("replace", "core", "G", "D2");
    l.until(thread, () => reach(l.s, l.world, 1, 0) === -1);
    l.run(thread);
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("D2"));
  });
  test("of a device without PASIDs ignores S1DSS", () => {
    const l = new Lab(labScenario({ devices: [{ max_pasids: 0 }], attached: [attach("D0")] }));
    l.setSte(1, CFG_S1_TRANS, S1DSS_TERMINATE);
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("D0"));
  });
});
