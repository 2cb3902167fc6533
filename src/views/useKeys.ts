import { useEffect } from "react";
import { currentThread, pairInHand } from "../session/select.ts";
import type { Actions, State } from "../session/session.ts";
import { focus } from "../ui/focus.ts";
import { commandOf } from "./keys.ts";
import { markFrom } from "./marks.ts";
import type { Command, Press } from "./keys.ts";

/** Obeys the keys and reads what is pasted, wherever on the page they arrive. */
export function useKeys(act: Actions, read: () => State): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const command = commandOf(pressOf(event), read().letters);
      if (!command) return;
      if (obey(command, act, read())) event.preventDefault();
    };
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text") ?? "";
      if (act.paste(text, placeOf(event.target) === "field")) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("paste", onPaste);
    };
  }, [act, read]);
}

function pressOf(event: KeyboardEvent): Press {
  const { key, shiftKey, ctrlKey, altKey, metaKey, target } = event;
  const modified = ctrlKey || altKey || metaKey;
  return { key, shift: shiftKey, modified, chord: modified && !altKey && !shiftKey, at: placeOf(target) };
}

function placeOf(target: EventTarget | null): Press["at"] {
  if (!(target instanceof Element)) return "page";
  if (target.matches("input[type=range]")) return "slider";
  if (target.matches("select, textarea, input:not([type=checkbox]), [contenteditable]")) return "field";
  return target.matches("button, summary, a[href], input") ? "button" : "page";
}

/** Whether there was something to do. */
function obey(command: Command, act: Actions, state: State): boolean {
  const { snapshot } = state;
  if (!snapshot) return false;
  // a run that lies under the matrix is left alone
  if (state.look.sheet === "verdicts" && !goesOverVerdicts(command)) return false;
  switch (command.kind) {
    case "back":
      act.back();
      return true;
    case "forward":
      act.forward();
      return true;
    case "stride":
      act.seek(markFrom(snapshot.timeline, snapshot.position, command.by));
      return true;
    case "first":
      act.seek(0);
      return true;
    case "last":
      act.seek(snapshot.total);
      return true;
    case "play":
      act.play();
      return true;
    case "undo":
      act.undo();
      return true;
    case "sheet":
      act.toggleSheet(command.sheet);
      return true;
    case "check":
      act.showVerdicts({ ...pairInHand(snapshot), property: null });
      return true;
    case "thread":
      if (!snapshot.threads.some(({ id }) => id === command.thread)) return false;
      act.selectThread(command.thread);
      return true;
    case "step": {
      const thread = currentThread(snapshot, state.look.thread);
      if (!thread) return false;
      act.step(thread.id, command.mode);
      return true;
    }
    case "reading": {
      const { pasted, inspected, look } = state;
      if (!pasted || inspected?.view.qwords.length !== 8 || look.sheet !== "inspect") return false;
      act.readPastedAs(inspected.view.kind === "ste" ? "cd" : "ste");
      return true;
    }
    case "move":
      if (!state.told) return false;
      act.toMove(command.by);
      return true;
    case "find":
      act.find(command.among);
      return true;
    case "pane":
      return nextPane(command.forward);
    case "escape":
      return escape(act, state);
  }
}

function goesOverVerdicts(command: Command): boolean {
  return ["sheet", "check", "escape"].includes(command.kind) || (command.kind === "find" && command.among === "all");
}

/** Closes the topmost thing: the notice lies on everything, then come what the finder found, a sheet, the selection. */
function escape(act: Actions, { look, notice, playing, finding, told }: State): boolean {
  if (notice) act.dismiss();
  else if (finding) act.find(null);
  else if (playing) act.pause();
  else if (look.sheet) act.toggleSheet(look.sheet);
  else if (look.selected) act.select(null);
  else if (told) act.endStory();
  else return false;
  return true;
}

/** Panes are marked in the page, in the order of reading; the focus goes to the next one and round again. */
function nextPane(forward: boolean): boolean {
  const panes = [...document.querySelectorAll("[data-pane]")].filter((pane) => pane.getClientRects().length > 0);
  const active = document.activeElement;
  const after = panes.findIndex(
    (pane) => active && (pane.compareDocumentPosition(active) & Node.DOCUMENT_POSITION_PRECEDING) !== 0,
  );
  const here = panes.findIndex((pane) => pane === active || pane.contains(active));
  const from = here >= 0 ? here : (after < 0 ? panes.length : after) - (forward ? 1 : 0);
  const next = panes[(from + (forward ? 1 : panes.length - 1)) % panes.length];
  if (next) focus(next);
  return next !== undefined;
}
