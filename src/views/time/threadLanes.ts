import { widthOf } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { Snapshot, Span } from "../../worker/protocol.ts";
import { axis, scaleFor } from "./axis.ts";
import { dotsOf, type OwnStep, stepsOf } from "./dots.ts";
import type { Bar, Dot, Lanes, Run, TimeText } from "./lanes.ts";
import { levelsOf } from "./locks.ts";
import { createRoom } from "./room.ts";

interface Pitch {
  /** From one lane to the next; from its top to its line, to the calls above, to the words below. */
  readonly lane: number;
  readonly middle: number;
  readonly above: number;
  readonly below: number;
}

const wide: Pitch = { lane: 50, middle: 21, above: 10, below: 26 };
/** Of many threads more should be in sight: their locks keep their bars and lose their names. */
const close: Pitch = { lane: 36, middle: 18, above: 9, below: 15 };

/** How lanes stand; `time.css` keeps room for a few of them from the start. */
export const pitchFor = (threads: number): Pitch => (threads > 3 ? close : wide);

/** What the threads did: a lane each, in the order in which they appeared. */
export function layoutThreads(snapshot: Snapshot, width: number): Lanes {
  const { timeline, position, total, threads } = snapshot;
  const x = scaleFor(total, width, false);
  const pitch = pitchFor(threads.length);
  const texts: TimeText[] = [];
  const dots: Dot[] = [];
  const runs: Run[] = [];
  const bars: Bar[] = [];
  const lines: number[] = [];
  const put = createRoom(width, texts);
  const end = (span: Span) => x(span.to ?? Math.max(total, span.from));

  for (const [i, thread] of threads.entries()) {
    const middle = i * pitch.lane + pitch.middle;
    const [above, below] = [middle - pitch.above, middle + pitch.below];
    lines.push(middle + 0.5);
    texts.push({ x: 12, y: middle + 4, text: thread.name, tone: "name" });
    put({ x: 12, y: Math.min(below, middle + 18), text: clip(plain(thread.caller), 100), tone: "q" }, axis.left - 4);
    const own = stepsOf(timeline.steps, thread.id);
    const drawn = dotsOf(own, x, middle, position);
    dots.push(...drawn.dots);
    runs.push(...drawn.runs);
    const calls = timeline.calls.filter((call) => call.thread === thread.id);

    const marks = own.flatMap(({ number, warn, violated }) => {
      const text = warn === undefined ? violated.join(" ") : "WARN";
      return text === "" || number > position ? [] : [{ number, text }];
    });
    // what the step in hand broke is named before all else
    for (const mark of marks.toSorted((a, b) => Number(b.number === position) - Number(a.number === position))) {
      nameMark(mark, marks.find(({ number }) => number > mark.number)?.number);
    }
    const said = new Set<number>();
    for (const call of calls.filter(({ root }) => root)) {
      if (call.result === undefined || call.to === null || call.to > position) continue;
      const text = ended(call.result);
      const next = own.find(({ number }) => number > (call.to ?? 0));
      const last = (next ? x(next.number) - 6 : width) - widthOf(text, { size: 11 });
      const at = { x: x(call.to) + 8, y: middle + 4, text, tone: text.includes(" -") ? "bad" : "q" } as const;
      if (at.x <= last && put(at, last)) said.add(call.to);
    }
    for (const step of own) errnoOf(step, said);
    const held = levelsOf(timeline.locks.filter((entry) => entry.thread === thread.id));
    for (const { lock, level } of held.drawn) {
      bars.push({
        x1: x(lock.from),
        x2: Math.max(end(lock), x(lock.from) + 3),
        y: level === 0 ? middle + 7 : middle + 8.5 + level * 2,
        open: lock.to === null,
        thin: level > 0,
      });
    }
    for (const { from, locks } of held.more) {
      put({ x: x(from), y: below, text: `+${locks} more`, tone: "q" }, Number.POSITIVE_INFINITY);
    }
    for (const call of calls.toSorted((a, b) => length(b, total) - length(a, total))) {
      const to = Math.max(end(call), x(call.from) + 1);
      put({ x: x(call.from) - 3, y: above, text: call.proc, tone: "q", mono: true }, to);
    }
    for (const run of drawn.runs) {
      const text = String(run.steps);
      const w = widthOf(text, { size: 11 });
      const at = (run.x1 + run.x2 - w) / 2;
      if (run.x2 - run.x1 > w + 16) put({ x: at, y: middle + 4, text, tone: "q" }, at);
    }
    if (pitch === close) continue;
    // A lock with a kernel word for a name says more than one that has only a phrase.
    const named = held.drawn.map(({ lock }) => lock);
    for (const lock of named.toSorted((a, b) => Number(b.lock.includes("`")) - Number(a.lock.includes("`")))) {
      const name = plain(lock.lock);
      const mono = !name.includes(" ");
      const w = widthOf(name, { size: 11, mono });
      if (end(lock) - x(lock.from) < w) continue;
      put({ x: x(lock.from), y: below, text: name, tone: "q", mono }, x(lock.from));
    }

    /** Right of its mark; left of it where it would reach over the next one and seem to be that one's. */
    function nameMark({ number, text }: { number: number; text: string }, next: number | undefined): void {
      const at = { x: x(number) + 8, y: middle - 7, text, tone: "bad" } as const;
      const w = widthOf(text, { size: 11 });
      const left = x(number) - 8 - w;
      if (next !== undefined && at.x + w > x(next) - 6 && left >= axis.left && put({ ...at, x: left }, left)) return;
      put(at, at.x);
    }

    /** An errno stands where it comes from; those who pass it on say nothing new. */
    function errnoOf(step: OwnStep, results: ReadonlySet<number>): void {
      if (step.errno === undefined || step.passedOn === true) return;
      if (step.number > position || results.has(step.number)) return;
      const at = x(step.number) - widthOf(step.errno, { size: 11, mono: true }) - 2;
      put({ x: at, y: below, text: step.errno, tone: "bad", mono: true }, x(step.number) + 24);
    }
  }
  return { height: threads.length * pitch.lane, lines, texts, dots, runs, bars, windows: [], ticks: [] };
}

/** A call returns an errno; a request ends in words of its own. */
function ended(result: string): string {
  return /^(0|-\w+)$/.test(result) ? `returns ${result}` : result;
}

function clip(text: string, width: number): string {
  const words = text.split(" ");
  while (words.length > 1 && widthOf(words.join(" "), { size: 11 }) > width) words.pop();
  return words.join(" ");
}

function length(span: Span, total: number): number {
  return (span.to ?? total) - span.from;
}
