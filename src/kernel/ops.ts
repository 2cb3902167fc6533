/**
 * What a thread can be asked to do, and through which caller.
 *
 * An operation is a kind and a few numbers, small enough for a link. Kinds are only ever appended: their index stands in
 * links. Callers and their locks: the pages of `concurrency` in the README; drivers/iommu/iommufd/device.c,
 * drivers/vfio/device_cdev.c, drivers/pci/pci.c, drivers/iommu/iommu.c of Linux 7.3.
 */
import type { Root } from "../sim/step.ts";
import type { Entries } from "../hw/entries.ts";
import { answerName, atsAnswerName } from "../hw/endpoint.ts";
import { EVENTS } from "../hw/event-fields.ts";
import { HOW, RESP } from "./evtq.ts";
import { givenKey } from "./arm-smmu-v3-entries.ts";
import { errnoName, firstStream, type Hardware, IOMMU_NO_PASID, type World } from "./structs.ts";

export type CallerId =
  | "core"
  | "iommufd"
  | "sva"
  | "type"
  | "reset via sysfs"
  | "reset via vfio"
  | "reset_method file"
  | "hot reset"
  | "the port"
  | "PCI hotplug"
  | "DMA API"
  | "map"
  | "unmap"
  | "the process"
  | "the function"
  | "the SMMU"
  | "the hardware"
  | "the SMMU by itself"
  | "fault handler"
  | "unit test";

export interface Caller {
  readonly id: CallerId;
  /** Its locks and checks. */
  readonly note: string;
  /** Whether user space can get there. */
  readonly reachable: boolean;
}

export const callers: Readonly<Record<CallerId, Caller>> = {
  core: {
    id: "core",
    note: "no lock of its own: the exported API, called by some driver. An over-approximation, not shown reachable from user space",
    reachable: false,
  },
  iommufd: {
    id: "iommufd",
    note:
      "vfio's `dev_set->lock`, then `igroup->lock`; attaching what is attached replaces it; `iommufd_hwpt_pasid_compat` refuses a RID page table that is not " +
      "PASID-compatible while a PASID is attached, and PASIDs beside one, with -EINVAL",
    reachable: true,
  },
  type: {
    id: "type",
    note: "a write to the group's `type` file: `group->mutex`; nobody owns or drives the group, `owner_cnt` is 0",
    reachable: true,
  },
  "reset via sysfs": {
    id: "reset via sysfs",
    note: "a write to the function's `reset` file: lock of the upstream bridge, then of the device",
    reachable: true,
  },
  "reset via vfio": {
    id: "reset via vfio",
    note: "VFIO_DEVICE_RESET: vfio's `memory_lock`, then a try-lock of the device, -EAGAIN if it is taken; no bridge lock",
    reachable: true,
  },
  "reset_method file": {
    id: "reset_method file",
    note: "a write of `default` to the function's `reset_method` file: neither the bridge's lock nor the device's",
    reachable: true,
  },
  "hot reset": {
    id: "hot reset",
    note:
      "VFIO_DEVICE_PCI_HOT_RESET: vfio's `dev_set->lock`, a try-lock of each `memory_lock`, -EBUSY, then of bridge and devices, " +
      "-EAGAIN; prepare and done are not called",
    reachable: true,
  },
  "the port": {
    id: "the port",
    note: "Downstream Port Containment: the link goes down by itself, the kernel hears of it afterwards; prepare and done are not called",
    reachable: true,
  },
  "PCI hotplug": {
    id: "PCI hotplug",
    note: "a function that appears, or `echo 1 > rescan`: `iommu_probe_device_lock`, then `group->mutex`",
    reachable: true,
  },
  "DMA API": {
    id: "DMA API",
    note: "a driver of the kernel maps its first buffer: no lock before `group->mutex`",
    reachable: true,
  },
  map: { id: "map", note: "`iommu_map` of a domain's page: no lock of the core", reachable: true },
  unmap: { id: "unmap", note: "`iommu_unmap` of a domain's page: no lock of the core", reachable: true },
  sva: {
    id: "sva",
    note: "`iommu_sva_lock`; the PASID is the process's, and its domain only an SVA domain; a driver binds for a user who opened it",
    reachable: true,
  },
  "the process": {
    id: "the process",
    note: "its own memory management: `munmap`, or the exit that drops the last `mm_users`; no lock of core or driver",
    reachable: true,
  },
  "the SMMU": {
    id: "the SMMU",
    note: "the driver's event thread: `streams_mutex`",
    reachable: true,
  },
  "the hardware": {
    id: "the hardware",
    note: "an SMMU by itself, and its interrupts; it never ends",
    reachable: true,
  },
  "the SMMU by itself": {
    id: "the SMMU by itself",
    note: "an SMMU may read any entry that a valid one leads to, at any time, hold it, and drop it again (Arm IHI 0070, 3.21.3 and 16.2)",
    reachable: true,
  },
  "fault handler": {
    id: "fault handler",
    note: "whoever took the page request, a work item of the SVA code or a user of iommufd: `fault_param->lock`",
    reachable: true,
  },
  "unit test": {
    id: "unit test",
    note: "the driver's own KUnit suite: no lock, no core; it hands `arm_smmu_write_entry` an entry that stands in no table",
    reachable: false,
  },
  "the function": { id: "the function", note: "a request that the function issues by itself", reachable: true },
};

