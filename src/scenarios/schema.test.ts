import { describe, expect, test } from "vitest";
import { attach, attachPasid, labScenario } from "./lab.testkit.ts";
import { worlds } from "./library/worlds.ts";
import { ScenarioError } from "./refused.ts";
import { readScenario } from "./schema.ts";

// What claims to be a scenario and is none: one sentence, with the place, what was expected and what was found.

// biome-ignore lint/suspicious/noExplicitAny: the point is to break it
type Broken = any;

const good = () =>
  structuredClone(
    labScenario({
      attached: [attach("D0"), attachPasid("D1")],
      threads: [{ ops: [{ op: "reset", caller: "core", device: "A" }] }],
    }),
  );

const refusalOf = (input: unknown): string => {
  try {
    readScenario(input);
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    return (error as Error).message;
  }
  return "";
};
const refusal = (change: (s: Broken) => void): string => {
  const scenario = good();
  change(scenario);
  return refusalOf(scenario);
};
const says = (where: string, expected: string, found: string) =>
  `The scenario is wrong at ${where}: expected ${expected}, found ${found}.`;

describe("a good scenario", () => {
  test("is read", () => {
    expect(refusalOf(good())).toBe("");
  });
  test.each(worlds.map((w) => [w.id, w] as const))("of the library: %s", (_id, w) => {
    expect(refusalOf(w)).toBe("");
    expect(refusalOf(JSON.parse(JSON.stringify(w)))).toBe("");
  });
  test("gets what it leaves out", () => {
    const read = readScenario({ ...good(), may_fail: undefined, failures: undefined });
    expect([read.may_fail, read.failures]).toEqual([[], 0]);
  });
  test("is read to the same thing again", () => {
    const once = readScenario(good());
    expect(readScenario(once)).toEqual(once);
  });
});

describe("what is no object at all", () => {
  test.each([
    [null, "null"],
    [5, "5"],
    ["text", '"text"'],
    [undefined, "nothing"],
  ])("%j", (input, found) => {
    expect(refusalOf(input)).toBe(says("the top", "an object", found));
  });
});

describe("a member", () => {
  const gone = "this member to be there";
  test.each<[string, (s: Broken) => void, string, string, string]>([
    ["missing", (s) => delete s.groups, "groups", gone, "nothing"],
    ["missing inside", (s) => delete s.devices[0].name, "devices.0.name", gone, "nothing"],
    ["missing in an operation", (s) => delete s.attached[0].op, "attached.0.op", gone, "nothing"],
    ["unknown", (s) => void (s.colour = "red"), "colour", "no member of this name", '"colour"'],
    ["unknown inside", (s) => void (s.domains[1].colour = 1), "domains.1.colour", "no member of this name", '"colour"'],
    ["not a text", (s) => void (s.title = 5), "title", "a text", "5"],
    ["not a list", (s) => void (s.devices = {}), "devices", "a list", "{}"],
    ["not a truth", (s) => void (s.devices[0].ats = "yes"), "devices.0.ats", "true or false", '"yes"'],
    ["not a number", (s) => void (s.failures = "1"), "failures", "a number", '"1"'],
    ["not an object", (s) => void (s.threads[0].ops[0] = 7), "threads.0.ops.0", "an object", "7"],
    ["not whole", (s) => void (s.failures = 0.5), "failures", "a whole number", "0.5"],
  ])("%s", (_name, change, where, expected, found) => {
    expect(refusal(change)).toBe(says(where, expected, found));
  });
});

