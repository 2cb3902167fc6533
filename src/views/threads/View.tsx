import { currentThread } from "../../session/select.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { useWidth } from "../../ui/useWidth.ts";
import { plain } from "../../ui/Words.tsx";
import type { Snapshot, ThreadView } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { Thread } from "./Thread.tsx";
import { foldsToRows, widthsOf } from "./layout.ts";
import "./threads.css";

/** The threads side by side, in the order in which they appeared. */
export function Threads({ snapshot }: { snapshot: Snapshot }) {
  const chosen = useSelect((state) => state.look.thread);
  const current = currentThread(snapshot, chosen)?.id;
  const [box, width] = useWidth<HTMLElement>(440);
  const widths = widthsOf(snapshot.threads, current, snapshot.ran, width);
  const { steps } = snapshot.timeline;
  const warn = steps[snapshot.position - 1]?.warn;
  const rows = foldsToRows(snapshot.threads.length);
  const crowd = rows ? "threads many" : snapshot.threads.length > 2 ? "threads crowd" : "threads";
  const shown = snapshot.threads.map((thread, i) => {
    if (widths[i] === "folded") return <Folded key={thread.id} thread={thread} />;
    const lastAt = lastStep(snapshot, thread.id);
    return (
      <Thread
        key={thread.id}
        thread={thread}
        current={thread.id === current}
        warn={thread.id === snapshot.ran ? warn : undefined}
        last={steps[lastAt - 1]}
        lastAt={lastAt}
        ran={lastAt > 0 && lastAt === snapshot.position}
      />
    );
  });
  const [folded, open] = (["folded", "open"] as const).map((width) => shown.filter((_view, i) => widths[i] === width));
  return (
    <section className={crowd} aria-label="threads" ref={box}>
      {snapshot.threads.length === 0 && (
        <p className="no-thread quiet">
          No thread yet. To start one choose a device, a group or a domain in the picture, or press <kbd>Ctrl K</kbd>.
        </p>
      )}
      {rows && <div className="folded-rows">{folded}</div>}
      {rows ? <div className="abreast">{open}</div> : shown}
    </section>
  );
}

/** The number of the step that a thread made last, 0 for none; starting it is none. */
function lastStep({ timeline, position }: Snapshot, thread: number): number {
  for (let at = position; at > 0; at--) {
    const step = timeline.steps[at - 1];
    if (step?.thread === thread && step.kind === "step") return at;
  }
  return 0;
}

const words = { ready: "ready", blocked: "waits", finished: "done", oops: "oops" } as const;

/** Characters that a folded thread's name has room for across; a longer one runs down. */
const FITS = 5;

function Folded({ thread }: { thread: ThreadView }) {
  const act = useActions();
  return (
    <button
      type="button"
      className={`folded ${thread.status}`}
      data-pane={`thread ${thread.id}`}
      title={`open ${thread.name}: ${plain(thread.title)}`}
      onClick={() => act.selectThread(thread.id)}
    >
      <kbd>{thread.id}</kbd> <b className={thread.name.length > FITS ? "down" : undefined}>{thread.name}</b>{" "}
      <span className="meta">{words[thread.status]}</span> {thread.locks.length > 0 && <Glyph name="lock" />}{" "}
      <span className="down m">{inShort(thread)}</span>
    </button>
  );
}

/** What it holds, in words, so that nobody takes it for what it waits for; then that. Else what it is at. */
function inShort({ locks, status, statusNote = "", title }: ThreadView): string {
  const held = locks.length > 0 ? `holds ${locks.map(({ name }) => plain(name)).join(", ")}` : "";
  const waits = status === "blocked" ? plain(statusNote) : "";
  return [held, waits].filter(Boolean).join("; ") || plain(title);
}
