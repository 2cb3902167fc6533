/** The pipe: requests in, replies out, in order, of each only what is new. Everything else is in `desk.ts` and `aside.ts`. */
import type * as Ahead from "./ahead.ts";
import { Desk, type DeskRequest } from "./desk.ts";
import type { Ask, Reply, Request, Snapshot } from "./protocol.ts";
import { Stock } from "./stock.ts";
import { pack, type Told } from "./wire.ts";

const stock = new Stock();
const desk = new Desk(stock);
let last: Snapshot | null = null;
/** What the page was told ahead, since it was told a state. */
let told: Snapshot | null = null;
let answered = Promise.resolve();

/** After so many milliseconds without a request the page is at rest; a page that has just been opened has better things to do. */
const REST = 30;
const LONG_REST = 1000;
let resting: ReturnType<typeof setTimeout> | undefined;
/** How much was asked. */
let asked = 0;

const moves: readonly string[] = [
  "open",
  "choose",
  "step",
  "act",
  "seek",
  "settle",
  "undo",
  "change",
] satisfies DeskRequest["kind"][];
/** What is not part of the first load, and may not come. */
const absent = "The script for this could not be loaded from where the page is from; the run is as it was.";
const mayMove = (request: Request): request is DeskRequest => moves.includes(request.kind);

async function answer({ id, known, ...request }: Ask): Promise<void> {
  const refused = (notice: string): Reply => ({ kind: "refused", id, notice });
  let reply: Reply;
  try {
    if (mayMove(request)) {
      const isThere = await stock.fetch(request).then(
        () => true,
        () => false,
      );
      reply = isThere ? desk.ask(id, request) : refused(absent);
    } else {
      const aside = await import("./aside.ts").catch(() => null);
      reply = aside === null ? refused(absent) : aside.answerAside(desk.play, id, request);
    }
  } catch (error) {
    // an engine assertion: say so instead of dying
    reply = refused(`The simulation stopped: ${error instanceof Error ? error.message : String(error)}.`);
  }
  // what is new is new to what the page shows
  if (known) last = told;
  self.postMessage(pack(last, reply));
  if (reply.kind !== "state") return;
  last = reply.snapshot;
  told = null;
}

function lookAhead(ahead: typeof Ahead.ahead): void {
  if (told !== null) return;
  try {
    const next = ahead(desk);
    if (next?.reply.kind !== "state") return;
    self.postMessage({ kind: "ahead", requests: next.requests, reply: pack(last, next.reply) } satisfies Told);
    told = next.reply.snapshot;
  } catch {
    // nobody has asked, and nobody is told: who asks is
  }
}

self.onmessage = (message: MessageEvent<Ask>) => {
  asked++;
  clearTimeout(resting);
  answered = answered.then(() => answer(message.data));
  answered = answered.then(() => {
    clearTimeout(resting);
    const { kind } = message.data;
    const rest = kind === "open" || kind === "settle" ? LONG_REST : REST;
    const now = asked;
    resting = setTimeout(() => {
      // a script that does not come keeps nobody waiting
      import("./ahead.ts").then(
        ({ ahead }) => {
          if (asked === now) answered = answered.then(() => lookAhead(ahead));
        },
        () => {},
      );
    }, rest);
  });
};
