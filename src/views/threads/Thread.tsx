import { memo, useLayoutEffect, useRef, useState } from "react";
import { Breakable } from "../../ui/Breakable.tsx";
import { Glyph } from "../../ui/Glyph.tsx";
import { giveBack } from "../../ui/focus.ts";
import { plain, Words } from "../../ui/Words.tsx";
import type { ThreadView, TimelineStep } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import { ListingView } from "./ListingView.tsx";

/** One thread: who it is, where it stands, what it holds, and the statement that comes next. */
export const Thread = memo(function Thread(props: {
  thread: ThreadView;
  current: boolean;
  warn: string | undefined;
  /** The step that it made last, and its number; 0 for none. */
  last: TimelineStep | undefined;
  lastAt: number;
  /** That step is the one that the page shows. */
  ran: boolean;
}) {
  const { thread, current, warn, last, lastAt, ran } = props;
  const act = useActions();
  const { stack } = thread;
  // Another frame is looked at only as long as the stack stays as it is; a step returns to the top.
  const key = stack.map(({ proc }) => proc).join(" ");
  const [looked, setLooked] = useState({ key, frame: -1 });
  const frame = looked.key === key && looked.frame >= 0 ? looked.frame : stack.length - 1;
  const listing = stack[frame];
  return (
    <section className={`thread ${thread.status}${current ? " cur" : ""}`} aria-label={thread.name}>
      <header>
        <h2>
          <button
            type="button"
            className="thread-name"
            data-pane={`thread ${thread.id}`}
            aria-pressed={current}
            onClick={() => act.selectThread(thread.id)}
          >
            <kbd>{thread.id}</kbd> {thread.name}
          </button>
          {current && <span className="meta">current</span>}
        </h2>
        <p className="nm">
          <Words text={thread.title} />
        </p>
        <p className="meta">
          as <code>{thread.caller}</code>
        </p>
        <Stack thread={thread} frame={frame} onLook={(at) => setLooked({ key, frame: at })} />
        <State thread={thread} />
      </header>
      {thread.ops.length > 1 && <Ops thread={thread} />}
      {listing && <Last step={last} at={lastAt} now={ran} />}
      {listing && (
        <ListingView listing={listing} thread={thread.id} warn={frame === stack.length - 1 ? warn : undefined} />
      )}
      {!listing && <p className="note">{thread.status === "finished" ? "" : "Has not begun."}</p>}
      {thread.status !== "finished" && thread.status !== "oops" && <Controls thread={thread} current={current} />}
    </section>
  );
});

/** What a thread did last: the listing may have gone on to another procedure with the same step. */
function Last({ step, at, now }: { step: TimelineStep | undefined; at: number; now: boolean }) {
  if (step === undefined)
    return (
      <p className="last">
        <span className="will" />
      </p>
    );
  const text = plain(step.text);
  return (
    <p className={now ? "last now" : "last"} title={`step ${at}, ${step.proc}: ${text}`}>
      <span className="n">{at}</span> <span className="in">{step.proc}</span> <span className="s">{text}</span>
    </p>
  );
}

/** How many frames stand in the open: the current one, and who called it. */
const inner = 3;

function Stack(props: { thread: ThreadView; frame: number; onLook: (frame: number) => void }) {
  const { stack, name } = props.thread;
  const [all, setAll] = useState(false);
  if (stack.length === 0) return null;
  const outer = Math.max(0, stack.length - inner);
  const folds = outer > 1;
  return (
    <nav className="stack m" aria-label={`call stack of ${name}`}>
      {folds && (
        <button type="button" className="outer" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "fewer" : `${outer} outer`}
        </button>
      )}
      {stack.map(({ proc }, i) =>
        folds && !all && i < outer ? null : (
          <span key={`${i} ${proc}`}>
            {(i > 0 || folds) && " › "}
            {stack.length === 1 ? (
              <b>
                <Breakable text={proc} />
              </b>
            ) : (
              <button type="button" aria-current={i === props.frame} onClick={() => props.onLook(i)}>
                <Breakable text={proc} />
              </button>
            )}
          </span>
        ),
      )}
    </nav>
  );
}

