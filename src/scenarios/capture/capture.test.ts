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

/** Counts of a comparison: equal, different and not modelled of each row. */
const counts = ({ rows }: Comparison) =>
  Object.fromEntries(
    Object.entries(rows).map(([row, { equal, different, notModelled }]) => [row, [equal, different, notModelled]]),
  );

describe("what was recorded is what the model does", () => {
  test("type changes, resets and races through sysfs, with ATS", () => {
    const found = compare(raw("ats-sysfs"));
    expect(found.differences).toEqual([]);
    expect(counts(found)).toEqual({
      "results of operations": [37, 0, 2],
      "STE at rest": [76, 0, 0],
      "CD at rest": [58, 0, 0],
      "STE during a reset": [17, 0, 0],
      "CD during a reset": [3, 0, 0],
      "ATS enable at rest": [108, 0, 0],
      "commands in order": [120, 0, 41],
      "STE at a command": [159, 0, 0],
      "CD at a command": [102, 0, 0],
    });
  });
  test("VFIO and iommufd, with ATS", () => {
    const found = compare(raw("ats-iommufd"));
    expect(found.differences).toEqual([]);
    expect(counts(found)).toEqual({
      "results of operations": [33, 0, 19],
      "STE at rest": [40, 0, 0],
      "CD at rest": [27, 0, 0],
      "STE during a reset": [9, 0, 0],
      "CD during a reset": [0, 0, 0],
      "ATS enable at rest": [89, 0, 0],
      "commands in order": [91, 0, 26],
      "STE at a command": [91, 0, 0],
      "CD at a command": [53, 0, 0],
    });
  });
  test("sysfs again, on an SMMU without ATS", () => {
    const found = compare(raw("no-ats-sysfs"));
    expect(found.differences).toEqual([]);
    expect(counts(found)).toEqual({
      "results of operations": [25, 0, 2],
      "STE at rest": [41, 0, 0],
      "CD at rest": [31, 0, 0],
      "STE during a reset": [7, 0, 0],
      "CD during a reset": [0, 0, 0],
      "ATS enable at rest": [18, 0, 0],
      "commands in order": [50, 0, 23],
      "STE at a command": [50, 0, 0],
      "CD at a command": [30, 0, 0],
    });
  });
  test("nothing is left uncompared without a name", () => {
    for (const name of Object.keys(files) as Name[]) {
      const { rows, notModelled, taken } = compare(raw(name));
      const inRows = Object.values(rows).reduce((n, row) => n + row.notModelled, 0);
      expect(notModelled.reduce((n, x) => n + x.count, 0)).toBeGreaterThanOrEqual(inRows);
      expect([...notModelled.map((x) => x.what), ...taken].filter((what) => what === "")).toEqual([]);
    }
  });
  test("another kernel is another kernel", () => {
    const { differences } = compareCapture(readCapture(raw("ats-iommufd")), findDesign("test-dev-v1") as Design);
    // it accepts what 7.3 refuses during a reset
    expect(
      differences.filter((d) => d.row === "results of operations").map((d) => [d.expected, d.actual]),
    ).toContainEqual(["EBUSY", "0"]);
  });
});

/** Flips one bit of one qword. */
function flip(qwords: string[], qword: number, bit: number): void {
  const value = BigInt(`0x${qwords[qword]}`) ^ (1n << BigInt(bit));
  qwords[qword] = value.toString(16).padStart(16, "0");
}

const scenarioOf = (capture: Capture, label: string) => {
  const found = capture.scenarios.find((s) => s.label.startsWith(label));
  if (found === undefined) throw new Error(`no scenario ${label}`);
  return found;
};

