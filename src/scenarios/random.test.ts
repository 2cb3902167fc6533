import { expect, test } from "vitest";
import { designs, findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "./build.ts";
import { library } from "./library/index.ts";
import { encodeLink } from "./link.ts";
import { openLink } from "./open-link.ts";
import { Play } from "./play.ts";
import { draw, MAX_SEED, playAtRandom } from "./random.ts";
import { readScenario } from "./schema.ts";

// Random schedules: the same on every machine, to the end of every world in every design.

test("the draws are these, wherever they are drawn", () => {
  const drawn = (seed: number) => {
    const next = draw(seed);
    return Array.from({ length: 12 }, () => next(100));
  };
  expect(drawn(1)).toMatchInlineSnapshot(`
    [
      62,
      0,
      52,
      98,
      96,
      28,
      61,
      72,
      42,
      99,
      45,
      48,
    ]
  `);
  expect(drawn(MAX_SEED)).toMatchInlineSnapshot(`
    [
      89,
      18,
      71,
      94,
      84,
      53,
      68,
      47,
      13,
      98,
      87,
      18,
    ]
  `);
  expect(drawn(MAX_SEED)).toEqual(drawn(-1));
});
test("the draws reach every number below the bound, and none else", () => {
  const next = draw(5);
  expect(new Set(Array.from({ length: 500 }, () => next(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  expect(next(1)).toBe(0);
});

// one design for each world, all of them in turn
const pairs = library.map((world, i) => [world.id, designs[i % designs.length]?.id ?? "", world] as const);

test.each(pairs)("%s in %s comes to its end, and its link replays", (_id, id, world) => {
  const design = findDesign(id);
  if (design === undefined) throw new Error(id);
  const play = new Play(makeModel(world, design, {}));
  expect(playAtRandom(play, 1)).toBe("all threads are done");
  const { head, tail } = encodeLink(play);
  expect(openLink(`#${head}${tail}`).notice).toBe("");
});

test("names that every object has by birth are names like any other", () => {
  const world = library.find(({ id }) => id === "used-ssids");
  const design = designs.at(-1);
  if (world === undefined || design === undefined) throw new Error("no such world or design");
  const odd = JSON.stringify(world)
    .replaceAll('"0000:01:00.0"', '"constructor"')
    .replaceAll('"D2"', '"toString"')
    .replaceAll('"group 7"', '"valueOf"');
  const texts = [world, readScenario(JSON.parse(odd))].map((scenario) => {
    const play = new Play(makeModel(scenario, design, {}));
    playAtRandom(play, 3);
    return play.records.map(({ thread, errno }) => `${thread} ${errno}`);
  });
  expect(texts[1]).toEqual(texts[0]);
});
