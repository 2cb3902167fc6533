/** The pipe of a checker: one search at a time, in slices between which its messages are read. */
import type { CheckAsk, CheckTell } from "./check-protocol.ts";
import { openPair, sizes } from "./pairs.ts";
import { Checking, checkEverything } from "./check.ts";
import { checkText } from "./check-text.ts";

/** Milliseconds of a slice: a reader who stops a search waits no longer. */
const SLICE = 24;
/** Milliseconds between two words about how far a search is. */
const SAY = 100;

const send = (tell: CheckTell) => self.postMessage(tell);

let stopped = false;

/** Lets the messages in that have come: a timer would wait four milliseconds. */
const pause = () =>
  new Promise<void>((resume) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resume();
    };
    port2.postMessage(null);
  });

async function search(id: number, pair: string, maxBytes: number): Promise<void> {
  const checking = new Checking(openPair(pair), { ...checkEverything, maxBytes });
  stopped = false;
  for (let said = 0; checking.advance(SLICE) && !stopped; ) {
    const now = performance.now();
    if (now - said >= SAY) {
      said = now;
      send({ kind: "progress", id, progress: checking.progress });
    }
    await pause();
  }
  send({ kind: "checked", id, row: checking.result(), stopped });
}

async function answer(ask: Exclude<CheckAsk, { kind: "stop" }>): Promise<void> {
  const { id } = ask;
  if (ask.kind === "check") await search(id, ask.pair, ask.maxBytes);
  else if (ask.kind === "sizes") send({ kind: "sizes", id, sizes: sizes() });
  else send({ kind: "text", id, text: checkText(ask.rows) });
}

self.onmessage = ({ data }: MessageEvent<CheckAsk>) => {
  if (data.kind === "stop") {
    stopped = true;
    return;
  }
  answer(data).catch((error: unknown) => {
    // an unknown pair, an engine assertion, no memory: say so instead of dying
    send({ kind: "refused", id: data.id, notice: error instanceof Error ? error.message : String(error) });
  });
};
