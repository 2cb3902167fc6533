/**
 * How user space asks for what a thread does: ioctls and sysfs files, by operation and caller.
 *
 * include/uapi/linux/iommufd.h, include/uapi/linux/vfio.h, drivers/vfio/device_cdev.c, drivers/iommu/iommufd/device.c,
 * drivers/iommu/iommu.c (the group's `type` file), drivers/pci/pci-sysfs.c, drivers/misc/uacce/uacce.c of Linux 7.3. An
 * operation of the caller `core` has no call of its own: a module has to make it.
 */
import { type Op, objectName, type OpKind, opKinds, rootOf } from "./ops.ts";
import { FIRST_DOMAIN, type World } from "./structs.ts";

/** `{0}` and so on stand for the operation's objects, `{vfio}` for the file of the device or of the group's first one. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "attach/iommufd": ["ioctl({vfio}, VFIO_DEVICE_ATTACH_IOMMUFD_PT, pt_id of {1})"],
  "replace/iommufd": ["ioctl({vfio}, VFIO_DEVICE_ATTACH_IOMMUFD_PT, pt_id of {1})"],
  "detach/iommufd": ["ioctl({vfio}, VFIO_DEVICE_DETACH_IOMMUFD_PT)"],
  "attach_pasid/iommufd": [
    "ioctl({vfio}, VFIO_DEVICE_ATTACH_IOMMUFD_PT, VFIO_DEVICE_ATTACH_PASID, pasid {1}, pt_id of {2})",
  ],
  "replace_pasid/iommufd": [
    "ioctl({vfio}, VFIO_DEVICE_ATTACH_IOMMUFD_PT, VFIO_DEVICE_ATTACH_PASID, pasid {1}, pt_id of {2})",
  ],
  "detach_pasid/iommufd": ["ioctl({vfio}, VFIO_DEVICE_DETACH_IOMMUFD_PT, VFIO_DEVICE_DETACH_PASID, pasid {1})"],
  "bind/iommufd": ["{vfio} = open(/dev/vfio/devices/vfioN of {0})", "ioctl({vfio}, VFIO_DEVICE_BIND_IOMMUFD, iommufd)"],
  "unbind/iommufd": ["close({vfio})"],
  "alloc_vdevice/iommufd": ["ioctl(iommufd, IOMMU_VDEVICE_ALLOC, viommu_id of {1}, dev_id of {0})"],
  "destroy_vdevice/iommufd": ["ioctl(iommufd, IOMMU_DESTROY, the vDEVICE of {0})"],
  "destroy/iommufd": ["ioctl(iommufd, IOMMU_DESTROY, {0})"],
  "map/map": ["ioctl(iommufd, IOMMU_IOAS_MAP, the page of the IOAS of {0})"],
  "unmap/unmap": ["ioctl(iommufd, IOMMU_IOAS_UNMAP, a page of the IOAS of {0})"],
  "set_type/type": ["echo {type} > /sys/kernel/iommu_groups/{group}/type"],
  "reset/reset via sysfs": ["echo 1 > /sys/bus/pci/devices/{0}/reset"],
  "reset/reset via vfio": ["ioctl({vfio}, VFIO_DEVICE_RESET)"],
  "reset_method/reset_method file": ["echo default > /sys/bus/pci/devices/{0}/reset_method"],
  "hot_reset/hot reset": ["ioctl({vfio}, VFIO_DEVICE_PCI_HOT_RESET)"],
  "hot_add/PCI hotplug": ["plug {0} in, or remove it before and then: echo 1 > /sys/bus/pci/rescan"],
  "bind_sva/sva": ["in {1}: open the uacce character device of {0}, which binds at once"],
  "unbind_sva/sva": ["in {1}: close the uacce character device of {0}"],
  "munmap/the process": ["in {0}: munmap(a page that the device used)"],
  "exit/the process": ["let {0} exit, or kill it; its files must stay open elsewhere"],
};

/** What happens without anybody's call. */
const HAPPENS: Readonly<Record<string, string>> = {
  "the function": "the function issues it: start a DMA of {0} by its queue, or let an emulated device do it",
  "the SMMU": "the function faults: let {0} touch a page that is not mapped",
  "the hardware": "nobody calls it: the SMMU does it by itself, or its interrupt comes",
  "the SMMU by itself":
    "the SMMU reads ahead whenever it likes; PREFETCH_CFG asks it to, and any DMA of {0} makes it read",
  "the port":
    "the port above {0} contains a fatal error: inject one, for instance by the DPC Software Trigger of the port",
  "DMA API": "the driver of {0} maps its first buffer, in a kdump kernel",
  "fault handler": "whoever reads the fault queue answers; for SVA it happens by itself",
};

