import { startClient } from "../worker/client.ts";
import type { Bar } from "./address.ts";
import { createSession } from "./session.ts";
import type { Session } from "./session.ts";

/** The session of a real page: its worker, its address, its clock. It opens what the address names. */
export function startSession(): Session {
  const session = createSession({
    client: startClient(),
    bar: browserBar(),
    clock: { now: () => performance.now(), later: (milliseconds, run) => void setTimeout(run, milliseconds) },
    frame,
    memory: { get: recall, set: keep },
  });
  session.act.open(location.hash);
  return session;
}

function browserBar(): Bar {
  /** Browsers announce one move as `popstate` and as `hashchange`; the second says nothing new. */
  let known = location.hash;
  return {
    read: () => location.hash,
    write(hash, push) {
      known = hash;
      if (push) history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    },
    onMove(moved) {
      const look = () => {
        if (location.hash === known) return;
        known = location.hash;
        moved();
      };
      addEventListener("popstate", look);
      addEventListener("hashchange", look);
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
