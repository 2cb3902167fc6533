/**
 * Answers requests: one run at a time, and what may happen to it. Pure: it knows no worker and no messages.
 */
import type { Design } from "../kernel/design.ts";
import { seedDesign } from "../kernel/designs/seed.ts";
import type { Op } from "../kernel/ops.ts";
import { makeModel } from "../scenarios/build.ts";
import { seedScenario } from "../scenarios/library/seed.ts";
import { wrongArgument } from "../scenarios/link.ts";
import { LinkError } from "../scenarios/find-link.ts";
import type { OpenedLink } from "../scenarios/read-link.ts";
import { Play } from "../scenarios/play.ts";
import type { Scenario } from "../scenarios/schema.ts";
import type { Aside, Reply, Request, StepMode, ToldView } from "./protocol.ts";
import { keepChanges } from "./changes.ts";
import { type HardwareViews, snapshot, type Later } from "./snapshot.ts";

type Answer =
  | { readonly notice: string; readonly look: string; readonly told?: ToldView }
  | { readonly refused: string };

const done: Answer = { notice: "", look: "" };

/** A run goes no further than this in one press. */
const PRESS_LIMIT = 2000;

/** What may move the run that is open; all else is answered by `aside.ts`. */
export type DeskRequest = Exclude<Request, Aside>;

export interface DeskLater extends Later {
  /** The operation of an action, null where there is no such; and why it cannot be started, empty where it can. */
  readonly opOfAction: (action: string) => Op | null;
  readonly actionRefusal: (play: Play, op: Op) => string;
}

/** What a request may name, and what may be done to a run, beyond what is here: `stock.ts` says where it comes from. */
export interface DeskStock {
  readonly scenario: (id: string) => Scenario | undefined;
  readonly design: (id: string) => Design | undefined;
  /** Opens what somebody pasted. Throws a LinkError. */
  readonly open: (text: string) => OpenedLink;
  /** Changes a thing by hand; a string says why it cannot be. */
  readonly change: (play: Play, word: string, on: boolean) => Play | string;
  readonly hardware: HardwareViews | null;
  /** Fetched after the first state, and before the first action. */
  readonly later: DeskLater | null;
}

