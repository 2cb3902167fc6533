/** The pipe: requests in, replies out, in order. Everything else is in `desk.ts` and `inspect.ts`. */
import { Desk } from "./desk.ts";
import type { Ask, Reply } from "./protocol.ts";

const desk = new Desk();

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
  self.postMessage(reply);
};
