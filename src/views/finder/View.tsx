import { useEffect, useLayoutEffect, useMemo } from "react";
import { Words } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { type Entry, everything, matching, ofRun } from "./entries.ts";

/** The lines that have every word, under their topics; what is asked and chosen is the shell's. */
export default function Found(props: {
  snapshot: Snapshot;
  among: "all" | "run";
  asked: string;
  chosen: number;
  id: string;
  onFound: (found: readonly Entry[]) => void;
  onPick: (entry: Entry) => void;
}) {
  const { snapshot, among, asked, chosen, id, onFound, onPick } = props;
  const all = useMemo(
    () => (among === "run" ? ofRun(snapshot) : [...everything(snapshot), ...ofRun(snapshot)]),
    [snapshot, among],
  );
  const { shown, left } = useMemo(() => matching(all, asked), [all, asked]);
  useLayoutEffect(() => onFound(shown), [onFound, shown]);
  useEffect(() => {
    document.getElementById(`${id}-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [id, chosen, shown]);
  const topics = [...new Set(shown.map(({ topic }) => topic))];
  return (
    <>
      {topics.map((topic) => (
        <div key={topic} role="group" aria-label={topic}>
          <p className="topic" aria-hidden="true">
            {topic}
          </p>
          {shown.map((entry, i) =>
            entry.topic === topic ? (
              <Line key={entry.id} id={`${id}-${i}`} entry={entry} chosen={i === chosen} onPick={onPick} />
            ) : null,
          )}
        </div>
      ))}
      {shown.length === 0 && <Remark text="Nothing has all of these words." />}
      {left > 0 && <Remark text={`${left} more: type another word of it.`} />}
    </>
  );
}

/** A list box holds options only, so a remark is one that cannot be chosen. */
function Remark({ text }: { text: string }) {
  return (
    <div className="line meta" role="option" aria-selected={false} aria-disabled="true">
      {text}
    </div>
  );
}

function Line(props: { id: string; entry: Entry; chosen: boolean; onPick: (entry: Entry) => void }) {
  const { id, entry, chosen, onPick } = props;
  return (
    // the focus stays in the line to type in; arrows and Enter work from there
    <div
      id={id}
      className="line"
      role="option"
      aria-selected={chosen}
      aria-disabled={entry.reason !== undefined}
      onClick={() => onPick(entry)}
    >
      <span>
        <Words text={entry.label} />
      </span>
      <span className="meta">
        <Words text={entry.note} />
      </span>
      {entry.reason !== undefined && (
        <span className="reason">
          <Words text={entry.reason} />
        </span>
      )}
    </div>
  );
}
