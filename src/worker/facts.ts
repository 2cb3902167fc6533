/**
 * State in fields: each byte that is worth showing, with its name, its value in words, what it was before the step, and
 * the step that last wrote it.
 */
import { FIRST_DOMAIN, type KernelState, RESERVED, schema, slot, type World } from "../kernel/structs.ts";
import { CONFIG_NAMES, S1DSS_NAMES, sidName } from "../kernel/words.ts";
import { CFG_S1_TRANS, CFG_S2_TRANS } from "../hw/tables.ts";
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
  readonly #by: Int32Array;
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
    this.#by = new Int32Array(machine.layout.sharedSize);
    for (let i = 0; i < position; i++) {
      for (const at of play.player.diffAt(i)?.at ?? []) if (at < this.#by.length) this.#by[at] = i + 1;
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

  /** One field; a change of it is noted once, under `what` in the list of changes. */
  field(
    name: string,
    where: Where,
    say: (value: number) => string,
    note?: { layer: ChangeView["layer"]; what: string },
  ): Field {
    const at = this.#offset(where);
    const value = say(this.#now[at] as number);
    const was = say(this.#before[at] as number);
    const by = this.#by[at] as number;
    if (note !== undefined && value !== was) this.changes.push({ layer: note.layer, what: note.what, was, is: value });
    return { name, value, ...(value === was ? {} : { was }), ...(by > 0 ? { by } : {}) };
  }

  domainName = (id: number): string =>
    id === RESERVED ? "reserved" : id === 0 ? "none" : (this.world.domain[id]?.name ?? "?");

  ste(stream: number): SteView {
    const w = this.world;
    const sid = sidName(w.stream[stream]?.sid ?? 0);
    const note = (what: string) => ({ layer: "tables" as const, what: `\`STE ${sid}\` ${what}` });
    const own = this.now.ste[stream];
    const old = this.before.ste[stream];
    // a field that neither the old nor the new Config uses says nothing
    const uses = (config: number) => own.Config === config || old.Config === config;
    const fields = [
      this.field("V", ["ste", stream, "V"], String, note("V")),
      this.field("Config", ["ste", stream, "Config"], (v) => CONFIG_NAMES[v] ?? String(v), note("Config")),
      this.field(
        "S1ContextPtr",
        ["ste", stream, "S1ContextPtr"],
        (v) => (v === 0 ? "none" : "set"),
        note("S1ContextPtr"),
      ),
      this.field(
        "S1DSS",
        ["ste", stream, "S1DSS"],
        (v) => (uses(CFG_S1_TRANS) ? (S1DSS_NAMES[v] ?? String(v)) : "-"),
        note("S1DSS"),
      ),
      this.field(
        "S2VMID",
        ["ste", stream, "S2VMID"],
        (v) => (v === 0 ? (uses(CFG_S2_TRANS) ? "0" : "-") : String(w.domain[v]?.tag)),
        note("S2VMID"),
      ),
      this.field("EATS", ["ste", stream, "EATS"], (v) => (v === 1 ? "TRANS" : "0"), note("EATS")),
    ];
    return { sid, fields, changed: fields.some((f) => f.was !== undefined) };
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
    ];
    return { ssid, fields, changed: fields.some((f) => f.was !== undefined) };
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
