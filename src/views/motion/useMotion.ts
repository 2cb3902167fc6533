import { useLayoutEffect, useRef } from "react";
import type { RefObject } from "react";
import { afterPaint } from "../../session/paint.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { beatOf } from "./beat.ts";
import type { Moment } from "./beat.ts";

/**
 * Marks the element that it is given to for a step that was just made, so that `motion.css` can let its cause come before
 * its effect. What is painted is right from the first frame, and the motion begins behind it: starting it costs as much as
 * a small pane. Any key or press ends the motion at once, and a drag of the slider has none.
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
    // what the step before had in motion is at its end
    delete page.current.dataset.beat;
    if (beat === null) return;
    afterPaint(() => {
      if (page.current && before.current === now) page.current.dataset.beat = beat;
    });
  }, [snapshot, seeking]);

  useLayoutEffect(() => {
    const end = () => {
      if (before.current) before.current = { ...before.current };
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
