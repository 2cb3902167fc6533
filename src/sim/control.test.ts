import { describe, expect, test } from "vitest";
import { FINISHED, OOPS, RUNNING } from "./step.ts";
import { define, finish, main, source, started, type ToyState, toy } from "./toy.testkit.ts";

const note = (s: ToyState, value: number) => {
  s.box.cells[s.box.a++] = value;
};
const noted = (s: ToyState) => Array.from({ length: s.box.a }, (_, i) => s.box.cells[i]);

describe("a sequence", () => {
  const machine = () =>
    started(
      main((b) => [
        b.step("one", (s) => note(s, 1)),
        b.step("two", (s) => note(s, 2)),
        b.return(7, "return 7"),
        b.step("never", (s) => note(s, 9)),
      ]),
    );

  test("does one visible statement a step", () => {
    const m = machine();
    m.step(0, 0);
    expect(noted(m.state)).toEqual([1]);
  });
  test("ends at the return, with its value", () => {
    const m = machine();
    expect(finish(m)).toBe(2);
    expect(noted(m.state)).toEqual([1, 2]);
    expect(m.status(0)).toBe(FINISHED);
    expect(m.result(0)).toBe(7);
  });
  test("returns 0 at the end of a body", () => {
    const m = started(main((b) => [b.step("", (s) => note(s, 1))]));
    finish(m);
    expect(m.result(0)).toBe(0);
  });
  test("returns negative numbers", () => {
    const m = started(main((b) => [b.return(-22, "")]));
    expect(m.result(0)).toBe(-22);
  });
  test("runs the roots of a thread one after the other", () => {
    const m = toy([
      define("put", source, ["x"], [], (b) => [b.step("", (s, l) => note(s, l.x)), b.return((l) => -l.x, "")]),
    ]);
    m.spawn([
      { proc: "put", args: [4] },
      { proc: "put", args: [5] },
    ]);
    m.step(0, 0);
    expect([m.rootIndex(0), m.result(0), m.status(0)]).toEqual([1, -4, RUNNING]);
    m.step(0, 0);
    expect([m.rootIndex(0), m.result(0), m.status(0)]).toEqual([2, -5, FINISHED]);
    expect(noted(m.state)).toEqual([4, 5]);
  });
});

describe("what is not visible", () => {
  test("rides along with the visible statement before it", () => {
    const m = started(
      main((b) => [
        b.step("one", (s) => note(s, 1)),
        b.local("x := 3", (l) => {
          l.x = 3;
        }),
        b.when("x is 3?", (l) => l.x === 3, [
          b.local("x := 4", (l) => {
            l.x = 4;
          }),
        ]),
        b.step("two", (s, l) => note(s, l.x)),
      ]),
    );
    m.step(0, 0);
    expect(m.localsOf(0, 0)).toEqual({ i: 0, x: 4 });
    expect(m.next(0).text).toBe("two");
  });
  test("runs at once when a thread starts", () => {
    const m = started(
      main((b) => [
        b.local("", (l) => {
          l.x = 5;
        }),
        b.step("one", (s, l) => note(s, l.x)),
      ]),
    );
    expect(m.next(0).text).toBe("one");
    expect(m.localsOf(0, 0).x).toBe(5);
    expect(noted(m.state)).toEqual([]);
  });
  test("is never handed the state", () => {
    const seen: unknown[][] = [];
    const see = (...args: unknown[]) => seen.push(args);
    const m = toy([
      define("leaf", source, ["x"], [], () => []),
      main((b) => [
        b.step("", (s) => note(s, 1)),
        b.local("", (...args) => void see(...args)),
        b.when("", (...args) => see(...args) > 0, []),
        b.each("", "i", (...args) => (see(...args), 0), []),
        b.call("leaf", (...args) => (see(...args), [1])),
        b.moment("m", (...args) => (see(...args), [])),
        b.choose(
          "",
          ["", ""],
          (...args) => (see(...args), false),
          () => false,
          () => {},
          "x",
        ),
        b.lock("big", (...args) => (see(...args), 1), ""),
        b.unlock("big", (...args) => (see(...args), 1), ""),
        b.return((...args) => (see(...args), 0), ""),
      ]),
    ]);
    m.observer = {
      op: () => {},
      answer: () => {},
      call: () => {},
      return: () => {},
      moment: () => {},
      warn: () => {},
    };
    m.spawn([{ proc: "main", args: [] }]);
    finish(m);
    expect(seen.length).toBeGreaterThanOrEqual(9);
    for (const args of seen) {
      expect(args).toHaveLength(2);
      expect(args).not.toContain(m.state);
      expect(args[1]).toBe(m.world);
    }
  });
  test("is refused when it never ends", () => {
    const m = started(main((b) => [b.step("", () => {}), b.label("again"), b.local("", () => {}), b.goto("again")]));
    expect(() => m.step(0, 0)).toThrow("engine: thread 1 rides along for ever");
  });
});

