import { describe, expect, test } from "vitest";
import { attach, attachPasid, Lab, labScenario } from "../scenarios/lab.testkit.ts";

// What a request of the function gets, by what the tables, its enables and its reset say.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const lab = (given: Given = {}, design = "linux-7.3") => new Lab(labScenario(given), design);
const withPasid: Given = { attached: [attach("D0"), attachPasid("D1")] };

describe("a DMA", () => {
  test.each([
    ["identity", [], 0, "reached identity"],
    ["identity, by PASID", [], 1, "C_BAD_SUBSTREAMID"],
    ["stage 1", [attach("D0")], 0, "reached D0"],
    ["stage 1, by a PASID without CD", [attach("D0")], 1, "C_BAD_CD"],
    ["stage 2", [attach("D2")], 0, "reached D2"],
    ["stage 2, by PASID", [attach("D2")], 1, "C_BAD_SUBSTREAMID"],
    ["blocked", [attach("blocked")], 0, "aborted, no event"],
    ["a PASID", [attach("D0"), attachPasid("D1")], 1, "reached D1"],
    ["identity beside a PASID", [attachPasid("D1")], 0, "reached identity"],
    ["blocked beside a PASID", [attach("blocked"), attachPasid("D1")], 0, "F_STREAM_DISABLED"],
  ] as const)("on %s", (_name, attached, pasid, answer) => {
    expect(lab({ attached: [...attached] }).dma("A", pasid)).toBe(answer);
  });
  test("of a page that is not mapped any more", () => {
    const l = lab(withPasid);
    l.call("unmap", "unmap", "D0");
    expect(l.dma()).toBe("F_TRANSLATION");
    expect(l.dma("A", 1)).toBe("reached D1");
  });
  test("while the entry is being written with a break", () => {
    const l = lab({ attached: [attach("D0")], grain: "store" });
    const thread = l.start("replace", "core", "G", "D2");
    l.until(thread, () => l.ste().V === 0);
    expect(l.dma()).toBe("C_BAD_STE");
    l.run(thread);
    expect(l.dma()).toBe("reached D2");
  });
});

describe("an ATS request", () => {
  test("fills the ATC, and a DMA uses it", () => {
    const l = lab({ attached: [attach("D0")] });
    expect(l.ats()).toBe("reached D0");
    expect(l.s.pdev[1].atc[0]).toBe(l.domain("D0"));
    expect(l.dma()).toBe("reached D0");
  });
  test("on identity is not even sent: ATS is off there", () => {
    expect(lab().ats()).toBe("not issued: ATS is not enabled");
  });
  test("of a function without ATS is not sent", () => {
    expect(lab({ devices: [{ ats: false }], attached: [attach("D0")] }).ats()).toBe("not issued: ATS is not enabled");
  });
  test("of an unmapped page fills nothing", () => {
    const l = lab({ attached: [attach("D0")] });
    l.call("unmap", "unmap", "D0");
    expect(l.ats()).toBe("answered: no access");
    expect(l.s.pdev[1].atc[0]).toBe(0);
  });
});

describe("the ATC", () => {
  test("is invalidated by an unmap", () => {
    const l = lab({ attached: [attach("D0")] });
    l.ats();
    l.call("unmap", "unmap", "D0");
    expect(l.s.pdev[1].atc[0]).toBe(0);
  });
  test("is stale between the unmap and its invalidation", () => {
    const l = lab({ attached: [attach("D0")] });
    l.ats();
    const unmap = l.start("unmap", "unmap", "D0");
    l.until(unmap, () => l.s.domain[l.domain("D0")].mapped === 0);
    expect(l.dma()).toBe("reached D0");
    l.run(unmap);
    expect(l.dma()).toBe("F_TRANSLATION");
  });
  test("of the old domain is gone after a replace", () => {
    const l = lab({ attached: [attach("D0")] });
    l.ats();
    l.call("replace", "core", "G", "D1");
    expect(l.s.pdev[1].atc[0]).toBe(0);
    expect(l.dma()).toBe("reached D1");
  });
  test("of a PASID is gone after its detach, that of the RID is kept", () => {
    const l = lab(withPasid);
    l.ats();
    l.ats("A", 1);
    l.call("detach_pasid", "core", "A", 1, "D1");
    expect([l.s.pdev[1].atc[0], l.s.pdev[1].atc[1]]).toEqual([l.domain("D0"), 0]);
  });
});

