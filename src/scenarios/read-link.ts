/**
 * Reading links: from a word (its format is in `link.ts`) to a run, as far as it can be read and played.
 */
import type { Design } from "../kernel/design.ts";
import { isOffered, opKinds } from "../kernel/ops.ts";
import { MAX_EVENTS } from "../sim/run.ts";
import { MAX_THREADS } from "../sim/layout.ts";
import { ToggleError } from "../sim/toggle.ts";
import { makeModel, type Model, optionsOf } from "./build.ts";
import { CHECK, designId, extract, LinkError, quote } from "./find-link.ts";
import { modelRevision, stateCheck, threadBits, wrongArgument } from "./link.ts";
import { Play, type RunEvent } from "./play.ts";
import { ScenarioError } from "./refused.ts";
import type { Scenario } from "./schema.ts";
import { readToggle, type Toggle, toggleWord } from "./toggles.ts";
import { ALPHABET, isPacked } from "./word.ts";

/** Longest look: a world, a design with its options and a property fit into it. */
const MAX_LOOK = 256;
/** Longest link, in characters. */
export const MAX_LINK = 16_384;

/** What a link's words stand for; whoever reads links may have all of it at hand, or what this link needs. */
export interface Shelf {
  readonly scenario: (id: string) => Scenario | undefined;
  readonly design: (id: string) => Design | undefined;
  /** Throws a ScenarioError for a word that is no world. */
  readonly unpack: (word: string) => Scenario;
}

