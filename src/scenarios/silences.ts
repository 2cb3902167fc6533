/**
 * What the source of a design does not speak of, world by world, and what the code of its day does there. The procedures that
 * a sentence names and the properties that come of it are held to the design by `silences.test.ts`.
 */

export interface Silence {
  /** Worlds in which it comes up. */
  readonly worlds: readonly string[];
  readonly designs: readonly string[];
  /** What the code does; procedures in backticks are those that decide. */
  readonly says: string;
  /** Properties that some run of each of these worlds breaks because of that. */
  readonly breaks: readonly string[];
  /** Properties that no run of them breaks because of that. */
  readonly spares: readonly string[];
}

const landed = ["linux-7.0", "linux-7.3"];
const testing = ["test-dev-v1", "cd-copy", "park-in-blocking"];
/** With a flag of the device. */
const withPending = ["rfc-v2-defer", "v3-defer", ...testing];
const suspending = ["fake-attach", "driver-suspend"];
const blocking = ["rfc-v1-hold-mutex", ...withPending, "v4-ebusy", "wait-until-done", ...landed];
const all = ["linux-6.17", ...blocking, ...suspending];

export const silences: readonly Silence[] = [
  {
    worlds: ["hot-reset"],
    designs: all,
    says: "A reset of several functions calls no prepare: `vfio_pci_ioctl_pci_hot_reset` resets what is attached, and ATC invalidations go on.",
    breaks: ["I-BLOCK", "I-NOATC", "I-ATSREQ"],
    spares: [],
  },
  {
    worlds: ["dpc"],
    designs: all,
    says: "The port has taken the link down before anybody is asked; `dpc_handler` calls no prepare for the recovery either.",
    breaks: ["I-BLOCK", "I-NOATC", "I-ATSREQ"],
    spares: [],
  },
  {
    worlds: ["hot-add"],
    designs: ["rfc-v1-hold-mutex"],
    says: "`iommu_dev_reset_prepare` keeps `group->mutex`: `__iommu_probe_device` sleeps until done, and then attaches the group's domain.",
    breaks: [],
    spares: [],
  },
  {
    worlds: ["hot-add"],
    designs: ["v4-ebusy", "wait-until-done", ...landed],
    says: "`__iommu_probe_device` does not ask for resets: the new function gets the group's domain at once, while its sibling is blocked.",
    breaks: [],
    spares: ["I-OLD", "I-TRACK"],
  },
  {
    worlds: ["hot-add"],
    designs: ["linux-6.17", "rfc-v2-defer", "v3-defer"],
    says: "`__iommu_probe_device` attaches the group's domain at once. `ops->attach_dev`, which asks for the old domain, is told the same one, and takes the new function off its list.",
    breaks: ["I-OLD", "I-TRACK"],
    spares: [],
  },
  {
    worlds: ["hot-add"],
    designs: testing,
    says: "`__iommu_probe_device` tests the group's domain for the new function alone, and attaches it at once.",
    breaks: [],
    spares: [],
  },
  {
    worlds: ["hot-add"],
    designs: suspending,
    says: "The flag is the function's own: `__iommu_probe_device` attaches the group's domain to the new one for real.",
    breaks: [],
    spares: [],
  },
  {
    worlds: ["deferred"],
    designs: ["linux-6.17", "rfc-v1-hold-mutex", ...suspending],
    says: "`iommu_deferred_attach` takes no `group->mutex` before 7.0, so that a DMA map attaches beside whoever holds it.",
    breaks: ["I-LOCK"],
    spares: [],
  },
  {
    worlds: ["deferred"],
    designs: ["wait-until-done"],
    says: "What waits are attaches that a user asks for: `iommu_deferred_attach` returns -EBUSY during the reset as in 7.3, and the map fails.",
    breaks: [],
    spares: ["I-LOCK"],
  },
  {
    worlds: ["pf-vfs"],
    designs: ["rfc-v1-hold-mutex", ...withPending, ...suspending],
    says: "The PF alone is docked. The tables of a VF stay as they are, and its owner attaches and unmaps as ever: `arm_smmu_atc_inv_domain` sends to a VF that is in its PF's reset.",
    breaks: ["I-NOATCAFTER"],
    spares: [],
  },
  {
    worlds: ["dma-alias"],
    designs: ["rfc-v1-hold-mutex"],
    says: "Aliases share one STE: `iommu_dev_reset_prepare` of one blocks both. The mutex that it keeps lets the second reset wait for the first.",
    breaks: [],
    spares: ["I-RESTORE", "I-BLOCK"],
  },
  {
    worlds: ["dma-alias"],
    designs: [...withPending, ...suspending],
    says: "Aliases share one STE: `iommu_dev_reset_prepare` of one blocks both, and `iommu_dev_reset_done` of one unblocks both, the other's reset or not.",
    breaks: ["I-BLOCK", "I-RESTORE"],
    spares: [],
  },
  {
    worlds: ["rmr-flr"],
    designs: [...suspending, ...testing],
    says: "The check for direct mappings stands in `__iommu_device_set_domain`, which no prepare goes through: the function is blocked whatever its firmware asks for.",
    breaks: [],
    spares: [],
  },
  {
    worlds: ["reset-method"],
    designs: ["linux-6.17", "rfc-v1-hold-mutex", ...withPending, "v4-ebusy", ...suspending],
    says: "`pci_reset_bus_function` of that day tells nobody, so that it tells nobody either when it is only asked whether it would work.",
    breaks: [],
    spares: ["I-PROBE"],
  },
  {
    worlds: ["nested-reset"],
    designs: ["rfc-v1-hold-mutex"],
    says: "Neither `cxl_reset_bus_function` nor the bus reset in it calls prepare: FLRs do.",
    breaks: ["I-BLOCK", "I-NOATC"],
    spares: [],
  },
  {
    worlds: ["nested-reset"],
    designs: [...withPending, "v4-ebusy", ...suspending],
    says: "Nothing nests here: `cxl_reset_bus_function` calls prepare, `pci_reset_bus_function` in it does not yet.",
    breaks: [],
    spares: ["I-NEST"],
  },
  {
    worlds: ["device-specific"],
    designs: ["rfc-v1-hold-mutex"],
    says: "The FLR inside is all that calls prepare: what `__pci_dev_specific_reset` waits for after it, its firmware, meets a function that is attached again.",
    breaks: [],
    spares: [],
  },
  {
    worlds: ["device-specific"],
    designs: [...withPending, "v4-ebusy", ...suspending],
    says: "The flag does not count: done of `pcie_flr` ends what prepare of `__pci_dev_specific_reset` began, before its firmware has answered; the outer done WARNs or has nothing to do.",
    breaks: ["I-NEST"],
    spares: [],
  },
  {
    worlds: ["device-specific"],
    designs: ["linux-7.0"],
    says: "`resetting_domain` does not count: the inner `pci_dev_reset_iommu_prepare` WARNs and gets -EBUSY.",
    breaks: ["I-NEST", "I-WARN"],
    spares: [],
  },
  {
    worlds: ["reset-fails"],
    designs: [...withPending, "v4-ebusy", ...suspending, "wait-until-done", ...landed],
    says: "Done is told nothing of how the reset went: a function that never answered `pcie_flr` gets its domains back.",
    breaks: ["I-RESETOK"],
    spares: [],
  },
  {
    worlds: ["page-requests-flr"],
    designs: blocking,
    says: "`iopf_queue_remove_device` is that of 7.3 in every design: where prepare takes the function off a domain with a handler, it frees what the handler still holds.",
    breaks: ["I-OOPS"],
    spares: [],
  },
  {
    worlds: ["page-requests-flr"],
    designs: ["linux-6.17", ...suspending],
    says: "The function stays on its domain through the reset, and in the queue: `iopf_group_response` finds what it answers.",
    breaks: [],
    spares: ["I-OOPS", "I-WARN"],
  },
  {
    worlds: ["nested-vdevice"],
    designs: blocking.filter((design) => design !== "park-in-blocking"),
    says: "Nobody keeps a vDEVICE for a reset: once it is destroyed `arm_smmu_attach_prepare_vmaster` fails at done with -ENOENT, and the function stays blocked.",
    breaks: ["I-REPORT", "I-RESTORE", "I-WARN"],
    spares: [],
  },
  {
    worlds: ["sva-exit"],
    designs: ["rfc-v1-hold-mutex", "rfc-v2-defer", "v3-defer", "v4-ebusy", "test-dev-v1", "wait-until-done", ...landed],
    says: "Nobody keeps the process for a reset: after its exit `arm_smmu_sva_set_dev_pasid` fails at done with -EINVAL, and a WARN says so.",
    breaks: ["I-USERWARN"],
    spares: [],
  },
  {
    worlds: ["sva-exit"],
    designs: suspending,
    says: "Done attaches nothing, so that an exit meanwhile is an exit like any other: `arm_smmu_mm_release` quiets the CD.",
    breaks: [],
    spares: ["I-USERWARN", "I-WARN", "I-RESTORE"],
  },
  {
    worlds: ["enomem-done"],
    designs: blocking,
    says: "Done allocates as any attach does: an -ENOMEM of `arm_smmu_attach_prepare` leaves the function blocked, and no caller hears of it.",
    breaks: ["I-REPORT", "I-RESTORE"],
    spares: [],
  },
  {
    worlds: ["enomem-done"],
    designs: suspending,
    says: "`arm_smmu_reset_done` allocates nothing.",
    breaks: [],
    spares: ["I-REPORT", "I-RESTORE"],
  },
  {
    worlds: ["old-array-flr"],
    designs: all.filter((design) => !["wait-until-done", "linux-7.3"].includes(design)),
    says: "There is no array yet that could be old: `arm_smmu_atc_inv_domain` walks the devices list under its lock, and sends after that.",
    breaks: ["I-NOATC"],
    spares: [],
  },
  {
    worlds: ["ats-always-on"],
    designs: ["rfc-v1-hold-mutex", ...withPending, "v4-ebusy", ...suspending],
    says: "ATS that must stay on is younger: `arm_smmu_attach_dev_identity` keeps it as in 7.3.",
    breaks: [],
    spares: [],
  },
];

/** What a design is silent on in a world, both by id; in sentences. */
export const silencesIn = (scenario: string, design: string): readonly string[] =>
  silences.filter(({ worlds, designs }) => worlds.includes(scenario) && designs.includes(design)).map((s) => s.says);
