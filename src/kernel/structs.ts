/**
 * The one schema: what the kernel, the tables in memory and the PCI functions hold.
 *
 * Pointers are instance numbers from 1; 0 is NULL. Names are the kernel's (Linux 7.3): drivers/iommu/iommu.c,
 * drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.h, drivers/iommu/iommufd/iommufd_private.h, include/linux/pci.h; the STE's
 * are those of the SMMUv3 architecture. Ghosts are written at entry and exit of procedures and read by predicates only.
 */
import { byte, bytesPer, ghost, many, one, type StateOf } from "../sim/layout.ts";
import { vocabulary } from "../sim/proc.ts";

export const schema = {
  structs: {
    /** struct iommu_group */
    group: many("group", {
      domain: byte,
      default_domain: byte,
      blocking_domain: byte,
      /** A domain, 0, or RESERVED; slot 0 is the handle of the RID. */
      pasid_array: bytesPer("pasid"),
      recovery_cnt: byte,
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
      used_ssids: byte,
      in_ste: byte,
      /** CD by ssid: valid, and the domain whose ASID and TTB0 it carries. */
      cd_V: bytesPer("pasid"),
      cd_domain: bytesPer("pasid"),
    }),
    /** A Stream Table Entry, one for each StreamID */
    ste: many("stream", {
      V: byte,
      Config: byte,
      /** The master whose CD table it points to. */
      S1ContextPtr: byte,
      S1DSS: byte,
      EATS: byte,
      /** The domain whose VMID and S2TTB it carries. */
      S2VMID: byte,
    }),
    /** struct arm_smmu_domain */
    domain: many("domain", {
      /** Entries of the devices list by (master, ssid); two while a domain is attached again. */
      devices: bytesPer("slot"),
      nr_ats_masters: byte,
      /** Users of the ATS entries of its invalidation array, by (master, ssid). */
      invs_ats: bytesPer("slot"),
      /** One page of it is mapped. */
      mapped: byte,
      freed: byte,
    }),
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
    }),
    /** How many more things may fail in this run. */
    bound: one({ failures_left: byte, failed: ghost(byte) }),
  },
  locks: {
    group_mutex: { kind: "mutex", dim: "group" },
    asid_lock: { kind: "mutex", dim: "" },
    devices_lock: { kind: "spin", dim: "domain" },
    invs_rwlock: { kind: "rw", dim: "domain" },
    device_lock: { kind: "mutex", dim: "device" },
    memory_lock: { kind: "mutex", dim: "device" },
    bridge_lock: { kind: "mutex", dim: "bridge" },
    dev_set_lock: { kind: "mutex", dim: "group" },
    igroup_lock: { kind: "mutex", dim: "group" },
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

export type DomainType = "NONE" | "BLOCKED" | "IDENTITY" | "UNMANAGED" | "DMA";

export interface DomainFacts {
  readonly name: string;
  readonly type: DomainType;
  /** 1 or 2; 0 for the two static domains. */
  readonly stage: number;
  readonly smmu: number;
  /** ASID or VMID. */
  readonly tag: number;
  /** Allocated with IOMMU_HWPT_ALLOC_PASID. */
  readonly pasid_compat: boolean;
  readonly enforce_cache_coherency: boolean;
  readonly iopf_handler: boolean;
}

export interface DeviceFacts {
  readonly name: string;
  readonly group: number;
  readonly smmu: number;
  readonly bridge: number;
  /** Instance numbers of its stream table entries. */
  readonly streams: readonly number[];
  /** pci_ats_supported() */
  readonly ats: boolean;
  /** dev->iommu->max_pasids; 0 without PASID support. */
  readonly max_pasids: number;
  readonly fwspec: boolean;
  readonly canwbs: boolean;
  readonly stall_enabled: boolean;
  /** dev->iommu->require_direct: it has RMRs. No world has such a device yet, and the core's check is not modelled. */
  readonly require_direct?: boolean;
}

/** What never changes in a world. Lists are counted from 1; entry 0 is unused. */
export interface World {
  readonly smmu: readonly { readonly name: string; readonly ats: boolean }[];
  readonly group: readonly { readonly name: string; readonly devices: readonly number[] }[];
  readonly device: readonly DeviceFacts[];
  readonly stream: readonly { readonly sid: number; readonly device: number }[];
  readonly domain: readonly DomainFacts[];
  /** Number of PASID slots: PASIDs 0 to pasids - 1 exist. */
  readonly pasids: number;
  /** What may fail, by the name that the statement gives. */
  readonly mayFail: ReadonlySet<string>;
}

/** Index into an array over (master, ssid). */
export function slot(w: World, device: number, ssid: number): number {
  return (device - 1) * w.pasids + ssid;
}

/** Makes procedures of this model. */
export const define = vocabulary<KernelState, World>();

export const EINVAL = -22;
export const EBUSY = -16;
export const ENOMEM = -12;
export const ENOSPC = -28;
export const ENOENT = -2;
export const ENOTTY = -25;
export const EAGAIN = -11;
export const EPERM = -1;
export const EOPNOTSUPP = -95;

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

/** `arm_smmu_ats_supported`: the SMMU, the firmware and the function support ATS (arm-smmu-v3.c). */
export function atsSupported(w: World, device: number): boolean {
  const facts = w.device[device];
  return facts !== undefined && facts.ats && (w.smmu[facts.smmu]?.ats ?? false);
}

/** A device that the kernel docks for resets is in one: the function's own, or between a successful prepare and its done. */
export function recovers(s: KernelState, w: World, device: number): boolean {
  return (s.pdev[device].in_reset === 1 || s.gdev[device].prepared > 0) && (w.device[device]?.ats ?? false);
}

/** `to_smmu_domain_devices`: domains that track the masters attached to them (arm-smmu-v3.c). */
export function tracksDevices(w: World, domain: number): boolean {
  return domain >= FIRST_DOMAIN && domain < w.domain.length;
}