describe("a value out of its range", () => {
  test.each<[string, (s: Broken) => void, string, string, string]>([
    ["no device", (s) => void (s.devices = []), "devices", "at least one entry", "[]"],
    ["no SMMU", (s) => void (s.smmus = []), "smmus", "at least one entry", "[]"],
    ["no group", (s) => void (s.groups = []), "groups", "at least one entry", "[]"],
    ["no StreamID", (s) => void (s.devices[0].sids = []), "devices.0.sids", "at least one StreamID", "[]"],
    ["no operation", (s) => void (s.threads[0].ops = []), "threads.0.ops", "at least one operation", "[]"],
    ["a group of none", (s) => void (s.groups[0].devices = []), "groups.0.devices", "at least one device", "[]"],
    ["PASID too large", (s) => void (s.attached[1].pasid = 8), "attached.1.pasid", "a PASID up to 7", "8"],
    ["PASID below 0", (s) => void (s.attached[1].pasid = -1), "attached.1.pasid", "a PASID from 0", "-1"],
    [
      "PASID of the RID",
      (s) => void (s.attached[1].pasid = 0),
      "attached.1.pasid",
      "a PASID from 1 for attach_pasid",
      "0",
    ],
    ["stage 3", (s) => void (s.domains[0].stage = 3), "domains.0.stage", "1 or 2", "3"],
    [
      "odd type",
      (s) => void (s.domains[0].type = "PAGING"),
      "domains.0.type",
      "UNMANAGED, DMA, NESTED or SVA",
      '"PAGING"',
    ],
    [
      "SVA of a stage",
      (s) => void (s.domains[0].type = "SVA"),
      "domains.0.stage",
      "nothing for a domain of type SVA",
      "1",
    ],
    [
      "nested without vSMMU",
      (s) => {
        delete s.domains[0].stage;
        s.domains[0].type = "NESTED";
      },
      "domains.0.vsmmu",
      "the name of a vSMMU for a domain of type NESTED",
      "nothing",
    ],
    ["failures", (s) => void (s.failures = 9), "failures", "at most 8", "9"],
    ["max_pasids", (s) => void (s.devices[0].max_pasids = -1), "devices.0.max_pasids", "0 or more", "-1"],
    [
      "max_pasids above",
      (s) => void (s.devices[0].max_pasids = 2 ** 21),
      "devices.0.max_pasids",
      "at most 2^20",
      "2097152",
    ],
    [
      "a StreamID as number",
      (s) => void (s.devices[0].sids = ["1"]),
      "devices.0.sids.0",
      "a StreamID such as 0x100",
      '"1"',
    ],
    [
      "what cannot fail",
      (s) => void (s.may_fail = ["luck"]),
      "may_fail.0",
      "the name of something that may fail",
      '"luck"',
    ],
    [
      "compatible stage 2",
      (s) => void (s.domains[2].pasid_compat = true),
      "domains.2.pasid_compat",
      "true for a stage 1 domain only",
      "true",
    ],
  ])("%s", (_name, change, where, expected, found) => {
    expect(refusal(change)).toBe(says(where, expected, found));
  });
});

describe("a list that is too long", () => {
  const times = (n: number, make: (i: number) => unknown) => Array.from({ length: n }, (_, i) => make(i));
  test.each<[string, (s: Broken) => void, string]>([
    ["smmus", (s) => void (s.smmus = times(5, (i) => ({ name: `x${i}` }))), "smmus: expected at most 4 entries"],
    ["devices", (s) => void (s.devices = times(8, () => s.devices[0])), "devices: expected at most 7 entries"],
    ["groups", (s) => void (s.groups = times(8, () => s.groups[0])), "groups: expected at most 7 entries"],
    ["domains", (s) => void (s.domains = times(17, () => s.domains[0])), "domains: expected at most 16 entries"],
    ["threads", (s) => void (s.threads = times(9, () => s.threads[0])), "threads: expected at most 8 entries"],
    ["sids", (s) => void (s.devices[0].sids = times(5, (i) => `0x${i}`)), "devices.0.sids: expected at most 4 entries"],
    [
      "ops",
      (s) => void (s.threads[0].ops = times(17, () => s.attached[0])),
      "threads.0.ops: expected at most 16 entries",
    ],
  ])("%s", (_name, change, sentence) => {
    // not the list, which nobody would read: how long it is
    expect(refusal(change)).toMatch(new RegExp(`^The scenario is wrong at ${sentence}, found \\d+\\.$`));
  });
  test("is shown cut off: the sentence stays one", () => {
    expect(refusal((s) => void (s.about = "x".repeat(1000)))).toBe(
      says("about", "at most 400 characters", `"${"x".repeat(55)}..."`),
    );
  });
});

