import { describe, expect, test } from "vitest";
import { lenient, link, OP } from "./link.ts";
import { Machine, OOPS } from "./step.ts";
import { type Change, changed, leftOf, statementsOf, ToggleError } from "./toggle.ts";
import { define, dims, finish, schema, source, type ToyProc, type ToyState } from "./toy.testkit.ts";

const proc = define("main", source, [], ["i"], (b) => [
  b.lock("big", () => 1, "lock big"),
  b.step("find", (s, l) => {
    l.i = s.box.b + 1;
  }),
  b.if(
    "is a set?",
    (s) => s.box.a > 0,
    [b.step("count", (s) => void s.box.b++), b.unlock("big", () => 1, "unlock big"), b.return(-1, "give up")],
    [b.step("else", (s) => void (s.box.cells[3] = 1))],
    "check",
  ),
  b.step("count", (s) => void s.box.b++),
  b.step("mark", (s, l) => {
    s.item[l.i]!.value = 7;
  }),
  b.unlock("big", () => 1, "unlock big"),
]);
const names = Object.fromEntries(statementsOf(proc).map((s) => [s.text, s.name]));

function run(changes: readonly Change[], set: (s: ToyState) => void = () => {}) {
  const table = lenient(link({ main: changed(proc as ToyProc, changes) }));
  const machine = new Machine<ToyState, { mayFail: boolean }>(schema, dims, table, { mayFail: false }, 4);
  set(machine.state);
  machine.spawn([{ proc: "main", args: [] }]);
  finish(machine);
  return machine;
}

describe("statements", () => {
  test("are named by their id or by what they say, those that say the same one after the other", () => {
    const listed = statementsOf(proc);
    expect(listed.map((s) => `${s.depth} ${s.text}`)).toEqual([
      "0 lock big",
      "0 find",
      "0 is a set?",
      "1 count",
      "1 unlock big",
      "1 give up",
      "1 else",
      "0 count",
      "0 mark",
      "0 unlock big",
    ]);
    expect(new Set(listed.map((s) => s.name)).size).toBe(listed.length);
    expect(listed[2]?.name).toBe("check");
    const [first, second] = listed.filter((s) => s.text === "count");
    expect(first?.name.slice(1)).toBe(second?.name.slice(1));
    expect([first?.name[0], second?.name[0]]).toEqual(["1", "2"]);
    expect(listed[4]).toMatchObject({ previous: listed[3]?.name, following: listed[5]?.name });
  });
  test("keep their names when another one comes or goes", () => {
    const less = { ...proc, body: proc.body.slice(2) } as ToyProc;
    expect(statementsOf(less).map((s) => s.name)).toEqual(
      statementsOf(proc)
        .slice(2)
        .map((s) => s.name),
    );
  });
});

describe("a change", () => {
  test("drops a statement, and leaves a trace of it in the listing", () => {
    const { state, table } = run([{ how: "drop", at: names.mark as string }]);
    expect(state.item[1]?.value).toBe(0);
    expect(table.procs[0]?.ops.find((op) => op.text.includes("mark"))).toMatchObject({
      kind: OP.LOCAL,
      text: "dropped: mark",
    });
  });
  test("drops a check: what it does if it fails is left", () => {
    const { state } = run([{ how: "drop", at: "check" }], (s) => void (s.box.a = 1));
    expect([state.box.b, state.box.cells[3], state.item[1]?.value]).toEqual([1, 1, 7]);
  });
  test("takes a condition for true", () => {
    const machine = run([{ how: "always", at: "check" }]);
    expect([machine.result(0), machine.state.box.b]).toEqual([-1, 1]);
  });
  test("drops a lock with its unlocks", () => {
    const kinds = run([{ how: "drop", at: names["lock big"] as string }]).table.procs[0]?.ops.map((op) => op.kind);
    expect(kinds).not.toContain(OP.LOCK);
    expect(kinds).not.toContain(OP.UNLOCK);
  });
  test("moves a statement before or after another, also into a block", () => {
    const moved = (change: Change) => statementsOf(changed(proc as ToyProc, [change])).map((s) => s.text);
    expect(moved({ how: "before", at: names.mark as string, other: names.find as string })[1]).toBe("mark");
    expect(moved({ how: "after", at: names.find as string, other: names.else as string })[6]).toBe("find");
  });
  test("goes by the names of the procedure as it was written", () => {
    const twice = ["1", "2"].map((n): Change => ({ how: "drop", at: n + (names.count ?? "").slice(1) }));
    expect(run(twice).state.box.b).toBe(0);
  });
  test("is told of in the listing: what stands where, and what became of it", () => {
    const changes: Change[] = [
      { how: "drop", at: names["lock big"] as string },
      { how: "before", at: names.mark as string, other: names.find as string },
    ];
    const left = leftOf(proc as ToyProc, changes);
    expect(left.map(({ name }) => name)).toEqual([
      ...["lock big", "mark", "find"].map((text) => names[text]),
      ...statementsOf(proc)
        .slice(2)
        .map(({ name }) => name)
        .filter((name) => name !== names.mark),
    ]);
    expect(left.filter(({ is }) => is !== "").map(({ is }) => is)).toEqual(["dropped", "moved", "dropped", "dropped"]);
    expect(left[1]).toMatchObject({ previous: names["lock big"], following: names.find });
    const table = link({ main: changed(proc as ToyProc, changes) });
    expect(table.procs[0]?.ops.filter(({ text }) => text !== "")).toHaveLength(left.length);
  });
  test("of what is not there is refused", () => {
    expect(() => changed(proc as ToyProc, [{ how: "drop", at: "nowhere" }])).toThrow(ToggleError);
    expect(() => changed(proc as ToyProc, [{ how: "always", at: names.find as string }])).toThrow("is no condition");
    const into: Change = { how: "after", at: "check", other: names.else as string };
    expect(() => changed(proc as ToyProc, [into])).toThrow("to move");
  });
  test("after which a statement makes no sense ends its thread in an oops", () => {
    // object 0, and a lock that is not held
    expect(run([{ how: "drop", at: names.find as string }]).status(0)).toBe(OOPS);
    const late: Change = {
      how: "after",
      at: names["lock big"] as string,
      other: "2" + (names["unlock big"] ?? "").slice(1),
    };
    expect(run([late]).status(0)).toBe(OOPS);
  });
});
