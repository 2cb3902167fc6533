/** A bench for tests: small worlds, threads started by name and run to a place, answers in words. */
import { type CdFacts, cdFacts, type SteFacts, steFacts } from "../hw/tables.ts";
import { steKey } from "../kernel/arm-smmu-v3-entries.ts";
import { findDesign } from "../kernel/designs/index.ts";
import type { Design } from "../kernel/design.ts";
import { type Op, opKindIndex, opKinds, type ParamKind, resultText } from "../kernel/ops.ts";
import { readInvs } from "../kernel/invs.ts";
import type { KernelState, World } from "../kernel/structs.ts";
import { invName } from "../kernel/words.ts";
import { makeModel } from "./build.ts";
import { Play } from "./play.ts";
import { readScenario, type Scenario, type ScenarioOp } from "./schema.ts";

type Loose<T> = { [K in keyof T]?: T[K] };
type Given = Loose<Omit<Scenario, "smmus" | "devices" | "groups" | "domains">> & {
  readonly smmus?: readonly Loose<Scenario["smmus"][number]>[];
  readonly devices?: readonly Loose<Scenario["devices"][number]>[];
  readonly groups?: readonly Loose<Scenario["groups"][number]>[];
  readonly domains?: readonly Loose<Scenario["domains"][number]>[];
};

const device = { name: "A", smmu: "smmu0", sids: ["0x1"], max_pasids: 4 };
const group = { name: "G", devices: ["A"], default_domain: "identity" };
const domain = { stage: 1, smmu: "smmu0", pasid_compat: true };

/** Stage 1 domains D0, D1 and D4, stage 2 domains D2 and D3, D9 of another SMMU, N1 without PASID compatibility. */
const domains = [
  { name: "D0" },
  { name: "D1" },
  { name: "D2", stage: 2, pasid_compat: false },
  { name: "D3", stage: 2, pasid_compat: false },
  { name: "D4" },
  { name: "D9", smmu: "smmu1" },
  { name: "N1", pasid_compat: false },
];

/** One device A in one group G, and what the test asks for instead. */
export function labScenario(given: Given = {}): Scenario {
  return readScenario({
    id: "lab",
    title: "lab",
    about: "",
    smmus: [{ name: "smmu0" }, { name: "smmu1" }],
    attached: [],
    threads: [],
    ...given,
    devices: (given.devices ?? [{}]).map((d) => ({ ...device, ...d })),
    groups: (given.groups ?? [{}]).map((g) => ({ ...group, ...g })),
    domains: (given.domains ?? domains).map((d) => ({ ...domain, ...d })),
  });
}

/** Two devices A and B in group G. */
export const pair = {
  devices: [
    { name: "A", sids: ["0x1"] },
    { name: "B", sids: ["0x2"] },
  ],
  groups: [{ devices: ["A", "B"] }],
};

export const attach = (name: string, more: Loose<ScenarioOp> = {}): ScenarioOp => ({
  op: "attach",
  caller: "core",
  group: "G",
  domain: name,
  ...more,
});
export const attachPasid = (name: string, pasid = 1, more: Loose<ScenarioOp> = {}): ScenarioOp => ({
  op: "attach_pasid",
  caller: "core",
  device: "A",
  pasid,
  domain: name,
  ...more,
});

/**
 * What each reset of a function with ATS and PASIDs breaks, in all designs that attach inside the reset: `done` sets ATS
 * Enable, and `pci_restore_state` puts PASID Enable back after it. A finding of the model, held by a test of its own
 * (whole.test.ts); elsewhere it would hide what a test is about.
 */
export const EVERY_RESET = "I-PASIDORD";

/** What a run broke besides, in the order in which it did. */
export const brokenIn = (play: Play): string[] => [...play.violations().keys()].filter((id) => id !== EVERY_RESET);

export class Lab {
  readonly play: Play;

  constructor(
    scenario: Scenario,
    design: string | Design = "linux-7.3",
    options: Readonly<Record<string, string>> = {},
  ) {
    const found = typeof design === "string" ? findDesign(design) : design;
    if (found === undefined) throw new Error("lab: no such design");
    this.play = new Play(makeModel(scenario, found, options));
  }

  get s(): KernelState {
    return this.play.machine.state;
  }
  get world(): World {
    return this.play.model.world;
  }

  /** What an STE says, and a CD. */
  ste(stream = 1): SteFacts {
    return steFacts(this.s, this.world, stream);
  }
  cd(ssid: number, device = 1): CdFacts {
    return cdFacts(this.s, this.world, device, ssid);
  }

