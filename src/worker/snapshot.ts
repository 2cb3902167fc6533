/** The snapshot of a position: every kernel fact that the page or the command line shows, in words. */
import type { Qwords } from "../hw/fields.ts";
import { callers, opKinds, opTitle } from "../kernel/ops.ts";
import { judgedAtRest, properties } from "../kernel/properties.ts";
import { devicesDomain, FIRST_DOMAIN, isPaging, type KernelState, type World } from "../kernel/structs.ts";
import { hasCaches } from "../hw/caches.ts";
import { steFacts } from "../hw/tables.ts";
import { optionsOf, togglesOf } from "../scenarios/build.ts";
import { encodeLink } from "../scenarios/link.ts";
import type { Play } from "../scenarios/play.ts";
import { Facts } from "./facts.ts";
import type {
  CdView,
  ChangeView,
  DeviceView,
  DomainView,
  EntryView,
  Field,
  GroupView,
  HeldView,
  PropertyView,
  QueueView,
  Snapshot,
  SteView,
} from "./protocol.ts";
import { type Writing, writings } from "./writing.ts";
import { invsFields } from "./invs.ts";
import { cdLevel1, steLevel1 } from "./level1.ts";
import { resetName } from "./reset-name.ts";
import { type AskHardware, hasPasids, rowExists, rowView } from "./rows.ts";
import { threadViews } from "./threads.ts";
import { timeline } from "./timeline.ts";

function phase(play: Play, facts: Facts, device: number): string {
  const s = facts.now;
  const { docked, dockedFlag } = play.model.design;
  if (s.pdev[device].in_reset === 1) return `in its ${resetName(play.records, device, play.position - 1)}`;
  if (docked(s, facts.world, device)) return `\`${dockedFlag}\`: prepare to done`;
  return s.pdev[device].state_saved === 1 ? "disabled for a reset" : "";
}

/** The update of an entry that somebody is in the middle of, if there is one. */
function updateOf(under: readonly Writing[], device: number, stream: number, ssid: number): Pick<EntryView, "update"> {
  const own = under.find((u) => u.stream === stream && (stream > 0 || (u.dev === device && u.ssid === ssid)));
  if (own === undefined) return {};
  const digits = (q: Qwords) => q.map((word) => word.toString(16).padStart(16, "0"));
  return { update: { from: digits(own.from), to: digits(own.to), made: own.made } };
}

function withUpdate<T extends SteView | CdView>(view: T, update: Pick<EntryView, "update">): T {
  return view.entry === undefined ? view : { ...view, entry: { ...view.entry, ...update } };
}

