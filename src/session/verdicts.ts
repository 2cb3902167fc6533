import { createStore } from "zustand";
import type { StoreApi } from "zustand";
import { startChecker } from "../worker/check-client.ts";
import type { Checker } from "../worker/check-client.ts";
import type { Checked, CheckProgress } from "../worker/check-protocol.ts";

/** What is known of pairs of a world and a design, each named as in a link: `used-ssids/test-dev-v1--retest-yes`. */
export interface VerdictState {
  readonly checked: ReadonlyMap<string, Checked>;
  /** Pairs that are searched now. */
  readonly running: ReadonlySet<string>;
  /** How far each of these is; changes much more often than the rest. */
  readonly progress: ReadonlyMap<string, CheckProgress>;
  /** Pairs that wait, in the order in which they will be searched. */
  readonly queued: ReadonlySet<string>;
  /** Why a pair could not be searched. */
  readonly refused: ReadonlyMap<string, string>;
  /** Pairs whose search was stopped: what is known of them is what it had come to. */
  readonly cut: ReadonlySet<string>;
  /** The reader stopped the searches: nothing goes on by itself until more is asked for. */
  readonly stopped: boolean;
  /** Seconds since the first search of this filling began, until its last one ended. */
  readonly seconds: number;
  /** The cell that the reader looked at last, by line and column, and the word that was searched for. */
  readonly picked: { readonly line: string; readonly column: string } | null;
  readonly text: string;
}

export interface Verdicts {
  readonly store: StoreApi<VerdictState>;
  /** How many checkers run side by side. */
  readonly workers: number;
  /** Asks for the verdicts of pairs: those that are not known are searched, before all that was asked for earlier. */
  fill(pairs: readonly string[]): void;
  /** Ends what runs and forgets what waits; what was found stays. */
  stop(): void;
  pick(line: string, column: string): void;
  search(text: string): void;
  /** As the terminal prints it; the promise fails with a sentence. */
  textOf(pairs: readonly string[]): Promise<string>;
}

export interface CheckPorts {
  readonly start: () => Checker;
  readonly workers: number;
  readonly now: () => number;
  readonly later: (milliseconds: number, run: () => void) => void;
}

const nothingYet: CheckProgress = {
  phase: "searching",
  states: 0,
  transitions: 0,
  frontier: 0,
  depth: 0,
  seconds: 0,
  rate: 0,
  violated: [],
};

/** Bytes that all checkers together may keep: a search that needs more ends as bounded, and the tab stays alive. */
const MEMORY = 1.2e9;

/** Changes are shown this often at most, so that a table that fills quickly is drawn seldom. */
const PAINT = 200;

