import { describe, expect, test } from "vitest";
import type { Client } from "../worker/client.ts";
import type { InspectView } from "../worker/protocol.ts";
import { type Fake, fakePorts } from "./fake.ts";
import { plainLook } from "./look.ts";
import { createSession } from "./session.ts";

async function opened(total = 38) {
  const fake = fakePorts(total);
  const session = createSession(fake);
  session.act.open(fake.bar.read());
  await fake.settle();
  fake.asked.length = 0;
  return { fake, ...session, state: () => session.store.getState() };
}

describe("asking", () => {
  test("the address is opened first and then names the state, in the same entry", async () => {
    const { fake, state } = await opened();
    expect(fake.entries).toEqual(["#f/38/0/0/e"]);
    expect(state().snapshot?.position).toBe(0);
  });

  test("rapid steps go out one at a time and none is lost", async () => {
    const { fake, act, state } = await opened(0);
    for (let i = 0; i < 20; i += 1) act.forward();
    expect(fake.asked).toHaveLength(1);
    await fake.settle();
    expect(fake.asked.filter(({ kind }) => kind === "step")).toHaveLength(20);
    expect(state().snapshot?.position).toBe(20);
    expect(state().pending).toBe(0);
  });

  test("rapid moves count too: five times back is five steps back", async () => {
    const { fake, act, state } = await opened();
    act.seek(30);
    await fake.settle();
    for (let i = 0; i < 5; i += 1) act.back();
    await fake.settle();
    expect(state().snapshot?.position).toBe(25);
  });

  test("of a scrub only the first and the last position are asked for", async () => {
    const { fake, act, state } = await opened();
    for (let i = 1; i <= 30; i += 1) act.seek(i);
    expect(state().seeking).toBe(30);
    await fake.settle();
    expect(fake.asked).toEqual([
      { kind: "seek", position: 1 },
      { kind: "seek", position: 30 },
    ]);
    expect(state().seeking).toBeNull();
  });

  test("a move beyond the ends asks for nothing", async () => {
    const { fake, act } = await opened();
    act.back();
    act.seek(-3);
    await fake.settle();
    expect(fake.asked).toEqual([]);
  });

  test("forward moves within the run and steps the current thread at its end", async () => {
    const { fake, act } = await opened(1);
    act.forward();
    act.forward();
    await fake.settle();
    expect(fake.asked.map(({ kind }) => kind)).toEqual(["seek", "step"]);
  });

  test("another design starts afresh, and says so where a run is left behind", async () => {
    const { fake, act, state } = await opened(38);
    act.seek(12);
    await fake.settle();
    act.choose("seed-hole", "test-dev-v1", {});
    await fake.settle();
    expect(state().notice).toMatch(/^A fresh run of .* in .*\. Back returns to step 12 of the run before\.$/);
    act.choose("seed-hole", "test-dev-v1", {});
    await fake.settle();
    expect(state().notice).toBe("");
  });

  test("another way in the middle of a run says what it leaves out, and the next step is silent", async () => {
    const { fake, act, state } = await opened(38);
    act.seek(12);
    await fake.settle();
    act.step(1, "over");
    await fake.settle();
    expect(state().notice).toBe(
      "Steps 13 to 38 are left out of this run from here on. The browser's Back returns to them.",
    );
    act.step(1, "over");
    await fake.settle();
    expect(state().notice).toBe("");
  });

  test("who chooses another thread has read what was said of the one before", async () => {
    const { act, state } = await opened(38);
    act.notify("CPU0 is finished.");
    act.selectThread(2);
    expect(state().notice).toBe("");
  });

  test("a worker that fails is told in one sentence, and the page goes on", async () => {
    const fake = fakePorts();
    let broken = true;
    const client: Client = {
      ask: (request) => (broken ? Promise.reject(new Error("gone")) : fake.client.ask(request)),
      close() {},
    };
    const { act, store } = createSession({ ...fake, client });
    act.open("");
    await new Promise((resolve) => setTimeout(resolve));
    await fake.settle();
    expect(store.getState().notice).toContain("gone");
    broken = false;
    act.open("");
    await fake.settle();
    expect(store.getState().snapshot).not.toBeNull();
  });
});

