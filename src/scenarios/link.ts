/**
 * Links: a run as a short word that survives mail.
 *
 *     #1/<scenario>/<design>[--<option>-<value>][--<toggle>]/<run>/<position>_<look>/<check>
 *
 * - `1` is the version of this format. Alphabet of the whole: A-Z a-z 0-9 _ / -
 * - scenario: id of a library scenario, or a whole world (`pack.ts`), which begins with `_`.
 * - design: its id, with `_` for a dot, then the options that differ from their defaults, then the words of `toggles.ts`.
 *   `grain` is one of the options, and its default is the scenario's.
 * - run: base64url of bits, first bit first: count of tokens + 1, then tokens.
 *   `0` thread length: that many steps of the thread, each with outcome 0.
 *   `10` thread outcome: one step with an outcome above 0.
 *   `11` kind arguments: a thread is started with one operation (index of src/kernel/ops.ts, 6 bits).
 *   A thread takes as few bits as there are threads at that point; lengths, outcomes, arguments (+ 1) and counts are Elias
 *   gamma codes. The last character is padded with 0.
 * - position: how many events are shown, empty for all. look: the page's own word, kept and not read here.
 * - check: 5 characters of the fingerprint of what is not zero in the state after the last event, 3 of the model's revision.
 *
 * Old links load for ever: a new format gets a new version, and this file keeps reading the old one.
 */
import type { Design } from "../kernel/design.ts";
import { findDesign } from "../kernel/designs/index.ts";
import { svaDomain } from "../kernel/iommu-sva.ts";
import { isDefaultDomain, isOffered, needsHardware, type Op, opKinds, takesRid } from "../kernel/ops.ts";
import { isPaging, type World } from "../kernel/structs.ts";
import type { Entries } from "../hw/entries.ts";
import { hex } from "../hw/fields.ts";
import { fingerprint } from "../sim/diff.ts";
import type { LinkedProc, Table } from "../sim/link.ts";
import { MAX_EVENTS } from "../sim/run.ts";
import { MAX_THREADS } from "../sim/layout.ts";
import { ToggleError } from "../sim/toggle.ts";
import { makeModel, type Model, optionsOf } from "./build.ts";
import { findScenario } from "./library/find.ts";
import { ALPHABET, isPacked, packWorld, unpackWorld } from "./pack.ts";
import { Play, type RunEvent } from "./play.ts";
import { type Scenario, ScenarioError } from "./schema.ts";
import { readToggle, type Toggle, toggleWord } from "./toggles.ts";

const CHECK = 8;

/** Longest text that is looked at for a link, in characters: a reply with every step of the longest run is below it. */
export const MAX_TEXT = 2_000_000;
/** Longest look: a world, a design with its options and a property fit into it. */
const MAX_LOOK = 256;
/** Longest link, in characters. */
export const MAX_LINK = 16_384;