describe("a name", () => {
  const other = "a name that no other entry has";
  test.each<[string, (s: Broken) => void, string, string, string]>([
    ["twice: SMMU", (s) => void (s.smmus[1].name = "smmu0"), "smmus.1.name", other, '"smmu0"'],
    ["twice: device", (s) => s.devices.push({ ...s.devices[0], sids: ["0x9"] }), "devices.1.name", other, '"A"'],
    ["twice: group", (s) => s.groups.push(s.groups[0]), "groups.1.name", other, '"G"'],
    ["twice: domain", (s) => void (s.domains[1].name = "D0"), "domains.1.name", other, '"D0"'],
    [
      "of a static domain",
      (s) => void (s.domains[0].name = "identity"),
      "domains.0.name",
      "a name other than the two static domains",
      '"identity"',
    ],
    [
      "of no SMMU",
      (s) => void (s.devices[0].smmu = "smmu7"),
      "devices.0.smmu",
      "the name of an SMMU, one of smmu0, smmu1",
      '"smmu7"',
    ],
    [
      "of no SMMU, by a domain",
      (s) => void (s.domains[0].smmu = ""),
      "domains.0.smmu",
      "a name of letters, digits, space and ._:-",
      '""',
    ],
    [
      "of no device, by a group",
      (s) => s.groups[0].devices.push("Z"),
      "groups.0.devices.1",
      "the name of a device, one of A",
      '"Z"',
    ],
    [
      "of no device, by an operation",
      (s) => void (s.threads[0].ops[0].device = "Z"),
      "threads.0.ops.0.device",
      "the name of a device, one of A",
      '"Z"',
    ],
    [
      "of no group",
      (s) => void (s.attached[0].group = "Z"),
      "attached.0.group",
      "the name of a group, one of G",
      '"Z"',
    ],
    [
      "of no domain",
      (s) => void (s.attached[0].domain = "Z"),
      "attached.0.domain",
      "the name of a domain, one of identity, blocked, D0, D1, D2, D3, D4, D9, N1",
      '"Z"',
    ],
    [
      "of no default domain",
      (s) => void (s.groups[0].default_domain = "Z"),
      "groups.0.default_domain",
      "the name of a domain, one of identity, blocked, D0, D1, D2, D3, D4, D9, N1, none",
      '"Z"',
    ],
    [
      "of odd characters",
      (s) => void (s.devices[0].name = "<b>"),
      "devices.0.name",
      "a name of letters, digits, space and ._:-",
      '"<b>"',
    ],
    [
      "too long",
      (s) => void (s.groups[0].name = "g".repeat(25)),
      "groups.0.name",
      "at most 24 characters",
      `"${"g".repeat(25)}"`,
    ],
    [
      "as id",
      (s) => void (s.id = "Has Blanks"),
      "id",
      "an id of a-z, 0-9 and -, at most 32 characters",
      '"Has Blanks"',
    ],
  ])("%s", (_name, change, where, expected, found) => {
    expect(refusal(change)).toBe(says(where, expected, found));
  });
});

describe("a world that does not fit together", () => {
  const second = { name: "B", smmu: "smmu0", sids: ["0x2"] };
  test("but a StreamID twice, however it is written, does: a bridge may give a device one again", () => {
    expect(refusal((s) => void (s.devices[0].sids = ["0x1", "0x01"]))).toBe("");
  });
  test("a feature twice, and one that needs another", () => {
    expect(refusal((s) => void (s.smmus[0].features = ["E2H", "E2H"]))).toBe(
      says("smmus.0.features.1", "a feature that is not listed before", '"E2H"'),
    );
    expect(refusal((s) => void (s.smmus[0].features = ["HD"]))).toBe(
      says("smmus.0.features.0", "HA beside it", '"HD"'),
    );
  });
  test("a StreamID that a device of another group has", () => {
    const change = (s: Broken) => {
      s.devices.push({ ...second, sids: ["0x1"] });
      s.groups.push({ name: "H", devices: ["B"], default_domain: "identity" });
    };
    expect(refusal(change)).toBe(
      says("devices.1.sids.0", "a StreamID that no other device of the SMMU has, unless of its group", '"0x1"'),
    );
  });
  test("but a DMA alias of the same group may have it", () => {
    const change = (s: Broken) => {
      s.devices.push({ ...second, sids: ["0x1"] });
      s.groups[0].devices.push("B");
    };
    expect(refusal(change)).toBe("");
  });
  test("but another SMMU may have it", () => {
    const change = (s: Broken) => {
      s.devices.push({ ...second, smmu: "smmu1", sids: ["0x1"] });
      s.groups[0].devices.push("B");
    };
    expect(refusal(change)).toBe("");
  });
  test("a device in two groups", () => {
    expect(refusal((s) => s.groups.push({ name: "H", devices: ["A"], default_domain: "identity" }))).toBe(
      says("groups.1.devices.0", "a device that is in no other group", '"A"'),
    );
  });
  test("a device twice in a group", () => {
    expect(refusal((s) => s.groups[0].devices.push("A"))).toBe(
      says("groups.0.devices.1", "a device that is in no other group", '"A"'),
    );
  });
  test("a device in no group", () => {
    expect(refusal((s) => s.devices.push(second))).toBe(
      says("devices.1.name", "a device that some group lists", '"B"'),
    );
  });
});

