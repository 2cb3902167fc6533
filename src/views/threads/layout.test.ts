import { expect, test } from "vitest";
import { moment } from "../../session/moment.ts";
import { widthsOf } from "./layout.ts";

const threads = (count: number) => Array.from({ length: count }, (_, i) => ({ ...moment.threads[0], id: i + 1 }));
const open = (count: number, current: number, ran: number, width: number) =>
  widthsOf(threads(count), current, ran, width).flatMap((of, i) => (of === "open" ? [i + 1] : []));

test("two threads are always whole", () => {
  expect(open(2, 1, 0, 264)).toEqual([1, 2]);
});

test("of more, as many as fit at a width that can be read, the current one first, then the one that ran", () => {
  expect(open(3, 3, 3, 440)).toEqual([1, 3]);
  expect(open(3, 3, 2, 440)).toEqual([2, 3]);
  expect(open(3, 2, 2, 264)).toEqual([2]);
  expect(open(4, 4, 4, 840)).toEqual([1, 2, 3, 4]);
  expect(open(8, 5, 5, 440)).toEqual([1, 5]);
  expect(open(8, 5, 5, 264)).toEqual([5]);
});
