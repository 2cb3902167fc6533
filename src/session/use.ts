import { useStore } from "zustand";
import type { Session, State } from "./session.ts";

/** What a view shows of the session; the view is drawn again only when this changes. */
export function useSessionState<T>(session: Session, select: (state: State) => T): T {
  return useStore(session.store, select);
}
