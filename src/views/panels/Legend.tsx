import type { ReactNode } from "react";
import { Glyph, LayerLine } from "../../ui/Glyph.tsx";

/** Every mark of the page once, with its words. */
export default function Legend() {
  return (
    <ul className="legend">
      <Mark mark={<LayerLine layer="core" />} className="core">
        what the core records
      </Mark>
      <Mark mark={<LayerLine layer="driver" />} className="driver">
        what the driver tracks
      </Mark>
      <Mark mark={<LayerLine layer="tables" />} className="tables">
        what the tables say
      </Mark>
      <Mark mark={<LayerLine layer="hardware" />} className="hardware">
        what the hardware does by what it holds, in worlds whose SMMUs hold entries: else it does what the tables say;
        and around what belongs to one SMMU, where there are several
      </Mark>
      <Mark mark={<Swatch kind="light" />} className="reset">
        the kernel's reset window
      </Mark>
      <Mark mark={<Swatch kind="dense" />} className="reset">
        the function's own reset
      </Mark>
      <Mark mark={<Swatch kind="double" />} className="bad">
        layers disagree; one sentence says how
      </Mark>
      <Mark mark={<Swatch kind="stop" />} className="bad">
        the path through the tables ends at this field
      </Mark>
      <Mark mark={<Swatch kind="ghost" />}>exists, nothing points to it</Mark>
      <Mark mark={<Swatch kind="nested" />} className="tables">
        a nested domain, on its parent: stage 1 of a guest on stage 2 of the host
      </Mark>
      <Mark mark={<Glyph name="ok" />}>holds; or agrees</Mark>
      <Mark mark={<Glyph name="no" />} className="bad">
        violated; or diverges
      </Mark>
      <Mark mark={<Glyph name="later" />} className="quiet">
        judged when all threads have finished
      </Mark>
      <Mark mark={<Glyph name="none" />} className="quiet">
        not exercised in this run up to here: no tick
      </Mark>
      <Mark mark="n/a" className="quiet">
        this design has nothing to judge
      </Mark>
      <Mark mark={<Glyph name="warn" />} className="bad">
        WARN
      </Mark>
      <Mark mark={<Glyph name="delta" />}>changed by this step: old value struck, new bold</Mark>
      <Mark mark={<Glyph name="next" />}>the next statement</Mark>
      <Mark mark={<Glyph name="skip" />}>branch not taken</Mark>
      <Mark mark={<Glyph name="lock" />}>lock held; a thread that waits says for which, and who holds it</Mark>
      <Mark mark={<LaneMark kind="dots" />}>in a lane: steps made, the present one larger, steps to come hollow</Mark>
      <Mark mark={<LaneMark kind="errno" />} className="bad">
        in a lane: where an errno comes from, hollow: passed on by a caller; cross: a property broke; triangle: WARN
      </Mark>
      <Mark mark={<LaneMark kind="run" />}>in a lane: steps too close to be told apart, with their number</Mark>
      <Mark mark={<LaneMark kind="start" />}>in a lane: a thread that was started here</Mark>
      <Mark mark={<LaneMark kind="locks" />}>
        under a lane: locks held, a bar each; dashed: still held; +2 more: not drawn
      </Mark>
      <Mark mark={<LaneMark kind="cause" />}>
        over the lanes, where a step was refused or broke something: from another thread's write to what was read of it
      </Mark>
      <Mark mark={<LaneMark kind="command" />} className="hardware">
        command to the SMMU: C CFGI, P PREFETCH_CFG, T TLBI, A ATC_INV, R RESUME; E: it recorded an event
      </Mark>
    </ul>
  );
}

function Mark({ mark, className, children }: { mark: ReactNode; className?: string; children: ReactNode }) {
  return (
    <li className={className}>
      <span className="mark">{mark}</span> {children}
    </li>
  );
}

/** The marks of the lanes, drawn as the lanes draw them. */
function LaneMark({ kind }: { kind: "dots" | "errno" | "run" | "start" | "locks" | "cause" | "command" }) {
  return (
    <svg className="time swatch-lane" width="40" height="16" viewBox="0 0 40 16" aria-hidden="true">
      {kind === "dots" && (
        <>
          <circle className="dot done" cx={5} cy={8} r={2.6} />
          <circle className="dot now" cx={17} cy={8} r={4.2} />
          <circle className="dot future" cx={29} cy={8} r={2.6} />
        </>
      )}
      {kind === "errno" && (
        <>
          <circle className="dot errno" cx={5} cy={8} r={4.2} />
          <circle className="dot passed" cx={14} cy={8} r={2.6} />
          <path className="cross" d="M19 4l8 8m0 -8l-8 8" />
          <path className="dot warn" d="M34 3L39 12H29Z" />
        </>
      )}
      {kind === "run" && <path className="run" d="M2 8H34" />}
      {kind === "start" && <path className="dot start" d="M5 3V13" />}
      {kind === "locks" && (
        <>
          <path className="lock" d="M2 4H34" />
          <path className="lock thin" d="M6 8.5H28" />
          <path className="lock thin open" d="M12 12.5H34" />
        </>
      )}
      {kind === "cause" && <path className="cause" d="M4 3C4 8 30 8 30 13M27 9L30 13L33 9" />}
      {kind === "command" && <path className="command" d="M5 4V12" />}
    </svg>
  );
}

function Swatch({ kind }: { kind: "light" | "dense" | "double" | "stop" | "ghost" | "nested" }) {
  return (
    <svg className={`swatch ${kind}`} width="34" height="13" viewBox="0 0 34 13" aria-hidden="true">
      {kind === "light" && <path d="M.5 .5H33.5V12.5H.5ZM2 12 12 1M12 12 22 1M22 12 32 1" />}
      {kind === "dense" && <path d="M.5 .5H33.5V12.5H.5ZM2 12 12 1M7 12 17 1M12 12 22 1M17 12 27 1M22 12 32 1" />}
      {kind === "double" && <path d="M.5 .5H33.5V12.5H.5ZM3.5 3.5H30.5V9.5H3.5Z" />}
      {kind === "stop" && <path d="M2 6.5H12M13 1.5V11.5M19 2.5 27 10.5M27 2.5 19 10.5" />}
      {kind === "ghost" && <path d="M.5 .5H33.5V12.5H.5Z" />}
      {kind === "nested" && <path d="M.5 .5H33.5V4.5H.5ZM.5 8.5H33.5V12.5H.5ZM17 4.5V8.5" />}
    </svg>
  );
}
