import { describe, expect, test } from "vitest";
import { attach, Lab, labScenario } from "../scenarios/lab.testkit.ts";
import {
  CFG_ABORT,
  CFG_BYPASS,
  CFG_S1_TRANS,
  CFG_S2_TRANS,
  cdBreaks,
  reach,
  S1DSS_BYPASS,
  S1DSS_SSID0,
  S1DSS_TERMINATE,
  type SteTarget,
  steBreaks,
} from "./tables.ts";

// Which transitions the writer of 7.3 makes with V=0 in between. One of each kind was recorded from the driver itself.

const none = { Config: CFG_ABORT, S1ContextPtr: 0, S1DSS: 0, EATS: 0, S2VMID: 0, vSTE: 0 };
const entries: Record<string, SteTarget> = {
  abort: none,
  bypass: { ...none, Config: CFG_BYPASS },
  ssid0: { ...none, Config: CFG_S1_TRANS, S1ContextPtr: 1, S1DSS: S1DSS_SSID0 },
  "ssid0 ats": { ...none, Config: CFG_S1_TRANS, S1ContextPtr: 1, S1DSS: S1DSS_SSID0, EATS: 1 },
  "s1 bypass": { ...none, Config: CFG_S1_TRANS, S1ContextPtr: 1, S1DSS: S1DSS_BYPASS, EATS: 1 },
  "s1 term": { ...none, Config: CFG_S1_TRANS, S1ContextPtr: 1, S1DSS: S1DSS_TERMINATE, EATS: 1 },
  s2: { ...none, Config: CFG_S2_TRANS, S2VMID: 5, EATS: 1 },
  "other s2": { ...none, Config: CFG_S2_TRANS, S2VMID: 6, EATS: 1 },
};

describe("an STE goes through V=0", () => {
  const breaking = Object.entries(entries).flatMap(([from, f]) =>
    Object.entries(entries).flatMap(([to, t]) => (steBreaks({ ...f, V: 1 }, t) ? [`${from} > ${to}`] : [])),
  );
  test("between the stages and between two stage 2 domains, and nowhere else", () => {
    const stage1 = ["ssid0", "ssid0 ats", "s1 bypass", "s1 term"];
    const stage2 = ["s2", "other s2"];
    const across = stage1.flatMap((a) => stage2.flatMap((b) => [`${a} > ${b}`, `${b} > ${a}`]));
    expect(breaking.sort()).toEqual([...across, "s2 > other s2", "other s2 > s2"].sort());
  });
  test("never from V=0", () => {
    for (const to of Object.values(entries)) expect(steBreaks({ ...(entries.s2 as SteTarget), V: 0 }, to)).toBe(false);
  });
  test("to another CD table with another S1DSS, but not to one or the other", () => {
    const from = { ...(entries["s1 term"] as SteTarget), V: 1 };
    expect(steBreaks(from, { ...from, S1ContextPtr: 2, S1DSS: S1DSS_SSID0 })).toBe(true);
    expect(steBreaks(from, { ...from, S1ContextPtr: 2 })).toBe(false);
    expect(steBreaks(from, { ...from, S1DSS: S1DSS_SSID0 })).toBe(false);
  });
});

describe("a CD goes through V=0", () => {
  test("from one domain to another, and not when it comes, goes or stays", () => {
    const breaks = (valid: number, from: number, to: number) =>
      cdBreaks(valid, { domain: from, EPD0: 0 }, { domain: to, EPD0: 0 }, true);
    expect(breaks(1, 3, 4)).toBe(true);
    expect([breaks(0, 0, 3), breaks(1, 3, 0), breaks(1, 3, 3), breaks(0, 3, 4)]).toEqual(Array(4).fill(false));
  });
  test("not where EPD0 leaves TTB0 unused, unless MAIR differs as well", () => {
    const dead = { domain: 3, EPD0: 1 };
    expect(cdBreaks(1, { domain: 3, EPD0: 0 }, dead, true)).toBe(false);
    expect(cdBreaks(1, dead, { domain: 4, EPD0: 0 }, true)).toBe(false);
    expect(cdBreaks(1, dead, { domain: 4, EPD0: 0 }, false)).toBe(true);
  });
});

describe("reach", () => {
  const twoStreams = () => new Lab(labScenario({ devices: [{ sids: ["0x1", "0x2"] }], attached: [attach("D0")] }));
  test("is what every StreamID of a device gets", () => {
    const l = twoStreams();
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("D0"));
  });
  test("is -1 while they differ, as in the middle of an attach", () => {
    const l = twoStreams();
    const thread = l.start("replace", "core", "G", "D2");
    l.until(thread, () => reach(l.s, l.world, 1, 0) === -1);
    l.run(thread);
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("D2"));
  });
  test("of a device without PASIDs ignores S1DSS", () => {
    const l = new Lab(labScenario({ devices: [{ max_pasids: 0 }], attached: [attach("D0")] }));
    l.s.ste[1].S1DSS = S1DSS_TERMINATE;
    expect(reach(l.s, l.world, 1, 0)).toBe(l.domain("D0"));
  });
});
