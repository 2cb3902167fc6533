/**
 * State in fields: each byte that is worth showing, with its name, its value in words, what it was before the step, and
 * the step that last wrote it.
 */
import { FIRST_DOMAIN, type KernelState, RESERVED, schema, slot, type World } from "../kernel/structs.ts";
import { CONFIG_NAMES, S1DSS_NAMES, sidName } from "../kernel/words.ts";
import { CFG_NESTED, CFG_S1_TRANS, CFG_S2_TRANS } from "../hw/answers.ts";
import { cdFacts, cdIn, type SteFacts, steFacts, steIn } from "../hw/tables.ts";
import { revertDiff } from "../sim/diff.ts";
import { packedViews } from "../sim/layout.ts";
import type { Play } from "../scenarios/play.ts";
import type { CdView, ChangeView, Field, SteView } from "./protocol.ts";

/** Which byte: struct, instance, field, and index for an array. */
type Where = readonly [struct: string, index: number, field: string, at?: number];

export class Facts {
  readonly now: KernelState;
  readonly before: KernelState;
  readonly world: World;
  readonly #offsets = new Map<string, number>();
  readonly #now: Uint8Array;
  readonly #before: Uint8Array;
  /** The steps that changed each shared byte, in order. */
  readonly #writes: number[][] = [];
  /** Fields that this step changed, in the order in which they are asked for. */
  readonly changes: ChangeView[] = [];

