import type { Snapshot } from "../../worker/protocol.ts";
import { Hatches } from "./LanesView.tsx";
import { scaleFor } from "./layout.ts";

/** The run on a phone: all windows in one band, all steps in one row, told apart by a ring for the first thread. */
export function SmallLanes({ snapshot, width, now }: { snapshot: Snapshot; width: number; now: number }) {
  const { timeline, total, position } = snapshot;
  const x = scaleFor(total, width, true);
  const gap = (x(Math.max(1, total)) - x(0)) / Math.max(1, total);
  return (
    <svg className="time" width={width} height={32} aria-hidden="true">
      <Hatches />
      {timeline.windows.map((window) => (
        <rect
          key={`${window.device} ${window.kind} ${window.from}`}
          className="window"
          fill={window.kind === "function" ? "url(#time-dense)" : "url(#time-light)"}
          x={x(window.from)}
          y={5}
          width={Math.max(3, x(window.to ?? total) - x(window.from))}
          height={8}
        />
      ))}
      <path className="now" d={`M${now} 14V32`} />
      {timeline.steps.map((step, i) => {
        const done = i + 1 <= position;
        const bad = done && (step.errno !== undefined || step.warn !== undefined);
        const look = bad ? "errno" : !done ? "future" : step.thread === 1 ? "ring" : "done";
        return <circle key={i} className={`dot ${look}`} cx={x(i + 1)} cy={22} r={bad ? 3 : Math.min(2, gap / 3)} />;
      })}
    </svg>
  );
}
