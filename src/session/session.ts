import { createStore } from "zustand";
import type { StoreApi } from "zustand";
import type { Client } from "../worker/client.ts";
import type {
  ChangeableView,
  CheckView,
  CompareView,
  DesignNotes,
  Explanation,
  InspectRequest,
  InspectView,
  PatchView,
  RecipeView,
  Reply,
  ReplyOptions,
  ReplyView,
  Request,
  Snapshot,
  StepMode,
  StructureKind,
  WhyView,
  StoryView,
  ToldView,
} from "../worker/protocol.ts";
import { createAddress } from "./address.ts";
import type { Bar, Clock } from "./address.ts";
import { subjectsOf, sameRef } from "./entry.ts";
import type { Pasted, Pin } from "./entry.ts";
import { decodeLook, encodeLook, isEntryRef, plainLook } from "./look.ts";
import type { Aim, EntryRef, Look, Selected, Sheet } from "./look.ts";
import { mayHoldLink } from "./paste.ts";
import { addWish, silence } from "./queue.ts";
import { runOf } from "./select.ts";
import type { Queued, Wish } from "./queue.ts";
import { recallTold, rememberTold } from "./told.ts";

export { compactReply } from "../worker/protocol.ts";

export type Theme = "system" | "light" | "dark";

/** What the page shows. The snapshot is the worker's; everything else is the reader's own. */
export interface State {
  readonly snapshot: Snapshot | null;
  /** One sentence that the reader may dismiss. */
  readonly notice: string;
  /** How many wishes wait for their answer. */
  readonly pending: number;
  /** Where a scrub is until the worker has caught up: the thumb must not jump back under the finger. */
  readonly seeking: number | null;
  readonly playing: boolean;
  readonly look: Look;
  /** What the finder looks through; null while it is closed. */
  readonly finding: "all" | "run" | null;
  /** Why the step at a position ended as it did, and the head of the link of that state; null where nobody asked. */
  readonly why: (WhyView & { readonly of: string }) | null;
  /** The run as a reply to a mail, as it was last asked for; null before that. */
  readonly reply: ReplyView | null;
  /** The twelve checks, once somebody asked for them: they are the same for ever. */
  readonly checks: readonly CheckView[] | null;
  /** The notes of every design, once somebody asked for them. */
  readonly designNotes: readonly DesignNotes[] | null;
  /** The last pair of designs that was asked for, as a patch. */
  readonly patch: PatchView | null;
  /** What a run takes, as it was asked last, and the run: `runOf`. */
  readonly explained: { readonly of: string; readonly explanation: Explanation } | null;
  /** What can be changed in the procedure, or among the operations, that was asked for last. */
  readonly changeable: ChangeableView | null;
  /** The last answer on qwords, and what was asked. */
  readonly inspected: { readonly of: InspectRequest; readonly view: InspectView } | null;
  /** What was pasted and is inspected in place of an entry of the model. */
  readonly pasted: Pasted | null;
  readonly pins: readonly Pin[];
  /** The questions of the reviewers, once somebody asked for them. */
  readonly stories: readonly StoryView[] | null;
  /** The story that is told; null while none is. */
  readonly told: ToldView | null;
  /** The run's schedule on another design, as it was last asked for. */
  readonly compared: CompareView | null;
  /** How to do the run on a machine, as it was last asked for. */
  readonly recipe: RecipeView | null;
  readonly theme: Theme;
  /** Whether single letters are shortcuts. */
  readonly letters: boolean;
}

/** What a session needs of its surroundings. */
export interface Ports {
  readonly client: Client;
  readonly bar: Bar;
  readonly clock: Clock;
  /** Calls back before the next painting, or soon where nothing is painted. */
  readonly frame: (paint: () => void) => void;
  readonly memory: { get(key: string): string | null; set(key: string, value: string): void };
}

export interface Session {
  readonly store: StoreApi<State>;
  readonly act: Actions;
}

