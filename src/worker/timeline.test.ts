import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { walk, worldIds } from "./walks.testkit.ts";
import { timeline } from "./timeline.ts";

// every design in a third of the worlds, in turn
describe.each(designs.map(({ id }, i) => [id, i] as const))("in %s", (design, i) => {
  test.each(worldIds.filter((_id, j) => j % 3 === i % 3))(
    "%s: windows nest, calls end with their results, and an errno is passed on only by callers",
    (id) => {
      const play = walk(id, design, { seed: 3 });
      const { steps, windows, calls, locks } = timeline(play);
      const end = ({ to }: { readonly to: number | null }) => to ?? Number.POSITIVE_INFINITY;
      const docks = design !== "linux-6.17";
      for (const inner of windows.filter(({ kind }) => kind === "function")) {
        const around = windows.filter(
          (outer) =>
            outer.kind === "kernel" &&
            outer.device === inner.device &&
            outer.from <= inner.from &&
            end(outer) >= end(inner),
        );
        // a function without ATS is never docked, whatever the design
        expect(around.length).toBeLessThanOrEqual(docks ? 1 : 0);
      }
      for (const [i, step] of steps.entries()) {
        if (step.passedOn !== true) continue;
        const before = steps.slice(0, i).filter(({ thread }) => thread === step.thread);
        expect(before.some(({ errno }) => errno === step.errno)).toBe(true);
      }
      for (const call of calls.filter(({ root, to }) => root && to !== null)) {
        expect([call.proc, call.from <= end(call)]).toEqual([call.proc, true]);
      }
      for (const lock of locks) expect(lock.from).toBeLessThanOrEqual(end(lock));
    },
  );
});

test("an errno comes from one step, and its callers pass it on", () => {
  const { steps, calls } = timeline(walk("check-smmu", "linux-7.3", { seed: 2 }));
  const errnos = steps.filter(({ errno }) => errno === "-EINVAL");
  expect(errnos.length).toBeGreaterThan(1);
  expect(errnos.map(({ passedOn }) => passedOn === true)).toEqual(errnos.map((_step, i) => i > 0));
  expect(calls.find(({ result }) => result === "-EINVAL")).toMatchObject({ root: true });
});

test("in 7.0 the window is the group's: a function that is not reset has it as well, under the group's name", () => {
  const { windows } = timeline(walk("two-devices", "linux-7.0"));
  const kernel = windows.filter(({ kind }) => kind === "kernel");
  expect(new Set(kernel.map(({ label }) => label))).toEqual(new Set(["`resetting_domain` of group 7"]));
  const [first, second] = ["0000:04:00.0", "0000:04:00.1"].map((name) =>
    kernel.filter(({ device }) => device === name).map(({ from, to }) => [from, to]),
  );
  expect(first?.length).toBeGreaterThan(0);
  expect(first).toEqual(second);
});
