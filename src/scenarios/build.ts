/** From a scenario to the constants of its world, and from world and design to a machine in its initial state. */
import type { Design, DesignOption } from "../kernel/design.ts";
import { readOptions } from "../kernel/design.ts";
import { driver } from "../kernel/arm-smmu-v3.ts";
import { eventQueue } from "../kernel/arm-smmu-v3-evtq.ts";
import { queue } from "../kernel/arm-smmu-v3-cmdq.ts";
import { invalidation } from "../kernel/arm-smmu-v3-invs.ts";
import { invsTest } from "../kernel/arm-smmu-v3-test.ts";
import { nesting } from "../kernel/arm-smmu-v3-iommufd.ts";
import { sva } from "../kernel/arm-smmu-v3-sva.ts";
import { pgfault } from "../kernel/io-pgfault.ts";
import { bonds } from "../kernel/iommu-sva.ts";
import { core } from "../kernel/iommu.ts";
import { iommufd } from "../kernel/iommufd.ts";
import { arrayDomains, invLayout, MAX_PLACES, newInvs } from "../kernel/invs.ts";
import { isDefaultDomain, type Op, opKindIndex, opKinds, opTitle, resultText, rootOf } from "../kernel/ops.ts";
import { pci } from "../kernel/pci.ts";
import {
  type DeviceFacts,
  type DomainFacts,
  FIRST_DOMAIN,
  type KernelState,
  schema,
  type World,
} from "../kernel/structs.ts";
import { entriesOf, type Facts, steKey } from "../kernel/arm-smmu-v3-entries.ts";
import { validateVste } from "../hw/builders.ts";
import { fill } from "../kernel/words.ts";
import { hasQueue } from "../kernel/cmdq.ts";
import { byItself, hasCaches } from "../hw/caches.ts";
import { EVENTQ_ROOM, hasEventQueue } from "../kernel/evtq.ts";
import { smmuQueue } from "../hw/cmdq.ts";
import { endpoint } from "../hw/endpoint.ts";
import { CFG_ABORT, S1FMT_64K_L2 } from "../hw/answers.ts";
import { MAX_THREADS, type PlacedField } from "../sim/layout.ts";
import { lenient, link, type Table } from "../sim/link.ts";
import type { Procs } from "../sim/proc.ts";
import { FINISHED, Machine } from "../sim/step.ts";
import { cdTable, guestCdTable, guestSte, pageTable, processPageTable, strtab } from "./memory.ts";
import { NO_DOMAIN } from "./defaults.ts";
import { ToggleError } from "../sim/toggle.ts";
import { ScenarioError } from "./refused.ts";
import type { Scenario, ScenarioOp } from "./schema.ts";
import { MAX_TOGGLES, type Toggle, toggledPrograms, toggledProcs, toggleTitle, toggleWord } from "./toggles.ts";

/** The procedures of Linux 7.3: a design is the difference to them. */
export const linux73: readonly Procs<KernelState, World>[] = [
  core,
  driver,
  invalidation,
  invsTest,
  queue,
  nesting,
  sva,
  bonds,
  pgfault,
  eventQueue,
  pci,
  iommufd,
  endpoint,
  smmuQueue,
  byItself,
];

const at = (names: readonly string[], name: string) => names.indexOf(name) + 1;

/** CDTAB_L2_ENTRIES and CTXDESC_LINEAR_CDMAX: what one level of the driver's CD tables can hold, as log2. */
const LINEAR_CDMAX = 10;

/** `arm_smmu_alloc_cd_tables`: log2 of the CDs of a table, and its format. */
function cdTableShape(d: Scenario["devices"][number], features: ReadonlySet<string>) {
  const twoLevels = features.has("2_LVL_CDTAB");
  const ssid_bits = Math.min(Math.ceil(Math.log2(Math.max(1, d.max_pasids))), twoLevels ? 20 : LINEAR_CDMAX);
  // S1DSS counts only beside substreams, and ATS on identity needs S1DSS
  const s1cdmax = d.ats_always_on ? Math.max(1, ssid_bits) : ssid_bits;
  return { s1cdmax, s1fmt: twoLevels && s1cdmax > LINEAR_CDMAX ? S1FMT_64K_L2 : 0 };
}

