import { scaleLinear } from "d3";
import { widthOf } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { Snapshot, Span, TimelineStep } from "../../worker/protocol.ts";

// The run as lanes over one axis: one x for one step. A lane for each thread with its steps, calls and locks; below
// them, in a picture of their own that never scrolls away, one for each device and one for the commands to the SMMU.

export interface TimeText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly tone: "name" | "q" | "v" | "bad" | "reset" | "hardware";
  readonly mono?: boolean;
}

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly step: number;
  readonly look: "done" | "future" | "now" | "errno" | "warn" | "violated" | "start";
  readonly title: string;
}

export interface Bar {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
  /** Held beyond the present position or still open. */
  readonly open: boolean;
  readonly thin: boolean;
}

export interface Window {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly dense: boolean;
}

export interface Lanes {
  readonly height: number;
  readonly lines: readonly number[];
  readonly texts: readonly TimeText[];
  readonly dots: readonly Dot[];
  readonly bars: readonly Bar[];
  readonly windows: readonly Window[];
  readonly ticks: readonly { readonly x: number; readonly y: number; readonly title: string }[];
}

/** Where the axis begins: the names of the lanes stand before it. The slider's ends are laid over the same two points. */
export const axis = { left: 118, right: 24, small: 20 } as const;
/** The height of one thread's lane; `time.css` keeps room for a few of them from the start. */
export const threadLane = 50;
const deviceLane = 26;
const commandLane = 22;
/** How many locks held at once have a bar; of more there is a count. */
const lockBars = 5;

/** Steps that the axis has room for: more than there are, so that a step more moves nothing that is there already. */
export const spanOf = (total: number): number => Math.max(20, Math.ceil(total / 20) * 20);

export function scaleFor(total: number, width: number, small: boolean): (step: number) => number {
  const [left, right] = small ? [axis.small, axis.small] : [axis.left, axis.right];
  const scale = scaleLinear()
    .domain([0, spanOf(total)])
    .range([left, Math.max(left + 1, width - right)]);
  return (step) => Math.round(scale(step) * 10) / 10;
}

/** The step nearest to a point, for clicks and drags. */
export function stepAt(x: number, total: number, width: number, small: boolean): number {
  const at = scaleFor(total, width, small);
  const span = at(spanOf(total)) - at(0);
  return Math.min(total, Math.max(0, Math.round(((x - at(0)) / span) * spanOf(total))));
}

/** What the threads did: a lane each, in the order in which they appeared. */
export function layoutThreads(snapshot: Snapshot, width: number): Lanes {
  const { timeline, position, total, threads } = snapshot;
  const x = scaleFor(total, width, false);
  const end = (span: Span) => x(span.to ?? Math.max(total, span.from));
  const room = createRoom(width);
  const texts: TimeText[] = [];
  const dots: Dot[] = [];
  const bars: Bar[] = [];
  const lines: number[] = [];
  const put = (text: TimeText, to = Number.POSITIVE_INFINITY) => {
    const placed = room(text, to);
    if (placed) texts.push(placed);
  };
  const broken = firstBreaks(timeline.steps);
  let y = 0;

  for (const thread of threads) {
    const middle = y + 21;
    lines.push(middle + 0.5);
    texts.push({ x: 12, y: middle + 4, text: thread.name, tone: "name" });
    put({ x: 12, y: middle + 18, text: clip(plain(thread.caller), 100), tone: "q" }, axis.left - 4);
    const own = timeline.steps
      .map((step, i) => ({ ...step, number: i + 1 }))
      .filter((step) => step.thread === thread.id);

    for (const step of own) {
      const at = x(step.number);
      dots.push({
        x: at,
        y: middle,
        step: step.number,
        look: lookOf(step, step.number, position, broken),
        title: titleOf(step, step.number),
      });
      if (step.number > position) continue;
      const mark = step.warn === undefined ? (broken.get(step.number) ?? []).join(" ") : "WARN";
      if (mark) put({ x: at + 8, y: middle - 5, text: mark, tone: "bad" }, at + 8);
    }
    for (const step of own) {
      if (step.errno === undefined || step.number > position) continue;
      const w = widthOf(step.errno, { size: 11, mono: true });
      put({ x: x(step.number) - w - 2, y: middle + 26, text: step.errno, tone: "bad", mono: true });
    }
    const { drawn, more } = levelsOf(timeline.locks.filter((entry) => entry.thread === thread.id));
    for (const { lock, level } of drawn) {
      bars.push({
        x1: x(lock.from),
        x2: Math.max(end(lock), x(lock.from) + 3),
        y: level === 0 ? middle + 7 : middle + 8.5 + level * 2,
        open: lock.to === null,
        thin: level > 0,
      });
    }
    for (const { from, locks } of more) {
      put({ x: x(from), y: middle + 26, text: `+${locks} more`, tone: "q" }, Number.POSITIVE_INFINITY);
    }
    const calls = timeline.calls
      .filter((call) => call.thread === thread.id)
      .toSorted((a, b) => length(b, total) - length(a, total));
    for (const call of calls) {
      put(
        { x: x(call.from) - 3, y: middle - 10, text: call.proc, tone: "q", mono: true },
        Math.max(end(call), x(call.from) + 1),
      );
    }
    // A lock with a kernel word for a name says more than one that has only a phrase.
    const named = drawn.map(({ lock }) => lock);
    for (const lock of named.toSorted((a, b) => Number(b.lock.includes("`")) - Number(a.lock.includes("`")))) {
      const name = plain(lock.lock);
      const mono = !name.includes(" ");
      const w = widthOf(name, { size: 11, mono });
      if (end(lock) - x(lock.from) < w) continue;
      put({ x: x(lock.from), y: middle + 26, text: name, tone: "q", mono }, x(lock.from));
    }
    y += threadLane;
  }
  return { height: y, lines, texts, dots, bars, windows: [], ticks: [] };
}

