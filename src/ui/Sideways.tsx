import { useLayoutEffect, useRef, useState } from "react";
import type { ReactNode } from "react";

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
  return (
    <div className="sideways">
      <div ref={box} {...(more ? { tabIndex: 0, role: "group", "aria-label": label } : {})}>
        {children}
      </div>
      {more && <p className="meta">{label} goes on at the right: scroll it sideways</p>}
    </div>
  );
}