describe("the address", () => {
  test("a step is an entry of its own, a move is not", async () => {
    const { fake, act } = await opened(0);
    act.step(2, "step");
    act.step(2, "step");
    await fake.settle();
    expect(fake.entries).toHaveLength(3);
    act.back();
    act.seek(0);
    await fake.settle();
    expect(fake.entries).toHaveLength(3);
    expect(fake.entries.at(-1)).toContain("#f/2/0/");
  });

  test("Back takes back a step, and writes no entry", async () => {
    const { fake, act, state } = await opened(0);
    act.step(2, "step");
    await fake.settle();
    act.step(2, "step");
    await fake.settle();
    fake.back();
    await fake.settle();
    expect(state().snapshot?.total).toBe(1);
    expect(fake.entries).toHaveLength(2);
  });

  test("Back during a burst of steps wins over what was still under way", async () => {
    const { fake, act, state } = await opened(0);
    act.step(2, "step");
    await fake.settle();
    act.step(2, "step");
    act.step(2, "step");
    fake.back();
    await fake.settle();
    expect(state().snapshot?.total).toBe(0);
    expect(fake.entries).toEqual(["#f/0/0/t2/e"]);
  });

  test("the look travels in the address and comes back from it", async () => {
    const { fake, act, state } = await opened();
    act.select({ kind: "row", device: "dev0", pasid: 1 });
    act.toggleSheet("legend");
    expect(fake.entries).toEqual(["#f/38/0/d0p1xl/e"]);
    act.open("#f/38/3/t1g0/e");
    await fake.settle();
    expect(state().look).toEqual({ ...plainLook, thread: 1, selected: { kind: "group", id: "g7" }, sheet: null });
  });

  test("what the verdicts are narrowed to is in the address, and outlives a run that is opened from them", async () => {
    const { fake, act, state } = await opened();
    act.showVerdicts({ scenario: "attach-flr" });
    expect(fake.entries.at(-1)).toBe("#f/38/0/xv_sattach-flr/e");
    act.open("#f/38/3/0_pX/e");
    await fake.settle();
    expect(state().look).toMatchObject({ sheet: null, property: "X", aim: { scenario: "attach-flr" } });
    act.toggleSheet("verdicts");
    expect(state().look.aim.scenario).toBe("attach-flr");
    act.lookAt(null);
    expect(state().look.property).toBeNull();
  });

  test("a long burst stays within what browsers allow, and the last state is named", async () => {
    const { fake, act } = await opened(0);
    for (let i = 0; i < 200; i += 1) act.step(2, "step");
    await fake.settle();
    expect(fake.entries.length).toBeLessThan(100);
    await fake.run(2);
    expect(fake.entries.at(-1)).toContain("#f/200/200/");
  });
});