describe("an operation", () => {
  const at = (op: object) => (s: Broken) => void (s.threads[0].ops[0] = op);
  test.each([
    ["that does not exist", { op: "explode", caller: "core" }, "explode/core"],
    ["by a caller who does not do it", { op: "unmap", caller: "core", domain: "D0" }, "unmap/core"],
    ["that only sets a world up", { op: "claim", caller: "core", group: "G" }, "claim/core"],
  ])("%s", (_name, op, found) => {
    const sentence = refusal(at(op));
    expect(sentence).toMatch(
      /^The scenario is wrong at threads\.0\.ops\.0: expected an operation and a caller of attach/,
    );
    expect(sentence).toContain(`, found "${found}".`);
    expect(sentence).not.toContain("claim/core,");
  });
  test.each([
    ["lacks its domain", { op: "attach", caller: "core", group: "G" }, "domain", "a domain for attach", "nothing"],
    ["lacks its PASID", { op: "dma", caller: "the function", device: "A" }, "pasid", "a pasid for dma", "nothing"],
    [
      "has one parameter too many",
      { op: "reset", caller: "core", device: "A", domain: "D0" },
      "domain",
      "no domain for reset",
      '"D0"',
    ],
  ])("that %s", (_name, op, member, expected, found) => {
    expect(refusal(at(op))).toBe(says(`threads.0.ops.0.${member}`, expected, found));
  });
  test("in the initial attachment is checked as well", () => {
    expect(refusal((s) => void (s.attached[0].caller = "nobody"))).toContain("wrong at attached.0: ");
  });
});

