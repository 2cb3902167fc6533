import { expect, test } from "vitest";
import type { Choice } from "../sim/run.ts";
import { fewerSwitches, switchesOf } from "./counterexample.ts";

const run = (threads: string): Choice[] =>
  threads.split("").map((thread) => ({ kind: "choice", thread: Number(thread), outcome: 0 }));
const text = (choices: readonly Choice[]) => choices.map((c) => c.thread).join("");

test("counts the changes of thread", () => {
  expect(["", "0", "000", "0101", "0011"].map((t) => switchesOf(run(t)))).toEqual([0, 0, 0, 3, 1]);
});

test("brings blocks together where the run still breaks what it broke", () => {
  expect(text(fewerSwitches(run("010101"), () => true, 100))).toMatch(/^(000111|111000)$/);
  // the last step must stay the last, and the first the first
  const keeps = (r: readonly Choice[]) => r[0]?.thread === 1 && r.at(-1)?.thread === 1;
  expect(text(fewerSwitches(run("10101"), keeps, 100))).toMatch(/^1+0+1+$/);
});

test("leaves a run alone that cannot be changed, and stops trying", () => {
  let tries = 0;
  const never = () => {
    tries++;
    return false;
  };
  expect(text(fewerSwitches(run("0101"), never, 1))).toBe("0101");
  expect(tries).toBe(1);
});
