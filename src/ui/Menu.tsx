import { useEffect, useId, useRef } from "react";
import type { KeyboardEvent } from "react";
import { focus, giveBack } from "./focus.ts";
import { Words } from "./Words.tsx";

export interface MenuItem {
  readonly id: string;
  /** The heading under which it stands. */
  readonly topic: string;
  readonly label: string;
  /** A word at the right: who does it, for instance. */
  readonly note: string;
  /** Why it cannot be done now. An item with a reason can be reached and read, and does nothing. */
  readonly reason?: string | undefined;
}

/** The next item after the present one that begins with a letter, so that a long list is crossed by typing. */
function startingWith(items: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  if (!/^\w$/.test(key)) return undefined;
  const after = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return after.find((item) => item.textContent?.toLowerCase().startsWith(key.toLowerCase()));
}

/** A list of things to do. Arrows move, Enter does, Escape leaves; what cannot be done says why in words. */
export function Menu(props: {
  title: string;
  items: readonly MenuItem[];
  empty: string;
  onPick: (id: string) => void;
  onClose: () => void;
}) {
  const { onClose } = props;
  const list = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const topics = [...new Set(props.items.map(({ topic }) => topic))];

  useEffect(() => {
    const before = document.activeElement;
    (list.current?.querySelector<HTMLElement>("[role=menuitem]") ?? box.current)?.focus({ preventScroll: true });
    return () => {
      giveBack(before);
    };
  }, []);

  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [onClose]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const items = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    const typed = startingWith(items, at, event.key);
    if (event.key === "Escape" || event.key === "Tab") onClose();
    else if (typed) focus(typed);
    else if (go !== undefined && items.length > 0) items[go % items.length].focus();
    else if (event.key !== "Enter" && event.key !== " ") return;
    event.stopPropagation();
    if (event.key !== "Enter" && event.key !== " ") event.preventDefault();
  };

  return (
    <div className="menu" ref={box} tabIndex={-1} onKeyDown={onKeyDown}>
      <h2 id={id}>
        <Words text={props.title} />
      </h2>
      {props.items.length === 0 ? (
        <p className="quiet">{props.empty}</p>
      ) : (
        <div role="menu" aria-labelledby={id} ref={list}>
          {topics.map((topic) => (
            <div key={topic} role="group" aria-label={topic}>
              <p className="topic" aria-hidden="true">
                {topic}
              </p>
              {props.items
                .filter((item) => item.topic === topic)
                .map((item) => (
                  <Item
                    key={item.id}
                    id={`${id}-${item.id}`}
                    item={item}
                    first={item === props.items[0]}
                    onPick={props.onPick}
                  />
                ))}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function Item(props: { id: string; item: MenuItem; first: boolean; onPick: (id: string) => void }) {
  const { id, item, first, onPick } = props;
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={first ? 0 : -1}
      aria-disabled={item.reason !== undefined}
      aria-describedby={item.reason === undefined ? undefined : id}
      onClick={() => item.reason === undefined && onPick(item.id)}
    >
      <span>
        <Words text={item.label} />
      </span>
      <span className="meta">
        <Words text={item.note} />
      </span>
      {item.reason !== undefined && (
        <span className="reason" id={id}>
          <Words text={item.reason} />
        </span>
      )}
    </button>
  );
}
