import { describe, expect, test } from "vitest";
import type { World } from "../kernel/structs.ts";
import { attach, attachPasid, Lab, labScenario } from "../scenarios/lab.testkit.ts";
import { effectsOfQwords } from "./cache-commands.ts";
import { makeCfgiAll, makeCfgiCd, makeCfgiSte, makePrefetchCfg, makeTlbi } from "./commands.ts";
import { OPCODES } from "./command-fields.ts";
import type { Qwords } from "./fields.ts";

// What an SMMU holds, and what takes it away. CPU0 is the SMMU at its queue, CPU1 its interrupt; a test's threads follow.

type Given = NonNullable<Parameters<typeof labScenario>[0]>;
const SMMU = 0;
const one: Given = {
  smmus: [{ name: "smmu0" }],
  domains: [{ name: "D0" }, { name: "D1" }, { name: "D2", stage: 2, pasid_compat: false }],
};
const lab = (given: Given = {}, design = "linux-7.3") =>
  new Lab(labScenario({ ...one, hardware: ["cmdq", "cache"], ...given }), design);

describe("a command takes, by its encoding,", () => {
  // D0 and D1 have the ASIDs 1 and 2, D2 and D3 the VMIDs 1 and 2; N1 is nested on D2
  const given: Given = {
    devices: [{ sids: ["0x1"] }, { name: "B", sids: ["0x2"] }],
    groups: [{ devices: ["A", "B"] }],
    domains: [
      { name: "D0" },
      { name: "D1" },
      { name: "D2", stage: 2, pasid_compat: false },
      { name: "D3", stage: 2, pasid_compat: false },
      { name: "N1", type: "NESTED", vsmmu: "V", stage: undefined, pasid_compat: false },
    ],
    vsmmus: [{ name: "V", smmu: "smmu0", s2_parent: "D2" }],
  };
  const el1 = { ...given, smmus: [{ name: "smmu0", features: [] }] };
  const [worldAtEl2, worldAtEl1] = [lab(given).world, lab(el1).world];
  const tlbi = (op: keyof typeof OPCODES, asid: number, vmid = 0) => makeTlbi(OPCODES[op], asid, vmid);
  /** The same with a range: TG 4K. */
  const ranged = (q: Qwords, num: number, scale: number, va: bigint): Qwords => [
    (q[0] ?? 0n) | (BigInt(num) << 12n) | (BigInt(scale) << 20n),
    (1n << 10n) | va,
  ];
  test.each<[string, Qwords, string[], World?]>([
    ["CFGI_STE", makeCfgiSte(2, true), ["ste 2"]],
    ["CFGI_STE of nobody", makeCfgiSte(9, true), []],
    ["CFGI_STE_RANGE of 2", [0x04n | (2n << 32n), 0n], ["ste 2"]],
    ["CFGI_ALL", makeCfgiAll(), ["ste 1", "ste 2"]],
    ["CFGI_CD", makeCfgiCd(1, 2, true), ["cd 1 2"]],
    ["CFGI_CD without Leaf", makeCfgiCd(1, 2, false), ["cd 1 2", "l1cd 1"]],
    ["PREFETCH_CFG", makePrefetchCfg(1), ["ahead 1"]],
    ["TLBI_EL2_ASID", tlbi("TLBI_EL2_ASID", 2), ["D1"]],
    ["TLBI_NH_ASID, of a stage 1 at EL2", tlbi("TLBI_NH_ASID", 2), []],
    ["TLBI_NH_ASID, of one at EL1", tlbi("TLBI_NH_ASID", 2), ["D1"], worldAtEl1],
    ["TLBI_NH_ASID of a guest", tlbi("TLBI_NH_ASID", 2, 1), [], worldAtEl1],
    ["TLBI_EL2_VA of a page that lies elsewhere", [...tlbi("TLBI_EL2_VA", 1).slice(0, 1), 0x40000n], []],
    ["TLBI_EL2_VA of 7 * 2 pages before it", ranged(tlbi("TLBI_EL2_VA", 1), 6, 1, 0x22000n), []],
    ["TLBI_EL2_VA of 8 * 2 pages up to it", ranged(tlbi("TLBI_EL2_VA", 1), 7, 1, 0x21000n), ["D0"]],
    ["TLBI_S2_IPA", ranged(tlbi("TLBI_S2_IPA", 0, 1), 0, 0, 0x50000n), ["D2"]],
    ["TLBI_S12_VMALL", tlbi("TLBI_S12_VMALL", 0, 1), ["D2", "N1"]],
    ["TLBI_NH_ALL", tlbi("TLBI_NH_ALL", 0, 1), ["N1"]],
  ])("%s", (_name, q, taken, w = worldAtEl2) => {
    const said = effectsOfQwords(w, 1, q).map(({ what, of, ssid }) =>
      what === "page" ? w.domain[of]?.name : `${what} ${of}${what === "cd" ? ` ${ssid}` : ""}`,
    );
    expect(said).toEqual(taken);
    // another SMMU's queue is none of its business
    expect(effectsOfQwords(w, 2, q)).toEqual([]);
  });
});

