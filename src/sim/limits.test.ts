import { describe, expect, test } from "vitest";
import { byte, MAX_THREADS, makeLayout, many, one } from "./layout.ts";
import { link } from "./link.ts";
import { patch } from "./proc.ts";
import { Machine } from "./step.ts";
import { define, dims, finish, linkToy, main, schema, source, started, toy } from "./toy.testkit.ts";

const calls = (name: string, callee: string) => define(name, source, [], [], (b) => [b.call(callee, () => [])]);

describe("linking refuses", () => {
  test("recursion", () => {
    expect(() => linkToy([calls("a", "b"), calls("b", "a")])).toThrow("recursion has no bound");
    expect(() => linkToy([calls("a", "a")])).toThrow("a: recursion has no bound");
  });
  test("a callee that is not there", () => {
    expect(() => linkToy([calls("main", "nobody")])).toThrow('main: calls "nobody", which is not there');
  });
  test("a callee that is not there, behind a pointer", () => {
    const proc = main((b) => [
      b.virtual(
        "",
        ["nobody"],
        () => null,
        () => [],
      ),
    ]);
    expect(() => linkToy([proc])).toThrow('main: calls "nobody", which is not there');
  });
  test("a label that is not there", () => {
    expect(() => linkToy([main((b) => [b.goto("nowhere")])])).toThrow('main: no label "nowhere"');
  });
  test("a local that is not there", () => {
    const proc = main((b) => [b.call("main", () => [], "z" as "x")]);
    expect(() => linkToy([proc])).toThrow('main: no local "z"');
  });
  test("a name that is not the procedure's", () => {
    expect(() => link({ other: main(() => []) })).toThrow("procedure main is listed as other");
  });
  test("more operations than a program counter can name", () => {
    const long = main((b) => Array.from({ length: 255 }, () => b.step("", () => {})));
    expect(() => linkToy([long])).toThrow("main: 256 operations, at most 255");
    expect(() => linkToy([main((b) => Array.from({ length: 254 }, () => b.step("", () => {})))])).not.toThrow();
  });
  test("more procedures than a byte can name", () => {
    const procs = Array.from({ length: 256 }, (_, i) => define(`p${i}`, source, [], [], () => []));
    expect(() => linkToy(procs)).toThrow("256 procedures, at most 255");
  });
});

describe("linking", () => {
  test("gives the same numbers whatever the order of the procedures", () => {
    const a = calls("a", "main");
    const b = calls("b", "a");
    const m = main(() => []);
    const names = (table: ReturnType<typeof linkToy>) => table.procs.map((p) => p.name);
    expect(names(linkToy([b, m, a]))).toEqual(["a", "b", "main"]);
    expect(names(linkToy([m, a, b]))).toEqual(["a", "b", "main"]);
  });
  test("lets a later table replace procedures of an earlier one", () => {
    const table = link({ main: main((b) => [b.return(1, "")]) }, { main: main((b) => [b.return(2, "")]) });
    const machine = new Machine(schema, dims, table, { mayFail: false }, 1);
    machine.spawn([{ proc: "main", args: [] }]);
    expect(machine.result(0)).toBe(2);
  });
  test("computes the deepest stack exactly", () => {
    const deep = define("c", source, ["x"], ["y", "z"], () => []);
    const middle = define("b", source, [], ["x"], (b) => [b.call("c", () => [1])]);
    const flat = define("a", source, [], [], (b) => [b.call("b", () => []), b.call("c", () => [1])]);
    // a frame is three bytes and its locals
    expect(linkToy([deep, middle, flat]).stackSize).toBe(3 + 0 + (3 + 1) + (3 + 3));
  });
});

describe("a layout refuses", () => {
  test("more threads than its limit", () => {
    expect(() => makeLayout(schema, dims, [], MAX_THREADS + 1, 10)).toThrow("layout: 9 threads, at most 8");
  });
  test("a stack that a byte cannot address", () => {
    expect(() => makeLayout(schema, dims, [], 1, 251)).toThrow("layout: a stack of 251 bytes, at most 250");
  });
  test("a dimension that is not given", () => {
    expect(() => makeLayout(schema, { cell: 1 }, [], 1, 10)).toThrow('layout: dimension "item" is not given');
  });
  test("too many instances", () => {
    expect(() => makeLayout(schema, { ...dims, item: 128 }, [], 1, 10)).toThrow(
      'layout: dimension "item" is 128, at most 127',
    );
  });
});

