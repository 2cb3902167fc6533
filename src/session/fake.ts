import type { Client } from "../worker/client.ts";
import type { Reply, Request, Snapshot } from "../worker/protocol.ts";
import type { Ports } from "./session.ts";
import { moment } from "./moment.ts";

// Surroundings of a session that a test plays by hand: a worker that answers when told, an address with a history, a
// clock that stands still.

export interface Fake extends Ports {
  readonly asked: Request[];
  /** Answers everything that is asked, also what is asked in answer to that, and paints. */
  settle(): Promise<void>;
  /** As `settle`, and lets the clock run. */
  run(beats: number): Promise<void>;
  /** The history, the present entry last, and how to go back in it. */
  readonly entries: string[];
  back(): void;
  /** How often the page was painted. */
  readonly painted: { count: number };
}

/** A worker with a run of `total` steps that only knows positions. What it does not do, it refuses. */
export function fakePorts(total = 0): Fake {
  const asked: Request[] = [];
  const waiting: (() => void)[] = [];
  const later: (() => void)[] = [];
  const frames: (() => void)[] = [];
  const entries = [""];
  const painted = { count: 0 };
  const saved = new Map<string, string>();
  let moved = () => {};
  let snapshot: Snapshot = at({ ...moment, total }, 0);

  const answer = (request: Request): Reply => {
    const state = (next: Snapshot, look = "0"): Reply => {
      snapshot = next;
      return { kind: "state", id: 0, snapshot, notice: "", look };
    };
    switch (request.kind) {
      case "open": {
        const [, run, position, look] = /^#f\/(\d+)\/(\d+)\/(\w*)\/e$/.exec(request.text) ?? [];
        if (run === undefined) return state(at({ ...moment, total }, 0));
        return state(at({ ...moment, total: Number(run) }, Number(position)), look);
      }
      case "choose":
        return state(at({ ...moment, total: 0 }, 0));
      case "seek":
        return state(at(snapshot, request.position));
      case "step":
        if (request.outcome > 0) return { kind: "refused", id: 0, notice: "no such outcome" };
        return state(at({ ...snapshot, total: snapshot.position + 1 }, snapshot.position + 1));
      case "undo":
        return state(at({ ...snapshot, total: snapshot.total - 1 }, Math.min(snapshot.position, snapshot.total - 1)));
      default:
        return { kind: "refused", id: 0, notice: `nobody can ${request.kind} here` };
    }
  };
  const client: Client = {
    ask(request) {
      asked.push(request);
      return new Promise((resolve) => waiting.push(() => resolve(answer(request))));
    },
    close() {},
  };
  const settle = async () => {
    for (let i = 0; i < 400 && (waiting.length > 0 || frames.length > 0); i += 1) {
      waiting.shift()?.();
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      painted.count += frames.length;
      for (const frame of frames.splice(0)) frame();
    }
  };
  return {
    client,
    asked,
    entries,
    painted,
    settle,
    async run(beats) {
      for (let i = 0; i < beats; i += 1) {
        for (const due of later.splice(0)) due();
        await settle();
      }
    },
    back() {
      entries.pop();
      moved();
    },
    bar: {
      read: () => entries.at(-1) ?? "",
      write(hash, push) {
        if (!push) entries.pop();
        entries.push(hash);
      },
      onMove: (callback) => {
        moved = callback;
      },
    },
    clock: { now: () => 0, later: (_milliseconds, run) => void later.push(run) },
    frame: (paint) => void frames.push(paint),
    memory: { get: (key) => saved.get(key) ?? null, set: (key, value) => void saved.set(key, value) },
  };
}

function at(snapshot: Snapshot, position: number): Snapshot {
  const thread = snapshot.timeline.steps[position - 1]?.thread ?? 0;
  return { ...snapshot, position, ran: thread, link: { head: `f/${snapshot.total}/${position}/`, tail: "/e" } };
}
