/** Worlds of what happens around a reset: whom it hits besides, who is not told, who appears meanwhile, what is only asked. */
import type { ScenarioInput } from "../schema.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const two = "0000:01:00.1";
const group = "group 7";
const other = "group 8";
const device = { name: one, sids: ["0x100"] };
const sibling = { name: two, sids: ["0x101"] };
const alone = { devices: [device], groups: [{ name: group, devices: [one] }] };
const without = { max_pasids: 0 };
const onD0 = { op: "attach", caller: "iommufd", group, domain: "D0" } as const;
const dma = domain("DMA0", 1, { type: "DMA", pasid_compat: false });

export const eventWorlds: readonly ScenarioInput[] = [
  world({
    id: "reset-method",
    title: "asking for reset methods",
    about:
      "Somebody writes default to the reset_method file: every method is only asked whether it would work. The user's replace runs at the same time.",
    ...alone,
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [onD0, { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" }],
    threads: [
      { ops: [{ op: "reset_method", caller: "reset_method file", device: one }] },
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
    ],
  }),
  world({
    id: "pf-vfs",
    title: "a PF with a VF",
    about:
      "A PF is reset while its VF is in use by somebody who does not know. Are ATC invalidations sent to a VF that is not there?",
    devices: [
      { ...device, ...without },
      { name: "0000:01:10.0", sids: ["0x180"], physfn: one, ...without },
    ],
    groups: [
      { name: group, devices: [one] },
      { name: other, devices: ["0000:01:10.0"] },
    ],
    domains: [domain("D0", 1), domain("D1", 1), domain("D2", 1)],
    attached: [onD0, { op: "attach", caller: "iommufd", group: other, domain: "D1" }],
    threads: [
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "replace", caller: "iommufd", group: other, domain: "D2" }] },
      { ops: [{ op: "unmap", caller: "unmap", domain: "D1" }] },
    ],
  }),
  world({
    id: "dma-alias",
    title: "DMA aliases",
    about:
      "Two functions behind one StreamID, both reset through VFIO. The SMMUv3 driver refuses the second at its probe (arm_smmu_insert_master, -ENODEV): here as if one let both write the entry.",
    devices: [
      { name: "0000:02:00.0", sids: ["0x200"], ...without },
      { name: "0000:02:00.1", sids: ["0x200"], ...without },
    ],
    groups: [{ name: group, devices: ["0000:02:00.0", "0000:02:00.1"] }],
    domains: [domain("D0", 2), domain("D1", 2)],
    attached: [onD0],
    threads: [
      { ops: [{ op: "reset", caller: "reset via vfio", device: "0000:02:00.0" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: "0000:02:00.1" }] },
    ],
  }),
  world({
    id: "hot-reset",
    title: "a hot reset of two functions",
    about:
      "VFIO resets all functions of a bus at once. Nobody tells the IOMMU: is a page of D0 invalidated in functions that are in reset?",
    devices: [
      { ...device, ...without },
      { ...sibling, ...without },
    ],
    groups: [
      { name: group, devices: [one] },
      { name: other, devices: [two] },
    ],
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [onD0, { op: "attach", caller: "iommufd", group: other, domain: "D0" }],
    threads: [
      { ops: [{ op: "hot_reset", caller: "hot reset", device: one }] },
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: two }] },
    ],
  }),
  world({
    id: "dpc",
    title: "a contained error",
    about:
      "The port above a function takes its link down by itself; the kernel hears of it afterwards. Meanwhile the function's driver unmaps a page.",
    devices: [{ ...device, ...without }],
    groups: [{ name: group, devices: [one], owned: false, default_domain: "DMA0" }],
    domains: [dma],
    attached: [],
    threads: [
      { ops: [{ op: "dpc", caller: "the port", device: one }] },
      { ops: [{ op: "unmap", caller: "unmap", domain: "DMA0" }] },
    ],
  }),
  world({
    id: "hot-add",
    title: "hot-add during a reset",
    about:
      "One device of a group is between prepare and done, and another is hot-added to the group: which domain does the new one get?",
    devices: [
      { name: one, sids: ["0x100"], ...without },
      { name: two, sids: ["0x101"], hot_added: true, ...without },
    ],
    groups: [{ name: group, devices: [one, two] }],
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [onD0],
    threads: [
      { ops: [{ op: "hot_add", caller: "PCI hotplug", device: two }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
    ],
  }),
  world({
    id: "deferred",
    title: "another driver's deferred attach",
    about:
      "In a kdump kernel an IOMMU driver leaves the first attach to the first DMA map. The map meets a reset. The SMMUv3 driver never defers: it stands in for one that does.",
    devices: [{ ...device, attach_deferred: true, ...without }],
    groups: [{ name: group, devices: [one], owned: false, default_domain: "DMA0" }],
    domains: [dma],
    attached: [],
    threads: [
      { ops: [{ op: "dma_map", caller: "DMA API", device: one }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "rmr-flr",
    title: "direct mappings and a reset",
    about:
      "Firmware asks for direct mappings (RMRs, not relaxable), so an attach that would block the function is refused. A user claims it, root changes the type of its group and resets it: who may, and who is refused?",
    devices: [{ ...device, require_direct: true, ...without }],
    groups: [{ name: group, devices: [one], owned: false, default_domain: "DMA0" }],
    domains: [dma],
    attached: [],
    threads: [
      {
        ops: [
          { op: "bind", caller: "iommufd", device: one },
          { op: "set_type", caller: "type", group, domain: "identity" },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "page-requests-flr",
    title: "a page request across a reset",
    about:
      "A function stalls on a fault and is reset before the answer. Is the answer still somebody's, and is the queue left in order?",
    devices: [{ ...device, stall: true }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("F1", 1, { iopf: true })],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "F1" }],
    threads: [
      {
        ops: [
          { op: "event", caller: "the SMMU", device: one, pasid: 0 },
          { op: "respond", caller: "fault handler", device: one },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
  world({
    id: "vdevice-create",
    title: "a vDEVICE made during a reset",
    about:
      "A guest's device gets its vDEVICE, then its own CD table, while the host resets it: does either have to wait?",
    ...alone,
    domains: [domain("S2P", 2), { name: "N1", smmu: "smmu0", type: "NESTED", vsmmu: "vSMMU", vste_ats: true }],
    vsmmus: [{ name: "vSMMU", smmu: "smmu0", s2_parent: "S2P" }],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "S2P" }],
    threads: [
      {
        ops: [
          { op: "alloc_vdevice", caller: "iommufd", device: one, vsmmu: "vSMMU" },
          { op: "replace", caller: "iommufd", group, domain: "N1" },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
    may_fail: ["vdevice", "vmaster"],
    failures: 1,
  }),
  world({
    id: "enomem",
    title: "no memory anywhere",
    about:
      "Each allocation of an attach, of a replace and of a PASID may fail, once in a run, with a reset beside them. Does everything go back?",
    ...alone,
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [],
    threads: [
      {
        ops: [
          { op: "attach", caller: "iommufd", group, domain: "D0" },
          { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
    may_fail: ["cd_table", "master_domain", "invs", "pasid_array"],
    failures: 1,
  }),
  world({
    id: "enomem-sva",
    title: "no memory for SVA",
    about:
      "A driver binds its function to a process for the first time, with a reset beside it. Each allocation of the bond may fail, once in a run. Is nothing of it left?",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [{ name: "SVA A", smmu: "smmu0", type: "SVA", mm: "mm A" }],
    mms: [{ name: "mm A", pasid: 1 }],
    attached: [],
    threads: [
      { ops: [{ op: "bind_sva", caller: "sva", device: one, mm: "mm A" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
    may_fail: ["iommu_mm", "sva_domain", "sva_handle"],
    failures: 1,
  }),
  world({
    id: "enomem-default",
    title: "no memory for a default domain",
    about:
      "Root changes the type of the group while its function is reset. The new default domain may not be had: does the group keep the one it has?",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [domain("DMA0", 1, { type: "DMA", pasid_compat: false })],
    attached: [],
    threads: [
      { ops: [{ op: "set_type", caller: "type", group, domain: "DMA0" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
    may_fail: ["default_domain"],
    failures: 1,
  }),
  world({
    id: "fence-store",
    title: "a fence by one store",
    about:
      "A function holds a translation in its ATC. Somebody writes its STE over with the same one without EATS: does one store stop its translated requests?",
    devices: [{ ...device, ...without }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1)],
    attached: [onD0],
    grain: "store",
    // what the attach leaves in this world, but for EATS
    entries: [
      {
        name: "the same without EATS",
        kind: "ste",
        qwords: ["0x11001000b", "0x880000d6", "0x0", "0x0", "0x0", "0x0", "0x0", "0x0"],
      },
    ],
    threads: [
      {
        ops: [
          { op: "ats", caller: "the function", device: one, pasid: 0 },
          { op: "dma", caller: "the function", device: one, pasid: 0 },
          { op: "dma", caller: "the function", device: one, pasid: 0 },
        ],
      },
      { ops: [{ op: "write_entry", caller: "unit test", device: one, entry: "the same without EATS" }] },
    ],
  }),
];