/** Worlds by their scenarios, of which neither ever changes: a world is played in many designs. */
const worlds = new WeakMap<Scenario, World>();

/** A default domain of stage 2: its SMMU has no stage 1 (`arm_smmu_domain_alloc_paging_flags`). */
const isDefaultStage2 = (d: Scenario["domains"][number]): boolean => d.stage === 2 && d.type === "DMA";

/** Constants of a world. The scenario has been checked. */
export function worldOf(scenario: Scenario): World {
  const known = worlds.get(scenario);
  if (known !== undefined) return known;
  const world = constantsOf(scenario);
  worlds.set(scenario, world);
  return world;
}

function constantsOf(scenario: Scenario): World {
  const smmuNames = scenario.smmus.map((s) => s.name);
  const deviceNames = scenario.devices.map((d) => d.name);
  const vsmmuNames = scenario.vsmmus.map((x) => x.name);
  const mmNames = scenario.mms.map((m) => m.name);
  // without a name of its own, the bridge above a function is the one above its bus
  const bridgeOf = (d: Scenario["devices"][number]) => d.bridge ?? d.name.replace(/:[^:]*$/, "");
  const bridges = [...new Set(scenario.devices.map(bridgeOf))];
  const streams: { sid: number; device: number }[] = [{ sid: 0, device: 0 }];
  const devices = scenario.devices.map((d, i): DeviceFacts => {
    const sids = [...new Set(d.sids.map(Number))];
    // functions behind one StreamID (DMA aliases) share its stream table entry
    const own = sids.map((sid) => {
      const isHere = (x: { sid: number; device: number }) =>
        x.sid === sid && scenario.devices[x.device - 1]?.smmu === d.smmu;
      const known = streams.findIndex(isHere);
      return known > 0 ? known : streams.push({ sid, device: i + 1 }) - 1;
    });
    const features = new Set<string>(scenario.smmus.find((x) => x.name === d.smmu)?.features);
    return {
      name: d.name,
      group: scenario.groups.findIndex((g) => g.devices.includes(d.name)) + 1,
      smmu: at(smmuNames, d.smmu),
      bridge: at(bridges, bridgeOf(d)),
      streams: own,
      num_streams: d.sids.length,
      cdtab_dma: cdTable(i + 1),
      ...cdTableShape(d, features),
      ats: d.ats,
      max_pasids: d.max_pasids,
      fwspec: d.fwspec,
      canwbs: d.canwbs,
      stall_enabled: (d.stall && features.has("STALLS")) || features.has("STALL_FORCE"),
      ats_always_on: d.ats_always_on,
      reset_methods: d.reset_methods,
      physfn: at(deviceNames, d.physfn ?? ""),
      hotplug: d.hot_added,
      attach_deferred: d.attach_deferred,
      require_direct: d.require_direct,
    };
  });
  // one ASID space for all SMMUs (arm_smmu_asid_xa), a VMID space for each
  let asid = 0;
  const vmid = new Map<string, number>();
  const domains = scenario.domains.map((d, i): DomainFacts => {
    const number = FIRST_DOMAIN + i;
    const raw = guestSte(d.vste ?? "s1", number, d.vste_ats ?? false);
    let tag = 0;
    if (d.stage === 1 || d.type === "SVA") tag = ++asid;
    else if (d.stage === 2) {
      tag = (vmid.get(d.smmu) ?? 0) + 1;
      vmid.set(d.smmu, tag);
    }
    return {
      name: d.name,
      type: d.type,
      stage: d.stage ?? 0,
      smmu: at(smmuNames, d.smmu),
      tag,
      // where stage 1 exists, nothing else gives a domain stage 2
      nest_parent: d.stage === 2 && !scenario.domains.some((x) => x.smmu === d.smmu && isDefaultStage2(x)),
      pasid_compat: d.pasid_compat,
      enforce_cache_coherency: d.enforce_cache_coherency,
      // faults of an SVA domain go to its process
      iopf_handler: d.iopf || d.type === "SVA",
      vsmmu: at(vsmmuNames, d.vsmmu ?? ""),
      vste: d.vste ?? "s1",
      vste_qwords: validateVste(raw).vste_out ?? [],
      enable_ats: d.vste_ats ?? false,
      mm: at(mmNames, d.mm ?? ""),
      dirty_tracking: d.dirty_tracking,
      ttb:
        d.type === "NESTED"
          ? guestCdTable(number)
          : d.type === "SVA"
            ? processPageTable(at(mmNames, d.mm ?? ""))
            : pageTable(number),
    };
  });
  const still = {
    stage: 0,
    smmu: 0,
    tag: 0,
    nest_parent: false,
    pasid_compat: false,
    enforce_cache_coherency: false,
    iopf_handler: false,
    vsmmu: 0,
    vste: "abort",
    vste_qwords: [],
    enable_ats: false,
    mm: 0,
    dirty_tracking: false,
    ttb: 0n,
  } as const;
  const named = [...scenario.attached, ...scenario.threads.flatMap((t) => t.ops), ...scenario.mms].map(
    ({ pasid }) => pasid ?? 0,
  );
  const supported = Math.max(...scenario.devices.map((d) => d.max_pasids));
  const facts: Facts = {
    smmu: [
      {
        name: "",
        ats: false,
        sva: false,
        features: new Set(),
        oas: 48,
        coherent_walk: true,
        skip_prefetch: false,
        strtab_dma: 0n,
      },
      ...scenario.smmus.map((x, i) => ({ ...x, features: new Set(x.features), strtab_dma: strtab(i) })),
    ],
    group: [
      { name: "", devices: [], hasDefault: false },
      ...scenario.groups.map((g) => ({
        name: g.name,
        devices: g.devices.map((d) => at(deviceNames, d)),
        hasDefault: g.default_domain !== NO_DOMAIN,
      })),
    ],
    device: [
      {
        name: "",
        group: 0,
        smmu: 0,
        bridge: 0,
        streams: [],
        num_streams: 0,
        cdtab_dma: 0n,
        s1cdmax: 0,
        s1fmt: 0,
        ats: false,
        max_pasids: 0,
        fwspec: false,
        canwbs: false,
        stall_enabled: false,
        ats_always_on: false,
        reset_methods: [],
        physfn: 0,
        hotplug: false,
        attach_deferred: false,
        require_direct: false,
      },
      ...devices,
    ],
    stream: streams,
    domain: [
      { name: "NULL", type: "NONE", ...still },
      { name: "blocked", type: "BLOCKED", ...still },
      { name: "identity", type: "IDENTITY", ...still },
      ...domains,
    ],
    // room for PASIDs 1 and 2 wherever PASIDs exist, more where the scenario names them
    entry: [
      { name: "", kind: "ste", qwords: [] },
      ...scenario.entries.map(({ name, kind, qwords }) => ({ name, kind, qwords: qwords.map(BigInt) })),
    ],
    inv_list: [{ name: "", items: [] }, ...scenario.inv_lists],
    pasids: Math.max(...named, supported > 0 ? Math.min(2, supported - 1) : 0) + 1,
    vsmmu: [
      { name: "", smmu: 0, s2_parent: 0 },
      ...scenario.vsmmus.map((x) => ({
        name: x.name,
        smmu: at(smmuNames, x.smmu),
        s2_parent: FIRST_DOMAIN + scenario.domains.findIndex((d) => d.name === x.s2_parent),
      })),
    ],
    mm: [{ name: "", pasid: 0 }, ...scenario.mms],
    config_sva: scenario.config_sva,
    mayFail: new Set(scenario.may_fail),
    hardware: new Set(scenario.hardware),
  };
  const world = { ...facts, ...entriesOf(facts) };
  // one array that is being made, and for each other thread one that it may still read
  const invs = invLayout(world, 1 + Math.max(1, Math.min(3, scenario.threads.length - 1)));
  if (invs.places > MAX_PLACES)
    throw new ScenarioError(
      `The scenario is too large: ${invs.places} items in an invalidation array, at most ${MAX_PLACES}; each StreamID with ATS has one for each PASID.`,
    );
  const itself = actors({ ...world, invs }).length;
  if (itself > 0 && scenario.threads.length + itself > MAX_THREADS)
    throw new ScenarioError(
      `The scenario is too large: ${scenario.threads.length} threads and ${itself} of the hardware, at most ${MAX_THREADS} together.`,
    );
  return { ...world, invs };
}

