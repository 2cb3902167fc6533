import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { giveBack } from "../../ui/focus.ts";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import type { Entry } from "./entries.ts";
import "./finder.css";

/** What is found is loaded when it is first looked for; the line is there at once, so that no key typed is lost, nor Enter. */
const Found = lazyPanel(() => import("./View.tsx"));

const title = { all: "do, open or find anything", run: "search this run" } as const;

/** One line to type in, and below it what it finds: everything that can be done, or what this run holds. */
export function Finder({ snapshot, among }: { snapshot: Snapshot; among: "all" | "run" }) {
  const act = useActions();
  const [asked, setAsked] = useState("");
  const [at, setAt] = useState(0);
  const [found, setFound] = useState<readonly Entry[]>([]);
  const isLoaded = useRef(false);
  const entered = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const line = useRef<HTMLInputElement>(null);
  const id = useId();
  const last = Math.max(0, found.length - 1);
  const chosen = Math.min(at, last);

  const before = useRef<Element | null>(null);
  useLayoutEffect(() => {
    before.current ??= document.activeElement;
    line.current?.focus({ preventScroll: true });
  }, []);
  // given back once the line is gone: while a layout effect is undone it still has the focus
  useEffect(() => () => giveBack(before.current), []);
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) act.find(null);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [act]);

  const pick = useCallback(
    (entry: Entry | undefined) => {
      if (!entry || entry.reason !== undefined) return;
      act.find(null);
      entry.run(act);
    },
    [act],
  );
  const onFound = useCallback(
    (entries: readonly Entry[]) => {
      setFound(entries);
      isLoaded.current = true;
      if (!entered.current) return;
      entered.current = false;
      pick(entries[0]);
    },
    [pick],
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    event.stopPropagation();
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: chosen + 10, PageUp: chosen - 10 }[key];
    if (key === "Escape" || key === "Tab" || (key === "k" && (event.ctrlKey || event.metaKey))) act.find(null);
    else if (key === "Enter" && !isLoaded.current) entered.current = true;
    else if (key === "Enter") pick(found[chosen]);
    // from one end to the other, but a page stops at the end
    else if (to !== undefined)
      setAt(to > last ? (chosen === last ? 0 : last) : to < 0 ? (chosen === 0 ? last : 0) : to);
    else return;
    event.preventDefault();
  };
  return (
    <div className="finder" ref={box} role="dialog" aria-label={title[among]}>
      <input
        className="asked"
        ref={line}
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found[chosen] ? `${id}-${chosen}` : undefined}
        aria-label={title[among]}
        placeholder={title[among]}
        spellCheck={false}
        autoComplete="off"
        value={asked}
        onChange={(event) => {
          setAsked(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div className="found" id={`${id}-list`} role="listbox" aria-label="found">
        <Found
          snapshot={snapshot}
          among={among}
          asked={asked}
          chosen={chosen}
          id={id}
          onFound={onFound}
          onPick={pick}
        />
      </div>
    </div>
  );
}
