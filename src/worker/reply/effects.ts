/** What a step changed, in a few words each: what the kernel keeps, and what tables and functions hold. */
import { slot, type KernelState, RESERVED, schema, type World } from "../../kernel/structs.ts";
import { arrayDomains, TRASH, usersIn } from "../../kernel/invs.ts";
import { CONFIG_NAMES, invName, S1DSS_NAMES, sidName } from "../../kernel/words.ts";
import { CFG_S1_TRANS, CFG_S2_TRANS } from "../../hw/answers.ts";
import { hex } from "../../hw/fields.ts";
import { entryQword } from "../../kernel/entry-bytes.ts";
import { type CdFacts, cdFacts, steFacts } from "../../hw/tables.ts";
import type { Play } from "../../scenarios/play.ts";
import { applyDiff, revertDiff } from "../../sim/diff.ts";
import type { PlacedField } from "../../sim/layout.ts";
import { packedViews } from "../../sim/views.ts";
import { resetName } from "../reset-name.ts";

export interface Effects {
  /** "`group->domain` D0 -> D2": of the core and the driver. */
  readonly kernel: readonly string[];
  /** "STE S2 D2", "FLR begins": of the tables, the function and the commands sent. */
  readonly hardware: readonly string[];
}

/** Fields without words of their own: they follow from another one, or the statement says it better. */
const SILENT: ReadonlySet<string> = new Set([
  "pdev.saved_master",
  "pdev.state_saved",
  "bound.failures_left",
  "domain.nr_ats_masters",
  "iopf.removals",
]);

const NAMES: Readonly<Record<string, string>> = {
  "group.domain": "group->domain",
  "igroup.pasid_attach": "igroup->pasid_attach",
  "master.cdtab": "CD table",
  "master.cdtab_l2": "CD table, second level",
  "pdev.ats_enabled": "pdev->ats_enabled",
  "domain.mapped": "page of",
};

/** What is said of arrays is what became of the published ones; of a queue, the statements say what was put and taken. */
const OTHERWISE = /^(invs|invst|cmdq|evtq)\.|^domain\.invs$/;

const DOMAINS = /^(group\.(domain|default_domain|blocking_domain|pasid_array)|igroup\.pasid_attach)$/;
const DEVICE = /^(ste|pdev|ste_cache|cd_cache|iotlb)\.|^master\.cd_/;

/** One byte of the state as a reader names it, with its value. */
export function fieldText(
  w: World,
  { struct, index, field, array }: PlacedField,
  at: number,
  value: number,
): { what: string; value: string } {
  const name = `${struct}.${field}`;
  const entry = entryQword(w, struct, field, index, value);
  if (entry !== null) {
    const of =
      entry.of === "stream" ? sidName(w.stream[index]?.sid ?? 0) : w.device.length > 2 ? w.device[index]?.name : "";
    const where = struct.endsWith("_cache") ? " in the SMMU" : "";
    const which = entry.kind === "ste" ? "STE" : `CD[${at}]`;
    return { what: `${which}${of === "" ? "" : ` ${of}`}${where}, qword ${entry.qword}`, value: hex(entry.value) };
  }
  if (struct.endsWith("_cache")) {
    const which = struct === "ste_cache" ? "STE" : `CD[${at}]`;
    return { what: `${which} ${sidName(w.stream[index]?.sid ?? 0)} in the SMMU, \`${field}\``, value: String(value) };
  }
  const domain = (id: number) => (id === RESERVED ? "reserved" : id === 0 ? "none" : (w.domain[id]?.name ?? "?"));
  const of =
    struct === "domain"
      ? ` of ${domain(index)}`
      : struct === "group" || struct === "igroup"
        ? w.group.length > 2
          ? ` of ${w.group[index]?.name}`
          : ""
        : w.device.length > 2 && ["pdev", "gdev", "master", "idev", "dev_iommu"].includes(struct)
          ? ` of ${w.device[index]?.name}`
          : "";
  const places = name === "domain.devices" || name === "domain.invs_ats";
  const own = (NAMES[name] ?? field) + (array && !places ? `[${at}]` : "");
  const isDomain = DOMAINS.test(name) || name === "master.cd_domain" || name === "pdev.atc";
  return { what: `\`${own}\`${of}`, value: isDomain ? domain(value) : String(value) };
}