/** An operation of a scenario in numbers. */
export function opOf(op: ScenarioOp, w: World): Op {
  const kind = opKindIndex(op.op, op.caller);
  const args = (opKinds[kind]?.params ?? []).map((param) => {
    if (param === "pasid") return op.pasid ?? 0;
    // only what runs by itself names an SMMU, and that is in no scenario
    if (param === "smmu") return 0;
    return w[param].findIndex((o, i) => i > 0 && o.name === op[param]);
  });
  return { kind, args };
}

/** How finely the writer of entries is stepped. A scenario says which; a run may say the other, as it says options. */
export type Grain = Scenario["grain"];

/** The grain as an option beside those of a design; no design has one of this id. */
export const grainOption: DesignOption = {
  id: "grain",
  title: "grain",
  about: "How far one step of the writer of STEs and CDs goes",
  values: [
    { id: "table", title: "table", about: "A change of an entry is one step." },
    { id: "store", title: "store", about: "Each 64-bit store is a step, and each sync." },
  ],
};

/** All that a run may choose of a design. */
export const optionsOf = (design: Design): readonly DesignOption[] => [...design.options, grainOption];

/** What runs by itself beside the scenario's threads: each SMMU at its queue, and its interrupts. */
function actors(w: World): Op[][] {
  const own = [...(hasQueue(w) ? ["take_commands", "gerror"] : []), ...(hasEventQueue(w) ? ["take_events"] : [])];
  return w.smmu
    .slice(1)
    .flatMap((_smmu, i) => own.map((op) => [{ kind: opKindIndex(op, "the hardware"), args: [i + 1] }]));
}