/** An address that names nothing. */
export const isBlank = (text: string): boolean => /^[\s#]*$/.test(text);

export class Desk {
  /** Made when it is first needed: a page that opens with a link needs no other run. */
  #run: Play | null = null;

  readonly #stock: DeskStock;

  constructor(stock: DeskStock) {
    this.#stock = stock;
  }

  get #play(): Play {
    this.#run ??= Desk.#fresh();
    return this.#run;
  }

  set #play(play: Play) {
    this.#run = play;
  }

  static #fresh(): Play {
    return new Play(makeModel(seedScenario, seedDesign, {}));
  }

  /** The run that is open. */
  get play(): Play {
    return this.#play;
  }

  /** Answers one request. What cannot be done is refused with a sentence; nothing is lost then. */
  ask(id: number, request: DeskRequest): Reply {
    const answer = this.#do(request);
    if ("refused" in answer) return { kind: "refused", id, notice: answer.refused };
    return { kind: "state", id, snapshot: snapshot(this.#play, this.#stock.hardware, this.#stock.later), ...answer };
  }

  #do(request: DeskRequest): Answer {
    switch (request.kind) {
      case "open":
        return this.#open(request.text);
      case "choose":
        return this.#choose(request.scenario, request.design, request.options);
      case "step":
        return this.#step(request.thread - 1, request.outcome, request.mode);
      case "act":
        return this.#act(request.action);
      case "seek":
        this.#play.seek(request.position);
        return done;
      case "settle":
        return done;
      case "undo":
        this.#play.undo();
        return done;
      case "change":
        return this.#change(request.word, request.on);
    }
  }

  #open(text: string): Answer {
    if (isBlank(text)) {
      this.#play = Desk.#fresh();
      return done;
    }
    try {
      const { play, ...answer } = this.#stock.open(text);
      this.#play = play;
      return answer;
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      // the run that was open stays
      return { notice: error.message, look: "" };
    }
  }

  #choose(scenarioId: string, designId: string, options: Readonly<Record<string, string>>): Answer {
    // a world of the reader's own is in no library: it is the one that is open
    const open = this.#play.model.scenario;
    const scenario = scenarioId === open.id ? open : this.#stock.scenario(scenarioId);
    const design = this.#stock.design(designId);
    if (scenario === undefined) return { refused: `There is no scenario "${scenarioId}".` };
    if (design === undefined) return { refused: `There is no design "${designId}".` };
    try {
      const model = makeModel(scenario, design, options);
      // what was changed of a design is tried in other worlds, and with other options
      this.#play = new Play(this.#play.model.design === design ? keepChanges(this.#play.model, model) : model);
    } catch (error) {
      return { refused: `${error instanceof Error ? error.message : String(error)}` };
    }
    return done;
  }

  #change(word: string, on: boolean): Answer {
    const play = this.#stock.change(this.#play, word, on);
    if (typeof play === "string") return { refused: play };
    this.#play = play;
    return done;
  }

  #act(action: string): Answer {
    const later = this.#stock.later;
    const op = later?.opOfAction(action) ?? null;
    if (later === null || op === null || wrongArgument(op, this.#play.model) !== "")
      return { refused: "There is no such action." };
    const event = { kind: "start", what: op } as const;
    const refusal = later.actionRefusal(this.#play, op) || this.#play.refusal(event);
    if (refusal !== "") return { refused: `This cannot be started: ${refusal}.` };
    this.#play.append(event);
    return done;
  }

  /** The thread to go on with when nobody chose one. */
  #anyThread(): number {
    const { machine, position, records } = this.#play;
    const next = this.#play.player.events[position];
    if (next?.kind === "choice") return next.thread;
    const last = records[position - 1]?.thread;
    if (last !== undefined && machine.outcomes(last) > 0) return last;
    return machine.programs.findIndex((_p, t) => machine.outcomes(t) > 0);
  }

  #step(wanted: number, outcome: number, mode: StepMode): Answer {
    const play = this.#play;
    const thread = mode === "any" ? this.#anyThread() : wanted;
    if (thread < 0) return { refused: "No thread can run: all are finished or blocked." };
    const event = { kind: "choice", thread, outcome } as const;
    // going on along the run that is there keeps what comes after
    const recorded = play.player.events[play.position];
    if ((mode === "step" || mode === "any") && recorded !== undefined) {
      if (
        mode === "any" ||
        (recorded.kind === "choice" && recorded.thread === thread && recorded.outcome === outcome)
      ) {
        play.seek(play.position + 1);
        return done;
      }
    }
    const refusal = play.refusal(event);
    const { machine } = play;
    if (refusal !== "") {
      const other = machine.programs.findIndex((_p, t) => t !== thread && machine.outcomes(t) > 0);
      const next = other < 0 ? "No other thread can run" : `CPU${other} can go on: key ${other + 1} chooses it`;
      return { refused: `This step cannot be made: ${refusal}. ${next}.` };
    }
    const depth = machine.frames(thread).length;
    const root = machine.rootIndex(thread);
    play.append(event);
    if (mode === "step" || mode === "any") return done;
    for (let i = 0; i < PRESS_LIMIT; i++) {
      // a choice is the reader's, and a new operation of the thread is a place to stop
      if (machine.outcomes(thread) !== 1 || machine.rootIndex(thread) !== root) break;
      const now = machine.frames(thread).length;
      if (mode === "over" && now <= depth) break;
      if (mode === "out" && now < depth) break;
      const more = { kind: "choice", thread, outcome: 0 } as const;
      if (play.refusal(more) !== "") break;
      play.append(more);
    }
    return done;
  }
}
