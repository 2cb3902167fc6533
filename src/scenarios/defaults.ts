/** What a scenario means where it leaves a member out; the shape and the library both say it by this file. */
import type { Scenario, ScenarioInput } from "./schema.ts";

const list = <const T extends string>(...items: T[]): T[] => items;

/** The default domain of a group whose first probe could not allocate one. */
export const NO_DOMAIN = "none";

export const DEFAULTS = {
  smmu: {
    ats: true,
    sva: true,
    features: list("2_LVL_STRTAB", "2_LVL_CDTAB", "STALLS", "ATTR_TYPES_OVR", "E2H", "HA", "HD"),
    oas: 48,
    coherent_walk: true,
    skip_prefetch: false,
  },
  device: {
    ats: true,
    max_pasids: 0,
    hot_added: false,
    attach_deferred: false,
    require_direct: false,
    canwbs: true,
    stall: false,
    fwspec: true,
    ats_always_on: false,
    reset_methods: list("flr"),
  },
  group: { owned: false },
  domain: {
    type: "UNMANAGED",
    pasid_compat: false,
    enforce_cache_coherency: false,
    dirty_tracking: false,
    iopf: false,
  },
  scenario: {
    vsmmus: list<never>(),
    mms: list<never>(),
    grain: "table",
    hardware: list<never>(),
    entries: list<never>(),
    inv_lists: list<never>(),
    config_sva: true,
    may_fail: list<never>(),
    failures: 0,
  },
} as const;

/** The scenario that a sound input stands for. Nothing is checked: only a world that a test holds to `readScenario` may come here. */
export const completed = (input: ScenarioInput): Scenario => ({
  ...DEFAULTS.scenario,
  ...input,
  smmus: input.smmus.map((smmu) => ({ ...DEFAULTS.smmu, ...smmu })),
  devices: input.devices.map((device) => ({ ...DEFAULTS.device, ...device })),
  groups: input.groups.map((group) => ({ ...DEFAULTS.group, ...group })),
  domains: input.domains.map((domain) => ({ ...DEFAULTS.domain, ...domain })),
});