/** A world and a design, linked and set up: makes machines that stand in the initial state. */
export interface Model {
  readonly scenario: Scenario;
  readonly design: Design;
  readonly options: Readonly<Record<string, string>>;
  readonly grain: Grain;
  /** What was changed of design and world, to see what it is good for. */
  readonly toggles: readonly Toggle[];
  readonly world: World;
  readonly table: Table;
  /** Where the shared state's fields lie. */
  readonly fields: readonly PlacedField[];
  /** Operations of the scenario's own threads. */
  readonly programs: readonly (readonly Op[])[];
  /** A machine with room for `threads`, its shared state set up, without any thread yet. */
  readonly machine: (threads?: number) => Machine<KernelState, World>;
}

function dimsOf(w: World): Record<string, number> {
  return {
    group: w.group.length - 1,
    device: w.device.length - 1,
    stream: w.stream.length - 1,
    domain: w.domain.length - 1,
    pasid: w.pasids,
    slot: (w.device.length - 1) * w.pasids,
    bridge: Math.max(1, ...w.device.map((d) => d.bridge)),
    smmu: w.smmu.length - 1,
    vsmmu: w.vsmmu.length - 1,
    mm: w.mm.length - 1,
    invs: w.invs.arrays,
    place: w.invs.places,
    cmdq: hasQueue(w) ? w.smmu.length - 1 : 0,
    iopf: w.device.some((d) => d.stall_enabled) ? w.device.length - 1 : 0,
    cached: hasCaches(w) ? w.stream.length - 1 : 0,
    tagged: hasCaches(w) ? w.domain.length - 1 : 0,
    evtq: hasEventQueue(w) ? w.smmu.length - 1 : 0,
    event: EVENTQ_ROOM,
    // the largest batch with its CMD_SYNC, and some of another thread's
    command: w.invs.places + 4,
    sync: MAX_THREADS,
  };
}

/**
 * What probing and allocating left: aborting STEs, PASID enabled where it exists, functions that are bus masters, a CD
 * table where ATS must stay on, page tables with one page, processes that run. An SVA domain exists from the start if the
 * scenario attaches it by its name; else the first bond makes it.
 */
