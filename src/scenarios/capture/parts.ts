/**
 * Parts of a capture: groups that share a domain or a bus, each part one world of its own, so that a machine with a
 * dozen groups fits the model's limits. What one part does leaves the tables of all others alone.
 *
 * A world has two DMA domains a group, the default one and the next, since the kernel allocates anew whenever the type
 * changes; a domain for each name that the capture attaches; and one of each stage for what was attached before it began.
 */
import { get, type Qwords } from "../../hw/fields.ts";
import { STE } from "../../hw/ste-fields.ts";
import { CFG_ABORT, CFG_BYPASS, CFG_NESTED, CFG_S1_TRANS, CFG_S2_TRANS } from "../../hw/answers.ts";
import { readScenario, type Scenario, type ScenarioOp } from "../schema.ts";
import { FEATURES, RESET_METHODS } from "../shape.ts";
import { qwordsOf } from "./qwords.ts";
import type { Capture, CaptureDevice, CaptureOp, Rest } from "./read.ts";
import { smmuOf } from "./smmu.ts";

/** Operations whose `domain` is a page table of iommufd. */
const isUserOp = (op: CaptureOp) => /^(iommufd_(attach|replace)|map|unmap)$/.test(op.op);

export interface Part {
  readonly id: number;
  readonly devices: readonly CaptureDevice[];
  /** Numbers of groups, as the capture has them. */
  readonly groups: readonly string[];
  /** Domains of user space that are attached by name. */
  readonly domains: readonly string[];
}

const busOf = (bdf: string) => bdf.replace(/\.[^.]*$/, "");

/** Groups joined by a page table that both attach, or by the bridge above them. */
export function partsOf(capture: Capture): Part[] {
  const leader = new Map<string, string>();
  const find = (key: string): string => {
    const up = leader.get(key) ?? key;
    return up === key ? key : find(up);
  };
  const join = (a: string, b: string) => leader.set(find(b), find(a));
  const groupOf = new Map(capture.devices.map((d) => [d.bdf, d.group]));
  for (const d of capture.devices) {
    // functions of the root bus have no bridge above them
    if (!d.bdf.startsWith("0000:00:")) join(`bus ${busOf(d.bdf)}`, `group ${d.group}`);
  }
  const attached = new Map<string, Set<string>>();
  for (const op of capture.scenarios.flatMap((s) => s.ops)) {
    if (!isUserOp(op) || op.device == null || op.domain == null) continue;
    const groups = attached.get(op.domain) ?? new Set();
    groups.add(groupOf.get(op.device) ?? "");
    attached.set(op.domain, groups);
  }
  for (const [domain, groups] of attached) for (const g of groups) join(`domain ${domain}`, `group ${g}`);
  const byLeader = new Map<string, CaptureDevice[]>();
  for (const d of capture.devices) {
    const at = find(`group ${d.group}`);
    byLeader.set(at, [...(byLeader.get(at) ?? []), d]);
  }
  return [...byLeader.values()].map((devices, id) => {
    const groups = [...new Set(devices.map((d) => d.group))];
    const domains = [...attached].filter(([, users]) => groups.some((g) => users.has(g))).map(([name]) => name);
    return { id, devices, groups, domains };
  });
}

/** Stage 2 by its name, as `nest_parent` and `S2` say it, or because the SMMU has nothing else. */
const isStage2 = (name: string, onlyStage2: boolean) => onlyStage2 || /S2|nest_parent/.test(name);

/** Where a group stands, told from its tables at rest. */
export type Stand = "blocked" | "identity" | "stage 1" | "stage 2" | "nested" | "wrong" | "not watched";

const STANDS: Readonly<Record<number, Stand>> = {
  [CFG_ABORT]: "blocked",
  [CFG_BYPASS]: "identity",
  [CFG_S1_TRANS]: "stage 1",
  [CFG_S2_TRANS]: "stage 2",
  [CFG_NESTED]: "nested",
};

/** What an STE at rest says; the driver leaves none without V. */
export const standOfSte = (ste: Qwords): Stand =>
  get(ste, STE.V) === 0n ? "wrong" : (STANDS[Number(get(ste, STE.CFG))] ?? "wrong");

/** Whether an STE leads to a CD table. */
export const leads = (ste: Qwords): boolean => standOfSte(ste) === "stage 1";

/** What the first STE that is known of a group says about it. */
export function standOf(part: Part, group: string, rest: Rest): Stand {
  const found = part.devices.filter((d) => d.group === group).map((d) => rest[d.sid]);
  const entry = found.find((e) => e !== undefined);
  return entry === undefined ? "not watched" : standOfSte(qwordsOf(entry.ste));
}