/** Turns the differences of a run into words, step by step from the first. */
export class Changes {
  readonly #play: Play;
  readonly #world: World;
  readonly #bytes: Uint8Array;
  readonly #before: KernelState;
  readonly #after: KernelState;
  readonly #afterBytes: Uint8Array;
  readonly #fields = new Map<number, PlacedField>();
  #index = 0;

  constructor(play: Play) {
    this.#play = play;
    this.#world = play.model.world;
    const { layout, bytes } = play.machine;
    this.#bytes = bytes.slice();
    for (let i = play.position - 1; i >= 0; i--) revertDiff(this.#bytes, play.player.diffAt(i) ?? nothing);
    this.#afterBytes = this.#bytes.slice();
    this.#before = packedViews(schema, layout, this.#bytes) as unknown as KernelState;
    this.#after = packedViews(schema, layout, this.#afterBytes) as unknown as KernelState;
    for (const f of layout.fields) {
      if (!f.ghost) for (let i = 0; i < f.size; i++) this.#fields.set(f.offset + i, f);
    }
  }

  /** The effects of the next step; `index` only says which one that is. */
  next(index: number): Effects {
    this.#index = index;
    const diff = this.#play.player.diffAt(index) ?? nothing;
    applyDiff(this.#afterBytes, diff);
    const kernel: string[] = [];
    const hardware = new Set<string>();
    const commands = (this.#play.records[index]?.trace ?? []).filter((t) => t.kind === "command");
    const syncs = commands.filter(({ letter }) => letter === "C");
    // what was there between two stores of one step is in no state
    if (syncs.slice(0, -1).some(({ invalid }) => invalid)) hardware.add("V=0");
    diff.at.forEach((at, i) => {
      const field = this.#fields.get(at);
      if (field === undefined) return;
      const name = `${field.struct}.${field.field}`;
      if (SILENT.has(name) || OTHERWISE.test(name)) return;
      if (DEVICE.test(name) && name !== "pdev.ats_enabled" && name !== "pdev.pasid_enabled") {
        for (const word of this.#hardware(field, at - field.offset)) hardware.add(word);
      } else kernel.push(this.#kernel(name, field, at - field.offset, diff.was[i] ?? 0, diff.is[i] ?? 0));
    });
    kernel.push(...this.#invs());
    applyDiff(this.#bytes, diff);
    // a CFGI and a PREFETCH_CFG belong to their write
    for (const { letter, text } of commands) if (letter !== "C" && letter !== "P") hardware.add(text);
    for (const t of this.#play.records[index]?.trace ?? []) if (t.kind === "event") hardware.add(t.text);
    return { kernel, hardware: [...hardware] };
  }

  #domain = (id: number): string =>
    id === RESERVED ? "reserved" : id === 0 ? "none" : (this.#world.domain[id]?.name ?? "?");

  /** Of which object, where the world has more than one. */
  #of(struct: string, index: number): string {
    const w = this.#world;
    if (struct === "domain") return ` of ${this.#domain(index)}`;
    if (struct === "group" || struct === "igroup") return w.group.length > 2 ? ` of ${w.group[index]?.name}` : "";
    return w.device.length > 2 ? ` of ${w.device[index]?.name}` : "";
  }

  #kernel(name: string, { struct, index, field, array }: PlacedField, at: number, was: number, is: number): string {
    if (name === "domain.devices") {
      return `${this.#domain(index)}.devices: ${is > was ? "+" : "-"} ${this.#slotName(at)}`;
    }
    const say = DOMAINS.test(name) ? this.#domain : String;
    const own = (NAMES[name] ?? field) + (array ? `[${at}]` : "");
    return `${own}${this.#of(struct, index)} ${say(was)} -> ${say(is)}`;
  }

  #invs(): string[] {
    const w = this.#world;
    return arrayDomains(w).flatMap((domain) => {
      const [was, is] = [usersIn(this.#before, domain), usersIn(this.#after, domain)];
      return Array.from({ length: w.invs.places }).flatMap((_x, place) => {
        const [before, n] = [(was[place] ?? 0) % TRASH, (is[place] ?? 0) % TRASH];
        if (n === before) return [];
        return [`${this.#domain(domain)}.invs: ${n > before ? "+" : "-"} ${invName(w, domain, place)}`];
      });
    });
  }

  #slotName(at: number): string {
    const w = this.#world;
    for (let dev = 1; dev < w.device.length; dev++) {
      const ssid = at - slot(w, dev, 0);
      if (ssid < 0 || ssid >= w.pasids) continue;
      return w.device.length > 2 ? `(${w.device[dev]?.name}, ssid ${ssid})` : `ssid ${ssid}`;
    }
    return "?";
  }

  #hardware({ struct, index, field }: PlacedField, at: number): string[] {
    const w = this.#world;
    if (struct === "ste") return this.#ste(index, field);
    if (struct.endsWith("_cache")) return field === "held" ? [this.#held(struct, index, at)] : [];
    if (struct === "iotlb") {
      const { page } = this.#after.iotlb[index];
      return [`TLB ${page === 0 ? `without ${this.#domain(index)}` : `has ${this.#domain(page)}`}`];
    }
    const dev = w.device.length > 2 ? `${w.device[index]?.name} ` : "";
    if (struct === "master") {
      const was = cdFacts(this.#before, w, index, at);
      const now = cdFacts(this.#after, w, index, at);
      const says = now.V === 0 ? "V=0" : this.#domain(now.ASID);
      return [`${dev}CD[${at}] ${isTorn(was, now) ? field.replace("cd_", "") : says}`];
    }
    const was = this.#before.pdev[index];
    const now = this.#after.pdev[index];
    // the reset itself clears the enables and the ATC
    if (now.in_reset !== was.in_reset) return [`${dev}${this.#reset(index, now.in_reset === 1)}`];
    const onOff = (value: number) => (value === 1 ? "on" : "off");
    if (field === "bus_master") return [`${dev}DMA ${onOff(now.bus_master)}`];
    if (field === "ats_ctrl") return [`${dev}ATS ${onOff(now.ats_ctrl)}`];
    if (field === "pasid_ctrl") return [`${dev}PASID ${onOff(now.pasid_ctrl)}`];
    if (field === "atc") return [`${dev}ATC[${at}] ${this.#domain(now.atc[at] ?? 0)}`];
    // sent or completed: the command itself is told apart
    return field === "atc_inv" ? [] : [`${dev}${field}`];
  }

  #reset(device: number, begins: boolean): string {
    const { records } = this.#play;
    const name = resetName(records, device, begins ? this.#index : this.#index - 1);
    return `${name} ${begins ? "begins" : "ends"}`;
  }

  /** What the SMMU holds from here on, or no more. */
  #held(struct: string, index: number, at: number): string {
    const sid = this.#world.stream.length > 2 ? ` ${sidName(this.#world.stream[index]?.sid ?? 0)}` : "";
    const [what, is] =
      struct === "ste_cache"
        ? [`STE${sid}`, this.#after.ste_cache[index].held]
        : [`CD[${at}]${sid}`, this.#after.cd_cache[index].held[at]];
    return `${what} ${is === 1 ? "held" : "dropped"}`;
  }

  #ste(index: number, field: string): string[] {
    const was = steFacts(this.#before, this.#world, index);
    const now = steFacts(this.#after, this.#world, index);
    const ste = this.#world.stream.length > 2 ? `STE ${sidName(this.#world.stream[index]?.sid ?? 0)}` : "STE";
    if (was.V === 0 && now.V === 0) return [`${ste} ${field}`];
    if (now.V === 0) return [`${ste} V=0`];
    const words: string[] = [];
    const anew = was.V !== now.V || was.Config !== now.Config || was.S2VMID !== now.S2VMID;
    if (anew) {
      const stage = now.Config === CFG_S1_TRANS ? "S1" : now.Config === CFG_S2_TRANS ? "S2" : undefined;
      const domain = now.Config === CFG_S2_TRANS ? ` ${this.#domain(now.S2VMID)}` : "";
      words.push(`${ste} ${stage ?? CONFIG_NAMES[now.Config] ?? now.Config}${domain}`);
    }
    if (now.Config === CFG_S1_TRANS && (anew || was.S1DSS !== now.S1DSS)) {
      const value = S1DSS_NAMES[now.S1DSS] ?? String(now.S1DSS);
      words.push(`S1DSS=${value === "TERMINATE" ? "TERM" : value}`);
    }
    if (!anew && was.EATS !== now.EATS) words.push(`EATS=${now.EATS}`);
    return words.length > 0 ? words : [`${ste} ${field}`];
  }
}

/** One store among several: what the CD says as a whole is as before. */
const isTorn = (was: CdFacts, now: CdFacts) => was.V === now.V && was.ASID === now.ASID && was.EPD0 === now.EPD0;

const nothing = { at: [], was: [], is: [] };
