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
 * Old links load for ever: a new format gets a new version, and `read-link.ts` keeps reading the old one. Writing is apart
 * from reading, since every state has a link and few pages are opened by one.
 */
import { entryQword } from "../kernel/entry-bytes.ts";
import { svaDomain } from "../kernel/iommu-sva.ts";
import { isDefaultDomain, needsHardware, type Op, opKinds, takesRid } from "../kernel/ops.ts";
import { isPaging } from "../kernel/structs.ts";
import { hex } from "../hw/fields.ts";
import { fingerprint } from "../sim/diff.ts";
import type { Table } from "../sim/link.ts";
import type { Model } from "./build.ts";
import type { Play, RunEvent } from "./play.ts";
import type { Scenario } from "./schema.ts";
import { toggleWord } from "./toggles.ts";
import { ALPHABET, wordOf } from "./word.ts";

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

export const threadBits = (threads: number) => (threads <= 1 ? 0 : 32 - Math.clz32(threads - 1));

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

const word = ([a, b]: readonly [number, number], length: number): string => {
  let text = "";
  let bits = BigInt(a) * 4294967296n + BigInt(b);
  for (let i = 0; i < length; i++) {
    text += ALPHABET[Number(bits & 63n)];
    bits >>= 6n;
  }
  return text;
};

const texts = new WeakMap<Table, string>();
const revisions = new WeakMap<Model, string>();

/** All that a table says. */
function textOf(table: Table): string {
  const known = texts.get(table);
  if (known !== undefined) return known;
  // one text that grows: lists that are joined cost several times as much, on each first state of a page
  let text = "";
  for (const { name, variables, ops } of table.procs) {
    text += `${name}\n`;
    for (const variable of variables) text += `${variable}\n`;
    for (const op of ops) text += `${op.kind}\n${op.text}\n${op.name}\n${op.to}\n${op.variable}\n`;
  }
  texts.set(table, text);
  return text;
}

/** Three characters that change with the procedures, their statements or the layout; not with how code is compiled. */
export function modelRevision(model: Model): string {
  const known = revisions.get(model);
  if (known !== undefined) return known;
  const fields = model.fields.map((f) => `${f.struct}.${f.field} ${f.size}`).join("\n");
  const revision = word(ofText(textOf(model.table) + fields), 3);
  revisions.set(model, revision);
  return revision;
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
    for (let i = 0; i < size; i++) {
      const value = bytes[offset + i] as number;
      if (value === 0) continue;
      const entry = entryQword(world, struct, field, index, value);
      lines.push(`${struct} ${index} ${field} ${i} ${entry === null ? value : hex(entry.value)}`);
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
export const stateCheck = (play: Play): string => word(ofText(meaning(play)), 5);

const dots = (id: string) => id.replaceAll(".", "_");

/** Design, options and toggles as the second part of a link. */
function designPart({ design, options, toggles }: Pick<Model, "design" | "options" | "toggles">): string {
  const words = design.options.filter((o) => options[o.id] !== o.values[0]?.id).map((o) => `${o.id}-${options[o.id]}`);
  if (options.grain !== undefined) words.push(`grain-${options.grain}`);
  return [dots(design.id), ...words, ...toggles.map(toggleWord)].join("--");
}

/** The world as the first part of a link; null if it is too large for one. */
export function scenarioPart(scenario: Scenario): string | null {
  const known = wordOf(scenario);
  if (known === undefined) throw new Error(`The world ${scenario.id} is neither of the library nor packed.`);
  return known;
}

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

/** Operations on a page table. */
const PAGING_OPS = new Set(["map", "unmap", "enforce_coherency", "free", "destroy"]);

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
  // an array that no unit test merges lists into is the driver's own
  if (kind.op.startsWith("invs_") && world.inv_list.length < 2) return "this world has no lists for arrays";
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