describe.each(["linux-7.3", "test-dev-v1"])("%s, through a reset", (design) => {
  test.each([
    ["a DMA", (l: Lab) => l.dma(), "reached D0"],
    ["a DMA with a PASID", (l: Lab) => l.dma("A", 1), "reached D1"],
    ["an ATS request", (l: Lab) => l.ats(), "reached D0"],
    ["an ATS request with a PASID", (l: Lab) => l.ats("A", 1), "reached D1"],
  ])("%s is answered, not issued, and answered again", (_name, request, works) => {
    const l = lab(withPasid, design);
    expect(request(l)).toBe(works);
    const reset = l.start("reset", "reset via sysfs", "A");
    l.to(reset, "set Initiate FLR");
    expect(request(l)).toBe("not issued: no bus master");
    l.until(reset, () => l.s.pdev[1].in_reset === 1);
    expect(request(l)).toBe("not issued: in reset");
    l.run(reset);
    expect(request(l)).toBe(works);
  });
  test("empties the function's ATC", () => {
    const l = lab(withPasid, design);
    l.ats();
    l.ats("A", 1);
    l.reset();
    expect([l.s.pdev[1].atc[0], l.s.pdev[1].atc[1]]).toEqual([0, 0]);
  });
  test("whose caller saves nothing: the function stays silent", () => {
    const l = lab(withPasid, design);
    expect(l.call("reset", "core", "A")).toBe("0");
    expect(l.dma()).toBe("not issued: no bus master");
    expect(l.s.pdev[1].pasid_ctrl).toBe(0);
  });
  test("whose caller leaves bus master on: after prepare a request reaches nothing", () => {
    const l = lab({ attached: [attach("D0")] }, design);
    l.to(l.start("reset", "core", "A"), "set Initiate FLR");
    expect(l.dma()).toBe("aborted, no event");
    expect(l.ats()).toBe("not issued: ATS is not enabled");
  });
});

describe("an unmap while a function is in reset", () => {
  const twoGroups: Given = {
    devices: [
      { name: "A", sids: ["0x1"] },
      { name: "B", sids: ["0x2"] },
    ],
    groups: [{ devices: ["A"] }, { name: "H", devices: ["B"] }],
    attached: [attach("D0"), attach("D0", { group: "H" })],
  };
  test.each(["linux-7.3", "test-dev-v1"])("is sent to the other device only: %s", (design) => {
    const l = lab(twoGroups, design);
    l.ats("B");
    l.reset("A");
    const first = l.play.position;
    l.call("unmap", "unmap", "D0");
    const commands = l.play.records.slice(first).flatMap((r) => r.trace.filter((t) => t.kind === "command"));
    expect(commands.filter((c) => c.letter === "A").map((c) => c.text)).toEqual(["ATC_INV to B"]);
    expect(commands.filter((c) => c.letter === "T")).toHaveLength(1);
    expect(l.s.pdev[2].atc[0]).toBe(0);
    expect(l.violated()).toEqual([]);
  });
  test("before it, both get one", () => {
    const l = lab(twoGroups);
    l.call("unmap", "unmap", "D0");
    const commands = l.play.records.flatMap((r) => r.trace.filter((t) => t.kind === "command"));
    expect(commands.filter((c) => c.letter === "A").map((c) => c.text)).toEqual(["ATC_INV to A", "ATC_INV to B"]);
  });
  test("a detach waits for the reader that sends them", () => {
    const l = lab({ attached: [attach("D0")] });
    const unmap = l.start("unmap", "unmap", "D0");
    l.until(unmap, () => l.s.pdev[1].atc_inv === 1);
    const detach = l.start("detach", "core", "G", "D0");
    expect(l.run(detach)).toBe("waits");
    expect(l.play.machine.next(detach).text).toContain("write_lock");
    l.run(unmap);
    l.run(detach);
    expect(l.dma()).toBe("reached identity");
  });
});
