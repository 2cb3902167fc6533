import { describe, expect, test } from "vitest";
import { abortSte, bypassSte, cdtableSte, s1Cd, s2DomainSte, svaCd } from "./builders.ts";
import { CD } from "./cd-fields.ts";
import { makeAtcInvRange, makeCfgiCd, makeTlbi } from "./commands.ts";
import { FORMATS, OPCODES } from "./command-fields.ts";
import { decode, LENGTHS, type Structure } from "./decode.ts";
import { EVENT } from "./event-fields.ts";
import { type Field, get, put, type Qwords } from "./fields.ts";
import { STE } from "./ste-fields.ts";

const none: ReadonlySet<string> = new Set();
const cdtable = cdtableSte({
  features: none,
  stall_enabled: false,
  ats_enabled: true,
  s1dss: 2,
  cdtab_dma: 0x12340000n,
  s1cdmax: 10,
  s1fmt: 2,
});
const vtcr = { ps: 5, tg: 0, sh: 3, orgn: 1, irgn: 1, sl: 2, tsz: 16 };
const stage2 = (stall_enabled: boolean, ats_enabled: boolean) =>
  s2DomainSte({ features: none, stall_enabled, ats_enabled, quirks: none, vmid: 7, vttbr: 0x5000n, vtcr });
const cd = s1Cd({
  stall_enabled: false,
  quirks: none,
  asid: 9,
  tcr: { ips: 5, tg: 0, sh: 3, orgn: 1, irgn: 1, tsz: 16 },
  ttbr: 0x6000n,
  mair: 0xffn,
});
const cpu = { page_kb: 4, va_bits: 48, parange: 5, haft: false, mair_el1: 0n };
const released = svaCd({ features: none, stall_enabled: false, mm: null, asid: 9, cpu });

/** The same with a field set to a value. */
function having(q: Qwords, ...changes: readonly (readonly [Field, bigint | number])[]): Qwords {
  const changed = [...q];
  for (const [f, value] of changes) changed[f.qword] = (changed[f.qword] & ~f.mask) | put(f, value);
  return changed;
}

const faults = (structure: Structure, q: Qwords) =>
  decode(structure, q)
    .faults.filter(({ kind }) => kind !== "note")
    .map(({ kind, text }) => `${kind}: ${text}`);

const field = (structure: Structure, q: Qwords, name: string) =>
  decode(structure, q).fields.find((f) => f.field.name === name);

describe("a field", () => {
  test("has its value, and counts or does not by what the others say", () => {
    expect(field("ste", cdtable, "S1CTXPTR")).toMatchObject({ value: 0x12340000n, used: true });
    expect(field("ste", cdtable, "SHCFG")).toMatchObject({ value: 0n, used: false });
    expect(field("ste", having(cdtable, [STE.S1DSS, 1]), "SHCFG")).toMatchObject({ used: true });
    expect(field("ste", stage2(false, false), "S2VMID")).toMatchObject({ value: 7n, used: true });
    expect(field("ste", abortSte(), "S2VMID")).toMatchObject({ used: false });
    expect(field("cd", cd, "TTB0")).toMatchObject({ value: 0x6000n, used: true });
    expect(field("cd", released, "TTB0")).toMatchObject({ used: false });
  });
  test.each(Object.entries({ ste: STE, cd: CD, event: EVENT }))(
    "of %s lies in its qwords and overlaps no other",
    (structure, of) => {
      const taken = Array<bigint>(LENGTHS[structure as Structure]).fill(0n);
      for (const f of Object.values<Field>(of)) {
        expect(f.hi >= f.lo && f.hi < 64).toBe(true);
        // pieces lie in the field that they are pieces of, and an event's two addresses share their place
        if (f.partOf !== "" || f === EVENT.IPA) continue;
        expect([f.name, taken[f.qword] & f.mask]).toEqual([f.name, 0n]);
        taken[f.qword] |= f.mask;
      }
    },
  );
  test("is cut to its width when it is set, an address in place", () => {
    expect(get([0n, 0n, put(STE.S2VMID, 0x12345)], STE.S2VMID)).toBe(0x2345n);
    expect(put(STE.S1CTXPTR, 0xfff0_0000_0000_007fn)).toBe(0x40n);
  });
});

