import { useMemo } from "react";
import type { PointerEvent } from "react";
import { currentThread, layersOf } from "../../session/select.ts";
import { Glyph, LayerLine } from "../../ui/Glyph.tsx";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { useMedia } from "../../ui/useMedia.ts";
import { ScrollBox } from "../../ui/ScrollBox.tsx";
import { useShared } from "../../ui/share.ts";
import { useWidth } from "../../ui/useWidth.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { LanesView } from "./LanesView.tsx";
import { numbered, scaleFor, spanOf, stepAt } from "./axis.ts";
import { causesOf } from "./causes.ts";
import { layoutHardware } from "./deviceLanes.ts";
import { layoutThreads, pitchFor } from "./threadLanes.ts";
import { valueText } from "./valueText.ts";
import "./time.css";

/** A phone's. */
const SmallLanes = lazyPanel(() => import("./SmallLanes.tsx"));
/** How high they are with one device and two threads. */
const SMALL_HEIGHT = 35;

/** Since when: the run as lanes over one axis, with one slider over all of it. */
export function Time({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const small = useMedia("(max-width: 640px)");
  const [box, width] = useWidth<HTMLDivElement>(1440);
  const laidOut = useMemo(
    () => (small ? null : { threads: layoutThreads(snapshot, width), hardware: layoutHardware(snapshot, width) }),
    [snapshot, width, small],
  );
  const lanes = useShared(laidOut);
  const { total } = snapshot;
  const seeking = useSelect((state) => state.seeking);
  const position = seeking ?? snapshot.position;
  const x = scaleFor(total, width, small);
  const why = useSelect((state) => state.why);
  const causes = why?.of === snapshot.link.head ? causesOf(snapshot, why.reads, x) : [];
  const seek = (step: number) => {
    if (step !== position) act.seek(step);
  };
  const pointer = (event: PointerEvent<Element>) => {
    if (event.type === "pointerdown") event.currentTarget.setPointerCapture(event.pointerId);
    else if (event.buttons === 0) return;
    seek(stepAt(event.clientX - event.currentTarget.getBoundingClientRect().left, total, width, small));
  };
  return (
    <footer className="bottom" aria-label="run over time">
      {!small && <Head hardware={layersOf(snapshot.devices.flatMap(({ rows }) => rows)).includes("hardware")} />}
      <div className="time-box" ref={box}>
        {snapshot.total === 0 && <Hint snapshot={snapshot} />}
        <div className="lanes" onPointerDown={pointer} onPointerMove={pointer}>
          {lanes ? (
            <>
              <svg className="time behind" width={width} aria-hidden="true">
                <path className="now" d={`M${x(position)} 0V400`} />
              </svg>
              <ScrollBox
                className={`cpus room-${roomFor(snapshot)}`}
                label="lanes of the threads"
                sight={laneOf(snapshot)}
              >
                <LanesView lanes={lanes.threads} width={width} now={x(position)} causes={causes} />
              </ScrollBox>
              <ScrollBox className="devices" label="lanes of the devices">
                <LanesView lanes={lanes.hardware} width={width} now={x(position)} />
              </ScrollBox>
            </>
          ) : (
            <SmallLanes
              snapshot={snapshot}
              width={width}
              now={x(position)}
              waiting={<svg className="time" width={width} height={SMALL_HEIGHT} aria-hidden="true" />}
            />
          )}
        </div>
        <div className="track-box">
          <svg className="time" width={width} height={36} aria-hidden="true">
            <Track x={x} total={total} width={width} small={small} position={position} />
          </svg>
          <input
            type="range"
            className="slider"
            data-pane="time"
            min={0}
            max={spanOf(total)}
            step={1}
            value={position}
            aria-label="position in the run"
            aria-valuetext={valueText(snapshot, position)}
            onChange={(event) => seek(Math.min(total, Number(event.target.value)))}
          />
        </div>
      </div>
      <div className="phonebar">
        <button type="button" aria-label="step back" onClick={() => act.back()}>
          <Glyph name="prev" />
        </button>
        <p>
          <b>{position}</b> <span className="quiet">of {total}</span>
          {snapshot.ran > 0 && ` · ${snapshot.threads.find(({ id }) => id === snapshot.ran)?.name ?? ""}`}
        </p>
        <button type="button" aria-label="step forward" onClick={() => act.forward()}>
          <Glyph name="next" />
        </button>
      </div>
    </footer>
  );
}

/** Lanes that have their place from the start: those of the scenario's own threads. One more scrolls, and moves nothing. */
function roomFor({ threads, timeline, position }: Snapshot): 2 | 3 {
  const started = timeline.steps.slice(0, position).filter(({ kind }) => kind === "start").length;
  return threads.length - started > 2 ? 3 : 2;
}

/** The lane of the thread that made the step. */
function laneOf({ threads, ran }: Snapshot) {
  const at = threads.findIndex(({ id }) => id === ran);
  const { lane } = pitchFor(threads.length);
  return at < 0 ? null : { top: at * lane, bottom: (at + 1) * lane };
}

/** The one key to begin with. It stands where the run will be, so that nothing moves when the first step takes its place. */
function Hint({ snapshot }: { snapshot: Snapshot }) {
  const chosen = useSelect((state) => state.look.thread);
  const letters = useSelect((state) => state.letters);
  const thread = currentThread(snapshot, chosen);
  if (!thread) {
    return <p className="hint">Nothing runs yet.</p>;
  }
  const others = snapshot.threads.length > 1;
  return (
    <p className="hint">
      <kbd>{letters ? "s" : "→"}</kbd> step {thread.name}
      {others && letters && (
        <>
          {" "}
          <kbd>1</kbd> to <kbd>{snapshot.threads.length}</kbd> another thread
        </>
      )}
    </p>
  );
}

/** What the marks of the lanes mean. */
function Head({ hardware }: { hardware: boolean }) {
  const act = useActions();
  return (
    <div className="run-head">
      <h2>Run</h2>
      <div className="marks">
        <span className="core">
          <LayerLine layer="core" /> core's record
        </span>
        <span className="driver">
          <LayerLine layer="driver" /> driver's tracking
        </span>
        <span className="tables">
          <LayerLine layer="tables" /> tables in memory
        </span>
        {hardware && (
          <span className="hardware">
            <LayerLine layer="hardware" /> hardware by what it holds
          </span>
        )}
        <span className="hardware">commands: C CFGI, P PREFETCH, T TLBI, A ATC_INV, R RESUME; E an event</span>
        <button type="button" className="quiet" onClick={() => act.toggleSheet("legend")}>
          legend <kbd>l</kbd>
        </button>
      </div>
    </div>
  );
}

function Track(props: { x: (step: number) => number; total: number; width: number; small: boolean; position: number }) {
  const { x, total, width, small, position } = props;
  const y = 20;
  const dense = (x(total) - x(0)) / Math.max(1, total) < 4;
  const at = x(position);
  const numbers = small ? [] : numbered(total, width).filter((step) => Math.abs(x(step) - at) > 24);
  return (
    <>
      <path className="track" d={`M${x(0)} ${y}H${x(Math.max(1, total))}`} />
      {!dense && !small && (
        <path className="tick" d={Array.from({ length: total + 1 }, (_, i) => `M${x(i)} ${y - 3}V${y}`).join("")} />
      )}
      {numbers.map((step) => (
        <text key={step} className="t-q" x={x(step)} y={y - 7} textAnchor="middle">
          {step}
        </text>
      ))}
      <path className="now" d={`M${at} 0V${y}`} />
      <rect className="thumb" x={at - 13} y={y - 9} width={26} height={18} rx={2} />
      <text className="thumb-text" x={at} y={y + 4} textAnchor="middle">
        {position}
      </text>
    </>
  );
}
