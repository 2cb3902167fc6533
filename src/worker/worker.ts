/** The pipe: requests in, replies out, in order. Everything else is in `desk.ts`. */
import { Desk } from "./desk.ts";
import type { Ask, Reply } from "./protocol.ts";

const desk = new Desk();

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
  self.postMessage(reply);
};
