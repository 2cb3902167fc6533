import { expect, test } from "vitest";
import { library } from "../scenarios/library/index.ts";
import { ahead } from "./ahead.ts";
import { everything } from "./everything.testkit.ts";
import { Desk } from "./desk.ts";

test.each(library.map(({ id }) => [id]))(
  "%s: what is told ahead is what is answered, and leaves the run as it was",
  (id) => {
    const desk = new Desk(everything);
    let now = desk.ask(1, { kind: "choose", scenario: id, design: "linux-7.3", options: {} });
    let told = 0;
    for (let i = 0; i < 24; i++) {
      // now and then in the middle of the run, along it and away from it
      if (i % 8 === 7 && now.kind === "state") now = desk.ask(1, { kind: "seek", position: now.snapshot.position - 3 });
      const next = ahead(desk);
      expect(desk.ask(1, { kind: "settle" })).toEqual(now);
      if (next === null) break;
      for (const request of i % 3 === 0 ? next.requests : next.requests.slice(0, 1)) {
        now = desk.ask(1, request);
        expect(now).toEqual({ ...next.reply, id: 1 });
        told++;
        if (request !== next.requests.at(-1) && next.requests.length > 1 && i % 3 === 0)
          desk.ask(1, { kind: "seek", position: now.kind === "state" ? now.snapshot.position - 1 : 0 });
      }
    }
    expect(told).toBeGreaterThan(0);
  },
);

test.each(["the step", "what is shown of it"])("where %s fails the run is as it was", (where) => {
  const fail = () => {
    throw new Error("an assertion of the engine");
  };
  let later = everything.later;
  const desk = new Desk({
    ...everything,
    get later() {
      return later;
    },
  });
  for (let i = 0; i < 3; i++) desk.ask(1, { kind: "step", thread: 1, outcome: 0, mode: "step" });
  const before = desk.ask(1, { kind: "settle" });
  const { observer } = desk.play.machine;
  if (observer === null || later === null) throw new Error("nobody watches");
  if (where === "the step") desk.play.machine.observer = { ...observer, answer: fail };
  else later = { ...later, actionViews: fail };
  expect(() => ahead(desk)).toThrow();
  desk.play.machine.observer = observer;
  ({ later } = everything);
  expect(desk.ask(1, { kind: "settle" })).toEqual(before);
  expect(ahead(desk)).not.toBeNull();
});

test("nothing is told where the reader has to choose, or nobody can step", () => {
  const desk = new Desk(everything);
  desk.ask(1, { kind: "choose", scenario: "enomem", design: "linux-7.3", options: {} });
  const outcomes = () => desk.play.machine.programs.map((_p, t) => desk.play.machine.outcomes(t));
  let chosen = 0;
  for (let i = 0; i < 400 && outcomes().some((n) => n > 0); i++) {
    const next = ahead(desk);
    const thread = outcomes().findIndex((n) => n > 0);
    if (next === null) {
      chosen++;
      expect(Math.max(...outcomes())).toBeGreaterThan(1);
    }
    desk.ask(1, next?.requests[0] ?? { kind: "step", thread: thread + 1, outcome: 0, mode: "step" });
  }
  expect(chosen).toBeGreaterThan(0);
  expect(ahead(desk)).toBeNull();
});
