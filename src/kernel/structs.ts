/**
 * The one schema: what the kernel, the tables in memory and the PCI functions hold.
 *
 * Pointers are instance numbers from 1; 0 is NULL. Names are the kernel's (Linux 7.3): drivers/iommu/iommu.c,
 * drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h, drivers/iommu/iommufd/iommufd_private.h, include/linux/pci.h; the STE's
 * are those of the SMMUv3 architecture. Ghosts are written at entry and exit of procedures and read by predicates only.
 */
import type { InvType } from "../hw/invs.ts";
import type { CdEntries, SteEntries } from "../hw/entries.ts";
import type { Qwords } from "../hw/fields.ts";
import { byte, bytesPer, type Cells, ghost, many, one, type StateOf } from "../sim/layout.ts";
import { vocabulary } from "../sim/proc.ts";
import type { InvLayout } from "./invs.ts";

export const schema = {
  structs: {
    /** struct iommu_group */
    group: many("group", {
      domain: byte,
      default_domain: byte,
      blocking_domain: byte,
      /** A domain, 0, or RESERVED; slot 0 is the handle of the RID. */
      pasid_array: bytesPer("pasid"),
      /** `refcount` of the handle at a PASID; the SVA code shares one handle between its callers (struct iommu_sva). */
      handle_users: bytesPer("pasid"),
      recovery_cnt: byte,
      /** Only in 7.0: the domain that the devices are on, while one of them is reset. */
      resetting_domain: byte,
      owner: byte,
      owner_cnt: byte,
      /** Values when the mutex was last taken, by whoever holds it now. */
      snap_domain: ghost(byte),
      snap_pasid: ghost(bytesPer("pasid")),
      snap_recovers: ghost(byte),
      /** What the last call that returned 0 asked for, by PASID; 0 once it is undone. Counted from the end of the set-up. */
      requested: ghost(bytesPer("pasid")),
    }),
    /** struct group_device; its number is that of the device */
    gdev: many("device", {
      blocked: byte,
      reset_depth: byte,
      /** Only in the designs that defer. */
      pending_reset: byte,
      /** Not on its group's list yet: a function that is to be hot-added. */
      unlisted: byte,
      /** Domain of the last driver callback that returned 0, for the RID and each PASID. */
      drv: ghost(bytesPer("pasid")),
      /** Domain that a test passed in the critical section that runs now. */
      tested: ghost(bytesPer("pasid")),
      /** Domain that a caller was told it got, while the driver was left alone. */
      accepted: ghost(bytesPer("pasid")),
      /** Successful prepares without their done. */
      prepared: ghost(byte),
      /** A done has run: from now on there is something restored to judge. */
      restored: ghost(byte),
      snap_accepted: ghost(byte),
      snap_drv: ghost(bytesPer("pasid")),
      snap_reach: ghost(bytesPer("pasid")),
    }),
    /** struct arm_smmu_master with its struct arm_smmu_ctx_desc_cfg */
    master: many("device", {
      ats_enabled: byte,
      ste_ats_enabled: byte,
      /** The CD table is allocated. */
      cdtab: byte,
      /** Of a two-level one: the second level that holds the first 1024 CDs is there. */
      cdtab_l2: byte,
      used_ssids: byte,
      in_ste: byte,
      /** The vSMMU that forwards the guest's commands and events of this device. */
      vmaster: byte,
      /** `state->vmaster` of the attach that runs: `group->mutex` lets only one run. */
      state_vmaster: byte,
      iopf_refcount: byte,
      /** Only in `cd-copy`: there is a copy, a bit for each ssid in use, and the copy of `in_ste`. */
      copied: byte,
      copy_ssids: byte,
      copy_in_ste: byte,
      /**
       * Only in `fake-attach` and `driver-suspend`: the STE is forced to abort, 1 on the way there, 2 from then on; and what
       * it will be, as `arm_smmu_install_ste_for_dev` was last told.
       */
      suspended: byte,
      next_Config: byte,
      next_S1DSS: byte,
      next_EATS: byte,
      next_domain: byte,
      /** Qwords of the CDs by ssid, as indices: see hw/entries.ts. The others are always 0. */
      cd_q0: bytesPer("pasid"),
      cd_q1: bytesPer("pasid"),
      cd_q3: bytesPer("pasid"),
    }),
    /** A Stream Table Entry, one for each StreamID: its qwords as indices; the others are always 0. */
    ste: many("stream", { q0: byte, q1: byte, q2: byte, q3: byte }),
    /** struct arm_smmu_domain */
    domain: many("domain", {
      /**
       * Entries of the devices list by (master, ssid); two while a domain is attached again. What a nested domain has here
       * stands on the list of its S2 parent: the entry names the nested domain.
       */
      devices: bytesPer("slot"),
      nr_ats_masters: byte,
      /** `invs`: its published array. */
      invs: byte,
      enforce_cache_coherency: byte,
      /** References that ioctls hold on a user's page table while they work with it. */
      refs: byte,
      /** Taken out of iommufd's table of objects: nobody finds it any more. */
      removed: byte,
      /** SVA: bonds that use it (`domain->users`); it is on the mm's list while there are any. */
      users: byte,
      /** SVA: its MMU notifier is registered with the address space. */
      notifier: byte,
      /** One page of it is mapped. */
      mapped: byte,
      freed: byte,
      /** An unmap of its page has returned. */
      unmapped: ghost(byte),
      /** The IOTLB may hold something of its tag (1), or was rid of it (2); 0 before the first attach. */
      tlb: ghost(byte),
    }),
    /** struct arm_smmu_invs: an invalidation array; `invs.ts` says what its places are */
    invs: many("invs", {
      /** Whose it is or was; 0 while there is no such array. */
      domain: byte,
      has_ats: byte,
      /** Readers between rcu_read_lock and rcu_read_unlock that loaded this array. */
      readers: byte,
      /** By place: 0 without such an item, else its `users`, or TRASH for none. */
      users: bytesPer("place"),
    }),
    /** What `struct arm_smmu_attach_state` knows of arrays: `arm_smmu_asid_lock` lets only one attach run. */
    invst: one({
      /** The new domain's merged array, until it is published. */
      new_invs: byte,
      /** The old domain's array, from its unref to its purge. */
      old_invs: byte,
    }),
    /** struct mm_struct: an address space of a process */
    mm: many("mm", {
      mm_users: byte,
      /** Its own reference is given up. */
      exited: byte,
      /** `iommu_mm->pasid`, 0 until somebody binds a device. */
      pasid: byte,
    }),
    /** struct iommufd_device: vfio has bound the device to an iommufd; its vDEVICE, by the vSMMU that it is part of */
    idev: many("device", { bound: byte, vdev: byte }),
    /** struct dev_iommu with its struct iommu_fault_param */
    dev_iommu: many("device", {
      fault_param: byte,
      /** The first attach is left to the first DMA map. */
      attach_deferred: byte,
      /** Page requests that wait for an answer. */
      faults: byte,
    }),
    /**
     * struct iopf_group: page requests that a handler holds, by PASID, and those of them that were freed meanwhile.
     * `removals`: how often requests were freed while somebody had them in hand.
     */
    iopf: many("iopf", { held: bytesPer("pasid"), freed: bytesPer("pasid"), removals: byte }),
    /** struct iommufd_group: what iommufd believes is attached, by PASID */
    igroup: many("group", {
      pasid_attach: bytesPer("pasid"),
    }),
    /** struct pci_dev, and the function behind it */
    pdev: many("device", {
      /** What the kernel remembers. */
      ats_enabled: byte,
      pasid_enabled: byte,
      state_saved: byte,
      saved_master: byte,
      /** The function's configuration space. */
      bus_master: byte,
      ats_ctrl: byte,
      pasid_ctrl: byte,
      /** From the configuration write that starts a reset to the end of its wait. */
      in_reset: byte,
      /** Its last reset failed; until the IOMMU has heard of the end of it. */
      reset_failed: ghost(byte),
      /** Translations held by the function, a domain by PASID. */
      atc: bytesPer("pasid"),
      /** Invalidations sent to it and not yet followed by a completed CMD_SYNC. */
      atc_inv: byte,
      /** One of them came while the function was in reset, or was on its way then: it is never answered. */
      atc_lost: byte,
    }),
    /** The command queue of an SMMU from CONS to PROD, where SMMUs take commands by themselves; see `cmdq.ts` */
    cmdq: many("cmdq", {
      length: byte,
      kind: bytesPer("command"),
      a: bytesPer("command"),
      b: bytesPer("command"),
      c: bytesPer("command"),
      /** The slot of the CMD_SYNC of the command's own batch; 0 without one. */
      batch: bytesPer("command"),
      /** That of the ATC_INVs that were taken since the last CMD_SYNC. */
      open: ghost(byte),
      /** CMDQ_CONS.ERR while GERROR.CMDQ_ERR is active. */
      err: byte,
      /** Slots at which threads wait for their CMD_SYNC. */
      sync: bytesPer("sync"),
    }),
    /** What an SMMU has cached of a StreamID's STE, in worlds whose SMMUs cache: see hw/caches.ts. Indices as above. */
    ste_cache: many("cached", {
      held: byte,
      q0: byte,
      q1: byte,
      q2: byte,
      q3: byte,
      /** Of a CD table of two levels, the first descriptor: 0 not held, 1 held with V=0, 2 held with V=1. */
      l1cd: byte,
    }),
    /** And of the CDs that were read through it. */
    cd_cache: many("cached", {
      held: bytesPer("pasid"),
      cd_q0: bytesPer("pasid"),
      cd_q1: bytesPer("pasid"),
      cd_q3: bytesPer("pasid"),
    }),
    /** The TLB, by the domain whose ASID or VMID it is asked for: the domain in whose page table it found the page; or 0. */
    iotlb: many("tagged", { page: byte }),
    /** The event queue of an SMMU from CONS to PROD, where it is a thing of its own; see `evtq.ts` */
    evtq: many("evtq", {
      length: byte,
      event: bytesPer("event"),
      stream: bytesPer("event"),
      ssid: bytesPer("event"),
      how: bytesPer("event"),
      of: bytesPer("event"),
      /** EVENTQ_PROD.OVFLG, and what the driver has acknowledged. */
      ovflg: byte,
      ovackflg: byte,
      /** Requests of functions that stall. */
      stalled: bytesPer("device"),
    }),
    /** How many more things may fail in this run. */
    bound: one({ failures_left: byte, failed: ghost(byte) }),
  },
  locks: {
    group_mutex: { kind: "mutex", dim: "group" },
    asid_lock: { kind: "mutex", dim: "" },
    streams_mutex: { kind: "mutex", dim: "smmu" },
    sva_lock: { kind: "mutex", dim: "" },
    iopf_lock: { kind: "mutex", dim: "smmu" },
    param_lock: { kind: "mutex", dim: "device" },
    fault_lock: { kind: "mutex", dim: "device" },
    vdevs_lock: { kind: "spin", dim: "vsmmu" },
    devices_lock: { kind: "spin", dim: "domain" },
    invs_rwlock: { kind: "rw", dim: "invs" },
    device_lock: { kind: "mutex", dim: "device" },
    memory_lock: { kind: "mutex", dim: "device" },
    bridge_lock: { kind: "mutex", dim: "bridge" },
    xa_lock: { kind: "spin", dim: "group" },
    dev_set_lock: { kind: "mutex", dim: "group" },
    igroup_lock: { kind: "mutex", dim: "group" },
    probe_lock: { kind: "mutex", dim: "" },
  },
} as const;

