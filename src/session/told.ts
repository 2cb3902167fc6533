/** The story that was told last and the run it was told of: a reload of that run tells it again. */
import type { Snapshot, ToldView } from "../worker/protocol.ts";
import { runOf } from "./select.ts";

interface Memory {
  get(key: string): string | null;
  set(key: string, value: string): void;
}

/** With null the story was closed. */
export function rememberTold(memory: Memory, snapshot: Snapshot, told: ToldView | null): void {
  memory.set("told", told === null ? "" : JSON.stringify([runOf(snapshot), told]));
}

/** Null where that run was told nothing, or nobody knows. */
export function recallTold(memory: Memory, snapshot: Snapshot): ToldView | null {
  try {
    const [run, told] = JSON.parse(memory.get("told") ?? "") as [string, ToldView];
    return run === runOf(snapshot) && Array.isArray(told.positions) ? told : null;
  } catch {
    // empty, or not from here
    return null;
  }
}
