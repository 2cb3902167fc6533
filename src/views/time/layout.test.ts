import { describe, expect, test } from "vitest";
import { moment } from "../../session/moment.ts";
import { worldOf } from "../../session/worlds.ts";
import { widthOf } from "../../ui/measure.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { axis, numbered, scaleFor, spanOf, stepAt } from "./axis.ts";
import { layoutHardware } from "./deviceLanes.ts";
import type { TimeText } from "./lanes.ts";
import { layoutThreads } from "./threadLanes.ts";
import { valueText } from "./valueText.ts";

const busy: Snapshot = {
  ...moment,
  position: 38,
  timeline: {
    ...moment.timeline,
    steps: moment.timeline.steps.map((step, i) => ({
      ...step,
      ...(i % 2 === 0 ? { errno: "-EBUSY" } : { warn: "WARN_ON" }),
      violated: ["I-RESTORE", "I-USERWARN"],
    })),
    commands: moment.timeline.steps.map((_, i) => ({
      step: i + 1,
      letter: "C" as const,
      text: "CFGI_STE 0x100",
      qwords: [],
    })),
  },
};
const worlds = { "the moment of the mock": moment, "something at every step": busy } as const;

function boxOf(text: TimeText) {
  return { x: text.x, y: text.y - 9, w: widthOf(text.text, { size: 11, mono: text.mono }), h: 11 };
}

describe.each(Object.entries(worlds))("%s", (_name, world) => {
  const layouts = { threads: layoutThreads, devices: layoutHardware };
  describe.each([
    ["threads", 1440],
    ["threads", 1024],
    ["threads", 800],
    ["devices", 1440],
    ["devices", 1024],
    ["devices", 800],
  ] as const)("%s, %d wide", (lane, width) => {
    const lanes = layouts[lane](world, width);
    const boxes = lanes.texts.map((text) => ({ text: text.text, ...boxOf(text) }));
    test("no two texts overlap", () => {
      const hits = boxes.flatMap((a, i) =>
        boxes
          .slice(i + 1)
          .filter((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
          .map((b) => `${a.text} at ${a.x},${a.y} and ${b.text} at ${b.x},${b.y}`),
      );
      expect(hits).toEqual([]);
    });
    test("none leaves the picture", () => {
      const out = boxes.filter(({ x, y, w, h }) => x < 0 || y < 0 || x + w > width || y + h > lanes.height);
      expect(out).toEqual([]);
    });
  });
  test.each([1440, 1024, 800])("every step has its dot, at one x for one step, %d wide", (width) => {
    const lanes = layoutThreads(world, width);
    const x = scaleFor(world.total, width, false);
    expect(lanes.dots.map(({ step }) => step).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 38 }, (_, i) => i + 1),
    );
    expect(lanes.dots.every((dot) => dot.x === x(dot.step))).toBe(true);
  });
});

test("what a step broke is named on the side of its mark where no other one is", () => {
  const broken: Readonly<Record<number, string[]>> = { 36: ["I-RESTORE"], 38: ["I-REPORT"] };
  const steps = moment.timeline.steps.map(({ kind, text, proc }, i) => {
    return { thread: 2, kind, text, proc, violated: broken[i + 1] ?? [] };
  });
  const lanes = layoutThreads({ ...moment, position: 38, timeline: { ...moment.timeline, steps } }, 1024);
  const x = scaleFor(moment.total, 1024, false);
  const box = (text: string) => boxOf(lanes.texts.find((other) => other.text === text) as TimeText);
  const [first, now] = [box("I-RESTORE"), box("I-REPORT")];
  expect(first.x + first.w).toBeLessThan(x(36));
  expect(now.x).toBeGreaterThan(x(38));
});

test("a device has its lane before anything is done to it, and a run moves none", () => {
  const { height } = layoutHardware(moment, 1440);
  const { timeline } = moment;
  const still: Snapshot = { ...moment, timeline: { ...timeline, windows: [], commands: [] } };
  expect(layoutHardware(still, 1440).height).toBe(height);
});

test("a lock is drawn and may be named, or counted where it is one too many, and never only one of it", () => {
  const held = Array.from({ length: 7 }, (_, i) => ({ thread: 1, lock: `lock${i}`, from: i + 1, to: null }));
  const { bars, texts } = layoutThreads({ ...moment, timeline: { ...moment.timeline, locks: held } }, 1440);
  expect(bars).toHaveLength(5);
  expect(new Set(bars.map(({ y }) => y)).size).toBe(5);
  expect(texts.filter(({ text }) => text === "+2 more")).toHaveLength(1);
  expect(texts.some(({ text }) => text === "lock5" || text === "lock6")).toBe(false);
});

test("a click finds the step under it, and nothing outside of the run", () => {
  const x = scaleFor(38, 1440, false);
  for (const step of [0, 1, 20, 38]) expect(stepAt(x(step), 38, 1440, false)).toBe(step);
  expect(stepAt(0, 38, 1440, false)).toBe(0);
  expect(stepAt(5000, 38, 1440, false)).toBe(38);
  expect(stepAt(700, 0, 1440, false)).toBe(0);
});

test("the axis ends where the slider's thumb ends", () => {
  const x = scaleFor(38, 1440, false);
  expect([x(0), x(spanOf(38))]).toEqual([axis.left, 1440 - axis.right]);
});

