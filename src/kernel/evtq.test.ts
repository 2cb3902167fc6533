import { describe, expect, test } from "vitest";
import { decodeEvent, EVENTS, OTHER_EVENTS } from "../hw/event-fields.ts";
import { abortSte, cdtableSte } from "../hw/builders.ts";
import { put } from "../hw/fields.ts";
import { STE } from "../hw/ste-fields.ts";
import { attach, attachPasid, Lab, labScenario } from "../scenarios/lab.testkit.ts";
import type { Trace } from "../scenarios/play.ts";

// Which requests are recorded, bit by bit; and the queue with its thread, where there is one.

// CPU0 is the interrupt of the event queue
const IRQ = 0;
type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const lab = (given: Given = {}, design = "linux-7.3") => new Lab(labScenario(given), design);
const traces = <K extends Trace["kind"]>(l: Lab, kind: K) =>
  l.play.records.flatMap(({ trace }) => trace.filter((t): t is Extract<Trace, { kind: K }> => t.kind === kind));
const records = (l: Lab) =>
  traces(l, "event").map(({ qwords }) => qwords.map((q) => q.toString(16).padStart(16, "0")).join(" "));
const zero = "0000000000000000";

describe("an event record", () => {
  test.each([
    ["a valid CD", { attached: [attach("D0")] }, 0, []],
    ["an STE that aborts", { attached: [attach("blocked")] }, 0, []],
    ["no CD for a PASID", { attached: [attach("D0")] }, 1, [`000000010000180a ${zero} ${zero} ${zero}`]],
    // no SSV, and the driver reads no SSID without it
    ["a PASID without stage 1", {}, 1, [`0000000100001008 ${zero} ${zero} ${zero}`]],
    [
      "a RID that is blocked beside a PASID",
      { attached: [attach("blocked"), attachPasid("D1")] },
      0,
      [`0000000100000006 ${zero} ${zero} ${zero}`],
    ],
  ] as const)("of %s", (_name, given, pasid, said) => {
    const l = lab({ ...given, attached: [...((given as Given).attached ?? [])] });
    l.dma("A", pasid);
    expect(records(l)).toEqual(said);
  });
  test.each([
    // a read, at stage 1, of the page of D0
    ["D0", `0000000100000010 0000020800000000 0000000000030000 ${zero}`],
    // at stage 2, and at which address there
    ["D2", "0000000100000010 0000028800000000 0000000000050000 0000000000050000"],
  ])("of a page of %s that is not mapped", (domain, said) => {
    const l = lab({ attached: [attach(domain)] });
    l.call("unmap", "unmap", domain);
    expect([l.dma(), records(l)]).toEqual(["F_TRANSLATION", [said]]);
  });
  test("of an STE while it is written, and of one that the architecture calls illegal", () => {
    const l = lab({ attached: [attach("D0")], grain: "store" });
    l.until(l.start("replace", "core", "G", "D2"), () => l.ste().V === 0);
    l.dma();
    const sample = { features: new Set<string>(), stall_enabled: false, ats_enabled: false, s1dss: 2, s1cdmax: 1 };
    const illegal = [...cdtableSte({ ...sample, cdtab_dma: 0x1000n, s1fmt: 0 })];
    illegal[1] = (illegal[1] ?? 0n) | put(STE.EATS, 2);
    const hex = (q: readonly bigint[]) => q.map((word) => `0x${word.toString(16)}`);
    const other = lab({
      entries: [
        { name: "legal", kind: "ste", qwords: hex(abortSte()) },
        { name: "illegal", kind: "ste", qwords: hex(illegal) },
      ],
    });
    other.call("write_entry", "unit test", "A", "illegal");
    expect([other.dma(), other.ste().V]).toEqual(["C_BAD_STE", 1]);
    for (const one of [l, other]) expect(records(one)).toEqual([`0000000100000004 ${zero} ${zero} ${zero}`]);
  });
  test("of a StreamID of which the driver knows nothing", () => {
    const devices = [
      { name: "A", sids: ["0x1"] },
      { name: "B", sids: ["0x100"], hot_added: true },
    ];
    const l = lab({ devices, groups: [{ devices: ["A", "B"] }] });
    expect(l.dma("B")).toBe("C_BAD_STREAMID");
    l.call("hot_add", "PCI hotplug", "B");
    expect(l.dma("B")).toBe("reached identity");
    expect(records(l)).toEqual([`0000010000000002 ${zero} ${zero} ${zero}`]);
  });
  test("of ATS: only where it is off", () => {
    const l = lab({ attached: [attach("D0")] });
    l.ats();
    const [held] = l.s.pdev[1].atc;
    l.call("replace", "core", "G", "identity");
    // a function that takes no notice
    Object.assign(l.s.pdev[1], { ats_ctrl: 1 });
    expect(l.ats()).toBe("UR, F_BAD_ATS_TREQ");
    l.s.pdev[1].atc[0] = held ?? 0;
    expect(l.dma()).toBe("F_TRANSL_FORBIDDEN");
    expect(traces(l, "event").map(({ qwords }) => decodeEvent(qwords))).toMatchObject([
      { id: OTHER_EVENTS.F_BAD_ATS_TREQ, sid: 1, iova: 0x30000n },
      { id: OTHER_EVENTS.F_TRANSL_FORBIDDEN, sid: 1, read: true, iova: 0x9_0003_0000n },
    ]);
    l.setSte(1, 0);
    expect([l.ats(), l.dma()]).toEqual(["UR, no event", "aborted, no event"]);
    expect(records(l)).toHaveLength(2);
  });
});

