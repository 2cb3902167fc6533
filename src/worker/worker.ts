/** The pipe: requests in, replies out, in order, of each only what is new. Everything else is in `desk.ts` and `aside.ts`. */
import { Desk, type DeskRequest } from "./desk.ts";
import type { Ask, Reply, Request, Snapshot } from "./protocol.ts";
import { pack } from "./wire.ts";

const desk = new Desk();
let last: Snapshot | null = null;
let answered = Promise.resolve();

const moves: readonly string[] = ["open", "choose", "step", "act", "seek", "undo"] satisfies DeskRequest["kind"][];
const mayMove = (request: Request): request is DeskRequest => moves.includes(request.kind);

async function answer({ id, ...request }: Ask): Promise<void> {
  const refused = (notice: string): Reply => ({ kind: "refused", id, notice });
  let reply: Reply;
  try {
    if (mayMove(request)) reply = desk.ask(id, request);
    else {
      // what is asked for on the side is no part of the first load
      const aside = await import("./aside.ts").catch(() => null);
      reply =
        aside === null
          ? refused("The script for this could not be loaded from where the page is from; the run is as it was.")
          : aside.answerAside(desk.play, id, request);
    }
  } catch (error) {
    // an engine assertion: say so instead of dying
    reply = refused(`The simulation stopped: ${error instanceof Error ? error.message : String(error)}.`);
  }
  self.postMessage(pack(last, reply));
  if (reply.kind === "state") last = reply.snapshot;
}

self.onmessage = (message: MessageEvent<Ask>) => {
  answered = answered.then(() => answer(message.data));
};