export type KernelState = StateOf<typeof schema>;

/** XA_ZERO_ENTRY: a slot that is reserved; it reads as NULL. */
export const RESERVED = 126;

export const IOMMU_NO_PASID = 0;

export const DOMAIN_BLOCKED = 1;
export const DOMAIN_IDENTITY = 2;
/** First domain that a scenario declares. */
export const FIRST_DOMAIN = 3;

export type DomainType = "NONE" | "BLOCKED" | "IDENTITY" | "UNMANAGED" | "DMA" | "NESTED" | "SVA";

/** A way to reset a function, as its `reset_method` file names it. */
export type ResetMethod = "device_specific" | "acpi" | "flr" | "af_flr" | "pm" | "bus" | "cxl_bus";

/** What a guest's STE asks for: V=0 counts as abort (`arm_smmu_make_nested_domain_ste`). */
export type VSte = "abort" | "bypass" | "s1";

/**
 * `cmdq`: an SMMU takes its commands one by one; without it a command is done where it is sent. `cache`: it goes on with what
 * it has once read of entries and page tables, until a command takes that away; without it, it reads memory each time.
 * `evtq`: its events lie in a queue until the driver's event thread takes them; without it an event is a moment of the run.
 */
export type Hardware = "cmdq" | "cache" | "evtq";