export interface Actions {
  open(text: string): void;
  /** Opens a pasted link, inspects pasted qwords; in a field only a link is not the field's own. */
  paste(text: string, inField: boolean): boolean;
  choose(scenario: string, design: string, options: Readonly<Record<string, string>>): void;
  step(thread: number, mode: StepMode, outcome?: number): void;
  start(action: string): void;
  seek(position: number): void;
  back(): void;
  forward(): void;
  /** Asks for what a first state leaves out. */
  settle(): void;
  /** Takes the step in hand back for good, and all after it. */
  undo(): void;
  play(): void;
  pause(): void;
  selectThread(thread: number): void;
  select(selected: Selected | null): void;
  toggleSheet(sheet: Sheet): void;
  /** Opens the verdicts, narrowed as said; what is not said stays as it is. */
  showVerdicts(aim: Partial<Aim>): void;
  /** Opens the finder over everything that can be done or over what this run holds, or closes it. */
  find(among: State["finding"]): void;
  /** Asks for the run as a reply to a mail; the newest answer is kept in the state. */
  writeReply(options: ReplyOptions): void;
  /** Asks why the present step ended as it did. */
  askWhy(): void;
  /** Asks for the twelve checks, unless they are there. */
  playChecks(): void;
  /** Asks for the notes of the designs, unless they are there. */
  readDesigns(): void;
  /** Asks for one design as a patch to another, unless it is there. */
  readPatch(from: string, to: string): void;
  /** Asks what the run takes: its switches, callers, locks and failures. */
  explain(): void;
  /** The property whose breaking is explained, null for none. */
  lookAt(property: string | null): void;
  /** Asks what can be changed in a procedure, or with null among the operations of the threads. */
  readChangeable(proc: string | null): void;
  /** Changes one thing of the design or the world, or takes that back; the schedule is played again. */
  change(word: string, on: boolean): void;
  /** Selects an entry of the model and opens the inspector on it. */
  inspectEntry(ref: EntryRef): void;
  /** Asks for qwords bit by bit; the newest answer is kept in the state. */
  inspect(request: InspectRequest): void;
  /** Reads a pasted text: opens the inspector on it, or says in one sentence why it cannot be read. */
  inspectText(text: string): void;
  /** As what the pasted text is to be read. */
  readPastedAs(kind: StructureKind): void;
  /** Leaves a pasted text for the entry of the model. */
  leavePasted(): void;
  pin(pin: Pin): void;
  unpin(pin: Pin): void;
  /** Asks for the stories, unless they are there. */
  readStories(): void;
  /** Opens a run of a story, from 0, at its first move. */
  tell(story: string, run: number): void;
  endStory(): void;
  /** Goes to the next move of the story, or to the one before. */
  toMove(by: 1 | -1): void;
  /** Asks for the run's schedule on another design. */
  compare(design: string): void;
  /** Asks how to do the run on a machine. */
  writeRecipe(): void;
  notify(sentence: string): void;
  dismiss(): void;
  setTheme(theme: Theme): void;
  setLetters(on: boolean): void;
}

/** From one step of a playing run to the next. */
const beat = 350;

/**
 * Holds the latest snapshot and asks for the next one. Requests go out one at a time in the order in which they were
 * wished; every answer names the state in the address at once, and is painted at most once a frame.
 */
