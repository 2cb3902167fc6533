/** Answers that move nothing and that few ask for: loaded with the first of them (worker.ts), so no part of the first load. */
import { findDesign } from "../kernel/designs/index.ts";
import { makeModel } from "../scenarios/build.ts";
import { meetAll } from "../scenarios/checks.ts";
import { encodeLink } from "../scenarios/link.ts";
import { patchBetween } from "../scenarios/patch.ts";
import type { Play } from "../scenarios/play.ts";
import { compareRuns } from "./compare.ts";
import { explain } from "./explain.ts";
import { answerInspect } from "./inspect.ts";
import { designNotes } from "./notes.ts";
import type { Aside, Reply } from "./protocol.ts";
import { replyOf } from "./reply/reply.ts";
import { recipe } from "./reproduce.ts";
import { changeable } from "./toggles.ts";
import { storyViews } from "./stories.ts";
import { whyOf } from "./why.ts";

/** `play` is the run that is open; it is given back at the position where it was. */
export function answerAside(play: Play, id: number, request: Aside): Reply {
  switch (request.kind) {
    case "reply":
      return { kind: "reply", id, reply: replyOf(play, request.options) };
    case "why":
      return { kind: "why", id, why: whyOf(play) };
    case "explain": {
      const { position } = play;
      play.seek(play.player.events.length);
      const explanation = explain(play);
      play.seek(position);
      return { kind: "explained", id, of: encodeLink(play).head, explanation };
    }
    case "checks":
      return { kind: "checks", id, checks: meetAll() };
    case "designs":
      return { kind: "designs", id, designs: designNotes() };
    case "patch": {
      const [from, to] = [findDesign(request.from), findDesign(request.to)];
      return from === undefined || to === undefined
        ? { kind: "refused", id, notice: `There is no design "${from === undefined ? request.from : request.to}".` }
        : { kind: "patch", id, patch: { from: from.id, to: to.id, procs: patchBetween(from, to) } };
    }
    case "changeable":
      return { kind: "changeable", id, changeable: changeable(play, request.proc) };
    case "inspect":
      return answerInspect(id, request);
    case "stories":
      return { kind: "stories", id, stories: storyViews() };
    case "recipe":
      return { kind: "recipe", id, recipe: recipe(play) };
    case "compare": {
      const design = findDesign(request.design);
      return design === undefined
        ? { kind: "refused", id, notice: `There is no design "${request.design}".` }
        : { kind: "compared", id, compared: compareRuns(play, makeModel(play.model.scenario, design, {})) };
    }
  }
}