const fileOf = (name: string) => `vfio(${name})`;

/** The function whose file a call goes to. */
function deviceOf(op: Op, kind: OpKind, w: World): number {
  const device = kind.params.indexOf("device");
  if (device >= 0) return op.args[device] ?? 0;
  const group = kind.params.indexOf("group");
  return group >= 0 ? (w.group[op.args[group] ?? 0]?.devices[0] ?? 0) : 0;
}

function typeOf(op: Op, w: World): string {
  const type = w.domain[op.args[1] ?? 0]?.type;
  return type === "IDENTITY" ? "identity" : "DMA";
}

/** How user space, or the machine, makes an operation happen; null if nothing of the kind is known. */
export function userCalls(op: Op, w: World): readonly string[] | null {
  const kind = opKinds[op.kind];
  if (kind === undefined) return null;
  const happens = HAPPENS[kind.caller];
  const calls = happens === undefined ? CALLS[`${kind.op}/${kind.caller}`] : [happens];
  if (calls === undefined) return null;
  const group = kind.params[0] === "group" ? objectName(w, "group", op.args[0] ?? 0) : "";
  return calls.map((call) =>
    call
      .replaceAll("{vfio}", fileOf(w.device[deviceOf(op, kind, w)]?.name ?? "?"))
      .replaceAll("{type}", typeOf(op, w))
      .replaceAll("{group}", group.replace(/^group /, ""))
      .replace(/\{(\d)\}/g, (_all, i: string) =>
        objectName(w, kind.params[Number(i)] ?? "pasid", op.args[Number(i)] ?? 0),
      ),
  );
}

/** The call that a module has to make where user space has none. */
export const moduleCall = (op: Op, w: World): string => rootOf(op, w).proc;

/** Operations that are the same to a user, asked for through iommufd: null where there is none. */
export function throughIommufd(op: Op): Op | null {
  const own = opKinds[op.kind];
  if (own === undefined || own.caller !== "core") return null;
  const kind = opKinds.findIndex((k) => k.op === own.op && k.caller === "iommufd");
  const params = opKinds[kind]?.params;
  if (params === undefined) return null;
  const args = params.map((param) => op.args[own.params.indexOf(param)] ?? -1);
  return args.includes(-1) ? null : { kind, args };
}

/** How a user makes the domains of a world, in an order in which each can be made. */
export function allocations(w: World): string[] {
  const lines: string[] = [];
  const own = (i: number) => w.domain[i]?.type === "UNMANAGED" || w.domain[i]?.type === "NESTED";
  const all = w.domain.map((_d, i) => i).filter((i) => i >= FIRST_DOMAIN && own(i));
  const deviceBehind = (smmu: number) => w.device.find((d, i) => i > 0 && d.smmu === smmu)?.name ?? "?";
  for (const i of all) {
    const d = w.domain[i];
    if (d === undefined || d.type === "NESTED") continue;
    const flags = [
      ...(d.stage === 2 ? ["IOMMU_HWPT_ALLOC_NEST_PARENT"] : []),
      ...(d.pasid_compat ? ["IOMMU_HWPT_ALLOC_PASID"] : []),
      ...(d.iopf_handler ? ["IOMMU_HWPT_FAULT_ID_VALID"] : []),
    ];
    const asked = flags.length === 0 ? "no flags" : flags.join(" | ");
    lines.push(`${d.name} = ioctl(iommufd, IOMMU_HWPT_ALLOC, an IOAS, dev_id of ${deviceBehind(d.smmu)}, ${asked})`);
  }
  w.vsmmu.forEach((v, i) => {
    if (i === 0) return;
    const parent = w.domain[v.s2_parent]?.name ?? "?";
    lines.push(
      `${v.name} = ioctl(iommufd, IOMMU_VIOMMU_ALLOC, ARM_SMMUV3, dev_id of ${deviceBehind(v.smmu)}, ${parent})`,
    );
  });
  for (const i of all) {
    const d = w.domain[i];
    if (d?.type !== "NESTED") continue;
    lines.push(
      `${d.name} = ioctl(iommufd, IOMMU_HWPT_ALLOC, ${w.vsmmu[d.vsmmu]?.name}, a guest STE: ${vsteWords(d.vste, d.enable_ats)})`,
    );
  }
  return lines;
}

const vsteWords = (vste: string, ats: boolean) =>
  vste === "s1" ? `V 1, Config S1_TRANS, EATS ${ats ? 1 : 0}` : vste === "bypass" ? "V 1, Config BYPASS" : "V 0";
