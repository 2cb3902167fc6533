/**
 * The cases of the driver's own unit tests that write an entry (arm-smmu-v3-test.c, Linux 7.3), each a world of one thread
 * that may be stepped store by store. Entries are built as the tests build theirs, by the driver's builders from the same
 * fixed parameters; how many syncs there are, and whether they are hitless, is what the tests themselves expect.
 */
import { abortSte, bypassSte, cdtableSte, s1Cd, s2DomainSte, svaCd } from "../../hw/builders.ts";
import { put, type Qwords, zeros } from "../../hw/fields.ts";
import { STE } from "../../hw/ste-fields.ts";
import type { ScenarioInput } from "../schema.ts";
import { world } from "./world.ts";

const features: ReadonlySet<string> = new Set(["STALLS", "ATTR_TYPES_OVR"]);
const none: ReadonlySet<string> = new Set();
/** Where the tests say that tables are. */
const CDTAB = 0xf0f0_f0f0_f0f0n;
const OTHER_CDTAB = 0x4b_4b4b_4b4bn;
const TABLES = 0xdaed_beef_dead_beefn;

interface Device {
  readonly ats?: boolean;
  readonly stall?: boolean;
}

const cdtable = (s1dss: "SSID0" | "BYPASS", { ats = false, stall = false }: Device, cdtab_dma = CDTAB): Qwords =>
  cdtableSte({
    features,
    stall_enabled: stall,
    ats_enabled: ats,
    s1dss: STE.S1DSS.values[s1dss],
    cdtab_dma,
    s1cdmax: 0xff,
    s1fmt: STE.S1FMT.values["64K_L2"],
  });

const stage2 = ({ ats = false, stall = false }: Device): Qwords =>
  s2DomainSte({
    features,
    stall_enabled: stall,
    ats_enabled: ats,
    quirks: none,
    vmid: 0,
    vttbr: TABLES,
    vtcr: { ps: 1, tg: 2, sh: 3, orgn: 1, irgn: 2, sl: 3, tsz: 4 },
  });

/** The tests put the two halves of a nested STE together by hand. */
function nested(s1dss: "SSID0" | "BYPASS", device: Device): Qwords {
  const [first, second] = [cdtable(s1dss, device), stage2(device)];
  const q = [first[0] | put(STE.CFG, STE.CFG.values.NESTED), first[1] | STE.MEV.mask];
  return [...q, ...second.slice(2)];
}

const pagingCd = (asid: number): Qwords =>
  s1Cd({
    stall_enabled: false,
    quirks: none,
    asid,
    tcr: { ips: 1, tg: 2, sh: 3, orgn: 1, irgn: 2, tsz: 4 },
    ttbr: TABLES,
    mair: 0xabc_def0_1234_5678n,
  });

/** The page tables of a process; the tests take the rest from the CPU that they run on. */
const sva = (mm: { readonly pgd_phys: bigint } | null): Qwords =>
  svaCd({
    features,
    stall_enabled: false,
    mm,
    asid: 1997,
    cpu: { page_kb: 4, va_bits: 48, parange: 0, haft: false, mair_el1: 0n },
  });

const ats = { ats: true };
const stall = { stall: true };

/** The entries that the cases write, by name. */
const ENTRIES: Readonly<Record<string, { readonly kind: "ste" | "cd"; readonly qwords: Qwords }>> = {
  abort: { kind: "ste", qwords: abortSte() },
  bypass: { kind: "ste", qwords: bypassSte(features) },
  cdtable: { kind: "ste", qwords: cdtable("SSID0", ats) },
  "s1dss bypass": { kind: "ste", qwords: cdtable("BYPASS", ats) },
  "other cdtable": { kind: "ste", qwords: cdtable("BYPASS", ats, OTHER_CDTAB) },
  s2: { kind: "ste", qwords: stage2(ats) },
  "s2 without ATS": { kind: "ste", qwords: stage2({}) },
  "cdtable that stalls": { kind: "ste", qwords: cdtable("SSID0", stall) },
  "s2 that stalls": { kind: "ste", qwords: stage2(stall) },
  "nested s1dss bypass": { kind: "ste", qwords: nested("BYPASS", ats) },
  zero: { kind: "cd", qwords: zeros() },
  "s1 of ASID 778": { kind: "cd", qwords: pagingCd(778) },
  "s1 of ASID 1997": { kind: "cd", qwords: pagingCd(1997) },
  sva: { kind: "cd", qwords: sva({ pgd_phys: TABLES }) },
  "sva released": { kind: "cd", qwords: sva(null) },
};

