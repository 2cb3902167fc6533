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
import type { InvRange } from "../../hw/inv-ranges.ts";
import { pageRuns } from "../../hw/pgtable.ts";
import type { Probed } from "../../hw/probe.ts";
import type { Model } from "../build.ts";
import { RESET_METHODS } from "../shape.ts";
import { rangeIn } from "./commands.ts";
import { Stage, type PlayEvent } from "./machine.ts";
import { dmaNames, groupName, type Part, type Stand, UNNAMED, userName } from "./parts.ts";
import { qwordsOf } from "./qwords.ts";
import { amountOf, type Capture, type CaptureOp, type CaptureScenario } from "./read.ts";
import { smmuOf, syncOf } from "./smmu.ts";

/** What became of one operation. */
export interface Played {
  readonly op: CaptureOp;
  /** "0" or an errno's name; undefined where the model has none. */
  result?: string;
  /** Why there is no result; empty where there is one. */
  readonly note: string;
  /** Its effect on tables is unknown: nothing of the part can be compared until it is known again. */
  readonly loses: boolean;
}

/** What a scenario's commands tell of pages: each TLBI is asked for once. */
interface Evidence {
  /** Whether the walks to a block were flushed. */
  readonly walk: (iova: bigint) => boolean;
  /** Where the next flush of pages begins, from this address on if it is known. */
  readonly leaf: (iova: bigint | undefined) => bigint | undefined;
}

function evidenceOf(scenario: CaptureScenario | undefined): Evidence {
  const ranged = (scenario?.trace ?? []).flatMap((t) => {
    const found = t.cmd === undefined ? undefined : rangeIn(qwordsOf(t.cmd));
    return found === undefined ? [] : [found];
  });
  const walks = ranged.filter((r) => !r.leaf).map((r) => r.iova);
  const leaves = ranged.filter((r) => r.leaf).map((r) => r.iova);
  return {
    walk: (iova) => {
      const at = walks.indexOf(iova);
      if (at >= 0) walks.splice(at, 1);
      return at >= 0;
    },
    leaf: (iova) => leaves.splice(iova === undefined ? 0 : Math.max(0, leaves.indexOf(iova)), 1)[0],
  };
}

/** DMA or DMA-FQ: one and the same to the tables, not to the next change of the type. */
type Flavour = "DMA" | "DMA-FQ" | "unknown";

/** What an operation is in the model: an operation, a result without one, or nothing and why. */
type Plan =
  | { readonly what: "run"; readonly op: Op; readonly ranges?: readonly InvRange[] }
  | { readonly what: "say"; readonly result: string }
  /** Once nothing runs any more. */
  | { readonly what: "later"; readonly result: () => string }
  | { readonly what: "skip"; readonly note: string; readonly loses?: boolean };

/** Something mapped by user space, now or before. */
interface Area {
  readonly iova: bigint;
  readonly size: bigint;
  mapped: boolean;
}