describe("a vSMMU, a process and what belongs to them", () => {
  const nest = (s: Broken) => {
    s.domains = [
      { name: "S1", stage: 1, smmu: "smmu0" },
      { name: "S2P", stage: 2, smmu: "smmu0" },
      { name: "S2Q", stage: 2, smmu: "smmu1" },
      { name: "N", smmu: "smmu0", type: "NESTED", vsmmu: "V" },
      { name: "P", smmu: "smmu0", type: "SVA", mm: "M" },
    ];
    s.vsmmus = [{ name: "V", smmu: "smmu0", s2_parent: "S2P" }];
    s.mms = [{ name: "M", pasid: 1 }];
    s.attached = [];
    return s;
  };
  test("are read", () => {
    expect(refusal((s) => void nest(s))).toBe("");
  });
  test.each<[string, (s: Broken) => void, string, string, string]>([
    [
      "vSMMU without a parent",
      (s) => delete s.vsmmus[0].s2_parent,
      "vsmmus.0.s2_parent",
      "this member to be there",
      "nothing",
    ],
    [
      "vSMMU with more",
      (s) => void (s.vsmmus[0].parent = "S2P"),
      "vsmmus.0.parent",
      "no member of this name",
      '"parent"',
    ],
    ["vSMMUs that are no list", (s) => void (s.vsmmus = { V: 1 }), "vsmmus", "a list", '{"V":1}'],
    ["five vSMMUs", (s) => void (s.vsmmus = Array(5).fill(s.vsmmus[0])), "vsmmus", "at most 4 entries", "5"],
    ["a vSMMU twice", (s) => s.vsmmus.push(s.vsmmus[0]), "vsmmus.1.name", "a name that no other entry has", '"V"'],
    [
      "a vSMMU of no SMMU",
      (s) => void (s.vsmmus[0].smmu = "x"),
      "vsmmus.0.smmu",
      "the name of an SMMU, one of smmu0, smmu1",
      '"x"',
    ],
    [
      "a parent that is nested itself",
      (s) => void (s.vsmmus[0].s2_parent = "N"),
      "vsmmus.0.s2_parent",
      "the name of a stage 2 domain of its SMMU, one of S2P",
      '"N"',
    ],
    [
      "a parent of stage 1",
      (s) => void (s.vsmmus[0].s2_parent = "S1"),
      "vsmmus.0.s2_parent",
      "the name of a stage 2 domain of its SMMU, one of S2P",
      '"S1"',
    ],
    [
      "a parent of another SMMU",
      (s) => void (s.vsmmus[0].s2_parent = "S2Q"),
      "vsmmus.0.s2_parent",
      "the name of a stage 2 domain of its SMMU, one of S2P",
      '"S2Q"',
    ],
    [
      "a nested domain without any vSMMU",
      (s) => void (s.vsmmus = []),
      "domains.3.vsmmu",
      "the name of a vSMMU of its SMMU, of which there is none",
      '"V"',
    ],
    [
      "a nested domain of no vSMMU",
      (s) => void (s.domains[3].vsmmu = "W"),
      "domains.3.vsmmu",
      "the name of a vSMMU of its SMMU, one of V",
      '"W"',
    ],
    [
      "a nested domain with a stage",
      (s) => void (s.domains[3].stage = 1),
      "domains.3.stage",
      "nothing for a domain of type NESTED",
      "1",
    ],
    [
      "a nested domain of a process",
      (s) => void (s.domains[3].mm = "M"),
      "domains.3.mm",
      "nothing for a domain of type NESTED",
      '"M"',
    ],
    ["an odd vSTE", (s) => void (s.domains[3].vste = "s2"), "domains.3.vste", "abort, bypass or s1", '"s2"'],
    [
      "a vSTE on what is not nested",
      (s) => void (s.domains[0].vste = "s1"),
      "domains.0.vste",
      "nothing unless it is nested",
      '"s1"',
    ],
    [
      "ATS of a vSTE that bypasses",
      (s) => void Object.assign(s.domains[3], { vste: "bypass", vste_ats: true }),
      "domains.3.vste_ats",
      "nothing unless its vSTE translates",
      "true",
    ],
    ["a process without a PASID", (s) => delete s.mms[0].pasid, "mms.0.pasid", "this member to be there", "nothing"],
    ["a process on the RID", (s) => void (s.mms[0].pasid = 0), "mms.0.pasid", "a PASID from 1", "0"],
    ["a process beyond all PASIDs", (s) => void (s.mms[0].pasid = 8), "mms.0.pasid", "a PASID up to 7", "8"],
    [
      "a process twice",
      (s) => s.mms.push({ name: "M", pasid: 2 }),
      "mms.1.name",
      "a name that no other entry has",
      '"M"',
    ],
    [
      "two processes on a PASID",
      (s) => s.mms.push({ name: "O", pasid: 1 }),
      "mms.1.pasid",
      "a PASID that no other process has",
      "1",
    ],
    [
      "a domain of no process",
      (s) => void (s.domains[4].mm = "O"),
      "domains.4.mm",
      "the name of a process, one of M",
      '"O"',
    ],
    [
      "a domain of a process without its name",
      (s) => delete s.domains[4].mm,
      "domains.4.mm",
      "the name of a process for a domain of type SVA",
      "nothing",
    ],
    [
      "two domains of a process",
      (s) => s.domains.push({ ...s.domains[4], name: "Q" }),
      "domains.5.mm",
      "a process without another SVA domain on this SMMU",
      '"M"',
    ],
    [
      "coherency of a process",
      (s) => void (s.domains[4].enforce_cache_coherency = true),
      "domains.4.enforce_cache_coherency",
      "true for a paging domain only",
      "true",
    ],
    ["an odd CONFIG", (s) => void (s.config_sva = "y"), "config_sva", "true or false", '"y"'],
    [
      "a nested default domain",
      (s) => void (s.groups[0].default_domain = "N"),
      "groups.0.default_domain",
      "the name of a domain that a group can start with, one of none, identity, blocked, S1, S2P, S2Q",
      '"N"',
    ],
    [
      "a bond without a domain for it",
      (s) => {
        s.domains.pop();
        s.attached = [{ op: "bind_sva", caller: "sva", device: "A", mm: "M" }];
      },
      "attached.0.mm",
      "a process with an SVA domain of smmu0",
      '"M"',
    ],
    [
      "a bond with no process",
      (s) => void (s.attached = [{ op: "bind_sva", caller: "sva", device: "A", mm: "O" }]),
      "attached.0.mm",
      "the name of a mm, one of M",
      '"O"',
    ],
    [
      "a vDEVICE in no vSMMU",
      (s) => void (s.attached = [{ op: "alloc_vdevice", caller: "iommufd", device: "A", vsmmu: "W" }]),
      "attached.0.vsmmu",
      "the name of a vsmmu, one of V",
      '"W"',
    ],
    [
      "coherency of a nested domain",
      (s) => void (s.attached = [{ op: "enforce_coherency", caller: "core", domain: "N" }]),
      "attached.0.domain",
      "the name of a paging domain, one of S1, S2P, S2Q",
      '"N"',
    ],
  ])("%s", (_name, change, where, expected, found) => {
    expect(refusal((s) => change(nest(s)))).toBe(says(where, expected, found));
  });
});