test("a fault below a guest says both addresses, and is the host's; one of the guest's own is forwarded", () => {
  const l = lab({
    domains: [
      { name: "S2P", stage: 2, pasid_compat: false },
      { name: "N1", stage: undefined, type: "NESTED", vsmmu: "vSMMU", pasid_compat: false },
    ],
    vsmmus: [{ name: "vSMMU", smmu: "smmu0", s2_parent: "S2P" }],
    groups: [{ owned: true }],
    attached: [
      { op: "alloc_vdevice", caller: "iommufd", device: "A", vsmmu: "vSMMU" },
      attach("N1", { caller: "iommufd" }),
    ],
    hardware: ["evtq"],
  });
  const told = () =>
    traces(l, "op")
      .map(({ text }) => text)
      .filter((text) => /report_event|log it/.test(text));
  l.call("unmap", "unmap", "S2P");
  l.dma();
  l.run(IRQ);
  expect(decodeEvent(traces(l, "event")[0]?.qwords ?? [])).toMatchObject({ s2: true, iova: 0x40000n, ipa: 0x30000n });
  expect(told()).toEqual(["log it: nobody else will", "`arm_smmu_dump_event`: log it"]);
  // SSIDs are none of a nested STE's business here
  l.dma("A", 1);
  l.run(IRQ);
  expect(told().at(-1)).toBe("`arm_vmaster_report_event`: with the StreamID that the guest knows");
});

const stalls: Given = {
  devices: [{ name: "A", stall: true }],
  groups: [{ owned: true }],
  domains: [{ name: "D0" }, { name: "F1", iopf: true }],
  hardware: ["evtq"],
};

describe("the event queue", () => {
  test("holds records until the thread has read them, and says which were lost", () => {
    const l = lab({ attached: [attach("D0")], hardware: ["evtq"] });
    for (const _n of [1, 2, 3, 4]) l.dma("A", 1);
    expect(l.s.evtq[1]).toMatchObject({ length: 2, ovflg: 1, ovackflg: 0 });
    expect(traces(l, "event").map(({ lost }) => lost)).toEqual([false, false, true, true]);
    expect(l.run(IRQ)).toBe("waits");
    expect(l.s.evtq[1]).toMatchObject({ length: 0, ovflg: 1, ovackflg: 1 });
    // it reads PROD, two records, and PROD once more
    const texts = traces(l, "op").map(({ text }) => text);
    expect(texts.filter((text) => text.includes("PROD") || text.includes("oldest"))).toEqual([
      "read `EVENTQ_PROD`: 2 to read; the queue overflowed",
      "read the oldest record: C_BAD_CD of 0x1 ssid 1; CONS moves on",
      "read the oldest record: C_BAD_CD of 0x1 ssid 1; CONS moves on",
      "read `EVENTQ_PROD`: 0 to read; the queue overflowed",
    ]);
    expect(texts.filter((text) => text === "log it: events are lost")).toHaveLength(1);
  });
  test("lets a request stall until the answer to its page request comes as a CMD_RESUME", () => {
    // a domain without a handle has no handler: only iommufd gives one
    const l = lab({ ...stalls, attached: [attach("F1", { caller: "iommufd" })] });
    l.call("unmap", "unmap", "F1");
    const dma = l.start("dma", "the function", "A", 0);
    expect(l.run(dma)).toBe("waits");
    expect(decodeEvent(traces(l, "event")[0]?.qwords ?? [])).toMatchObject({
      id: EVENTS.F_TRANSLATION,
      stall: true,
      stag: 1,
    });
    l.run(IRQ);
    expect([l.s.dev_iommu[1].faults, l.run(dma)]).toEqual([1, "waits"]);
    l.call("map", "map", "F1");
    l.call("respond", "fault handler", "A");
    expect(l.run(dma)).toBe("reached F1");
    // RETRY, the StreamID, and the STAG of the event
    expect(traces(l, "command").at(-1)?.qwords).toEqual([[0x1_0000_1044n, 1n]]);
  });
  test("ends a stall that its handler refuses", () => {
    const l = lab({ ...stalls, attached: [attach("F1", { caller: "iommufd" })] });
    l.call("unmap", "unmap", "F1");
    const dma = l.start("dma", "the function", "A", 0);
    l.run(dma);
    l.run(IRQ);
    l.call("refuse", "fault handler", "A");
    expect([l.s.dev_iommu[1].faults, l.run(dma)]).toEqual([0, "aborted by a CMD_RESUME"]);
    expect(traces(l, "command").at(-1)?.qwords).toEqual([[0x1_0000_2044n, 1n]]);
  });
  test("ends a stall that nobody handles", () => {
    const l = lab({ ...stalls, attached: [attach("D0")] });
    l.call("unmap", "unmap", "D0");
    const dma = l.start("dma", "the function", "A", 0);
    l.run(dma);
    l.run(IRQ);
    expect(l.run(dma)).toBe("aborted by a CMD_RESUME");
  });
  test("never loses a stall: the request waits for room", () => {
    const l = lab({ ...stalls, attached: [attach("F1")] });
    for (const _n of [1, 2]) l.dma("A", 1);
    l.call("unmap", "unmap", "F1");
    const dma = l.start("dma", "the function", "A", 0);
    l.run(dma);
    expect([l.s.evtq[1].ovflg, l.answer(dma), traces(l, "event").length]).toEqual([0, "waits", 2]);
    l.until(IRQ, () => l.s.evtq[1].length === 1);
    l.run(dma);
    expect(traces(l, "event").at(-1)?.text).toBe("F_TRANSLATION of 0x1, stalls");
  });
});

test("the RID's domain is asked for its type, though a group may be on none", () => {
  const l = lab({ groups: [{ default_domain: "none" }] });
  expect(l.call("attach_pasid", "core", "A", 1, "D1")).toBe("oops");
});
