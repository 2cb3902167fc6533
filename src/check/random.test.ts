import fc from "fast-check";
import { expect, test } from "vitest";
import type { Locals, Node } from "../sim/proc.ts";
import { Machine, type Root } from "../sim/step.ts";
import { define, dims, linkToy, schema, source, type ToyState, type ToyWorld } from "../sim/toy.testkit.ts";
import { allReductions, everything, type Reduction, Search } from "./explore.ts";
import { silentJudge } from "./judge.testkit.ts";
import type { Judge } from "./judge.ts";

// Reductions rest on what bodies are seen to read and write. Here bodies are made up: programs at random, judged in all the
// ways in which a judge may look, must break the same with each reduction as without, and end in as many ways.

/** A statement: what it does, to which cell, with which number. */
type Word = readonly [kind: number, cell: number, value: number];
type Body = readonly Node<ToyState, Locals<"x" | "y">, ToyWorld>[];

const threads = ["one", "two", "three"] as const;

/** Threads with the same words are twins. */
const nameOf = (programs: readonly (readonly Word[])[], i: number) =>
  threads[programs.findIndex((words) => JSON.stringify(words) === JSON.stringify(programs[i]))] as string;

const procOf = (name: string, words: readonly Word[]) =>
  define(name, source, [], ["x", "y"], (b): Body => {
    const from = (i: number): Body => {
      const word = words[i];
      if (word === undefined) return [];
      const [kind, cell, value] = word;
      const rest = from(i + 1);
      const say = `${kind} ${cell} ${value}`;
      switch (kind) {
        case 0:
          return [b.step(say, (s) => void (s.box.cells[cell] = value)), ...rest];
        case 1:
          return [b.step(say, (s, l) => void (l.x = s.box.cells[cell])), ...rest];
        case 2:
          return [b.step(say, (s, l) => void (s.item[1 + (cell % 3)].value = l.x + value)), ...rest];
        case 3:
          return [
            b.if(say, (s) => s.item[1 + (cell % 3)].value === value, rest),
            b.local("", (l) => void (l.y = value)),
          ];
        case 4:
          return [b.when(say, (l) => l.x === value && l.y !== cell, rest, [b.step(say, (s) => void s.box.a++)])];
        case 5:
          return [
            b.lock("big", () => 1, say),
            ...from(i + 1).slice(0, 2),
            b.unlock("big", () => 1, say),
            ...from(i + 3),
          ];
        case 10:
          return value === 0
            ? [
                b.writeLock("shared", () => 1, say),
                b.step(say, (s, l) => void (s.box.cells[cell] = l.x)),
                b.writeUnlock("shared", () => 1, say),
                ...rest,
              ]
            : [
                b.readLock("shared", () => 1, say),
                b.step(say, (s, l) => void (l.x = s.box.cells[cell])),
                b.readUnlock("shared", () => 1, say),
                ...rest,
              ];
        case 6:
          return [b.moment("judged", () => [cell]), ...rest];
        case 7:
          return [
            b.wait(
              say,
              (s) => s.box.b >= value,
              (s) => void s.box.b++,
            ),
            ...rest,
          ];
        case 8:
          return [
            b.choose(
              say,
              ["no", "yes"],
              () => true,
              (s) => s.box.a < 2,
              (s) => void s.box.a++,
              "y",
            ),
            ...rest,
          ];
        default:
          return [b.step(say, (s, l) => void (s.item[1 + (cell % 3)].next = l.y)), ...rest];
      }
    };
    return from(0);
  });

function judgeOf(
  machine: Machine<ToyState, ToyWorld>,
  names: readonly string[],
  [cell, value]: readonly [number, number],
): Judge<ToyState> {
  const violated = new Map<string, string>();
  const say = (id: string, isBroken: boolean) => isBroken && violated.set(id, "why");
  let stepping = -1;
  const said = () => {
    const verdict = { violated: new Map(violated), exercised: new Set<string>() };
    violated.clear();
    return verdict;
  };
  return {
    ...silentJudge,
    begin: () => violated.clear(),
    look: (thread) => void (stepping = thread),
    moment: (_thread, _name, [at = 0]) => say(`moment ${at}`, machine.state.box.cells[at] === value),
    // any of its twins would have broken it
    own: () => say(`own ${names[stepping] ?? ""}`, machine.state.item[1 + (cell % 3)].value === value),
    state: () => {
      const s = machine.state;
      say("state", s.box.cells[cell] === value && s.item[1 + (cell % 3)].next !== value);
    },
    news: said,
    rest: () => {
      say("rest", machine.state.box.a === value);
      return said();
    },
  };
}

function ends(programs: readonly (readonly Word[])[], wanted: readonly [number, number], reduce: readonly Reduction[]) {
  const names = programs.map((_words, i) => nameOf(programs, i));
  const procs = programs.flatMap((words, i) => (names[i] === threads[i] ? [procOf(threads[i], words)] : []));
  const machine = new Machine<ToyState, ToyWorld>(schema, dims, linkToy(procs), { mayFail: true }, 3);
  const roots = names.map((proc): Root[] => [{ proc, args: [] }]);
  const search = new Search(
    { machine, programs: roots, judge: judgeOf(machine, names, wanted) },
    { ...everything, reduce },
  );
  while (search.advance(1000));
  for (const [id, { run }] of search.violations) {
    // a run that is handed out can be made, and breaks it with its last step
    const other = new Machine<ToyState, ToyWorld>(schema, dims, linkToy(procs), { mayFail: true }, 3);
    const judge = judgeOf(other, names, wanted);
    other.observer = { op() {}, answer() {}, call() {}, return() {}, moment: judge.moment, warn() {} };
    for (const program of roots) other.spawn(program);
    judge.look(-1);
    judge.own();
    judge.state(-1);
    let last = judge.news();
    for (const { thread, outcome } of run) {
      judge.look(thread);
      other.step(thread, outcome);
      judge.own();
      judge.state(-1);
      last = judge.news();
    }
    expect([...last.violated.keys(), ...judge.rest().violated.keys()]).toContain(id);
  }
  return { states: search.store.states, terminals: search.terminals, violated: [...search.violations.keys()].sort() };
}

const word = fc.tuple(fc.nat(10), fc.nat(3), fc.nat(2));
const program = fc.array(word, { maxLength: 5 });

test("programs at random break the same with each reduction as without", () => {
  let saved = 0;
  fc.assert(
    fc.property(
      fc.array(program, { minLength: 2, maxLength: 3 }),
      fc.nat(2),
      fc.tuple(fc.nat(3), fc.nat(2)),
      (made, twins, wanted) => {
        const programs = made.map((words, i) => (i <= twins ? (made[0] as typeof words) : words));
        const all = ends(programs, wanted, []);
        for (const reduce of [["order"], ["locals"], ["twins"], ["order", "twins"], allReductions] as const) {
          const less = ends(programs, wanted, reduce);
          expect(less.violated).toEqual(all.violated);
          // threads that wait for ever may differ in what they will never read
          if (reduce[0] === "order" && reduce.length === 1) expect(less.terminals).toBe(all.terminals);
          else expect(Math.sign(less.terminals)).toBe(Math.sign(all.terminals));
          expect(less.states).toBeLessThanOrEqual(all.states);
          saved += all.states - less.states;
        }
      },
    ),
    { numRuns: 300, seed: 7 },
  );
  expect(saved).toBeGreaterThan(1000);
});
