import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { encodeLink } from "../scenarios/link.ts";
import { packWorld } from "../scenarios/pack.ts";
import { Play } from "../scenarios/play.ts";
import { actionViews, opOfAction } from "./actions.ts";
import { everything } from "./everything.testkit.ts";
import { Desk, type DeskRequest } from "./desk.ts";
import type { Reply, Snapshot } from "./protocol.ts";

/** A desk with answers unpacked. */
function open(text = "") {
  const desk = new Desk(everything);
  const ask = (request: DeskRequest): Reply => desk.ask(1, request);
  const state = (request: DeskRequest): Snapshot => {
    const reply = ask(request);
    if (reply.kind !== "state") throw new Error(reply.kind === "refused" ? reply.notice : "no state");
    return reply.snapshot;
  };
  return { desk, ask, state, first: state({ kind: "open", text }) };
}

const step = (thread: number, mode: "step" | "over" | "out" | "block" | "any" = "step", outcome = 0): DeskRequest => ({
  kind: "step",
  thread,
  outcome,
  mode,
});

describe("stepping", () => {
  test("step makes one event, over the whole callee, out the rest of the procedure, block as far as it goes", () => {
    const { state } = open();
    expect(state(step(2)).position).toBe(1);
    expect(state(step(2)).position).toBe(2);
    expect(state(step(2)).threads[1]?.stack.map((l) => l.proc)).toEqual([
      "reset_store",
      "pci_reset_function",
      "pci_dev_save_and_disable",
    ]);
    expect(state(step(2, "out")).threads[1]?.stack.at(-1)?.proc).not.toBe("pci_dev_save_and_disable");
    const before = state(step(2, "over"));
    expect(before.position).toBeGreaterThan(4);
    expect(state(step(2, "block")).threads[1]?.status).toBe("finished");
  });
  test("a blocked thread is refused with a sentence, and says who holds the lock", () => {
    const { state, ask } = open();
    for (let i = 0; i < 5; i++) state(step(2));
    const shown = state({ kind: "seek", position: 5 });
    expect(shown.threads[0]?.statusNote).toBe("waits for `group->mutex` of group 7, held by CPU1");
    expect(ask(step(1))).toMatchObject({
      kind: "refused",
      notice: "This step cannot be made: CPU0 waits for a lock. CPU1 can go on: key 2 chooses it.",
    });
  });
  test("a thread that waits for no lock says what it waits for, and how", () => {
    const { state } = open();
    state({ kind: "choose", scenario: "atc-timeout", design: "linux-7.3", options: {} });
    let shown = state(step(2, "block"));
    for (let i = 0; i < 40 && shown.threads[1]?.status === "ready"; i++) shown = state(step(2, "block"));
    const waits = shown.threads.filter(({ status }) => status === "blocked");
    expect(waits.map(({ heldBy, waiting, statusNote }) => [heldBy, waiting, statusNote])).toEqual([
      [undefined, "polls", "polls: wait for the CMD_SYNC to be complete"],
      [undefined, "rests", "at rest: an interrupt when GERROR changes"],
    ]);
  });
  test("going on along the run keeps what comes after; another choice drops it", () => {
    const { state } = open();
    for (let i = 0; i < 3; i++) state(step(2));
    state({ kind: "seek", position: 1 });
    expect(state(step(2))).toMatchObject({ position: 2, total: 3 });
    expect(state(step(1))).toMatchObject({ position: 3, total: 3, ran: 1 });
    expect(state({ kind: "undo" })).toMatchObject({ position: 2, total: 2 });
  });
  test("what was passed over in a call that is over says what it was called with", () => {
    const { state } = open();
    state({ kind: "choose", scenario: "used-ssids", design: "linux-7.3", options: {} });
    state(step(2, "block"));
    let shown = state(step(1, "block"));
    for (let i = 0; i < 20 && shown.threads[0]?.status !== "finished"; i++) shown = state(step(1 + (i % 2), "block"));
    const lines = shown.threads[0]?.stack[0]?.lines ?? [];
    expect(lines.filter((line) => line.state === "skipped").length).toBeGreaterThan(0);
    expect(lines.map(({ text }) => text).join()).not.toMatch(/new_domain|\{/);
  });
  test("play goes on with the thread that ran, then with one that can", () => {
    const { state } = open();
    state(step(2));
    let last = state(step(1, "any"));
    expect(last.ran).toBe(2);
    for (let i = 0; i < 400 && last.threads.some((t) => t.status !== "finished"); i++) last = state(step(1, "any"));
    expect(last.threads.map((t) => t.status)).toEqual(["finished", "finished"]);
  });
});

describe("actions", () => {
  test("each enabled action of each world can be started, and Back takes it away", () => {
    // the worlds of single checks offer what the others do
    const worlds = library.filter(({ id }) => !id.startsWith("check-"));
    worlds.forEach(({ id }, i) => {
      const { desk, state } = open();
      // what can be started does not depend on the design: each world has its turn with one
      const design = designs[i % designs.length]?.id ?? "";
      const fresh = state({ kind: "choose", scenario: id, design, options: {} });
      const enabled = [...new Set(fresh.actions.filter((a) => a.enabled).map((a) => a.id))];
      // and of each kind there are many: every second one is started
      for (const action of enabled.filter((_id, n) => n % 2 === i % 2)) {
        const started = state({ kind: "act", action });
        expect(started.threads.length).toBe(fresh.threads.length + 1);
        state({ kind: "undo" });
      }
      expect(desk.play.position).toBe(0);
    });
  });
  test("a disabled one is refused with its reason", () => {
    const { state, ask, first } = open();
    const reset = first.actions.find((a) => a.caller === "reset via sysfs");
    state({ kind: "act", action: reset?.id ?? "" });
    for (let i = 0; i < 4; i++) state(step(3));
    const refused = ask({ kind: "act", action: reset?.id ?? "" });
    expect(refused).toMatchObject({ kind: "refused", notice: "This cannot be started: 0000:01:00.0 is in a reset." });
  });
  test("nonsense is refused", () => {
    const { ask } = open();
    for (const action of ["", "x", "99", "0-99-99", "0-1", "0-1-2-3-4-5", "19-1-2", "__proto__"]) {
      expect([action, ask({ kind: "act", action }).kind]).toEqual([action, "refused"]);
    }
  });
  test("at most 8 threads, and the reason is said", () => {
    const { state } = open();
    const dma = "17-1-0";
    for (let i = 0; i < 6; i++) state({ kind: "act", action: dma });
    const full = state({ kind: "seek", position: 6 });
    expect(full.threads.length).toBe(8);
    const offered = full.actions.filter(({ target }) => target.id !== "blocked");
    expect(new Set(offered.map((a) => a.reason))).toEqual(new Set(["there are 8 threads, the most that fit"]));
  });
});

describe("a world of one's own", () => {
  const mine = { ...library[0]!, id: "mine", title: "mine" };
  test("keeps its place while the design changes", () => {
    packWorld(mine);
    const { head, tail } = encodeLink(new Play(makeModel(mine, designs[0]!, {})));
    const { state, first } = open(`#${head}${tail}`);
    expect(first.scenario.id).toBe("mine");
    const other = state({ kind: "choose", scenario: "mine", design: "linux-7.3", options: {} });
    expect([other.scenario.title, other.design.id]).toEqual(["mine", "linux-7.3"]);
  });
});

describe("links of snapshots", () => {
  test("open to the same snapshot, at any position", () => {
    const { state } = open();
    state(step(2, "block"));
    for (const position of [0, 1, 17, 40]) {
      const shown = state({ kind: "seek", position });
      const again = open(`#${shown.link.head}t1${shown.link.tail}`);
      expect(again.first).toEqual(shown);
    }
  });
  test("a 60-choice run of 4 threads that take turns fits in 120 characters, in every world, designs in turn", () => {
    library.forEach((world, i) => {
      const design = designs[i % designs.length]!;
      const options = Object.fromEntries(design.options.map((o) => [o.id, o.values.at(-1)?.id ?? ""]));
      const play = new Play(makeModel(world, design, options));
      const starts = actionViews(play).filter((a) => a.enabled);
      const { machine, player } = play;
      for (let n = 0; machine.programs.length < 4; n++)
        play.append({ kind: "start", what: opOfAction(starts[n]?.id ?? "")! });
      const begun = player.events.length;
      for (let turn = 0; player.events.length - begun < 60; turn++) {
        const ready = machine.programs.flatMap((_p, thread) => (machine.outcomes(thread) > 0 ? [thread] : []));
        if (ready.length === 0) break;
        play.append({ kind: "choice", thread: ready[turn % ready.length]!, outcome: 0 });
      }
      const { head, tail } = encodeLink(play);
      const fragment = `${head}t4${tail}`;
      expect(fragment).toMatch(/^[A-Za-z0-9_/-]+$/);
      expect([world.id, design.id, fragment.length <= 120]).toEqual([world.id, design.id, true]);
    });
  });
});

describe("the stream table", () => {
  /** The fields of the only STE at a position of the README's first run. */
  const first = /`(#1\/used-ssids\/test-dev-v1\/[^`]+)`/.exec(
    readFileSync(new URL("../../README.md", import.meta.url), "utf8"),
  )?.[1];
  const uses: Readonly<Record<string, readonly string[]>> = {
    S1_trans: ["S1ContextPtr", "S1DSS", "EATS"],
    S2_trans: ["S2VMID", "EATS"],
  };
  const { state, first: end } = open(first ?? "");
  const positions = Array.from({ length: end.total + 1 }, (_, position) => state({ kind: "seek", position }));
  const steOf = (shown: Snapshot) => shown.devices[0]?.stes[0];
  const valueOf = (shown: Snapshot, name: string) => steOf(shown)?.fields.find((field) => field.name === name);

  test("a field has a value while the Config of the same moment uses it, else a hyphen and the reason", () => {
    const seen = new Set<string>();
    for (const shown of positions) {
      const config = valueOf(shown, "Config")?.value ?? "";
      seen.add(config);
      for (const name of ["S1ContextPtr", "S1DSS", "S2VMID", "EATS"]) {
        const used = uses[config]?.includes(name) ?? false;
        expect([shown.position, config, name, valueOf(shown, name)?.value !== "-"]).toEqual([
          shown.position,
          config,
          name,
          used,
        ]);
        expect(valueOf(shown, name)?.meaning).toBe(used ? undefined : `Config ${config} does not use it`);
      }
    }
    expect([...seen].sort()).toEqual(["S1_trans", "S2_trans"]);
  });
  test("the step that puts a field out of use says what it was", () => {
    const out = positions.filter((shown) => {
      const field = valueOf(shown, "S1DSS");
      return field?.value === "-" && field.was !== undefined;
    });
    expect(out.length).toBeGreaterThan(0);
    for (const shown of out) {
      expect(valueOf(shown, "Config")?.was).toBe("S1_trans");
      expect(shown.changes).toContainEqual({
        layer: "tables",
        what: "`STE 0x100` S1DSS",
        was: valueOf(shown, "S1DSS")?.was,
        is: "not used",
      });
    }
  });
  test("an entry lists every step that changed it", () => {
    const last = positions.at(-1);
    const changed = positions.filter((shown) => steOf(shown)?.changed).map(({ position }) => position);
    expect(changed.length).toBeGreaterThan(2);
    expect(last && steOf(last)?.writes).toEqual(changed);
  });
  test("an entry knows the step of the recorded run that changes it next, and after the last there is none", () => {
    const changed = positions.filter((shown) => steOf(shown)?.changed).map(({ position }) => position);
    for (const shown of positions) {
      expect([shown.position, steOf(shown)?.next]).toEqual([
        shown.position,
        changed.find((step) => step > shown.position),
      ]);
    }
  });
});

describe("a listing reads as it is spoken", () => {
  test("the errno of a return stands at the right, not in the line as well", () => {
    const { state } = open();
    state({ kind: "choose", scenario: "s2-ssids", design: "test-dev-v1", options: {} });
    const lines = state(step(1, "block")).threads[0]?.stack.at(-1)?.lines ?? [];
    expect(lines.at(-1)).toMatchObject({ text: "return", ret: "-EBUSY" });
  });
  test("a parameter that is 0 is known, and a question that was not answered ends with its mark", () => {
    const { state } = open();
    const shown = state({ kind: "choose", scenario: "s2-ssids", design: "test-dev-v1", options: {} });
    const lines = shown.threads[1]?.stack.at(-1)?.lines.map(({ text }) => text);
    expect(lines).toContain("is PASID 0 (RID) of 0000:01:00.0 attached already?");
  });
});

describe("a listing", () => {
  test("says where the second branch of a decision begins, in the state of that branch", () => {
    const { state } = open();
    const outline = (thread: number, step: number) => {
      const { threads } = state({ kind: "seek", position: step });
      return threads[thread]?.stack
        .at(-1)
        ?.lines.filter(({ head, depth }) => head || depth > 0)
        .map(({ head, depth, state: of }) => `${head ? "else" : "line"} ${depth} ${of}`);
    };
    expect(outline(0, 0)).toEqual(["line 1 todo", "else 0 todo", "line 1 todo"]);
    const total = state(step(1, "block")).total;
    expect(state({ kind: "seek", position: total }).threads[0]?.stack[0]?.proc).toBe("iommu_replace_group_handle");
    expect(outline(0, total)).toEqual(["line 1 done", "else 0 skipped", "line 1 skipped"]);
  });
});
