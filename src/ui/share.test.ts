import fc from "fast-check";
import { expect, test } from "vitest";
import { share } from "./share.ts";

test("equal parts are taken from the value before, whatever it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, next) => {
      const wanted = structuredClone(next);
      expect(share(structuredClone(before), next)).toEqual(wanted);
    }),
  );
});

test("an equal value is the value before, and only the changed branch is new", () => {
  const before = { a: [{ n: 1 }, { n: 2 }], b: { c: "x" } };
  expect(share(before, structuredClone(before))).toBe(before);
  const next = share(before, { a: [{ n: 1 }, { n: 3 }], b: { c: "x" } });
  expect(next).not.toBe(before);
  expect(next.b).toBe(before.b);
  expect(next.a[0]).toBe(before.a[0]);
  expect(next.a[1]).not.toBe(before.a[1]);
});

test("a value that lost a part is not the one before", () => {
  const before: Record<string, number> = { a: 1, b: 2 };
  expect(share(before, { a: 1 })).toEqual({ a: 1 });
  expect(share([1, 2], [1])).toEqual([1]);
});
