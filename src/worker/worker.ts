/** The pipe: requests in, replies out, in order, of each only what is new. Everything else is in `desk.ts`. */
import { Desk } from "./desk.ts";
import type { Ask, Reply, Snapshot } from "./protocol.ts";
import { pack } from "./wire.ts";

const desk = new Desk();
let last: Snapshot | null = null;

self.onmessage = (message: MessageEvent<Ask>) => {
  const { id, ...request } = message.data;
  let reply: Reply;
  try {
    reply = desk.ask(id, request);
  } catch (error) {
    // an engine assertion: say so instead of dying
    reply = {
      kind: "refused",
      id,
      notice: `The simulation stopped: ${error instanceof Error ? error.message : String(error)}.`,
    };
  }
  self.postMessage(pack(last, reply));
  if (reply.kind === "state") last = reply.snapshot;
};