function deviceView(
  play: Play,
  facts: Facts,
  under: readonly Writing[],
  hardware: HardwareViews | null,
  device: number,
): DeviceView {
  const w = facts.world;
  const own = w.device[device];
  const name = own?.name ?? "?";
  const { design } = play.model;
  const onOff = (v: number) => (v === 1 ? "on" : "off");
  const ofFunction = (what: string) => ({ layer: "hardware" as const, what: `${name} ${what}` });
  const driver = (what: string) => ({ layer: "driver" as const, what: `\`${what}\` of ${name}` });
  const pci: Field[] = [facts.field("bus master", ["pdev", device, "bus_master"], onOff, ofFunction("bus master"))];
  if (own?.ats) pci.push(facts.field("ATS", ["pdev", device, "ats_ctrl"], onOff, ofFunction("ATS Enable")));
  if (hasPasids(w, device))
    pci.push(facts.field("PASID", ["pdev", device, "pasid_ctrl"], onOff, ofFunction("PASID Enable")));
  const atc = (s: KernelState) => {
    const held = Array.from(s.pdev[device].atc).flatMap((d, p) =>
      d === 0 ? [] : [`${p === 0 ? "RID" : `PASID ${p}`}: ${w.domain[d]?.name}`],
    );
    return held.length === 0 ? "empty" : held.join(", ");
  };
  if (own?.ats) {
    const [is, was] = [atc(facts.now), atc(facts.before)];
    pci.push({ name: "ATC", value: is, ...(is === was ? {} : { was }) });
    if (is !== was) facts.changes.push({ layer: "hardware", what: `${name} ATC`, was, is });
    pci.push(facts.field("ATC_INV open", ["pdev", device, "atc_inv"], String, ofFunction("ATC_INV outstanding")));
  }
  pci.push(
    facts.field("in reset", ["pdev", device, "in_reset"], (v) => (v === 1 ? "yes" : "no"), {
      layer: "reset",
      what: `${name} in reset`,
    }),
  );
  const gdev = design.gdevFields.map((field) =>
    facts.field(field, ["gdev", device, field], String, { layer: "reset", what: `\`${field}\` of ${name}` }),
  );
  const master = (["used_ssids", "in_ste", "ats_enabled", "ste_ats_enabled"] as const).map((field) =>
    facts.field(field, ["master", device, field], String, driver(field)),
  );
  const vsmmu = (id: number) => (id === 0 ? "none" : (w.vsmmu[id]?.name ?? "?"));
  if (w.vsmmu.length > 1) {
    master.push(facts.field("vmaster", ["master", device, "vmaster"], vsmmu, driver("vmaster")));
    master.push(facts.field("vDEVICE", ["idev", device, "vdev"], vsmmu, driver("vDEVICE")));
  }
  if (own?.stall_enabled) {
    master.push(
      facts.field("iopf_refcount", ["master", device, "iopf_refcount"], String, driver("iopf_refcount")),
      facts.field("page requests", ["dev_iommu", device, "faults"], String, driver("page requests")),
    );
  }
  // what firmware says of the function, where it says something out of the ordinary
  if (own?.ats_always_on) pci.push({ name: "ATS required", value: "yes" });
  if (own?.require_direct) pci.push({ name: "require_direct", value: "yes" });
  if (own?.fwspec === false) master.push({ name: "fwspec", value: "none" });
  if (own?.canwbs === false) master.push({ name: "CANWBS", value: "no" });
  const pasids = Array.from({ length: hasPasids(w, device) ? w.pasids : 1 }, (_x, p) => p);
  const streams = own?.streams ?? [];
  const caches = hasCaches(w) ? hardware : null;
  const stes = streams.map((stream) => ({
    ...withUpdate(facts.ste(stream), updateOf(under, 0, stream, 0)),
    ...steLevel1(facts, stream),
    ...(caches === null ? {} : { held: caches.heldSte(facts, stream) }),
  }));
  const entries = pasids.map((p) => ({
    ...withUpdate(facts.cd(device, p), updateOf(under, device, 0, p)),
    ...(caches === null ? {} : { held: streams.map((stream) => caches.heldCd(facts, device, stream, p)) }),
  }));
  facts.field("cdtab", ["master", device, "cdtab"], (v) => (v === 1 ? "allocated" : "none"), driver("cd_table"));
  return {
    id: name,
    name,
    group: w.group[own?.group ?? 0]?.name ?? "?",
    smmu: w.smmu[own?.smmu ?? 0]?.name ?? "?",
    pci,
    gdev,
    master,
    stes,
    cdTable: {
      allocated: facts.now.master[device].cdtab === 1,
      ...cdLevel1(facts, device),
      referenced: streams.some((stream) => {
        const ste = steFacts(facts.now, w, stream);
        return ste.V === 1 && ste.S1ContextPtr === device;
      }),
      entries,
    },
    rows: pasids
      .filter((p) => rowExists(play, facts, device, p))
      .map((p) => rowView(play, facts, device, p, caches?.hardwareBelief)),
    kernelWindow: design.docked(facts.now, w, device),
    inReset: facts.now.pdev[device].in_reset === 1,
    phase: phase(play, facts, device),
  };
}

