/**
 * State in fields: each byte that is worth showing, with its name, its value in words, what it was before the step, and
 * the step that last wrote it.
 */
import { FIRST_DOMAIN, type KernelState, RESERVED, schema, slot, type World } from "../kernel/structs.ts";
import { CONFIG_NAMES, sidName } from "../kernel/words.ts";
import { cdFacts, cdIn, steFacts, steIn } from "../hw/tables.ts";
import { revertDiff } from "../sim/diff.ts";
import { packedViews } from "../sim/views.ts";
import type { Play } from "../scenarios/play.ts";
import { cdFields, steFields } from "./entry-fields.ts";
import type { CdView, ChangeView, Field, SteView } from "./protocol.ts";

/** Which byte: struct, instance, field, and index for an array. */
export type Where = readonly [struct: string, index: number, field: string, at?: number];

export class Facts {
  readonly now: KernelState;
  readonly before: KernelState;
  readonly world: World;
  readonly #offsets = new Map<string, number>();
  readonly #now: Uint8Array;
  readonly #before: Uint8Array;
  /** The steps until the position that changed each shared byte, in order. */
  readonly #writes: number[][] = [];
  /** The first step after the position that changes each shared byte, in the run as it is recorded. */
  readonly #next: number[] = [];
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
    for (let i = play.player.events.length - 1; i >= position; i--) {
      for (const at of play.player.diffAt(i)?.at ?? []) {
        if (at < machine.layout.sharedSize) this.#next[at] = i + 1;
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

  /** Every step until the position that changed one of these, once, in order. */
  stepsOf(places: readonly Where[]): number[] {
    const steps = new Set(places.flatMap((where) => this.#writes[this.#offset(where)] ?? []));
    return [...steps].sort((a, b) => a - b);
  }

  /** When one of these changed until the position, and where the recorded run goes on to change one. */
  writesOf(places: readonly Where[]): { readonly writes: number[]; readonly next?: number } {
    const later = places.flatMap((where) => this.#next[this.#offset(where)] ?? []);
    return { writes: this.stepsOf(places), ...(later.length === 0 ? {} : { next: Math.min(...later) }) };
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
    const of = (s: KernelState) => steFacts(s, w, stream);
    const fields = steFields(w).map(({ name, qword, isUsed, say }): Field => {
      const shown = this.#entryField(name, ["ste", stream, qword], (s) => say(of(s)));
      const inWords = (value: string) => (value === "-" ? "not used" : value);
      if (shown.was !== undefined) {
        const what = `\`STE ${sid}\` ${name}`;
        this.changes.push({ layer: "tables", what, was: inWords(shown.was), is: inWords(shown.value) });
      }
      if (isUsed(of(this.now))) return shown;
      return { ...shown, meaning: `Config ${CONFIG_NAMES[of(this.now).Config]} does not use it` };
    });
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
    const fields = cdFields(w).map(({ name, qword, say }): Field => {
      const where: Where = ["master", device, qword, ssid];
      const field = this.#entryField(name, where, (s) => say(cdFacts(s, w, device, ssid)));
      // which table it is goes with the tag
      if (field.was !== undefined && name !== "TTB0")
        this.changes.push({ layer: "tables", what: `\`CD[${ssid}]\` ${name}`, was: field.was, is: field.value });
      return field;
    });
    const entries = w.cd[device]?.entries;
    const places = (["cd_q0", "cd_q1", "cd_q3"] as const).map((qword): Where => ["master", device, qword, ssid]);
    return { ssid, fields, ...this.#entry(places, (s) => entries?.qwordsOf(cdIn(s, device, ssid)) ?? []) };
  }

  /** An entry as qwords, now and before the step, and the steps that changed it. */
  #entry(places: readonly Where[], read: (s: KernelState) => readonly bigint[]) {
    const digits = (s: KernelState) => read(s).map((q) => q.toString(16).padStart(16, "0"));
    const changed = places.some((where) => this.changed(where));
    const qwords = digits(this.now);
    const entry = { qwords, ...(changed ? { was: digits(this.before) } : {}) };
    return { entry, changed, ...this.writesOf(places) };
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
