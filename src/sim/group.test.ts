import { describe, expect, test } from "vitest";
import { disagreement, PlainMachine } from "./plain.testkit.ts";
import { atomic } from "./proc.ts";
import { Machine } from "./step.ts";
import { define, dims, linkToy, main, schema, source, type ToyProc, type ToyState } from "./toy.testkit.ts";

// Groups: one step or several, by the machine, and always the same table.

const note = (s: ToyState, value: number) => {
  s.box.cells[s.box.a++] = value;
};
const noted = (s: ToyState) => Array.from({ length: s.box.a }, (_, i) => s.box.cells[i]);

const inner = define("inner", source, [], [], (b) => [b.step("two", (s) => note(s, 2)), b.return(0, "")]);
const group = atomic(
  define("group", source, [], ["x"], (b) => [
    b.step("one", (s) => note(s, 1)),
    b.call("inner", () => [], "x"),
    b.if("is there one?", (s) => s.box.a > 0, [b.step("three", (s) => note(s, 3))]),
  ]),
);

/** Both backends with one thread of `main`, and how many steps it takes to the end. */
function steps(procs: readonly ToyProc[], splits: boolean): { lengths: number[]; noted: number[] } {
  const table = linkToy(procs);
  const world = { mayFail: true };
  const packed = new Machine<ToyState, typeof world>(schema, dims, table, world, 4, splits);
  const plain = new PlainMachine(schema, dims, table, world, splits);
  packed.spawn([{ proc: "main", args: [] }]);
  plain.spawn([{ proc: "main", args: [] }]);
  const lengths: number[] = [];
  while (packed.outcomes(0) > 0) {
    const before = packed.state.box.a;
    packed.step(0, 0);
    plain.step(0, 0);
    expect(disagreement(packed, plain)).toBe("");
    lengths.push(packed.state.box.a - before);
  }
  return { lengths, noted: noted(packed.state) as number[] };
}

describe("a group", () => {
  const around = [main((b) => [b.step("before", (s) => note(s, 0)), b.call("group", () => [])]), group, inner];
  test("is one step, with whatever it calls; it begins with its first visible statement", () => {
    expect(steps(around, false)).toEqual({ lengths: [1, 3], noted: [0, 1, 2, 3] });
  });
  test("is as many steps as it has visible statements where the machine splits it", () => {
    expect(steps(around, true)).toEqual({ lengths: [1, 1, 1, 0, 1], noted: [0, 1, 2, 3] });
  });
  test("ends with its own return: what follows, and the next group at the same place of the stack, are steps of their own", () => {
    const small = atomic(define("group", source, [], [], (b) => [b.step("one", (s) => note(s, 1))]));
    const twice = main((b) => [
      b.each("", "i", (l) => (l.i + 1) % 3, [b.call("group", () => [])]),
      b.step("", () => {}),
    ]);
    expect(steps([twice, small], false).lengths).toEqual([1, 1, 0]);
  });
  test("inside of another one is part of it", () => {
    const outer = atomic(
      define("outer", source, [], [], (b) => [b.call("group", () => []), b.call("group", () => [])]),
    );
    const short = atomic(define("group", source, [], [], (b) => [b.step("", (s) => note(s, 1))]));
    expect(steps([main((b) => [b.call("outer", () => [])]), outer, short], false).lengths).toEqual([2]);
  });
  test("is cut where something has more than one outcome", () => {
    const choosing = atomic(
      define("group", source, [], ["x"], (b) => [
        b.step("", (s) => note(s, 1)),
        b.choose(
          "",
          ["a", "b"],
          (_l, w) => w.mayFail,
          () => true,
          () => {},
          "x",
        ),
        b.step("", (s) => note(s, 2)),
      ]),
    );
    expect(steps([main((b) => [b.call("group", () => [])]), choosing], false).lengths).toEqual([1, 1]);
  });
  test("is cut where it would wait, and goes on from there", () => {
    const locking = atomic(
      define("group", source, [], [], (b) => [
        b.step("", (s) => note(s, 1)),
        b.lock("big", () => 1, ""),
        b.step("", (s) => note(s, 2)),
        b.unlock("big", () => 1, ""),
      ]),
    );
    const holder = define("holder", source, [], [], (b) => [b.lock("big", () => 1, ""), b.unlock("big", () => 1, "")]);
    const table = linkToy([main((b) => [b.call("group", () => [])]), locking, holder]);
    const machine = new Machine<ToyState, { mayFail: boolean }>(schema, dims, table, { mayFail: false }, 4);
    machine.spawn([{ proc: "main", args: [] }]);
    machine.spawn([{ proc: "holder", args: [] }]);
    machine.step(1, 0);
    machine.step(0, 0);
    expect([noted(machine.state), machine.outcomes(0)]).toEqual([[1], 0]);
    machine.step(1, 0);
    machine.step(0, 0);
    expect([noted(machine.state), machine.status(0)]).toEqual([[1, 2], 2]);
  });
});