export type ParamKind = "group" | "device" | "domain" | "pasid" | "mm" | "vsmmu" | "smmu" | "entry" | "inv_list";

export interface OpKind {
  /** As scenario files name it. */
  readonly op: string;
  readonly caller: CallerId;
  readonly params: readonly ParamKind[];
  readonly root: (args: readonly number[], w: World) => Root;
  /** Title with {0}, {1}, ... for the arguments. */
  readonly title: string;
  /** What a result means: an errno, nothing, yes or no, or the SMMU's answer. */
  readonly result: "errno" | "void" | "yes" | "answer";
}

export interface Op {
  readonly kind: number;
  readonly args: readonly number[];
}

const root = (proc: string, args: readonly number[]): Root => ({ proc, args });
const firstDevice = (w: World, group: number) => w.group[group]?.devices[0] ?? 0;
const n = (args: readonly number[], i: number) => args[i] ?? 0;

/** The writer on the first STE of a device, or on its first CD: what the given entry is one of. */
function writeRoot(w: World, device: number, entry: number): Root {
  const kind = w.entry[entry]?.kind ?? "ste";
  const stream = kind === "ste" ? firstStream(w, device) : 0;
  const { entries } = (kind === "ste" ? w.ste[stream] : w.cd[device]) as { readonly entries: Entries };
  // asked for what it has not, a world has no number
  const target = w.entry[entry] === undefined ? 0 : entries.number(givenKey(entry));
  return root("arm_smmu_write_entry", [device, stream, 0, target]);
}

/** A page that is not mapped, as the event thread hears of it: the request stalls where the driver lets it. */
const faultRoot = (w: World, device: number, pasid: number): Root =>
  root("arm_smmu_handle_event", [
    device,
    pasid,
    EVENTS.F_TRANSLATION ?? 0,
    w.device[device]?.stall_enabled ? HOW.STALL : 0,
  ]);

