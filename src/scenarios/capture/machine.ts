/**
 * One part's machine while a capture is played: threads are started, run to a place and to their end, and everything that
 * a capture can be compared with is written down in order.
 *
 * What the model says is read here and nowhere else: fields of entries, commands as moments, results.
 */
import { cdFacts, type SteFacts, steFacts } from "../../hw/tables.ts";
import { type Op, resultText, rootOf } from "../../kernel/ops.ts";
import { COMMAND, type KernelState, type World } from "../../kernel/structs.ts";
import { MAX_THREADS } from "../../sim/layout.ts";
import { FINISHED, type Machine, OOPS, type Root } from "../../sim/step.ts";
import type { Model } from "../build.ts";

export interface ModelCd {
  readonly V: number;
  readonly domain: number;
}

/** STE and CD 0 of each device from 1. */
export interface ModelTables {
  readonly ste: readonly (SteFacts | undefined)[];
  readonly cd: readonly (ModelCd | undefined)[];
}

export type PlayEvent =
  | {
      readonly kind: "command";
      readonly name: "CFGI_STE" | "CFGI_CD" | "TLBI" | "ATC_INV";
      readonly device: number;
      readonly ssid: number;
      /** Whose tag a TLBI is for. */
      readonly domain: number;
      /** A CMD_SYNC comes right after it. */
      sync: boolean;
      readonly tables: ModelTables;
    }
  /** The next operation begins. */
  | { readonly kind: "issued" }
  /** A function is in its reset, and all that was issued meanwhile is through. */
  | { readonly kind: "in reset"; readonly resets: number; readonly tables: ModelTables }
  /** Nobody uses a domain any more: the kernel frees it. */
  | { readonly kind: "freed"; readonly domain: number }
  | { readonly kind: "warn"; readonly site: string };

type CommandEvent = Extract<PlayEvent, { kind: "command" }>;

const NAMES: Readonly<Record<number, CommandEvent["name"]>> = {
  [COMMAND.CFGI_STE]: "CFGI_STE",
  [COMMAND.CFGI_CD]: "CFGI_CD",
  [COMMAND.TLBI]: "TLBI",
  [COMMAND.ATC_INV]: "ATC_INV",
};

/** Steps that one thread may take at a stretch; more means that it turns in circles. */
const STEPS = 20_000;

export function tablesOf(s: KernelState, w: World): ModelTables {
  const ste: (SteFacts | undefined)[] = [undefined];
  const cd: (ModelCd | undefined)[] = [undefined];
  for (let d = 1; d < w.device.length; d++) {
    ste.push(steFacts(s, w, w.device[d]?.streams[0] ?? 0));
    const { V, ASID } = cdFacts(s, w, d, 0);
    cd.push({ V, domain: ASID });
  }
  return { ste, cd };
}

export class Stage {
  readonly model: Model;
  machine: Machine<KernelState, World>;
  events: PlayEvent[] = [];

  constructor(model: Model) {
    this.model = model;
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
    machine.observer = {
      op: () => {},
      answer: () => {},
      call: () => {},
      return: () => {},
      warn: (_thread, site) => {
        this.events.push({ kind: "warn", site });
      },
      moment: (_thread, name, args) => {
        const command = NAMES[args[0] ?? 0];
        if (name !== "command" || command === undefined) return;
        const [, device = 0, ssid = 0, domain = 0] = args;
        this.events.push({
          kind: "command",
          name: command,
          device,
          ssid,
          domain,
          // whoever changes an entry waits for each of these
          sync: command.startsWith("CFGI"),
          tables: this.tables,
        });
      },
    };
    return machine;
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

  spawn(root: Root): number {
    return this.machine.spawn([root]);
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
      // what one statement sends goes out as one batch: a CMD_SYNC after its last command
      const sent = this.events.slice(from).filter((e) => e.kind === "command");
      const last = sent.at(-1);
      if (last !== undefined) last.sync = true;
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
    this.run(this.spawn(root));
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
