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
import { decodeRun } from "./read-link.ts";
import { encodeLink, encodeRun, wrongArgument } from "./link.ts";
import { openLink } from "./open-link.ts";
import { Play } from "./play.ts";

// Random walks through every world with every design and every combination of its options.

/** A walk that ends most runs, and one that only begins them. */
const LENGTH = 260;
const SHORT = 24;
/** Steps of all walks together: every combination gets a walk, and as many as there is room for a long one. */
const STEPS = 52_500;

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

// every world with every design; of the options' combinations the first, and one of four others in turn
const cases = library.flatMap((scenario, i) =>
  designs.flatMap((design) =>
    combinations(design)
      .filter((_options, k) => k === 0 || (i + k) % 4 === 0)
      .map((options) => ({ scenario, design, options })),
  ),
);
/** Long walks go round the combinations of designs, since their number is no multiple of this. */
const EVERY = Math.ceil(cases.length / ((STEPS - cases.length * SHORT) / (LENGTH - SHORT)));

test("there is room for long walks", () => {
  expect(EVERY).toBeGreaterThan(0);
  expect(EVERY).toBeLessThan(8);
});

describe("a walk agrees with the plain interpreter, comes back step by step, and is shared", () => {
  test.each(cases.map((c, i) => [c.scenario.id, c.design.id, Object.values(c.options).join(" "), c, i] as const))(
    "%s %s %s",
    (_world, _design, _options, { scenario, design, options }, i) => {
      // every world meets both grains, in some design or other
      const model = makeModel(scenario, design, i % 3 === 1 ? { ...options, grain: "store" } : options);
      const length = i % EVERY === 0 ? LENGTH : SHORT;
      fc.assert(
        fc.property(fc.array(fc.nat(), { minLength: length, maxLength: length }), (picks) => walk(model, picks)),
        { numRuns: 1, seed: i, endOnFailure: true },
      );
      fc.assert(
        fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: length, size: "max" }), (picks) =>
          share(model, picks),
        ),
        { numRuns: 1, seed: i + 1000, endOnFailure: true },
      );
    },
  );
});
