import { memo, useId, useMemo, useState } from "react";
import type { KeyboardEvent } from "react";
import type { Selected } from "../../session/look.ts";
import { actionsOn } from "../../session/select.ts";
import { Menu } from "../../ui/Menu.tsx";
import { useMedia } from "../../ui/useMedia.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { Drawing } from "./Drawing.tsx";
import { layoutGraph } from "./layout.ts";
import type { Thing } from "./picture.ts";
import { walk } from "./walk.ts";
import type { Direction } from "./walk.ts";
import "./graph.css";

const menuWidth = 330;

/** Parts of a snapshot that did not change are the same objects (session/share.ts). */
const sameParts = (before: { snapshot: Snapshot }, after: { snapshot: Snapshot }) =>
  (["groups", "devices", "domains", "actions"] as const).every(
    (part) => before.snapshot[part] === after.snapshot[part],
  );

/** Who believes what, as a picture: one tab stop, arrows from thing to thing, Enter for what can be done to it. */
export const Graph = memo(function Graph({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const selected = useSelect((state) => state.look.selected);
  const small = useMedia("(max-width: 640px)");
  const picture = useMemo(() => layoutGraph(snapshot, selected, small ? "small" : "wide"), [snapshot, selected, small]);
  const [focused, setFocused] = useState(0);
  const [menu, setMenu] = useState(false);
  const id = useId();
  const { things } = picture;
  const at = Math.min(focused, things.length - 1);
  const chosen = things.findIndex((thing) => same(thing.selected, selected));

  const pick = (i: number, open: boolean) => {
    setFocused(i);
    act.select(things[i].selected);
    setMenu(open);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key.startsWith("Arrow")) {
      const next = walk(things, at, event.key as Direction);
      if (next >= 0) pick(next, false);
    } else if (event.key === "Enter" && things[at]) {
      act.select(things[at].selected);
      setMenu(true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const anchor = menu && chosen >= 0 ? things[chosen] : undefined;
  const list = anchor && <ActionMenu snapshot={snapshot} selected={anchor.selected} onClose={() => setMenu(false)} />;
  return (
    <div className="graph-box">
      <svg
        className="graph"
        viewBox={`0 0 ${picture.width} ${picture.height}`}
        width={picture.width}
        height={picture.height}
        tabIndex={0}
        role="application"
        aria-roledescription="picture"
        aria-label="who believes what: groups, devices, streams and domains; arrows move, Enter acts"
        aria-activedescendant={things[at] ? `${id}-${at}` : undefined}
        data-pane="graph"
        onKeyDown={onKeyDown}
      >
        <Drawing picture={picture} />
        {things.map((thing, i) => (
          <rect
            key={`${thing.selected.kind} ${thing.label.split(",")[0]}`}
            id={`${id}-${i}`}
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
      {anchor && small && <div className="menu-below">{list}</div>}
      {anchor && !small && (
        <svg className="over" width={picture.width} height={picture.height} aria-hidden={false}>
          <foreignObject {...menuPlace(anchor, picture.width)} width={menuWidth} height={480}>
            {list}
          </foreignObject>
        </svg>
      )}
    </div>
  );
}, sameParts);

/** Beside the thing where there is room, else over its far side. */
function menuPlace(thing: Thing, width: number): { x: number; y: number } {
  const right = thing.x + Math.min(thing.w, 180) + 8;
  const x = right + menuWidth <= width + 60 ? right : Math.max(4, thing.x - menuWidth - 8);
  return { x, y: Math.max(4, thing.y) };
}

function ActionMenu(props: { snapshot: Snapshot; selected: Selected; onClose: () => void }) {
  const act = useActions();
  const { snapshot, selected, onClose } = props;
  const items = actionsOn(snapshot, selected).map(({ id, label, caller, enabled, reason }) => ({
    id,
    label,
    note: caller,
    reason: enabled ? undefined : (reason ?? "not now"),
  }));
  return (
    <Menu
      title={titleOf(snapshot, selected)}
      items={items}
      empty="Nothing can be done to it in this scenario."
      onClose={onClose}
      onPick={(id) => {
        onClose();
        act.start(id);
      }}
    />
  );
}

function titleOf(snapshot: Snapshot, selected: Selected): string {
  if (selected.kind === "domain") return selected.id;
  if (selected.kind === "group") return snapshot.groups.find(({ id }) => id === selected.id)?.name ?? "";
  const device = selected.kind === "row" ? selected.device : selected.id;
  return snapshot.devices.find(({ id }) => id === device)?.name ?? "";
}

function same(a: Selected, b: Selected | null): boolean {
  if (!b || a.kind !== b.kind) return false;
  if (a.kind === "row") return b.kind === "row" && a.device === b.device && a.pasid === b.pasid;
  return b.kind !== "row" && a.id === b.id;
}
