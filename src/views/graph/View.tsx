import { memo, useId, useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { isEntryRef } from "../../session/look.ts";
import type { Selected } from "../../session/look.ts";
import { deviceAtIssue } from "../../session/select.ts";
import { ScrollBox } from "../../ui/ScrollBox.tsx";
import { useShared } from "../../ui/share.ts";
import { useMedia } from "../../ui/useMedia.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import type { MenuAt } from "../actions/place.ts";
import { sameRef } from "../../session/entry.ts";
import { useActions, useSelect } from "../context.ts";
import { Drawing } from "./Drawing.tsx";
import { layoutGraph } from "./layout.ts";
import { walk } from "./walk.ts";
import type { Direction } from "./walk.ts";
import "./graph.css";

/** Parts of a snapshot that did not change are the same objects (worker/wire.ts). */
const sameParts = (before: { snapshot: Snapshot }, after: { snapshot: Snapshot }) =>
  (["groups", "devices", "domains"] as const).every((part) => before.snapshot[part] === after.snapshot[part]);

/** Who believes what, as a picture: one tab stop, arrows from thing to thing, Enter for what can be done to it. */
export const Graph = memo(function Graph(props: { snapshot: Snapshot; onMenu: (menu: MenuAt | null) => void }) {
  const { snapshot, onMenu } = props;
  const act = useActions();
  const selected = useSelect((state) => state.look.selected);
  const small = useMedia("(max-width: 640px)");
  const laidOut = useMemo(() => layoutGraph(snapshot, selected, small ? "small" : "wide"), [snapshot, selected, small]);
  const picture = useShared(laidOut);
  const [focused, setFocused] = useState(0);
  const svg = useRef<SVGSVGElement>(null);
  const id = useId();
  const { things } = picture;
  const chosen = things.findIndex((thing) => same(thing.selected, selected));
  // what is chosen, wherever it stands now that others have opened or folded
  const at = chosen >= 0 ? chosen : Math.min(focused, things.length - 1);
  // Of several devices the one that a step is about comes into sight, and stays there while nothing else happens.
  const device = snapshot.devices.length > 1 ? deviceAtIssue(snapshot, selected) : undefined;
  const own = things.find((thing) => thing.selected.kind === "device" && thing.selected.id === device);
  const sight = own ? { top: Math.max(0, own.y - 56), bottom: own.y + own.h + 16 } : null;

  const pick = (i: number, open: boolean) => {
    setFocused(i);
    const { selected: thing, folded } = things[i];
    if (open && isEntryRef(thing)) {
      onMenu(null);
      act.inspectEntry(thing);
      return;
    }
    act.select(thing);
    const rect = svg.current?.querySelector(`[data-thing="${i}"]`)?.getBoundingClientRect();
    onMenu(open && rect && !folded ? { selected: thing, anchor: rect } : null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key.startsWith("Arrow")) {
      const next = walk(things, at, event.key as Direction);
      if (next >= 0) pick(next, false);
    } else if (event.key === "Enter" && things[at]) pick(at, true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <ScrollBox className="picture" sight={sight}>
      <div className="graph-box">
        <svg
          ref={svg}
          className="graph"
          viewBox={`0 0 ${picture.width} ${picture.height}`}
          width={picture.width}
          height={picture.height}
          tabIndex={0}
          role="application"
          aria-roledescription="picture"
          aria-label="who believes what: groups, devices, streams and domains; arrows move, Enter acts or inspects"
          aria-activedescendant={things[at] ? `${id}-${at}` : undefined}
          data-pane="graph"
          onKeyDown={onKeyDown}
        >
          <Drawing picture={picture} />
          {things.map((thing, i) => (
            <rect
              key={`${thing.selected.kind} ${thing.label.split(",")[0]}`}
              id={`${id}-${i}`}
              data-thing={i}
              className={i === at ? "hit at" : "hit"}
              role="button"
              aria-label={thing.label}
              aria-pressed={i === chosen}
              x={thing.x}
              y={thing.y}
              width={thing.w}
              height={thing.h}
              onClick={() => pick(i, true)}
            />
          ))}
        </svg>
      </div>
    </ScrollBox>
  );
}, sameParts);

function same(a: Selected, b: Selected | null): boolean {
  if (!b || a.kind !== b.kind) return false;
  if (a.kind === "row") return b.kind === "row" && a.device === b.device && a.pasid === b.pasid;
  if (isEntryRef(a)) return isEntryRef(b) && sameRef(a, b);
  return b.kind !== "row" && !isEntryRef(b) && a.id === b.id;
}