/** Append only. */
export const opKinds: readonly OpKind[] = [
  {
    op: "attach",
    caller: "core",
    params: ["group", "domain"],
    root: (a) => root("iommu_attach_group", [n(a, 1), n(a, 0)]),
    title: "attach {1} to {0}",
    result: "errno",
  },
  {
    op: "attach",
    caller: "iommufd",
    params: ["group", "domain"],
    root: (a, w) => root("vfio_iommufd_physical_attach_ioas", [firstDevice(w, n(a, 0)), n(a, 1), IOMMU_NO_PASID]),
    title: "attach {1} to {0}",
    result: "errno",
  },
  {
    op: "replace",
    caller: "core",
    params: ["group", "domain"],
    root: (a) => root("iommu_replace_group_handle", [n(a, 1), n(a, 0)]),
    title: "replace the RID's domain of {0} with {1}",
    result: "errno",
  },
  {
    op: "replace",
    caller: "iommufd",
    params: ["group", "domain"],
    root: (a, w) => root("vfio_iommufd_physical_attach_ioas", [firstDevice(w, n(a, 0)), n(a, 1), IOMMU_NO_PASID]),
    title: "replace the RID's domain of {0} with {1}",
    result: "errno",
  },
  {
    op: "detach",
    caller: "core",
    params: ["group", "domain"],
    root: (a) => root("iommu_detach_group", [n(a, 1), n(a, 0)]),
    title: "detach {1} from {0}",
    result: "void",
  },
  {
    op: "detach",
    caller: "iommufd",
    params: ["group"],
    root: (a, w) => root("vfio_iommufd_physical_detach_ioas", [firstDevice(w, n(a, 0)), IOMMU_NO_PASID]),
    title: "detach the RID's domain of {0}",
    result: "void",
  },
  {
    op: "attach_pasid",
    caller: "core",
    params: ["device", "pasid", "domain"],
    root: (a) => root("iommu_attach_device_pasid", [n(a, 2), n(a, 0), n(a, 1)]),
    title: "attach {2} to PASID {1} of {0}",
    result: "errno",
  },
  {
    op: "attach_pasid",
    caller: "iommufd",
    params: ["device", "pasid", "domain"],
    root: (a) => root("vfio_iommufd_physical_attach_ioas", [n(a, 0), n(a, 2), n(a, 1)]),
    title: "attach {2} to PASID {1} of {0}",
    result: "errno",
  },
  {
    op: "replace_pasid",
    caller: "core",
    params: ["device", "pasid", "domain"],
    root: (a) => root("iommu_replace_device_pasid", [n(a, 2), n(a, 0), n(a, 1)]),
    title: "replace PASID {1} of {0} with {2}",
    result: "errno",
  },
  {
    op: "replace_pasid",
    caller: "iommufd",
    params: ["device", "pasid", "domain"],
    root: (a) => root("vfio_iommufd_physical_attach_ioas", [n(a, 0), n(a, 2), n(a, 1)]),
    title: "replace PASID {1} of {0} with {2}",
    result: "errno",
  },
  {
    op: "detach_pasid",
    caller: "core",
    params: ["device", "pasid", "domain"],
    root: (a) => root("iommu_detach_device_pasid", [n(a, 2), n(a, 0), n(a, 1)]),
    title: "detach {2} from PASID {1} of {0}",
    result: "void",
  },
  {
    op: "detach_pasid",
    caller: "iommufd",
    params: ["device", "pasid"],
    root: (a) => root("vfio_iommufd_physical_detach_ioas", [n(a, 0), n(a, 1)]),
    title: "detach PASID {1} of {0}",
    result: "void",
  },
  {
    op: "set_type",
    caller: "type",
    params: ["group", "domain"],
    root: (a) => root("iommu_group_store_type", [n(a, 0), n(a, 1)]),
    title: "make {1} the default domain of {0}",
    result: "errno",
  },
  {
    op: "reset",
    caller: "reset via sysfs",
    params: ["device"],
    root: (a) => root("reset_store", [n(a, 0)]),
    title: "reset {0} through sysfs",
    result: "errno",
  },
  {
    op: "reset",
    caller: "reset via vfio",
    params: ["device"],
    root: (a) => root("vfio_pci_ioctl_reset", [n(a, 0)]),
    title: "reset {0} through VFIO",
    result: "errno",
  },
  {
    op: "reset",
    caller: "core",
    params: ["device"],
    root: (a) => root("pcie_flr", [n(a, 0)]),
    title: "`pcie_flr` of {0} by some driver",
    result: "errno",
  },
  {
    op: "unmap",
    caller: "unmap",
    params: ["domain"],
    root: (a) => root("iommu_unmap", [n(a, 0)]),
    title: "unmap a page of {0}",
    result: "void",
  },
  {
    op: "dma",
    caller: "the function",
    params: ["device", "pasid"],
    root: (a) => root("dma", [n(a, 0), n(a, 1)]),
    title: "DMA of {0}, PASID {1}",
    result: "answer",
  },
  {
    op: "ats",
    caller: "the function",
    params: ["device", "pasid"],
    root: (a) => root("ats_request", [n(a, 0), n(a, 1)]),
    title: "ATS request of {0}, PASID {1}",
    result: "answer",
  },
  {
    op: "setup_default",
    caller: "core",
    params: ["group", "domain"],
    root: (a) => root("iommu_group_store_type", [n(a, 0), n(a, 1)]),
    title: "give {0} its default domain {1}",
    result: "errno",
  },
  {
    op: "claim",
    caller: "core",
    params: ["group"],
    root: (a) => root("iommu_group_claim_dma_owner", [n(a, 0)]),
    title: "claim {0} for a user",
    result: "errno",
  },
  {
    op: "bind",
    caller: "iommufd",
    params: ["device"],
    root: (a) => root("vfio_iommufd_physical_bind", [n(a, 0)]),
    title: "bind {0}: claim its group's DMA",
    result: "errno",
  },
  {
    op: "unbind",
    caller: "iommufd",
    params: ["device"],
    root: (a) => root("vfio_iommufd_physical_unbind", [n(a, 0)]),
    title: "unbind {0}: release its group's DMA",
    result: "void",
  },
  {
    op: "claim_owner",
    caller: "core",
    params: ["group"],
    root: (a) => root("iommu_group_claim_dma_owner", [n(a, 0)]),
    title: "claim the DMA ownership of {0}",
    result: "errno",
  },
  {
    op: "release_owner",
    caller: "core",
    params: ["group"],
    root: (a) => root("iommu_group_release_dma_owner", [n(a, 0)]),
    title: "release the DMA ownership of {0}",
    result: "void",
  },
  {
    op: "alloc_vdevice",
    caller: "iommufd",
    params: ["device", "vsmmu"],
    root: (a) => root("iommufd_vdevice_alloc_ioctl", [n(a, 0), n(a, 1)]),
    title: "make a vDEVICE of {0} in {1}",
    result: "errno",
  },
  {
    op: "destroy_vdevice",
    caller: "iommufd",
    params: ["device"],
    root: (a) => root("iommufd_vdevice_destroy", [n(a, 0)]),
    title: "destroy the vDEVICE of {0}",
    result: "void",
  },
  {
    op: "bind_sva",
    caller: "sva",
    params: ["device", "mm"],
    root: (a) => root("uacce_bind_queue", [n(a, 0), n(a, 1)]),
    title: "bind {0} to {1}",
    result: "errno",
  },
  {
    op: "unbind_sva",
    caller: "sva",
    params: ["device", "mm"],
    root: (a) => root("iommu_sva_unbind_device", [n(a, 0), n(a, 1)]),
    title: "unbind {0} from {1}",
    result: "void",
  },
  {
    op: "munmap",
    caller: "the process",
    params: ["mm"],
    root: (a) => root("munmap", [n(a, 0)]),
    title: "{0} unmaps a page",
    result: "void",
  },
  {
    op: "exit",
    caller: "the process",
    params: ["mm"],
    root: (a) => root("exit_mm", [n(a, 0)]),
    title: "{0} exits",
    result: "void",
  },
  {
    op: "enforce_coherency",
    caller: "core",
    params: ["domain"],
    root: (a) => root("arm_smmu_enforce_cache_coherency", [n(a, 0)]),
    title: "enforce cache coherency on {0}",
    result: "yes",
  },
  {
    op: "event",
    caller: "the SMMU",
    params: ["device", "pasid"],
    root: (a, w) => faultRoot(w, n(a, 0), n(a, 1)),
    title: "a fault of {0}, PASID {1}",
    result: "errno",
  },
  {
    op: "respond",
    caller: "fault handler",
    params: ["device"],
    root: (a) => root("answer_fault", [n(a, 0), RESP.RETRY]),
    title: "answer a page request of {0}",
    result: "void",
  },
  {
    op: "free",
    caller: "core",
    params: ["domain"],
    root: (a) => root("arm_smmu_domain_free_paging", [n(a, 0)]),
    title: "free {0}",
    result: "void",
  },
  {
    op: "destroy",
    caller: "iommufd",
    params: ["domain"],
    root: (a) => root("iommufd_destroy", [n(a, 0)]),
    title: "destroy the page table {0}",
    result: "errno",
  },
  {
    op: "take_commands",
    caller: "the hardware",
    params: ["smmu"],
    root: (a) => root("smmu_cmdq", [n(a, 0)]),
    title: "{0} takes its commands",
    result: "void",
  },
  {
    op: "gerror",
    caller: "the hardware",
    params: ["smmu"],
    root: (a) => root("gerror_irq", [n(a, 0)]),
    title: "the interrupt of {0}'s global errors",
    result: "void",
  },
  {
    op: "reset_method",
    caller: "reset_method file",
    params: ["device"],
    root: (a) => root("reset_method_store", [n(a, 0)]),
    title: "write default to the reset_method file of {0}",
    result: "errno",
  },
  {
    op: "hot_reset",
    caller: "hot reset",
    params: ["device"],
    root: (a) => root("vfio_pci_ioctl_pci_hot_reset", [n(a, 0)]),
    title: "hot reset of the bus of {0}",
    result: "errno",
  },
  {
    op: "dpc",
    caller: "the port",
    params: ["device"],
    root: (a) => root("dpc_handler", [n(a, 0)]),
    title: "a contained error above {0}",
    result: "errno",
  },
  {
    op: "hot_add",
    caller: "PCI hotplug",
    params: ["device"],
    root: (a) => root("iommu_probe_device", [n(a, 0)]),
    title: "hot-add {0} to its group",
    result: "errno",
  },
  {
    op: "dma_map",
    caller: "DMA API",
    params: ["device"],
    root: (a) => root("iommu_deferred_attach", [n(a, 0)]),
    title: "first DMA map of {0}",
    result: "errno",
  },
  {
    op: "write_entry",
    caller: "unit test",
    params: ["device", "entry"],
    root: (a, w) => writeRoot(w, n(a, 0), n(a, 1)),
    title: "write {1} over the entry of {0}",
    result: "void",
  },
  {
    op: "read_ahead",
    caller: "the SMMU by itself",
    params: ["device", "pasid"],
    root: (a) => root("read_ahead", [n(a, 0), n(a, 1)]),
    title: "the SMMU reads the entries of {0} ahead, PASID {1}",
    result: "void",
  },
  {
    op: "invs_merge",
    caller: "unit test",
    params: ["domain", "inv_list"],
    root: (a) => root("arm_smmu_invs_merge", [n(a, 0), n(a, 1)]),
    title: "merge {1} into the array of {0}",
    result: "void",
  },
  {
    op: "invs_unref",
    caller: "unit test",
    params: ["domain", "inv_list"],
    root: (a) => root("arm_smmu_invs_unref", [n(a, 0), n(a, 1)]),
    title: "unref {1} in the array of {0}",
    result: "void",
  },
  {
    op: "invs_purge",
    caller: "unit test",
    params: ["domain"],
    root: (a) => root("arm_smmu_invs_purge", [n(a, 0)]),
    title: "purge the array of {0}",
    result: "void",
  },
  {
    op: "take_events",
    caller: "the hardware",
    params: ["smmu"],
    root: (a) => root("evtq_irq", [n(a, 0)]),
    title: "the interrupt of {0}'s event queue",
    result: "void",
  },
  {
    op: "map",
    caller: "map",
    params: ["domain"],
    root: (a) => root("iommu_map", [n(a, 0)]),
    title: "map a page of {0}",
    result: "void",
  },
  {
    op: "refuse",
    caller: "fault handler",
    params: ["device"],
    root: (a) => root("answer_fault", [n(a, 0), RESP.ABORT]),
    title: "refuse a page request of {0}",
    result: "void",
  },
  {
    op: "evict",
    caller: "the SMMU by itself",
    params: ["device"],
    root: (a) => root("evict", [n(a, 0)]),
    title: "the SMMU drops the entries that it holds of {0}",
    result: "void",
  },
  {
    op: "evict_page",
    caller: "the SMMU by itself",
    params: ["domain"],
    root: (a) => root("evict_page", [n(a, 0)]),
    title: "the SMMU drops its translation by {0}",
    result: "void",
  },
];