/** What one transition takes by the test's own numbers. */
interface Expected {
  readonly syncs: number;
  readonly hitless: boolean;
}

export interface KunitCase {
  /** After `arm_smmu_v3_write_`. */
  readonly name: string;
  /** The entries, each written over the one before it. */
  readonly entries: readonly string[];
  readonly expected: readonly Expected[];
  readonly why: string;
}

const hitless = (syncs: number): Expected => ({ syncs, hitless: true });
const not = (syncs: number): Expected => ({ syncs, hitless: false });

/** In the order of the suite. */
export const KUNIT_CASES: readonly KunitCase[] = [
  {
    name: "ste_test_bypass_to_abort",
    entries: ["bypass", "abort"],
    expected: [hitless(2)],
    why: "Qword 0 decides; then SHCFG, which an abort ignores, is cleared.",
  },
  {
    name: "ste_test_abort_to_bypass",
    entries: ["abort", "bypass"],
    expected: [hitless(2)],
    why: "SHCFG is ignored by an abort, so it goes first; then qword 0.",
  },
  {
    name: "ste_test_cdtable_to_abort",
    entries: ["cdtable", "abort"],
    expected: [hitless(2)],
    why: "Qword 0 decides; then what stage 1 had in qword 1 is cleared.",
  },
  {
    name: "ste_test_abort_to_cdtable",
    entries: ["abort", "cdtable"],
    expected: [hitless(2)],
    why: "An abort ignores qword 1, so it goes first; then qword 0.",
  },
  {
    name: "ste_test_cdtable_to_bypass",
    entries: ["cdtable", "bypass"],
    expected: [hitless(3)],
    why: "SHCFG first, which S1DSS=SSID0 ignores; then qword 0; then what bypass ignores of qword 1.",
  },
  {
    name: "ste_test_bypass_to_cdtable",
    entries: ["bypass", "cdtable"],
    expected: [hitless(3)],
    why: "All of qword 1 but SHCFG first; then qword 0; then SHCFG, which S1DSS=SSID0 ignores.",
  },
  {
    name: "ste_test_cdtable_s1dss_change",
    entries: ["cdtable", "s1dss bypass", "cdtable"],
    expected: [hitless(1), hitless(1)],
    why: "S1DSS and SHCFG lie in one qword: one store, there and back.",
  },
  {
    name: "ste_test_s1dssbypass_to_stebypass",
    entries: ["s1dss bypass", "bypass"],
    expected: [hitless(2)],
    why: "Both use SHCFG and it stays, so only qword 0 is critical.",
  },
  {
    name: "ste_test_stebypass_to_s1dssbypass",
    entries: ["bypass", "s1dss bypass"],
    expected: [hitless(2)],
    why: "Both use SHCFG and it stays, so only qword 0 is critical.",
  },
  {
    name: "ste_test_s2_to_abort",
    entries: ["s2", "abort"],
    expected: [hitless(2)],
    why: "Qword 0 decides; then qwords 1 to 3 are cleared, with one sync for all.",
  },
  {
    name: "ste_test_abort_to_s2",
    entries: ["abort", "s2"],
    expected: [hitless(2)],
    why: "Qwords 1 to 3 go first, with one sync for all; then qword 0.",
  },
  {
    name: "ste_test_s2_to_bypass",
    entries: ["s2", "bypass"],
    expected: [hitless(2)],
    why: "Both use SHCFG and it stays; qword 0 decides, then the rest of stage 2 is cleared.",
  },
  {
    name: "ste_test_bypass_to_s2",
    entries: ["bypass", "s2"],
    expected: [hitless(2)],
    why: "Both use SHCFG and it stays; the rest of stage 2 goes first, then qword 0.",
  },
  {
    name: "ste_test_s1_to_s2",
    entries: ["cdtable", "s2"],
    expected: [hitless(3)],
    why: "The stages share S2VMID, 0 in both, and EATS, the same in both: what the other ignores goes first and last.",
  },
  {
    name: "ste_test_s2_to_s1",
    entries: ["s2", "cdtable"],
    expected: [hitless(3)],
    why: "The stages share S2VMID, 0 in both, and EATS, the same in both: what the other ignores goes first and last.",
  },
  {
    name: "ste_test_non_hitless",
    entries: ["cdtable", "other cdtable"],
    expected: [not(3)],
    why: "Another CD table (qword 0) and another S1DSS (qword 1) at once: V has to go to 0 in between. No path of the driver does so.",
  },
  {
    name: "cd_test_s1_clear",
    entries: ["zero", "s1 of ASID 1997", "zero"],
    expected: [not(2), not(2)],
    why: "Nobody is disturbed, but qword 0 is all zero at a sync, which the test counts.",
  },
  {
    name: "cd_test_s1_change_asid",
    entries: ["s1 of ASID 778", "s1 of ASID 1997", "s1 of ASID 778"],
    expected: [hitless(1), hitless(1)],
    why: "The ASID lies in qword 0, and nothing else changes: one store, there and back.",
  },
  {
    name: "ste_test_s1_to_s2_stall",
    entries: ["cdtable that stalls", "s2 that stalls"],
    expected: [hitless(3)],
    why: "With S2S the low bit of EATS is not safe, but it is 0 in both.",
  },
  {
    name: "ste_test_s2_to_s1_stall",
    entries: ["s2 that stalls", "cdtable that stalls"],
    expected: [hitless(3)],
    why: "With S2S the low bit of EATS is not safe, but it is 0 in both.",
  },
  {
    name: "ste_test_nested_s1dssbypass_to_s1bypass",
    entries: ["nested s1dss bypass", "s2 without ATS"],
    expected: [hitless(3)],
    why: "EATS and MEV are safe, so they go early; qword 0 decides; then what stage 1 had in qword 1 is cleared.",
  },
  {
    name: "ste_test_nested_s1bypass_to_s1dssbypass",
    entries: ["s2 without ATS", "nested s1dss bypass"],
    expected: [hitless(2)],
    why: "EATS and MEV are safe and go with what stage 2 ignores of qword 1; then qword 0.",
  },
  {
    name: "cd_test_sva_clear",
    entries: ["zero", "sva", "zero"],
    expected: [not(2), not(2)],
    why: "Nobody is disturbed, but qword 0 is all zero at a sync, which the test counts.",
  },
  {
    name: "cd_test_sva_release",
    entries: ["sva", "sva released", "sva"],
    expected: [hitless(2), hitless(2)],
    why: "EPD0 makes TTB0 ignored: qword 0 decides, TTB0 goes after it, or comes before it.",
  },
];

