import { describe, expect, test } from "vitest";
import { FINISHED, type Machine } from "./step.ts";
import { define, finish, source, type ToyProc, type ToyState, type ToyWorld, toy } from "./toy.testkit.ts";

const holder = (name: string, lock: string) =>
  define(name, source, ["which"], [], (b) => [
    b.lock(lock, (l) => l.which, "lock"),
    b.step("inside", (s) => {
      s.box.a++;
    }),
    b.unlock(lock, (l) => l.which, "unlock"),
  ]);

const threads = (proc: ToyProc, ...args: number[][]): Machine<ToyState, ToyWorld> => {
  const m = toy([proc]);
  for (const a of args) m.spawn([{ proc: proc.name, args: a }]);
  return m;
};
const runnable = (m: Machine<ToyState, ToyWorld>) => m.programs.map((_p, t) => t).filter((t) => m.outcomes(t) > 0);

describe.each([
  ["mutex", "big"],
  ["spinlock", "small"],
])("a %s", (_kind, lock) => {
  const m3 = () => threads(holder("main", lock), [1], [1], [1]);
  const at = (m: Machine<ToyState, ToyWorld>) => m.layout.lockBase[lock] ?? -1;

  test("is free at first: anybody may take it", () => {
    expect(runnable(m3())).toEqual([0, 1, 2]);
  });
  test("makes the others wait, and lets its owner run", () => {
    const m = m3();
    m.step(1, 0);
    expect(runnable(m)).toEqual([1]);
    expect(m.owner(at(m))).toBe(2);
    expect(m.waiters(at(m))).toEqual([0, 2]);
  });
  test.each([0, 2])("goes to any waiter: thread %i may win", (winner) => {
    const m = m3();
    m.step(1, 0);
    finish(m, 1);
    expect(runnable(m)).toEqual([0, 2]);
    m.step(winner, 0);
    expect(m.owner(at(m))).toBe(winner + 1);
    expect(runnable(m)).toEqual([winner]);
  });
  test("lets everybody through in the end", () => {
    const m = m3();
    for (const t of [2, 0, 1]) finish(m, t);
    expect(m.state.box.a).toBe(3);
    expect(m.owner(at(m))).toBe(0);
    expect([0, 1, 2].map((t) => m.status(t))).toEqual([FINISHED, FINISHED, FINISHED]);
  });
  test("cannot be stepped into while it is held", () => {
    const m = m3();
    m.step(0, 0);
    expect(() => m.step(1, 0)).toThrow("engine: thread 2 has no outcome 0 here");
  });
});

describe("a lock", () => {
  test("of one instance is not that of another", () => {
    const m = threads(holder("main", "small"), [1], [3]);
    m.step(0, 0);
    m.step(1, 0);
    const base = m.layout.lockBase.small ?? -1;
    expect([m.owner(base), m.owner(base + 1), m.owner(base + 2)]).toEqual([1, 0, 2]);
  });
  test("taken twice by one thread blocks it for ever", () => {
    const m = threads(
      define("main", source, [], [], (b) => [b.lock("big", () => 1, ""), b.lock("big", () => 1, "")]),
      [],
    );
    m.step(0, 0);
    expect(m.outcomes(0)).toBe(0);
  });
  test("that is not held cannot be given back", () => {
    const m = threads(
      define("main", source, [], [], (b) => [b.unlock("big", () => 1, "")]),
      [],
    );
    expect(() => m.step(0, 0)).toThrow("engine: thread 1 unlocks big, which it does not hold");
  });
  test("that was not declared is refused", () => {
    expect(() =>
      threads(
        define("main", source, [], [], (b) => [b.lock("tiny", () => 1, "")]),
        [],
      ),
    ).toThrow('engine: main takes "tiny", which is no lock');
  });
});

const reader = define("read", source, [], [], (b) => [
  b.readLock("shared", () => 1, ""),
  b.step("reading", () => {}),
  b.readUnlock("shared", () => 1, ""),
]);
const writer = define("write", source, [], [], (b) => [
  b.writeLock("shared", () => 1, ""),
  b.step("writing", () => {}),
  b.writeUnlock("shared", () => 1, ""),
]);

describe("a read-write lock", () => {
  const machine = () => {
    const m = toy([reader, writer]);
    for (const proc of ["read", "read", "write", "write"]) m.spawn([{ proc, args: [] }]);
    return m;
  };
  const at = (m: ReturnType<typeof machine>) => m.layout.lockBase.shared ?? -1;
  test("has many readers and then no writer", () => {
    const m = machine();
    m.step(0, 0);
    m.step(1, 0);
    expect(m.readers(at(m))).toBe(0b11);
    expect(m.owner(at(m))).toBe(0);
    expect(runnable(m)).toEqual([0, 1]);
    expect(m.waiters(at(m))).toEqual([2, 3]);
  });
  test("has one writer and then nobody else", () => {
    const m = machine();
    m.step(3, 0);
    expect(runnable(m)).toEqual([3]);
    expect(m.owner(at(m))).toBe(4);
    expect(m.waiters(at(m))).toEqual([0, 1, 2]);
  });
  test("waits for the last of its readers", () => {
    const m = machine();
    m.step(0, 0);
    m.step(1, 0);
    finish(m, 0);
    expect(m.outcomes(2)).toBe(0);
    finish(m, 1);
    expect(runnable(m)).toEqual([2, 3]);
    expect(m.readers(at(m))).toBe(0);
  });
  test("is given back only by one who has it", () => {
    const wrong = toy([define("main", source, [], [], (b) => [b.readUnlock("shared", () => 1, "")])]);
    wrong.spawn([{ proc: "main", args: [] }]);
    expect(() => wrong.step(0, 0)).toThrow("engine: thread 1 does not read shared");
  });
});

describe("a try-lock", () => {
  const trying = define("try", source, [], ["got"], (b) => [
    b.trylock("big", () => 1, "got", "try"),
    b.return((l) => l.got, ""),
  ]);
  const machine = () => {
    const m = toy([holder("hold", "big"), trying]);
    m.spawn([{ proc: "hold", args: [1] }]);
    m.spawn([{ proc: "try", args: [] }]);
    return m;
  };
  test("gets a free lock", () => {
    const m = machine();
    m.step(1, 0);
    expect(m.result(1)).toBe(1);
    expect(m.owner(m.layout.lockBase.big ?? -1)).toBe(2);
    expect(m.outcomes(0)).toBe(0);
  });
  test("does not wait for a taken one", () => {
    const m = machine();
    m.step(0, 0);
    expect(m.outcomes(1)).toBe(1);
    m.step(1, 0);
    expect(m.result(1)).toBe(0);
    expect(m.owner(m.layout.lockBase.big ?? -1)).toBe(1);
  });
});
