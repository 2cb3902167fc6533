/**
 * A part's operations, played: what the capture says that user space did becomes threads of the model, with the same
 * callers, devices and overlap.
 *
 * An operation that was issued during a reset is run while the function is in it, between the write that starts the reset
 * and the end of the wait; everything else runs alone. Resets issued "at once" wait where the model's locks make them.
 * What the model has no procedure for is named, never guessed.
 */
import { type Op, opKindIndex, rootOf } from "../../kernel/ops.ts";
import { DOMAIN_IDENTITY } from "../../kernel/structs.ts";
import type { Model } from "../build.ts";
import { Stage, type PlayEvent } from "./machine.ts";
import { dmaNames, groupName, type Part, type Stand, UNNAMED, userName } from "./parts.ts";
import type { Capture, CaptureOp, CaptureScenario } from "./read.ts";

/** What became of one operation. */
export interface Played {
  readonly op: CaptureOp;
  /** "0" or an errno's name; undefined where the model has none. */
  result?: string;
  /** Why there is no result, or what about the operation is not modelled; empty for neither. */
  readonly note: string;
  /** Its effect on tables is unknown: nothing of the part can be compared until it is known again. */
  readonly loses: boolean;
  /** The domain that it maps pages of, 0 for none: that may send commands which the model does not. */
  readonly maps: number;
}

/** DMA or DMA-FQ: one and the same to the tables, not to the next change of the type. */
type Flavour = "DMA" | "DMA-FQ" | "unknown";

/** What an operation is in the model: an operation, or nothing and why. */
type Plan =
  | { readonly what: "run"; readonly op: Op; readonly note: string }
  | { readonly what: "skip"; readonly note: string; readonly loses?: boolean; readonly maps?: number };

interface Pending {
  readonly thread: number;
  readonly played: Played;
  readonly op: Op;
  /** The device it resets, 0 for other operations. */
  readonly resets: number;
}

export class PartPlay {
  readonly part: Part;
  readonly stage: Stage;
  /** Sentences about what the capture does not say and had to be taken from its results. */
  readonly taken: string[] = [];
  readonly #capture: Capture;
  readonly #flavour = new Map<number, Flavour>();
  /** Functions that are attached through iommufd, by group. */
  readonly #attached = new Map<number, Set<string>>();
  #used = new Set<number>();
  #pending: Pending[] = [];
  #afterReset: (() => void)[] = [];
  #scenario: CaptureScenario | undefined;

  constructor(capture: Capture, part: Part, model: Model) {
    this.part = part;
    this.#capture = capture;
    this.stage = new Stage(model);
    for (const g of part.groups) for (const name of dmaNames(g)) this.#flavour.set(this.#domain(name), "unknown");
    for (const op of model.scenario.attached) {
      const g = this.#group(op.group?.replace(/^group /, "") ?? "");
      this.#attached.set(g, new Set(model.world.group[g]?.devices.map((d) => model.world.device[d]?.name ?? "")));
    }
    for (const g of part.groups) this.#startDriven(g);
    this.#used = this.#inUse();
  }

  /** A driver was bound to a group before, as the first operation that depends on it tells. */
  #startDriven(group: string): void {
    const devices = this.part.devices.filter((d) => d.group === group).map((d) => d.bdf);
    const ops = this.#capture.scenarios.flatMap((s) => s.ops).filter((o) => devices.includes(o.device ?? ""));
    // DMA to DMA-FQ works with a driver and without
    const telling = ops.find(
      (o) => /^(un)?bind_/.test(o.op) || (o.op === "set_default_domain_type" && o.type !== "DMA-FQ"),
    );
    const driven = telling?.op === "unbind_driver" || telling?.result === "EPERM";
    const state = this.stage.state.group[this.#group(group)];
    if (!driven || state.owner === 1) return;
    state.owner_cnt = 1;
    this.taken.push(`${groupName(group)} had a driver when the capture began`);
  }

  #domain = (name: string): number => this.stage.world.domain.findIndex((d) => d.name === name);
  #device = (bdf: string): number => this.stage.world.device.findIndex((d) => d.name === bdf);
  #group = (group: string): number => this.stage.world.group.findIndex((g) => g.name === groupName(group));
  #groupOf = (device: number): number => this.stage.world.device[device]?.group ?? 0;

