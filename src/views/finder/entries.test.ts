import { expect, test } from "vitest";
import { moment } from "../../session/moment.ts";
import type { ActionView } from "../../worker/protocol.ts";
import { everything, matching, ofRun } from "./entries.ts";

const unmap: ActionView = {
  id: "9-3",
  target: { kind: "domain", id: "D0" },
  topic: "Unmap",
  label: "Unmap a page of D0",
  caller: "unmap",
  enabled: true,
};
const world = { ...moment, actions: [unmap, { ...unmap, target: { kind: "group" as const, id: "group 7" } }] };

test("every entry is told apart, also an action that concerns two objects", () => {
  const ids = [...everything(world), ...ofRun(world)].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain("act 9-3");
});

test("all words have to be there, in any order, and what begins with them comes first", () => {
  const found = (asked: string) => matching([...everything(world), ...ofRun(world)], asked).shown.map(({ id }) => id);
  expect(found("page unmap")).toEqual(["act 9-3"]);
  expect(found("35")[0]).toBe("step 35");
  expect(found("legend")[0]).toBe("legend");
  expect(found("no such thing")).toEqual([]);
});

test("what is too much to draw is counted", () => {
  const { shown, left } = matching(
    ofRun({ ...moment, timeline: { ...moment.timeline, steps: Array(200).fill(moment.timeline.steps[0]) } }),
    "",
  );
  expect(shown.length).toBe(80);
  expect(left).toBeGreaterThan(100);
});

test("a step goes where it was made, a broken property where it broke, and one that holds nowhere", () => {
  const at: number[] = [];
  const act = { seek: (position: number) => at.push(position) } as never;
  const run = ofRun(moment);
  run.find(({ id }) => id === "step 12")?.run(act);
  run.find(({ id }) => id === "property I-RESTORE")?.run(act);
  expect(at).toEqual([12, 35]);
  expect(run.find(({ id }) => id === "property I-TEST")?.reason).toBeDefined();
});
