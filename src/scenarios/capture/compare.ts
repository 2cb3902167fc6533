/**
 * A capture against the model: results, STEs and CDs at rest and at every command, and the commands in order.
 *
 * Tables at rest are compared in every scenario, everything else in those that the capture calls judged. What the model
 * has no word for is counted and named; what it has a word for is compared, and nothing is excused.
 */
import type { Design } from "../../kernel/design.ts";
import { linux73 } from "../../kernel/designs/linux-7.3.ts";
import { makeModel } from "../build.ts";
import { ScenarioError } from "../refused.ts";
import { CD } from "../../hw/cd-fields.ts";
import { get, type Qwords } from "../../hw/fields.ts";
import { STE } from "../../hw/ste-fields.ts";
import { atRest, commandText, type Memory, type RecordedCommand, recordedCommands, sidOf, tagOf } from "./commands.ts";
import { Entries } from "./entries.ts";
import { Names } from "./names.ts";
import { compareOrder, type Modelled } from "./order.ts";
import { isHeld, leads, nameHeld, type Part, partsOf, scenarioOf, standOf, standOfSte } from "./parts.ts";
import { PartPlay, type Played } from "./play.ts";
import { qwordsOf } from "./qwords.ts";
import type { Capture, CaptureOp, CaptureScenario, Rest } from "./read.ts";
import { smmuOf } from "./smmu.ts";
import { type Comparison, Tally } from "./tally.ts";

const alike = (a: Rest[string] | undefined, b: Rest[string] | undefined) =>
  a?.ste.join() === b?.ste.join() && a?.cd0?.join() === b?.cd0?.join();

const own = (rest: Rest, sids: readonly string[]): Rest =>
  Object.fromEntries(sids.map((sid) => [sid, rest[sid] as Rest[string]]));

/** One part through the capture. Lost is why its state is not known, for as long as it is not. */
class PartComparer {
  readonly part: Part;
  readonly #capture: Capture;
  readonly #design: Design;
  readonly #names: Names;
  readonly #tally: Tally;
  entries: Entries | undefined;
  lost = "";
  /** What it did in the scenario that is on. */
  modelled: Modelled | undefined;
  /** Why operations of the scenario that is on could not be played, if there are any. */
  skipped = "";
  /** StreamIDs that moved with their group, where the scenario does not say to what. */
  forgotten: string[] = [];

  constructor(capture: Capture, design: Design, part: Part, names: Names, tally: Tally) {
    this.#capture = capture;
    this.#design = design;
    this.part = part;
    this.#names = names;
    this.#tally = tally;
  }

  #at = (scenario: CaptureScenario) => this.#capture.scenarios.indexOf(scenario);

