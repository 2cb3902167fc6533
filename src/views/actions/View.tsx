import { useLayoutEffect, useRef, useState } from "react";
import { isEntryRef } from "../../session/look.ts";
import type { Selected } from "../../session/look.ts";
import { actionsOn } from "../../session/select.ts";
import { Menu } from "../../ui/Menu.tsx";
import { useMedia } from "../../ui/useMedia.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import { menuWidth, placeMenu } from "./place.ts";
import type { MenuAt } from "./place.ts";
import "./actions.css";

/** What can be done to the chosen thing, beside it; on a phone at the foot of the page. */
export default function ActionMenu(props: { snapshot: Snapshot; menu: MenuAt; onClose: () => void }) {
  const { snapshot, menu, onClose } = props;
  const small = useMedia("(max-width: 640px)");
  const frame = useRef<SVGSVGElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ x: 0, y: 0, height: 480 });

  useLayoutEffect(() => {
    // The list's own height, however little room it has now.
    const list = box.current?.firstElementChild;
    if (!frame.current || !list) return;
    const room = frame.current.getBoundingClientRect();
    const height = Math.min(list.scrollHeight + 2, room.height - 16);
    setPlace({ ...placeMenu(menu.anchor, room, height), height: room.height - 16 });
  }, [menu]);

  const list = <Actions snapshot={snapshot} selected={menu.selected} onClose={onClose} />;
  if (small) return <div className="menu-foot">{list}</div>;
  return (
    <svg className="over" ref={frame}>
      <foreignObject {...place} width={menuWidth}>
        <div className="menu-place" ref={box}>
          {list}
        </div>
      </foreignObject>
    </svg>
  );
}

function Actions(props: { snapshot: Snapshot; selected: Selected; onClose: () => void }) {
  const act = useActions();
  const { snapshot, selected, onClose } = props;
  const items = actionsOn(snapshot, selected).map(({ id, topic, label, caller, enabled, reason }) => ({
    id,
    topic,
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
  const device = selected.kind === "row" || isEntryRef(selected) ? selected.device : selected.id;
  return snapshot.devices.find(({ id }) => id === device)?.name ?? "";
}