  /** Puts another STE in the place of one, at once. */
  setSte(stream: number, Config: number, S1DSS = 0): void {
    const { entries } = this.world.ste[stream] as World["ste"][number];
    const [q0, q1, q2, q3] = entries.target(entries.number(steKey(Config, S1DSS, 0, 0)));
    Object.assign(this.s.ste[stream], { q0, q1, q2, q3 });
  }

  get #first(): string {
    return this.world.device[1]?.name ?? "";
  }

  #number(kind: ParamKind, value: string | number): number {
    if (typeof value === "number") return value;
    const objects: readonly { readonly name: string }[] = kind === "pasid" ? [] : this.world[kind];
    const index = objects.findIndex((o, i) => i > 0 && o.name === value);
    if (index < 0) throw new Error(`lab: no ${kind} ${value}`);
    return index;
  }

  /** The number of a domain. */
  domain(name: string): number {
    return this.#number("domain", name);
  }

  /** The published invalidation array of a domain: its items with their users, 0 for trash. */
  invs(name: string | number): string[] {
    const domain = this.#number("domain", name);
    return readInvs(this.s, this.world, this.s.domain[domain].invs).invs.map(
      ({ place, users }) => `${invName(this.world, domain, place)}: ${users}`,
    );
  }

  /** Starts a thread with one operation; arguments by name, in the order of the operation's parameters. */
  start(op: string, caller: string, ...args: (string | number)[]): number {
    const kind = opKindIndex(op, caller);
    const params = opKinds[kind]?.params ?? [];
    if (params.length !== args.length) throw new Error(`lab: ${op}/${caller} takes ${params.join(", ")}`);
    const what: Op = { kind, args: params.map((p, i) => this.#number(p, args[i] as string | number)) };
    this.play.append({ kind: "start", what });
    return this.play.machine.programs.length - 1;
  }

  step(thread: number, outcome = 0): void {
    this.play.append({ kind: "choice", thread, outcome });
  }

  /** Runs a thread until something holds; throws if the thread ends or waits before. */
  until(thread: number, holds: () => boolean): void {
    for (let n = 0; !holds(); n++) {
      if (n > 2000 || this.play.machine.outcomes(thread) === 0) throw new Error("lab: it never came to that");
      this.step(thread);
    }
  }

  /** Runs a thread to where its next statement says this. */
  to(thread: number, says: string): void {
    this.until(thread, () => this.play.machine.next(thread).text.includes(says));
  }

  /** Runs a thread until it ends or waits; a statement whose text is in `failing` takes its second outcome. */
  run(thread: number, failing = ""): string {
    const { machine } = this.play;
    for (let n = 0; machine.outcomes(thread) > 0; n++) {
      if (n > 2000) throw new Error("lab: it never ends");
      const fails = failing !== "" && machine.next(thread).text.includes(failing) && machine.outcomes(thread) > 1;
      this.step(thread, fails ? 1 : 0);
    }
    return this.answer(thread);
  }

  /** What a thread's last operation returned, in words; "waits" while it does. */
  answer(thread: number): string {
    const status = this.play.machine.status(thread);
    if (status === 1) return "waits";
    if (status === 3) return "oops";
    return resultText(this.play.ops[thread]?.at(-1) as Op, this.world, this.play.machine.result(thread));
  }

  /** An operation from start to end. */
  call(op: string, caller: string, ...args: (string | number)[]): string {
    return this.run(this.start(op, caller, ...args));
  }

  /** The answer to a DMA of a device, by RID or PASID. */
  dma(name = this.#first, pasid = 0): string {
    return this.call("dma", "the function", name, pasid);
  }
  /** The answer to an ATS translation request. */
  ats(name = this.#first, pasid = 0): string {
    return this.call("ats", "the function", name, pasid);
  }

  /** Starts a reset and brings the function into it; returns the thread. */
  reset(name = this.#first, caller = "reset via sysfs"): number {
    const thread = this.start("reset", caller, name);
    this.until(thread, () => this.s.pdev[this.#number("device", name)].in_reset === 1);
    return thread;
  }

  /** Violated properties, by id, but for `EVERY_RESET`. */
  violated(): string[] {
    return brokenIn(this.play).sort();
  }
  /** Named WARNs that were reached. */
  warned(): string[] {
    const { machine } = this.play;
    return machine.layout.warnSites.filter((_site, i) => machine.warned(i));
  }
}
