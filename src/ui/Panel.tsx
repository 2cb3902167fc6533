import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { giveBack } from "./focus.ts";
import { Glyph } from "./Glyph.tsx";

/** A sheet over the page that takes nothing away: it is closed by its button or Escape, and gives the focus back. */
export function Panel(props: { title: string; className?: string; onClose: () => void; children: ReactNode }) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => giveBack(before);
  }, []);
  return (
    <section className={`sheet ${props.className ?? ""}`.trimEnd()} aria-label={props.title} ref={box} tabIndex={-1}>
      <header>
        <h2>{props.title}</h2>
        <button type="button" aria-label={`close ${props.title.toLowerCase()}, Esc`} onClick={props.onClose}>
          <Glyph name="no" /> <kbd>Esc</kbd>
        </button>
      </header>
      {props.children}
    </section>
  );
}