function probe(s: KernelState, w: World, scenario: Scenario): void {
  for (let i = 1; i < w.stream.length; i++) {
    const entries = w.ste[i]?.entries;
    const [q0, q1, q2, q3] = entries?.target(entries.number(steKey(CFG_ABORT, 0, 0, 0))) ?? [0, 0, 0, 0];
    Object.assign(s.ste[i], { q0, q1, q2, q3 });
  }
  for (let i = 1; i < w.device.length; i++) {
    s.pdev[i].bus_master = 1;
    s.gdev[i].unlisted = w.device[i]?.hotplug ? 1 : 0;
    s.dev_iommu[i].attach_deferred = w.device[i]?.attach_deferred ? 1 : 0;
    s.master[i].cdtab = w.device[i]?.ats_always_on ? 1 : 0;
    if ((w.device[i]?.max_pasids ?? 0) > 0) {
      s.pdev[i].pasid_enabled = 1;
      s.pdev[i].pasid_ctrl = 1;
    }
  }
  const ops = [...scenario.attached, ...scenario.threads.flatMap((t) => t.ops)];
  for (let i = FIRST_DOMAIN; i < w.domain.length; i++) {
    const facts = w.domain[i];
    s.domain[i].mapped = facts?.type === "NESTED" ? 0 : 1;
    s.domain[i].enforce_cache_coherency = facts?.enforce_cache_coherency ? 1 : 0;
    if (facts?.type === "SVA") s.domain[i].notifier = ops.some((op) => op.domain === facts.name) ? 1 : 0;
  }
  for (const domain of arrayDomains(w)) newInvs(s, w, domain);
  for (let i = 1; i < w.mm.length; i++) s.mm[i].mm_users = 1;
}

/** Runs the set-up operations through the same procedures, one after the other and with nothing failing. */
function setUp(scenario: Scenario, w: World, table: Table): Machine<KernelState, World> {
  // nothing runs beside the set-up: a command is done where it is sent
  const alone: World = { ...w, hardware: new Set() };
  const machine = new Machine<KernelState, World>(schema, dimsOf(w), table, alone, 1);
  probe(machine.state, w, scenario);
  const ops: Op[] = [];
  /** The member of the scenario that asks for each. */
  const members: string[] = [];
  const add = (member: string, op: Op) => {
    ops.push(op);
    members.push(member);
  };
  scenario.groups.forEach((group, i) => {
    const g = w.group.findIndex((x) => x.name === group.name);
    const domain = w.domain.findIndex((x) => x.name === group.default_domain);
    if (domain > 0)
      add(`groups.${i}.default_domain`, { kind: opKindIndex("setup_default", "core"), args: [g, domain] });
    // a user who owns a group has bound each of its devices
    const bind = opKindIndex("bind", "iommufd");
    const there = (w.group[g]?.devices ?? []).filter((dev) => w.device[dev]?.hotplug === false);
    if (group.owned) for (const dev of there) add(`groups.${i}.owned`, { kind: bind, args: [dev] });
  });
  scenario.attached.forEach((op, i) => add(`attached.${i}`, opOf(op, w)));
  let depth = 0;
  let done = 0;
  const refuse = (what: string): never => {
    const op = ops[done];
    throw new ScenarioError(
      `The scenario cannot begin, at ${members[done]}: "${op === undefined ? "?" : opTitle(op, w)}" ${what} in this design.`,
    );
  };
  machine.observer = {
    op: () => {},
    answer: () => {},
    call: () => {
      depth++;
    },
    return: (_thread, _proc, value) => {
      if (--depth > 0) return;
      const op = ops[done];
      if (value !== 0 && op !== undefined && opKinds[op.kind]?.result === "errno")
        refuse(`fails with ${resultText(op, w, value)}`);
      done++;
    },
    moment: () => {},
    warn: (_thread, site) => refuse(`reaches a WARN (${site})`),
  };
  if (ops.length > 0) machine.spawn(ops.map((op) => rootOf(op, w)));
  for (let steps = 0; ops.length > 0 && machine.status(0) !== FINISHED; steps++) {
    if (machine.outcomes(0) === 0 || steps > 20_000) refuse("does not come to an end");
    machine.step(0, 0);
  }
  machine.observer = null;
  // what the set-up asked for is the world, nobody's request
  for (let g = 1; g < w.group.length; g++) for (let p = 0; p < w.pasids; p++) machine.state.group[g].requested[p] = 0;
  machine.state.bound.failures_left = scenario.failures;
  return machine;
}