describe("a decision", () => {
  const decide = (a: number, visible: boolean) => {
    const m = toy([
      main((b) => {
        const yes = [b.step("yes", (s) => note(s, 1))];
        const no = [b.step("no", (s) => note(s, 2))];
        return [
          visible ? b.if("?", (s) => s.box.b === 1, yes, no) : b.when("?", () => a === 1, yes, no),
          b.step("after", (s) => note(s, 3)),
        ];
      }),
    ]);
    m.state.box.b = a;
    m.spawn([{ proc: "main", args: [] }]);
    return { steps: finish(m), noted: noted(m.state) };
  };
  test("on shared state takes a step", () => {
    expect(decide(1, true)).toEqual({ steps: 3, noted: [1, 3] });
    expect(decide(0, true)).toEqual({ steps: 3, noted: [2, 3] });
  });
  test("on locals takes none", () => {
    expect(decide(1, false)).toEqual({ steps: 2, noted: [1, 3] });
    expect(decide(0, false)).toEqual({ steps: 2, noted: [2, 3] });
  });
  test("without otherwise goes on", () => {
    const m = started(main((b) => [b.if("?", () => false, [b.step("", (s) => note(s, 1))]), b.return(4, "")]));
    expect(finish(m)).toBe(1);
    expect(m.result(0)).toBe(4);
  });
});

describe("a loop", () => {
  const upTo = (most: number) => (l: { i: number }) => (l.i < most ? l.i + 1 : 0);
  test("over a constant list takes only the steps of its body", () => {
    const m = started(main((b) => [b.each("", "i", upTo(3), [b.step("", (s, l) => note(s, l.i))])]));
    expect(finish(m)).toBe(3);
    expect(noted(m.state)).toEqual([1, 2, 3]);
  });
  test("over an empty list does nothing", () => {
    const m = started(main((b) => [b.each("", "i", upTo(0), [b.step("", (s, l) => note(s, l.i))]), b.return(1, "")]));
    expect(m.result(0)).toBe(1);
  });
  test("over a list in shared state looks again, visibly, for each element", () => {
    const m = toy([
      main((b) => [
        b.scan("", "i", (s, l) => (l.i === 0 ? s.box.b : (s.item[l.i]?.next ?? 0)), [
          b.step("", (s, l) => note(s, l.i)),
        ]),
      ]),
    ]);
    m.state.box.b = 2;
    m.state.item[2]!.next = 1;
    m.spawn([{ proc: "main", args: [] }]);
    m.step(0, 0);
    m.step(0, 0);
    // the list grows while the loop stands on its last element
    m.state.item[1]!.next = 3;
    expect(finish(m)).toBe(5);
    expect(noted(m.state)).toEqual([2, 1, 3]);
  });
});

describe("a jump", () => {
  test("leaves two loops for its label", () => {
    const m = started(
      main((b) => [
        b.each("", "i", (l) => l.i + 1, [
          b.each("", "x", (l) => l.x + 1, [
            b.step("", (s, l) => note(s, l.i * 10 + l.x)),
            b.when("", (l) => l.x === 2, [b.goto("out")]),
          ]),
        ]),
        b.step("skipped", (s) => note(s, 99)),
        b.label("out"),
        b.return((l) => l.i * 10 + l.x, ""),
      ]),
    );
    finish(m);
    expect(noted(m.state)).toEqual([11, 12]);
    expect(m.result(0)).toBe(12);
  });
  test("goes back, too", () => {
    const m = started(
      main((b) => [
        b.label("again"),
        b.step("", (s, l) => note(s, ++l.i)),
        b.when("", (l) => l.i < 3, [b.goto("again")]),
      ]),
    );
    finish(m);
    expect(noted(m.state)).toEqual([1, 2, 3]);
  });
});

const double = define("double", source, ["x"], ["y"], (b) => [
  b.step("", (_s, l) => {
    l.y += l.x * 2;
  }),
  b.return((l) => l.y, ""),
]);

describe("a call", () => {
  test("hands over arguments and puts the value where it belongs", () => {
    const m = started(
      double,
      main((b) => [b.call("double", () => [21], "x"), b.return((l) => l.x, "")]),
    );
    expect(m.frames(0).map((f) => m.table.procs[f.proc]?.name)).toEqual(["main", "double"]);
    expect(finish(m)).toBe(1);
    expect(m.result(0)).toBe(42);
  });
  test("starts with its own variables at 0, each time", () => {
    const m = started(
      double,
      main((b) => [b.call("double", () => [1], "x"), b.call("double", () => [3], "x"), b.return((l) => l.x, "")]),
    );
    finish(m);
    expect(m.result(0)).toBe(6);
  });
  test("may forget the value", () => {
    const m = started(
      double,
      main((b) => [b.call("double", () => [5]), b.return((l) => l.x, "")]),
    );
    finish(m);
    expect(m.result(0)).toBe(0);
  });
  test("leaves nothing of its frame behind", () => {
    const m = started(
      double,
      main((b) => [b.call("double", () => [21]), b.step("", () => {})]),
    );
    const fresh = started(main((b) => [b.step("", () => {}), b.step("", () => {})]));
    m.step(0, 0);
    const region = m.layout.threadsAt;
    const nonZero = [...m.bytes.subarray(region, region + m.layout.threadSize)].filter((x) => x !== 0);
    // status, top, and the frame of main: its procedure and program counter
    expect(nonZero).toEqual([RUNNING, 5, 1, 1]);
    finish(m);
    finish(fresh);
    const end = (x: typeof m) => [...x.bytes.subarray(x.layout.sharedSize)].filter((v) => v !== 0);
    expect(end(m)).toEqual(end(fresh));
  });
  test("with the wrong number of arguments is refused", () => {
    const procs = [double, main((b) => [b.call("double", () => [])])];
    expect(() => started(...procs)).toThrow("engine: double takes 1 arguments, got 0");
  });
});