export function createSession(ports: Ports): Session {
  const { client, bar, clock, frame, memory } = ports;
  const address = createAddress(bar, clock);
  const store = createStore<State>(() => ({
    snapshot: null,
    notice: "",
    pending: 0,
    seeking: null,
    playing: false,
    look: plainLook,
    finding: null,
    why: null,
    reply: null,
    checks: null,
    designNotes: null,
    patch: null,
    explained: null,
    changeable: null,
    inspected: null,
    pasted: null,
    pins: [],
    stories: null,
    told: null,
    compared: null,
    recipe: null,
    theme: themeFrom(memory.get("theme")),
    letters: memory.get("letters") !== "off",
  }));

  let queue: Queued[] = [];
  let asking: Queued | null = null;
  /** The newest answer, painted or not: what the next wish starts from. */
  let latest: Snapshot | null = null;
  let look: Look = plainLook;
  /** Counts the wishes; a thread chosen by hand stays chosen until one that came after it is answered. */
  let wished = 0;
  let chosenAfter = 0;
  let painting = false;
  let unpainted: Partial<State> = {};

  const waiting = () => queue.length + (asking ? 1 : 0);
  const paint = (change: Partial<State>) => {
    unpainted = { ...unpainted, ...change };
    if (painting) return;
    painting = true;
    frame(() => {
      painting = false;
      const now = unpainted;
      unpainted = {};
      const pending = waiting();
      // The look may be newer than the answer that waits to be painted.
      store.setState({ ...now, look, pending, ...(pending === 0 ? { seeking: null } : {}) });
    });
  };

  const nameState = (push: boolean) => {
    if (latest) address.name(`#${latest.link.head}${encodeLook(look, latest)}${latest.link.tail}`, push);
  };
  const setLook = (next: Look) => {
    look = next;
    store.setState({ look });
    nameState(false);
  };

  const take = (wish: Queued, request: Request, reply: Reply) => {
    // nobody asked for it, and nothing is missed that is not asked for again with its script
    if (reply.kind === "refused" && request.kind === "settle") return;
    if (reply.kind === "refused") {
      const { notice } = reply;
      // the sentence on the words of a text begins a sentence of its own
      const pasted = `The pasted text is no link, and ${notice.charAt(0).toLowerCase()}${notice.slice(1)}`;
      paint({ notice: request.kind === "inspect" ? pasted : notice, playing: false });
      return;
    }
    if (reply.kind === "reply") {
      paint({ reply: reply.reply });
      return;
    }
    if (reply.kind === "why") {
      // a step may have overtaken the question
      const at = latest?.position === reply.why?.position ? latest?.link.head : undefined;
      paint({ why: reply.why && at !== undefined ? { ...reply.why, of: at } : null });
      return;
    }
    if (reply.kind === "checks") {
      paint({ checks: reply.checks });
      return;
    }
    if (reply.kind === "explained") {
      paint({ explained: { of: runOf({ link: { head: reply.of } }), explanation: reply.explanation } });
      return;
    }
    if (reply.kind === "changeable") {
      paint({ changeable: reply.changeable });
      return;
    }
    if (reply.kind === "patch") {
      paint({ patch: reply.patch });
      return;
    }
    if (reply.kind === "designs") {
      paint({ designNotes: reply.designs });
      return;
    }
    if (reply.kind === "inspect") {
      if (request.kind === "inspect") paint({ inspected: { of: request, view: reply.inspected } });
      wish.answered?.();
      return;
    }
    if (reply.kind === "stories") {
      paint({ stories: reply.stories });
      return;
    }
    if (reply.kind === "compared") {
      paint({ compared: reply.compared });
      return;
    }
    if (reply.kind === "recipe") {
      paint({ recipe: reply.recipe });
      return;
    }
    const left = latest;
    latest = reply.snapshot;
    if (request.kind === "settle") {
      // the same state: whatever is said of it, and whoever was chosen meanwhile, stays
      paint({ snapshot: latest });
      return;
    }
    if (request.kind === "open") look = keepAim(look, decodeLook(reply.look, latest));
    else if (request.kind === "choose") look = { ...plainLook, sheet: look.sheet, aim: look.aim };
    // The current thread follows the run, so that the next step goes on where the last one was.
    const follows = wish.order > chosenAfter && (request.kind !== "open" || look.thread === 0);
    if (latest.ran > 0 && follows) look = { ...look, thread: latest.ran };
    // `silence` may have changed the wish while it was under way.
    const naming = asking?.naming ?? wish.naming;
    // A move within the run is no entry for Back, whatever key it came from.
    if (naming !== "none") nameState(naming === "push" && request.kind !== "seek");
    // A step that went well answers an older notice: what it said no longer holds.
    const fresh = left ? leftBehind(request, left, latest) : "";
    // the sentences of a story stand beside its own run, however it was opened, and beside no other
    if (reply.told) rememberTold(memory, latest, reply.told);
    const told = reply.told ?? (request.kind === "open" ? recallTold(memory, latest) : null);
    if (told) act.readStories();
    const isElsewhere = left !== null && !isSameWorld(left, latest);
    paint({ snapshot: latest, notice: reply.notice || fresh, ...(told || isElsewhere ? { told } : {}) });
  };

  const pump = async () => {
    if (asking) return;
    while (queue.length > 0) {
      asking = queue[0];
      queue = queue.slice(1);
      const request = asking.request(latest);
      try {
        if (request) take(asking, request, await client.ask(request));
      } catch (fault) {
        paint({
          notice: `The model stopped answering: ${String(fault)}. Reloading the page restores this state.`,
          playing: false,
        });
      }
      asking = null;
      paint({});
    }
  };

  const wish = (next: Wish) => {
    queue = addWish(queue, { ...next, order: ++wished });
    void pump();
    store.setState({ pending: waiting() });
  };
  const ask = (request: Request, naming: Wish["naming"]) => wish({ request: () => request, naming });

  const stop = () => {
    if (store.getState().playing) store.setState({ playing: false });
  };

  /** One beat of playing: through the recorded run first; begun at its end, it goes on with whoever can run. */
  const playOn = (record: boolean) => {
    if (!store.getState().playing) return;
    if (!latest || (record && latest.position >= latest.total) || (!record && !canRun(latest))) {
      stop();
      return;
    }
    wish({
      naming: "replace",
      request: (snapshot) => snapshot && (record ? seekTo(snapshot, snapshot.position + 1) : stepAny(snapshot)),
    });
    clock.later(beat, () => playOn(record));
  };

  bar.onMove(() => {
    stop();
    queue = silence(queue);
    if (asking) asking = { ...asking, naming: "none" };
    ask({ kind: "open", text: bar.read() }, "replace");
  });

  const act: Actions = {
    open: (text) => ask({ kind: "open", text }, latest ? "push" : "replace"),
    paste(text, inField) {
      const link = mayHoldLink(text);
      if (!link && (inField || text.trim() === "")) return false;
      stop();
      if (link) act.open(text);
      else act.inspectText(text);
      return true;
    },
    choose(scenario, design, options) {
      stop();
      ask({ kind: "choose", scenario, design, options }, "push");
    },
    step(thread, mode, outcome = 0) {
      stop();
      if (look.thread !== thread) act.selectThread(thread);
      ask({ kind: "step", thread, outcome, mode }, "push");
    },
    start(action) {
      stop();
      ask({ kind: "act", action }, "push");
    },
    seek(position) {
      stop();
      store.setState({ seeking: position });
      wish({ naming: "replace", merges: true, request: (snapshot) => snapshot && seekTo(snapshot, position) });
    },
    back() {
      stop();
      wish({ naming: "replace", request: (snapshot) => snapshot && seekTo(snapshot, snapshot.position - 1) });
    },
    forward() {
      stop();
      wish({
        // Whether this moves or makes a step is known when its turn comes.
        naming: "push",
        request: (snapshot) =>
          snapshot && (seekTo(snapshot, snapshot.position + 1) ?? stepCurrent(snapshot, look.thread)),
      });
    },
    undo() {
      stop();
      wish({ naming: "push", request: (snapshot) => (snapshot && snapshot.total > 0 ? { kind: "undo" } : null) });
    },
    settle() {
      ask({ kind: "settle" }, "none");
    },
    play() {
      if (store.getState().playing) {
        stop();
        return;
      }
      if (!latest) return;
      store.setState({ playing: true });
      playOn(latest.position < latest.total);
    },
    pause: stop,
    selectThread(thread) {
      chosenAfter = wished;
      // what was said of another thread does not hold of this one
      store.setState({ notice: "" });
      setLook({ ...look, thread });
    },
    select: (selected) => setLook({ ...look, selected }),
    toggleSheet(sheet) {
      // what covers the run would let it play on unseen
      if (sheet !== "inspect") stop();
      setLook({ ...look, sheet: look.sheet === sheet ? null : sheet });
    },
    showVerdicts(aim) {
      stop();
      setLook({ ...look, sheet: "verdicts", aim: { ...look.aim, ...aim } });
    },
    find: (finding) => store.setState({ finding }),
    writeReply: (options) => ask({ kind: "reply", options }, "none"),
    askWhy: () => ask({ kind: "why" }, "none"),
    playChecks() {
      if (store.getState().checks === null) ask({ kind: "checks" }, "none");
    },
    readPatch(from, to) {
      const { patch } = store.getState();
      if (patch?.from !== from || patch.to !== to) ask({ kind: "patch", from, to }, "none");
    },
    readDesigns() {
      if (store.getState().designNotes === null) ask({ kind: "designs" }, "none");
    },
    explain: () => ask({ kind: "explain" }, "none"),
    lookAt: (property) => setLook({ ...look, property }),
    readChangeable: (proc) => ask({ kind: "changeable", proc }, "none"),
    change(word, on) {
      stop();
      ask({ kind: "change", word, on }, "push");
    },
    inspectEntry(ref) {
      store.setState({ pasted: null });
      setLook({ ...look, selected: ref, sheet: "inspect" });
    },
    inspect: (request) => ask({ kind: "inspect", ...request }, "none"),
    inspectText(text) {
      const { selected } = look;
      const chosen =
        latest && isEntryRef(selected) ? subjectsOf(latest).find(({ ref }) => sameRef(ref, selected)) : null;
      const against = chosen ? { kind: chosen.kind, qwords: chosen.entry.qwords } : null;
      wish({
        request: () => ({ kind: "inspect", text, as: null, against, update: null }),
        naming: "none",
        // only what could be read takes the place of what is open
        answered: () => {
          // what an older notice said of another text does not hold of this one
          paint({ notice: "" });
          store.setState({ pasted: { text, as: null } });
          if (look.sheet !== "inspect") setLook({ ...look, sheet: "inspect" });
        },
      });
    },
    readPastedAs(kind) {
      const { pasted } = store.getState();
      if (pasted) store.setState({ pasted: { ...pasted, as: kind } });
    },
    leavePasted: () => store.setState({ pasted: null }),
    pin: (pin) => store.setState({ pins: [...store.getState().pins.filter(({ title }) => title !== pin.title), pin] }),
    unpin: (pin) => store.setState({ pins: store.getState().pins.filter((other) => other !== pin) }),
    readStories() {
      if (store.getState().stories === null) ask({ kind: "stories" }, "none");
    },
    tell(story, run) {
      stop();
      ask({ kind: "open", text: `#story/${story}/${run + 1}/1` }, "push");
    },
    endStory() {
      if (latest) rememberTold(memory, latest, null);
      store.setState({ told: null });
    },
    toMove(by) {
      const { told } = store.getState();
      const position = latest?.position ?? 0;
      const to =
        by > 0 ? told?.positions.find((end) => end > position) : told?.positions.findLast((end) => end < position);
      if (to !== undefined) act.seek(to);
      else if (told) act.notify(`This is the ${by > 0 ? "last" : "first"} move of the story's run.`);
    },
    compare: (design) => ask({ kind: "compare", design }, "none"),
    writeRecipe: () => ask({ kind: "recipe" }, "none"),
    notify: (notice) => store.setState({ notice }),
    dismiss: () => store.setState({ notice: "" }),
    setTheme(theme) {
      memory.set("theme", theme);
      store.setState({ theme });
    },
    setLetters(on) {
      memory.set("letters", on ? "on" : "off");
      store.setState({ letters: on });
    },
  };
  return { store, act };
}

