import { memo, useLayoutEffect, useRef } from "react";
import { Breakable } from "../../ui/Breakable.tsx";
import { Glyph } from "../../ui/Glyph.tsx";
import { Words, plain } from "../../ui/Words.tsx";
import type { Line, Listing } from "../../worker/protocol.ts";
import { lineInSight } from "./layout.ts";

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

  return (
    <>
      <p className="file m">
        <Breakable text={listing.file} />
      </p>
      <ol
        className="list"
        ref={list}
        tabIndex={0}
        aria-label={`${listing.proc}, ${listing.lines.filter(({ head }) => !head).length} statements`}
        data-pane={`listing ${thread}`}
      >
        {listing.lines.map((line, i) => (
          // A listing never changes its lines, so a place in it is a good key.
          <LineView key={i} line={line} warn={line.state === "now" ? warn : undefined} />
        ))}
      </ol>
    </>
  );
}

const LineView = memo(function LineView({ line, warn }: { line: Line; warn: string | undefined }) {
  const error = line.ret?.startsWith("-") ?? false;
  const classes = [
    line.state,
    `d${Math.min(6, line.depth)}`,
    line.local && !line.head ? "in" : "",
    line.head ? "head" : "",
    error ? "err" : "",
  ];
  const current = { now: "step", next: "location" } as const;
  return (
    <li
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
        <Words text={line.text} />
        {warn !== undefined && <Glyph name="warn" className="bad" label={plain(warn)} />}
        {line.ret !== undefined && <b className="ret">{line.ret}</b>}
      </span>
    </li>
  );
});