function groupView(play: Play, facts: Facts, group: number): GroupView {
  const w = facts.world;
  const name = w.group[group]?.name ?? "?";
  const note = (what: string) => ({ layer: "core" as const, what: `\`${what}\` of ${name}` });
  const domain = facts.domainName;
  const fields = [
    facts.field("domain", ["group", group, "domain"], domain, note("group->domain")),
    facts.field("default_domain", ["group", group, "default_domain"], domain, note("default_domain")),
    facts.field("blocking_domain", ["group", group, "blocking_domain"], domain, note("blocking_domain")),
    ...play.model.design.groupFields.map((f) =>
      facts.field(f, ["group", group, f], f === "resetting_domain" ? domain : String, note(f)),
    ),
    facts.field("owner", ["group", group, "owner"], (v) => (v === 0 ? "NULL" : "a user"), note("owner")),
    facts.field("owner_cnt", ["group", group, "owner_cnt"], String, note("owner_cnt")),
  ];
  const pasids = (w.group[group]?.devices ?? []).some((d) => hasPasids(w, d)) ? w.pasids : 1;
  for (let p = 0; p < pasids; p++) {
    fields.push(
      facts.field(`pasid_array[${p}]`, ["group", group, "pasid_array", p], domain, note(`pasid_array[${p}]`)),
    );
  }
  for (let p = 0; p < pasids; p++) {
    fields.push(
      facts.field(
        `igroup pasid_attach[${p}]`,
        ["igroup", group, "pasid_attach", p],
        domain,
        note(`igroup->pasid_attach[${p}]`),
      ),
    );
  }
  const devices = (w.group[group]?.devices ?? []).map((d) => w.device[d]?.name ?? "?");
  return { id: name, name, fields, devices, owned: changesOwner(play, group) };
}

/** Some thread of the run binds or unbinds a device of the group, or claims or releases the group by itself. */
function changesOwner(play: Play, group: number): boolean {
  const { world } = play.model;
  return play.ops.flat().some(({ kind, args }) => {
    const known = opKinds[kind];
    if (known === undefined || !["bind", "unbind", "claim_owner", "release_owner"].includes(known.op)) return false;
    const [first = 0] = args;
    return (known.params[0] === "device" ? (world.device[first]?.group ?? 0) : first) === group;
  });
}

/** Coherency is worth a line where some function cannot keep it. */
const scenarioEnforces = (play: Play): boolean => play.model.scenario.devices.some((d) => !d.canwbs);

/** What sort of domain it is, in a word. */
function kindOf(domain: World["domain"][number] | undefined): string {
  switch (domain?.type) {
    case "IDENTITY":
      return "no translation";
    case "BLOCKED":
      return "aborts DMA";
    case "NESTED":
      return "nested";
    case "SVA":
      return "SVA";
    default:
      return `S${domain?.stage ?? 0}`;
  }
}

/** What stands below its kind: the tag of its entries, or what a vSTE that does not translate does. */
function tagOf(domain: World["domain"][number] | undefined): string {
  if (domain === undefined) return "";
  if (domain.stage === 1 || domain.type === "SVA") return `ASID ${domain.tag}`;
  if (domain.stage === 2) return `VMID ${domain.tag}`;
  return domain.type === "NESTED" && domain.vste !== "s1" ? `vSTE ${domain.vste}` : "";
}

/** Whose a domain is, or what else it is for. */
function noteOf(s: KernelState, w: World, id: number): string {
  const own = w.domain[id];
  const mm = own?.mm ?? 0;
  if (mm > 0) return `${w.mm[mm]?.name}${s.mm[mm].mm_users === 0 ? " exited" : ""}`;
  if (s.domain[id].enforce_cache_coherency === 1) return "coherent";
  return own?.iopf_handler ? "iopf" : "";
}

