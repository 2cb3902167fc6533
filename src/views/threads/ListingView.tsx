import { memo, useCallback, useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent, MouseEvent, ReactNode } from "react";
import { Breakable } from "../../ui/Breakable.tsx";
import { Glyph } from "../../ui/Glyph.tsx";
import { lazyPanel } from "../../ui/lazyPanel.tsx";
import { Words, plain } from "../../ui/Words.tsx";
import type { Line, Listing } from "../../worker/protocol.ts";
import { lineInSight } from "./layout.ts";

/** Loaded when somebody first asks what a statement is good for. */
const LineMenu = lazyPanel(() => import("../toggles/LineMenu.tsx"));

/** The statements of one procedure, with the step that executed each, and the next one kept in sight. */
export function ListingView(props: { listing: Listing; thread: number; warn: string | undefined }) {
  const { listing, thread, warn } = props;
  const list = useRef<HTMLOListElement>(null);
  const sight = lineInSight(listing.lines.map(({ state }) => state));

  useLayoutEffect(() => {
    const box = list.current;
    const line = box?.children[sight];
    if (!box || !(line instanceof HTMLElement)) return;
    // Only the list scrolls, never the page; a line in sight moves nothing.
    const [around, own] = [box.getBoundingClientRect(), line.getBoundingClientRect()];
    const above = own.top - around.top - 24;
    const below = own.bottom + 40 - around.bottom;
    if (above < 0) box.scrollTop += above;
    else if (below > 0) box.scrollTop += below;
  }, [sight, listing.proc, listing.lines]);

  const { lines } = listing;
  /** The line that is pointed at, and whether what can be changed of it is shown. */
  const [mark, setMark] = useState({ at: -1, open: false });
  const open = useCallback((at: number) => setMark({ at, open: true }), []);
  const close = useCallback(() => setMark(({ at }) => ({ at, open: false })), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== list.current || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const from = mark.at >= 0 ? mark.at : Math.max(0, sight);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const by = event.key === "ArrowDown" ? 1 : -1;
      let at = mark.at < 0 ? from : from + by;
      while (lines[at]?.head || lines[at]?.elsewhere) at += by;
      if (lines[at]) setMark({ at, open: false });
      list.current?.children[at]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") open(from);
    else return;
    event.preventDefault();
  };
  const onClick = ({ target }: MouseEvent) => {
    // who marks text to copy it, or is in the menu already, points at nothing new
    if (!(target instanceof Element) || target.closest("button, .menu") || !getSelection()?.isCollapsed) return;
    const at = [...(list.current?.children ?? [])].findIndex((child) => child.contains(target));
    if (lines[at] && !lines[at].head) setMark(at === mark.at ? { at: -1, open: false } : { at, open: false });
  };

  return (
    <>
      <p className="file m">
        <Breakable text={listing.file} />
      </p>
      <ol
        className="list"
        ref={list}
        tabIndex={0}
        aria-label={`${listing.proc}, ${listing.lines.filter(({ head, elsewhere }) => !head && !elsewhere).length} statements`}
        data-pane={`listing ${thread}`}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        {lines.map((line, i) => (
          // A listing never changes its lines, so a place in it is a good key.
          <LineView
            key={i}
            line={line}
            at={i}
            warn={line.state === "now" ? warn : undefined}
            marked={mark.at === i}
            onOpen={open}
          >
            {mark.open && mark.at === i && (
              <LineMenu
                proc={listing.proc}
                statement={lines.slice(0, i).filter(({ head }) => !head).length}
                onClose={close}
              />
            )}
          </LineView>
        ))}
      </ol>
    </>
  );
}

const changes = { dropped: "dropped", always: "always yes", moved: "moved" } as const;

const LineView = memo(function LineView(props: {
  line: Line;
  at: number;
  warn: string | undefined;
  marked: boolean;
  onOpen: (at: number) => void;
  children: ReactNode;
}) {
  const { line, at, warn, marked, onOpen } = props;
  const error = line.ret?.startsWith("-") ?? false;
  const classes = [
    line.state,
    `d${Math.min(6, line.depth)}`,
    line.local && !line.head ? "in" : "",
    line.head ? "head" : "",
    error ? "err" : "",
    line.changed ?? "",
    marked ? "marked" : "",
  ];
  const current = { now: "step", next: "location" } as const;
  return (
    <li
      hidden={line.elsewhere}
      className={classes.filter(Boolean).join(" ")}
      aria-current={line.state === "now" || line.state === "next" ? current[line.state] : undefined}
    >
      <span className="n">
        {line.state === "next" ? (
          <Glyph name="next" label="next" />
        ) : line.state === "skipped" && !line.head ? (
          <Glyph name="skip" label="not taken" />
        ) : (
          line.step
        )}
      </span>
      <span className="s">
        {line.changed && <span className="meta">{changes[line.changed]} </span>}
        {line.changed === "dropped" ? (
          <s>
            <Words text={line.text} />
          </s>
        ) : (
          <Words text={line.text} />
        )}
        {warn !== undefined && <Glyph name="warn" className="bad" label={plain(warn)} />}
        {line.ret !== undefined && <b className="ret">{line.ret}</b>}
        {marked && (
          <button
            type="button"
            className="what-if"
            aria-label="what if Enter: change this statement"
            onClick={() => onOpen(at)}
          >
            what if <kbd>Enter</kbd>
          </button>
        )}
      </span>
      {props.children}
    </li>
  );
});
