import { expect, test } from "vitest";
import { keysInWords } from "./keyWords.ts";
import { commandOf } from "./keys.ts";
import type { Press } from "./keys.ts";

const press = (key: string, at: Press["at"] = "page", more: Partial<Press> = {}): Press => ({
  key,
  at,
  shift: false,
  modified: false,
  ...more,
});

test("arrows, digits and letters do what the table says", () => {
  expect(commandOf(press("ArrowRight"), true)).toEqual({ kind: "forward" });
  expect(commandOf(press("ArrowLeft", "page", { shift: true }), true)).toEqual({ kind: "stride", by: -1 });
  expect(commandOf(press("2"), true)).toEqual({ kind: "thread", thread: 2 });
  expect(commandOf(press("b"), true)).toEqual({ kind: "step", mode: "block" });
  expect(commandOf(press("F6", "page", { shift: true }), true)).toEqual({ kind: "pane", forward: false });
});

test("letters and digits can be turned off, arrows and Escape cannot", () => {
  for (const key of ["2", "s", "l", "?"]) expect(commandOf(press(key), false)).toBeNull();
  for (const key of ["ArrowLeft", "Escape", "F6", " "]) expect(commandOf(press(key), false)).not.toBeNull();
});

test("a key belongs first to what has the focus", () => {
  expect(commandOf(press("s", "field"), true)).toBeNull();
  expect(commandOf(press("ArrowLeft", "field"), true)).toBeNull();
  expect(commandOf(press("Escape", "field"), true)).toEqual({ kind: "escape" });
  expect(commandOf(press(" ", "button"), true)).toBeNull();
  expect(commandOf(press("ArrowLeft", "button"), true)).toEqual({ kind: "back" });
  expect(commandOf(press("Home", "slider"), true)).toBeNull();
  expect(commandOf(press("ArrowRight", "slider", { shift: true }), true)).toEqual({ kind: "stride", by: 1 });
  expect(commandOf(press("s", "slider"), true)).toEqual({ kind: "step", mode: "step" });
});

test("Control K finds any action, also where letters are typed or turned off, and K alone does nothing", () => {
  const held = { modified: true, chord: true };
  expect(commandOf(press("k", "field", held), false)).toEqual({ kind: "find", among: "all" });
  expect(commandOf(press("s", "page", held), true)).toBeNull();
  expect(commandOf(press("k"), true)).toBeNull();
});

test("combinations with Control, Alt or Meta stay with the browser", () => {
  expect(commandOf(press("ArrowLeft", "page", { modified: true }), true)).toBeNull();
});

test("each key of the table has words", () => {
  expect(keysInWords.filter(({ does }) => does === "")).toEqual([]);
});