function State({ thread }: { thread: ThreadView }) {
  const last = thread.ops.at(-1);
  return (
    <div className="locks">
      {thread.locks.map(({ name, since }) => (
        <p key={name}>
          <Glyph name="lock" label="holds" /> <Words text={name} /> <span className="quiet">since {since}</span>
        </p>
      ))}
      {thread.status === "blocked" && (
        <p id={`why-${thread.id}`} className={thread.waiting}>
          {thread.waiting === undefined && <Glyph name="lock" />} <Words text={thread.statusNote ?? "waits"} />
        </p>
      )}
      {thread.status === "oops" && (
        <p className="bad">
          <Glyph name="warn" /> <Words text={thread.statusNote ?? "ended by an oops"} />
        </p>
      )}
      {thread.status === "finished" && (
        <p>
          {last?.result === undefined ? "finished" : ended(last.result)}
          {last?.result !== undefined && (
            <code className={last.result.startsWith("-") ? "bad" : ""}>{last.result}</code>
          )}
        </p>
      )}
    </div>
  );
}

/** A call returns an errno; a request ends in an event of the SMMU, or in a few words that need none before them. */
function ended(result: string): string {
  if (/^(0|-\w+)$/.test(result)) return "returned ";
  return result.includes(" ") ? "" : "ended in ";
}

/** The operation that runs, with the one before and the one after it; of more there is a count. */
function Ops({ thread }: { thread: ThreadView }) {
  const { ops } = thread;
  const now = ops.findIndex(({ state }) => state === "now");
  const last = now < 0 ? ops.length - 1 : now;
  const from = ops.length <= 3 ? 0 : Math.min(Math.max(0, last - 1), ops.length - 3);
  const to = ops.length <= 3 ? ops.length : from + 3;
  const count = [from > 0 ? `${from} before` : "", to < ops.length ? `${ops.length - to} to come` : ""];
  return (
    <>
      <ol className="ops" aria-label={`operations of ${thread.name}`}>
        {ops.slice(from, to).map((op, i) => (
          <li
            key={`${from + i} ${op.title}`}
            className={op.state}
            aria-current={op.state === "now" ? "step" : undefined}
          >
            <span>
              <Words text={op.title} />
            </span>
            {op.result !== undefined && <b className={`ret${op.result.startsWith("-") ? " bad" : ""}`}>{op.result}</b>}
          </li>
        ))}
      </ol>
      {ops.length > 3 && <p className="meta">{count.filter(Boolean).join(", ")}</p>}
    </>
  );
}

function Controls({ thread, current }: { thread: ThreadView; current: boolean }) {
  const act = useActions();
  const buttons = useRef<HTMLDivElement>(null);
  // a thread that ends takes its buttons along: its name gets the focus that they had
  useLayoutEffect(() => {
    const own = buttons.current;
    return () => {
      if (!own?.contains(document.activeElement)) return;
      const name = own.closest("section")?.querySelector(".thread-name") ?? null;
      requestAnimationFrame(() => giveBack(name));
    };
  }, []);
  const blocked = thread.status === "blocked";
  const choice = thread.outcomes.length > 1;
  const why = `why-${thread.id}`;
  const able = { "aria-disabled": blocked, "aria-describedby": blocked ? why : undefined };
  const go = (mode: "step" | "over" | "out" | "block", outcome = 0) => {
    if (!blocked) act.step(thread.id, mode, outcome);
  };
  return (
    <div className="act" ref={buttons}>
      {choice && (
        <div className="may-fail" role="group" aria-label={`outcomes of the next statement of ${thread.name}`}>
          <span className="meta">may fail:</span>
          {thread.outcomes.map((label, i) => (
            <button type="button" key={label} className="framed" onClick={() => go("step", i)} {...able}>
              <Words text={label} />
            </button>
          ))}
        </div>
      )}
      {!choice && (
        <button type="button" className="framed" onClick={() => go("step")} {...able}>
          Step {current && <kbd>s</kbd>}
        </button>
      )}
      <button type="button" onClick={() => go("over")} {...able}>
        over
      </button>
      <button type="button" onClick={() => go("out")} {...able}>
        out
      </button>
      <button type="button" onClick={() => go("block")} {...able}>
        until blocked
      </button>
      {/* One line that is always there, so that the buttons stay where they are; the header says what it waits for. */}
      <p className="meta">
        {blocked && `not now: ${thread.heldBy ? `held by ${thread.heldBy}` : `it ${thread.waiting}`}`}
      </p>
    </div>
  );
}