/** Kinds that only set a world up, or are the hardware itself. */
const SETUP_ONLY = new Set(["setup_default", "claim", "take_commands", "gerror", "take_events"]);

/** Index of a kind; -1 when there is none. */
export const opKindIndex = (op: string, caller: string): number =>
  opKinds.findIndex((kind) => kind.op === op && kind.caller === caller);

/** Whether PASID 0 may be named: it stands for a request without PASID, which only the function itself makes. */
export const takesRid = (kind: OpKind): boolean =>
  kind.result === "answer" || kind.op === "event" || kind.op === "read_ahead";

/** Whether scenarios and readers may ask for it. */
export const isOffered = (kind: OpKind): boolean => !SETUP_ONLY.has(kind.op);

/** What an operation needs of a world's `hardware`; null where it needs nothing of it. */
export const needsHardware = (kind: OpKind): Hardware | null => (kind.caller === "the SMMU by itself" ? "cache" : null);

/**
 * Whether the group's type file can ask for a domain: identity, or a DMA domain that the kernel would allocate for the
 * group's first device (`iommu_group_store_type`, `iommu_group_alloc_default_domain`).
 */
export function isDefaultDomain(w: World, group: number, domain: number): boolean {
  const facts = w.domain[domain];
  if (facts?.type === "IDENTITY") return true;
  return facts?.type === "DMA" && facts.smmu === w.device[firstDevice(w, group)]?.smmu;
}

