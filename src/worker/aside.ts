/** Answers that move nothing and that few ask for: loaded with the first of them (worker.ts), so no part of the first load. */
import { meetAll } from "../scenarios/checks.ts";
import type { Play } from "../scenarios/play.ts";
import { designNotes } from "./notes.ts";
import type { Aside, Reply } from "./protocol.ts";
import { replyOf } from "./reply/reply.ts";

export function answerAside(play: Play, id: number, request: Aside): Reply {
  switch (request.kind) {
    case "reply":
      return { kind: "reply", id, reply: replyOf(play, request.options) };
    case "checks":
      return { kind: "checks", id, checks: meetAll() };
    case "designs":
      return { kind: "designs", id, designs: designNotes() };
  }
}
