/**
 * What the judges of a step remember of the state before it.
 *
 * All of it follows from the state before the step and from the thread that is about to take it, so that a run that is
 * played and a state that is explored are judged alike.
 */
import { reach } from "../../hw/tables.ts";
import { OP } from "../../sim/link.ts";
import { type Machine, RUNNING } from "../../sim/step.ts";
import { resetMethods, resetProbes } from "../pci.ts";
import type { KernelState, World } from "../structs.ts";
import { fill } from "../words.ts";

export class Before {
  /** The function that the thread is resetting, or asking whether it could be; 0 when it is not. */
  resetting = 0;
  probing = 0;
  /** The thread holds a spinlock, and the statement that it is about to execute may sleep. */
  atomic = false;
  sleeps = "";
  /** The thread is about to give back a group's mutex: which; and whether `arm_smmu_asid_lock`. */
  releasesGroup = 0;
  releasesAsid = false;
  /** The group whose RID the thread is switching, and to which domain; 0 when it is not. */
  switching = 0;
  switchesTo = 0;
  readonly #machine: Machine<KernelState, World>;
  readonly #resets: Uint8Array;
  readonly #probes: Uint8Array;
  /** Bytes of spinlocks and rwlocks: who owns them, and who reads. */
  readonly #owners: Int32Array;
  readonly #readers: Int32Array;
  readonly #pasids: number;
  readonly #reach: Int8Array;
  readonly #entries: Uint8Array;
  readonly #domains: Uint8Array;
  readonly #switches: Uint8Array;
  /** ATS Enable and PASID Enable of each function. */
  readonly #enables: Uint8Array;

  constructor(machine: Machine<KernelState, World>) {
    const { world, table, layout } = machine;
    const mark = (names: readonly string[]) => Uint8Array.from(table.procs, (p) => (names.includes(p.name) ? 1 : 0));
    this.#machine = machine;
    this.#resets = mark(resetMethods);
    this.#probes = mark(resetProbes);
    const spinlocks = layout.locks.filter(({ kind }) => kind !== "mutex");
    this.#owners = Int32Array.from(spinlocks, ({ offset }) => offset);
    this.#readers = Int32Array.from(
      spinlocks.filter(({ kind }) => kind === "rw"),
      ({ offset }) => offset + 1,
    );
    this.#pasids = world.pasids;
    this.#reach = new Int8Array(world.device.length * world.pasids);
    this.#entries = new Uint8Array(world.group.length * world.pasids);
    this.#domains = new Uint8Array(world.group.length);
    this.#switches = mark(["__iommu_group_set_domain_internal"]);
    this.#enables = new Uint8Array(world.device.length * 2);
  }

  /** Looks at the state before the thread steps; -1 for no thread. */
  look(thread: number): void {
    const { state, world } = this.#machine;
    const runs = thread >= 0 && thread < this.#machine.programs.length;
    this.resetting = runs ? this.resets(thread) : 0;
    this.probing = runs ? this.#machine.firstArgumentIn(thread, this.#probes) : 0;
    this.atomic = runs && this.#holdsSpinlock(thread);
    this.switching = runs ? this.#machine.firstArgumentIn(thread, this.#switches) : 0;
    this.switchesTo = this.switching === 0 ? 0 : this.#machine.firstArgumentIn(thread, this.#switches, 1);
    for (let d = 1; d < world.device.length; d++) {
      this.#enables[d * 2] = state.pdev[d].ats_ctrl;
      this.#enables[d * 2 + 1] = state.pdev[d].pasid_ctrl;
    }
    this.releasesGroup = 0;
    this.releasesAsid = false;
    if (runs && this.#machine.status(thread) === RUNNING) this.#releases(thread);
    this.sleeps = this.atomic ? this.#sleeping(thread) : "";
    for (let g = 1; g < world.group.length; g++) {
      const group = state.group[g];
      this.#domains[g] = group.domain;
      for (let p = 0; p < this.#pasids; p++) this.#entries[g * this.#pasids + p] = group.pasid_array[p] as number;
    }
    if (this.resetting === 0 && this.probing === 0) return;
    for (let d = 1; d < world.device.length; d++) {
      for (let p = 0; p < this.#pasids; p++) this.#reach[d * this.#pasids + p] = reach(state, world, d, p);
    }
  }

  /** The function that a thread is resetting now; 0 for none. */
  resets(thread: number): number {
    return this.#machine.firstArgumentIn(thread, this.#resets);
  }

  /** What a device reached; known while the thread resets or probes. */
  reach(dev: number, pasid: number): number {
    return this.#reach[dev * this.#pasids + pasid] as number;
  }

  /** The function's own enables. */
  atsEnable(dev: number): number {
    return this.#enables[dev * 2] as number;
  }
  pasidEnable(dev: number): number {
    return this.#enables[dev * 2 + 1] as number;
  }

  /** The entry of `pasid_array`. */
  entry(group: number, pasid: number): number {
    return this.#entries[group * this.#pasids + pasid] as number;
  }

  /** `group->domain` */
  domain(group: number): number {
    return this.#domains[group] as number;
  }

  #releases(thread: number): void {
    const machine = this.#machine;
    const op = machine.next(thread);
    if (op.kind !== OP.UNLOCK) return;
    if (op.name === "asid_lock") this.releasesAsid = true;
    if (op.name === "group_mutex") this.releasesGroup = machine.layout.locks[machine.lockOf(thread)]?.index ?? 0;
  }

  #holdsSpinlock(thread: number): boolean {
    const { bytes } = this.#machine;
    for (let i = 0; i < this.#owners.length; i++) if (bytes[this.#owners[i] as number] === thread + 1) return true;
    for (let i = 0; i < this.#readers.length; i++)
      if ((((bytes[this.#readers[i] as number] as number) >> thread) & 1) === 1) return true;
    return false;
  }

  /** The next statement's text if it takes a mutex, allocates or sleeps; else empty. */
  #sleeping(thread: number): string {
    const machine = this.#machine;
    const op = machine.next(thread);
    const mutex = op.kind === OP.LOCK && machine.layout.locks[machine.lockOf(thread)]?.kind === "mutex";
    return mutex || op.kind === OP.CHOOSE || op.how === "sleeps" ? nextStatement(machine, thread) : "";
  }
}

/** The statement that a thread is about to execute, in words. */
export function nextStatement(machine: Machine<KernelState, World>, thread: number): string {
  const top = machine.frames(thread).at(-1);
  const locals = top === undefined ? null : machine.localsOf(thread, top.offset);
  return fill(machine.world, machine.next(thread).text, locals);
}