describe("a call through a pointer", () => {
  const through = (pointer: number) => {
    const m = toy([
      double,
      define("triple", source, ["x"], [], (b) => [b.return((l) => l.x * 3, "")]),
      main((b) => [
        b.virtual(
          "call",
          ["double", "triple"],
          (s) => ["double", "triple", null][s.box.b] ?? null,
          () => [7],
          "x",
        ),
        b.return((l) => l.x, ""),
      ]),
      define("other", source, [], [], (b) => [b.step("", (s) => note(s, 1))]),
    ]);
    m.spawn([{ proc: "main", args: [] }]);
    m.spawn([{ proc: "other", args: [] }]);
    // it looks when it runs, not when it is reached
    m.state.box.b = pointer;
    finish(m, 0);
    return m;
  };
  test("goes where the pointer says", () => {
    expect(through(0).result(0)).toBe(14);
    expect(through(1).result(0)).toBe(21);
  });
  test("through NULL ends this thread only", () => {
    const m = through(2);
    expect(m.status(0)).toBe(OOPS);
    expect(m.outcomes(0)).toBe(0);
    expect(() => m.step(0, 0)).toThrow("engine: thread 1 has no outcome 0 here");
    expect(m.frames(0).map((f) => m.table.procs[f.proc]?.name)).toEqual(["main"]);
    expect(finish(m, 1)).toBe(1);
    expect(m.status(1)).toBe(FINISHED);
  });
});

describe("a choice", () => {
  const choosing = (mayFail: boolean, left: number) => {
    const m = toy(
      [
        main((b) => [
          b.choose(
            "allocate",
            ["it works", "no memory", "no space"],
            (_l, w) => w.mayFail,
            (s) => s.box.b > 0,
            (s) => {
              s.box.b--;
            },
            "x",
          ),
          b.step("", (s, l) => note(s, l.x)),
        ]),
      ],
      { mayFail },
    );
    m.state.box.b = left;
    m.spawn([{ proc: "main", args: [] }]);
    return m;
  };
  test("that the world rules out rides along with the first outcome", () => {
    const m = choosing(false, 1);
    expect(finish(m)).toBe(1);
    expect(noted(m.state)).toEqual([0]);
  });
  test("offers each label while something is left", () => {
    const m = choosing(true, 1);
    expect(m.outcomes(0)).toBe(3);
    m.step(0, 2);
    expect(m.state.box.b).toBe(0);
    finish(m);
    expect(noted(m.state)).toEqual([2]);
  });
  test("does not use up anything when it works", () => {
    const m = choosing(true, 1);
    m.step(0, 0);
    expect(m.state.box.b).toBe(1);
  });
  test("offers the first label only when nothing is left", () => {
    const m = choosing(true, 0);
    expect(m.outcomes(0)).toBe(1);
    expect(() => m.step(0, 1)).toThrow("engine: thread 1 has no outcome 1 here");
  });
});

describe("a WARN", () => {
  const warning = (x: number) =>
    started(
      main((b) => [
        b.step("", (_s, l) => {
          l.x = x;
        }),
        b.warnOn("on locals", "x is 1", (l) => l.x === 1, [b.return(-1, "")]),
        b.warnIf("on state", "b is 0", (s) => s.box.b === 0),
        b.return(2, ""),
      ]),
    );
  const sites = (m: ReturnType<typeof warning>) => m.layout.warnSites.filter((_site, i) => m.warned(i));
  test("sets its bit, and no other", () => {
    const m = warning(1);
    expect(sites(m)).toEqual([]);
    m.step(0, 0);
    expect(m.next(0).text).toBe("WARN: x is 1");
    finish(m);
    expect(sites(m)).toEqual(["on locals"]);
    expect(m.result(0)).toBe(-1);
  });
  test("that does not fire takes no step on locals", () => {
    const m = warning(0);
    expect(finish(m)).toBe(3);
    expect(sites(m)).toEqual(["on state"]);
    expect(m.result(0)).toBe(2);
  });
  test("stays set", () => {
    const m = warning(1);
    finish(m);
    m.spawn([{ proc: "main", args: [] }]);
    finish(m, 1);
    expect(sites(m)).toEqual(["on locals"]);
  });
});
