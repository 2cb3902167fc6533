import { describe, expect, test } from "vitest";
import { everything } from "./everything.testkit.ts";
import { Desk } from "./desk.ts";
import { inspect } from "./inspect.ts";
import type { InspectRequest, InspectView, Snapshot } from "./protocol.ts";

const ask: InspectRequest = { text: "", as: null, against: null, update: null };
function view(request: Partial<InspectRequest>): InspectView {
  const found = inspect({ ...ask, ...request });
  if (typeof found === "string") throw new Error(found);
  return found;
}
const stage2 = "0xd 0x100010000000 0x44d359000000003 0x10a2c4000 0 0 0 0";
const abort = "0x1 0 0 0 0 0 0 0";

describe("a pasted text", () => {
  test("is what it says it is, else what its length and its bits say", () => {
    expect(view({ text: stage2 })).toMatchObject({ kind: "ste", guess: { other: "cd" } });
    expect(
      view({
        text: `Context Descriptor\n${stage2
          .split(" ")
          .map((q, i) => `CD[${i}]: ${q}`)
          .join("\n")}`,
      }),
    ).toMatchObject({
      kind: "cd",
      title: "Context Descriptor",
    });
    expect(view({ text: stage2, as: "cd" }).kind).toBe("cd");
    expect(view({ text: "0x44 0x88" })).toMatchObject({ kind: "cmd", name: "RESUME" });
    expect(view({ text: "10 0 1000 0" })).toMatchObject({ kind: "event", name: "F_TRANSLATION" });
    expect(view({ text: "10 0 1000 0" }).guess).toBeUndefined();
  });
  test("of two entries in a row is the second, compared with the first", () => {
    const both = view({ text: `${abort} ${stage2}` });
    expect(both.qwords[0]).toBe("0x000000000000000d");
    expect(both.against?.[0]).toBe("0x0000000000000001");
    expect(both.update).toMatchObject({ mode: "hitless", critical: [0], syncs: 2 });
  });
  test("that is none gets one sentence", () => {
    for (const text of ["", "hello", "1 2 3", "<b>", "0x1".repeat(9), "1 ".repeat(17)]) {
      const said = inspect({ ...ask, text });
      expect(said).toMatch(/^[A-Z"][^\n]*\.$/);
    }
    expect(inspect({ ...ask, text: stage2, as: "cmd" })).toBe("Here are 8 qwords, and a command has 2.");
  });
  test("is compared only with its like", () => {
    expect(view({ text: stage2, against: { kind: "cd", qwords: abort.split(" ") } }).against).toBeUndefined();
    const compared = view({ text: stage2, against: { kind: "ste", qwords: abort.split(" ") } });
    expect(compared.fields.filter(({ was }) => was !== undefined).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["CFG", "EATS", "SHCFG", "S2VMID", "VTCR", "S2TTB"]),
    );
    expect(compared.fields.find(({ name }) => name === "V")?.was).toBeUndefined();
  });
});

describe("an update that a thread is in the middle of", () => {
  /** Every snapshot of a run of one thread after the other, at a grain. */
  function snapshots(grain: string): Snapshot[] {
    const desk = new Desk(everything);
    const state = (request: Parameters<Desk["ask"]>[1]) => {
      const reply = desk.ask(1, request);
      if (reply.kind !== "state") throw new Error("no state");
      return reply.snapshot;
    };
    let now = state({ kind: "choose", scenario: "used-ssids", design: "linux-7.3", options: { grain } });
    const seen = [now];
    for (let n = 0; n < 400; n++) {
      const thread = now.threads.find(({ status }) => status === "ready");
      if (thread === undefined) break;
      now = state({ kind: "step", thread: thread.id, outcome: 0, mode: "step" });
      seen.push(now);
    }
    return seen;
  }

  test("is shown from its first store to its last sync, and memory is what its stores so far made of it", () => {
    const seen = snapshots("store").flatMap(({ devices }) =>
      devices.flatMap(({ stes, cdTable }) => [
        ...stes.map(({ entry }) => ({ kind: "ste" as const, entry })),
        ...cdTable.entries.map(({ entry }) => ({ kind: "cd" as const, entry })),
      ]),
    );
    const under = seen.flatMap(({ kind, entry }) =>
      entry?.update === undefined ? [] : [{ kind, entry, update: entry.update }],
    );
    expect(new Set(under.map(({ kind }) => kind))).toEqual(new Set(["ste", "cd"]));
    for (const { kind, entry, update } of under) {
      const shown = view({ text: entry.qwords.join(" "), as: kind, update }).update;
      const memory = [...update.from];
      for (const { store, made } of shown?.steps ?? [])
        if (store !== null && made) memory[store.qword] = store.value.replace("0x", "");
      expect(entry.qwords).toEqual(memory);
      expect(shown?.steps.filter(({ made }) => made)).toHaveLength(update.made);
    }
    // every number of steps made was seen of some update, also all of them
    const most = Math.max(...under.map(({ update }) => update.made));
    expect(most).toBeGreaterThan(3);
    expect(new Set(under.map(({ update }) => update.made)).size).toBe(most + 1);
  });
  test("is never seen where the writer is one step", () => {
    expect(
      snapshots("table")
        .flatMap(({ devices }) => devices.flatMap(({ stes }) => stes))
        .every(({ entry }) => entry?.update === undefined),
    ).toBe(true);
  });
});
