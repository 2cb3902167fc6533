import type { Snapshot } from "../../worker/protocol.ts";
import { scaleFor } from "./axis.ts";
import { dotsOf, stepsOf } from "./dots.ts";
import { Hatches, Mark } from "./LanesView.tsx";

/** How high a row of the phone's picture is at most, and all rows of one kind together. */
const row = 8;
const rows = 26;

/** The run on a phone: a band for each device, a row for each thread, and what went wrong in its row. */
export default function SmallLanes({ snapshot, width, now }: { snapshot: Snapshot; width: number; now: number }) {
  const { timeline, total, position, devices, threads } = snapshot;
  const x = scaleFor(total, width, true);
  const bandPitch = Math.min(row + 3, rows / Math.max(1, devices.length));
  const lanePitch = Math.min(row, rows / Math.max(1, threads.length));
  const top = 4 + Math.ceil(bandPitch * devices.length);
  const height = top + 4 + Math.ceil(lanePitch * threads.length);
  const inset = { kernel: 0, nested: 0.15, function: 0.3 } as const;
  return (
    <svg className="time" width={width} height={height} aria-hidden="true">
      <Hatches />
      {timeline.windows.map((window) => {
        const at = devices.findIndex(({ id }) => id === window.device);
        const h = (bandPitch - 2) * (1 - inset[window.kind]);
        return (
          <rect
            key={`${window.device} ${window.kind} ${window.label} ${window.from}`}
            className="window"
            fill={window.kind === "function" ? "url(#time-dense)" : "url(#time-light)"}
            x={x(window.from)}
            y={4 + at * bandPitch + (bandPitch - 2 - h) / 2}
            width={Math.max(3, x(window.to ?? total) - x(window.from))}
            height={h}
          />
        );
      })}
      <path className="now" d={`M${now} ${top}V${height}`} />
      {threads.map((thread, i) => {
        const y = top + 2 + (i + 0.5) * lanePitch;
        const { dots, runs } = dotsOf(stepsOf(timeline.steps, thread.id), x, y, position);
        return (
          <g key={thread.id}>
            {runs.map(({ x1, x2, future }) => (
              <path key={x1} className={future ? "run future" : "run"} d={`M${x1} ${y}H${x2}`} />
            ))}
            {dots.map((dot) => (
              <Mark key={dot.step} dot={dot} scale={0.7} />
            ))}
          </g>
        );
      })}
    </svg>
  );
}