/** The bits ran out. */
class Short extends Error {}

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }
  bit(): number {
    const char = this.#text[Math.floor(this.#at / 6)];
    if (char === undefined) throw new Short();
    const bit = (ALPHABET.indexOf(char) >> (5 - (this.#at % 6))) & 1;
    this.#at++;
    return bit;
  }
  bits(width: number): number {
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 2 + this.bit();
    return value;
  }
  gamma(): number {
    let width = 0;
    while (this.bit() === 0) if (++width > 16) throw new Short();
    return 2 ** width + this.bits(width);
  }
  /** Whether nothing but padding is left: less than a character, all zero. */
  atEnd(): boolean {
    const left = this.#text.length * 6 - this.#at;
    if (left >= 6) return false;
    for (let i = 0; i < left; i++) if (this.bit() !== 0) return false;
    return true;
  }
}

export interface DecodedRun {
  readonly events: readonly RunEvent[];
  /** One sentence when the word is damaged; `events` then holds what came before the damage. */
  readonly problem: string;
}

/** The run in a word, as far as it can be read. Never throws. */
export function decodeRun(word: string, threads: number): DecodedRun {
  const events: RunEvent[] = [];
  let known = threads;
  let tokens = 0;
  let token = 0;
  const damaged = (what: string) => ({
    events,
    problem: `The link's run is damaged: ${what}; the ${events.length} steps before that are shown.`,
  });
  try {
    const reader = new Reader(word);
    tokens = reader.gamma() - 1;
    for (token = 0; token < tokens; token++) {
      const first = reader.bit();
      if (first === 1 && reader.bit() === 1) {
        const kind = reader.bits(6);
        const params = opKinds[kind]?.params;
        if (params === undefined || !isOffered(opKinds[kind] as (typeof opKinds)[number]))
          return damaged(`operation ${kind} does not exist`);
        const args = params.map(() => reader.gamma() - 1);
        events.push({ kind: "start", what: { kind, args } });
        known++;
        if (known > MAX_THREADS) {
          events.pop();
          return damaged(`it starts more than ${MAX_THREADS} threads`);
        }
        continue;
      }
      const thread = reader.bits(threadBits(known));
      const count = reader.gamma();
      if (thread >= known) return damaged(`there is no thread ${thread + 1}`);
      if (first === 1) events.push({ kind: "choice", thread, outcome: count });
      else {
        if (events.length + count > MAX_EVENTS) return damaged(`it has more than ${MAX_EVENTS} steps`);
        for (let i = 0; i < count; i++) events.push({ kind: "choice", thread, outcome: 0 });
      }
    }
    if (!reader.atEnd()) return damaged("something follows its end");
  } catch (error) {
    if (!(error instanceof Short)) throw error;
    return damaged(tokens === 0 ? "it is cut off" : `it ends inside part ${token + 1} of ${tokens}`);
  }
  return { events, problem: "" };
}

/** What the second part of a link says. */
interface DesignPart {
  readonly design: Design;
  readonly options: Readonly<Record<string, string>>;
  /** Whether they fit a model is not asked here. */
  readonly toggles: readonly Toggle[];
  /** Words that are neither options of the design nor toggles. */
  readonly unknown: readonly string[];
}

/** Reads that part; a string is the id of a design that is not known. */
export function readDesignPart(part: string, find: Shelf["design"]): DesignPart | string {
  const [id = "", ...words] = part.split("--");
  const design = find(designId(part));
  if (design === undefined) return id;
  const options: Record<string, string> = {};
  const toggles: Toggle[] = [];
  const unknown: string[] = [];
  for (const word of words) {
    const dash = word.indexOf("-");
    const id = word.slice(0, dash);
    const value = word.slice(dash + 1);
    const toggle = readToggle(word);
    if (
      optionsOf(design)
        .find((o) => o.id === id)
        ?.values.some((v) => v.id === value) ??
      false
    )
      options[id] = value;
    else if (toggle !== null) toggles.push(toggle);
    else unknown.push(word);
  }
  return { design, options, toggles, unknown };
}

export interface OpenedLink {
  readonly play: Play;
  readonly look: string;
  /** One sentence when not everything is as the link says; empty when it is. */
  readonly notice: string;
  /** Of a link to a story: which one, its run from 0, and where the moves of the run end. */
  readonly told?: { readonly story: string; readonly run: number; readonly positions: readonly number[] };
}

function scenarioOf(word: string, shelf: Shelf): Scenario {
  if (!isPacked(word)) {
    const scenario = shelf.scenario(word);
    if (scenario !== undefined) return scenario;
    throw new LinkError(`The link names the scenario "${quote(word)}", which is not in the library.`);
  }
  try {
    return shelf.unpack(word);
  } catch (error) {
    if (error instanceof ScenarioError) throw new LinkError(error.message);
    throw error;
  }
}

/** The model with those of the toggles that fit it; the others get a sentence each. */
function fittingModel(scenario: Scenario, part: DesignPart, notices: string[]): Model {
  const toggles: Toggle[] = [];
  let model: Model;
  try {
    model = makeModel(scenario, part.design, part.options);
  } catch (error) {
    // one of the library is sound with every design; one that travels may be refused
    if (error instanceof ScenarioError) throw new LinkError(error.message);
    throw error;
  }
  for (const toggle of part.toggles) {
    try {
      model = makeModel(scenario, part.design, part.options, [...toggles, toggle]);
      toggles.push(toggle);
    } catch (error) {
      if (!(error instanceof ToggleError)) throw error;
      notices.push(`The link's "${quote(toggleWord(toggle))}" is left out: ${error.message}.`);
    }
  }
  return model;
}

/**
 * Opens a link. What can be replayed is replayed; `notice` says in one sentence what could not.
 *
 * Throws a LinkError when the link names no scenario or no design that is known, or its world is none.
 */
export function openFrom(shelf: Shelf, pasted: string): OpenedLink {
  const text = extract(pasted);
  if (text.length > MAX_LINK)
    throw new LinkError(`The link has ${text.length} characters, at most ${MAX_LINK} are read.`);
  const [version = "", scenarioId, designWord, run, place, rest, ...more] = text.split("/");
  if (version !== "1") {
    throw new LinkError(
      /^\d+$/.test(version)
        ? `The link has format ${quote(version)}; this explorer reads format 1.`
        : `"${quote(text || pasted.trim())}" is no link: a link begins with #1/.`,
    );
  }
  if (scenarioId === undefined || scenarioId === "") throw new LinkError("The link names no scenario.");
  const scenario = scenarioOf(scenarioId, shelf);
  if (designWord === undefined || designWord === "") throw new LinkError("The link names no design.");
  const part = readDesignPart(designWord, shelf.design);
  if (typeof part === "string") throw new LinkError(`The link names the design "${quote(part)}", which is not known.`);
  const notices = part.unknown.map(
    (word) => `The link sets "${quote(word)}", which is no option of ${part.design.id}: it is left out.`,
  );
  const model = fittingModel(scenario, part, notices);
  const play = new Play(model);
  if (run === undefined || run === "") notices.push("The link ends before its run: the initial state is shown.");
  const decoded = run === undefined || run === "" ? { events: [], problem: "" } : decodeRun(run, model.programs.length);
  if (decoded.problem !== "") notices.push(decoded.problem);
  let stopped = "";
  for (const event of decoded.events) {
    const wrong = event.kind === "start" ? wrongArgument(event.what, model) : "";
    const refusal = wrong === "" ? play.refusal(event) : wrong;
    if (refusal !== "") {
      const made = /^[A-Za-z0-9_-]{8}$/.test(rest ?? "") ? (rest ?? "").slice(5) : "";
      const revision = modelRevision(model);
      const whose =
        made === "" || made === revision
          ? "The link does not replay"
          : `The link was made with model revision ${made}, this is ${revision}, and it does not replay`;
      stopped = `${whose}: at step ${play.position + 1} ${refusal}; the ${play.position} steps before it are shown.`;
      notices.push(stopped);
      break;
    }
    play.append(event);
  }
  const [at = "", ...lookWords] = (place ?? "").split("_");
  const look = lookWords.join("_").slice(0, MAX_LOOK);
  const check = rest ?? "";
  if (run !== undefined && run !== "" && decoded.problem === "" && stopped === "") {
    notices.push(...checkEnd(play, check, more.length > 0));
  }
  if (at !== "") {
    const position = Number(at);
    if (!/^\d{1,5}$/.test(at))
      notices.unshift(`The link's position "${quote(at)}" is no number: the end of the run is shown.`);
    else if (position > play.player.events.length) {
      if (stopped === "" && decoded.problem === "")
        notices.unshift(
          `The link points to step ${position}, and its run has ${play.player.events.length}: the end is shown.`,
        );
    } else play.seek(position);
  } else if (place === undefined && notices.length === 0) {
    notices.push("The link ends before its position: the end of the run is shown.");
  }
  return { play, look, notice: notices[0] ?? "" };
}

/** Compares the state after the last event with what the link says. */
function checkEnd(play: Play, check: string, more: boolean): string[] {
  if (!/^[A-Za-z0-9_-]*$/.test(check) || check.length < CHECK) {
    return [`The link's check "${quote(check)}" is cut off, so nothing vouches for the state that is shown.`];
  }
  if (check.length > CHECK || more)
    return [`Something follows the link's end: "${quote(check.slice(CHECK))}" is left out.`];
  const state = stateCheck(play);
  if (check.slice(0, 5) === state) return [];
  const revision = modelRevision(play.model);
  const steps = play.player.events.length;
  return check.slice(5) === revision
    ? [
        `The link's check does not fit its run of ${steps} steps: some character of it was changed, and another state is shown than was sent.`,
      ]
    : [
        `The link was made with model revision ${check.slice(5)}, this is ${revision}: its ${steps} steps lead to another state here than they did there.`,
      ];
}
