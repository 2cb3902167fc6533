import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import type { Design } from "../kernel/design.ts";
import { isOffered, type Op, opKinds, rootOf } from "../kernel/ops.ts";
import { schema } from "../kernel/structs.ts";
import { disagreement, PlainMachine } from "../sim/plain.testkit.ts";
import { type Event, Player } from "../sim/run.ts";
import { type Model, makeModel } from "./build.ts";
import { library } from "./library/index.ts";
import { decodeRun, encodeLink, encodeRun, openLink, wrongArgument } from "./link.ts";
import { Play } from "./play.ts";

// Random walks through every world with every design and every combination of its options.

/** Longest walk, and walks for each combination. */
const LENGTH = 260;
const WALKS = 2;
/** The worlds of single checks are small and alike. */
const walksIn = (scenario: string) => (scenario.startsWith("check-") ? 1 : WALKS);

function combinations(design: Design): Record<string, string>[] {
  return design.options.reduce<Record<string, string>[]>(
    (some, option) => some.flatMap((given) => option.values.map((v) => ({ ...given, [option.id]: v.id }))),
    [{}],
  );
}

const offered = opKinds.map((kind, index) => ({ kind, index })).filter(({ kind }) => isOffered(kind));

/** An operation of the world, any of those that a reader can start; null where a number names none. */
function someOp(model: Model, pick: number): Op | null {
  const w = model.world;
  const { kind, index } = offered[pick % offered.length] as (typeof offered)[number];
  let rest = Math.floor(pick / offered.length);
  const from = (first: number, count: number) => {
    const value = first + (rest % count);
    rest = Math.floor(rest / count);
    return value;
  };
  const args = kind.params.map((param) => {
    if (param === "pasid") return from(0, w.pasids);
    return from(1, Math.max(1, w[param].length - 1));
  });
  const op = { kind: index, args };
  return wrongArgument(op, model) === "" ? op : null;
}

function newPlayer(model: Model) {
  const machine = model.machine();
  for (const program of model.programs) machine.spawn(program.map((op) => rootOf(op, model.world)));
  return new Player(machine, (op: Op) => [rootOf(op, model.world)]);
}

/** The event that a number stands for here; null when nothing can happen. */
function pickEvent(player: ReturnType<typeof newPlayer>, model: Model, pick: number): Event<Op> | null {
  const { machine } = player;
  if (pick % 23 === 0 && machine.programs.length < machine.layout.threads) {
    const what = someOp(model, Math.floor(pick / 23));
    if (what !== null) return { kind: "start", what };
  }
  const choices = machine.programs.flatMap((_program, thread) =>
    Array.from({ length: machine.outcomes(thread) }, (_any, outcome) => ({ thread, outcome })),
  );
  const choice = choices[pick % choices.length];
  return choice === undefined ? null : { kind: "choice", ...choice };
}

function walk(model: Model, picks: readonly number[]): void {
  const { world, table } = model;
  const player = newPlayer(model);
  const { machine } = player;
  const plain = new PlainMachine(schema, machine.layout.dims, table, world, machine.splits);
  plain.load(model.machine());
  for (const program of model.programs) plain.spawn(program.map((op) => rootOf(op, world)));
  expect(disagreement(machine, plain)).toBe("");
  const states = [machine.bytes.slice()];
  for (const pick of picks) {
    const event = pickEvent(player, model, pick);
    if (event === null) break;
    player.append(event);
    if (event.kind === "start") plain.spawn([rootOf(event.what, world)]);
    else plain.step(event.thread, event.outcome);
    const difference = disagreement(machine, plain);
    if (difference !== "") expect.fail(`step ${player.position}: ${difference}`);
    states.push(machine.bytes.slice());
    // back and once more
    const { position } = player;
    player.undo();
    expect(equal(machine.bytes, states[position - 1])).toBe(true);
    player.append(event);
    expect(equal(machine.bytes, states[position])).toBe(true);
  }
  for (const pick of picks.slice(0, 12)) {
    const at = pick % states.length;
    player.seek(at);
    expect(equal(machine.bytes, states[at])).toBe(true);
  }
  const again = newPlayer(model);
  for (const event of player.events) again.append(event);
  expect(equal(again.machine.bytes, states.at(-1))).toBe(true);
  const threads = model.programs.length;
  expect(decodeRun(encodeRun(player.events, threads), threads)).toEqual({ events: player.events, problem: "" });
}

/** The link of a walk, opened by somebody else, shows the same run at the same place. */
function share(model: Model, picks: readonly number[]): void {
  const player = newPlayer(model);
  const play = new Play(model);
  for (const pick of picks) {
    const event = pickEvent(player, model, pick);
    if (event === null) break;
    player.append(event);
    play.append(event);
  }
  expect(equal(play.machine.bytes, player.machine.bytes)).toBe(true);
  play.seek((picks[0] ?? 0) % (play.player.events.length + 1));
  const { head, tail } = encodeLink(play);
  const opened = openLink(`#${head}look${tail}`);
  expect(opened.notice).toBe("");
  expect(opened.look).toBe("look");
  expect(opened.play.model.design.id).toBe(model.design.id);
  expect(opened.play.model.options).toEqual(model.options);
  expect(opened.play.player.events).toEqual(play.player.events);
  expect(opened.play.position).toBe(play.position);
  expect(equal(opened.play.machine.bytes, play.machine.bytes)).toBe(true);
}

const equal = (a: Uint8Array, b: Uint8Array | undefined) => Buffer.compare(a, b ?? new Uint8Array()) === 0;

describe.each(library.map((w) => [w.id, w] as const))("%s", (_id, scenario) => {
  const cases = designs.flatMap((design) =>
    combinations(design).map(
      (options) => [`${design.id} ${Object.values(options).join(" ")}`, design, options] as const,
    ),
  );
  test.each(cases)("%s", (_name, design, options) => {
    const model = makeModel(scenario, design, options);
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: LENGTH, maxLength: LENGTH }), (picks) => walk(model, picks)),
      { numRuns: walksIn(scenario.id), seed: 1, endOnFailure: true },
    );
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: LENGTH, size: "max" }), (picks) => share(model, picks)),
      { numRuns: walksIn(scenario.id), seed: 2, endOnFailure: true },
    );
  });
});
