import { useEffect, useLayoutEffect, useRef } from "react";
import { runOf } from "../../session/select.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { Words } from "../../ui/Words.tsx";
import type { Explanation, PropertyView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./counterexample.css";

/** How a run comes to break a property: why each switch of thread is where it is, and under it what it takes to get there. */
export default function Counterexample({ snapshot, property }: { snapshot: Snapshot; property: PropertyView }) {
  const act = useActions();
  const run = runOf(snapshot);
  const answer = useSelect(({ explained }) => explained);
  useEffect(() => act.explain(), [act, run]);
  const explanation = answer?.of === run ? answer.explanation : null;
  const section = useRef<HTMLElement>(null);
  const there = explanation !== null;
  // who asked how it breaks sees it, where the pane itself scrolls; the page never moves
  useLayoutEffect(() => {
    const pane = section.current?.closest(".insp");
    if (!there || !section.current || !pane || pane.scrollHeight <= pane.clientHeight) return;
    const by = section.current.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    pane.scrollTop += by - 8;
  }, [there, property.id]);
  return (
    <section className="w-breaks" ref={section} aria-label={`How ${property.id} breaks`}>
      <div className="headed">
        <h2>How {property.id} breaks</h2>
        <button type="button" aria-label={`close how ${property.id} breaks`} onClick={() => act.lookAt(null)}>
          <Glyph name="no" />
        </button>
      </div>
      {explanation && (
        <>
          <Switches explanation={explanation} snapshot={snapshot} />
          <Reach explanation={explanation} />
        </>
      )}
    </section>
  );
}

/** The blocks of the run, each with the reason why its thread runs there. */
function Switches({ explanation, snapshot }: { explanation: Explanation; snapshot: Snapshot }) {
  const act = useActions();
  const { position, total, timeline } = snapshot;
  const first = timeline.steps[0];
  const blocks = [
    ...(first ? [{ step: 1, thread: `CPU${first.thread - 1}`, why: `CPU${first.thread - 1} begins.` }] : []),
    ...explanation.switches,
  ];
  const here = blocks.findLastIndex(({ step }) => step <= position);
  return (
    <ol className="switches" aria-label="switches of thread">
      {blocks.map(({ step, thread, why }, i) => (
        <li key={step} aria-current={i === here ? "step" : undefined}>
          <button
            type="button"
            aria-label={`steps ${step} to ${(blocks[i + 1]?.step ?? total + 1) - 1}, ${thread}`}
            onClick={() => act.seek(step)}
          >
            {step}
          </button>
          <span>
            <Words text={why} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Who must be able to call what, under which locks, with which failures, and what is assumed. */
function Reach({ explanation: { callers, locks, failures, assumptions } }: { explanation: Explanation }) {
  const core = callers.filter(({ reachable }) => !reachable);
  return (
    <div className="reach">
      <p>
        <b>
          {core.length > 0
            ? `Not shown reachable from user space: ${names(core)} ${core.length === 1 ? "uses" : "use"} the caller core.`
            : "Each caller can be reached from user space."}
        </b>
      </p>
      <ul>
        {callers.map(({ thread, title, caller, note }) => (
          <li key={`${thread} ${title}`}>
            {thread}, <Words text={title} />: as <code>{caller}</code>, <Words text={note} />
          </li>
        ))}
        <li>
          held here:{" "}
          {locks.length === 0
            ? "no lock"
            : locks.map(({ thread, name }, i) => (
                <span key={`${thread} ${name}`}>
                  {i > 0 && ", "}
                  <Words text={name} /> by {thread}
                </span>
              ))}
        </li>
        <li>
          made to fail:{" "}
          {failures.length === 0
            ? "nothing"
            : failures.map(({ step, thread, text }, i) => (
                <span key={step}>
                  {i > 0 && "; "}
                  step {step}, {thread}: <Words text={text} />
                </span>
              ))}
        </li>
      </ul>
      <details>
        <summary>under {assumptions.length} assumptions of the model</summary>
        <ul>
          {assumptions.map((text) => (
            <li key={text}>
              <Words text={text} />
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

const names = (callers: Explanation["callers"]) => [...new Set(callers.map(({ thread }) => thread))].join(", ");
