import { expect, test } from "vitest";
import { Touched } from "../sim/noting.ts";
import { Machine } from "../sim/step.ts";
import { define, dims, linkToy, schema, source, type ToyState, type ToyWorld } from "../sim/toy.testkit.ts";
import { silentJudge } from "./judge.testkit.ts";
import type { Judge } from "./judge.ts";
import { Work } from "./work.ts";

const setter = (name: string) =>
  define(name, source, [], [], (b) => [b.step("set", (s) => void (s.box.cells[2] = 1)), b.step("idle", () => {})]);

test("what a shared region breaks is known of every step that leads there, also after the others were forgotten", () => {
  const machine = new Machine<ToyState, ToyWorld>(
    schema,
    dims,
    linkToy(["one", "two"].map(setter)),
    { mayFail: true },
    2,
  );
  for (const proc of ["one", "two"]) machine.spawn([{ proc, args: [] }]);
  const touched = new Touched(machine.layout);
  machine.note(null, touched);
  let isBroken = false;
  const news = () => {
    const violated = new Map(isBroken ? [["set", "why"]] : []);
    isBroken = false;
    return { violated, exercised: new Set<string>() };
  };
  const judge: Judge<ToyState> = {
    ...silentJudge,
    state: () => void (isBroken = machine.state.box.cells[2] === 1),
    rest: news,
    news,
  };
  const work = new Work({ machine, judge, touched, movers: null, dead: null }, true, false);
  const first = work.stage.numbersOf(machine.bytes);
  const { moves } = work;
  const move = work.move(first, 1);
  expect([...work.breaks(first, 1, 0).keys()]).toEqual(["set"]);
  expect(work.made).toBe(1);
  // both states wait
  const waiting = Int32Array.of(...first, moves.shared(move, 0), first[1] as number, moves.own(move, 0));
  work.keep([{ words: waiting, from: 0, to: waiting.length }]);
  const again = waiting.slice(0, first.length);
  work.move(again, 0);
  expect([...work.breaks(again, 0, 0).keys()]).toEqual(["set"]);
  // the region was judged before
  expect(work.heard.length).toBe(1);
});