/** What was done to the hardware: a lane for each device from the start, and one for the commands. */
export function layoutHardware(snapshot: Snapshot, width: number): Lanes {
  const { timeline, total } = snapshot;
  const x = scaleFor(total, width, false);
  const end = (span: Span) => x(span.to ?? Math.max(total, span.from));
  const room = createRoom(width);
  const texts: TimeText[] = [];
  const windows: Window[] = [];
  const ticks: { x: number; y: number; title: string }[] = [];
  const lines: number[] = [];
  const put = (text: TimeText, to: number) => {
    const placed = room(text, to);
    if (placed) texts.push(placed);
  };
  let y = 0;

  for (const device of snapshot.devices) {
    const own = timeline.windows.filter((span) => span.device === device.id);
    const middle = y + 12;
    lines.push(middle + 0.5);
    texts.push({ x: 12, y: middle + 4, text: shortName(device.name), tone: "name" });
    for (const kind of ["kernel", "function"] as const) {
      for (const span of own.filter((entry) => entry.kind === kind)) {
        const h = kind === "kernel" ? 20 : 12;
        const w = Math.max(4, end(span) - x(span.from));
        windows.push({ x: x(span.from), y: middle - h / 2, w, h, dense: kind === "function" });
      }
    }
    // The function's own label first: it lies inside, and the kernel's has more room to go.
    for (const span of own.toSorted((a, b) => a.kind.localeCompare(b.kind))) {
      const mono = !span.label.includes(" ");
      const text = { x: x(span.from) + 8, y: middle + 4, text: plain(span.label), tone: "reset" as const, mono };
      const w = widthOf(text.text, { size: 11, mono });
      const inner = own.find((other) => other.kind === "function" && meet(other, span));
      const from = span.kind === "kernel" && inner ? end(inner) + 8 : text.x;
      if (from + w + 6 <= end(span)) put({ ...text, x: from }, end(span) - w);
    }
    y += deviceLane;
  }

  const middle = y + 14;
  lines.push(middle + 0.5);
  texts.push({ x: 12, y: middle + 4, text: "SMMU", tone: "name" });
  const steps = [...new Set(timeline.commands.map(({ step }) => step))];
  for (const step of steps) {
    const own = timeline.commands.filter((command) => command.step === step);
    ticks.push({ x: x(step), y: middle, title: `step ${step}: ${own.map(({ text }) => text).join(", ")}` });
    const letters = [...new Set(own.map(({ letter }) => letter))].join("");
    put({ x: x(step) + 3, y: middle - 1, text: letters, tone: "hardware" }, x(step) + 4);
  }
  return { height: y + commandLane, lines, texts, dots: [], bars: [], windows, ticks };
}

type Lock = Snapshot["timeline"]["locks"][number];

