/**
 * STE and CD 0 of a part, recorded against the model: all eight qwords, bit by bit. Addresses, ASIDs and VMIDs depend on
 * the boot: they are mapped one to one, for as long as their object lives, and 0 stands for nobody on both sides.
 */
import { CD } from "../../hw/cd-fields.ts";
import { type Field, get, put, type Qwords } from "../../hw/fields.ts";
import { STE } from "../../hw/ste-fields.ts";
import type { Memory } from "./commands.ts";
import type { ModelCd, ModelSte, ModelTables, PlayEvent } from "./machine.ts";
import type { Names, Space } from "./names.ts";
import { leads, type Part, userName } from "./parts.ts";
import type { PartPlay } from "./play.ts";
import { qwordsOf, text } from "./qwords.ts";
import type { Rest } from "./read.ts";
import type { Row, Tally } from "./tally.ts";

/** What the kernel did and what the model did; nothing where they agree. */
export type Fault = readonly [expected: string, actual: string] | undefined;

/** A field that holds a number of the boot, and whose it is in the model. */
export interface Mapped {
  readonly field: Field;
  /** "" for a place that no object has. */
  readonly space: Space | "";
  readonly object: string;
}

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

  /** Where qwords differ, up to what is mapped; the model's are said with the mapped numbers of the capture. */
  fault(recorded: Qwords, model: Qwords, mapped: readonly Mapped[]): Fault {
    // a number that only one side has is compared as it is
    const own = mapped.filter(({ field }) => get(recorded, field) !== 0n && get(model, field) !== 0n);
    const translated = model.map((q, i) =>
      own.reduce((word, { field }) => {
        return field.qword === i ? (word & ~field.mask) | put(field, get(recorded, field)) : word;
      }, q),
    );
    const differ = recorded.map((_q, i) => i).filter((i) => recorded[i] !== translated[i]);
    if (differ.length > 0) {
      const say = (q: Qwords) => differ.map((i) => `qword ${i} ${text(q[i])}`).join(", ");
      return [say(recorded), say(translated)];
    }
    for (const { field, space, object } of own) {
      if (space === "") continue;
      const value = `0x${get(recorded, field).toString(16)}`;
      const taken = this.names.bind(space, value, object);
      if (taken !== "") return [`${space} ${value}`, `that of ${taken}`];
    }
    return undefined;
  }

  #steFault(recorded: Qwords, { q, facts }: ModelSte): Fault {
    return this.fault(recorded, q, [
      { field: STE.S1CTXPTR, space: "CD table", object: `the CD table of ${this.sidOf(facts.S1ContextPtr)}` },
      { field: STE.S2VMID, space: "VMID", object: this.domainName(facts.S2VMID) },
      { field: STE.S2TTB, space: "page table", object: this.domainName(facts.S2TTB) },
    ]);
  }

  #cdFault(recorded: Qwords, { q, facts }: ModelCd): Fault {
    return this.fault(recorded, q, [
      { field: CD.ASID, space: "ASID", object: this.domainName(facts.ASID) },
      { field: CD.TTB0, space: "page table", object: this.domainName(facts.TTB0) },
    ]);
  }

  /**
   * Compares what memory holds for some StreamIDs. A CD counts where an STE leads to it, or the model has its table: what
   * else was watched may be memory that was freed.
   */
  compareMemory(rows: readonly [Row, Row], when: string, sids: Iterable<string>, memory: Memory, tables: ModelTables) {
    for (const sid of sids) {
      const ste = tables.ste[this.deviceOf(sid)];
      const recorded = memory.ste.get(sid);
      if (recorded === undefined || ste === undefined) continue;
      this.say(rows[0], `STE ${sid} ${when}`, this.#steFault(recorded, ste));
      const cd = tables.cd[this.deviceOf(sid)];
      const recordedCd = memory.cd.get(sid);
      if (cd !== undefined && recordedCd !== undefined && (leads(recorded) || cd.cdtab))
        this.say(rows[1], `CD 0 of ${sid} ${when}`, this.#cdFault(recordedCd, cd));
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
      const recorded = qwordsOf(entry.ste);
      const fault =
        this.#steFault(recorded, ste) ??
        (leads(recorded) && entry.cd0 != null ? this.#cdFault(qwordsOf(entry.cd0), cd) : undefined);
      if (fault !== undefined) this.tally.different("STE at rest", `${sid}, taken over`, ...fault);
    }
  }
}