const device = "0000:01:00.0";
const hex = (qwords: Qwords) => qwords.map((q) => `0x${q.toString(16)}`);
const numbers = (expected: readonly Expected[]) =>
  expected
    .map((e) => `${e.syncs} ${e.syncs === 1 ? "sync" : "syncs"}, ${e.hitless ? "hitless" : "not hitless"}`)
    .join("; then ");

export const kunitWorlds: readonly ScenarioInput[] = KUNIT_CASES.map(({ name, entries, expected, why }) => {
  const [from = "", ...targets] = entries;
  const [kind = "", what = ""] = name.split("_test_");
  const write = (entry: string) => ({ op: "write_entry", caller: "unit test", device, entry });
  return world({
    id: `${kind}-${what.replaceAll("_to_", "_").replaceAll("_", "-")}`,
    title: `${kind.toUpperCase()}: ${what.replaceAll("_", " ")}`,
    about: `arm_smmu_v3_write_${name} expects ${numbers(expected)}. ${why}`,
    smmus: [{ name: "smmu0", features: ["STALLS", "ATTR_TYPES_OVR"], skip_prefetch: true }],
    devices: [{ name: device, sids: ["0x1"], max_pasids: 0, ats: false }],
    groups: [{ name: "group 7", devices: [device], default_domain: "none", owned: false }],
    domains: [],
    entries: [...new Set(entries)].map((entry) => {
      const { kind: of, qwords } = ENTRIES[entry] as (typeof ENTRIES)[string];
      return { name: entry, kind: of, qwords: hex(qwords) };
    }),
    grain: "store",
    attached: [write(from)],
    threads: [{ ops: targets.map(write) }],
  });
});