  /** Plays the part's operations of a scenario; commands and rests are in the stage's events. */
  play(scenario: CaptureScenario, ops: readonly CaptureOp[]): { played: Played[]; events: readonly PlayEvent[] } {
    this.stage.events = [];
    this.#scenario = scenario;
    const played = ops.map((op) => {
      if (op.during_reset_of == null) this.#finish();
      return this.#start(op);
    });
    this.#finish();
    return { played, events: this.stage.events };
  }

  #start(op: CaptureOp): Played {
    const plan = this.#plan(op);
    if (plan.what === "skip") {
      if (this.#pending.length === 0) this.#free();
      return { op, note: plan.note, loses: plan.loses ?? false, maps: plan.maps ?? 0 };
    }
    if (!this.stage.room) return { op, note: "more than 8 operations at once", loses: true, maps: 0 };
    const played: Played = { op, note: plan.note, loses: false, maps: 0 };
    this.stage.events.push({ kind: "issued" });
    const resets = op.op === "reset" ? this.#device(op.device ?? "") : 0;
    const thread = this.stage.spawn(rootOf(plan.op, this.stage.world));
    const pending = { thread, played, op: plan.op, resets };
    if (resets > 0) this.stage.until(thread, () => this.stage.state.pdev[resets].in_reset === 1);
    else this.stage.run(thread);
    if (this.stage.isOver(thread)) this.#over(pending);
    else this.#pending.push(pending);
    return played;
  }

