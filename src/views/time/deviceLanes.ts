import { widthOf } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { Snapshot, Span } from "../../worker/protocol.ts";
import { scaleFor } from "./axis.ts";
import type { Lanes, Tick, TimeText, Window } from "./lanes.ts";
import { meet } from "./locks.ts";
import { createRoom } from "./room.ts";

const deviceLane = 26;
const commandLane = 22;
/** What lies inside is lower: the kernel's window, a prepare nested in it, the function's own reset. */
const heights = { kernel: 20, nested: 16, function: 11 } as const;

type Reset = Snapshot["timeline"]["windows"][number];

/** What was done to the hardware: a lane for each device from the start, and one for the commands. */
export function layoutHardware(snapshot: Snapshot, width: number): Lanes {
  const { timeline, total } = snapshot;
  const x = scaleFor(total, width, false);
  const end = (span: Span) => x(span.to ?? Math.max(total, span.from));
  const texts: TimeText[] = [];
  const windows: Window[] = [];
  const ticks: Tick[] = [];
  const lines: number[] = [];
  const put = createRoom(width, texts);
  let y = 0;

  for (const device of snapshot.devices) {
    const own = timeline.windows.filter((span) => span.device === device.id);
    const middle = y + 12;
    lines.push(middle + 0.5);
    texts.push({ x: 12, y: middle + 4, text: shortName(device.name), tone: "name" });
    for (const span of own) {
      const h = heights[span.kind];
      const w = Math.max(4, end(span) - x(span.from));
      windows.push({ x: x(span.from), y: middle - h / 2, w, h, dense: span.kind === "function" });
    }
    // Innermost first: the others have more room to go.
    for (const span of own.toSorted((a, b) => heights[a.kind] - heights[b.kind])) labelOf(span, own, middle + 4);
    y += deviceLane;
  }

  const middle = y + 14;
  lines.push(middle + 0.5);
  texts.push({ x: 12, y: middle + 4, text: "SMMU", tone: "name" });
  const { commands, events } = timeline;
  for (const step of new Set([...commands, ...events].map((told) => told.step))) {
    const sent = commands.filter((command) => command.step === step);
    const recorded = events.filter((event) => event.step === step);
    const first = recorded.length > 0 ? events.indexOf(recorded[0]) : commands.indexOf(sent[0]);
    const told = [...sent, ...recorded].map(({ text }) => text).join(", ");
    ticks.push({
      x: x(step),
      y: middle,
      title: `step ${step}: ${told}`,
      event: recorded.length > 0,
      ref: { kind: recorded.length > 0 ? "event" : "cmd", device: "", index: first },
    });
    const letters = [...new Set(sent.map(({ letter }) => letter)), ...(recorded.length > 0 ? ["E"] : [])].join("");
    put({ x: x(step) + 3, y: middle - 1, text: letters, tone: "hardware" }, x(step) + 4);
  }
  return { height: y + commandLane, lines, texts, dots: [], runs: [], bars: [], windows, ticks };

  /** A label stands in its window before what is nested there, else behind it; where it does not fit, right behind the window. */
  function labelOf(span: Reset, own: readonly Reset[], baseline: number): void {
    const text = plain(span.label);
    const mono = !text.includes(" ");
    const w = widthOf(text, { size: 11, mono });
    const label = { x: x(span.from) + 8, y: baseline, text, tone: "reset" as const, mono };
    const lower = own.filter((other) => heights[other.kind] < heights[span.kind] && meet(other, span));
    const first = Math.min(end(span), ...lower.map((other) => x(other.from)));
    if (label.x + w + 6 <= first && put(label, label.x)) return;
    const behind = Math.max(x(span.from), ...lower.map(end)) + 8;
    if (behind + w + 6 <= end(span) && put({ ...label, x: behind }, end(span) - w - 6)) return;
    const next = own.filter((other) => other !== span && x(other.from) >= end(span)).map((other) => x(other.from));
    const last = Math.min(width, ...next) - w - 6;
    if (end(span) + 6 <= last) put({ ...label, x: end(span) + 6 }, last);
  }
}

/** `0000:01:00.0` is `01:00.0` where every device is in domain 0000. */
function shortName(name: string): string {
  return name.replace(/^0000:/, "");
}
