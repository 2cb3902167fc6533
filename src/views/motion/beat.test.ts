import { expect, test } from "vitest";
import { beatOf } from "./beat.ts";

const at = (position: number, run = "1/used-ssids/linux-7_3", seeking = false) => ({ run, position, seeking });

test("only one step forward in the same run has motion, and two in a row start it anew", () => {
  expect(beatOf(at(3), at(4))).toBe("even");
  expect(beatOf(at(4), at(5))).toBe("odd");
  expect(beatOf(null, at(1))).toBeNull();
  expect(beatOf(at(4), at(4))).toBeNull();
  expect(beatOf(at(4), at(3))).toBeNull();
  expect(beatOf(at(4), at(9))).toBeNull();
  expect(beatOf(at(3, undefined, true), at(4))).toBeNull();
  expect(beatOf(at(0), at(1, "1/used-ssids/linux-7_0"))).toBeNull();
});