/** The design's own part of the options. */
const ownOptions = ({ grain: _, ...own }: Readonly<Record<string, string>>): Readonly<Record<string, string>> => own;

/** All procedures of a design, as it is. */
export const procsOf = (
  design: Design,
  options: Readonly<Record<string, string>>,
): Readonly<Procs<KernelState, World>> =>
  Object.assign({}, ...linux73, design.procs(readOptions(design, ownOptions(options))));

/** The procedures of designs, linked, by the options that they were chosen by. */
const tables = new WeakMap<Design, Map<string, Table>>();

function tableOf(design: Design, options: Readonly<Record<string, string>>): Table {
  const known = tables.get(design) ?? new Map<string, Table>();
  tables.set(design, known);
  const key = JSON.stringify(ownOptions(options));
  const table = known.get(key) ?? link<KernelState, World>(procsOf(design, options));
  known.set(key, table);
  return table;
}

/** The toggles of a model: their words, and what they say. */
export const togglesOf = ({ scenario, design, options, toggles, world }: Model): { id: string; title: string }[] =>
  toggles.map((toggle) => {
    const id = toggleWord(toggle);
    const op = "thread" in toggle ? scenario.threads[toggle.thread]?.ops[toggle.op] : undefined;
    if (op === undefined || !("thread" in toggle))
      return { id, title: fill(world, toggleTitle(procsOf(design, options), toggle), null) };
    const what = opTitle(opOf(op, world), world);
    const how = toggle.how === "without" ? `without "${what}"` : `"${what}" at place ${toggle.to + 1}`;
    return { id, title: `CPU${toggle.thread}: ${how}` };
  });

/**
 * Links a design and sets a world up, then changes what toggles ask for. Throws a ScenarioError, a ToggleError, or an Error
 * for options that the design lacks.
 */
export function makeModel(
  scenario: Scenario,
  design: Design,
  given: Readonly<Record<string, string>>,
  toggles: readonly Toggle[] = [],
): Model {
  // an SMMU that takes its commands by itself comes in between the steps of a change
  const { grain = scenario.grain } = scenario.hardware.includes("cmdq") ? { grain: "store" } : given;
  if (grain !== "table" && grain !== "store") throw new Error(`the grain is table or store, not "${grain}"`);
  // only where it is not the scenario's own: a world that asks for stores is not changed by a run of them
  const options = { ...readOptions(design, ownOptions(given)), ...(grain === scenario.grain ? {} : { grain }) };
  const world = worldOf(scenario);
  scenario.threads.forEach((thread, i) =>
    thread.ops.forEach((op, j) => {
      const { kind, args } = opOf(op, world);
      if (opKinds[kind]?.op !== "set_type" || isDefaultDomain(world, args[0] ?? 0, args[1] ?? 0)) return;
      throw new ScenarioError(
        `The scenario is wrong at threads.${i}.ops.${j}.domain: expected identity or a DMA domain of the group's SMMU, found "${op.domain}".`,
      );
    }),
  );
  const written = tableOf(design, options);
  const { bytes, layout } = setUp(scenario, world, written);
  // no WARN was reached so far, and what is toggled may have others
  const initial = bytes.slice(0, layout.warnOffset);
  if (toggles.length > MAX_TOGGLES)
    throw new ToggleError(`there are ${toggles.length} toggles, at most ${MAX_TOGGLES}`);
  const procs = procsOf(design, options);
  const table = toggles.length === 0 ? written : lenient(link(procs, toggledProcs(procs, toggles)));
  return {
    scenario,
    design,
    options,
    grain,
    toggles,
    world,
    table,
    fields: layout.fields,
    programs: [
      ...toggledPrograms(
        scenario.threads.map((thread) => thread.ops.map((op) => opOf(op, world))),
        toggles,
      ),
      ...actors(world),
    ],
    machine: (threads = MAX_THREADS) => {
      const machine = new Machine<KernelState, World>(schema, dimsOf(world), table, world, threads, grain === "store");
      machine.bytes.set(initial);
      return machine;
    },
  };
}
