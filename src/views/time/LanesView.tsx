import { memo } from "react";
import { useActions } from "../context.ts";
import type { Dot, Lanes, Run, TimeText } from "./lanes.ts";

/**
 * Draws the lanes. Titles repeat what other panes say in full, for the pointer. A step moves the line of the present
 * position and two or three marks; marks are memoised, and their layout keeps those that are as before (ui/share.ts).
 */
export function LanesView(props: { lanes: Lanes; width: number; now: number; causes?: readonly string[] }) {
  const { lanes, width, now, causes = [] } = props;
  return (
    <svg className="time" width={width} height={lanes.height} aria-hidden="true">
      <Ground windows={lanes.windows} lines={lanes.lines} width={width} />
      <Held bars={lanes.bars} />
      <path className="now" d={`M${now} 0V${lanes.height}`} />
      <Ticks ticks={lanes.ticks} />
      {lanes.runs.map((run) => (
        <RunView key={`${run.x1} ${run.y}`} run={run} />
      ))}
      {lanes.dots.map((dot) => (
        <DotView key={dot.step} dot={dot} />
      ))}
      {causes.map((d) => (
        <path key={d} className="cause" d={d} />
      ))}
      {lanes.texts.map((text) => (
        <TextView key={`${text.x} ${text.y} ${text.text}`} text={text} />
      ))}
    </svg>
  );
}

const Ground = memo(function Ground({ windows, lines, width }: Pick<Lanes, "windows" | "lines"> & { width: number }) {
  return (
    <>
      {windows.length > 0 && <Hatches />}
      {lines.map((y) => (
        <path key={y} className="lane" d={`M114 ${y}H${width - 12}`} />
      ))}
      {windows.map((window) => (
        <g key={`${window.x} ${window.y} ${window.w}`}>
          <rect className="clear" x={window.x} y={window.y} width={window.w} height={window.h} />
          <rect
            className="window"
            fill={window.dense ? "url(#time-dense)" : "url(#time-light)"}
            x={window.x}
            y={window.y}
            width={window.w}
            height={window.h}
          />
        </g>
      ))}
    </>
  );
});

const Held = memo(function Held({ bars }: Pick<Lanes, "bars">) {
  return bars.map((bar) => (
    <path
      key={`${bar.x1} ${bar.y}`}
      className={`${bar.thin ? "lock thin" : "lock"}${bar.open ? " open" : ""}`}
      d={`M${bar.x1} ${bar.y}H${bar.x2}`}
    />
  ));
});

/** A press seeks, as anywhere in the lanes, and shows what was told there. The keyboard has the list below the tables. */
const Ticks = memo(function Ticks({ ticks }: Pick<Lanes, "ticks">) {
  const act = useActions();
  return ticks.map(({ x, y, title, event, ref }) => (
    <g key={x} className="told" onPointerDown={() => act.inspectEntry(ref)}>
      <rect className="hit" x={x - 5} y={y - 10} width={10} height={18} />
      <path className={event ? "command event" : "command"} d={`M${x} ${y - 4}V${y + 4}`} />
      <title>{title}</title>
    </g>
  ));
});

const RunView = memo(function RunView({ run: { x1, x2, y, future, title } }: { run: Run }) {
  return (
    <path className={future ? "run future" : "run"} d={`M${x1} ${y}H${x2}`}>
      <title>{title}</title>
    </path>
  );
});

const TextView = memo(function TextView({ text }: { text: TimeText }) {
  return (
    <text
      className={`t-${text.tone}${text.mono ? " mono" : ""}${text.tone === "name" ? "" : " halo"}`}
      x={text.x}
      y={text.y}
    >
      {text.text}
    </text>
  );
});

/** The two hatches of a reset, once in the page. */
export function Hatches() {
  return (
    <defs>
      <pattern id="time-dense" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path className="stroke-reset" d="M0 0V5" strokeWidth="2" />
      </pattern>
      <pattern id="time-light" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path className="stroke-reset light" d="M0 0V8" strokeWidth="1.6" />
      </pattern>
    </defs>
  );
}

const radius = { done: 2.6, future: 2.6, passed: 2.6, now: 4.2, errno: 4.2 } as const;

/** The mark of a step by its look; smaller on a phone. */
export function Mark({ dot, scale = 1 }: { dot: Dot; scale?: number }) {
  const { x, y, look } = dot;
  const k = (n: number) => n * scale;
  if (look === "warn") {
    return <path className="dot warn" d={`M${x} ${y - k(6)}L${x + k(6)} ${y + k(5)}H${x - k(6)}Z`} />;
  }
  if (look === "violated") {
    return <path className="cross" d={`M${x - k(4)} ${y - k(4)}l${k(8)} ${k(8)}m0 ${k(-8)}l${k(-8)} ${k(8)}`} />;
  }
  if (look === "start") return <path className="dot start" d={`M${x} ${y - k(5)}V${y + k(5)}`} />;
  return <circle className={`dot ${look}`} cx={x} cy={y} r={k(radius[look])} />;
}

/** A dot that stands where it stood is not drawn again. */
const sameDot = ({ dot: a }: { dot: Dot }, { dot: b }: { dot: Dot }) =>
  a.x === b.x && a.y === b.y && a.look === b.look && a.title === b.title;

const DotView = memo(function DotView({ dot }: { dot: Dot }) {
  return (
    <g>
      <Mark dot={dot} />
      <title>{dot.title}</title>
    </g>
  );
}, sameDot);
