import { describe, expect, test } from "vitest";
import type { Qwords } from "../hw/fields.ts";
import { cdIn, steIn } from "../hw/tables.ts";
import { entryAfter, writeEntry } from "../hw/writer.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { Play } from "../scenarios/play.ts";
import { designs } from "./designs/index.ts";

// The writer of entries at both grains, against the pure one in hw/writer.

const worlds = ["used-ssids", "nested-vdevice", "sva-unbind-exit", "ats-always-on", "attach-flr", "two-devices"];

const kernels = designs.filter(({ id }) => ["linux-6.17", "test-dev-v1", "linux-7.3"].includes(id));

/** A change of an entry: what it began with, what it leads to, and what memory held after each store. */
interface Change {
  readonly kind: "ste" | "cd";
  readonly from: Qwords;
  readonly to: Qwords;
  readonly after: Qwords[];
  /** Stores by qword, -1 for a sync. */
  readonly steps: number[];
}

/** Plays one thread after the other, store by store, and writes down what the writer does. */
function changesOf(play: Play): Change[] {
  const { machine, model } = play;
  const { world } = model;
  const changes: Change[] = [];
  let read = (): Qwords => [];
  for (let t = 0; t < machine.programs.length; t++) {
    while (machine.outcomes(t) > 0) {
      const { text } = machine.next(t);
      const top = machine.frames(t).at(-1);
      const l = top === undefined ? {} : machine.localsOf(t, top.offset);
      if (text.startsWith("`arm_smmu_entry_qword_diff`")) {
        const { dev = 0, stream = 0, ssid = 0, target = 0 } = l;
        const kind = stream > 0 ? "ste" : "cd";
        const entries = (stream > 0 ? world.ste[stream] : world.cd[dev])?.entries;
        if (entries === undefined) throw new Error("no such entry");
        read = () => entries.qwordsOf(stream > 0 ? steIn(machine.state, stream) : cdIn(machine.state, dev, ssid));
        changes.push({ kind, from: read(), to: entries.qwordsOf(entries.target(target)), after: [], steps: [] });
      }
      machine.step(t, 0);
      const change = changes.at(-1);
      if (text.startsWith("store ")) {
        change?.after.push(read());
        const kept = change?.after.at(-2) ?? change?.from ?? [];
        change?.steps.push(read().findIndex((q, i) => q !== kept[i]));
      } else if (text.startsWith("CFGI_")) change?.steps.push(-1);
    }
  }
  return changes;
}

describe.each(worlds)("%s, one thread after the other", (id) => {
  const scenario = findScenario(id);
  if (scenario === undefined) throw new Error(id);
  const play = (design: (typeof designs)[number], grain: "table" | "store") =>
    new Play(makeModel({ ...scenario, grain }, design, {}));
  test.each(kernels.map((d) => [d.id, d] as const))("ends alike at both grains in %s", (_id, design) => {
    const ends = (["table", "store"] as const).map((grain) => {
      const { machine } = play(design, grain);
      let steps = 0;
      for (let t = 0; t < machine.programs.length; t++) {
        for (; machine.outcomes(t) > 0; steps++) machine.step(t, 0);
      }
      return { bytes: machine.bytes.slice(), steps };
    });
    expect(ends[1]?.bytes).toEqual(ends[0]?.bytes);
    expect(ends[1]?.steps).toBeGreaterThanOrEqual(ends[0]?.steps ?? 0);
  });
  test("goes through the entries that the pure writer goes through, with its syncs", () => {
    const design = designs.find((d) => d.id === "linux-7.3") as (typeof designs)[number];
    const changes = changesOf(play(design, "store"));
    expect(changes.some(({ after }) => after.length > 2)).toBe(true);
    for (const { kind, from, to, after, steps } of changes) {
      expect(after).toEqual(after.map((_q, i) => entryAfter(kind, from, to, i + 1)));
      expect(steps).toEqual([...writeEntry(kind, from, to)].map((step) => ("sync" in step ? -1 : step.store)));
      expect(after.at(-1) ?? from).toEqual(to);
    }
  });
});
