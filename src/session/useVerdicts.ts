import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { Known } from "./grid.ts";
import { verdictsHere } from "./verdicts.ts";
import type { VerdictState } from "./verdicts.ts";

/** What a view shows of the verdicts; the view is drawn again only when this changes. */
export function useVerdicts<T>(select: (state: VerdictState) => T): T {
  return useStore(verdictsHere().store, select);
}

/** What is known of the pairs; how far a search is changes nothing here. */
export function useKnown(): Known {
  return useVerdicts(useShallow(({ checked, running, queued, refused }) => ({ checked, running, queued, refused })));
}
