/** The pipe: requests in, replies out, in order, of each only what is new. Everything else is in `desk.ts` and `inspect.ts`. */
import { Desk } from "./desk.ts";
import type { Ask, Reply, Snapshot } from "./protocol.ts";
import { pack } from "./wire.ts";

const desk = new Desk();
let last: Snapshot | null = null;

async function answer({ id, ...request }: Ask): Promise<Reply> {
  // what reads bits is loaded when somebody looks at some
  if (request.kind === "inspect") return (await import("./inspect.ts")).answerInspect(id, request);
  return desk.ask(id, request);
}

self.onmessage = async (message: MessageEvent<Ask>) => {
  let reply: Reply;
  try {
    reply = await answer(message.data);
  } catch (error) {
    // an engine assertion: say so instead of dying
    reply = {
      kind: "refused",
      id: message.data.id,
      notice: `The simulation stopped: ${error instanceof Error ? error.message : String(error)}.`,
    };
  }
  self.postMessage(pack(last, reply));
  if (reply.kind === "state") last = reply.snapshot;
};
