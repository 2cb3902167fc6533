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

const switches = ["__iommu_group_set_domain_internal"];

/** Procedures with parameters that are looked at while a thread is inside, as bits. */
export const watched: ReadonlyMap<string, number> = new Map([
  ...[...resetMethods, ...resetProbes].map((name) => [name, 1] as const),
  ...switches.map((name) => [name, 3] as const),
]);

export class Before {
  /** The statement that the thread is about to execute, where it may sleep while a spinlock is held. */
  sleeps = "";
  /** The thread is about to give back a group's mutex: which; and whether `arm_smmu_asid_lock`. */
  releasesGroup = 0;
  releasesAsid = false;
  readonly #machine: Machine<KernelState, World>;
  /** All of the state, and its thread; -1 for none. */
  readonly #bytes: Uint8Array;
  #state: KernelState;
  /** What the machine hands its bodies: if that is another one, so must the state before be. */
  #now: KernelState;
  #thread = -1;
  readonly #resets: Uint8Array;
  readonly #probes: Uint8Array;
  readonly #switches: Uint8Array;
  /** Spinlocks and rwlocks by number; their bytes: who owns them, and who reads. */
  readonly #spinlocks: Int32Array;
  readonly #owners: Int32Array;
  readonly #readers: Int32Array;

  constructor(machine: Machine<KernelState, World>) {
    const { table, layout } = machine;
    const mark = (names: readonly string[]) => Uint8Array.from(table.procs, (p) => (names.includes(p.name) ? 1 : 0));
    this.#machine = machine;
    this.#bytes = machine.bytes.slice();
    this.#now = machine.state;
    this.#state = machine.views(this.#bytes);
    this.#resets = mark(resetMethods);
    this.#probes = mark(resetProbes);
    this.#switches = mark(switches);
    const spinlocks = layout.locks.filter(({ kind }) => kind !== "mutex");
    this.#spinlocks = Int32Array.from(spinlocks, (lock) => layout.locks.indexOf(lock));
    this.#owners = Int32Array.from(spinlocks, ({ offset }) => offset);
    this.#readers = Int32Array.from(
      spinlocks.filter(({ kind }) => kind === "rw"),
      ({ offset }) => offset + 1,
    );
  }

  /** A search begins: it may want to know what is asked of the state before. */
  begin(): void {
    if (this.#now === this.#machine.state) return;
    this.#now = this.#machine.state;
    this.#state = this.#machine.views(this.#bytes);
  }

  /** Looks at the state before the thread steps; -1 for no thread. */
  look(thread: number): void {
    const machine = this.#machine;
    this.#bytes.set(machine.bytes);
    this.#thread = thread < machine.programs.length ? thread : -1;
    this.releasesGroup = 0;
    this.releasesAsid = false;
    this.sleeps = "";
    if (this.#thread < 0 || machine.status(thread) !== RUNNING) return;
    const op = machine.next(thread);
    if (op.kind === OP.UNLOCK) {
      if (op.name === "asid_lock") this.releasesAsid = true;
      else if (op.name === "group_mutex") this.releasesGroup = machine.layout.locks[machine.lockOf(thread)]?.index ?? 0;
    } else if (this.#maySleep(thread) && this.atomic) this.sleeps = nextStatement(machine, thread);
  }

  /** The next statement takes a mutex, allocates or sleeps. */
  #maySleep(thread: number): boolean {
    const { kind, ref, how } = this.#machine.next(thread);
    if (kind === OP.LOCK) return this.#machine.layout.locks[ref]?.kind === "mutex";
    return kind === OP.CHOOSE || how === "sleeps";
  }

  #argument(marked: Uint8Array, which = 0): number {
    return this.#thread < 0 ? 0 : this.#machine.firstArgumentIn(this.#thread, marked, which, this.#bytes);
  }

  /** The function that the thread is resetting, or asking whether it could be; 0 when it is not. */
  get resetting(): number {
    return this.#argument(this.#resets);
  }

  get probing(): number {
    return this.#argument(this.#probes);
  }

  /** The group whose RID the thread is switching, and to which domain; 0 when it is not. */
  get switching(): number {
    return this.#argument(this.#switches);
  }

  get switchesTo(): number {
    return this.switching === 0 ? 0 : this.#argument(this.#switches, 1);
  }

  /** The thread holds a spinlock. */
  get atomic(): boolean {
    const bytes = this.#bytes;
    const thread = this.#thread;
    if (thread < 0) return false;
    for (let i = 0; i < this.#spinlocks.length; i++) this.#machine.looksAt(this.#spinlocks[i] as number);
    for (let i = 0; i < this.#owners.length; i++) if (bytes[this.#owners[i] as number] === thread + 1) return true;
    for (let i = 0; i < this.#readers.length; i++)
      if ((((bytes[this.#readers[i] as number] as number) >> thread) & 1) === 1) return true;
    return false;
  }

  /** The function that a thread is resetting now; 0 for none. */
  resets(thread: number): number {
    return this.#machine.firstArgumentIn(thread, this.#resets);
  }

  /** What a device reached. */
  reach(dev: number, pasid: number): number {
    return reach(this.#state, this.#machine.world, dev, pasid);
  }

  /** The function's own enables. */
  atsEnable(dev: number): number {
    return this.#state.pdev[dev].ats_ctrl;
  }
  pasidEnable(dev: number): number {
    return this.#state.pdev[dev].pasid_ctrl;
  }

  /** The entry of `pasid_array`. */
  entry(group: number, pasid: number): number {
    return this.#state.group[group].pasid_array[pasid] as number;
  }

  /** `group->domain` */
  domain(group: number): number {
    return this.#state.group[group].domain;
  }

  /** The byte at which the exclusive owner of a lock is noted. */
  owner(offset: number): number {
    return this.#bytes[offset] as number;
  }
}

/** The statement that a thread is about to execute, in words. */
export function nextStatement(machine: Machine<KernelState, World>, thread: number): string {
  const top = machine.frames(thread).at(-1);
  const locals = top === undefined ? null : machine.localsOf(thread, top.offset);
  return fill(machine.world, machine.next(thread).text, locals);
}
