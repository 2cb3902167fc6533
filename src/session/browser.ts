import type { Bar } from "./address.ts";
import { earlyClient } from "./early.ts";
import { afterPaint } from "./paint.ts";
import { createSession } from "./session.ts";
import type { Session } from "./session.ts";

/** The session of a real page: its worker, its address, its clock. It opens what the address names. */
export function startSession(): Session {
  const session = createSession({
    client: earlyClient,
    bar: browserBar(),
    clock: { now: () => performance.now(), later: (milliseconds, run) => void setTimeout(run, milliseconds) },
    frame,
    memory: { get: recall, set: keep },
  });
  session.act.open(location.hash);
  return session;
}

/**
 * The browser's own bar. A new entry is a message to another process, so it is written when the step has been painted;
 * until then `read` knows it already. Who goes elsewhere in between is followed, and what was not written yet is dropped.
 */
function browserBar(): Bar {
  /** Browsers announce one move as `popstate` and as `hashchange`; the second says nothing new. */
  let known = location.hash;
  let written = location.hash;
  let unwritten: { readonly hash: string; readonly push: boolean }[] = [];
  const flush = () => {
    const entries = unwritten;
    unwritten = [];
    // An address that is not ours was put there by the reader, and its event is on its way.
    if (location.hash !== written) return;
    for (const { hash, push } of entries) {
      if (push) history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    }
    written = location.hash;
  };
  return {
    read: () => known,
    write(hash, push) {
      known = hash;
      unwritten.push({ hash, push });
      if (unwritten.length === 1) afterPaint(flush);
    },
    onMove(moved) {
      const look = () => {
        if (location.hash === known) return;
        known = location.hash;
        written = known;
        unwritten = [];
        moved();
      };
      addEventListener("popstate", look);
      addEventListener("hashchange", look);
      addEventListener("pagehide", flush);
    },
  };
}

let painted = false;

/**
 * Paints at most once a frame: the first time in a frame at once, so that a single step is on its way to the screen
 * without waiting, and what follows in the same frame with the next one. A page in the background paints nothing, but
 * must not stand still for those who read it by other means.
 */
function frame(paint: () => void): void {
  if (document.hidden) setTimeout(paint, 0);
  else if (painted) requestAnimationFrame(paint);
  else {
    painted = true;
    requestAnimationFrame(() => {
      painted = false;
    });
    queueMicrotask(paint);
  }
}

/** Storage may be refused; then a choice lasts as long as the page. */
function recall(key: string): string | null {
  try {
    return localStorage.getItem(`smmu-explorer.${key}`);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`smmu-explorer.${key}`, value);
  } catch {
    // Nothing to do: see recall.
  }
}
