/** The page's end of a checker's pipe. */
import type { CheckAsk, CheckRequest, CheckProgress, CheckTell } from "./check-protocol.ts";

export type CheckAnswer = Exclude<CheckTell, { kind: "progress" }>;

export interface Checker {
  /** Answers come in the order of the requests, and between them how far the present one is. */
  ask(request: CheckRequest, heed?: (progress: CheckProgress) => void): Promise<CheckAnswer>;
  /** Ends the search that runs: it is answered with what it has come to. */
  stop(): void;
  /** False once it has broken down: another one has to be started. */
  alive(): boolean;
}

/** Starts a checker. Many can run side by side; none knows of another. */
export function startChecker(): Checker {
  const worker = new Worker(new URL("./checker.ts", import.meta.url), { type: "module", name: "checker" });
  const waiting = new Map<number, { answer: (tell: CheckAnswer) => void; heed?: (progress: CheckProgress) => void }>();
  let last = 0;
  let stopped = false;
  const refuse = (id: number): CheckAnswer => ({
    kind: "refused",
    id,
    notice: "A checker could not be started or has stopped; what it had found is kept, the rest can be checked again.",
  });
  worker.onmessage = ({ data }: MessageEvent<CheckTell>) => {
    if (data.kind === "progress") waiting.get(data.id)?.heed?.(data.progress);
    else {
      waiting.get(data.id)?.answer(data);
      waiting.delete(data.id);
    }
  };
  worker.onerror = () => {
    stopped = true;
    for (const [id, { answer }] of waiting) answer(refuse(id));
    waiting.clear();
  };
  return {
    ask: (request, heed) =>
      new Promise((answer) => {
        const ask: CheckAsk = { ...request, id: ++last };
        if (stopped) {
          answer(refuse(ask.id));
          return;
        }
        waiting.set(ask.id, { answer, ...(heed === undefined ? {} : { heed }) });
        worker.postMessage(ask);
      }),
    alive: () => !stopped,
    stop: () => worker.postMessage({ kind: "stop" } satisfies CheckAsk),
  };
}
