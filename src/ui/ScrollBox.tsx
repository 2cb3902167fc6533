import { useLayoutEffect, useRef, useState } from "react";
import type { PointerEvent, ReactNode } from "react";

/** A stretch of the content, in pixels from its top. */
export interface Sight {
  readonly top: number;
  readonly bottom: number;
}

/**
 * A box that scrolls, and says in words when there is more above or below than it shows: not every platform draws
 * scrollbars. What is asked to be in sight is scrolled there when it changes; where it `shows` something else than before, it
 * begins at the top again. With a label the box is a stop for Tab while it has something to scroll, for content that has none
 * of its own.
 */
export function ScrollBox(props: {
  className: string;
  label?: string;
  sight?: Sight | null;
  shows?: string;
  children: ReactNode;
}) {
  const { className, label, shows, children } = props;
  const box = useRef<HTMLDivElement>(null);
  const [hidden, setHidden] = useState({ above: false, below: false });
  const { top, bottom } = props.sight ?? { top: -1, bottom: -1 };

  useLayoutEffect(() => {
    const element = box.current;
    const content = element?.firstElementChild;
    if (!element || !content) return undefined;
    const look = () => {
      const above = element.scrollTop > 4;
      const below = element.scrollHeight - element.scrollTop - element.clientHeight > 4;
      setHidden((was) => (was.above === above && was.below === below ? was : { above, below }));
    };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    observer.observe(content);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, []);

  useLayoutEffect(() => {
    if (box.current && shows !== undefined) box.current.scrollTop = 0;
  }, [shows]);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || bottom < 0) return;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
  }, [top, bottom]);

  const turn = (direction: 1 | -1) => box.current?.scrollBy({ top: direction * box.current.clientHeight * 0.8 });
  // What lies around the box may listen to the pointer itself.
  const mine = (event: PointerEvent) => event.stopPropagation();
  const scrolls = hidden.above || hidden.below;
  return (
    <div className={`scroll ${className}`}>
      <div
        className="scroll-box"
        ref={box}
        {...(label === undefined ? {} : { role: "group", "aria-label": label, tabIndex: scrolls ? 0 : -1 })}
      >
        {children}
      </div>
      {hidden.above && (
        <button type="button" className="more above" onPointerDown={mine} onClick={() => turn(-1)}>
          more above
        </button>
      )}
      {hidden.below && (
        <button type="button" className="more below" onPointerDown={mine} onClick={() => turn(1)}>
          more below
        </button>
      )}
    </div>
  );
}
