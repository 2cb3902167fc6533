import { useLayoutEffect, useRef, useState } from "react";
import type { KeyboardEvent, ReactNode } from "react";

/** What may be wider than its place scrolls within it, by finger or arrow keys, and says so while there is more to see. */
export function Sideways({ label, children }: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setMore(element.scrollWidth > element.clientWidth));
    // the box changes with the page, what is in it with every step
    for (const changing of [element, ...element.children]) observer.observe(changing);
    return () => observer.disconnect();
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!more || by === undefined || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    // here, in what it is pressed in, an arrow scrolls; elsewhere the page has other uses for it
    box.current?.scrollBy(by * 40, 0);
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="sideways">
      <div ref={box} {...(more ? { tabIndex: 0, role: "group", "aria-label": label, onKeyDown } : {})}>
        {children}
      </div>
      {more && <p className="meta">{label} goes on at the right: scroll it sideways</p>}
    </div>
  );
}
