import type { Sheet } from "../session/look.ts";

/** What a key asks for, apart from where it was pressed. */
export type Command =
  | { readonly kind: "back" | "forward" | "first" | "last" | "play" | "undo" | "escape" | "reading" }
  | { readonly kind: "sheet"; readonly sheet: Sheet }
  | { readonly kind: "check" }
  | { readonly kind: "stride"; readonly by: 1 | -1 }
  | { readonly kind: "step"; readonly mode: "step" | "over" | "out" | "block" }
  | { readonly kind: "thread"; readonly thread: number }
  | { readonly kind: "move"; readonly by: 1 | -1 }
  | { readonly kind: "find"; readonly among: "all" | "run" }
  | { readonly kind: "pane"; readonly forward: boolean };

interface Binding {
  /** As the keys sheet shows it. */
  readonly shown: readonly string[];
  readonly command?: (key: string, shift: boolean) => Command | null;
  /** Single letters and digits: they can be turned off. */
  readonly letter?: boolean;
  /** Pressed with Control, or Command; all other such combinations belong to the browser. */
  readonly chord?: boolean;
}

const one = (wanted: string, command: Command) => (key: string) => (key === wanted ? command : null);
const unshifted = (wanted: string, command: Command) => (key: string, shift: boolean) =>
  key === wanted && !shift ? command : null;

/** The one table of keys: it is obeyed, and it is shown, with the words of `keyWords.ts`. */
export const keyTable: readonly Binding[] = [
  {
    shown: ["→"],
    command: unshifted("ArrowRight", { kind: "forward" }),
  },
  { shown: ["←"], command: unshifted("ArrowLeft", { kind: "back" }) },
  {
    shown: ["Shift →", "Shift ←"],
    command: (key, shift) =>
      shift && /^Arrow(Right|Left)$/.test(key) ? { kind: "stride", by: key === "ArrowRight" ? 1 : -1 } : null,
  },
  { shown: ["Home"], command: one("Home", { kind: "first" }) },
  { shown: ["End"], command: one("End", { kind: "last" }) },
  { shown: ["Space"], command: one(" ", { kind: "play" }) },
  { shown: ["Backspace"], command: one("Backspace", { kind: "undo" }) },
  {
    shown: ["1 to 9"],
    letter: true,
    command: (key) => (/^[1-9]$/.test(key) ? { kind: "thread", thread: Number(key) } : null),
  },
  { shown: ["s"], letter: true, command: one("s", { kind: "step", mode: "step" }) },
  { shown: ["o"], letter: true, command: one("o", { kind: "step", mode: "over" }) },
  { shown: ["u"], letter: true, command: one("u", { kind: "step", mode: "out" }) },
  { shown: ["b"], letter: true, command: one("b", { kind: "step", mode: "block" }) },
  {
    shown: ["Ctrl K"],
    chord: true,
    command: one("k", { kind: "find", among: "all" }),
  },
  {
    shown: ["/"],
    letter: true,
    command: one("/", { kind: "find", among: "run" }),
  },
  {
    shown: ["r"],
    letter: true,
    command: one("r", { kind: "sheet", sheet: "reply" }),
  },
  { shown: ["a"], letter: true, command: one("a", { kind: "sheet", sheet: "about" }) },
  {
    shown: ["c"],
    letter: true,
    command: one("c", { kind: "sheet", sheet: "checks" }),
  },
  {
    shown: ["d"],
    letter: true,
    command: one("d", { kind: "sheet", sheet: "designs" }),
  },
  {
    shown: ["e"],
    letter: true,
    command: one("e", { kind: "sheet", sheet: "patch" }),
  },
  {
    shown: ["i"],
    letter: true,
    command: one("i", { kind: "sheet", sheet: "inspect" }),
  },
  {
    shown: ["x"],
    letter: true,
    command: one("x", { kind: "reading" }),
  },
  {
    shown: ["q"],
    letter: true,
    command: one("q", { kind: "sheet", sheet: "stories" }),
  },
  {
    shown: ["n", "p"],
    letter: true,
    command: (key) => (key === "n" ? { kind: "move", by: 1 } : key === "p" ? { kind: "move", by: -1 } : null),
  },
  {
    shown: ["w"],
    letter: true,
    command: one("w", { kind: "sheet", sheet: "compare" }),
  },
  {
    shown: ["h"],
    letter: true,
    command: one("h", { kind: "sheet", sheet: "recipe" }),
  },
  {
    shown: ["m"],
    letter: true,
    command: one("m", { kind: "sheet", sheet: "verdicts" }),
  },
  {
    shown: ["v"],
    letter: true,
    command: one("v", { kind: "check" }),
  },
  {
    shown: ["f"],
    letter: true,
    command: one("f", { kind: "sheet", sheet: "changes" }),
  },
  { shown: ["l"], letter: true, command: one("l", { kind: "sheet", sheet: "legend" }) },
  { shown: ["?"], letter: true, command: one("?", { kind: "sheet", sheet: "keys" }) },
  {
    shown: ["F6", "Shift F6"],
    command: (key, shift) => (key === "F6" ? { kind: "pane", forward: !shift } : null),
  },
  { shown: ["Esc"], command: one("Escape", { kind: "escape" }) },
  { shown: ["↑ ↓ ← →"] },
  {
    shown: ["Enter"],
  },
];

export interface Press {
  readonly key: string;
  readonly shift: boolean;
  /** Control, Alt or Meta: those belong to the browser. */
  readonly modified: boolean;
  /** Control or Command, and nothing else beside it. */
  readonly chord?: boolean;
  /** Where the focus is: fields take every key, buttons take Space, the slider takes what moves it. */
  readonly at: "field" | "slider" | "button" | "page";
}

/** The command of a key, null where the key belongs to what has the focus. */
export function commandOf(press: Press, letters: boolean): Command | null {
  const { key, shift, modified, chord, at } = press;
  if (chord)
    return keyTable.find((binding) => binding.chord && binding.command?.(key, shift))?.command?.(key, shift) ?? null;
  if (modified) return null;
  if (at === "field" && key !== "Escape" && key !== "F6") return null;
  if (at === "button" && key === " ") return null;
  if (at === "slider" && !shift && ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(key))
    return null;
  for (const { command, letter, chord: held } of keyTable) {
    if (held || (letter && !letters)) continue;
    const found = command?.(key, shift);
    if (found) return found;
  }
  return null;
}