export interface DomainFacts {
  readonly name: string;
  readonly type: DomainType;
  /** 1 or 2 for a paging domain, else 0. */
  readonly stage: number;
  readonly smmu: number;
  /** ASID or VMID. */
  readonly tag: number;
  /** Stage 2, allocated with IOMMU_HWPT_ALLOC_NEST_PARENT. */
  readonly nest_parent: boolean;
  /** Allocated with IOMMU_HWPT_ALLOC_PASID. */
  readonly pasid_compat: boolean;
  readonly enforce_cache_coherency: boolean;
  readonly iopf_handler: boolean;
  /** Nested: its vSMMU, and what the vSTE asks for. */
  readonly vsmmu: number;
  readonly vste: VSte;
  /** Its first two qwords as the driver keeps them, without EATS. */
  readonly vste_qwords: Qwords;
  /** Nested: the vSTE's EATS. */
  readonly enable_ats: boolean;
  /** SVA: the address space that it translates with. */
  readonly mm: number;
  /** IOMMU_HWPT_ALLOC_DIRTY_TRACKING */
  readonly dirty_tracking: boolean;
  /** Where its page tables begin; for a nested one, where its guest has the CD table. */
  readonly ttb: bigint;
}

export interface DeviceFacts {
  readonly name: string;
  readonly group: number;
  readonly smmu: number;
  readonly bridge: number;
  /** Instance numbers of its stream table entries, each once. */
  readonly streams: readonly number[];
  /** `master->num_streams`: more than that where a bridge gives it an ID twice. */
  readonly num_streams: number;
  /** Its CD table: where it is, log2 of its CDs, one level or two. */
  readonly cdtab_dma: bigint;
  readonly s1cdmax: number;
  readonly s1fmt: number;
  /** pci_ats_supported() */
  readonly ats: boolean;
  /** dev->iommu->max_pasids; 0 without PASID support. */
  readonly max_pasids: number;
  readonly fwspec: boolean;
  readonly canwbs: boolean;
  readonly stall_enabled: boolean;
  /** `pci_ats_required`: ATS stays on even on identity. */
  readonly ats_always_on: boolean;
  readonly reset_methods: readonly ResetMethod[];
  /** `dev->physfn` of a VF, 0 for any other function. */
  readonly physfn: number;
  /** It is not there at first: `__iommu_probe_device` puts it on its group's list. */
  readonly hotplug: boolean;
  /** `is_attach_deferred` of another IOMMU driver says yes. */
  readonly attach_deferred: boolean;
  /** dev->iommu->require_direct: firmware asks for direct mappings that nobody may relax (IOMMU_RESV_DIRECT, of its RMRs). */
  readonly require_direct: boolean;
}

