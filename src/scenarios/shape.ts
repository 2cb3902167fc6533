/**
 * The shape of a scenario: every member with its limits, and what it means to who writes one.
 *
 * Published as `public/schema/scenario-1.json`, made from this file (see published.test.ts). What a shape cannot say, for
 * instance that names must exist, is checked in schema.ts.
 */
import * as v from "valibot";
import { DEFAULTS } from "./defaults.ts";

/** Limits of a world; the engine's own are in sim/layout.ts. */
export const LIMITS = {
  smmus: 4,
  devices: 7,
  groups: 7,
  domains: 16,
  pasid: 7,
  threads: 8,
  ops: 16,
  failures: 8,
  streams: 4,
  vsmmus: 4,
  mms: 4,
  entries: 8,
  inv_lists: 8,
  inv_items: 8,
  name: 24,
  text: 400,
} as const;

type Any = v.GenericSchema;

/** A member and what it means: the second is for the published schema. */
const means = <T extends Any>(schema: T, text: string) => v.pipe(schema, v.description(text));

const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._:-]*$/, "a name of letters, digits, space and ._:-"),
  v.maxLength(LIMITS.name, `at most ${LIMITS.name} characters`),
);
const text = v.pipe(
  v.string(),
  v.maxLength(LIMITS.text, `at most ${LIMITS.text} characters`),
  // oxlint-disable-next-line no-control-regex -- a terminal would obey them
  v.regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, "a text without control characters"),
);
const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "an id of a-z, 0-9 and -, at most 32 characters"));
const sid = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,8}$/, "a StreamID such as 0x100"));
const pasid = v.pipe(
  v.number(),
  v.integer("a whole number"),
  v.minValue(0, "a PASID from 0"),
  v.maxValue(LIMITS.pasid, `a PASID up to ${LIMITS.pasid}`),
);
const whole = (most: number, said: string) =>
  v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "0 or more"), v.maxValue(most, said));
const list = <T extends Any>(item: T, most: number) =>
  v.pipe(v.array(item), v.maxLength(most, `at most ${most} entries`));
const some = <T extends Any>(item: T, most: number, said = "at least one entry") =>
  v.pipe(v.array(item), v.maxLength(most, `at most ${most} entries`), v.minLength(1, said));

/** Which members an operation needs depends on what it is: schema.ts checks it, the published schema lists it. */
export const operation = v.strictObject({
  op: v.string(),
  caller: v.string(),
  group: v.optional(means(name, "the name of a group")),
  device: v.optional(means(name, "the name of a device")),
  domain: v.optional(means(name, 'the name of a domain, or "identity" or "blocked", which always exist')),
  pasid: v.optional(means(pasid, "a PASID; 0 is the RID: a request without PASID")),
  mm: v.optional(means(name, "the name of a process")),
  vsmmu: v.optional(means(name, "the name of a vSMMU")),
  entry: v.optional(means(name, "the name of an entry")),
  inv_list: v.optional(means(name, "the name of a list of items")),
});

export const FEATURES = [
  "2_LVL_STRTAB",
  "2_LVL_CDTAB",
  "STALLS",
  "STALL_FORCE",
  "ATTR_TYPES_OVR",
  "E2H",
  "S2FWB",
  "HA",
  "HD",
  "HAFT",
] as const;

export const RESET_METHODS = ["device_specific", "acpi", "flr", "af_flr", "pm", "bus", "cxl_bus"] as const;

const smmu = v.strictObject({
  name: means(name, "its name, as devices and domains refer to it"),
  ats: means(v.optional(v.boolean(), DEFAULTS.smmu.ats), "whether it has ATS"),
  sva: means(v.optional(v.boolean(), DEFAULTS.smmu.sva), "whether it can share the page table of a process"),
  features: means(
    v.optional(list(v.picklist(FEATURES, "the name of a feature"), FEATURES.length), DEFAULTS.smmu.features),
    "what else it has that its entries depend on, as ARM_SMMU_FEAT_ names it; a kernel at EL2 has E2H",
  ),
  oas: means(
    v.optional(v.picklist([32, 36, 40, 42, 44, 48, 52], "32, 36, 40, 42, 44, 48 or 52"), DEFAULTS.smmu.oas),
    "how many bits its output addresses have, as IDR5.OAS says",
  ),
  coherent_walk: means(
    v.optional(v.boolean(), DEFAULTS.smmu.coherent_walk),
    "whether its walks look into the CPUs' caches (IDR0.COHACC)",
  ),
  skip_prefetch: means(
    v.optional(v.boolean(), DEFAULTS.smmu.skip_prefetch),
    "whether it must not be sent PREFETCH_CFG",
  ),
});