/** An address that the capture leaves out. */
const UNKNOWN = -1n;
/** More than a page table has addresses. */
const EVERYTHING = 1n << 52n;

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
  readonly #smmu: Probed;
  readonly #flavour = new Map<number, Flavour>();
  /** What user space maps, by the name of the page table. */
  readonly #areas = new Map<string, Area[]>();
  /** Functions that are attached through iommufd, by group. */
  readonly #attached = new Map<number, Set<string>>();
  #used = new Set<number>();
  #pending: Pending[] = [];
  #afterReset: (() => void)[] = [];
  #scenario: CaptureScenario | undefined;
  /** What a scenario's commands say of walks that were flushed, and of ranges; each is used up once. */
  #evidence: Evidence = evidenceOf(undefined);

  constructor(capture: Capture, part: Part, model: Model) {
    this.part = part;
    this.#capture = capture;
    this.#smmu = smmuOf(capture);
    this.stage = new Stage(model, syncOf(this.#smmu));
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
    this.#evidence = evidenceOf(scenario);
    let lost = "";
    const played = ops.map((op) => {
      // what follows an operation that nobody knows has no result either
      if (lost !== "") return { op, note: lost, loses: true };
      if (op.during_reset_of == null) this.#finish();
      const one = this.#start(op);
      if (one.loses) lost = one.note;
      return one;
    });
    this.#finish();
    return { played, events: this.stage.events };
  }

  #start(op: CaptureOp): Played {
    const plan = this.#plan(op);
    const played: Played = { op, note: "", loses: false };
    if (plan.what !== "run") {
      if (this.#pending.length === 0) this.#free();
      if (plan.what === "skip") return { op, note: plan.note, loses: plan.loses ?? false };
      if (plan.what === "say") return { ...played, result: plan.result };
      this.#afterReset.push(() => {
        played.result = plan.result();
      });
      return played;
    }
    if (!this.stage.room) return { op, note: "more than 8 operations at once", loses: true };
    this.stage.ranges = [...(plan.ranges ?? [])];
    const resets = op.op === "reset" ? this.#device(op.device ?? "") : 0;
    const root = rootOf(plan.op, this.stage.world);
    const thread = this.stage.spawn(plan.ranges?.map(() => root) ?? [root]);
    const pending = { thread, played, op: plan.op, resets };
    const begun = () => this.stage.state.pdev[resets].in_reset === 1;
    // a second reset of the same function waits for its lock, or is refused at once
    if (resets > 0 && !begun()) this.stage.until(thread, begun);
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

  /** Whether somebody uses the domain of this name. */
  isAttached(name: string): boolean {
    return this.#used.has(this.#userDomain(name));
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
        const caller = `reset via ${op.through}`;
        if (op.through !== "sysfs" && op.through !== "vfio")
          return { what: "skip", note: `reset through ${op.through ?? "nothing named"}`, loses: true };
        const own = this.part.devices.find((d) => d.bdf === op.device)?.reset_methods ?? [];
        const named = op.method == null ? own : [op.method];
        const reset_methods = RESET_METHODS.filter((name) => named.includes(name));
        if (reset_methods.length < named.length)
          return { what: "skip", note: `reset by ${named.join(", ")}`, loses: true };
        // who resets by a method has written it into the function's `reset_method` file, unless it is the first
        Object.assign(this.stage.world.device[device] ?? {}, { reset_methods });
        return { what: "run", op: this.#op("reset", caller, device) };
      }
      case "bind_iommufd":
        return { what: "run", op: this.#op("bind", "iommufd", device) };
      case "iommufd_attach":
      case "iommufd_replace":
        return this.#planAttach(op, group);
      case "iommufd_detach": {
        const attached = this.#attachedOf(group);
        attached.delete(op.device ?? "");
        // iommufd_group: the domain goes with its last function
        if (attached.size > 0) return { what: "say", result: "0" };
        return { what: "run", op: this.#op("detach", "iommufd", group) };
      }
      case "map":
      case "unmap":
        return this.#planMap(op);
      case "bind_driver":
      case "unbind_driver":
        // the device lock lets it in after a reset
        return { what: "later", result: () => this.#drive(group, op.op === "bind_driver") };
      case "bind_vfio_pci":
      case "unbind_vfio_pci":
        // a driver that manages its own DMA asks the IOMMU core for nothing
        return { what: "say", result: "0" };
      case "other":
        return this.#planOther(op);
      default:
        return { what: "skip", note: `operation ${op.op}`, loses: true };
    }
  }

  /** `iommu_device_use_default_domain`, and the end of it: a driver that uses the kernel's DMA API comes or goes. */
  #drive(group: number, comes: boolean): string {
    const g = this.stage.state.group[group];
    if (comes && (g.owner === 1 || (g.owner_cnt > 0 && g.domain !== g.default_domain))) return "EBUSY";
    g.owner_cnt = Math.max(0, g.owner_cnt + (comes ? 1 : -1));
    return "0";
  }

  /**
   * What IOMMU_IOAS_MAP and UNMAP return: `-EEXIST` where something is mapped, `-ENOENT` where nothing is any more or an
   * area would be cut (`iopt_map_pages`, `iommufd_ioas_unmap`, `iopt_unmap_iova_range`). What was mapped before the capture
   * began is told by what it unmaps. `gone` are the areas that an unmap takes, each by itself, as far as they are known.
   */
  #mapResult(op: CaptureOp, iova: bigint | undefined, size: bigint): { result: string; gone: readonly Area[] } {
    const name = op.domain ?? "";
    const areas = this.#areas.get(name) ?? [];
    this.#areas.set(name, areas);
    const from = iova ?? UNKNOWN;
    const inside = (a: Area) => from <= a.iova && a.iova + a.size <= from + size;
    const there = areas.filter((a) =>
      iova === undefined ? a.iova === UNKNOWN : a.iova < from + size && from < a.iova + a.size,
    );
    const mapped = there.filter((a) => a.mapped);
    if (op.op === "map") {
      if (iova !== undefined && mapped.length > 0) return { result: "EEXIST", gone: [] };
      areas.push({ iova: from, size, mapped: true });
      return { result: "0", gone: [] };
    }
    const gone = iova === undefined ? mapped.slice(0, 1) : mapped.toSorted((a, b) => (a.iova < b.iova ? -1 : 1));
    const cut = iova === undefined ? -1 : gone.findIndex((a) => !inside(a));
    // those before the one that would be cut have gone already
    for (const area of cut < 0 ? gone : gone.slice(0, cut)) area.mapped = false;
    if (cut >= 0) return { result: "ENOENT", gone: [] };
    // nothing is not too little where all that there is should go
    if (gone.length === 0 && size < EVERYTHING) {
      if (iova !== undefined && there.some(inside)) return { result: "ENOENT", gone };
      this.taken.push(`${this.#scenario?.label ?? ""}: ${name} had something mapped when the capture began`);
    }
    return { result: "0", gone: gone.filter((a) => a.iova !== UNKNOWN) };
  }

  /**
   * What a map or unmap of iommufd sends. The model's page tables have one page; which pages there were is told by what
   * was flushed: an unmap of a block that was made of smaller pages, or a map of one where a table was left, flushes the
   * walks to it first (`__arm_lpae_unmap`).
   */
  #planMap(op: CaptureOp): Plan {
    const name = op.domain ?? "no name";
    const domain = this.#userDomain(op.domain ?? "");
    const unmap = op.op === "unmap";
    const said = amountOf(op.iova);
    const size = amountOf(op.size) ?? 4096n;
    const { result, gone } = this.#mapResult(op, said, size);
    // a page table that nobody attaches has no SMMU to tell
    if (domain < 1 || result !== "0") return { what: "say", result };
    if (!unmap && (said === undefined || this.#isUnmapped(op))) return { what: "say", result };
    const found = unmap ? this.#evidence.leaf(said) : undefined;
    const iova = said ?? found ?? 0n;
    if (said === undefined && found !== undefined)
      this.taken.push(`${this.#scenario?.label ?? ""}: ${name} was unmapped at 0x${iova.toString(16)}`);
    const range_inv = this.#smmu.features.has("RANGE_INV");
    const ranges: InvRange[] = [];
    // an unmap of all that there is sends what its areas need
    const pieces = gone.length > 0 || size >= EVERYTHING ? gone : [{ iova, size }];
    for (const run of pieces.flatMap((piece) => pageRuns(piece.iova, piece.size))) {
      for (let i = 0; i < run.count && run.pgsize > 4096n; i++) {
        const at = run.iova + BigInt(i) * run.pgsize;
        if (!this.#evidence.walk(at)) continue;
        ranges.push({ range_inv, iova: at, size: run.pgsize, granule: 4096n, leaf: false });
        this.taken.push(
          `${this.#scenario?.label ?? ""}: ${name} had smaller pages in the block at 0x${at.toString(16)}`,
        );
      }
      if (unmap)
        ranges.push({
          range_inv,
          iova: run.iova,
          size: run.pgsize * BigInt(run.count),
          granule: run.pgsize,
          leaf: true,
        });
    }
    if (ranges.length > 0) return { what: "run", op: this.#op("unmap", "unmap", domain), ranges };
    return { what: "say", result };
  }

  /** Whether the scenario goes on to unmap what an operation maps: then the walks that were flushed are put down to that. */
  #isUnmapped(op: CaptureOp): boolean {
    const later = this.#scenario?.ops.slice(this.#scenario.ops.indexOf(op) + 1) ?? [];
    return later.some((o) => o.op === "unmap" && o.domain === op.domain && o.iova === op.iova);
  }

  /** An object of iommufd: what the model has for it is whether the SMMU can do it, and whether somebody uses it. */
  #planOther(op: CaptureOp): Plan {
    const [kind = "", ...words] = (op.text ?? "").split(/[ :]+/);
    const { features } = this.#smmu;
    const answer = (can: boolean): Plan => ({ what: "say", result: can ? "0" : "EOPNOTSUPP" });
    switch (kind) {
      case "GET_HW_INFO":
      case "IOAS_ALLOC":
        return answer(true);
      case "HWPT_ALLOC":
        // arm_smmu_domain_alloc_paging_flags
        if (words.includes("nested") || words.includes("fault")) break;
        if (words.includes("nest_parent")) return answer(features.has("NESTING") && !words.includes("dirty"));
        if (words.includes("dirty")) return answer(features.has("HD") && features.has("COHERENCY"));
        if (words.includes("pasid")) return answer(features.has("TRANS_S1"));
        return answer(true);
      case "VIOMMU_ALLOC":
        // arm_smmu_get_viommu_size; no function behind QEMU's SMMU keeps caches coherent by itself (CANWBS)
        return answer(features.has("NESTING") && features.has("S2FWB"));
      case "DESTROY": {
        const names = this.part.domains.filter((name) => name === words[0] || name.startsWith(`${words[0]}(`));
        const domains = names.map((name) => this.#domain(userName(this.part, name)));
        if (domains.some((d) => this.#used.has(d))) return { what: "say", result: "EBUSY" };
        for (const domain of domains) this.stage.events.push({ kind: "freed", domain });
        this.#areas.delete(words[0] ?? "");
        return answer(true);
      }
      default:
    }
    return { what: "skip", note: `result of other: ${kind || "unnamed"}` };
  }

  #planAttach(op: CaptureOp, group: number): Plan {
    const domain = this.#userDomain(op.domain ?? "");
    if (domain < 1) return { what: "skip", note: `${op.op} of a domain without a name`, loses: true };
    if (/nested/i.test(op.domain ?? ""))
      return { what: "skip", note: `${op.op} of a nested domain`, loses: op.result === "0" };
    const attached = this.#attachedOf(group);
    const first = attached.size === 0 || attached.has(op.device ?? "");
    if (!first) {
      // iommufd_hw_pagetable_attach: the group has its domain already, and no function may have another
      const same = this.stage.state.igroup[group].pasid_attach[0] === domain;
      if (same) attached.add(op.device ?? "");
      return { what: "say", result: same ? "0" : "EINVAL" };
    }
    return { what: "run", op: this.#op("attach", "iommufd", group, domain) };
  }

  /** The type file names a kind of domain; which domain that is depends on what is there. */
  #planType(op: CaptureOp, group: number): Plan {
    const type = op.type === "auto" ? this.#automatic() : (op.type ?? "");
    const current = this.stage.state.group[group].default_domain;
    const run = (domain: number): Plan => ({
      what: "run",
      op: this.#op("set_type", "type", group, domain),
    });
    if (type === "identity") return run(DOMAIN_IDENTITY);
    if (type !== "DMA" && type !== "DMA-FQ")
      return { what: "skip", note: `set_default_domain_type ${op.type ?? "without a type"}` };
    let flavour = this.#flavour.get(current);
    if (flavour !== undefined && type === "DMA-FQ" && flavour !== "DMA-FQ") {
      // iommu_group_store_type: the domain stays and gets a flush queue, before anything else is asked
      this.#flavour.set(current, "DMA-FQ");
      return { what: "say", result: "0" };
    }
    // a refusal for a bound driver comes before the domain is looked at
    if (flavour === "unknown" && op.result !== "EPERM") {
      flavour = this.#flavourBefore(op, group);
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
  #flavourBefore(op: CaptureOp, group: number): Flavour {
    const same = op.result === "0" && (this.#scenario?.trace.length ?? 0) === 0;
    const had: Flavour = same ? "DMA" : "DMA-FQ";
    const name = this.stage.world.group[group]?.name ?? "";
    this.taken.push(`${name} had a default domain of type ${had} before ${this.#scenario?.label ?? ""}`);
    return had;
  }

  /**
   * Brings a group where its tables say it is, after something that the capture does not list. `known` is the domain
   * that the tables carry, as far as its numbers are known; `held` is whether user space has the group, and what it calls
   * the page table. Says which domains that freed; nothing when the model has no such state.
   */
  resync(
    group: string,
    stand: Stand,
    known: number,
    held: { readonly by: boolean; readonly name: string },
  ): readonly PlayEvent[] | undefined {
    const { stage } = this;
    stage.events = [];
    this.#areas.clear();
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
    const called = this.#userDomain(held.name);
    const user = called > 0 ? called : this.#domain(UNNAMED[stand === "stage 2" ? 2 : 1]);
    // a default domain is of stage 1 where there is one
    const users = held.by || (stand === "stage 2" && stage.world.domain[this.#spare(g, 0)]?.stage === 1);
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
    } else if (users && user > 0) {
      // another page table of the same name: what was there is gone
      if (state().domain === user) stage.events.push({ kind: "freed", domain: user });
      attach(user);
    } else {
      const fresh = this.#spare(g, state().default_domain);
      this.#flavour.set(fresh, "unknown");
      become(fresh);
    }
    this.#free();
    return stage.events;
  }
}