/**
 * Each lock on the first level that is free as long as it is held. Those without a level of their own are counted where
 * they begin, so that a lock is drawn and named, or counted, and never only one of it.
 */
function levelsOf(locks: readonly Lock[]): {
  drawn: { readonly lock: Lock; readonly level: number }[];
  more: { readonly from: number; readonly locks: number }[];
} {
  const levels: Span[][] = Array.from({ length: lockBars }, () => []);
  const drawn: { lock: Lock; level: number }[] = [];
  const deep: Lock[] = [];
  for (const lock of locks) {
    const level = levels.findIndex((spans) => spans.every((span) => !meet(span, lock)));
    levels[level]?.push(lock);
    if (level < 0) deep.push(lock);
    else drawn.push({ lock, level });
  }
  const more: { from: number; locks: number }[] = [];
  let to = 0;
  for (const lock of deep) {
    const last = more.at(-1);
    if (last && lock.from <= to) last.locks++;
    else more.push({ from: lock.from, locks: 1 });
    to = Math.max(to, lock.to ?? Number.POSITIVE_INFINITY);
  }
  return { drawn, more };
}

/** The step that broke each property first: a property stays broken, and one cross is enough. */
function firstBreaks(steps: readonly TimelineStep[]): Map<number, string[]> {
  const seen = new Set<string>();
  const breaks = new Map<number, string[]>();
  for (const [i, step] of steps.entries()) {
    const fresh = step.violated.filter((id) => !seen.has(id));
    for (const id of fresh) seen.add(id);
    if (fresh.length > 0) breaks.set(i + 1, fresh);
  }
  return breaks;
}

function lookOf(
  step: TimelineStep,
  number: number,
  position: number,
  broken: ReadonlyMap<number, unknown>,
): Dot["look"] {
  if (number > position) return "future";
  if (step.warn !== undefined) return "warn";
  if (broken.has(number)) return "violated";
  if (step.errno !== undefined) return "errno";
  if (step.kind === "start") return "start";
  return number === position ? "now" : "done";
}

export function titleOf(step: TimelineStep, number: number): string {
  return [
    `step ${number}`,
    plain(step.text),
    step.errno,
    step.warn && `WARN: ${plain(step.warn)}`,
    ...step.violated.map((id) => `${id} violated`),
  ]
    .filter(Boolean)
    .join(", ");
}

/** `0000:01:00.0` is `01:00.0` where every device is in domain 0000. */
function shortName(name: string): string {
  return name.replace(/^0000:/, "");
}

function clip(text: string, width: number): string {
  const words = text.split(" ");
  while (words.length > 1 && widthOf(words.join(" "), { size: 11 }) > width) words.pop();
  return words.join(" ");
}

function length(span: Span, total: number): number {
  return (span.to ?? total) - span.from;
}

function meet(a: Span, b: Span): boolean {
  return a.from <= (b.to ?? Number.POSITIVE_INFINITY) && b.from <= (a.to ?? Number.POSITIVE_INFINITY);
}

/**
 * Keeps texts apart: each moves right until it is free, at most to where it still belongs, and is left out where it is
 * not. Nothing is lost with it: the listing, the inspector and the dot's own title say the same.
 */
function createRoom(width: number) {
  const taken: { x1: number; x2: number; y: number }[] = [];
  return (text: TimeText, to: number): TimeText | null => {
    const w = widthOf(text.text, { size: 11, mono: text.mono }) + 6;
    let { x } = text;
    for (;;) {
      const hit = taken.find((other) => Math.abs(other.y - text.y) < 11 && x < other.x2 && other.x1 < x + w);
      if (!hit) break;
      x = hit.x2 + 2;
    }
    if (x > text.x && x > to) return null;
    if (x + w > width) x = Math.max(0, width - w);
    if (taken.some((other) => Math.abs(other.y - text.y) < 11 && x < other.x2 && other.x1 < x + w)) return null;
    taken.push({ x1: x, x2: x + w, y: text.y });
    return { ...text, x };
  };
}

/** Which steps carry a number: few enough to stand apart. */
export function numbered(total: number, width: number): number[] {
  const room = (width - axis.left - axis.right) / spanOf(total);
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((step) => step * room >= 44) ?? 1000;
  return Array.from({ length: Math.floor(total / every) + 1 }, (_, i) => i * every);
}