class Writer {
  #bits = "";
  bits(value: number, width: number): void {
    for (let i = width - 1; i >= 0; i--) this.#bits += String((value >> i) & 1);
  }
  /** Elias gamma: value >= 1. */
  gamma(value: number): void {
    const width = 31 - Math.clz32(value);
    this.#bits += "0".repeat(width);
    this.bits(value, width + 1);
  }
  text(): string {
    let text = "";
    for (let i = 0; i < this.#bits.length; i += 6) {
      text += ALPHABET[Number.parseInt(this.#bits.slice(i, i + 6).padEnd(6, "0"), 2)];
    }
    return text;
  }
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

const threadBits = (threads: number) => (threads <= 1 ? 0 : 32 - Math.clz32(threads - 1));

/** A run as a word. `threads` is the number of threads that the scenario itself has. */
export function encodeRun(events: readonly RunEvent[], threads: number): string {
  const writer = new Writer();
  const body: (() => void)[] = [];
  let known = threads;
  for (let i = 0; i < events.length; ) {
    const event = events[i] as RunEvent;
    const width = threadBits(known);
    if (event.kind === "start") {
      const { kind, args } = event.what;
      body.push(() => {
        writer.bits(0b11, 2);
        writer.bits(kind, 6);
        for (const arg of args) writer.gamma(arg + 1);
      });
      known++;
      i++;
      continue;
    }
    const { thread, outcome } = event;
    if (outcome > 0) {
      body.push(() => {
        writer.bits(0b10, 2);
        writer.bits(thread, width);
        writer.gamma(outcome);
      });
      i++;
      continue;
    }
    let length = 0;
    for (; i < events.length; i++, length++) {
      const same = events[i] as RunEvent;
      if (same.kind !== "choice" || same.thread !== thread || same.outcome !== 0) break;
    }
    body.push(() => {
      writer.bits(0, 1);
      writer.bits(thread, width);
      writer.gamma(length);
    });
  }
  writer.gamma(body.length + 1);
  for (const write of body) write();
  return writer.text();
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

const word = ([a, b]: readonly [number, number], length: number): string => {
  let text = "";
  let bits = BigInt(a) * 4294967296n + BigInt(b);
  for (let i = 0; i < length; i++) {
    text += ALPHABET[Number(bits & 63n)];
    bits >>= 6n;
  }
  return text;
};

const revisions = new WeakMap<Table, string>();

/** Three characters that change with the procedures, their statements or the layout; not with how code is compiled. */
export function modelRevision(model: Model): string {
  const known = revisions.get(model.table);
  if (known !== undefined) return known;
  const says = (proc: LinkedProc) =>
    [proc.name, ...proc.variables, ...proc.ops.flatMap((op) => [op.kind, op.text, op.name, op.to, op.variable])].join(
      "\n",
    );
  const text = [...model.table.procs.map(says), ...model.fields.map((f) => `${f.struct}.${f.field} ${f.size}`)].join(
    "\n",
  );
  const revision = word(ofText(text), 3);
  revisions.set(model.table, revision);
  return revision;
}

/** A byte that stands for a qword of an entry: what it stands for is said, not its number. */
const ENTRY_QWORD = /^(?:(?:ste|ste_cache)\.q|(?:master|cd_cache)\.cd_q)(\d)$/;

/** The entries that such a byte is one of. */
function entriesIn(w: World, struct: string, index: number): Entries | undefined {
  if (struct === "master") return w.cd[index]?.entries;
  return (struct === "cd_cache" ? w.cd[w.stream[index]?.device ?? 0] : w.ste[index])?.entries;
}

/**
 * A state by its meaning: what is not zero, by name, and how far each thread is. A later model that has more fields, or
 * keeps them elsewhere, says the same of the same state, so that its links stay good.
 */
function meaning({ machine, model, player }: Play): string {
  const { layout, bytes, table, programs } = machine;
  const { world } = model;
  const lines: string[] = [];
  const steps = programs.map(() => 0);
  for (const event of player.events) if (event.kind === "choice") steps[event.thread]++;
  for (const { struct, index, field, offset, size, ghost } of layout.fields) {
    if (ghost) continue;
    const qword = ENTRY_QWORD.exec(`${struct}.${field}`)?.[1];
    const entries = entriesIn(world, struct, index);
    for (let i = 0; i < size; i++) {
      const value = bytes[offset + i] as number;
      if (value === 0) continue;
      const place = entries?.qwords.indexOf(Number(qword)) ?? -1;
      const said = qword === undefined ? value : hex(entries?.values[place]?.[value] ?? 0n);
      lines.push(`${struct} ${index} ${field} ${i} ${said}`);
    }
  }
  layout.locks.forEach((lock, i) => {
    if (machine.owner(i) !== 0) lines.push(`lock ${lock.name} ${lock.index} ${machine.owner(i)}`);
    if (machine.readers(i) !== 0) lines.push(`readers ${lock.name} ${lock.index} ${machine.readers(i)}`);
  });
  table.warnSites.forEach((site, i) => {
    if (machine.warned(i)) lines.push(`warn ${site}`);
  });
  programs.forEach((_program, t) => {
    const stack = machine.frames(t).map((frame) => table.procs[frame.proc]?.name);
    lines.push(
      `thread ${t} ${machine.status(t)} ${machine.rootIndex(t)} ${machine.result(t)} ${steps[t]} ${stack.join(" ")}`,
    );
  });
  return lines.sort().join("\n");
}

/** The texts are long, and a loop over them is several times as fast as any way through a list of characters. */
function ofText(text: string): readonly [number, number] {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return fingerprint(bytes);
}

/** Five characters of the state after the last event, at which the play stands. */
const stateCheck = (play: Play): string => word(ofText(meaning(play)), 5);

const dots = (id: string) => id.replaceAll(".", "_");

/** Design, options and toggles as the second part of a link. */
function designPart({ design, options, toggles }: Pick<Model, "design" | "options" | "toggles">): string {
  const words = design.options.filter((o) => options[o.id] !== o.values[0]?.id).map((o) => `${o.id}-${options[o.id]}`);
  if (options.grain !== undefined) words.push(`grain-${options.grain}`);
  return [dots(design.id), ...words, ...toggles.map(toggleWord)].join("--");
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
export function readDesignPart(part: string): DesignPart | string {
  const [designId = "", ...words] = part.split("--");
  const design = findDesign(designId.replaceAll("_", "."));
  if (design === undefined) return designId;
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

/** The world as the first part of a link; null if it is too large for one. */
export const scenarioPart = (scenario: Scenario): string | null =>
  findScenario(scenario.id) === scenario ? scenario.id : packWorld(scenario);

/**
 * The address of a run: `head + look + tail`, without the `#`. Costs a seek to the end and back. A world of somebody's own
 * travels inside; one that is too large for that is named, and such a link opens nowhere.
 */
export function encodeLink(play: Play): { head: string; tail: string } {
  const { model, player } = play;
  const position = play.position;
  play.seek(player.events.length);
  const check = stateCheck(play) + modelRevision(model);
  play.seek(position);
  const run = encodeRun(player.events, model.programs.length);
  const at = position === player.events.length ? "" : String(position);
  const scenario = scenarioPart(model.scenario) ?? model.scenario.id;
  return { head: `1/${scenario}/${designPart(model)}/${run}/${at}_`, tail: `/${check}` };
}

/** A link that names no run at all; the message is the one sentence to show. */
export class LinkError extends Error {}

export interface OpenedLink {
  readonly play: Play;
  readonly look: string;
  /** One sentence when not everything is as the link says; empty when it is. */
  readonly notice: string;
}

const quote = (text: string) => (text.length > 40 ? `${text.slice(0, 37)}...` : text).replace(/[^\x20-\x7e]/g, "?");

/** Finds the link in what somebody pasted: an address, a fragment, wrapped and quoted by a mailer or not. */
function extract(text: string): string {
  if (text.length > MAX_TEXT)
    throw new LinkError(`The text has ${text.length} characters; a link is looked for in at most ${MAX_TEXT}.`);
  const found =
    /#\s*(?=\d+\/)/.exec(text) ?? /(?<![A-Za-z0-9_/-])(?=\d+\/[a-z0-9_])/.exec(text) ?? /#(?=\S)/.exec(text);
  if (found === null) {
    throw new LinkError(
      `"${quote(text.trim())}" holds no link: a link has the form #1/scenario/design/run/position_look/check.`,
    );
  }
  // what a mailer adds at a line's end: a soft break, then quoting marks and indentation
  const lines = text.slice(found.index + found[0].length).replace(/=?\r?\n[\s>|]*/g, "\n");
  let link = "";
  let slashes = 0;
  let inCheck = 0;
  for (const char of lines) {
    if (char === "\n") {
      // whatever stands on the lines after a whole link is somebody's mail
      if (inCheck >= CHECK) break;
      continue;
    }
    if (!/[A-Za-z0-9_/-]/.test(char)) break;
    if (slashes === 5) inCheck++;
    if (char === "/") slashes++;
    link += char;
  }
  return link;
}

function scenarioOf(word: string): Scenario {
  if (!isPacked(word)) {
    const scenario = findScenario(word);
    if (scenario !== undefined) return scenario;
    throw new LinkError(`The link names the scenario "${quote(word)}", which is not in the library.`);
  }
  try {
    return unpackWorld(word);
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
export function openLink(pasted: string): OpenedLink {
  const text = extract(pasted);
  if (text.length > MAX_LINK)
    throw new LinkError(`The link has ${text.length} characters, at most ${MAX_LINK} are read.`);
  const [version = "", scenarioId, designWord, run, place, rest, ...more] = text.split("/");
  if (version !== "1") {
    throw new LinkError(
      /^\d+$/.test(version)
        ? `The link has format ${quote(version)}; this explorer reads format 1.`
        : `"${quote(text)}" is no link: a link begins with #1/.`,
    );
  }
  if (scenarioId === undefined || scenarioId === "") throw new LinkError("The link names no scenario.");
  const scenario = scenarioOf(scenarioId);
  if (designWord === undefined || designWord === "") throw new LinkError("The link names no design.");
  const part = readDesignPart(designWord);
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

/** Operations on a page table. */
const PAGING_OPS = new Set(["unmap", "enforce_coherency", "free", "destroy"]);

/** Why an operation does not fit the world; empty when it does. */
export function wrongArgument(op: Op, model: Model): string {
  const { world } = model;
  const kind = opKinds[op.kind];
  if (kind === undefined) return `operation ${op.kind} does not exist`;
  const needed = needsHardware(kind);
  if (needed !== null && !world.hardware.has(needed)) return `the SMMUs of this world have no ${needed}`;
  for (const [i, param] of kind.params.entries()) {
    const value = op.args[i] ?? -1;
    const most = param === "pasid" ? world.pasids - 1 : world[param].length - 1;
    const least = param === "pasid" && takesRid(kind) ? 0 : 1;
    if (value < least || value > most) return `there is no ${param} ${value} for it`;
  }
  if (kind.op === "set_type" && !isDefaultDomain(world, op.args[0] ?? 0, op.args[1] ?? 0)) {
    return "the type file cannot ask for that domain";
  }
  if (kind.op === "bind_sva" && svaDomain(world, op.args[1] ?? 0, op.args[0] ?? 0) < 0) {
    return "the scenario names no SVA domain for it";
  }
  if (PAGING_OPS.has(kind.op) && !isPaging(world, op.args[0] ?? 0)) {
    return "it is no paging domain";
  }
  // a user destroys what a user made
  if (kind.op === "destroy" && world.domain[op.args[0] ?? 0]?.type !== "UNMANAGED") return "it is the kernel's own";
  return "";
}