function domainView(play: Play, facts: Facts, id: number, devices: readonly DeviceView[]): DomainView {
  const w = facts.world;
  const own = w.domain[id];
  const name = own?.name ?? "?";
  const rows = devices.flatMap((d) => d.rows);
  const list = (s: KernelState) =>
    w.device.flatMap((d, i) =>
      i === 0
        ? []
        : Array.from({ length: w.pasids }, (_x, p) => p)
            .filter((p) => facts.trackers(s, i, p).includes(id))
            .map((p) => `${d.name} ssid ${p}`),
    );
  const fields: Field[] = [];
  if (id >= FIRST_DOMAIN) {
    const [is, was] = [list(facts.now).join(", ") || "empty", list(facts.before).join(", ") || "empty"];
    fields.push({ name: "devices", value: is, ...(is === was ? {} : { was }) });
    if (is !== was) facts.changes.push({ layer: "driver", what: `\`devices\` of ${name}`, was, is });
    fields.push(facts.field("nr_ats_masters", ["domain", id, "nr_ats_masters"], String));
    fields.push(
      facts.field("page", ["domain", id, "mapped"], (v) => (v === 1 ? "mapped" : "unmapped"), {
        layer: "tables",
        what: `the page of ${name}`,
      }),
    );
    if (own?.iopf_handler) fields.push({ name: "iopf_handler", value: "set" });
    const mm = own?.mm ?? 0;
    if (mm > 0) {
      const layer = "core" as const;
      fields.push(
        facts.field("mm_users", ["mm", mm, "mm_users"], String, { layer, what: `\`mm_users\` of ${w.mm[mm]?.name}` }),
        facts.field("users", ["domain", id, "users"], String, { layer, what: `\`users\` of ${name}` }),
        facts.field("MMU notifier", ["domain", id, "notifier"], (v) => (v === 1 ? "registered" : "none")),
      );
    }
    if (isPaging(w, id) && scenarioEnforces(play)) {
      fields.push(
        facts.field("enforce_cache_coherency", ["domain", id, "enforce_cache_coherency"], String, {
          layer: "driver",
          what: `\`enforce_cache_coherency\` of ${name}`,
        }),
      );
    }
    if (hasCaches(w)) {
      const layer = "hardware" as const;
      const say = (page: number) => (page === 0 ? "empty" : `the page of ${facts.domainName(page)}`);
      fields.push(facts.field("TLB", ["iotlb", id, "page"], say, { layer, what: `the TLB for ${tagOf(own)}` }));
    }
    fields.push(...invsFields(play, facts, id));
  }
  const parent = own?.type === "NESTED" ? w.domain[devicesDomain(w, id)]?.name : undefined;
  const note = id >= FIRST_DOMAIN ? noteOf(facts.now, w, id) : "";
  return {
    id: name,
    stage: kindOf(own),
    tag: tagOf(own),
    ...(parent === undefined ? {} : { parent }),
    ...(note === "" ? {} : { note }),
    smmu: own === undefined || own.smmu === 0 ? "" : (w.smmu[own.smmu]?.name ?? ""),
    fields,
    tableRows: rows.filter((r) => r.tables.domain === name).map((r) => r.id),
    coreRows: rows.filter((r) => r.core.domain === name).map((r) => r.id),
  };
}

function propertyViews(play: Play, changes: ChangeView[], sources: Later["sources"]): PropertyView[] {
  const na = play.model.design.notApplicable;
  const violated = play.violations();
  const exercised = play.exercised();
  const before = play.position > 0 ? play.violations(play.position - 1) : violated;
  const { machine } = play;
  const goesOn = machine.programs.some((_program, thread) => machine.outcomes(thread) > 0);
  return properties.map((p) => {
    const broke = violated.get(p.id);
    const verdict = na.includes(p.id)
      ? "n/a"
      : broke !== undefined
        ? "violated"
        : exercised.has(p.id)
          ? "holds"
          : goesOn && judgedAtRest.has(p.id)
            ? "pending"
            : "vacuous";
    if (broke !== undefined && !before.has(p.id))
      changes.push({ layer: "property", what: p.id, was: "holds", is: "violated" });
    return {
      ...p,
      source: sources[p.id] ?? "",
      verdict,
      ...(broke !== undefined ? { since: broke.step, why: broke.why } : {}),
    };
  });
}

