import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findDesign } from "../../kernel/designs/index.ts";
import type { Design } from "../../kernel/design.ts";
import { compareCapture } from "./compare.ts";
import { Names } from "./names.ts";
import { partsOf } from "./parts.ts";
import { type Capture, readCapture } from "./read.ts";
import type { Comparison } from "./tally.ts";

const text = (name: string) => readFileSync(new URL(`data/${name}.json`, import.meta.url), "utf8");
const files = {
  "ats-sysfs": text("ats-sysfs"),
  "ats-iommufd": text("ats-iommufd"),
  "no-ats-sysfs": text("no-ats-sysfs"),
};
type Name = keyof typeof files;

/** A capture as its file has it, to be changed. */
const raw = (name: Name) => JSON.parse(files[name]) as Capture;
const compare = (capture: unknown) => compareCapture(readCapture(capture));

/** All that was compared: equal, different and not modelled. */
const sums = ({ rows }: Comparison) =>
  Object.values(rows).reduce(
    ([equal, different, notModelled], row) => [
      equal + row.equal,
      different + row.different,
      notModelled + row.notModelled,
    ],
    [0, 0, 0],
  );

describe("what was recorded is what the model does", () => {
  test.each([
    ["ats-sysfs", [1858, 0, 0]],
    ["ats-iommufd", [1144, 0, 0]],
    ["no-ats-sysfs", [782, 0, 0]],
  ] as const)("%s, bit by bit and command by command", (name, expected) => {
    const capture = raw(name);
    const found = compare(capture);
    expect(found.differences).toEqual([]);
    expect(found.notModelled).toEqual([]);
    expect(sums(found)).toEqual(expected);
    const judged = capture.scenarios.filter((s) => s.judged);
    expect(found.rows["commands in order"].equal).toBe(
      judged.flatMap((s) => s.trace).filter((t) => t.cmd !== undefined).length,
    );
    expect(found.rows["results of operations"].equal).toBe(judged.flatMap((s) => s.ops).length);
  });
  test("another kernel is another kernel", () => {
    const { differences } = compareCapture(
      readCapture(only("ats-iommufd", "ifd.14")),
      findDesign("test-dev-v1") as Design,
    );
    // it accepts what 7.3 refuses during a reset
    expect(
      differences.filter((d) => d.row === "results of operations").map((d) => [d.expected, d.actual]),
    ).toContainEqual(["EBUSY", "0"]);
  });
});

/** A capture with a few of its scenarios. */
function only(name: Name, ...labels: string[]): Capture {
  const capture = raw(name);
  return { ...capture, scenarios: capture.scenarios.filter((s) => labels.some((label) => s.label.startsWith(label))) };
}

/** Flips one bit of one qword. */
function flip(qwords: readonly string[] | undefined, qword: number, bit: number): void {
  if (qwords === undefined) throw new Error("nothing to flip");
  const value = BigInt(`0x${qwords[qword]}`) ^ (1n << BigInt(bit));
  (qwords as string[])[qword] = value.toString(16).padStart(16, "0");
}

const scenarioOf = (capture: Capture, label: string) => {
  const found = capture.scenarios.find((s) => s.label.startsWith(label));
  if (found === undefined) throw new Error(`no scenario ${label}`);
  return found;
};
const first = (trace: Trace, text: string) => {
  const found = trace.findIndex((t) => (t as { text?: string }).text?.startsWith(text) ?? false);
  if (found < 0) throw new Error(`no ${text}`);
  return found;
};
const noticed = (trace: Trace, kind: "ste" | "cd") => trace.find((t) => t[kind] !== undefined)?.[kind];
type Trace = Capture["scenarios"][number]["trace"];