  constructor(play: Play) {
    const { machine, position } = play;
    this.world = play.model.world;
    this.#now = machine.bytes;
    this.#before = machine.bytes.slice();
    const last = position > 0 ? play.player.diffAt(position - 1) : undefined;
    if (last !== undefined) revertDiff(this.#before, last);
    this.now = machine.state;
    this.before = packedViews(schema, machine.layout, this.#before) as unknown as KernelState;
    for (let i = 0; i < position; i++) {
      for (const at of play.player.diffAt(i)?.at ?? []) {
        if (at < machine.layout.sharedSize) (this.#writes[at] ??= []).push(i + 1);
      }
    }
    for (const f of machine.layout.fields) this.#offsets.set(`${f.struct} ${f.index} ${f.field}`, f.offset);
  }

  #offset([struct, index, field, at = 0]: Where): number {
    const offset = this.#offsets.get(`${struct} ${index} ${field}`);
    if (offset === undefined) throw new Error(`no field ${struct}.${field}`);
    return offset + at;
  }

  changed(where: Where): boolean {
    const at = this.#offset(where);
    return this.#now[at] !== this.#before[at];
  }

  /**
   * One field; a change of it is noted once, under `what` in the list of changes. What a value means may depend on
   * others, so `say` is told whose value it is.
   */
  field(
    name: string,
    where: Where,
    say: (value: number, of: KernelState) => string,
    note?: { layer: ChangeView["layer"]; what: string },
  ): Field {
    const at = this.#offset(where);
    const value = say(this.#now[at] as number, this.now);
    const was = say(this.#before[at] as number, this.before);
    const by = this.#writes[at]?.at(-1);
    if (note !== undefined && value !== was) this.changes.push({ layer: note.layer, what: note.what, was, is: value });
    return { name, value, ...(value === was ? {} : { was }), ...(by === undefined ? {} : { by }) };
  }

  /** Every step that changed one of these, once, in order. */
  #stepsOf(places: readonly Where[]): number[] {
    const steps = new Set(places.flatMap((where) => this.#writes[this.#offset(where)] ?? []));
    return [...steps].sort((a, b) => a - b);
  }

  domainName = (id: number): string =>
    id === RESERVED ? "reserved" : id === 0 ? "none" : (this.world.domain[id]?.name ?? "?");

  /**
   * One field of an entry in memory, as `say` reads it from a state. It was last written by the store of its qword,
   * wherever in it the field lies.
   */
  #entryField(name: string, qword: Where, say: (of: KernelState) => string): Field {
    const by = this.#writes[this.#offset(qword)]?.at(-1);
    const [value, was] = [say(this.now), say(this.before)];
    return { name, value, ...(value === was ? {} : { was }), ...(by === undefined ? {} : { by }) };
  }

  ste(stream: number): SteView {
    const w = this.world;
    const sid = sidName(w.stream[stream]?.sid ?? 0);
    const config = (s: KernelState) => steFacts(s, w, stream).Config;
    /** A field of the entry, as far as the Config beside it uses it: what hardware does not look at says nothing. */
    const field = (
      name: keyof SteFacts,
      qword: "q0" | "q1" | "q2" | "q3",
      usedBy: readonly number[] | null,
      say: (value: number) => string,
    ): Field => {
      const used = (s: KernelState) => usedBy === null || usedBy.includes(config(s));
      const shown = this.#entryField(name, ["ste", stream, qword], (s) =>
        used(s) ? say(steFacts(s, w, stream)[name]) : "-",
      );
      const inWords = (value: string) => (value === "-" ? "not used" : value);
      if (shown.was !== undefined) {
        const what = `\`STE ${sid}\` ${name}`;
        this.changes.push({ layer: "tables", what, was: inWords(shown.was), is: inWords(shown.value) });
      }
      if (used(this.now)) return shown;
      return { ...shown, meaning: `Config ${CONFIG_NAMES[config(this.now)]} does not use it` };
    };
    const fields = [
      field("V", "q0", null, String),
      field("Config", "q0", null, (v) => CONFIG_NAMES[v] ?? String(v)),
      field("S1ContextPtr", "q0", [CFG_S1_TRANS], (v) => (v === 0 ? "none" : "set")),
      field("S1DSS", "q1", [CFG_S1_TRANS], (v) => S1DSS_NAMES[v] ?? String(v)),
      field("S2VMID", "q2", [CFG_S2_TRANS, CFG_NESTED], (v) => (v === 0 ? "0" : String(w.domain[v]?.tag))),
      field("EATS", "q1", [CFG_S1_TRANS, CFG_S2_TRANS, CFG_NESTED], (v) => (v === 1 ? "TRANS" : "0")),
      ...(w.vsmmu.length > 1 ? [field("vSTE", "q0", [CFG_NESTED], (v) => `of ${w.domain[v]?.name}`)] : []),
    ];
    const entries = w.ste[stream]?.entries;
    const places = (["q0", "q1", "q2", "q3"] as const).map((qword): Where => ["ste", stream, qword]);
    return {
      sid,
      fields,
      ...this.#entry(places, (s) => entries?.qwordsOf(steIn(s, stream)) ?? []),
    };
  }

  cd(device: number, ssid: number): CdView {
    const w = this.world;
    const note = (what: string, field: Field) => {
      if (field.was === undefined) return field;
      this.changes.push({ layer: "tables", what: `\`CD[${ssid}]\` ${what}`, was: field.was, is: field.value });
      return field;
    };
    const q0: Where = ["master", device, "cd_q0", ssid];
    const q1: Where = ["master", device, "cd_q1", ssid];
    const of = (s: KernelState) => cdFacts(s, w, device, ssid);
    const tag = (domain: number) => (domain === 0 ? "-" : String(w.domain[domain]?.tag));
    const table = (domain: number) => (domain === 0 ? "-" : `of ${w.domain[domain]?.name}`);
    const fields = [
      note(
        "V",
        this.#entryField("V", q0, (s) => String(of(s).V)),
      ),
      note(
        "ASID",
        this.#entryField("ASID", q0, (s) => tag(of(s).ASID)),
      ),
      this.#entryField("TTB0", q1, (s) => table(of(s).TTB0)),
      ...(w.mm.length > 1
        ? [
            note(
              "EPD0",
              this.#entryField("EPD0", q0, (s) => String(of(s).EPD0)),
            ),
          ]
        : []),
    ];
    const entries = w.cd[device]?.entries;
    const places: Where[] = [q0, q1, ["master", device, "cd_q3", ssid]];
    return { ssid, fields, ...this.#entry(places, (s) => entries?.qwordsOf(cdIn(s, device, ssid)) ?? []) };
  }

  /** An entry as qwords, now and before the step, and the steps that changed it. */
  #entry(places: readonly Where[], read: (s: KernelState) => readonly bigint[]) {
    const digits = (s: KernelState) => read(s).map((q) => q.toString(16).padStart(16, "0"));
    const changed = places.some((where) => this.changed(where));
    const qwords = digits(this.now);
    const entry = { qwords, ...(changed ? { was: digits(this.before) } : {}) };
    return { entry, changed, writes: this.#stepsOf(places) };
  }

  /** Domains whose devices list holds a (master, ssid). */
  trackers(state: KernelState, device: number, ssid: number): number[] {
    const found: number[] = [];
    for (let d = FIRST_DOMAIN; d < this.world.domain.length; d++) {
      if ((state.domain[d].devices[slot(this.world, device, ssid)] as number) > 0) found.push(d);
    }
    return found;
  }
}
