import { describe, expect, test } from "vitest";
import { attach, Lab, labScenario } from "../scenarios/lab.testkit.ts";
import { makeModel } from "../scenarios/build.ts";
import { readOptions } from "./design.ts";
import { designs, findDesign } from "./designs/index.ts";
import { callers, isOffered, opKindIndex, opKinds, opTitle, resultText, rootOf } from "./ops.ts";

const { world, table } = makeModel(labScenario(), designs[0]!, {});
const kind = (op: string, caller: string, ...args: number[]) => ({ kind: opKindIndex(op, caller), args });

describe("kinds of operations", () => {
  // their index stands in links: this list only ever grows at its end
  test("keep their numbers", () => {
    const names = opKinds.map((k) => `${k.op}/${k.caller}`);
    expect(names.slice(0, 21)).toEqual([
      "attach/core",
      "attach/iommufd",
      "replace/core",
      "replace/iommufd",
      "detach/core",
      "detach/iommufd",
      "attach_pasid/core",
      "attach_pasid/iommufd",
      "replace_pasid/core",
      "replace_pasid/iommufd",
      "detach_pasid/core",
      "detach_pasid/iommufd",
      "set_type/type",
      "reset/reset via sysfs",
      "reset/reset via vfio",
      "reset/core",
      "unmap/unmap",
      "dma/the function",
      "ats/the function",
      "setup_default/core",
      "claim/core",
    ]);
    expect(new Set(names).size).toBe(names.length);
  });
  test("fit into the six bits of a link", () => {
    expect(opKinds.length).toBeLessThanOrEqual(64);
  });
  test.each(opKinds.map((k) => [`${k.op}/${k.caller}`, k] as const))(
    "%s has a root that takes its arguments",
    (_n, k) => {
      const root = k.root(
        k.params.map(() => 1),
        world,
      );
      const proc = table.procs[table.index.get(root.proc) ?? -1];
      expect(proc?.arity).toBe(root.args.length);
    },
  );
  test.each(opKinds.map((k) => [`${k.op}/${k.caller}`, k] as const))(
    "%s says all its arguments, and no others",
    (_n, k) => {
      const said = [...k.title.matchAll(/\{(\d)\}/g)].map((m) => Number(m[1])).sort((a, b) => a - b);
      // who detaches names the group or device; the core's API wants the domain as well
      expect(said).toEqual(k.params.map((_p, i) => i));
      expect(callers[k.caller].id).toBe(k.caller);
    },
  );
  test("that set a world up, or are the hardware itself, are not offered", () => {
    expect(opKinds.filter((k) => !isOffered(k)).map((k) => k.op)).toEqual([
      "setup_default",
      "claim",
      "take_commands",
      "gerror",
      "take_events",
    ]);
  });
  test("are told in words", () => {
    expect(opTitle(kind("replace", "core", 1, 5), world)).toBe("replace the RID's domain of G with D2");
    expect(opTitle(kind("attach_pasid", "core", 1, 2, 3), world)).toBe("attach D0 to PASID 2 of A");
  });
  test("that do not exist have no root", () => {
    expect(() => rootOf({ kind: 63, args: [] }, world)).toThrow("operation 63 does not exist");
  });
  test("say what their result means", () => {
    expect(resultText(kind("attach", "core", 1, 3), world, -16)).toBe("-EBUSY");
    expect(resultText(kind("attach", "core", 1, 3), world, 0)).toBe("0");
    expect(resultText(kind("detach", "core", 1, 3), world, 0)).toBe("");
    expect(resultText(kind("dma", "the function", 1, 0), world, 3)).toBe("reached D0");
  });
});

describe("a design", () => {
  test("is found by its id", () => {
    expect(designs.map((d) => findDesign(d.id))).toEqual(designs);
    expect(findDesign("nothing")).toBeUndefined();
  });
  test.each(designs.map((d) => [d.id, d] as const))("%s has its options' defaults first", (_id, d) => {
    expect(readOptions(d, {})).toEqual(Object.fromEntries(d.options.map((o) => [o.id, o.values[0]?.id])));
  });
  test("refuses an option that it lacks, and a value that it does not know", () => {
    const [tested, landed] = [findDesign("test-dev-v1")!, findDesign("linux-7.3")!];
    expect(() => readOptions(landed, { retest: "yes" })).toThrow('linux-7.3 has no option "retest"');
    expect(() => readOptions(tested, { retest: "maybe" })).toThrow(
      'option retest of test-dev-v1 is no or yes, not "maybe"',
    );
  });
  test.each(designs.map((d) => [d.id, d] as const))("%s has the procedure that it calls done", (_id, d) => {
    const { table } = makeModel(labScenario(), d, {});
    expect(table.index.has(d.doneProc)).toBe(d.doneProc !== "");
    // without one, no reset may call the core
    const flr = table.procs[table.index.get("pcie_flr") ?? -1];
    expect(flr?.ops.some((op) => /prepare|done/.test(op.text))).toBe(d.doneProc !== "");
  });
  test("holds only what differs: linux-7.3 is the base", () => {
    expect(Object.keys(findDesign("linux-7.3")!.procs({}))).toEqual([]);
  });
});

describe("setting a world up", () => {
  const refused = (given: Parameters<typeof labScenario>[0], design = "linux-7.3") => {
    const scenario = labScenario(given);
    return expect(() => makeModel(scenario, findDesign(design)!, {}));
  };
  test("refuses what cannot be had, with the member that asks for it and the errno", () => {
    refused({ attached: [attach("D0"), attach("D9")] }).toThrow(
      `The scenario cannot begin, at attached.1: "attach D9 to G" fails with -E`,
    );
    refused({ groups: [{ default_domain: "D9" }], domains: [{ name: "D9", type: "DMA", smmu: "smmu1" }] }).toThrow(
      `The scenario cannot begin, at groups.0.default_domain: `,
    );
  });
  test("starts from an identity or another default domain, owned or not", () => {
    const l = new Lab(labScenario({ groups: [{ owned: true }] }));
    expect(l.s.group[1]).toMatchObject({ owner: 1, owner_cnt: 1, domain: l.domain("blocked") });
    const dma = new Lab(labScenario({ domains: [{ name: "D0", type: "DMA" }], groups: [{ default_domain: "D0" }] }));
    expect(dma.s.group[1]).toMatchObject({ owner: 0, default_domain: dma.domain("D0"), domain: dma.domain("D0") });
  });
  test("uses up none of the failures that the run may have", () => {
    const l = new Lab(labScenario({ attached: [attach("D0")], may_fail: ["master_domain"], failures: 2 }));
    expect(l.s.bound.failures_left).toBe(2);
    expect(l.s.bound.failed).toBe(0);
  });
  test("leaves nothing of its threads and no lock taken", () => {
    const l = new Lab(labScenario({ attached: [attach("D0")] }));
    const { bytes, layout } = l.play.machine;
    expect(bytes.subarray(layout.sharedSize).every((b) => b === 0)).toBe(true);
    expect(layout.locks.every((_lock, i) => l.play.machine.owner(i) === 0)).toBe(true);
  });
  test("breaks no property", () => {
    for (const design of designs) expect(new Lab(labScenario(), design.id).violated()).toEqual([]);
  });
});