export const groupName = (group: string) => `group ${group}`;
export const dmaNames = (group: string): readonly [string, string] => [`DMA ${group} a`, `DMA ${group} b`];
/** The model's name of a domain of user space; the capture's own may have any letters. */
export const userName = (part: Part, domain: string) => `user ${part.domains.indexOf(domain) + 1}`;
export const UNNAMED: Readonly<Record<1 | 2, string>> = { 1: "unnamed stage 1", 2: "unnamed stage 2" };

/** Whether user space holds a group at a scenario: the next operation that tells goes on with what was attached. */
export function isHeld(capture: Capture, part: Part, group: string, scenario: number): boolean {
  const devices = part.devices.filter((d) => d.group === group).map((d) => d.bdf);
  const ops = capture.scenarios.slice(scenario).flatMap((s) => s.ops);
  const telling = ops.find(
    (o) =>
      devices.includes(o.device ?? "") &&
      /^(iommufd_|bind_iommufd|set_default_domain_type|(un)?bind_driver)/.test(o.op),
  );
  return telling !== undefined && telling.op.startsWith("iommufd_");
}

/**
 * What user space calls the page table that a group has at a scenario: the next one that is attached without a change of
 * the group's tables has been there before. "" where none is, or the tables change first.
 */
export function nameHeld(capture: Capture, part: Part, group: string, scenario: number): string {
  const devices = part.devices.filter((d) => d.group === group);
  for (const s of capture.scenarios.slice(scenario)) {
    const ops = s.ops.filter((o) => devices.some((d) => d.bdf === o.device) && /^iommufd_(attach|replace)$/.test(o.op));
    const names = new Set(ops.filter((o) => o.result === "0").map((o) => o.domain ?? ""));
    const stays = devices.every(({ sid }) => JSON.stringify(s.before[sid]) === JSON.stringify(s.after[sid]));
    if (!stays) return "";
    if (names.size > 0) return names.size === 1 ? ([...names][0] ?? "") : "";
  }
  return "";
}

/** A part's world as a scenario that begins where `rest` says, at a scenario of the capture. Throws a ScenarioError where it does not fit the model. */
export function scenarioOf(capture: Capture, part: Part, rest: Rest, at: number): Scenario {
  const { features, oas } = smmuOf(capture);
  const onlyStage2 = !features.has("TRANS_S1");
  const withAts = new Set(capture.scenarios.flatMap((s) => Object.keys(s.pci_ats_control)));
  const domain = (name: string, stage: 1 | 2, type: "DMA" | "UNMANAGED") => ({ name, stage, type, smmu: "smmu0" });
  const attached: ScenarioOp[] = [];
  const groups = part.groups.map((g) => {
    const stand = standOf(part, g, rest);
    const held = stand === "blocked" || (stand === "stage 2" && !onlyStage2) || isHeld(capture, part, g, at);
    const stage = stand === "stage 2" ? 2 : 1;
    if (held && stand !== "blocked") {
      const name = nameHeld(capture, part, g, at);
      const domain = part.domains.includes(name) ? userName(part, name) : UNNAMED[stage];
      attached.push({ op: "attach", caller: "iommufd", group: groupName(g), domain });
    }
    const devices = part.devices.filter((d) => d.group === g);
    const identity = held ? devices[0]?.type === "identity" : stand === "identity";
    return {
      name: groupName(g),
      devices: devices.map((d) => d.bdf),
      default_domain: identity ? "identity" : dmaNames(g)[0],
      owned: held,
    };
  });
  return readScenario({
    id: "capture",
    title: "a capture",
    about: "Made from a capture's devices and its tables at rest.",
    grain: "store",
    smmus: [
      {
        name: "smmu0",
        ats: features.has("ATS"),
        sva: false,
        features: FEATURES.filter((name) => features.has(name)),
        oas,
        coherent_walk: features.has("COHERENCY"),
      },
    ],
    devices: part.devices.map((d) => {
      const methods = RESET_METHODS.filter((name) => d.reset_methods.includes(name));
      return {
        name: d.bdf,
        smmu: "smmu0",
        sids: [d.sid],
        ats: withAts.has(d.bdf),
        ...(methods.length > 0 ? { reset_methods: methods } : {}),
      };
    }),
    groups,
    domains: [
      ...part.groups.flatMap((g) => dmaNames(g).map((name) => domain(name, onlyStage2 ? 2 : 1, "DMA"))),
      ...part.domains.map((name) => domain(userName(part, name), isStage2(name, onlyStage2) ? 2 : 1, "UNMANAGED")),
      // where there are many groups no room is left for domains that nobody named
      ...(part.groups.length > 4
        ? []
        : [domain(UNNAMED[1], onlyStage2 ? 2 : 1, "UNMANAGED"), domain(UNNAMED[2], 2, "UNMANAGED")]),
    ],
    attached,
    threads: [],
  });
}
