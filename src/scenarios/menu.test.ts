import { expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { findScenario, headings, unitTests } from "./library/find.ts";
import { designMenu, unitTestMenu, worldMenu } from "./menu.ts";
import { readScenario } from "./schema.ts";

test("the menu lists every design and every world by its own title, in order", () => {
  expect(designMenu).toEqual(designs.map(({ id, title }) => ({ id, title })));
  expect([worldMenu, unitTestMenu]).toEqual([headings, unitTests]);
});

test("every world of the library, which nobody reads before it is played, is sound and whole", () => {
  const worlds = [...headings, ...unitTests].map(({ id }) => findScenario(id));
  expect(worlds.map(readScenario)).toEqual(worlds);
});