describe("a change is seen", () => {
  // qword and bit: V, Config, a bit of S1CTXPTR, S1DSS, EATS, STRW, SHCFG, S2VMID, what nobody names
  test.each([
    [0, 0],
    [0, 3],
    [0, 20],
    [1, 1],
    [1, 28],
    [1, 31],
    [1, 44],
    [2, 0],
    [7, 63],
  ])("of bit %i.%i in an STE at rest, before or after, and at a command", (qword, bit) => {
    const change = (where: (s: Capture["scenarios"][number]) => readonly string[] | undefined, label: string) => {
      const capture = only("ats-iommufd", "ifd.10", "ifd.12", "ifd.13");
      flip(where(scenarioOf(capture, label)), qword, bit);
      return compare(capture).differences.length;
    };
    expect(change((s) => s.before["0x100"]?.ste, "ifd.13")).toBeGreaterThan(0);
    expect(change((s) => s.after["0x100"]?.ste, "ifd.12")).toBeGreaterThan(0);
    expect(change((s) => noticed(s.trace, "ste"), "ifd.12")).toBeGreaterThan(0);
  });
  // V, ASID, TTB0, IPS, MAIR
  test.each([
    [0, 31],
    [0, 49],
    [1, 20],
    [0, 32],
    [3, 0],
  ])("of bit %i.%i in a CD at rest, and at a command", (qword, bit) => {
    for (const where of ["rest", "command"]) {
      const capture = only("ats-iommufd", "ifd.11", "ifd.12");
      const { after, trace } = scenarioOf(capture, "ifd.12");
      flip(where === "rest" ? (after["0x100"]?.cd0 ?? undefined) : noticed(trace, "cd"), qword, bit);
      expect(compare(capture).differences[0]).toMatchObject({
        scenario: "ifd.12.vfio_reset_done",
        row: where === "rest" ? "CD at rest" : "CD at a command",
      });
    }
  });
  test("with the qwords of both, addresses of the capture in the model's", () => {
    const capture = only("ats-iommufd", "ifd.22", "ifd.24");
    flip(scenarioOf(capture, "ifd.24").after["0x100"]?.ste, 2, 36);
    expect(compare(capture).differences).toEqual([
      {
        scenario: "ifd.24.s2_sysfs_reset_done",
        row: "STE at rest",
        where: "STE 0x100 after",
        expected: "qword 2 044c358400000001",
        actual: "qword 2 044c359400000001",
      },
    ]);
  });
  test("of an errno, and only there", () => {
    const capture = only("ats-sysfs", "race.01", "race.02");
    const op = scenarioOf(capture, "race.02").ops[1];
    if (op !== undefined) op.result = "0";
    expect(compare(capture).differences).toEqual([
      {
        scenario: "race.02.type_during_flr_identity",
        row: "results of operations",
        where: "set_default_domain_type DMA 0000:01:00.0",
        expected: "0",
        actual: "EBUSY",
      },
    ]);
  });
  test.each(["CFGI_STE", "CFGI_CD", "PREFETCH_CFG", "TLBI", "ATC_INV", "SYNC"])(
    "when a %s is missing, comes twice or comes late",
    (name) => {
      for (const change of ["drop", "double", "late"] as const) {
        const capture = only("ats-sysfs", "type.07");
        const { trace } = scenarioOf(capture, "type.07");
        const at = first(trace, name);
        const [command] = trace.splice(at, 1);
        if (change === "double") trace.splice(at, 0, structuredClone(command) as Trace[0], command as Trace[0]);
        if (change === "late") trace.splice(at + 2, 0, command as Trace[0]);
        expect([change, compare(capture).differences.length > 0]).toEqual([change, true]);
      }
    },
  );
  // SID, leaf, CS, MSH; of a range NUM, SCALE, LEAF, TTL, TG and address; size of an ATC_INV
  test.each([
    ["CFGI_STE", 0, 33],
    ["CFGI_CD", 1, 0],
    ["SYNC", 0, 12],
    ["SYNC", 0, 22],
    ["TLBI", 0, 12],
    ["TLBI", 0, 22],
    ["TLBI", 0, 50],
    ["TLBI", 1, 0],
    ["TLBI", 1, 9],
    ["TLBI", 1, 10],
    ["TLBI", 1, 28],
    ["ATC_INV", 1, 2],
    ["ATC_INV", 1, 29],
  ])("of a %s, bit %i.%i", (name, qword, bit) => {
    const capture = only("ats-iommufd", "ifd.03", "ifd.06", "ifd.07");
    const { trace } = scenarioOf(capture, name.startsWith("CFGI") ? "ifd.03" : "ifd.07");
    flip(trace[first(trace, name)]?.cmd, qword, bit);
    expect(compare(capture).differences.length).toBeGreaterThan(0);
  });
  test("when a command comes while nobody does anything", () => {
    const capture = only("ats-sysfs", "type.01");
    const { trace, ops } = scenarioOf(capture, "type.01");
    trace.splice(0, trace.length, { cmd: ["30", "0"] });
    ops.splice(0);
    expect(compare(capture).differences[0]).toMatchObject({ row: "commands in order", expected: "TLBI_NSNH_ALL" });
  });
  test("of ATS Enable", () => {
    const capture = only("ats-sysfs", "type.04.");
    scenarioOf(capture, "type.04.").pci_ats_control["0000:01:00.0"] = "0";
    expect(compare(capture).differences).toHaveLength(1);
  });
  test("of ATS Enable behind an SMMU without ATS, even where tables are not known", () => {
    const capture = only("no-ats-sysfs", "type.04.");
    scenarioOf(capture, "type.04.").pci_ats_control["0000:02:00.0"] = "0x8000";
    expect(compare(capture).differences).toHaveLength(1);
  });
  test("of what VIOMMU_ALLOC returns", () => {
    const capture = only("ats-iommufd", "ifd.24", "ifd.27");
    Object.assign(scenarioOf(capture, "ifd.27").ops[0] ?? {}, { result: "0" });
    expect(compare(capture).differences).toHaveLength(1);
  });
  test("in a scenario that is not judged: at rest only", () => {
    const capture = only("ats-sysfs", "race.05", "race.07");
    scenarioOf(capture, "race.07").trace.splice(0);
    expect(compare(capture).differences).toEqual([]);
    flip(scenarioOf(capture, "race.07").after["0x100"]?.ste, 1, 28);
    expect(compare(capture).differences[0]).toMatchObject({ row: "STE at rest" });
  });
});

