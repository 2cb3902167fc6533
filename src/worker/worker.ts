/** The pipe: requests in, replies out, in order, of each only what is new. Everything else is in `desk.ts` and `aside.ts`. */
import { Desk, type DeskRequest } from "./desk.ts";
import type { Ask, Reply, Request, Snapshot } from "./protocol.ts";
import { pack } from "./wire.ts";

const desk = new Desk();
let last: Snapshot | null = null;
let answered = Promise.resolve();

const moves: readonly string[] = [
  "open",
  "choose",
  "step",
  "act",
  "seek",
  "undo",
  "change",
] satisfies DeskRequest["kind"][];
/** What is not part of the first load, and may not come. */
const absent = "The script for this could not be loaded from where the page is from; the run is as it was.";
/** A link to a story needs the stories. */
const storyLink = /#\s*story\//;

const mayMove = (request: Request): request is DeskRequest => moves.includes(request.kind);

async function answer({ id, ...request }: Ask): Promise<void> {
  const refused = (notice: string): Reply => ({ kind: "refused", id, notice });
  let reply: Reply;
  try {
    if (mayMove(request)) {
      const changes = request.kind === "change" ? await import("./toggles.ts").catch(() => null) : undefined;
      if (changes) desk.changer = changes.toggled;
      const told = request.kind === "open" && storyLink.test(request.text);
      const stories = told ? await import("../scenarios/stories/open.ts").catch(() => null) : undefined;
      if (stories) desk.opener = stories.openAny;
      reply = stories === null || changes === null ? refused(absent) : desk.ask(id, request);
    } else {
      const aside = await import("./aside.ts").catch(() => null);
      reply = aside === null ? refused(absent) : aside.answerAside(desk.play, id, request);
    }
  } catch (error) {
    // an engine assertion: say so instead of dying
    reply = refused(`The simulation stopped: ${error instanceof Error ? error.message : String(error)}.`);
  }
  self.postMessage(pack(last, reply));
  if (reply.kind === "state") last = reply.snapshot;
}

self.onmessage = (message: MessageEvent<Ask>) => {
  answered = answered.then(() => answer(message.data));
};