  #over(pending: Pending): void {
    pending.played.result = this.stage.result(pending.thread, pending.op);
    if (/^iommufd_attach$/.test(pending.played.op.op) && pending.played.result === "0") {
      const device = pending.played.op.device ?? "";
      this.#attachedOf(this.#groupOf(this.#device(device))).add(device);
    }
    this.#free();
  }

  #attachedOf(group: number): Set<string> {
    const found = this.#attached.get(group) ?? new Set<string>();
    this.#attached.set(group, found);
    return found;
  }

  /** Ends the waits of all resets, in the order of their starts, and lets who waited go on. */
  #finish(): void {
    const { stage } = this;
    const inReset = () => this.#pending.filter((p) => p.resets > 0 && stage.state.pdev[p.resets].in_reset === 1);
    const rest = () => stage.events.push({ kind: "in reset", resets: inReset().length, tables: stage.tables });
    if (inReset().length > 0) rest();
    for (let moved = true; moved; ) {
      moved = false;
      for (const p of this.#pending) {
        if (stage.machine.outcomes(p.thread) === 0) continue;
        moved = true;
        if (p.resets > 0 && !inReset().includes(p) && stage.until(p.thread, () => inReset().includes(p))) rest();
        stage.run(p.thread);
        if (!stage.isOver(p.thread)) continue;
        this.#pending = this.#pending.filter((other) => other !== p);
        this.#over(p);
      }
    }
    for (const p of this.#pending) p.played.result = stage.result(p.thread, p.op);
    for (const then of this.#afterReset.splice(0)) then();
    this.stage.sweep();
  }

  /** Domains that a group or a user of iommufd holds on to. */
  #inUse(): Set<number> {
    const { state, world } = this.stage;
    const used = new Set<number>();
    for (let g = 1; g < world.group.length; g++) {
      const group = state.group[g];
      for (const d of [group.domain, group.default_domain, state.igroup[g].pasid_attach[0] as number]) used.add(d);
    }
    return used;
  }

  /** Page tables that iommufd allocated by itself, and old default domains, go with their last user. */
  #free(): void {
    const used = this.#inUse();
    for (const domain of this.#used) {
      if (used.has(domain) || this.#ownName(domain).startsWith("hwpt")) continue;
      this.stage.events.push({ kind: "freed", domain });
    }
    this.#used = used;
  }

  /** The capture's name of a domain of user space. */
  #ownName(domain: number): string {
    const name = this.stage.world.domain[domain]?.name ?? "";
    return this.part.domains.find((d) => userName(this.part, d) === name) ?? "";
  }

  /**
   * A domain by the capture's name, or by the only one in use of whose name it is a part: `S2` for
   * `hwpt3(nest_parent S2)`. -1 where that leaves none, or several.
   */
  #userDomain(name: string): number {
    const numbers = (names: readonly string[]) => names.map((d) => this.#domain(userName(this.part, d)));
    const exact = numbers(this.part.domains.filter((d) => d === name));
    const near = name === "" ? [] : numbers(this.part.domains.filter((d) => d.includes(name)));
    const used = near.filter((d) => this.#used.has(d));
    const found = [exact, used, near].find((list) => list.length > 0) ?? [];
    return found.length === 1 ? (found[0] ?? -1) : -1;
  }

  #op(op: string, caller: string, ...args: number[]): Op {
    return { kind: opKindIndex(op, caller), args };
  }

  #plan(op: CaptureOp): Plan {
    const device = this.#device(op.device ?? "");
    const group = this.#groupOf(device);
    const needsDevice = !/^(map|unmap|other)$/.test(op.op);
    if (needsDevice && device < 1) return { what: "skip", note: `${op.op} without a device`, loses: true };
    switch (op.op) {
      case "set_default_domain_type":
        return this.#planType(op, group);
      case "reset": {
        const caller = { sysfs: "reset via sysfs", vfio: "reset via vfio" }[op.through ?? ""];
        if (caller === undefined)
          return { what: "skip", note: `reset through ${op.through ?? "nothing named"}`, loses: true };
        const note =
          op.method == null || op.method === "flr"
            ? ""
            : `reset method ${op.method}: prepare and done are compared, the reset between them is played as an FLR`;
        return { what: "run", op: this.#op("reset", caller, device), note };
      }
      case "bind_iommufd":
        return { what: "run", op: this.#op("bind", "iommufd", device), note: "" };
      case "iommufd_attach":
      case "iommufd_replace":
        return this.#planAttach(op, group);
      case "iommufd_detach": {
        const attached = this.#attachedOf(group);
        attached.delete(op.device ?? "");
        if (attached.size > 0)
          return { what: "skip", note: "iommufd_detach of a function while another of its group stays attached" };
        return { what: "run", op: this.#op("detach", "iommufd", group), note: "" };
      }
      case "unmap": {
        const domain = this.#userDomain(op.domain ?? "");
        if (domain < 1)
          return { what: "skip", note: `unmap of ${op.domain ?? "no name"}, which is nowhere attached by that name` };
        return { what: "run", op: this.#op("unmap", "unmap", domain), note: "" };
      }
      case "map":
        return {
          what: "skip",
          note: "map: its result, and invalidations where a block takes a table's place",
          maps: this.#userDomain(op.domain ?? ""),
        };
      case "bind_driver":
      case "unbind_driver":
        this.#afterReset.push(() => this.#drive(group, op.op === "bind_driver" ? 1 : -1, op.result));
        return { what: "skip", note: `${op.op}: only its count in owner_cnt is kept` };
      case "bind_vfio_pci":
      case "unbind_vfio_pci":
        return { what: "skip", note: `${op.op}: a driver that manages its own DMA touches no table` };
      case "other":
        return this.#planOther(op);
      default:
        return { what: "skip", note: `operation ${op.op}`, loses: true };
    }
  }

  /** A driver that uses the kernel's DMA API comes or goes. */
  #drive(group: number, by: number, result: string): void {
    const g = this.stage.state.group[group];
    if (result === "0" && g.owner === 0) g.owner_cnt = Math.max(0, g.owner_cnt + by);
  }

  #planOther(op: CaptureOp): Plan {
    const kind = /^[A-Z_]+/.exec(op.text ?? "")?.[0] ?? "unnamed";
    const destroyed = /^DESTROY (\S+)/.exec(op.text ?? "")?.[1];
    if (destroyed !== undefined) {
      for (const name of this.part.domains) {
        if (name === destroyed || name.startsWith(`${destroyed}(`))
          this.stage.events.push({ kind: "freed", domain: this.#domain(userName(this.part, name)) });
      }
    }
    return { what: "skip", note: `result of other: ${kind}` };
  }

  #planAttach(op: CaptureOp, group: number): Plan {
    const domain = this.#userDomain(op.domain ?? "");
    if (domain < 1) return { what: "skip", note: `${op.op} of a domain without a name`, loses: true };
    if (/nested/i.test(op.domain ?? ""))
      return { what: "skip", note: `${op.op} of a nested domain`, loses: op.result === "0" };
    const attached = this.#attachedOf(group);
    const first = attached.size === 0 || attached.has(op.device ?? "");
    if (!first) {
      if (op.result === "0") attached.add(op.device ?? "");
      return { what: "skip", note: `${op.op} of another function of a group that is attached already` };
    }
    return { what: "run", op: this.#op("attach", "iommufd", group, domain), note: "" };
  }

  /** The type file names a kind of domain; which domain that is depends on what is there. */
  #planType(op: CaptureOp, group: number): Plan {
    const type = op.type === "auto" ? this.#automatic() : (op.type ?? "");
    const current = this.stage.state.group[group].default_domain;
    const run = (domain: number): Plan => ({
      what: "run",
      op: this.#op("set_type", "type", group, domain),
      note: "",
    });
    if (type === "identity") return run(DOMAIN_IDENTITY);
    if (type !== "DMA" && type !== "DMA-FQ")
      return { what: "skip", note: `set_default_domain_type ${op.type ?? "without a type"}` };
    let flavour = this.#flavour.get(current);
    if (flavour !== undefined && type === "DMA-FQ" && flavour !== "DMA-FQ") {
      this.#flavour.set(current, "DMA-FQ");
      return { what: "skip", note: "set_default_domain_type DMA-FQ of a DMA domain: it stays, with a flush queue" };
    }
    // a refusal for a bound driver comes before the domain is looked at
    if (flavour === "unknown" && op.result !== "EPERM") {
      flavour = this.#evidence(op, group);
      this.#flavour.set(current, flavour);
    }
    if (flavour === type) return run(current);
    const fresh = this.#spare(group, current);
    this.#flavour.set(fresh, type);
    return run(fresh);
  }

  /** What `auto` means to this kernel, from what it printed at boot. */
  #automatic(): string {
    if (/Passthrough/i.test(this.#capture.iommu_default)) return "identity";
    return /lazy/i.test(this.#capture.tlb_policy) ? "DMA-FQ" : "DMA";
  }

  #spare(group: number, current: number): number {
    const name = this.stage.world.group[group]?.name.replace(/^group /, "") ?? "";
    const [a, b] = dmaNames(name);
    return this.#domain(a) === current ? this.#domain(b) : this.#domain(a);
  }

  /**
   * Whether the default domain had a flush queue before the first change that depends on it: neither tables nor
   * operations say so. A kernel that keeps the domain had the type that was asked for.
   */
  #evidence(op: CaptureOp, group: number): Flavour {
    const same = op.result === "0" && (this.#scenario?.trace.length ?? 0) === 0;
    const had: Flavour = same ? "DMA" : "DMA-FQ";
    const name = this.stage.world.group[group]?.name ?? "";
    this.taken.push(`${name} had a default domain of type ${had} before ${this.#scenario?.label ?? ""}`);
    return had;
  }

  /**
   * Brings a group where its tables say it is, after something that the capture does not list. `known` is the domain
   * that the tables carry, as far as its numbers are known; `held` is whether user space has the group. Says which domains that freed; nothing when the model has
   * no such state.
   */
  resync(group: string, stand: Stand, known: number, held: boolean): readonly PlayEvent[] | undefined {
    const { stage } = this;
    stage.events = [];
    const g = this.#group(group);
    const state = () => stage.state.group[g];
    const owned = () => state().owner === 1;
    const members = stage.world.group[g]?.devices ?? [];
    const claim = () => {
      for (const d of members) stage.quietOp(this.#op("bind", "iommufd", d));
    };
    /** Closing the devices detaches what is attached and gives the group back. */
    const release = () => {
      this.#attachedOf(g).clear();
      for (const d of members) stage.quietOp(this.#op("unbind", "iommufd", d));
    };
    const attach = (domain: number) => {
      if (!owned()) claim();
      stage.quietOp(this.#op("attach", "iommufd", g, domain));
      for (const d of members) this.#attachedOf(g).add(stage.world.device[d]?.name ?? "");
    };
    const become = (domain: number) => {
      if (owned()) release();
      stage.quietOp(this.#op("set_type", "type", g, domain));
    };
    const unnamed = UNNAMED[stand === "stage 2" ? 2 : 1];
    // a default domain is of stage 1 where there is one
    const users = held || (stand === "stage 2" && stage.world.domain[this.#spare(g, 0)]?.stage === 1);
    if (stand === "nested" || stand === "wrong" || stand === "not watched") return undefined;
    if (stand === "blocked") {
      if (!owned()) claim();
      else stage.quietOp(this.#op("detach", "iommufd", g));
      this.#attachedOf(g).clear();
    } else if (stand === "identity") {
      become(DOMAIN_IDENTITY);
    } else if (known > 0 && known !== state().default_domain) {
      attach(known);
    } else if (known > 0) {
      if (owned()) release();
    } else if (users && this.#domain(unnamed) > 0) {
      attach(this.#domain(unnamed));
    } else {
      const fresh = this.#spare(g, state().default_domain);
      this.#flavour.set(fresh, "unknown");
      become(fresh);
    }
    this.#free();
    return stage.events;
  }
}