export interface SmmuFacts {
  readonly name: string;
  /** ARM_SMMU_FEAT_ATS, ARM_SMMU_FEAT_SVA, and the coherent walks that SVA and HTTU need. */
  readonly ats: boolean;
  readonly sva: boolean;
  /** Others of ARM_SMMU_FEAT_*, by name; only those that entries and commands depend on. */
  readonly features: ReadonlySet<string>;
  /** What its page tables follow from: see hw/pgtable.ts. */
  readonly oas: number;
  readonly coherent_walk: boolean;
  /** ARM_SMMU_OPT_SKIP_PREFETCH */
  readonly skip_prefetch: boolean;
  /** Where its Stream Table is: the linear one, or the first level. */
  readonly strtab_dma: bigint;
}

/** An item as a unit test names it. */
export interface GivenInv {
  readonly type: InvType;
  readonly id: number;
  readonly ssid: number;
}

/** What never changes in a world. Lists are counted from 1; entry 0 is unused. */
export interface World {
  readonly smmu: readonly SmmuFacts[];
  /** struct arm_vsmmu: a guest's SMMU, and the stage 2 domain that all its nested domains have below them. */
  readonly vsmmu: readonly { readonly name: string; readonly smmu: number; readonly s2_parent: number }[];
  /** A process: its name, and the PASID that the SVA code gives it (`iommu_mm->pasid`). */
  readonly mm: readonly { readonly name: string; readonly pasid: number }[];
  /** CONFIG_ARM_SMMU_V3_SVA */
  readonly config_sva: boolean;
  /** `hasDefault`: its first probe got a default domain. */
  readonly group: readonly {
    readonly name: string;
    readonly devices: readonly number[];
    readonly hasDefault: boolean;
  }[];
  readonly device: readonly DeviceFacts[];
  readonly stream: readonly { readonly sid: number; readonly device: number }[];
  readonly domain: readonly DomainFacts[];
  /** What each StreamID's STE, and each device's CDs, can be. */
  readonly ste: readonly SteEntries[];
  readonly cd: readonly CdEntries[];
  /** Entries that a unit test writes, by name: complete ones, beside those that the driver builds. */
  readonly entry: readonly { readonly name: string; readonly kind: "ste" | "cd"; readonly qwords: Qwords }[];
  /** Items that a unit test merges into an array or takes from it, by name. Such a world has no other items. */
  readonly inv_list: readonly { readonly name: string; readonly items: readonly GivenInv[] }[];
  /** Number of PASID slots: PASIDs 0 to pasids - 1 exist. */
  readonly pasids: number;
  /** What may fail, by the name that the statement gives. */
  readonly mayFail: ReadonlySet<string>;
  /** What the SMMUs do by themselves. */
  readonly hardware: ReadonlySet<Hardware>;
  /** Places and items of invalidation arrays. */
  readonly invs: InvLayout;
}