/** Who calls what in this run, and what that says about reaching it from user space. */
export function callerLines(play: Play): string[] {
  const lines: string[] = [];
  let unreachable = false;
  play.ops.forEach((ops, t) => {
    const ran = play.records.slice(0, play.position).some((r) => r.thread === t && r.event.kind === "choice");
    for (const op of ops) {
      const kind = opKinds[op.kind];
      if (kind === undefined) continue;
      const caller = callers[kind.caller];
      if (ran && !caller.reachable) unreachable = true;
      lines.push(`CPU${t}, ${opTitle(op, play.model.world)}: caller ${caller.id}, ${caller.note}.`);
    }
  });
  if (unreachable) lines.push("A thread of this run uses the caller core: not shown reachable from user space.");
  const failing = [...play.model.world.mayFail];
  lines.push(
    failing.length === 0 || play.model.scenario.failures === 0
      ? "Nothing may fail in this scenario: no allocation, no reset."
      : `At most ${play.model.scenario.failures} of these may fail: ${failing.join(", ")}.`,
  );
  return lines;
}

/** Queues, and what SMMUs hold, in worlds that have such. They need the commands' decoder: a first visit does not load it. */
export interface HardwareViews {
  readonly queueViews: (play: Play) => readonly QueueView[];
  readonly heldSte: (facts: Facts, stream: number) => HeldView;
  readonly heldCd: (facts: Facts, device: number, stream: number, ssid: number) => HeldView;
  readonly hardwareBelief: AskHardware;
}

/** What nobody needs in the first moment of a visit. */
export interface Later extends Pick<Snapshot, "scenarios" | "designs" | "assumptions"> {
  readonly notModelledIn: (caches: boolean) => readonly string[];
  /** Of properties, by id. */
  readonly sources: Readonly<Record<string, string>>;
  readonly silencesIn: (scenario: string, design: string) => readonly string[];
  readonly actionViews: (play: Play) => Snapshot["actions"];
}

/**
 * What the page shows at the play's position. `hardware` may be absent in worlds whose hardware does nothing by itself, and
 * `later` where nobody asks for it: its lists are empty then.
 */
export function snapshot(play: Play, hardware: HardwareViews | null, later: Later | null): Snapshot {
  const { model, position, records } = play;
  const { scenario, design, options, world: w } = model;
  const facts = new Facts(play);
  const under = writings(play);
  const groups = w.group.slice(1).map((_g, i) => groupView(play, facts, i + 1));
  const devices = w.device.slice(1).map((_d, i) => deviceView(play, facts, under, hardware, i + 1));
  const used = w.domain.map((_d, i) => i).slice(1);
  const domains = used.map((id) => domainView(play, facts, id, devices));
  const record = records[position - 1];
  for (const t of record?.trace ?? [])
    if (t.kind === "event") facts.changes.push({ layer: "hardware", what: "event", was: "none", is: t.text });
  if (record?.warn !== undefined && record.warn !== "") {
    facts.changes.push({ layer: "thread", what: `WARN in \`${record.warn}\``, was: "0", is: "1" });
  }
  const views = propertyViews(play, facts.changes, later?.sources ?? {});
  return {
    scenario: { id: scenario.id, title: scenario.title, about: scenario.about },
    design: {
      id: design.id,
      title: design.title,
      about: design.about,
      source: design.source,
      driver: design.driver,
      open: design.open,
      options: optionsOf(design).map((o) => ({ ...o, value: options[o.id] ?? (o.id === "grain" ? model.grain : "") })),
      toggles: togglesOf(model),
    },
    scenarios: later?.scenarios ?? [],
    designs: later?.designs ?? [],
    position,
    total: play.player.events.length,
    sentence: record?.sentence ?? scenario.about,
    ran: record === undefined ? 0 : record.thread + 1,
    threads: threadViews(play),
    groups,
    devices,
    domains,
    queues: hardware?.queueViews(play) ?? [],
    changes: facts.changes,
    properties: views,
    timeline: timeline(play),
    actions: later?.actionViews(play) ?? [],
    callers: callerLines(play),
    assumptions: later?.assumptions ?? [],
    notModelled: later?.notModelledIn(hasCaches(w)) ?? [],
    silences: later?.silencesIn(scenario.id, design.id) ?? [],
    link: encodeLink(play),
  };
}