  #sids(rest: Rest): string[] {
    return this.part.devices.map((d) => d.sid).filter((sid) => rest[sid] !== undefined);
  }

  /** Tables at rest; the first ones that are known, and those after a gap, are taken over. */
  rest(scenario: CaptureScenario, when: "before" | "after", last: ReadonlyMap<string, Rest[string]>): void {
    const rest = scenario[when];
    const sids = this.#sids(rest);
    if (sids.length === 0) return;
    const { entries } = this;
    if (entries === undefined) return this.#begin(scenario, when, sids);
    const jumped = sids.some((sid) => last.has(sid) && !alike(last.get(sid), rest[sid]));
    if (when === "before" && (this.lost !== "" || jumped) && this.#resync(entries, scenario)) return;
    if (this.lost !== "")
      return this.#tally.notModelled("STE at rest", `tables at rest after: ${this.lost}`, sids.length);
    entries.compareMemory(
      ["STE at rest", "CD at rest"],
      when,
      sids,
      atRest(own(rest, sids)),
      entries.play.stage.tables,
    );
  }

  /** Builds the part's world where its tables say it is. */
  #begin(scenario: CaptureScenario, when: "before" | "after", sids: readonly string[]): void {
    const rest = scenario[when];
    const what = `tables of ${sids.join(", ")} ${when} ${scenario.label}`;
    const stands = this.part.groups.map((g) => standOf(this.part, g, rest));
    if (stands.includes("nested") || stands.includes("wrong")) {
      this.lost = `${what}, from which no world begins`;
      if (stands.includes("wrong"))
        this.#tally.different("STE at rest", what, "no V, or no Config of a driver's", "an STE");
      else this.#tally.notModelled("STE at rest", "nested domains", sids.length);
      return;
    }
    try {
      const model = makeModel(scenarioOf(this.#capture, this.part, rest, this.#at(scenario)), this.#design, {});
      const play = new PartPlay(this.#capture, this.part, model);
      this.entries = new Entries(this.part, play, this.#names, this.#tally);
      this.#tally.taken.push(`${what}: where they begin`);
      this.entries.take(rest);
    } catch (error) {
      // more groups and domains in one part than a world may have
      if (!(error instanceof ScenarioError)) throw error;
      this.lost = error.message;
      this.#tally.notModelled("STE at rest", error.message, sids.length);
    }
  }

  /**
   * Tables changed between two scenarios, by something that the capture leaves out: the model follows, if it stands
   * elsewhere and has such a state. True when it did; what it has no state for is compared as it is.
   */
  #resync(entries: Entries, scenario: CaptureScenario): boolean {
    const rest = scenario.before;
    const groups = this.part.groups.filter((g) => standOf(this.part, g, rest) !== "not watched");
    const stands = groups.map((g) => standOf(this.part, g, rest));
    if (stands.includes("wrong")) {
      this.lost = "";
      return false;
    }
    if (stands.includes("nested") && this.part.domains.some((d) => /nested/i.test(d))) {
      this.lost = "nested domains";
      return false;
    }
    const moved = groups.filter((g) => this.lost !== "" || !this.#standsThere(entries, g, rest));
    this.lost = "";
    if (moved.length === 0 || stands.includes("nested")) return false;
    for (const group of moved) {
      const sids = this.#sids(rest).filter((sid) => this.part.devices.some((d) => d.sid === sid && d.group === group));
      const carried = this.#carried(entries, rest[sids[0] ?? ""] as Rest[string]);
      for (const sid of sids) this.#names.release(`the CD table of ${sid}`);
      const place = [this.#capture, this.part, group, this.#at(scenario)] as const;
      const held = { by: isHeld(...place), name: nameHeld(...place) };
      entries.free(entries.play.resync(group, standOf(this.part, group, rest), carried, held) ?? []);
      this.forgotten.push(
        ...this.part.devices.filter((d) => d.group === group && rest[d.sid] === undefined).map((d) => d.sid),
      );
      const what = `tables of ${sids.join(", ")} before ${scenario.label}`;
      this.#tally.taken.push(`${what}: something that is not listed changed them`);
    }
    entries.take(rest);
    return true;
  }

  /** The model's domain that an entry carries, by its numbers; 0 when they are new, or there are none. */
  #carried(entries: Entries, entry: Rest[string]): number {
    const ste = qwordsOf(entry.ste);
    const named = (space: "ASID" | "VMID" | "page table", value: bigint) =>
      entries.domainNamed(this.#names.objectOf(space, `0x${value.toString(16)}`));
    // a tag that came back with another page table is that of another domain
    const both = (tag: number, table: number) => (tag === table ? tag : 0);
    if (standOfSte(ste) === "stage 2")
      return both(named("VMID", get(ste, STE.S2VMID)), named("page table", get(ste, STE.S2TTB)));
    if (!leads(ste) || entry.cd0 == null) return 0;
    const cd = qwordsOf(entry.cd0);
    return both(named("ASID", get(cd, CD.ASID)), named("page table", get(cd, CD.TTB0)));
  }

  /** Whether the model has a group where the tables say, and on the same domain. */
  #standsThere(entries: Entries, group: string, rest: Rest): boolean {
    const { tables } = entries.play.stage;
    return this.#sids(rest).every((sid) => {
      if (!this.part.devices.some((d) => d.sid === sid && d.group === group)) return true;
      const device = entries.deviceOf(sid);
      const ste = tables.ste[device];
      if (ste === undefined || standOfSte(ste.q) !== standOf(this.part, group, rest)) return false;
      const domain = leads(ste.q) ? tables.cd[device]?.facts.ASID : ste.facts.S2VMID;
      return domain === this.#carried(entries, rest[sid] as Rest[string]);
    });
  }

  /** Plays the part's operations and compares their results. */
  play(scenario: CaptureScenario, ops: readonly CaptureOp[]): void {
    this.modelled = undefined;
    this.skipped = "";
    const { entries } = this;
    if (entries === undefined || this.lost !== "") {
      const why = this.lost || "operations before any table of their group is known";
      if (ops.some((op) => op.op !== "other")) this.skipped = why;
      if (scenario.judged && ops.length > 0) this.#tally.notModelled("results of operations", why, ops.length);
      return;
    }
    const start = entries.play.stage.tables;
    const { played, events } = entries.play.play(scenario, ops);
    if (scenario.judged) for (const p of played) this.#result(entries, p);
    else entries.free(events);
    this.lost = played.find((p) => p.loses)?.note ?? "";
    this.modelled = { start, events, played };
  }

  #result(entries: Entries, { op, result, note }: Played): void {
    const row = "results of operations";
    if (result === undefined) return this.#tally.notModelled(row, note);
    const what = [op.op, op.type, op.method, op.through, op.domain, op.device].filter((x) => x != null).join(" ");
    entries.say(row, what, result === op.result ? undefined : [op.result, result]);
  }

  /** Whether a command is for a function of this part, or for a tag of one of its domains. */
  owns(q: Qwords): boolean {
    const sid = sidOf(q);
    return sid === "" ? this.ownsTag(q) : this.part.devices.some((d) => d.sid === sid);
  }

  ownsTag(q: Qwords): boolean {
    const tag = tagOf(q);
    if (tag === undefined) return false;
    const name = this.#names.objectOf(tag.space, `0x${get(q, tag.field).toString(16)}`);
    return (this.entries?.domainNamed(name) ?? 0) > 0;
  }

  /** ATS Enable of the part's functions. */
  ats(scenario: CaptureScenario): void {
    const { entries } = this;
    const known = this.lost === "" ? entries : undefined;
    // behind an SMMU without ATS no function has it enabled, whatever its tables
    if (known === undefined && smmuOf(this.#capture).features.has("ATS")) return;
    for (const { bdf, sid } of this.part.devices) {
      const recorded = scenario.pci_ats_control[bdf];
      if (recorded === undefined) continue;
      const expected = (Number(`0x${recorded.replace(/^0x/, "")}`) & 0x8000) === 0 ? 0 : 1;
      const actual = known?.play.stage.state.pdev[known.deviceOf(sid)].ats_ctrl ?? 0;
      if (expected === actual) this.#tally.equal("ATS enable at rest");
      else this.#tally.different("ATS enable at rest", bdf, `${expected}`, `${actual}`);
    }
  }
}

/**
 * The part that an operation belongs to; one that names nothing belongs to the first that user space uses. A name in
 * short, as `S2`, may be that of several page tables: then commands tell, or who is attached.
 */
function homeOf(parts: readonly PartComparer[], op: CaptureOp, scenario: CaptureScenario): PartComparer | undefined {
  const device = op.device;
  const name = op.domain ?? /^DESTROY[ :]+(\S+)/.exec(op.text ?? "")?.[1] ?? "";
  const exact = parts.filter((p) => p.part.domains.some((d) => d === name || d.startsWith(`${name}(`)));
  const near = name === "" ? [] : parts.filter((p) => p.part.domains.some((d) => d.includes(name)));
  const named = exact.length > 0 ? exact : near;
  const tagged = () =>
    named.find((p) => scenario.trace.some((t) => t.cmd !== undefined && p.ownsTag(qwordsOf(t.cmd)))) ??
    named.find((p) => p.entries?.play.isAttached(name));
  return (
    parts.find((p) => p.part.devices.some((d) => d.bdf === device)) ??
    (named.length > 1 ? tagged() : undefined) ??
    named[0] ??
    parts.find((p) => p.part.devices.some((d) => d.bdf === op.during_reset_of)) ??
    parts.find((p) => p.part.domains.length > 0) ??
    parts[0]
  );
}

/** Commands of a judged scenario, part by part. Returns the memory at its end. */
function compareCommands(
  scenario: CaptureScenario,
  parts: readonly PartComparer[],
  tally: Tally,
  start: Memory,
): Memory {
  const { list, end } = recordedCommands(scenario, start);
  const busy = parts.filter((p) => (p.modelled?.played.length ?? 0) > 0);
  const home = ({ with: { q } }: RecordedCommand) => parts.find((p) => p.owns(q)) ?? busy[0];
  const why = parts.find((p) => p.skipped !== "")?.skipped;
  for (const command of list) {
    if (home(command) !== undefined) continue;
    // whose tag it is nobody knows: it may be that of a part that was not played
    if (why !== undefined) tally.notModelled("commands in order", `commands after: ${why}`);
    else
      tally.different(
        "commands in order",
        `at ${command.ms} ms`,
        commandText(command.q),
        "nothing: nobody did anything",
      );
  }
  for (const p of parts) {
    const own = list.filter((command) => home(command) === p);
    const { entries, modelled } = p;
    if (entries === undefined || modelled === undefined || p.lost !== "") {
      if (own.length > 0)
        tally.notModelled("commands in order", `commands after: ${p.lost || "nothing that is known"}`, own.length);
      entries?.free(modelled?.events ?? []);
    } else if (own.length > 0 || modelled.events.length > 0) {
      compareOrder(entries, { commands: own, start, end, watched: entries.sidsIn(scenario.before) }, modelled);
    }
  }
  return end;
}

/** What is known of memory while a scenario begins: a CD that no STE leads to stays known until something unlisted happens. */
function memoryBefore(
  scenario: CaptureScenario,
  memory: Memory,
  last: ReadonlyMap<string, Rest[string]>,
  forgotten: readonly string[],
): Memory {
  const ste = new Map(memory.ste);
  const cd = new Map(memory.cd);
  for (const [sid, entry] of Object.entries(scenario.before)) if (!alike(last.get(sid), entry)) cd.delete(sid);
  for (const sid of forgotten) {
    ste.delete(sid);
    cd.delete(sid);
  }
  return atRest(scenario.before, { ste, cd });
}

/** Plays a capture in the model, of the kernel that was recorded unless another design is given, and compares. */
export function compareCapture(capture: Capture, design: Design = linux73): Comparison {
  const tally = new Tally();
  const names = new Names();
  const parts = partsOf(capture).map((part) => new PartComparer(capture, design, part, names, tally));
  /** Entries at rest as they were recorded last. */
  const last = new Map<string, Rest[string]>();
  let memory = atRest({});
  for (const scenario of capture.scenarios) {
    tally.scenario = scenario.label;
    const homes = scenario.ops.map((op) => homeOf(parts, op, scenario));
    for (const p of parts) {
      p.rest(scenario, "before", last);
      p.play(
        scenario,
        scenario.ops.filter((_op, i) => homes[i] === p),
      );
    }
    const forgotten = parts.flatMap((p) => p.forgotten.splice(0));
    memory = memoryBefore(scenario, memory, last, forgotten);
    if (scenario.judged) {
      memory = compareCommands(scenario, parts, tally, memory);
      for (const p of parts) p.ats(scenario);
    } else memory = { ste: memory.ste, cd: new Map() };
    memory = atRest(scenario.after, memory);
    for (const p of parts) p.rest(scenario, "after", last);
    for (const rest of [scenario.before, scenario.after])
      for (const [sid, entry] of Object.entries(rest)) last.set(sid, entry);
  }
  for (const p of parts) tally.taken.push(...(p.entries?.play.taken ?? []));
  return {
    run: capture.run,
    kernel: capture.kernel,
    design: design.id,
    judged: capture.scenarios.filter((s) => s.judged).length,
    scenarios: capture.scenarios.length,
    rows: tally.rows,
    notModelled: tally.list,
    taken: tally.taken,
    differences: tally.differences,
  };
}
