/** The pipe: requests in, replies out, in order, of each only what is new. Everything else is in `desk.ts` and `aside.ts`. */
import { Desk } from "./desk.ts";
import type { Ask, Aside, Reply, Request, Snapshot } from "./protocol.ts";
import { pack } from "./wire.ts";

const desk = new Desk();
let last: Snapshot | null = null;
let answered = Promise.resolve();

const isAside = (request: Request): request is Aside =>
  request.kind === "reply" || request.kind === "checks" || request.kind === "designs";

async function answer({ id, ...request }: Ask): Promise<void> {
  const refused = (notice: string): Reply => ({ kind: "refused", id, notice });
  let reply: Reply;
  try {
    if (isAside(request)) {
      const aside = await import("./aside.ts").catch(() => null);
      reply =
        aside === null
          ? refused("The script for this could not be loaded from where the page is from; the run is as it was.")
          : aside.answerAside(desk.play, id, request);
    } else reply = desk.ask(id, request);
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
