import fc from "fast-check";
import { expect, test } from "vitest";
import { everything } from "./everything.testkit.ts";
import { Desk } from "./desk.ts";
import type { Snapshot } from "./protocol.ts";
import { changed, changeOf, pack, unpack } from "./wire.ts";

test("the next value arrives whole, whatever the two are", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, next) => {
      const change = structuredClone(changeOf(before, next));
      expect(changed(structuredClone(before), change)).toEqual(next);
    }),
  );
  const before: Record<string, number> = { a: 1, b: 2 };
  expect(changed(before, changeOf(before, { a: 1 }))).toEqual({ a: 1 });
  expect(changed([1, 2], changeOf([1, 2], [1]))).toEqual([1]);
});

test("an equal value is no change, and only the changed branch is sent and new", () => {
  const before = { a: [{ n: 1 }, { n: 2 }], b: { c: "x" } };
  expect(changeOf(before, structuredClone(before))).toBeNull();
  const change = changeOf(before, { a: [{ n: 1 }, { n: 3 }], b: { c: "x" } });
  expect(JSON.stringify(change)).not.toContain("x");
  const next = changed(before, change) as typeof before;
  expect(next.b).toBe(before.b);
  expect(next.a[0]).toBe(before.a[0]);
  expect(next.a[1]).toEqual({ n: 3 });
});

/** Both ends of the pipe over one desk, as messages would carry it. */
function pipe() {
  const desk = new Desk(everything);
  const sent = { last: null as Snapshot | null, size: 0 };
  let received: Snapshot | null = null;
  return {
    sent,
    ask: (request: Parameters<Desk["ask"]>[1]): Snapshot => {
      const reply = desk.ask(1, request);
      const message = pack(sent.last, reply);
      if (reply.kind === "state") sent.last = reply.snapshot;
      sent.size = JSON.stringify(message).length;
      const arrived = unpack(received, structuredClone(message));
      if (arrived.kind !== "state") throw new Error("refused");
      received = arrived.snapshot;
      expect(received).toEqual(sent.last);
      return received;
    },
  };
}

test("a step sends little, and what it left alone is the same object on the page", () => {
  const { sent, ask } = pipe();
  let before = ask({ kind: "open", text: "" });
  const whole = sent.size;
  for (const thread of [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]) {
    const now = ask({ kind: "step", thread, outcome: 0, mode: "step" });
    expect(sent.size).toBeLessThan(whole / 4);
    // the line that a thread was at is marked until another thread makes a step
    if (before.ran === thread) expect(now.threads[2 - thread]).toBe(before.threads[2 - thread]);
    expect(now.threads[thread - 1]).not.toBe(before.threads[thread - 1]);
    for (const part of ["scenario", "design", "scenarios", "designs", "assumptions", "notModelled"] as const) {
      expect(now[part]).toBe(before[part]);
    }
    before.timeline.steps.forEach((step, n) => expect(now.timeline.steps[n]).toBe(step));
    // this thread writes nothing: the picture and the tables have nothing to draw
    if (thread === 1) {
      for (const part of ["groups", "devices", "domains"] as const) expect(now[part]).toBe(before[part]);
    }
    before = now;
  }
  ask({ kind: "seek", position: 3 });
  ask({ kind: "undo" });
  ask({ kind: "choose", scenario: "two-devices", design: "linux-7.3", options: {} });
});