describe("what no procedure is there for", () => {
  test("is named, and what it may have changed is not compared until it is known again", () => {
    const capture = only("ats-iommufd", "ifd.03", "ifd.10", "ifd.11");
    const scenario = scenarioOf(capture, "ifd.10");
    scenario.ops = [{ op: "frobnicate", device: "0000:01:00.0", result: "0" }];
    const { differences, notModelled, taken } = compare(capture);
    expect(differences).toEqual([]);
    expect(notModelled).toContainEqual({ what: "operation frobnicate", count: 1 });
    expect(notModelled).toContainEqual({ what: "tables at rest after: operation frobnicate", count: 1 });
    expect(taken).toContain("tables of 0x100 before ifd.11.replaced_back: something that is not listed changed them");
  });
  test.each([{ method: "x" }, { through: "x" }, { through: "__proto__" }, { op: "x" }])(
    "nor what follows it in its scenario: %o",
    (change) => {
      const capture = only("ats-iommufd", "ifd.14");
      Object.assign(scenarioOf(capture, "ifd.14").ops[0] ?? {}, change);
      const { differences, rows } = compare(capture);
      expect(differences).toEqual([]);
      expect(rows["results of operations"].notModelled).toBe(3);
    },
  );
});

describe("what else a machine may do", () => {
  test("a second reset of a function: VFIO's is refused, that of sysfs waits", () => {
    const capture = only("ats-iommufd", "ifd.12", "ifd.13");
    const { ops, trace } = scenarioOf(capture, "ifd.13");
    const reset = { op: "reset", device: "0000:01:00.0", method: "flr", during_reset_of: "0000:01:00.0" };
    ops.push({ ...reset, through: "vfio", result: "EAGAIN" });
    expect(compare(capture).differences).toEqual([]);
    const later = (trace.at(-1)?.ms ?? 0) + 2;
    trace.push(...structuredClone(trace).map((t) => ({ ...t, ms: (t.ms ?? 0) + later })));
    ops.push({ ...reset, through: "sysfs", result: "0" });
    expect(compare(capture).differences).toEqual([]);
  });
  test("a capture may begin anywhere: what follows tells which page table a group has", () => {
    const { scenarios } = raw("ats-iommufd");
    for (const i of [3, 8, 13, 22])
      expect(compare({ ...raw("ats-iommufd"), scenarios: scenarios.slice(i) }).differences).toEqual([]);
  });
  test("tables that moved with their group are not compared until they are seen", () => {
    expect(compare(only("ats-sysfs", "multi.00", "multi.03")).differences).toEqual([]);
  });
  test("a freed tag may come back with another page table between two scenarios", () => {
    expect(compare(only("ats-sysfs", "boot.00", "type.04.")).differences).toEqual([]);
  });
});