describe("the reader's own things", () => {
  test("the current thread follows the run, unless one was chosen after the step was asked for", async () => {
    const { fake, act, state } = await opened();
    act.seek(20);
    await fake.settle();
    expect(state().look.thread).toBe(1);
    act.seek(30);
    act.selectThread(1);
    await fake.settle();
    expect(state().look.thread).toBe(1);
  });

  test("a thread chosen between an answer and its painting stays chosen", async () => {
    const held: (() => void)[] = [];
    const fake = fakePorts(38);
    const { act, store } = createSession({ ...fake, frame: (paint) => void held.push(paint) });
    act.open("");
    await fake.settle();
    act.seek(30);
    await fake.settle();
    act.selectThread(1);
    for (const paint of held.splice(0)) paint();
    expect(store.getState().snapshot?.position).toBe(30);
    expect(store.getState().look.thread).toBe(1);
  });

  test("a refusal changes nothing but the notice, and the next answer takes it away", async () => {
    const { fake, act, state } = await opened();
    const before = state().snapshot;
    act.start("a9");
    await fake.settle();
    expect(state().snapshot).toBe(before);
    expect(state().notice).toBe("nobody can act here");
    act.seek(3);
    await fake.settle();
    expect(state().notice).toBe("");
  });

  test("a pasted link is opened as a new entry, other text is inspected or refused in one sentence", async () => {
    const { fake, act, state } = await opened();
    expect(act.paste("see drivers/iommu/iommu.c", true)).toBe(false);
    expect(act.paste(" \n", false)).toBe(false);
    expect(act.paste("see drivers/iommu/iommu.c", false)).toBe(true);
    await fake.settle();
    expect(state()).toMatchObject({
      notice: "The pasted text is no link, and nobody can inspect here",
      pasted: null,
    });
    expect(act.paste("> https://example.org/#f/4/\n> 2/0/e", true)).toBe(true);
    await fake.settle();
    expect(fake.asked.at(-1)).toEqual({ kind: "open", text: "> https://example.org/#f/4/\n> 2/0/e" });
    expect(fake.entries).toHaveLength(1);
  });

  const told = { story: "each-store", run: 0, positions: [2, 5] };
  /** Tells a story where its link is opened; a link of the fake's own opens another world. */
  const tellingClient = (fake: Fake): Client => ({
    async ask(request) {
      const reply = await fake.client.ask(request);
      if (request.kind !== "open" || reply.kind !== "state") return reply;
      if (request.text.startsWith("#story/")) return { ...reply, told };
      if (!request.text.endsWith("/e")) return reply;
      return { ...reply, snapshot: { ...reply.snapshot, design: { ...reply.snapshot.design, id: "another" } } };
    },
    close() {},
  });

  test("a link to a story opens it told, and another world ends it", async () => {
    const fake = fakePorts();
    const client = tellingClient(fake);
    const { act, store } = createSession({ ...fake, client });
    act.open("");
    await fake.settle();
    act.paste("#story/each-store/1/1", false);
    await fake.settle();
    expect(store.getState().told).toEqual(told);
    // its question and its sentences are asked for with it
    expect(fake.asked.at(-1)).toEqual({ kind: "stories" });
    act.step(1, "step");
    await fake.settle();
    expect(store.getState().told).toEqual(told);
    act.open("#f/4/2/0/e");
    await fake.settle();
    expect(store.getState().told).toBeNull();
  });

  test("a run that was told a story is told it again after a reload, until the story is closed", async () => {
    const fake = fakePorts();
    const client = tellingClient(fake);
    const opened = async (text: string) => {
      const session = createSession({ ...fake, client });
      session.act.open(text);
      await fake.settle();
      return session;
    };
    await opened("#story/each-store/1/1");
    const again = await opened("");
    expect(again.store.getState().told).toEqual(told);
    again.act.toMove(1);
    await fake.settle();
    again.act.toMove(-1);
    expect(again.store.getState().notice).toBe("This is the first move of the story's run.");
    again.act.endStory();
    expect((await opened("")).store.getState().told).toBeNull();
    fake.memory.set("told", "[1, {}]");
    expect((await opened("")).store.getState().told).toBeNull();
    // where nothing can be stored it is told even so
    const { act, store } = createSession({ ...fake, client, memory: { get: () => null, set() {} } });
    act.open("#story/each-store/1/1");
    await fake.settle();
    expect(store.getState().told).toEqual(told);
  });

  test("qwords that could be read take away what was said of a text that could not", async () => {
    const fake = fakePorts();
    const readable: InspectView = {
      kind: "cmd",
      qwords: [],
      name: "RESUME",
      sentence: "",
      fields: [],
      used: [],
      safe: [],
      unnamed: [],
      faults: [],
      title: "",
      more: 0,
    };
    const client: Client = {
      ask: (request) =>
        request.kind === "inspect" && request.text === "44 88"
          ? Promise.resolve({ kind: "inspect", id: 0, inspected: readable })
          : fake.client.ask(request),
      close() {},
    };
    const { act, store } = createSession({ ...fake, client });
    act.open("");
    await fake.settle();
    act.paste("nonsense", false);
    await fake.settle();
    expect(store.getState().notice).toContain("The pasted text is no link");
    act.paste("44 88", false);
    await new Promise((resolve) => setTimeout(resolve));
    await fake.settle();
    expect(store.getState()).toMatchObject({ notice: "", pasted: { text: "44 88" }, inspected: { view: readable } });
  });

  test("play goes through the recorded run and stops at its end", async () => {
    const { fake, act, state } = await opened(3);
    act.play();
    await fake.settle();
    await fake.run(6);
    expect(fake.asked.map(({ kind }) => kind)).toEqual(["seek", "seek", "seek"]);
    expect(state().playing).toBe(false);
    expect(fake.entries).toHaveLength(1);
  });

  test("play begun at the end goes on with whoever can run, and any key ends it", async () => {
    const { fake, act, state } = await opened(0);
    act.play();
    await fake.settle();
    await fake.run(2);
    expect(fake.asked.every((request) => request.kind === "step" && request.mode === "any")).toBe(true);
    act.back();
    expect(state().playing).toBe(false);
    await fake.settle();
    const { length } = fake.asked;
    await fake.run(3);
    expect(fake.asked).toHaveLength(length);
  });

  test("theme and letters are remembered apart from the link", async () => {
    const { fake, act } = await opened();
    act.setTheme("dark");
    act.setLetters(false);
    const again = createSession(fake).store.getState();
    expect([again.theme, again.letters]).toEqual(["dark", false]);
    expect(fake.entries).toEqual(["#f/38/0/0/e"]);
  });
});