/** Lets the SMMU and a thread run, whoever can, until something holds. */
function together(l: Lab, thread: number, until: () => boolean): void {
  for (let n = 0; !until(); n++) {
    const next = [thread, SMMU].find((t) => l.play.machine.outcomes(t) > 0);
    if (n > 400 || next === undefined) throw new Error("it never came to that");
    l.step(next);
  }
}
const queued = (l: Lab) => l.s.cmdq[1].length > 0;
const ends = (l: Lab, thread: number) => () => l.answer(thread) !== "waits" && l.play.machine.outcomes(thread) === 0;

describe("a DMA meets", () => {
  test("the STE that the SMMU holds, until its CFGI_STE is taken", () => {
    const l = lab({ attached: [attach("D0")] });
    expect(l.dma()).toBe("reached D0");
    together(l, l.start("replace", "core", "G", "D2"), () => l.ste().V === 0 && queued(l));
    expect(l.dma()).toBe("reached D0");
    l.step(SMMU);
    expect(l.dma()).toBe("C_BAD_STE");
    expect(l.violated()).toEqual([]);
  });
  test("no longer what the SMMU has dropped by itself: entries, or a page", () => {
    const l = lab({ attached: [attach("D0")] });
    l.dma();
    together(l, l.start("replace", "core", "G", "D2"), () => l.ste().V === 0 && queued(l));
    expect(l.dma()).toBe("reached D0");
    l.call("evict", "the SMMU by itself", "A");
    expect([l.s.ste_cache[1].held, l.dma()]).toEqual([0, "C_BAD_STE"]);
    const other = lab({ attached: [attach("D0")] });
    other.dma();
    together(other, other.start("unmap", "unmap", "D0"), () => queued(other));
    expect(other.dma()).toBe("reached D0");
    other.call("evict_page", "the SMMU by itself", "D0");
    expect(other.dma()).toBe("F_TRANSLATION");
    expect([l.violated(), other.violated()]).toEqual([[], []]);
  });
  test("an STE that was read while V was 0, and then no longer is", () => {
    const l = lab({ attached: [attach("D0")] });
    const replace = l.start("replace", "core", "G", "D2");
    together(l, replace, () => l.ste().V === 0 && queued(l));
    const toStore = () => l.play.machine.next(replace).text.startsWith("store");
    together(l, replace, () => l.ste().S2TTB > 0 && !queued(l) && toStore());
    l.call("read_ahead", "the SMMU by itself", "A", 0);
    together(l, replace, () => l.ste().V === 1);
    expect(l.dma()).toBe("C_BAD_STE");
    together(l, replace, ends(l, replace));
    expect([l.dma(), l.violated()]).toEqual(["reached D2", []]);
  });
  test("the page that the TLB holds, and so does an ATS request; none of both when the unmap returns", () => {
    const l = lab({ attached: [attach("D0")] });
    l.dma();
    const unmap = l.start("unmap", "unmap", "D0");
    together(l, unmap, () => queued(l));
    expect([l.s.domain[l.domain("D0")].mapped, l.ats(), l.s.pdev[1].atc[0]]).toEqual([0, "reached D0", l.domain("D0")]);
    together(l, unmap, ends(l, unmap));
    expect([l.dma(), l.ats(), l.violated()]).toEqual(["F_TRANSLATION", "answered: no access", []]);
  });
  test("nothing of another ssid's CD: CFGI_CD takes one", () => {
    const l = lab({ attached: [attach("D0"), attachPasid("D1")] });
    l.dma();
    l.dma("A", 1);
    const detach = l.start("detach_pasid", "core", "A", 1, "D1");
    together(l, detach, ends(l, detach));
    expect([...l.s.cd_cache[1].held]).toEqual([1, 0, 0]);
    expect([l.dma("A", 1), l.dma()]).toEqual(["C_BAD_CD", "reached D0"]);
  });
  test("what a process left in the TLB, though its CD stops walks", () => {
    const l = lab({
      domains: [{ name: "S", type: "SVA", mm: "P", stage: undefined, pasid_compat: false }],
      mms: [{ name: "P", pasid: 1 }],
      attached: [{ op: "bind_sva", caller: "sva", device: "A", mm: "P" }],
    });
    l.dma("A", 1);
    const exit = l.start("exit", "the process", "P");
    together(l, exit, () => l.cd(1).EPD0 === 1 && !queued(l));
    expect(l.dma("A", 1)).toBe("reached S");
    together(l, exit, ends(l, exit));
    expect(l.dma("A", 1)).toBe("F_TRANSLATION");
  });
});

describe("a world whose SMMUs hold nothing", () => {
  const l = new Lab(labScenario({ hardware: ["cmdq"] }));
  test("has no byte for it", () => {
    expect(l.play.machine.layout.fields.filter(({ struct }) => /cache|iotlb/.test(struct))).toEqual([]);
  });
  test("is offered no reading ahead", () => {
    expect(() => labScenario({ hardware: ["cache"] })).toThrow(/at hardware: expected "cmdq" beside "cache"/);
    const op = { op: "read_ahead", caller: "the SMMU by itself", device: "A", pasid: 0 };
    expect(() => labScenario({ threads: [{ ops: [op] }] })).toThrow(/expected a scenario with "cache" in hardware/);
  });
});