type Item = NonNullable<ScenarioInput["inv_lists"]>[number]["items"][number];
const item = (type: Item["type"], id: number, ssid = 0): Item => ({ type, id, ssid });

/** The lists of `arm_smmu_v3_invs_test`. */
const INV_LISTS: Readonly<Record<string, readonly Item[]>> = {
  invs1: [item("S2_VMID", 1), item("S2_VMID_S1_CLEAR", 1), item("ATS", 3)],
  invs2: [item("S2_VMID", 1), item("ATS", 4), item("ATS", 5)],
  invs3: [item("S2_VMID", 1), item("ATS", 5), item("ATS", 6)],
  invs4: [item("ATS", 10, 1), item("ATS", 10, 3), item("ATS", 12, 1)],
  invs5: [item("ATS", 10, 2), item("ATS", 10, 3), item("ATS", 12, 2)],
};

export interface InvsStep {
  readonly op: "invs_merge" | "invs_unref" | "invs_purge";
  readonly list?: string;
  /** The array after it: ids, users (0 is trash) and ssids, and how many items are trash. */
  readonly ids: readonly number[];
  readonly users: readonly number[];
  readonly ssids: readonly number[];
  readonly num_trashes: number;
}

const zeroes = (ids: readonly number[]) => ids.map(() => 0);
const after = (
  op: InvsStep["op"],
  list: string | undefined,
  ids: readonly number[],
  users: readonly number[],
  more: { ssids?: readonly number[]; trash?: number } = {},
): InvsStep => ({
  op,
  ...(list === undefined ? {} : { list }),
  ids,
  users,
  ssids: more.ssids ?? zeroes(ids),
  num_trashes: more.trash ?? 0,
});

/** What the case does, and what it expects each time. */
export const INVS_STEPS: readonly InvsStep[] = [
  after("invs_merge", "invs1", [1, 1, 3], [1, 1, 1]),
  after("invs_merge", "invs2", [1, 1, 3, 4, 5], [2, 1, 1, 1, 1]),
  after("invs_unref", "invs2", [1, 1, 3], [1, 1, 1]),
  after("invs_merge", "invs3", [1, 1, 3, 5, 6], [2, 1, 1, 1, 1]),
  after("invs_unref", "invs1", [1, 1, 3, 5, 6], [1, 0, 0, 1, 1], { trash: 2 }),
  after("invs_purge", undefined, [1, 5, 6], [1, 1, 1]),
  after("invs_unref", "invs3", [], []),
  after("invs_merge", "invs4", [10, 10, 12], [1, 1, 1], { ssids: [1, 3, 1] }),
  after("invs_merge", "invs5", [10, 10, 10, 12, 12], [1, 1, 2, 1, 1], { ssids: [1, 2, 3, 1, 2] }),
  after("invs_unref", "invs5", [10, 10, 10, 12], [1, 0, 1, 1], { ssids: [1, 2, 3, 1], trash: 1 }),
  after("invs_purge", undefined, [10, 10, 12], [1, 1, 1], { ssids: [1, 3, 1] }),
];

/** The case of the suite that writes no entry. */
export const invsWorld: ScenarioInput = world({
  id: "invs",
  title: "invs: merge, unref, purge",
  about:
    "arm_smmu_v3_invs_test merges lists of items into an array and takes them away again. What has no user is trash until a " +
    "merge or a purge leaves it out; trash at the end goes at once.",
  devices: [{ name: device, sids: ["0x1"], max_pasids: 0, ats: false }],
  groups: [{ name: "group 7", devices: [device], default_domain: "none", owned: false }],
  domains: [{ name: "D2", stage: 2, smmu: "smmu0" }],
  inv_lists: Object.entries(INV_LISTS).map(([name, items]) => ({ name, items: [...items] })),
  attached: [],
  threads: [
    {
      ops: INVS_STEPS.map(({ op, list }) => ({
        op,
        caller: "unit test",
        domain: "D2",
        ...(list === undefined ? {} : { inv_list: list }),
      })),
    },
  ],
});