const device = v.strictObject({
  name: means(name, "its name, usually segment, bus, device and function: 0000:01:00.0"),
  smmu: means(name, "the SMMU behind which it is"),
  sids: means(
    some(sid, LIMITS.streams, "at least one StreamID"),
    "its StreamIDs, one of them twice where a bridge does so; no other device of the SMMU has them, but for DMA aliases of its group",
  ),
  ats: means(v.optional(v.boolean(), DEFAULTS.device.ats), "whether the function has ATS"),
  max_pasids: means(
    v.optional(whole(1 << 20, "at most 2^20"), DEFAULTS.device.max_pasids),
    "how many PASIDs it can have, the RID's 0 among them; 0 without PASID support. PASIDs up to 7 can be named",
  ),
  bridge: means(
    v.optional(name),
    "the bridge above it, which a reset through sysfs locks; one for each bus if it is left out",
  ),
  physfn: means(v.optional(name), "a VF: the name of the physical function that it belongs to"),
  hot_added: means(
    v.optional(v.boolean(), DEFAULTS.device.hot_added),
    "whether it is not there at first, and comes with the operation hot_add; its group has another device",
  ),
  attach_deferred: means(
    v.optional(v.boolean(), DEFAULTS.device.attach_deferred),
    "whether its first attach is left to its first DMA map, as drivers other than the SMMUv3's may have it (kdump)",
  ),
  require_direct: means(
    v.optional(v.boolean(), DEFAULTS.device.require_direct),
    "whether firmware asks that it keep direct mappings (RMRs that are not relaxable), so that an attach of a blocking domain is refused",
  ),
  canwbs: means(
    v.optional(v.boolean(), DEFAULTS.device.canwbs),
    "whether it can keep caches coherent by itself (CANWBS)",
  ),
  stall: means(v.optional(v.boolean(), DEFAULTS.device.stall), "whether it stalls on a fault"),
  fwspec: means(
    v.optional(v.boolean(), DEFAULTS.device.fwspec),
    "whether firmware described it; false: every attach fails",
  ),
  ats_always_on: means(v.optional(v.boolean(), DEFAULTS.device.ats_always_on), "whether it needs ATS even on identity"),
  reset_methods: means(
    v.optional(
      some(v.picklist(RESET_METHODS, "the name of a reset method"), 7, "at least one entry"),
      DEFAULTS.device.reset_methods,
    ),
    "how it can be reset, as its reset_method file names it; tried in the kernel's order, whatever the order here",
  ),
});

const group = v.strictObject({
  name: means(name, "its name"),
  devices: means(
    some(name, LIMITS.devices, "at least one device"),
    "the names of its devices; every device is in exactly one group",
  ),
  default_domain: means(
    name,
    'what it is on before anything else: "identity", "blocked", a domain with a stage, or "none" where the first probe could allocate nothing',
  ),
  owned: means(
    v.optional(v.boolean(), DEFAULTS.group.owned),
    "whether a user owns it from the start: its devices are bound, and the group is on blocked",
  ),
});

const domain = v.strictObject({
  name: means(name, "its name; identity and blocked are taken"),
  stage: means(
    v.optional(v.picklist([1, 2], "1 or 2")),
    "the stage of its page table: wanted for UNMANAGED and DMA, and for no other",
  ),
  smmu: means(name, "the SMMU for which it was made"),
  type: means(
    v.optional(
      v.picklist(["UNMANAGED", "DMA", "NESTED", "SVA"], "UNMANAGED, DMA, NESTED or SVA"),
      DEFAULTS.domain.type,
    ),
    "UNMANAGED: a user's page table; DMA: what a driver of the kernel uses; NESTED: a guest's stage 1 on a stage 2; SVA: a process's page table",
  ),
  pasid_compat: means(
    v.optional(v.boolean(), DEFAULTS.domain.pasid_compat),
    "whether PASIDs may stand beside it (stage 1 only)",
  ),
  enforce_cache_coherency: means(
    v.optional(v.boolean(), DEFAULTS.domain.enforce_cache_coherency),
    "whether it enforces coherency from the start (UNMANAGED and DMA only)",
  ),
  dirty_tracking: means(
    v.optional(v.boolean(), DEFAULTS.domain.dirty_tracking),
    "whether it was made to track dirty pages (stage 1 of an SMMU with HD only)",
  ),
  iopf: means(v.optional(v.boolean(), DEFAULTS.domain.iopf), "whether it has a handler for page requests and stalls"),
  vsmmu: means(v.optional(name), "NESTED: the vSMMU to which it belongs, of the same SMMU"),
  vste: means(
    v.optional(v.picklist(["abort", "bypass", "s1"], "abort, bypass or s1")),
    "NESTED: what the guest's STE says; s1 if it is left out",
  ),
  vste_ats: means(v.optional(v.boolean()), "NESTED with vste s1: whether the guest's STE enables ATS"),
  mm: means(v.optional(name), "SVA: the process; one SVA domain for each process and SMMU"),
});

const vsmmu = v.strictObject({
  name: means(name, "its name"),
  smmu: means(name, "the SMMU that it is a part of"),
  s2_parent: means(name, "the stage 2 domain below everything nested in it, of the same SMMU"),
});