export const smmuOf = (w: World, device: number): number => w.device[device]?.smmu ?? 0;
export const maxPasids = (w: World, device: number): number => w.device[device]?.max_pasids ?? 0;
export const alwaysAts = (w: World, device: number): boolean => w.device[device]?.ats_always_on ?? false;

/** Index into an array over (master, ssid). */
export function slot(w: World, device: number, ssid: number): number {
  return (device - 1) * w.pasids + ssid;
}

/** Makes procedures of this model. */
export const define = vocabulary<KernelState, World>();

/** Takes one failure from the scenario's bound. */
export const canFail = (s: KernelState) => s.bound.failures_left > 0;
export const fails = (s: KernelState) => {
  s.bound.failures_left--;
  s.bound.failed = 1;
};

/**
 * Commands to the SMMU, as moments: what, for which device and ssid (of a RESUME the answer); then of a CFGI_CD its Leaf, of
 * an invalidation by an array the domain, place and size; of one stream 0 and which.
 */
export const COMMAND = { CFGI_STE: 1, CFGI_CD: 2, TLBI: 3, ATC_INV: 4, PREFETCH_CFG: 5, RESUME: 6 } as const;

export const EINVAL = -22;
export const EBUSY = -16;
export const ENOMEM = -12;
export const ENOSPC = -28;
export const ENOENT = -2;
export const ENOTTY = -25;
export const EAGAIN = -11;
export const EPERM = -1;
export const EOPNOTSUPP = -95;
export const ENODEV = -19;
export const EEXIST = -17;
export const EOVERFLOW = -75;

const ERRNO: Readonly<Record<number, string>> = {
  [EINVAL]: "-EINVAL",
  [EBUSY]: "-EBUSY",
  [ENOMEM]: "-ENOMEM",
  [ENOSPC]: "-ENOSPC",
  [ENOENT]: "-ENOENT",
  [ENOTTY]: "-ENOTTY",
  [EAGAIN]: "-EAGAIN",
  [EPERM]: "-EPERM",
  [EOPNOTSUPP]: "-EOPNOTSUPP",
  [ENODEV]: "-ENODEV",
  [EEXIST]: "-EEXIST",
  [EOVERFLOW]: "-EOVERFLOW",
};

/** `-EBUSY` for -16; the plain number where it is no errno. */
export function errnoName(value: number): string {
  return ERRNO[value] ?? String(value);
}

/** Next device of a group after one of them, in list order; 0 at the end. */
export function nextDevice(w: World, group: number, after: number): number {
  const devices = w.group[group]?.devices ?? [];
  return devices[devices.indexOf(after) + 1] ?? 0;
}

