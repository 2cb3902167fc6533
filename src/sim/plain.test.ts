import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disagreement, PlainMachine } from "./plain.testkit.ts";
import { define, dims, linkToy, main, schema, source, type ToyProc, toy } from "./toy.testkit.ts";

/** Both backends with the same procedures. */
function both(procs: readonly ToyProc[], mayFail = false) {
  const packed = toy(procs, { mayFail });
  const plain = new PlainMachine(schema, dims, packed.table, packed.world);
  return {
    packed,
    plain,
    spawn: (proc: string, args: number[] = []) => {
      packed.spawn([{ proc, args }]);
      plain.spawn([{ proc, args }]);
    },
    step: (thread: number, outcome = 0) => {
      packed.step(thread, outcome);
      plain.step(thread, outcome);
    },
  };
}

const refuses = (proc: ToyProc) => {
  const plain = new PlainMachine(schema, dims, linkToy([proc]), { mayFail: true });
  return expect(() => {
    plain.spawn([{ proc: "main", args: [] }]);
    for (let i = 0; i < 300 && plain.outcomes(0) > 0; i++) plain.step(0, 0);
  });
};

describe("the oracle refuses", () => {
  test("a statement that reads a ghost", () => {
    refuses(main((b) => [b.step("", (s) => void (s.box.a = s.box.seen))])).toThrow(
      "plain: a step body reads the ghost box[0].seen",
    );
  });
  test("a decision that reads a ghost", () => {
    refuses(main((b) => [b.if("", (s) => s.box.seen === 1, [])])).toThrow(
      "plain: a test body reads the ghost box[0].seen",
    );
  });
  test("a statement that writes a ghost", () => {
    refuses(main((b) => [b.step("", (s) => void (s.box.seen = 1))])).toThrow("plain: a step body writes box[0].seen");
  });
  test("a ghost that writes what statements read", () => {
    refuses(main((b) => [b.ghost((s) => void (s.box.a = 1))])).toThrow("plain: a ghost body writes box[0].a");
  });
  test("a decision that writes", () => {
    refuses(main((b) => [b.if("", (s) => ++s.item[1].marks[0] > 0, [])])).toThrow(
      "plain: a test body writes item[1].marks[0]",
    );
  });
  test("a byte that runs over, and one that runs under", () => {
    const loop = (by: number) =>
      main((b) => [b.each("", "i", (l) => (l.i % 2) + 1, [b.step("", (s) => void (s.box.cells[3] += by))])]);
    refuses(loop(1)).toThrow("plain: box[0].cells[3] becomes 256");
    refuses(loop(-1)).toThrow("plain: box[0].cells[3] becomes -1");
  });
  test("a local that its byte cannot hold", () => {
    refuses(main((b) => [b.local("", (l) => void (l.x = 128))])).toThrow("plain: main.x becomes 128");
    refuses(main((b) => [b.return(-129, "")])).toThrow("plain: a result becomes -129");
    refuses(main((b) => [b.local("", (l) => void (l.x = Number.NaN))])).toThrow("plain: main.x becomes NaN");
  });
  test("what does not exist", () => {
    refuses(main((b) => [b.step("", (s) => void (s.item[4].value = 1))])).toThrow("plain: no item[4]");
    refuses(main((b) => [b.step("", (s) => void (s.box.cells[4] = 1))])).toThrow("there is no box[0].cells[4]");
    refuses(main((b) => [b.local("", (l) => void ((l as Record<string, number>).z = 1))])).toThrow(
      "plain: main has no local z",
    );
  });
  test("nothing that is allowed", () => {
    refuses(
      main((b) => [
        b.ghost((s) => void (s.box.seen = s.box.a + s.box.seen + 1)),
        b.step("", (s) => void (s.box.a = 255)),
        b.choose(
          "",
          ["", ""],
          () => true,
          () => true,
          (s) => void (s.box.seen = 1),
          "x",
        ),
      ]),
    ).not.toThrow();
  });
});