test("one step more moves no step that is there, until the axis is full", () => {
  for (const total of [1, 19, 21, 104]) {
    const [before, after] = [scaleFor(total, 1440, false), scaleFor(total + 1, 1440, false)];
    expect(after(total)).toBe(before(total));
  }
});

test("numbers stand apart, from zero, however long the run", () => {
  for (const total of [0, 1, 38, 400, 5000]) {
    const steps = numbered(total, 1440);
    const x = scaleFor(total, 1440, false);
    expect(steps[0]).toBe(0);
    for (const [i, step] of steps.entries()) if (i > 0) expect(x(step) - x(steps[i - 1])).toBeGreaterThan(30);
  }
});

test("a position is said with its thread and its WARN", () => {
  expect(valueText(moment, 35)).toBe("step 35 of 38, CPU1, WARN");
  expect(valueText(moment, 34)).toBe("step 34 of 38, CPU1, -EINVAL");
  expect(valueText(moment, 0)).toBe("before step 1 of 38");
});

test("a long run folds to bars with their number of steps, and marks stand out of them", () => {
  const steps = Array.from({ length: 300 }, (_, i) => ({
    ...moment.timeline.steps[0],
    thread: i < 150 ? 1 : 2,
    ...(i === 99 ? { errno: "-EINVAL" } : {}),
    ...(i === 199 ? { warn: "`somewhere`" } : {}),
  }));
  const long: Snapshot = { ...moment, position: 250, total: 300, timeline: { ...moment.timeline, steps } };
  const { dots, runs, texts } = layoutThreads(long, 1440);
  expect(dots.map(({ step, look }) => [step, look])).toEqual([
    [100, "errno"],
    [200, "warn"],
    [250, "now"],
  ]);
  expect(runs.map((run) => [run.steps, run.future])).toEqual([
    [99, false],
    [50, false],
    [49, false],
    [49, false],
    [50, true],
  ]);
  const said = texts.map(({ text }) => text);
  expect(said).toEqual(expect.arrayContaining(["99", "-EINVAL", "WARN"]));
});

test("windows nest: each lies inside of those before it", () => {
  const windows = (["kernel", "nested", "function"] as const).map((kind, i) => ({
    device: "dev0",
    kind,
    label: kind,
    from: 4 + i * 4,
    to: 30 - i * 4,
  }));
  const drawn = layoutHardware({ ...moment, timeline: { ...moment.timeline, windows } }, 1440);
  expect(drawn.windows.map(({ dense }) => dense)).toEqual([false, false, true]);
  for (const [i, inner] of drawn.windows.entries()) {
    const outer = drawn.windows[i - 1];
    if (!outer) continue;
    expect([inner.x > outer.x, inner.y > outer.y]).toEqual([true, true]);
    expect([inner.x + inner.w < outer.x + outer.w, inner.y + inner.h < outer.y + outer.h]).toEqual([true, true]);
  }
  expect(drawn.texts.filter(({ tone }) => tone === "reset")).toHaveLength(3);
});

test("an errno is named where it comes from, and once more as what the call returns", () => {
  const steps = moment.timeline.steps.slice(0, 35).map((step, i) => ({
    ...step,
    ...(i === 33
      ? { errno: "-EINVAL" }
      : i === 34
        ? { errno: "-EINVAL", passedOn: true, warn: undefined, violated: [] }
        : {}),
  }));
  const calls = [{ thread: 2, proc: "pcie_flr", root: true, from: 26, to: 35, result: "-EINVAL" }];
  const { texts, dots } = layoutThreads({ ...moment, total: 35, timeline: { ...moment.timeline, steps, calls } }, 1440);
  expect(texts.map(({ text }) => text).filter((text) => text.includes("EINVAL"))).toEqual([
    "returns -EINVAL",
    "-EINVAL",
  ]);
  expect(dots.find(({ step }) => step === 34)?.look).toBe("errno");
});

test("of 4,000 steps only those that say something are drawn one by one, and nothing overlaps", () => {
  const step = moment.timeline.steps[0];
  const steps = Array.from({ length: 4000 }, (_, i) => ({
    ...step,
    thread: 1 + (Math.floor(i / 200) % 2),
    ...(i % 500 === 499 ? { errno: "-EBUSY" } : {}),
  }));
  const huge: Snapshot = { ...moment, position: 4000, total: 4000, timeline: { ...moment.timeline, steps } };
  const { dots, runs, texts } = layoutThreads(huge, 1440);
  expect(dots).toHaveLength(8);
  expect(runs.length).toBeLessThan(60);
  expect(runs.reduce((sum, run) => sum + run.steps, 0) + dots.length).toBe(4000);
  const boxes = texts.map(boxOf);
  for (const [i, a] of boxes.entries())
    for (const b of boxes.slice(i + 1))
      expect(a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h).toBe(false);
});

test("7 devices have a lane each, with their windows in it", () => {
  const world = worldOf({ groups: [3, 2, 2], domains: 16, pasids: 2 });
  const windows = world.devices.map(({ id }, i) => ({
    device: id,
    kind: "kernel" as const,
    label: "blocked",
    from: i + 1,
    to: 20 + i,
  }));
  const drawn = layoutHardware({ ...world, timeline: { ...moment.timeline, windows } }, 1024);
  expect(drawn.lines).toHaveLength(8);
  expect(new Set(drawn.windows.map(({ y }) => y)).size).toBe(7);
});
