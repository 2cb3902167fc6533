/** The page's end of the pipe. */
import type { Ask, Reply, Request } from "./protocol.ts";

export interface Client {
  /** Answers come in the order of the requests. */
  ask(request: Request): Promise<Reply>;
  close(): void;
}

/** Starts the worker. */
export function startClient(): Client {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "simulation" });
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  worker.onmessage = (message: MessageEvent<Reply>) => {
    waiting.get(message.data.id)?.(message.data);
    waiting.delete(message.data.id);
  };
  worker.onerror = () => {
    for (const [id, answer] of waiting)
      answer({ kind: "refused", id, notice: "The simulation could not be started or has stopped; reload the page." });
    waiting.clear();
  };
  return {
    ask: (request) =>
      new Promise((answer) => {
        const ask: Ask = { ...request, id: ++last };
        waiting.set(ask.id, answer);
        worker.postMessage(ask);
      }),
    close: () => worker.terminate(),
  };
}
