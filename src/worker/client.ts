/** The page's end of the pipe. */
import type { Ask, Reply, Request, Snapshot } from "./protocol.ts";
import { type Sent, type Told, unpack } from "./wire.ts";

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
  /** What was told ahead of the state that was received last: the requests, as text, and what they are answered with. */
  let told: { readonly requests: readonly string[]; readonly reply: Reply } | null = null;
  worker.onmessage = ({ data }: MessageEvent<Sent | Told>) => {
    if (data.kind === "ahead") {
      const { requests, reply } = data;
      // where somebody waits the state that it follows is being left
      told =
        waiting.size > 0
          ? null
          : { requests: requests.map((request) => JSON.stringify(request)), reply: unpack(received, reply) };
      return;
    }
    const reply = unpack(received, data);
    if (reply.kind === "state") {
      received = reply.snapshot;
      told = null;
    }
    waiting.get(data.id)?.(reply);
    waiting.delete(data.id);
  };
  /** The answer to a request that was told ahead. */
  const toldOf = (request: Request): Reply | null => {
    if (told === null || waiting.size > 0 || !told.requests.includes(JSON.stringify(request))) return null;
    const { reply } = told;
    if (reply.kind === "state") received = reply.snapshot;
    told = null;
    return reply;
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
        const known = stopped ? null : toldOf(request);
        const ask: Ask = { ...request, id: ++last, ...(known === null ? {} : { known: true }) };
        // nobody would answer, and a page that waits for ever says nothing
        if (stopped) {
          answer(refuse(ask.id));
          return;
        }
        waiting.set(ask.id, answer);
        worker.postMessage(ask);
        // what the worker says then is the same
        if (known !== null) answer(known);
      }),
    close: () => worker.terminate(),
  };
}
