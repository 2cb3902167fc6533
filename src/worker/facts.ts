/**
 * State in fields: each byte that is worth showing, with its name, its value in words, what it was before the step, and
 * the step that last wrote it.
 */
import { FIRST_DOMAIN, type KernelState, RESERVED, schema, slot, type World } from "../kernel/structs.ts";
import { CONFIG_NAMES, S1DSS_NAMES, sidName } from "../kernel/words.ts";
import { CFG_NESTED, CFG_S1_TRANS, CFG_S2_TRANS } from "../hw/tables.ts";
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

  ste(stream: number): SteView {
    const w = this.world;
    const sid = sidName(w.stream[stream]?.sid ?? 0);
    const config = (s: KernelState) => s.ste[stream].Config;
    /** A field of the entry, as far as the Config beside it uses it: what hardware does not look at says nothing. */
    const field = (
      name: keyof KernelState["ste"][number],
      usedBy: readonly number[] | null,
      say: (value: number) => string,
    ): Field => {
      const used = (s: KernelState) => usedBy === null || usedBy.includes(config(s));
      const shown = this.field(name, ["ste", stream, name], (v, s) => (used(s) ? say(v) : "-"));
      const inWords = (value: string) => (value === "-" ? "not used" : value);
      if (shown.was !== undefined) {
        const what = `\`STE ${sid}\` ${name}`;
        this.changes.push({ layer: "tables", what, was: inWords(shown.was), is: inWords(shown.value) });
      }
      if (used(this.now)) return shown;
      return { ...shown, meaning: `Config ${CONFIG_NAMES[config(this.now)]} does not use it` };
    };
    const fields = [
      field("V", null, String),
      field("Config", null, (v) => CONFIG_NAMES[v] ?? String(v)),
      field("S1ContextPtr", [CFG_S1_TRANS], (v) => (v === 0 ? "none" : "set")),
      field("S1DSS", [CFG_S1_TRANS], (v) => S1DSS_NAMES[v] ?? String(v)),
      field("S2VMID", [CFG_S2_TRANS, CFG_NESTED], (v) => (v === 0 ? "0" : String(w.domain[v]?.tag))),
      field("EATS", [CFG_S1_TRANS, CFG_S2_TRANS, CFG_NESTED], (v) => (v === 1 ? "TRANS" : "0")),
      ...(w.vsmmu.length > 1 ? [field("vSTE", [CFG_NESTED], (v) => `of ${w.domain[v]?.name}`)] : []),
    ];
    const writes = this.#stepsOf(fields.map(({ name }) => ["ste", stream, name]));
    return { sid, fields, changed: fields.some((f) => f.was !== undefined), writes };
  }

  cd(device: number, ssid: number): CdView {
    const w = this.world;
    const note = (what: string) => ({ layer: "tables" as const, what: `\`CD[${ssid}]\` ${what}` });
    const fields = [
      this.field("V", ["master", device, "cd_V", ssid], String, note("V")),
      this.field(
        "ASID",
        ["master", device, "cd_domain", ssid],
        (v) => (v === 0 ? "-" : String(w.domain[v]?.tag)),
        note("ASID"),
      ),
      this.field("TTB0", ["master", device, "cd_domain", ssid], (v) => (v === 0 ? "-" : `of ${w.domain[v]?.name}`)),
      ...(w.mm.length > 1 ? [this.field("EPD0", ["master", device, "cd_EPD0", ssid], String, note("EPD0"))] : []),
    ];
    const writes = this.#stepsOf([
      ["master", device, "cd_V", ssid],
      ["master", device, "cd_EPD0", ssid],
      ["master", device, "cd_domain", ssid],
    ]);
    return { ssid, fields, changed: fields.some((f) => f.was !== undefined), writes };
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