const mm = v.strictObject({
  name: means(name, "its name"),
  pasid: means(v.pipe(pasid, v.minValue(1, "a PASID from 1")), "its PASID; no other process has it"),
});

const thread = v.strictObject({
  ops: means(some(operation, LIMITS.ops, "at least one operation"), "what it does, one after the other"),
});

const MAY_FAIL = [
  "cd_table",
  "master_domain",
  "invs",
  "pasid_array",
  "default_domain",
  "reset",
  "vmaster",
  "vdevice",
  "fault_param",
  "iommu_mm",
  "sva_handle",
  "sva_domain",
] as const;

/** What a scenario file holds. */
const qword = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,16}$/, "a qword such as 0x1f"));
const entry = v.strictObject({
  name: means(name, "its name, as operations refer to it"),
  kind: means(v.picklist(["ste", "cd"], "ste or cd"), "what it is one of"),
  qwords: means(
    v.pipe(v.array(qword), v.length(8, "8 qwords")),
    "its qwords; what the driver never uses, 4 to 7 and of a CD 2 as well, is 0x0",
  ),
});

const invList = v.strictObject({
  name: means(name, "its name, as operations refer to it"),
  items: means(
    some(
      v.strictObject({
        type: means(
          v.picklist(["S1_ASID", "S2_VMID", "S2_VMID_S1_CLEAR", "ATS", "ATS_FULL"], "a type of item"),
          "its type",
        ),
        id: means(whole(0xffff, "at most 65535"), "the ASID, VMID or StreamID"),
        ssid: means(whole(255, "at most 255"), "the ssid of an ATC invalidation; 0 for the others"),
      }),
      LIMITS.inv_items,
    ),
    "its items",
  ),
});

export const scenario = means(
  v.strictObject({
    $schema: means(v.optional(text), "for editors; not read"),
    id: means(id, "its id: what a terminal calls it"),
    title: means(text, "a few words"),
    about: means(text, "what it asks, in a sentence or two"),
    smmus: means(some(smmu, LIMITS.smmus), "the SMMUs"),
    devices: means(some(device, LIMITS.devices), "the PCI functions"),
    groups: means(some(group, LIMITS.groups), "the IOMMU groups"),
    domains: means(list(domain, LIMITS.domains), "the domains that exist beside identity and blocked"),
    vsmmus: means(v.optional(list(vsmmu, LIMITS.vsmmus), DEFAULTS.scenario.vsmmus), "the vSMMUs of guests"),
    mms: means(
      v.optional(list(mm, LIMITS.mms), DEFAULTS.scenario.mms),
      "the processes whose page tables devices may share",
    ),
    grain: means(
      v.optional(v.picklist(["table", "store"], "table or store"), DEFAULTS.scenario.grain),
      "table: a change of an entry is one step; store: each 64-bit store and each sync is one",
    ),
    hardware: means(
      v.optional(
        list(v.picklist(["cmdq", "cache", "evtq"], "the name of something that an SMMU does by itself"), 3),
        DEFAULTS.scenario.hardware,
      ),
      "what the SMMUs do by themselves: cmdq, they take their commands one by one, each in two threads behind the scenario's own, at grain store; cache, beside cmdq, they hold entries and translations until a command takes them away; evtq, events lie in a queue until the interrupt of each, a thread of its own, takes them, and a request that stalls waits for a CMD_RESUME",
    ),
    entries: means(
      v.optional(list(entry, LIMITS.entries), DEFAULTS.scenario.entries),
      "entries that a unit test writes, beside those that the driver builds",
    ),
    inv_lists: means(
      v.optional(list(invList, LIMITS.inv_lists), DEFAULTS.scenario.inv_lists),
      "lists of items that a unit test merges into the array of a domain or takes from it; such arrays hold no other items",
    ),
    config_sva: means(
      v.optional(v.boolean(), DEFAULTS.scenario.config_sva),
      "whether the kernel has CONFIG_ARM_SMMU_V3_SVA",
    ),
    attached: means(
      list(operation, LIMITS.ops),
      "what is done before the first step, in this order, with nothing failing; a scenario that is refused here is wrong",
    ),
    threads: means(list(thread, LIMITS.threads), "the threads, CPU0 first; their steps interleave freely"),
    may_fail: means(
      v.optional(
        list(v.picklist(MAY_FAIL, "the name of something that may fail"), MAY_FAIL.length),
        DEFAULTS.scenario.may_fail,
      ),
      "what may fail: the allocations of that name, or (reset) a function that never answers again after its reset",
    ),
    failures: means(
      v.optional(whole(LIMITS.failures, `at most ${LIMITS.failures}`), DEFAULTS.scenario.failures),
      "how many failures a run has at most; with 0 nothing fails",
    ),
  }),
  "A world for the SMMU Explorer: hardware, groups, domains, what is attached, and threads that race.",
);