describe("a change is seen", () => {
  // qword and bit: V, Config, S1ContextPtr, S1DSS, EATS, S2VMID
  test.each([
    [0, 0],
    [0, 1],
    [0, 3],
    [0, 20],
    [1, 1],
    [1, 28],
    [2, 0],
  ])("of bit %i.%i in an STE at rest, before or after", (qword, bit) => {
    for (const when of ["before", "after"] as const) {
      const capture = raw("ats-iommufd");
      flip(scenarioOf(capture, "ifd.12")[when]["0x100"]?.ste as string[], qword, bit);
      expect([when, compare(capture).differences.length > 0]).toEqual([when, true]);
    }
  });
  test.each([
    [0, 31],
    [0, 49],
    [1, 20],
  ])("of bit %i.%i in a CD at rest", (qword, bit) => {
    const capture = raw("ats-iommufd");
    flip(scenarioOf(capture, "ifd.12").after["0x100"]?.cd0 as string[], qword, bit);
    expect(compare(capture).differences[0]).toMatchObject({ scenario: "ifd.12.vfio_reset_done", row: "CD at rest" });
  });
  test("of a VMID", () => {
    const capture = raw("ats-iommufd");
    flip(scenarioOf(capture, "ifd.24").after["0x100"]?.ste as string[], 2, 1);
    expect(compare(capture).differences[0]).toMatchObject({ expected: "VMID 3" });
  });
  test("of an STE in the middle of a reset", () => {
    const capture = raw("ats-iommufd");
    const aborted = scenarioOf(capture, "ifd.12").trace.filter((t) => t.ste !== undefined)[1];
    flip(aborted?.ste as string[], 0, 3);
    expect(compare(capture).differences.map((d) => d.row)).toContain("STE during a reset");
  });
  test("of an errno, and only there", () => {
    const capture = raw("ats-sysfs");
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
  test.each(["CFGI_STE", "TLBI", "ATC_INV", "SYNC"])("when a %s is missing", (name) => {
    const opcode = { CFGI_STE: "03", TLBI: "11", ATC_INV: "40", SYNC: "46" }[name] ?? "";
    for (const label of ["type.01", "type.04.", "multi.02"]) {
      const capture = raw("ats-sysfs");
      const { trace } = scenarioOf(capture, label);
      // all CFGI of one change of an entry: how many it takes is not modelled
      const first = trace.findIndex((t) => t.cmd?.[0]?.endsWith(opcode) ?? false);
      const from = name === "CFGI_STE" ? trace[first]?.cmd?.[0] : undefined;
      const kept = trace.filter((t, i) => (from === undefined ? i !== first : t.cmd?.[0] !== from || (t.ms ?? 0) > 50));
      trace.splice(0, trace.length, ...kept);
      expect([label, compare(capture).differences.length > 0]).toEqual([label, true]);
    }
  });
  test("when two commands change places", () => {
    const capture = raw("ats-sysfs");
    const { trace } = scenarioOf(capture, "type.01");
    const tlbi = trace.findIndex((t) => t.cmd?.[0]?.endsWith("11") ?? false);
    const atc = trace.findIndex((t) => t.cmd?.[0]?.endsWith("40") ?? false);
    [trace[tlbi], trace[atc]] = [trace[atc] as (typeof trace)[0], trace[tlbi] as (typeof trace)[0]];
    expect(compare(capture).differences.length).toBeGreaterThan(0);
  });
  test("of ATS Enable", () => {
    const capture = raw("ats-sysfs");
    scenarioOf(capture, "type.04.").pci_ats_control["0000:01:00.0"] = "0";
    expect(compare(capture).differences).toHaveLength(1);
  });
  test("in a scenario that is not judged: at rest only", () => {
    const capture = raw("ats-sysfs");
    scenarioOf(capture, "race.07").trace.splice(0);
    expect(compare(capture).differences).toEqual([]);
    flip(scenarioOf(capture, "race.07").after["0x100"]?.ste as string[], 1, 28);
    expect(compare(capture).differences[0]).toMatchObject({ row: "STE at rest", expected: "EATS 0", actual: "EATS 1" });
  });
});

describe("what no procedure is there for", () => {
  test("is named, and what it may have changed is not compared until it is known again", () => {
    const capture = raw("ats-iommufd");
    const scenario = scenarioOf(capture, "ifd.10");
    scenario.ops = [{ op: "frobnicate", device: "0000:01:00.0", result: "0" }];
    const { differences, notModelled, taken } = compare(capture);
    expect(differences).toEqual([]);
    expect(notModelled).toContainEqual({ what: "operation frobnicate", count: 1 });
    expect(notModelled).toContainEqual({ what: "tables at rest after: operation frobnicate", count: 1 });
    expect(taken).toContain("tables of 0x100 before ifd.11.replaced_back: something that is not listed changed them");
  });
  test("PM resets are compared but for the reset itself", () => {
    const { notModelled } = compare(raw("ats-sysfs"));
    expect(notModelled.filter((x) => x.what.includes("reset method pm"))).toHaveLength(1);
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
