/**
 * STE and CD 0 of a part, recorded against the model: what both have is compared field by field, numbers that depend on
 * the boot are mapped one to one, and what the model has no field for is counted.
 */
import { CFG_S1_TRANS, CFG_S2_TRANS, type SteFacts } from "../../hw/tables.ts";
import { CONFIG_NAMES } from "../../kernel/words.ts";
import { decodeCd, decodeSte, type RecordedCd, type RecordedSte } from "./bits.ts";
import type { Memory } from "./commands.ts";
import type { ModelCd, ModelTables, PlayEvent } from "./machine.ts";
import type { Names } from "./names.ts";
import { type Part, userName } from "./parts.ts";
import type { PartPlay } from "./play.ts";
import type { Rest } from "./read.ts";
import type { Row, Tally } from "./tally.ts";

const OTHER_STE = "the other bits of an STE: S1Fmt, S1CDMax, cacheability, STRW, SHCFG, MEV, VTCR and the like";
const OTHER_CD = "the other bits of a CD: TCR, IPS, A, R, S, ASET, HA, HD, MAIR and the like";

/** What the kernel did and what the model did; nothing where they agree. */
export type Fault = readonly [expected: string, actual: string] | undefined;

/** Whether an STE leads to a CD table. */
export const leads = (ste: RecordedSte | undefined) => ste?.V === 1 && ste.Config === CFG_S1_TRANS;

export class Entries {
  readonly part: Part;
  readonly play: PartPlay;
  readonly names: Names;
  readonly tally: Tally;

  constructor(part: Part, play: PartPlay, names: Names, tally: Tally) {
    this.part = part;
    this.play = play;
    this.names = names;
    this.tally = tally;
  }

  /** A domain as the capture calls it, or as this part does. */
  domainName(domain: number): string {
    const name = this.play.stage.world.domain[domain]?.name ?? "no domain";
    const own = this.part.domains.find((d) => userName(this.part, d) === name);
    return own ?? (name.startsWith("unnamed") ? `${name} of group ${this.part.groups.join(", ")}` : name);
  }

  /** The number of the domain with a name, 0 if there is none. */
  domainNamed(name: string | undefined): number {
    return Math.max(
      0,
      this.play.stage.world.domain.findIndex((_d, i) => i > 0 && this.domainName(i) === name),
    );
  }

  sidOf(device: number): string {
    const bdf = this.play.stage.world.device[device]?.name;
    return this.part.devices.find((d) => d.bdf === bdf)?.sid ?? "no device";
  }

  deviceOf(sid: string): number {
    const bdf = this.part.devices.find((d) => d.sid === sid)?.bdf;
    return this.play.stage.world.device.findIndex((d) => d.name === bdf);
  }

  /** StreamIDs of the part that a snapshot knows. */
  sidsIn(rest: Rest): string[] {
    return this.part.devices.map((d) => d.sid).filter((sid) => rest[sid] !== undefined);
  }

  /** Numbers of freed domains may come back for others. */
  free(events: readonly PlayEvent[]): void {
    for (const e of events) if (e.kind === "freed") this.names.release(this.domainName(e.domain));
  }

  say(row: Row, where: string, fault: Fault): void {
    if (fault === undefined) this.tally.equal(row);
    else this.tally.different(row, where, ...fault);
  }

  #domainFault(tag: "ASID" | "VMID", value: number, table: string, domain: number): Fault {
    const name = this.domainName(domain);
    const tagged = this.names.bind(tag, String(value), name);
    if (tagged !== "") return [`${tag} ${value}`, `that of ${tagged}`];
    const based = this.names.bind("page table", table, name);
    return based === "" ? undefined : [`page table ${table}`, `that of ${based}`];
  }

  #steFault(recorded: RecordedSte, model: SteFacts): Fault {
    if (recorded.V !== model.V) return [`V ${recorded.V}`, `V ${model.V}`];
    if (recorded.V === 0) return undefined;
    for (const field of ["Config", "S1DSS", "EATS"] as const) {
      if (recorded[field] === model[field]) continue;
      const say = (value: number) => `${field} ${field === "Config" ? (CONFIG_NAMES[value] ?? value) : value}`;
      return [say(recorded[field]), say(model[field])];
    }
    const stage1 = model.Config === CFG_S1_TRANS;
    const stage2 = model.Config === CFG_S2_TRANS;
    if (stage1) {
      const why = this.names.bind(
        "CD table",
        recorded.S1ContextPtr,
        `the CD table of ${this.sidOf(model.S1ContextPtr)}`,
      );
      if (why !== "") return [`S1ContextPtr ${recorded.S1ContextPtr}`, `that of ${why}`];
    } else if (recorded.S1ContextPtr !== "0x0") {
      return [`S1ContextPtr ${recorded.S1ContextPtr}`, "S1ContextPtr 0x0"];
    }
    if (stage2) return this.#domainFault("VMID", recorded.S2VMID, recorded.S2TTB, model.S2VMID);
    if (recorded.S2VMID !== 0) return [`S2VMID ${recorded.S2VMID}`, "S2VMID 0"];
    return recorded.S2TTB === "0x0" ? undefined : [`S2TTB ${recorded.S2TTB}`, "S2TTB 0x0"];
  }

  #cdFault(recorded: RecordedCd, model: ModelCd): Fault {
    if (recorded.V !== model.V) return [`V ${recorded.V}`, `V ${model.V}`];
    return recorded.V === 0 ? undefined : this.#domainFault("ASID", recorded.ASID, recorded.TTB0, model.domain);
  }

  compareSte(row: Row, where: string, sid: string, recorded: RecordedSte, tables: ModelTables): void {
    const model = tables.ste[this.deviceOf(sid)];
    if (model === undefined) return;
    this.say(row, where, this.#steFault(recorded, model));
    this.tally.notModelled(null, OTHER_STE);
  }

  compareCd(row: Row, where: string, sid: string, recorded: RecordedCd, tables: ModelTables): void {
    const model = tables.cd[this.deviceOf(sid)];
    if (model === undefined) return;
    this.say(row, where, this.#cdFault(recorded, model));
    this.tally.notModelled(null, OTHER_CD);
  }

  /** Compares what memory holds for some StreamIDs. A CD counts where an STE leads to it. */
  compareMemory(rows: readonly [Row, Row], when: string, sids: Iterable<string>, memory: Memory, tables: ModelTables) {
    for (const sid of sids) {
      const ste = memory.ste.get(sid);
      if (ste === undefined) continue;
      this.compareSte(rows[0], `STE ${sid} ${when}`, sid, ste, tables);
      const cd = memory.cd.get(sid);
      if (leads(ste) && cd !== undefined) this.compareCd(rows[1], `CD 0 of ${sid} ${when}`, sid, cd, tables);
    }
  }

  /** Entries that were taken over: who is who from now on. They begin alike, so only what cannot be is counted. */
  take(rest: Rest): void {
    const { tables } = this.play.stage;
    for (const sid of this.sidsIn(rest)) {
      const ste = tables.ste[this.deviceOf(sid)];
      const cd = tables.cd[this.deviceOf(sid)];
      const entry = rest[sid];
      if (ste === undefined || cd === undefined || entry === undefined) continue;
      const recorded = decodeSte(entry.ste);
      const fault =
        this.#steFault(recorded, ste) ??
        (leads(recorded) && entry.cd0 != null ? this.#cdFault(decodeCd(entry.cd0), cd) : undefined);
      if (fault !== undefined) this.tally.different("STE at rest", `${sid}, taken over`, ...fault);
    }
  }
}