describe("nothing is said against", () => {
  test.each([
    ["abort", abortSte()],
    ["bypass", bypassSte(new Set(["ATTR_TYPES_OVR"]))],
    ["a CD table", cdtable],
    ["stage 2", stage2(false, true)],
    ["stage 2 that stalls", stage2(true, false)],
    ["nesting", having(stage2(false, true), [STE.CFG, 7], [STE.EATS, 2])],
  ])("an STE of %s", (_name, q) => {
    expect(faults("ste", q)).toEqual([]);
  });
  test("a CD, one without walks and one that is not valid", () => {
    expect([cd, released, Array<bigint>(8).fill(0n)].flatMap((q) => faults("cd", q))).toEqual([]);
  });
});

describe("the architecture says", () => {
  test.each<[string, Qwords, RegExp]>([
    ["ATS and a stage 2 that stalls", stage2(true, true), /^illegal: EATS with S2S/],
    ["split ATS with one stage", having(cdtable, [STE.EATS, 2]), /^illegal: EATS=S1CHK/],
    ["EATS of 3", having(cdtable, [STE.EATS, 3]), /^reserved: EATS=3/],
    ["a reserved Config", having(abortSte(), [STE.CFG, 2]), /^reserved: CFG=2/],
    ["S1DSS of 3", having(cdtable, [STE.S1DSS, 3]), /^reserved: S1DSS=3/],
    ["S1Fmt of 3", having(cdtable, [STE.S1FMT, 3]), /^reserved: S1FMT=3/],
    ["too many CDs", having(cdtable, [STE.S1CDMAX, 21]), /^illegal: S1CDMAX=21/],
    ["a linear table that is not aligned", having(cdtable, [STE.S1FMT, 0], [STE.S1CTXPTR, 64]), /^reserved: S1CTXPTR/],
    ["STRW of 1", having(cdtable, [STE.STRW, 1]), /^illegal: STRW=1/],
    ["no granule", having(stage2(false, false), [STE.S2TG, 3]), /^illegal: S2TG=3/],
    ["a small S2T0SZ", having(stage2(false, false), [STE.S2T0SZ, 11]), /^illegal: S2T0SZ=11/],
    ["S2T0SZ below 16 with 4K", having(stage2(false, false), [STE.S2T0SZ, 15]), /^illegal: S2T0SZ=15/],
    ["a table out of range", having(stage2(false, false), [STE.S2PS, 0], [STE.S2TTB, 1n << 40n]), /^illegal: S2TTB/],
  ])("of an STE with %s", (_name, q, said) => {
    expect(faults("ste", q)).toEqual([expect.stringMatching(said)]);
    // what is ignored cannot be wrong
    expect(faults("ste", having(q, [STE.CFG, 0]))).toEqual([]);
  });
  test.each<[string, Qwords, RegExp]>([
    ["no granule", having(cd, [CD.TCR_TG0, 3]), /^illegal: TCR_TG0=3/],
    ["a large T0SZ", having(cd, [CD.TCR_T0SZ, 49]), /^illegal: TCR_T0SZ=49/],
    ["a table out of range", having(cd, [CD.TCR_IPS, 1], [CD.TTB0, 1n << 40n]), /^illegal: TTB0/],
    ["a reserved shareability", having(cd, [CD.TCR_SH0, 1]), /^reserved: TCR_SH0/],
  ])("of a CD with %s", (_name, q, said) => {
    expect(faults("cd", q)).toEqual([expect.stringMatching(said)]);
    expect(faults("cd", having(q, [CD.TCR_EPD0, 1]))).toEqual([]);
  });
  test("of a CD with HD or HAFT and no HA", () => {
    expect(faults("cd", having(cd, [CD.TCR_HD, 1]))).toEqual([expect.stringMatching(/^reserved: TCR_HD/)]);
    expect(faults("cd", having(cd, [CD.HAFT, 1]))).toEqual([expect.stringMatching(/^illegal: HAFT/)]);
  });
});

