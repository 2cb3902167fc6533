import { createContext, useContext } from "react";
import type { Actions, Session, State } from "../session/session.ts";
import { useSessionState } from "../session/use.ts";

/** The one session of the page. Tests put their own in. */
export const SessionContext = createContext<Session | null>(null);

function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("A view stands outside of a session");
  return session;
}

export function useSelect<T>(select: (state: State) => T): T {
  return useSessionState(useSession(), select);
}

export function useActions(): Actions {
  return useSession().act;
}
