import { describe, expect, test } from "vitest";
import { Machine, type Root } from "../sim/step.ts";
import { define, dims, linkToy, schema, source, type ToyProc, type ToyState } from "../sim/toy.testkit.ts";
import { allReductions, everything, Search, type Settings } from "./explore.ts";
import { silentJudge } from "./judge.testkit.ts";
import type { Judge } from "./judge.ts";

const nobody: ReadonlySet<string> = new Set();

/** Judges that `broken` never holds, and nothing else. */
function judge(
  machine: { readonly state: ToyState },
  broken: (s: ToyState) => boolean,
  atMoments = false,
): Judge<ToyState> {
  let found = false;
  const look = () => {
    found ||= broken(machine.state);
  };
  const state = () => {
    if (!atMoments) look();
  };
  const news = () => {
    const violated = new Map(found ? [["broken", "why"]] : []);
    found = false;
    return { violated, exercised: nobody };
  };
  const rest = () => {
    state();
    return news();
  };
  return {
    ...silentJudge,
    moment: atMoments ? look : () => {},
    state,
    rest,
    news,
  };
}

function search(
  procs: readonly ToyProc[],
  roots: readonly string[],
  settings: Partial<Settings>,
  broken: (s: ToyState) => boolean = () => false,
  atMoments = false,
) {
  const machine = new Machine<ToyState, { mayFail: boolean }>(schema, dims, linkToy(procs), { mayFail: true }, 4);
  const programs = roots.map((proc): Root[] => [{ proc, args: [] }]);
  const subject = { machine, programs, judge: judge(machine, broken, atMoments) };
  const found = new Search(subject, { ...everything, ...settings });
  while (found.advance(100));
  return found;
}

const under = (name: string, lock: "big" | "small", index = 1) =>
  define(name, source, [], [], (b) => [
    b.lock(lock, () => index, "lock"),
    b.step("count", (s) => {
      s.box.a++;
    }),
    b.unlock(lock, () => index, "unlock"),
    b.step("count", (s) => {
      s.box.b++;
    }),
  ]);

describe("steps that may go first", () => {
  test("are unlocks, and locks that nobody else takes: fewer states, the same ends", () => {
    const free = define("free", source, [], [], (b) => [
      b.step("set", (s) => {
        s.item[1].value = 1;
      }),
    ]);
    const procs = [under("one", "big"), under("two", "big"), free];
    const all = search(procs, ["one", "two", "free"], {});
    const less = search(procs, ["one", "two", "free"], { reduce: allReductions });
    expect(less.store.states).toBeLessThan(all.store.states);
    expect(less.terminals).toBe(all.terminals);
    const own = [under("one", "big"), under("two", "small")];
    const apart = search(own, ["one", "two"], { reduce: allReductions });
    expect(apart.store.states).toBeLessThan(search(own, ["one", "two"], {}).store.states);
  });
  test("are no unlocks of a lock that somebody tries", () => {
    const trying = define("trying", source, [], ["x"], (b) => [
      b.trylock("big", () => 1, "x", "trylock"),
      b.when("taken", (l) => l.x === 0, [
        b.step("say so", (s) => {
          s.box.cells[0] = 1;
        }),
      ]),
    ]);
    const taken = (s: ToyState) => s.box.cells[0] === 1 && s.box.b === 0;
    for (const reduce of [[], allReductions])
      expect(search([under("one", "big"), trying], ["one", "trying"], { reduce }, taken).violations.size).toBe(1);
  });
  test("are none that a moment or a ghost rides along with", () => {
    const watched = define("watched", source, [], [], (b) => [
      b.lock("big", () => 1, "lock"),
      b.unlock("big", () => 1, "unlock"),
      b.moment("end", () => []),
    ]);
    const other = define("other", source, [], [], (b) => [
      b.step("set", (s) => {
        s.box.a = 1;
      }),
    ]);
    for (const reduce of [[], allReductions]) {
      const set = search([watched, other], ["watched", "other"], { reduce }, (s) => s.box.a === 1, true);
      expect(set.violations.size).toBe(1);
    }
  });
  test("leave nobody out: two threads that lock in opposite orders still wait for ever", () => {
    const order = (name: string, first: "big" | "small", second: "big" | "small") =>
      define(name, source, [], [], (b) => [
        b.lock(first, () => 1, "lock"),
        b.lock(second, () => 1, "lock"),
        b.unlock(second, () => 1, "unlock"),
        b.unlock(first, () => 1, "unlock"),
      ]);
    const procs = [order("one", "big", "small"), order("two", "small", "big")];
    for (const reduce of [[], allReductions]) expect(search(procs, ["one", "two"], { reduce }).terminals).toBe(2);
  });
});

test("a search that goes round in circles ends", () => {
  const circle = define("circle", source, [], [], (b) => [
    b.label("again"),
    b.lock("big", () => 1, "lock"),
    b.unlock("big", () => 1, "unlock"),
    b.goto("again"),
  ]);
  const other = define("other", source, [], [], (b) => [
    b.step("set", (s) => {
      s.box.a = 1;
    }),
  ]);
  for (const reduce of [[], allReductions]) {
    const found = search([circle, other], ["circle", "other"], { reduce }, (s) => s.box.a === 1);
    expect([found.ending, found.violations.size]).toEqual(["complete", 1]);
  }
});