describe("a command", () => {
  test("has its name and the fields of its format", () => {
    const found = decode("cmd", makeCfgiCd(0x12, 3, true));
    expect(found.name).toBe("CFGI_CD");
    expect(found.fields.map((f) => [f.field.name, f.value])).toEqual([
      ["OP", 5n],
      ["SSID", 3n],
      ["SID", 0x12n],
      ["LEAF", 1n],
    ]);
    expect(found.faults).toEqual([]);
  });
  const ignored = (q: Qwords) =>
    decode("cmd", q)
      .fields.filter((f) => !f.used)
      .map((f) => f.field.name);
  test("that ends without an interrupt ignores the message", () => {
    const { CS, MSH, MSIATTR, MSIDATA, MSIADDR } = FORMATS.CMD_SYNC.fields;
    const sync = having([0x46n, 0n], [MSH, 3], [MSIATTR, 15], [MSIDATA, 1], [MSIADDR, 0x1000n]);
    for (const cs of ["NONE", "SEV"]) {
      const q = having(sync, [CS, CS.values[cs]]);
      expect(ignored(q)).toEqual(["MSH", "MSIATTR", "MSIDATA", "MSIADDR"]);
      expect(decode("cmd", q)).toMatchObject({ used: [0x30ffn, 0n], unnamed: [0n, 0n], faults: [] });
    }
    expect(ignored(having(sync, [CS, CS.values.IRQ]))).toEqual([]);
  });
  test("that has no SubstreamID ignores its fields; a CFGI_CD has one always", () => {
    const { SSV, SSID, GLOBAL } = FORMATS.ATC_INV.fields;
    const q = having(makeAtcInvRange(1, 0, 0n, 0n), [SSID, 5], [GLOBAL, 1]);
    expect(ignored(q)).toEqual(["GLOBAL", "SSID"]);
    expect(decode("cmd", q).used[0]).toBe(0xffff_ffff_0000_08ffn);
    expect(ignored(having(q, [SSV, 1]))).toEqual([]);
    expect(ignored([0x41n, 0n])).toEqual(["SSID"]);
    expect(ignored(makeCfgiCd(0x12, 3, true))).toEqual([]);
  });
  test("is judged by what the queue accepts", () => {
    const { TG, NUM } = FORMATS.TLBI_NH_VA.fields;
    const va = makeTlbi(OPCODES.TLBI_NH_VA, 1, 0);
    expect(faults("cmd", va)).toEqual([]);
    expect(faults("cmd", having(va, [NUM, 1]))).toEqual([expect.stringMatching(/^reserved: TG=0/)]);
    expect(faults("cmd", having(va, [TG, 1]))).toEqual([expect.stringMatching(/^reserved: TG with/)]);
    expect(faults("cmd", [0xffn, 0n])).toEqual([expect.stringMatching(/^illegal: No such command/)]);
    expect(faults("cmd", [0x46n | (3n << 12n), 0n])).toEqual([expect.stringMatching(/^reserved: CS=3/)]);
    expect(faults("cmd", [0x30n, 1n])).toEqual([expect.stringMatching(/^reserved: qword 1/)]);
    const atc = makeAtcInvRange(1, 0, 0n, 0n);
    expect(faults("cmd", atc)).toEqual([]);
    expect(faults("cmd", [atc[0], 53n])).toEqual([expect.stringMatching(/^illegal: SIZE/)]);
  });
});

describe("an event", () => {
  const permission = [0x13n | (1n << 11n) | (5n << 12n), (1n << 44n) | (1n << 40n), 0x1000n, 0xfff_f000n];
  test("says something by the fields that its kind has", () => {
    const used = (q: Qwords) =>
      decode("event", q)
        .fields.filter((f) => f.used)
        .map((f) => f.field.name);
    expect(decode("event", permission).name).toBe("F_PERMISSION");
    expect(used(permission)).toContain("TT_READ");
    expect(used(permission)).not.toContain("IPA");
    expect(used([0x04n, 0n, 0n, 0n])).toEqual(["ID", "SSV", "SID"]);
    expect(used([0x03n, 0n, 0n, 0n])).toContain("FETCH_ADDR");
  });
  test("that nobody knows is reserved", () => {
    expect(faults("event", [0x7fn, 0n, 0n, 0n])).toHaveLength(1);
  });
});
