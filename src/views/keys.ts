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
  readonly does: string;
  readonly command?: (key: string, shift: boolean) => Command | null;
  /** Single letters and digits: they can be turned off. */
  readonly letter?: boolean;
  /** Pressed with Control, or Command; all other such combinations belong to the browser. */
  readonly chord?: boolean;
}

const one = (wanted: string, command: Command) => (key: string) => (key === wanted ? command : null);
const unshifted = (wanted: string, command: Command) => (key: string, shift: boolean) =>
  key === wanted && !shift ? command : null;

/** The one table of keys: it is obeyed, and it is shown. */
export const keyTable: readonly Binding[] = [
  {
    shown: ["→"],
    does: "forward; at the end of the run, one step of the current thread",
    command: unshifted("ArrowRight", { kind: "forward" }),
  },
  { shown: ["←"], does: "back", command: unshifted("ArrowLeft", { kind: "back" }) },
  {
    shown: ["Shift →", "Shift ←"],
    does: "along the run to the next errno, WARN, broken property, command or switch of thread; to the one before",
    command: (key, shift) =>
      shift && /^Arrow(Right|Left)$/.test(key) ? { kind: "stride", by: key === "ArrowRight" ? 1 : -1 } : null,
  },
  { shown: ["Home"], does: "before the first step", command: one("Home", { kind: "first" }) },
  { shown: ["End"], does: "the last step", command: one("End", { kind: "last" }) },
  { shown: ["Space"], does: "play, pause", command: one(" ", { kind: "play" }) },
  { shown: ["Backspace"], does: "take the last step of the run back", command: one("Backspace", { kind: "undo" }) },
  {
    shown: ["1 to 9"],
    does: "the thread that steps",
    letter: true,
    command: (key) => (/^[1-9]$/.test(key) ? { kind: "thread", thread: Number(key) } : null),
  },
  { shown: ["s"], does: "step the current thread", letter: true, command: one("s", { kind: "step", mode: "step" }) },
  { shown: ["o"], does: "step over a call", letter: true, command: one("o", { kind: "step", mode: "over" }) },
  { shown: ["u"], does: "step out of the procedure", letter: true, command: one("u", { kind: "step", mode: "out" }) },
  { shown: ["b"], does: "run until blocked", letter: true, command: one("b", { kind: "step", mode: "block" }) },
  {
    shown: ["Ctrl K"],
    does: "any action, thread, sheet, world or design, by its name",
    chord: true,
    command: one("k", { kind: "find", among: "all" }),
  },
  {
    shown: ["/"],
    does: "search this run: steps, streams, domains, properties; in the matrix: its rows and columns",
    letter: true,
    command: one("/", { kind: "find", among: "run" }),
  },
  {
    shown: ["r"],
    does: "copy as reply: the run as text for a mail",
    letter: true,
    command: one("r", { kind: "sheet", sheet: "reply" }),
  },
  { shown: ["a"], does: "assumptions and callers", letter: true, command: one("a", { kind: "sheet", sheet: "about" }) },
  {
    shown: ["c"],
    does: "the twelve checks, each with a run",
    letter: true,
    command: one("c", { kind: "sheet", sheet: "checks" }),
  },
  {
    shown: ["d"],
    does: "the designs: sources, open points, what each changes",
    letter: true,
    command: one("d", { kind: "sheet", sheet: "designs" }),
  },
  {
    shown: ["e"],
    does: "each design as a patch to any other: the statements that go and come",
    letter: true,
    command: one("e", { kind: "sheet", sheet: "patch" }),
  },
  {
    shown: ["i"],
    does: "the inspector: an STE, CD, command or event bit by bit; pasting qwords opens it as well",
    letter: true,
    command: one("i", { kind: "sheet", sheet: "inspect" }),
  },
  {
    shown: ["x"],
    does: "in the inspector: read pasted qwords as an STE, or as a CD",
    letter: true,
    command: one("x", { kind: "reading" }),
  },
  {
    shown: ["q"],
    does: "the reviewers' questions, answered by runs",
    letter: true,
    command: one("q", { kind: "sheet", sheet: "stories" }),
  },
  {
    shown: ["n", "p"],
    does: "in a story: the next move, the move before",
    letter: true,
    command: (key) => (key === "n" ? { kind: "move", by: 1 } : key === "p" ? { kind: "move", by: -1 } : null),
  },
  {
    shown: ["w"],
    does: "with another design: the same schedule, side by side",
    letter: true,
    command: one("w", { kind: "sheet", sheet: "compare" }),
  },
  {
    shown: ["h"],
    does: "how on a machine: the calls that would do the same",
    letter: true,
    command: one("h", { kind: "sheet", sheet: "recipe" }),
  },
  {
    shown: ["m"],
    does: "the matrix: designs and properties over all runs",
    letter: true,
    command: one("m", { kind: "sheet", sheet: "verdicts" }),
  },
  {
    shown: ["v"],
    does: "verdicts over all runs of this world in this design",
    letter: true,
    command: one("v", { kind: "check" }),
  },
  {
    shown: ["f"],
    does: "what if: drop or move a statement or an operation, and search again",
    letter: true,
    command: one("f", { kind: "sheet", sheet: "changes" }),
  },
  { shown: ["l"], does: "legend", letter: true, command: one("l", { kind: "sheet", sheet: "legend" }) },
  { shown: ["?"], does: "these keys", letter: true, command: one("?", { kind: "sheet", sheet: "keys" }) },
  {
    shown: ["F6", "Shift F6"],
    does: "next pane, pane before",
    command: (key, shift) => (key === "F6" ? { kind: "pane", forward: !shift } : null),
  },
  { shown: ["Esc"], does: "close the topmost thing; nothing is lost", command: one("Escape", { kind: "escape" }) },
  { shown: ["↑ ↓ ← →"], does: "in the graph, the matrix and a listing: from thing to thing" },
  {
    shown: ["Enter"],
    does: "in the graph: what can be done to it; in the matrix: the run that breaks it; in a listing: what if",
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
  if (at === "slider" && ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(key)) return null;
  for (const { command, letter, chord: held } of keyTable) {
    if (held || (letter && !letters)) continue;
    const found = command?.(key, shift);
    if (found) return found;
  }
  return null;
}