/** Searches pairs in checkers that are started when they are needed; results do not depend on how many there are. */
export function createVerdicts({ start, workers, now, later }: CheckPorts): Verdicts {
  const store = createStore<VerdictState>(() => ({
    checked: new Map(),
    running: new Set(),
    progress: new Map(),
    queued: new Set(),
    refused: new Map(),
    cut: new Set(),
    stopped: false,
    seconds: 0,
    picked: null,
    text: "",
  }));
  const lanes: { checker: Checker; busy: boolean }[] = [];
  const checked = new Map<string, Checked>();
  const refused = new Map<string, string>();
  const cut = new Set<string>();
  const running = new Map<string, CheckProgress>();
  let queued: string[] = [];
  /** What is known of the size of each world: a guess at first, then the states found in some design. */
  let sizes: Record<string, number> | null = null;
  let began = 0;
  let elapsed = 0;
  let painting = false;
  let moved = false;

  const show = (stopped: boolean) => {
    moved = false;
    store.setState({
      checked: new Map(checked),
      running: new Set(running.keys()),
      progress: new Map(running),
      queued: new Set(queued),
      refused: new Map(refused),
      cut: new Set(cut),
      stopped,
      seconds: elapsed,
    });
  };
  /** Shows soon what has come: only how far the searches are, unless one began or ended. */
  const paint = () => {
    if (painting) return;
    painting = true;
    later(PAINT, () => {
      painting = false;
      if (running.size > 0) elapsed = (now() - began) / 1000;
      if (moved) show(store.getState().stopped);
      else store.setState({ progress: new Map(running), seconds: elapsed });
    });
  };

  const worldOf = (pair: string) => pair.slice(0, pair.indexOf("/"));
  const byReach = () => {
    const known = new Map<string, number>();
    for (const [pair, row] of checked) {
      const world = worldOf(pair);
      known.set(world, Math.max(known.get(world) ?? 0, row.states));
    }
    // a known world is about as large in the next design; a guess is only compared with guesses
    const sizeOf = (pair: string) => known.get(worldOf(pair)) ?? sizes?.[worldOf(pair)] ?? 0;
    const order = new Map(queued.map((pair) => [pair, sizeOf(pair)]));
    queued.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  };

  const open = () => {
    const lane = { checker: start(), busy: false };
    lanes.push(lane);
    return lane;
  };

  const run = async (lane: (typeof lanes)[number]) => {
    lane.busy = true;
    for (let pair = queued.shift(); pair !== undefined; pair = queued.shift()) {
      const here = pair;
      running.set(here, nothingYet);
      moved = true;
      paint();
      const tell = await lane.checker.ask({ kind: "check", pair: here, maxBytes: MEMORY / workers }, (progress) => {
        running.set(here, progress);
        paint();
      });
      running.delete(here);
      moved = true;
      if (tell.kind === "checked") {
        checked.set(here, tell.row);
        if (tell.stopped) cut.add(here);
        else cut.delete(here);
      } else if (tell.kind === "refused") refused.set(here, tell.notice);
      elapsed = (now() - began) / 1000;
      // what waits is for a checker that works, when it is asked for again
      if (!lane.checker.alive()) {
        paint();
        lanes.splice(lanes.indexOf(lane), 1);
        if (lanes.length === 0) queued = [];
        return;
      }
      paint();
    }
    lane.busy = false;
  };

  const pump = () => {
    while (lanes.length < Math.min(workers, queued.length)) open();
    for (const lane of lanes) if (!lane.busy && queued.length > 0) void run(lane);
  };

  return {
    store,
    workers,
    fill(pairs) {
      const wanted = pairs.filter((pair) => (!checked.has(pair) || cut.has(pair)) && !running.has(pair));
      for (const pair of wanted) refused.delete(pair);
      if (running.size === 0 && queued.length === 0) {
        began = now();
        elapsed = 0;
      }
      const others = queued.filter((pair) => !wanted.includes(pair));
      queued = [...wanted];
      byReach();
      queued.push(...others);
      show(false);
      if (queued.length === 0) return;
      if (sizes !== null) {
        pump();
        return;
      }
      sizes = {};
      const [lane = open()] = lanes;
      void lane.checker.ask({ kind: "sizes" }).then((tell) => {
        sizes = tell.kind === "sizes" ? { ...tell.sizes } : null;
        byReach();
        pump();
      });
    },
    stop() {
      for (const { checker, busy } of lanes) if (busy) checker.stop();
      queued = [];
      show(true);
    },
    pick: (line, column) => store.setState({ picked: { line, column } }),
    search: (text) => store.setState({ text }),
    async textOf(pairs) {
      const rows = pairs.flatMap((pair) => checked.get(pair) ?? []);
      const tell = await (lanes[0] ?? open()).checker.ask({ kind: "text", rows });
      if (tell.kind === "text") return tell.text;
      throw new Error(tell.kind === "refused" ? tell.notice : "No text came.");
    },
  };
}

/** As many as leave the page a core of its own. */
const lanesHere = () => Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1));

let verdicts: Verdicts | null = null;

/** The verdicts of this page: made when they are first asked for, kept as long as the page. */
export function verdictsHere(): Verdicts {
  verdicts ??= createVerdicts({
    start: startChecker,
    workers: lanesHere(),
    now: () => performance.now(),
    later: (milliseconds, run) => void setTimeout(run, milliseconds),
  });
  return verdicts;
}
