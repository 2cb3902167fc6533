import { expect, test } from "vitest";
import type { Checked, CheckedProperty, CheckVerdict } from "../worker/check.ts";
import { cellOf, gridOf, pairsOf, placeOf, searched } from "./grid.ts";
import type { Head, Heads, Known } from "./grid.ts";
import type { Aim } from "./look.ts";
import { runsOf } from "./runs.ts";

const head = (kind: Head["kind"], id: string): Head => ({ kind, id, title: id, about: `what ${id} is` });
const heads: Heads = {
  scenarios: ["attach-flr", "unmap-flr", "sva-exit"].map((id) => head("scenario", id)),
  designs: ["linux-7_0", "linux-7_3"].map((id) => head("design", id)),
  properties: ["I-BLOCK", "I-NOATC"].map((id) => head("property", id)),
};
const all: Aim = { scenario: null, design: null, property: null };
const ids = (some: readonly Head[]) => some.map(({ id }) => id);

const row = (verdicts: Record<string, CheckVerdict>, states: number, steps = 7): Checked =>
  ({
    states,
    properties: Object.fromEntries(
      Object.entries(verdicts).map(([id, verdict]): [string, CheckedProperty] => [
        id,
        verdict === "violated"
          ? { verdict, link: "#1/w/d/Abc/_/12345678", steps, switches: 2, why: "so" }
          : { verdict, link: null, steps: null, switches: null },
      ]),
    ),
  }) as unknown as Checked;

const known = (checked: Record<string, Checked>, more: Partial<Known> = {}): Known => ({
  checked: new Map(Object.entries(checked)),
  running: new Set(),
  queued: new Set(),
  refused: new Map(),
  ...more,
});

test("designs and properties are the axes, until all scenarios of one of them are asked for", () => {
  expect(ids(gridOf(heads, all).lines)).toEqual(["I-BLOCK", "I-NOATC"]);
  expect(ids(gridOf(heads, { ...all, scenario: "sva-exit" }).columns)).toEqual(["linux-7_0", "linux-7_3"]);
  const property = gridOf(heads, { ...all, property: "I-BLOCK" });
  expect([ids(property.lines), ids(property.columns)]).toEqual([ids(heads.scenarios), ids(heads.designs)]);
  const design = gridOf(heads, { ...all, design: "linux-7_3" });
  expect([ids(design.lines), ids(design.columns)]).toEqual([ids(heads.scenarios), ids(heads.properties)]);
});

test("a name that is none narrows nothing", () => {
  expect(gridOf(heads, { scenario: "x", design: "y", property: "z" })).toEqual(gridOf(heads, all));
});

test("a table needs the pairs of its cells, in the terminal's order, and no others", () => {
  expect(pairsOf(heads, gridOf(heads, all))).toHaveLength(6);
  expect(pairsOf(heads, gridOf(heads, { ...all, scenario: "sva-exit" }))).toEqual([
    "sva-exit/linux-7_0",
    "sva-exit/linux-7_3",
  ]);
  expect(pairsOf(heads, gridOf(heads, { ...all, design: "linux-7_3" }))).toEqual([
    "attach-flr/linux-7_3",
    "unmap-flr/linux-7_3",
    "sva-exit/linux-7_3",
  ]);
});

test("a search looks for lines first, and for columns where no line is called so", () => {
  const grid = gridOf(heads, all);
  expect(ids(searched(grid, "I- none").lines)).toEqual([]);
  expect(ids(searched(grid, "noatc").lines)).toEqual(["I-NOATC"]);
  expect(ids(searched(grid, "7_3 linux").columns)).toEqual(["linux-7_3"]);
  expect(ids(searched(grid, "7_3 linux").lines)).toEqual(ids(grid.lines));
});

test("a cell says the worst of its pairs, and with a violation at once", () => {
  const place = { pairs: ["a/d", "b/d"], property: "P" };
  const cell = (checked: Record<string, Checked>, more: Partial<Known> = {}) => {
    const { mark, count } = cellOf(place, known(checked, more));
    return [mark, count];
  };
  expect(cell({})).toEqual(["unknown", null]);
  expect(cell({}, { queued: new Set(["a/d", "b/d"]) })).toEqual(["queued", null]);
  expect(cell({ "a/d": row({ P: "holds" }, 5) }, { queued: new Set(["b/d"]) })).toEqual(["running", null]);
  expect(cell({ "a/d": row({ P: "violated" }, 5, 9) }, { queued: new Set(["b/d"]) })).toEqual(["violated", 9]);
  expect(cell({ "a/d": row({ P: "violated" }, 5, 9), "b/d": row({ P: "violated" }, 5, 8) })).toEqual(["violated", 8]);
  expect(cell({ "a/d": row({ P: "holds" }, 5), "b/d": row({ P: "holds" }, 6) })).toEqual(["holds", 11]);
  // states of a search that exercised nothing are no evidence
  expect(cell({ "a/d": row({ P: "holds" }, 5), "b/d": row({ P: "vacuous" }, 6) })).toEqual(["holds", 5]);
  expect(cell({ "a/d": row({ P: "holds" }, 5), "b/d": row({ P: "bounded" }, 6) })).toEqual(["bounded", 11]);
  expect(cell({ "a/d": row({ P: "n/a" }, 5), "b/d": row({ P: "vacuous" }, 6) })).toEqual(["vacuous", null]);
  expect(cell({ "a/d": row({ P: "n/a" }, 5), "b/d": row({ P: "n/a" }, 6) })).toEqual(["n/a", null]);
  expect(cell({ "a/d": row({ P: "holds" }, 5) }, { refused: new Map([["b/d", "no"]]) })).toEqual(["refused", null]);
});

test("the place of a cell is the same whichever kind its line is of", () => {
  const wanted = { pairs: ["sva-exit/linux-7_3"], property: "I-BLOCK" };
  const [scenario, design, property] = [
    head("scenario", "sva-exit"),
    head("design", "linux-7_3"),
    head("property", "I-BLOCK"),
  ];
  const grid = (aim: Partial<Aim>) => gridOf(heads, { ...all, ...aim });
  expect(placeOf(heads, grid({ scenario: "sva-exit" }), property, design)).toEqual(wanted);
  expect(placeOf(heads, grid({ property: "I-BLOCK" }), scenario, design)).toEqual(wanted);
  expect(placeOf(heads, grid({ design: "linux-7_3" }), scenario, property)).toEqual(wanted);
});

test("a breaking run opens with its property in sight, the shortest one first", () => {
  const checked = new Map([
    ["a/d", row({ P: "violated" }, 5, 9)],
    ["b/d", row({ P: "violated" }, 5, 8)],
    ["c/d", row({ P: "holds" }, 5)],
  ]);
  const runs = runsOf({ pairs: ["a/d", "b/d", "c/d"], property: "P" }, checked);
  expect(runs.map(({ steps, link }) => [steps, link])).toEqual([
    [8, "#1/w/d/Abc/_0_pP/12345678"],
    [9, "#1/w/d/Abc/_0_pP/12345678"],
  ]);
});
