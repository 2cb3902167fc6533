import { describe, expect, test } from "vitest";
import { attach, Lab, labScenario } from "../scenarios/lab.testkit.ts";
import { commandAt, commandQwords } from "./cmdq.ts";

// The command queue as an actor: CPU0 is the SMMU, CPU1 its interrupt; what a test starts comes after them.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const SMMU = 0;
const IRQ = 1;
const lab = (given: Given = {}, design = "linux-7.3") =>
  new Lab(
    labScenario({
      smmus: [{ name: "smmu0", ats: true, sva: true, features: [] }],
      domains: [{ name: "D0" }],
      hardware: ["cmdq"],
      ...given,
    }),
    design,
  );
const queued = (l: Lab) =>
  Array.from({ length: l.s.cmdq[1].length }, (_x, i) =>
    commandQwords(l.world, commandAt(l.s, 1, i)).map((q) => q.toString(16).padStart(16, "0")),
  );
/** Lets everybody run to where nobody can. */
const rest = (l: Lab) => {
  for (let n = 0; n < 500; n++) {
    const next = l.play.machine.programs.findIndex((_p, t) => l.play.machine.outcomes(t) > 0);
    if (next < 0) return;
    l.step(next);
  }
  throw new Error("it never rests");
};

describe("the command queue", () => {
  test("holds the TLBI of an unmap until the SMMU has taken it, and lets its thread wait for the CMD_SYNC", () => {
    const l = lab({ attached: [attach("D0")] });
    const unmap = l.start("unmap", "unmap", "D0");
    expect(l.run(unmap)).toBe("waits");
    // TLBI_NH_VA of ASID 1, one page at 0x30000, last level; then CMD_SYNC
    expect(queued(l)).toEqual([
      ["0001000000000012", "0000000000030701"],
      ["000000000fc02046", "0000000000000000"],
    ]);
    l.step(SMMU);
    expect([queued(l).length, l.run(unmap)]).toEqual([1, "waits"]);
    l.step(SMMU);
    // ATC_INV to StreamID 1
    expect(l.run(unmap)).toBe("waits");
    expect(queued(l)[0]).toEqual(["0000000100000040", "0000000000030000"]);
    l.run(SMMU);
    expect(l.run(unmap)).toBe("");
    expect(l.violated()).toEqual([]);
  });
  test.each(["linux-7.3", "linux-7.0"])("is told of each command in the step that inserts it: %s", (design) => {
    const l = lab(
      { attached: [attach("D0")], domains: [{ name: "D0" }, { name: "D2", stage: 2, pasid_compat: false }] },
      design,
    );
    l.start("replace", "core", "G", "D2");
    l.start("unmap", "unmap", "D0");
    rest(l);
    const sending = l.play.records.filter(({ trace }) => trace.some(({ kind }) => kind === "command"));
    expect(sending.length).toBeGreaterThan(6);
    expect(sending.map(({ text }) => text).filter((text) => !/^(insert|submit)/.test(text))).toEqual([]);
  });
  test("keeps batches whole: nothing comes between a command and its CMD_SYNC", () => {
    const l = lab({ attached: [attach("D0")] });
    const [one, two] = [l.start("unmap", "unmap", "D0"), l.start("unmap", "unmap", "D0")];
    l.run(one);
    l.run(two);
    expect(queued(l).map(([q]) => q?.slice(-2))).toEqual(["12", "46", "12", "46"]);
    rest(l);
    expect([l.answer(one), l.answer(two)]).toEqual(["", ""]);
  });
  test("stops at the CMD_SYNC after an ATC_INV that a function in reset does not answer, and is started again", () => {
    const l = lab({ attached: [attach("D0")] }, "linux-6.17");
    const reset = l.reset("A");
    const unmap = l.start("unmap", "unmap", "D0");
    l.run(unmap);
    l.run(SMMU);
    l.run(unmap);
    l.run(SMMU);
    expect([l.s.cmdq[1].err, queued(l).length, l.answer(unmap)]).toEqual([3, 1, "waits"]);
    expect(l.play.records.at(-1)?.sentence).toContain("CERROR_ATC_INV_SYNC");
    expect(l.violated()).toContain("I-NOATC");
    l.run(IRQ);
    expect(l.s.cmdq[1].err).toBe(0);
    l.run(SMMU);
    expect(l.run(unmap)).toBe("");
    rest(l);
    expect(l.answer(reset)).toBe("0");
    // the two that never end are not stuck
    expect(l.violated()).not.toContain("I-DEADLOCK");
  });
  test("a reset that begins while an ATC_INV is on its way loses it", () => {
    const l = lab({ attached: [attach("D0")] }, "linux-6.17");
    const unmap = l.start("unmap", "unmap", "D0");
    l.run(unmap);
    l.run(SMMU);
    l.run(unmap);
    l.step(SMMU);
    expect(l.s.pdev[1].atc_inv).toBe(1);
    const reset = l.reset("A");
    l.run(reset);
    l.step(SMMU);
    expect(l.s.cmdq[1].err).toBe(3);
  });
});

test("what a step is said to send for a second level of CDs is what its queue holds: Leaf is 0 there, and 1 for the CD", () => {
  const l = lab({
    smmus: [{ name: "smmu0", ats: true, sva: true, features: ["2_LVL_CDTAB"] }],
    devices: [{ max_pasids: 1 << 16 }],
  });
  const bind = l.start("attach_pasid", "core", "A", 1, "D0");
  const held: string[] = [];
  for (let n = 0; n < 500 && l.answer(bind) !== "0"; n++) {
    l.step(l.play.machine.outcomes(bind) > 0 ? bind : SMMU);
    const last = l.play.records.at(-1)?.thread === bind ? queued(l) : [];
    held.push(...last.map((q) => q.join(" ")).filter((q) => q.startsWith("00000001") && q.slice(14, 16) === "05"));
  }
  const told = l.play.records.flatMap(({ trace }) =>
    trace.flatMap((t) => (t.kind === "command" && t.text.startsWith("CFGI_CD") ? t.qwords : [])),
  );
  const words = told.map((q) => q.map((x) => x.toString(16).padStart(16, "0")).join(" "));
  const [level, leaf] = ["0000000100001005 0000000000000000", "0000000100001005 0000000000000001"];
  // the CD is synced twice: what the SMMU ignores of it, then V
  expect(words).toEqual([level, leaf, leaf]);
  expect([...new Set(held)]).toEqual([level, leaf]);
});
