import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { focus } from "../../ui/focus.ts";
import { Words } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import { type Entry, everything, matching, ofRun } from "./entries.ts";

/** One line to type in, and what it finds: everything that can be done, or what this run holds. */
export default function Finder(props: {
  snapshot: Snapshot;
  among: "all" | "run";
  asked: string;
  onAsked: (asked: string) => void;
}) {
  const { snapshot, among, asked, onAsked } = props;
  const act = useActions();
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const all = useMemo(
    () => (among === "run" ? ofRun(snapshot) : [...everything(snapshot), ...ofRun(snapshot)]),
    [snapshot, among],
  );
  const { shown, left } = useMemo(() => matching(all, asked), [all, asked]);
  const chosen = Math.min(at, shown.length - 1);

  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector("input")?.focus({ preventScroll: true });
    return () => {
      if (document.activeElement === document.body && before && before !== document.body) focus(before);
    };
  }, []);
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) act.find(null);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [act]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [chosen, asked]);

  const pick = (entry: Entry | undefined) => {
    if (!entry || entry.reason !== undefined) return;
    act.find(null);
    entry.run(act);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const closes = key === "Escape" || key === "Tab" || (key === "k" && (event.ctrlKey || event.metaKey));
    const last = Math.max(0, shown.length - 1);
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 10, PageUp: chosen - 10 }[key];
    if (closes) act.find(null);
    else if (key === "Enter") pick(shown[chosen]);
    // from one end to the other, but a page stops at the end
    else if (to !== undefined)
      setAt(to > last ? (chosen === last ? 0 : last) : to < 0 ? (chosen === 0 ? last : 0) : to);
    else {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const topics = [...new Set(shown.map(({ topic }) => topic))];
  return (
    <div className="finder" ref={box} role="dialog" aria-label={title[among]}>
      <input
        className="asked"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={shown[chosen] ? `${id}-${chosen}` : undefined}
        aria-label={title[among]}
        placeholder={title[among]}
        spellCheck={false}
        autoComplete="off"
        value={asked}
        onChange={(event) => {
          onAsked(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="found" id={`${id}-list`} role="listbox" aria-label="found" ref={list}>
        {topics.map((topic) => (
          <div key={topic} role="group" aria-label={topic}>
            <p className="topic" aria-hidden="true">
              {topic}
            </p>
            {shown.map((entry, i) =>
              entry.topic === topic ? (
                <Line key={entry.id} id={`${id}-${i}`} entry={entry} chosen={i === chosen} onPick={() => pick(entry)} />
              ) : null,
            )}
          </div>
        ))}
      </div>
      <p className="meta" role="status">
        {shown.length === 0 && "Nothing has all of these words."}
        {left > 0 && `${left} more: type another word of it.`}
      </p>
    </div>
  );
}

const title = { all: "do, open or find anything", run: "search this run" } as const;

function Line(props: { id: string; entry: Entry; chosen: boolean; onPick: () => void }) {
  const { id, entry, chosen, onPick } = props;
  return (
    // the focus stays in the line to type in; arrows and Enter work from there
    <div
      id={id}
      className="line"
      role="option"
      aria-selected={chosen}
      aria-disabled={entry.reason !== undefined}
      onClick={onPick}
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