/** A device's StreamIDs, by their numbers in the world; and the first of them, 0 for none. */
export const streamsOf = (w: World, device: number): readonly number[] => w.device[device]?.streams ?? [];
export const firstStream = (w: World, device: number): number => w.device[device]?.streams[0] ?? 0;

/** Next stream of a device after one of them; 0 at the end. */
export function nextStream(w: World, device: number, after: number): number {
  const streams = streamsOf(w, device);
  return streams[streams.indexOf(after) + 1] ?? 0;
}

/** Takes the oldest item off a queue that is kept in columns; what is past its end is 0. */
export function takeFirst(queue: { length: number }, columns: readonly Cells[]): void {
  queue.length--;
  for (const column of columns) {
    for (let i = 0; i < queue.length; i++) column[i] = column[i + 1] as number;
    column[queue.length] = 0;
  }
}

/** pci_num_vf() */
export const numVf = (w: World, device: number): number =>
  w.device.filter((d) => device > 0 && d.physfn === device).length;

/** The device is on its group's list: it has an IOMMU (`dev_has_iommu`). */
export const isListed = (s: KernelState, w: World, device: number): boolean =>
  !(w.device[device]?.hotplug ?? false) || s.gdev[device].unlisted === 0;

const noStreams: readonly number[] = [];
/** Devices behind one StreamID (DMA aliases) cannot be told apart. */
export function shareStream(w: World, a: number, b: number): boolean {
  for (const stream of w.device[a]?.streams ?? noStreams) if (w.device[b]?.streams.includes(stream)) return true;
  return false;
}

/** `arm_smmu_ats_supported`: the SMMU, the firmware and the function support ATS (arm-smmu-v3.c). */
export function atsSupported(w: Omit<World, "invs">, device: number): boolean {
  const facts = w.device[device];
  return facts !== undefined && facts.ats && (w.smmu[facts.smmu]?.ats ?? false);
}

/** The kinds that page: their ops are `default_domain_ops`. */
export const isPaging = (w: World, domain: number): boolean => (w.domain[domain]?.stage ?? 0) > 0;

/**
 * `to_smmu_domain_devices`: the domain on whose devices list the masters of a domain stand. For a nested domain that is
 * its S2 parent; 0 for the two static domains, and for NULL (arm-smmu-v3.c).
 */
export function devicesDomain(w: Omit<World, "invs">, domain: number): number {
  const facts = w.domain[domain];
  if (facts === undefined || domain < FIRST_DOMAIN) return 0;
  return facts.type === "NESTED" ? (w.vsmmu[facts.vsmmu]?.s2_parent ?? 0) : domain;
}

/** The domains whose entries stand on the devices list of a domain: itself, and the nested ones above it. */
export function domainsOnList(w: World, domain: number): number[] {
  const found: number[] = [];
  for (let d = FIRST_DOMAIN; d < w.domain.length; d++) if (devicesDomain(w, d) === domain) found.push(d);
  return found;
}

/** What the tables are to lead to while a domain is attached: 0 for blocking, the S2 parent for a vSTE that bypasses. */
export function reachOf(w: World, domain: number): number {
  if (domain === DOMAIN_BLOCKED) return 0;
  const facts = w.domain[domain];
  if (facts?.type !== "NESTED" || facts.vste === "s1") return domain;
  return facts.vste === "abort" ? 0 : devicesDomain(w, domain);
}

/** The wire for `arm_smmu_master_canwbs`. */
export const canwbs = (w: World, device: number): boolean => w.device[device]?.canwbs ?? true;

/** The process behind an SVA domain has exited: nothing is left to translate with, and its CD stops every walk. */
export function isExited(s: KernelState, w: World, domain: number): boolean {
  const mm = w.domain[domain]?.mm ?? 0;
  return mm > 0 && s.mm[mm].mm_users === 0;
}

/** A device that the kernel docks for resets is in one: the function's own, or between a successful prepare and its done. */
export function recovers(s: KernelState, w: World, device: number): boolean {
  return (s.pdev[device].in_reset === 1 || s.gdev[device].prepared > 0) && (w.device[device]?.ats ?? false);
}