describe("a layout", () => {
  test("places every byte once", () => {
    const layout = makeLayout(schema, dims, ["w1", "w2"], 2, 10);
    const used = [
      ...layout.fields.flatMap((f) => Array.from({ length: f.size }, (_, i) => f.offset + i)),
      ...layout.locks.flatMap((k) => (k.kind === "rw" ? [k.offset, k.offset + 1] : [k.offset])),
      layout.warnOffset,
    ];
    expect(used.sort((a, b) => a - b)).toEqual(Array.from({ length: layout.sharedSize }, (_, i) => i));
    expect(layout.size).toBe(layout.threadsAt + 2 * layout.threadSize);
    expect([layout.threadsAt % 4, layout.threadSize % 4]).toEqual([0, 0]);
  });
  test("keeps a byte for eight WARNs", () => {
    const empty = { structs: {}, locks: {} };
    const sites = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`);
    expect([0, 1, 8, 9].map((n) => makeLayout(empty, {}, sites(n), 0, 1).sharedSize)).toEqual([0, 1, 1, 2]);
  });
  test("knows which fields are ghosts", () => {
    const ghosts = makeLayout(schema, dims, [], 1, 10).fields.filter((f) => f.ghost);
    expect(ghosts.map((f) => f.field)).toEqual(["seen"]);
  });
});

describe("the machine", () => {
  test("refuses a thread more than its layout has", () => {
    const m = toy([main((b) => [b.step("", () => {})])]);
    for (let i = 0; i < 4; i++) m.spawn([{ proc: "main", args: [] }]);
    expect(() => m.spawn([{ proc: "main", args: [] }])).toThrow("engine: a thread more than the 4 of the layout");
  });
  test("refuses a thread without operations", () => {
    expect(() => toy([main(() => [])]).spawn([])).toThrow("engine: a thread of 0 operations");
  });
  test("refuses a root that does not exist", () => {
    expect(() => toy([main(() => [])]).spawn([{ proc: "x", args: [] }])).toThrow("engine: no procedure x");
  });
  test("refuses a stack that passes what was computed", () => {
    // the pointer leads to a procedure that the call did not announce
    const big = define("big", source, [], ["a", "b", "c", "d", "e", "f"], () => []);
    const proc = define("main", source, [], [], (b) => [
      b.virtual(
        "",
        [],
        () => "big",
        () => [],
      ),
    ]);
    const m = started(proc, big);
    expect(() => m.step(0, 0)).toThrow("engine: the stack of big passes its limit");
  });
  test("has room for one instance and for many side by side", () => {
    const both = { structs: { one: one({ x: byte }), many: many("n", { x: byte, y: byte }) }, locks: {} };
    const m = new Machine<{ one: { x: number }; many: { x: number; y: number }[] }, null>(
      both,
      { n: 2 },
      link(),
      null,
      0,
    );
    m.state.one.x = 1;
    m.state.many[1]!.y = 2;
    m.state.many[2]!.x = 3;
    expect([...m.bytes.subarray(0, m.layout.sharedSize)]).toEqual([1, 0, 2, 3, 0]);
  });
});

describe("a patch", () => {
  const base = main((b) => [
    b.step("one", (s) => void s.box.a++, "one"),
    b.when("always", () => true, [b.step("two", (s) => void (s.box.a += 10), "two")]),
    b.each("", "i", (l) => (l.i < 2 ? l.i + 1 : 0), [b.step("three", (s) => void s.box.b++, "three")]),
  ]);
  const result = (proc: typeof base) => {
    const m = started(proc);
    finish(m);
    return [m.state.box.a, m.state.box.b];
  };
  test("finds its statement inside a decision and inside a loop", () => {
    const patched = patch(base, source, (b) => [
      { at: "two", how: "instead", nodes: [] },
      { at: "three", how: "after", nodes: [b.step("more", (s) => void (s.box.b += 4))] },
    ]);
    expect(result(base)).toEqual([11, 2]);
    expect(result(patched as typeof base)).toEqual([1, 10]);
  });
  test("puts nodes before a statement", () => {
    const patched = patch(base, source, (b) => [
      { at: "one", how: "before", nodes: [b.when("", () => true, [b.return(3, "")])] },
    ]);
    expect(result(patched as typeof base)).toEqual([0, 0]);
  });
  test("leaves its base as it was", () => {
    patch(base, source, () => [{ at: "one", how: "instead", nodes: [] }]);
    expect(result(base)).toEqual([11, 2]);
  });
  test("may add a variable", () => {
    const patched = patch(
      base,
      source,
      (b) => [
        {
          at: "one",
          how: "before",
          nodes: [
            b.local("", (l) => {
              l.more = 5;
            }),
            b.step("", (s, l) => void (s.box.b = l.more)),
          ],
        },
      ],
      ["more"],
    );
    expect(result(patched as typeof base)).toEqual([11, 7]);
  });
  test("that finds nothing is refused", () => {
    expect(() => patch(base, source, () => [{ at: "four", how: "instead", nodes: [] }])).toThrow(
      'patch of main: statement "four" found 0 times, not once',
    );
  });
  test("that finds two statements is refused", () => {
    const twice = main((b) => [b.step("", () => {}, "x"), b.if("", () => true, [b.step("", () => {}, "x")])]);
    expect(() => patch(twice, source, () => [{ at: "x", how: "after", nodes: [] }])).toThrow(
      'patch of main: statement "x" found 2 times, not once',
    );
  });
});