/** The root procedure that an operation runs. */
export function rootOf(op: Op, w: World): Root {
  const kind = opKinds[op.kind];
  if (kind === undefined) throw new Error(`operation ${op.kind} does not exist`);
  return kind.root(op.args, w);
}

/** Name of an object of the world. */
export function objectName(w: World, kind: ParamKind, id: number): string {
  if (kind === "group") return w.group[id]?.name ?? "no group";
  if (kind === "device") return w.device[id]?.name ?? "no device";
  if (kind === "domain") return w.domain[id]?.name ?? "NULL";
  if (kind === "mm") return w.mm[id]?.name ?? "no process";
  if (kind === "vsmmu") return w.vsmmu[id]?.name ?? "no vSMMU";
  if (kind === "smmu") return w.smmu[id]?.name ?? "no SMMU";
  if (kind === "inv_list") return w.inv_list[id]?.name ?? "no list";
  if (kind === "entry") return w.entry[id]?.name ?? "no entry";
  return id === IOMMU_NO_PASID ? "RID" : String(id);
}

/** "replace the RID's domain of group 7 with D2" */
export function opTitle(op: Op, w: World): string {
  const kind = opKinds[op.kind] as OpKind;
  return kind.title
    .replace(/\{(\d)\}/g, (_all, i: string) =>
      objectName(w, kind.params[Number(i)] as ParamKind, op.args[Number(i)] ?? 0),
    )
    .replace("PASID RID", "RID");
}

/** What an operation's result means; empty for a void procedure. */
export function resultText(op: Op, w: World, value: number): string {
  const kind = opKinds[op.kind] as OpKind;
  if (kind.result === "void") return "";
  if (kind.result === "yes") return value === 1 ? "yes" : "no";
  if (kind.op === "ats") return atsAnswerName(w, value);
  return kind.result === "answer" ? answerName(w, value) : errnoName(value);
}
