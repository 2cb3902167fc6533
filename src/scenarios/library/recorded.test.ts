import { describe, expect, test } from "vitest";
import { steFacts } from "../../hw/tables.ts";
import { findDesign } from "../../kernel/designs/index.ts";
import { Lab } from "../lab.testkit.ts";
import { findScenario } from "./find.ts";

// Runs through the worlds of events, as their questions ask.

const lab = (id: string) => new Lab(findScenario(id) ?? expect.fail(), findDesign("linux-7.3") ?? expect.fail());
const events = ({ play }: Lab) =>
  play.records.flatMap(({ trace }) => trace.flatMap((t) => (t.kind === "event" ? [t.text] : [])));

test("requests while the STE is switched: one is refused by V=0, one by its CD, and the third is lost", () => {
  const l = lab("recorded-switch");
  const [replace, function_, irq] = [0, 1, 2];
  l.until(replace, () => steFacts(l.s, l.world, 1).V === 0);
  l.run(function_);
  expect(events(l)).toEqual(["C_BAD_STE of 0x100", "C_BAD_STE of 0x100 ssid 2", "C_BAD_STE of 0x100, lost"]);
  l.run(irq);
  l.run(replace);
  expect(l.s.evtq[1]).toMatchObject({ length: 0, ovflg: 1, ovackflg: 1 });
});

describe("a stalled request across a reset is ended", () => {
  const [function_, user, reset, irq] = [0, 1, 2, 3];
  const stalled = () => {
    const l = lab("recorded-stall");
    l.run(function_);
    expect(events(l)).toEqual(["F_TRANSLATION of 0x100, stalls"]);
    return l;
  };
  test("by the user's answer, and finds its page", () => {
    const l = stalled();
    l.run(irq);
    l.run(user);
    expect(l.run(function_)).toBe("reached F1");
  });
  test("by the reset, which answers what waits", () => {
    const l = stalled();
    l.run(irq);
    l.until(reset, () => l.s.pdev[1].in_reset === 1);
    expect(l.run(function_)).toBe("aborted by a CMD_RESUME");
  });
  test("by the event thread with a WARN, where it comes after the reset has taken `fault_param` away", () => {
    const l = stalled();
    l.until(reset, () => l.s.dev_iommu[1].fault_param === 0);
    l.run(irq);
    // the reset holds no lock that the thread needs
    expect([l.warned(), l.run(function_)]).toEqual([["iommu_report_device_fault"], "aborted by a CMD_RESUME"]);
    expect(l.violated()).toEqual(["I-WARN"]);
  });
});
