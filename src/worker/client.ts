/** The page's end of the pipe. */
import type { Ask, Reply, Request, Snapshot } from "./protocol.ts";
import { type Sent, unpack } from "./wire.ts";

export interface Client {
  /** Answers come in the order of the requests. What a snapshot has in common with the one before is the same object. */
  ask(request: Request): Promise<Reply>;
  close(): void;
}

/** Starts the worker. */
export function startClient(): Client {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "simulation" });
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  let received: Snapshot | null = null;
  worker.onmessage = (message: MessageEvent<Sent>) => {
    const reply = unpack(received, message.data);
    if (reply.kind === "state") received = reply.snapshot;
    waiting.get(message.data.id)?.(reply);
    waiting.delete(message.data.id);
  };
  let stopped = false;
  const refuse = (id: number): Reply => ({
    kind: "refused",
    id,
    notice: "The model could not be started or has stopped; reload the page.",
  });
  worker.onerror = () => {
    stopped = true;
    for (const [id, answer] of waiting) answer(refuse(id));
    waiting.clear();
  };
  return {
    ask: (request) =>
      new Promise((answer) => {
        const ask: Ask = { ...request, id: ++last };
        // nobody would answer, and a page that waits for ever says nothing
        if (stopped) {
          answer(refuse(ask.id));
          return;
        }
        waiting.set(ask.id, answer);
        worker.postMessage(ask);
      }),
    close: () => worker.terminate(),
  };
}
