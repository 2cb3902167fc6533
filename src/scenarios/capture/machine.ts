/**
 * One part's machine while a capture is played: threads are started, run to a place and to their end, and everything that
 * a capture can be compared with is written down in order.
 *
 * What the model says is read here and nowhere else: entries and commands as qwords, results.
 */
import { commandName } from "../../hw/queue-words.ts";
import type { Qwords } from "../../hw/fields.ts";
import type { InvRange } from "../../hw/inv-ranges.ts";
import { type CdFacts, cdFacts, cdIn, type SteFacts, steFacts, steIn } from "../../hw/tables.ts";
import { sentQwords } from "../../kernel/cmdq.ts";
import { SIZE } from "../../kernel/invs.ts";
import { type Op, resultText, rootOf } from "../../kernel/ops.ts";
import { COMMAND, firstStream, type KernelState, type World } from "../../kernel/structs.ts";
import { MAX_THREADS } from "../../sim/layout.ts";
import { FINISHED, type Machine, OOPS, type Root } from "../../sim/step.ts";
import type { Model } from "../build.ts";

export interface ModelSte {
  readonly q: Qwords;
  /** Whose the addresses and tags in it are. */
  readonly facts: SteFacts;
}

export interface ModelCd {
  readonly q: Qwords;
  readonly facts: CdFacts;
  /** The table that it is in is allocated. */
  readonly cdtab: boolean;
}

/** STE and CD 0 of each device from 1. */
export interface ModelTables {
  readonly ste: readonly (ModelSte | undefined)[];
  readonly cd: readonly (ModelCd | undefined)[];
}

export type PlayEvent =
  | {
      readonly kind: "command";
      readonly q: Qwords;
      /** Whose tag a TLBI is for, 0 for other commands. */
      readonly domain: number;
      readonly tables: ModelTables;
    }
  /** A function is in its reset, and all that was issued meanwhile is through. */
  | { readonly kind: "in reset"; readonly resets: number; readonly tables: ModelTables }
  /** Nobody uses a domain any more: the kernel frees it. */
  | { readonly kind: "freed"; readonly domain: number }
  | { readonly kind: "warn"; readonly site: string };

/** Steps that one thread may take at a stretch; more means that it turns in circles. */
const STEPS = 20_000;

export function tablesOf(s: KernelState, w: World): ModelTables {
  const ste: (ModelSte | undefined)[] = [undefined];
  const cd: (ModelCd | undefined)[] = [undefined];
  for (let d = 1; d < w.device.length; d++) {
    const stream = firstStream(w, d);
    ste.push({ q: w.ste[stream]?.entries.qwordsOf(steIn(s, stream)) ?? [], facts: steFacts(s, w, stream) });
    const q = w.cd[d]?.entries.qwordsOf(cdIn(s, d, 0)) ?? [];
    cd.push({ q, facts: cdFacts(s, w, d, 0), cdtab: s.master[d].cdtab === 1 });
  }
  return { ste, cd };
}

export class Stage {
  readonly model: Model;
  /** The CMD_SYNC of this SMMU. */
  readonly #sync: Qwords;
  machine: Machine<KernelState, World>;
  events: PlayEvent[] = [];
  /** What the page of each unmap stands for, one after the other. */
  ranges: InvRange[] = [];
  #range: InvRange | undefined;

  constructor(model: Model, sync: Qwords) {
    this.model = model;
    this.#sync = sync;
    this.machine = this.#watched(model.machine(MAX_THREADS));
  }

  get state(): KernelState {
    return this.machine.state;
  }
  get world(): World {
    return this.model.world;
  }
  get tables(): ModelTables {
    return tablesOf(this.state, this.world);
  }

  #watched(machine: Machine<KernelState, World>): Machine<KernelState, World> {
    const unmap = this.model.table.index.get("iommu_unmap");
    machine.observer = {
      op: () => {},
      answer: () => {},
      call: (_thread, proc) => {
        if (proc === unmap) this.#range = this.ranges.shift();
      },
      return: () => {},
      warn: (_thread, site) => {
        this.events.push({ kind: "warn", site });
      },
      moment: (_thread, name, args) => {
        if (name === "command") this.#command(args);
      },
    };
    return machine;
  }

  /** A command as the driver writes it, by the numbers of its moment. */
  #command(args: readonly number[]): void {
    const [kind, , , domain = 0, , size] = args;
    const { tables } = this;
    const whose = kind === COMMAND.TLBI ? domain : 0;
    const range = size === SIZE.ALL ? undefined : this.#range;
    for (const q of sentQwords(this.world, args, range))
      this.events.push({ kind: "command", q, domain: whose, tables });
  }

  get room(): boolean {
    return this.machine.programs.length < MAX_THREADS;
  }

  /** Makes room once every thread is over: a fresh machine with the same shared state. */
  sweep(): void {
    const { programs } = this.machine;
    if (programs.length === 0 || programs.some((_p, t) => !this.isOver(t))) return;
    const next = this.model.machine(MAX_THREADS);
    next.bytes.set(this.machine.bytes.subarray(0, this.machine.layout.sharedSize));
    this.machine = this.#watched(next);
  }

  spawn(roots: readonly Root[]): number {
    return this.machine.spawn(roots);
  }

  isOver(thread: number): boolean {
    const status = this.machine.status(thread);
    return status === FINISHED || status === OOPS;
  }

  /** Runs a thread until something holds; false when it ended or waits before. */
  until(thread: number, holds: () => boolean): boolean {
    for (let steps = 0; !holds(); steps++) {
      if (this.machine.outcomes(thread) === 0 || steps > STEPS) return false;
      const from = this.events.length;
      this.machine.step(thread, 0);
      // what one statement sends goes out as one batch, which it waits for; nobody waits for a prefetch
      const last = this.events.slice(from).findLast((e) => e.kind === "command");
      if (last !== undefined && commandName(last.q) !== "PREFETCH_CFG")
        this.events.push({ kind: "command", q: this.#sync, domain: 0, tables: last.tables });
    }
    return true;
  }

  /** Runs a thread until it ends or waits. */
  run(thread: number): void {
    this.until(thread, () => false);
  }

  /** Runs a procedure to its end, outside of what is compared. */
  quietly(root: Root): void {
    const kept = this.events;
    this.events = [];
    this.run(this.spawn([root]));
    this.sweep();
    this.events = kept;
  }

  quietOp(op: Op): void {
    this.quietly(rootOf(op, this.world));
  }

  /** What a thread's operation returned, as user space sees it: "0" or the errno's name. */
  result(thread: number, op: Op): string {
    const status = this.machine.status(thread);
    if (status === OOPS) return "an oops";
    if (status !== FINISHED) return "nothing: it waits";
    // a void procedure cannot fail
    return resultText(op, this.world, this.machine.result(thread)).replace(/^-/, "") || "0";
  }
}
