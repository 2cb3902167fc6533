import { useLayoutEffect, useRef } from "react";
import type { RefObject } from "react";
import type { Snapshot } from "../../worker/protocol.ts";
import { beatOf } from "./beat.ts";
import type { Moment } from "./beat.ts";

/**
 * Marks the element that it is given to for a step that was just made, so that `motion.css` can let its cause come before
 * its effect. What is painted is right from the first frame; any key or press ends the motion at once, and a drag of the
 * slider has none.
 */
export function useMotion(snapshot: Snapshot | null, seeking: boolean): RefObject<HTMLDivElement | null> {
  const page = useRef<HTMLDivElement>(null);
  const before = useRef<Moment | null>(null);
  useLayoutEffect(() => {
    if (!snapshot || !page.current) return;
    const run = snapshot.link.head.split("/").slice(0, 3).join("/");
    const now = { run, position: snapshot.position, seeking };
    const beat = beatOf(before.current, now);
    before.current = now;
    if (beat === null) delete page.current.dataset.beat;
    else page.current.dataset.beat = beat;
  }, [snapshot, seeking]);

  useLayoutEffect(() => {
    const end = () => {
      if (page.current) delete page.current.dataset.beat;
    };
    window.addEventListener("keydown", end, true);
    window.addEventListener("pointerdown", end, true);
    return () => {
      window.removeEventListener("keydown", end, true);
      window.removeEventListener("pointerdown", end, true);
    };
  }, []);
  return page;
}