describe("a disagreement is found", () => {
  const pair = () => {
    const two = both([main((b) => [b.lock("small", () => 2, ""), b.step("", (s) => void (s.item[2].marks[1] = 3))])]);
    two.spawn("main");
    two.step(0);
    return two;
  };
  test("unless there is none", () => {
    expect(disagreement(pair().packed, pair().plain)).toBe("");
  });
  test("in a field", () => {
    const { packed, plain } = pair();
    packed.state.item[2].marks[1] = 9;
    expect(disagreement(packed, plain)).toBe("item[2].marks[1]: packed 9, plain 0");
  });
  test("in a lock", () => {
    const { packed, plain } = pair();
    plain.locks.small![1]!.owner = 2;
    expect(disagreement(packed, plain)).toBe("owner of small 2: packed 1, plain 2");
  });
  test("in a stack", () => {
    const { packed, plain } = pair();
    plain.threads[0]!.stack[0]!.locals.x = 4;
    expect(disagreement(packed, plain)).toBe("main.x: packed 0, plain 4");
  });
  test("in how far a thread is", () => {
    const { packed, plain } = pair();
    packed.step(0, 0);
    plain.step(0, 0);
    plain.threads[0]!.result = 1;
    expect(disagreement(packed, plain)).toBe("result of thread 1: packed 0, plain 1");
  });
  test("in bytes that should be zero", () => {
    const { packed, plain } = pair();
    for (const machine of [packed, plain]) machine.step(0, 0);
    expect(disagreement(packed, plain)).toBe("");
    packed.bytes[packed.layout.threadsAt + packed.layout.threadSize - 1] = 1;
    expect(disagreement(packed, plain)).toBe("thread 1 left something of a popped frame behind");
  });
});

/** Every kind of node, with three kinds of lock. */
const everything: readonly ToyProc[] = [
  define("leaf", source, ["n"], ["sum"], (b) => [
    b.each("", "sum", (l) => (l.sum < l.n ? l.sum + 1 : 0), [b.step("", (s, l) => void (s.box.cells[l.sum] = l.n))]),
    b.return((l) => -l.n, ""),
  ]),
  define("other", source, ["n"], [], (b) => [
    b.readLock("shared", () => 1, ""),
    b.if("", (s) => s.box.cells[1] > 1, [b.return((l) => l.n, "")].slice(0, 0)),
    b.readUnlock("shared", () => 1, ""),
    b.return((l) => l.n, ""),
  ]),
  define("work", source, ["n"], ["i", "x", "got"], (b) => [
    b.ghost((s) => void (s.box.seen = (s.box.seen + 1) % 200)),
    b.lock("small", (l) => l.n, ""),
    b.scan("", "i", (s, l) => (l.i < 3 && s.box.a < 250 ? l.i + 1 : 0), [
      b.step("", (s, l) => void (s.item[l.i].value = s.box.a++)),
      b.when("", (l) => l.i === l.n, [b.goto("found")]),
    ]),
    b.label("found"),
    b.unlock("small", (l) => l.n, ""),
    b.choose(
      "",
      ["fine", "bad"],
      (_l, w) => w.mayFail,
      (s) => s.box.b < 2,
      (s) => void s.box.b++,
      "x",
    ),
    b.warnOn("bad", "", (l) => l.x === 1),
    b.trylock("big", () => 1, "got", ""),
    b.when(
      "",
      (l) => l.got === 1,
      [
        b.virtual(
          "",
          ["leaf", "other"],
          (s) => (s.box.b === 0 ? "leaf" : s.item[2].value > 6 ? null : "other"),
          (l) => [l.n],
          "x",
        ),
        b.unlock("big", () => 1, ""),
      ],
      [
        b.writeLock("shared", () => 1, ""),
        b.warnIf("b", "", (s) => s.box.b === 1),
        b.writeUnlock("shared", () => 1, ""),
      ],
    ),
    b.return((l) => l.x, ""),
  ]),
];

describe("packed and plain", () => {
  test("agree at every step of every walk", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 5, maxLength: 120 }), fc.boolean(), (picks, mayFail) => {
        const two = both(everything, mayFail);
        for (const n of [1, 2, 2]) two.spawn("work", [n]);
        for (const pick of picks) {
          const choices = two.packed.programs.flatMap((_p, t) =>
            Array.from({ length: two.packed.outcomes(t) }, (_o, outcome) => ({ thread: t, outcome })),
          );
          const choice = choices[pick % choices.length];
          if (choice === undefined) break;
          two.step(choice.thread, choice.outcome);
          expect(disagreement(two.packed, two.plain)).toBe("");
        }
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
