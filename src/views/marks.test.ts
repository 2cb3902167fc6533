import { expect, test } from "vitest";
import { markFrom } from "./marks.ts";

const step = (thread: number, more: { errno?: string; warn?: string; violated?: string[] } = {}) => ({
  thread,
  kind: "step" as const,
  text: "",
  proc: "",
  violated: [],
  ...more,
});

test("a stride ends at an errno, a WARN, a broken property, a command and a switch of thread, either way", () => {
  const steps = [
    step(1),
    step(1),
    step(2, { errno: "-EBUSY" }),
    step(2),
    step(2, { warn: "x" }),
    step(2),
    step(2, { violated: ["I-OLD"] }),
    step(2),
    step(2),
    step(2),
  ];
  const run = { steps, commands: [{ step: 9 }] };
  const forward: number[] = [];
  for (let at = 0; at < 10; forward.push(at)) at = markFrom(run, at, 1);
  expect(forward).toEqual([2, 3, 5, 7, 9, 10]);
  const back: number[] = [];
  for (let at = 10; at > 0; back.push(at)) at = markFrom(run, at, -1);
  expect(back).toEqual([9, 7, 5, 3, 2, 0]);
  expect([markFrom(run, 10, 1), markFrom(run, 0, -1), markFrom({ steps: [], commands: [] }, 0, 1)]).toEqual([10, 0, 0]);
});
