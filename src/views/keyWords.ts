import { keyTable } from "./keys.ts";

/** What a key does, by how it is shown first: apart from the table, since keys are obeyed long before anybody asks for words. */
const words: Readonly<Record<string, string>> = {
  "→": "forward; at the end of the run, one step of the current thread",
  "←": "back",
  "Shift →": "along the run to the next errno, WARN, broken property, command or switch of thread; to the one before",
  Home: "before the first step",
  End: "the last step",
  Space: "play, pause",
  Backspace: "take the step in hand back, and all after it",
  "1 to 9": "the thread that steps",
  s: "step the current thread",
  o: "step over a call",
  u: "step out of the procedure",
  b: "run until blocked",
  "Ctrl K": "any action, thread, sheet, world or design, by its name",
  "/": "search this run: steps, streams, domains, properties; in the matrix: its rows and columns",
  r: "copy as reply: the run as text for a mail",
  a: "assumptions and callers",
  c: "the twelve checks, each with a run",
  d: "the designs: sources, open points, what each changes",
  e: "each design as a patch to any other: the statements that go and come",
  i: "the inspector: an STE, CD, command or event bit by bit; pasting qwords opens it as well",
  x: "in the inspector: read pasted qwords as an STE, or as a CD",
  q: "the reviewers' questions, answered by runs",
  n: "in a story: the next move, the move before",
  w: "with another design: the same schedule, side by side",
  h: "how on a machine: the calls that would do the same",
  m: "the matrix: designs and properties over all runs",
  v: "verdicts over all runs of this world in this design",
  f: "what if: drop or move a statement or an operation, and search again",
  l: "legend",
  "?": "these keys",
  F6: "next pane, pane before",
  Esc: "close the topmost thing; nothing is lost",
  "↑ ↓ ← →": "in the graph, the matrix and a listing: from thing to thing",
  Enter: "in the graph: what can be done to it; in the matrix: the run that breaks it; in a listing: what if",
};

/** The table of keys in words. */
export const keysInWords = keyTable.map((binding) => ({ ...binding, does: words[binding.shown[0] ?? ""] ?? "" }));
