import { useEffect, useState } from "react";
import type { ComponentType, ReactNode } from "react";

const panels: (() => Promise<void>)[] = [];

/**
 * Loads every panel that is to be there when it is first opened, and those that come with one. Those that cannot be loaded
 * now are tried again then.
 */
export async function loadPanels(): Promise<void> {
  for (let known = 0; known < panels.length; ) {
    const next = panels.slice(known);
    known = panels.length;
    await Promise.allSettled(next.map((load) => load()));
  }
}

/**
 * A view that is no part of the first load: its script is fetched by `loadPanels` when the page is at rest, or, if that
 * has not come to it, when it is first drawn. Once it is there it is drawn at once, without a frame of anything else;
 * `waiting` stands in its place until then, and one sentence where the script cannot be had. What else it needs is up to
 * it; a panel too large to be fetched unasked says so with `ahead: false`.
 *
 * This is the pattern for everything that is opened on demand: a default export in a file that nothing else imports, and
 * `lazyPanel(() => import("./that/file.tsx"))` where it is opened.
 */
export function lazyPanel<P extends object>(
  load: () => Promise<{ readonly default: ComponentType<P> }>,
  { ahead = true } = {},
): ComponentType<P & { readonly waiting?: ReactNode }> {
  let loaded: ComponentType<P> | null = null;
  const fetch = async () => {
    loaded ??= (await load()).default;
  };
  if (ahead) panels.push(fetch);

  return function LazyPanel({ waiting = null, ...props }) {
    const [state, setState] = useState<"waiting" | "there" | "missing">(loaded ? "there" : "waiting");
    useEffect(() => {
      if (state !== "waiting") return undefined;
      let open = true;
      const say = (next: "there" | "missing") => {
        if (open) setState(next);
      };
      fetch().then(
        () => say("there"),
        () => say("missing"),
      );
      return () => {
        open = false;
      };
    }, [state]);
    const View = loaded;
    if (state === "there" && View) return <View {...(props as unknown as P)} />;
    if (state === "missing") {
      return (
        <p role="alert" className="bad missing">
          This part of the page could not be loaded: its script did not come from where the page is from. The run is as
          it was; open this again when the connection is back.
        </p>
      );
    }
    return waiting;
  };
}