/** Whether two runs are of one world in one design: the one may be where the other went on from. */
const isSameWorld = (a: Snapshot, b: Snapshot): boolean =>
  a.scenario.id === b.scenario.id && a.design.id === b.design.id;

/** What a reader should know who changed a choice in the middle of a run: nothing is lost, and where it is. */
function freshRun(left: Snapshot, { scenario, design }: Snapshot): string {
  if (left.total === 0) return "";
  return `A fresh run of ${scenario.title} in ${design.title}. Back returns to step ${left.position} of the run before.`;
}

/** The same for who goes another way in the middle of a run: its rest is gone, or all of it where operations changed. */
function leftBehind({ kind }: Request, left: Snapshot, latest: Snapshot): string {
  if (kind === "choose") return freshRun(left, latest);
  const { total } = latest;
  if (kind === "change" && total === 0 && left.total > 0)
    return `With other operations a run begins anew. The browser's Back returns to step ${left.position} of the one before.`;
  if (!["step", "act", "undo"].includes(kind) || left.position === left.total || total >= left.total) return "";
  const [from, to] = [left.position + 1, left.total];
  return `${from === to ? `Step ${to} is` : `Steps ${from} to ${to} are`} left out of this run from here on. The browser's Back returns to them.`;
}

function themeFrom(word: string | null): Theme {
  return word === "light" || word === "dark" ? word : "system";
}

/** What the verdicts were narrowed to outlives the runs that are opened from them. */
function keepAim(before: Look, opened: Look): Look {
  return opened.sheet === "verdicts" ? opened : { ...opened, aim: before.aim };
}

/** A seek inside the run, null where it leads nowhere. */
function seekTo(snapshot: Snapshot, position: number): Request | null {
  const within = Math.min(snapshot.total, Math.max(0, position));
  return within === snapshot.position ? null : { kind: "seek", position: within };
}

function canRun(snapshot: Snapshot): boolean {
  return snapshot.threads.some((thread) => thread.status === "ready");
}

function stepAny(snapshot: Snapshot): Request {
  return { kind: "step", thread: snapshot.ran || (snapshot.threads[0]?.id ?? 1), outcome: 0, mode: "any" };
}

/** One step of the current thread; where it cannot run, of whoever can. */
function stepCurrent(snapshot: Snapshot, current: number): Request | null {
  const thread = snapshot.threads.find(({ id, status }) => id === current && status === "ready");
  if (thread) return { kind: "step", thread: thread.id, outcome: 0, mode: "step" };
  return snapshot.threads.length > 0 ? stepAny(snapshot) : null;
}