describe("what user space maps", () => {
  const results = (...ops: readonly (readonly [op: string, iova: string, result: string])[]) => {
    const capture = only("ats-iommufd", "ifd.03", "ifd.04");
    const scenario = scenarioOf(capture, "ifd.04");
    scenario.ops = ops.map(([op, iova, result]) => ({ op, domain: "ioas1", size: "4K", iova, result }));
    return compare(capture).differences.filter((d) => d.row === "results of operations").length;
  };
  test("is an area where nothing is mapped, until it is unmapped", () => {
    expect(results(["map", "0x1000", "0"], ["map", "0x1000", "EEXIST"], ["map", "0x2000", "0"])).toBe(0);
    expect(results(["map", "0x1000", "0"], ["map", "0x1000", "0"])).toBe(1);
    expect(results(["map", "0x1000", "0"], ["unmap", "0x1000", "0"], ["unmap", "0x1000", "ENOENT"])).toBe(0);
  });
  test("goes as a whole or not at all", () => {
    const capture = only("ats-iommufd", "ifd.03", "ifd.04", "ifd.05");
    Object.assign(scenarioOf(capture, "ifd.04").ops[0] ?? {}, { size: "64K" });
    Object.assign(scenarioOf(capture, "ifd.05").ops[0] ?? {}, { result: "ENOENT" });
    scenarioOf(capture, "ifd.05").trace.splice(0);
    expect(compare(capture).differences).toEqual([]);
  });
  test.each(["0x0", "0xffffffffffff0000"])("goes with an unmap of everything from %s, in no time", (iova) => {
    const capture = only("ats-iommufd", "ifd.03", "ifd.04", "ifd.05");
    Object.assign(scenarioOf(capture, "ifd.05").ops[0] ?? {}, { iova, size: "0xffffffffffffffff" });
    expect(compare(capture).differences.length > 0).toBe(iova !== "0x0");
  });
});

describe("reading", () => {
  test.each([
    [null, "The capture is wrong at the top: expected an object, found null."],
    [{}, /^The capture is wrong at idr: expected this member to be there/],
    [{ ...raw("no-ats-sysfs"), scenarios: 3 }, "The capture is wrong at scenarios: expected a list, found 3."],
  ])("refuses what is no capture, in one sentence (%#)", (input, sentence) => {
    expect(() => readCapture(input)).toThrow(sentence);
  });
  test("says where an entry or an operation is wrong", () => {
    const short = raw("no-ats-sysfs");
    scenarioOf(short, "type.01").after["0x100"]?.ste.pop();
    expect(() => readCapture(short)).toThrow("at scenarios.1.after.0x100.ste: expected 8 qwords");
    const stranger = raw("no-ats-sysfs");
    Object.assign(scenarioOf(stranger, "type.01").ops[0] ?? {}, { device: "0000:09:00.0" });
    expect(() => readCapture(stranger)).toThrow("at scenarios.1.ops.0.device: expected a device that is listed");
    const empty = raw("no-ats-sysfs");
    scenarioOf(empty, "type.01").trace.push({ ms: 1 });
    expect(() => readCapture(empty)).toThrow("expected a command, or an STE or a CD with its sid");
  });
});

test("functions of one bus, and groups that attach one page table, share a world", () => {
  const capture = readCapture(raw("ats-iommufd"));
  const sids = (c: Capture) => partsOf(c).map((p) => p.devices.map((d) => d.sid).join(" "));
  expect(sids(capture)).toContain("0x400 0x401");
  expect(sids(capture)).toContain("0x100");
  scenarioOf(capture, "ifd.10").ops.push({
    op: "iommufd_attach",
    device: "0000:02:00.0",
    domain: "ioas1",
    result: "0",
  });
  expect(sids(capture)).toContain("0x100 0x200");
});

test("names are one to one for as long as they live", () => {
  const names = new Names();
  expect(names.bind("ASID", "7", "a")).toBe("");
  expect(names.bind("ASID", "7", "b")).not.toBe("");
  expect(names.bind("ASID", "8", "a")).not.toBe("");
  expect(names.bind("VMID", "7", "b")).toBe("");
  names.release("a");
  expect(names.bind("ASID", "7", "b")).toBe("");
});
