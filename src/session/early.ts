/**
 * The first thing that runs in a page, before there is a page: starts the worker and asks it for what the address names,
 * so that the model is at work on one core while the other still reads the page's own script. The built page loads this
 * file as a script of its own in front of all others (vite.config.ts).
 */
import { startClient } from "../worker/client.ts";
import type { Client } from "../worker/client.ts";

const client = startClient();
const text = location.hash;
let answer: ReturnType<Client["ask"]> | null = client.ask({ kind: "open", text });

/** The page's client. Whoever opens first what the address named at the start gets the answer that is on its way. */
export const earlyClient: Client = {
  ask(request) {
    const early = answer;
    answer = null;
    return early && request.kind === "open" && request.text === text ? early : client.ask(request);
  },
  close: () => client.close(),
};
