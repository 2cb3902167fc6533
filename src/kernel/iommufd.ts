/**
 * Attaching through VFIO's character device and iommufd: drivers/vfio/device_cdev.c and drivers/iommu/iommufd/device.c
 * of Linux 7.3.
 *
 * One `dev_set` a group. The devices of one attach (`device_array`), reserved IOVAs and freeing the old page table after
 * the unlock are not modelled.
 */
import type { Builder } from "../sim/proc.ts";
import { groupOf } from "./iommu-group.ts";
import {
  canFail,
  define,
  EBUSY,
  EEXIST,
  EINVAL,
  ENOENT,
  ENOMEM,
  EOPNOTSUPP,
  fails,
  IOMMU_NO_PASID,
  type KernelState,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/iommufd/device.c" };

/** The SMMUv3 allocates a PASID-compatible page table as stage 1 only (`arm_smmu_domain_alloc_paging_flags`). */
const compat = (w: World, domain: number) => w.domain[domain]?.pasid_compat ?? false;

const iommufd_hwpt_pasid_compat = define("iommufd_hwpt_pasid_compat", source, ["hwpt", "group", "pasid"], [], (b) => [
  b.when(
    "is it for the RID?",
    (l) => l.pasid === IOMMU_NO_PASID,
    [
      b.if(
        "is {hwpt} not PASID-compatible, and any PASID attached?",
        (s, l, w) => {
          if (compat(w, l.hwpt)) return false;
          const attached = s.igroup[l.group].pasid_attach;
          for (let p = 1; p < attached.length; p++) if (attached[p] !== 0) return true;
          return false;
        },
        [b.return(EINVAL, "return -EINVAL")],
      ),
    ],
    [
      b.when("is {hwpt} not PASID-compatible?", (l, w) => !compat(w, l.hwpt), [b.return(EINVAL, "return -EINVAL")]),
      b.if(
        "is the RID on a page table that is not?",
        (s, l, w) => {
          const rid = s.igroup[l.group].pasid_attach[IOMMU_NO_PASID] as number;
          return rid !== 0 && !compat(w, rid);
        },
        [b.return(EINVAL, "return -EINVAL")],
      ),
    ],
  ),
  b.return(0, "return 0"),
]);

type V = "group" | "dev" | "ret";
type B<X extends string> = Builder<KernelState, World, X>;

const enter = <X extends string>(b: B<X | V>) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  b.lock("igroup_lock", (l) => l.group, "lock `igroup->lock`"),
];

type H = V | "hwpt";

/**
 * `iommufd_get_object`: who names a page table keeps it until the ioctl ends; what is destroyed has no name any more.
 * Looking and counting are one critical section of the table of objects, as are looking for users and taking the name away.
 */
const get = <X extends string>(b: B<X | H>) => [
  b.step("`iommufd_get_object`: a reference of {hwpt}, unless it is destroyed: {ret}", (s, l) => {
    const domain = s.domain[l.hwpt];
    if (domain.removed === 1) l.ret = ENOENT;
    else domain.refs++;
  }),
  b.when("is it destroyed?", (l) => l.ret !== 0, [b.return(ENOENT, "return -ENOENT")]),
];

const leave = <X extends string>(b: B<X | V>) => [
  b.label("out_unlock"),
  b.unlock("igroup_lock", (l) => l.group, "unlock `igroup->lock`"),
  b.return((l) => l.ret, "return {ret}"),
];

/** Where some function stalls, what it asked for while the old domain was attached is answered. */
const autoResponse = <X extends string>(b: B<X>, args: (l: Record<X, number>) => readonly number[]) =>
  b.when("", (_l, w) => w.device.some((d) => d.stall_enabled), [b.call("iommufd_auto_response_faults", args)]);

const put = <X extends string>(b: B<X | H>) => [
  b.label("out_unlock"),
  b.unlock("igroup_lock", (l) => l.group, "unlock `igroup->lock`"),
  b.step("give the reference of {hwpt} back", (s, l) => {
    s.domain[l.hwpt].refs--;
  }),
  b.return((l) => l.ret, "return {ret}"),
];

const iommufd_device_attach = define(
  "iommufd_device_attach",
  source,
  ["dev", "hwpt", "pasid"],
  ["group", "ret", "old_hwpt"],
  (b) => [
    ...get(b),
    ...enter(b),
    b.step("`igroup->pasid_attach[{pasid:index}]` holds {old_hwpt}", (s, l) => {
      l.old_hwpt = s.igroup[l.group].pasid_attach[l.pasid] as number;
      l.ret = l.old_hwpt === 0 ? 0 : EBUSY;
    }),
    b.when("is the device attached already?", (l) => l.old_hwpt !== 0, [b.goto("out_unlock")]),
    b.call("iommufd_hwpt_pasid_compat", (l) => [l.hwpt, l.group, l.pasid], "ret"),
    b.when("incompatible?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
    b.when(
      "is it for the RID?",
      (l) => l.pasid === IOMMU_NO_PASID,
      [b.call("iommu_attach_group_handle", (l) => [l.hwpt, l.group], "ret")],
      [b.call("iommu_attach_device_pasid", (l) => [l.hwpt, l.dev, l.pasid], "ret")],
    ),
    b.when("did it work?", (l) => l.ret === 0, [
      b.step("`pasid_attach[{pasid:index}]` := {hwpt}", (s, l) => {
        s.igroup[l.group].pasid_attach[l.pasid] = l.hwpt;
      }),
    ]),
    ...put(b),
  ],
);

const iommufd_device_replace = define(
  "iommufd_device_replace",
  source,
  ["dev", "hwpt", "pasid"],
  ["group", "ret", "old_hwpt"],
  (b) => [
    ...get(b),
    ...enter(b),
    b.step("`igroup->pasid_attach[{pasid:index}]` holds {old_hwpt}", (s, l) => {
      l.old_hwpt = s.igroup[l.group].pasid_attach[l.pasid] as number;
      l.ret = l.old_hwpt === 0 ? EINVAL : 0;
    }),
    b.when("is it empty, or {hwpt} already?", (l) => l.ret !== 0 || l.old_hwpt === l.hwpt, [b.goto("out_unlock")]),
    b.call("iommufd_hwpt_pasid_compat", (l) => [l.hwpt, l.group, l.pasid], "ret"),
    b.when("incompatible?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
    b.when(
      "is it for the RID?",
      (l) => l.pasid === IOMMU_NO_PASID,
      [b.call("iommu_replace_group_handle", (l) => [l.hwpt, l.group], "ret")],
      [b.call("iommu_replace_device_pasid", (l) => [l.hwpt, l.dev, l.pasid], "ret")],
    ),
    b.when("did it work?", (l) => l.ret === 0, [
      autoResponse(b, (l) => [l.group, l.pasid, l.old_hwpt]),
      b.step("`pasid_attach[{pasid:index}]` := {hwpt}", (s, l) => {
        s.igroup[l.group].pasid_attach[l.pasid] = l.hwpt;
      }),
    ]),
    ...put(b),
  ],
);

const iommufd_device_detach = define(
  "iommufd_device_detach",
  source,
  ["dev", "pasid"],
  ["group", "ret", "hwpt"],
  (b) => [
    ...enter(b),
    b.step("`igroup->pasid_attach[{pasid:index}]` holds {hwpt}", (s, l) => {
      l.hwpt = s.igroup[l.group].pasid_attach[l.pasid] as number;
    }),
    b.when("is it empty?", (l) => l.hwpt === 0, [b.goto("out_unlock")]),
    b.when(
      "is it for the RID?",
      (l) => l.pasid === IOMMU_NO_PASID,
      [b.call("iommu_detach_group_handle", (l) => [l.hwpt, l.group])],
      [b.call("iommu_detach_device_pasid", (l) => [l.hwpt, l.dev, l.pasid])],
    ),
    autoResponse(b, (l) => [l.group, l.pasid, l.hwpt]),
    b.step("`xa_erase` `pasid_attach[{pasid:index}]`", (s, l) => {
      s.igroup[l.group].pasid_attach[l.pasid] = 0;
    }),
    ...leave(b),
  ],
);

/** VFIO's ioctls ask first whether the device is bound, under the lock that they take. */
const enterVfio = <X extends string>(b: B<X | "group" | "dev" | "bound">) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  b.lock("dev_set_lock", (l) => l.group, "lock vfio's `dev_set->lock`"),
  b.step("is {dev} bound to an iommufd? {bound:yes}", (s, l) => {
    l.bound = s.idev[l.dev].bound;
  }),
];

/** VFIO's ioctls: what is attached already is replaced; `dev_set->lock` is held around all of it. */
const vfio = {
  file: "drivers/vfio/iommufd.c",
  note: "The ioctls of drivers/vfio/device_cdev.c, with the lock that they take.",
};

const vfio_iommufd_physical_attach_ioas = define(
  "vfio_iommufd_physical_attach_ioas",
  vfio,
  ["dev", "hwpt", "pasid"],
  ["group", "ret", "attached", "bound"],
  (b) => [
    ...enterVfio(b),
    b.when("is it not?", (l) => l.bound === 0, [
      b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
      b.return(EINVAL, "return -EINVAL"),
    ]),
    b.step("is PASID {pasid} of {dev} attached already? {attached:yes}", (s, l) => {
      l.attached = s.igroup[l.group].pasid_attach[l.pasid] === 0 ? 0 : 1;
    }),
    b.when(
      "attached already?",
      (l) => l.attached === 1,
      [b.call("iommufd_device_replace", (l) => [l.dev, l.hwpt, l.pasid], "ret")],
      [b.call("iommufd_device_attach", (l) => [l.dev, l.hwpt, l.pasid], "ret")],
    ),
    b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const vfio_iommufd_physical_detach_ioas = define(
  "vfio_iommufd_physical_detach_ioas",
  vfio,
  ["dev", "pasid"],
  ["group", "ret", "bound"],
  (b) => [
    ...enterVfio(b),
    b.when("is it not?", (l) => l.bound === 0, [
      b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
      b.return(EINVAL, "return -EINVAL"),
    ]),
    b.call("iommufd_device_detach", (l) => [l.dev, l.pasid], "ret"),
    b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const vfio_iommufd_physical_bind = define(
  "vfio_iommufd_physical_bind",
  vfio,
  ["dev"],
  ["group", "bound", "ret"],
  (b) => [
    ...enterVfio(b),
    b.when("is {dev} bound already?", (l) => l.bound === 1, [
      b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
      b.return(EINVAL, "return -EINVAL"),
    ]),
    b.call(
      "iommu_device_claim_dma_owner",
      (l) => [l.dev],
      "ret",
      "`iommufd_device_bind`: `iommu_device_claim_dma_owner`",
    ),
    b.when("did it work?", (l) => l.ret === 0, [
      b.step("{dev} is bound", (s, l) => {
        s.idev[l.dev].bound = 1;
      }),
    ]),
    b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

/** Closing the device: what is attached goes first. */
const vfio_iommufd_physical_unbind = define(
  "vfio_iommufd_physical_unbind: void",
  vfio,
  ["dev"],
  ["group", "pasid", "attached", "bound"],
  (b) => [
    ...enterVfio(b),
    b.when("is it not?", (l) => l.bound === 0, [b.goto("out_unlock")]),
    b.scan(
      "for each PASID that is attached",
      "pasid",
      (s, l, w) => {
        for (let p = l.pasid + 1; p < w.pasids; p++) if (s.igroup[l.group].pasid_attach[p] !== 0) return p;
        return 0;
      },
      [b.call("iommufd_device_detach", (l) => [l.dev, l.pasid])],
    ),
    b.step("is the RID attached? {attached:yes}", (s, l) => {
      l.attached = s.igroup[l.group].pasid_attach[IOMMU_NO_PASID] === 0 ? 0 : 1;
    }),
    b.when("attached?", (l) => l.attached === 1, [b.call("iommufd_device_detach", (l) => [l.dev, IOMMU_NO_PASID])]),
    b.when("", (_l, w) => w.vsmmu.length > 1, [
      b.call("iommufd_vdevice_destroy", (l) => [l.dev], null, "`iommufd_device_remove_vdev`: destroy its vDEVICE"),
    ]),
    b.call(
      "iommu_device_release_dma_owner",
      (l) => [l.dev],
      null,
      "`iommufd_device_unbind`: `iommu_device_release_dma_owner`",
    ),
    b.step("{dev} is bound no more", (s, l) => {
      s.idev[l.dev].bound = 0;
    }),
    b.label("out_unlock"),
    b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
  ],
);

/** A user's page table goes once nothing is attached to it, and no vSMMU stands on it (`iommufd_object_remove`). */
const iommufd_destroy = define(
  "iommufd_destroy",
  {
    file: "drivers/iommu/iommufd/main.c",
    note: "Of a page table that a user made; its users are counted by what is attached.",
  },
  ["hwpt"],
  ["users"],
  (b) => [
    b.if("is {hwpt} destroyed already?", (s, l) => s.domain[l.hwpt].removed === 1, [
      b.return(ENOENT, "return -ENOENT"),
    ]),
    b.step("take {hwpt} out of the table of objects, unless it has users: has it any? {users:yes}", (s, l, w) => {
      l.users = s.domain[l.hwpt].refs > 0 || w.vsmmu.some((x, i) => i > 0 && x.s2_parent === l.hwpt) ? 1 : 0;
      for (let g = 1; g < w.group.length; g++) {
        for (let p = 0; p < w.pasids; p++) if (s.igroup[g].pasid_attach[p] === l.hwpt) l.users = 1;
      }
      if (l.users === 0) s.domain[l.hwpt].removed = 1;
    }),
    b.when("has it any?", (l) => l.users === 1, [b.return(EBUSY, "return -EBUSY")]),
    b.call("arm_smmu_domain_free_paging", (l) => [l.hwpt], null, "`iommu_domain_free`: the driver's `free`"),
    b.return(0, "return 0"),
  ],
);

const viommu = { file: "drivers/iommu/iommufd/viommu.c" };

const iommufd_vdevice_alloc_ioctl = define(
  "iommufd_vdevice_alloc_ioctl",
  {
    ...viommu,
    note: "Virtual ids do not clash here. Whether the device is bound is looked at once, with its vDEVICE.",
  },
  ["dev", "vsmmu"],
  ["group", "ret", "taken", "bound", "failed"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.when("is {vsmmu} on another SMMU?", (l, w) => w.vsmmu[l.vsmmu]?.smmu !== w.device[l.dev]?.smmu, [
      b.return(EINVAL, "return -EINVAL"),
    ]),
    b.lock("igroup_lock", (l) => l.group, "lock `igroup->lock`"),
    b.step("has {dev} a vDEVICE already? {taken:yes}; is it bound? {bound:yes}", (s, l) => {
      l.taken = s.idev[l.dev].vdev === 0 ? 0 : 1;
      l.bound = s.idev[l.dev].bound;
    }),
    b.when("is {dev} bound no more?", (l) => l.bound === 0, [
      b.local("", (l) => {
        l.ret = ENOENT;
      }),
      b.goto("out_unlock_igroup"),
    ]),
    b.when("has it one?", (l) => l.taken === 1, [
      b.local("", (l) => {
        l.ret = EEXIST;
      }),
      b.goto("out_unlock_igroup"),
    ]),
    b.choose(
      "allocate the vDEVICE",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("vdevice"),
      canFail,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("out_unlock_igroup"),
    ]),
    b.when("`arm_vsmmu_vdevice_init`: more than one stream?", (l, w) => w.device[l.dev]?.num_streams !== 1, [
      b.local("", (l) => {
        l.ret = EOPNOTSUPP;
      }),
      b.goto("out_unlock_igroup"),
    ]),
    b.lock("vdevs_lock", (l) => l.vsmmu, "`xa_store`: lock `viommu->vdevs` of {vsmmu}"),
    b.step("{dev} has a vDEVICE in {vsmmu}", (s, l) => {
      s.idev[l.dev].vdev = l.vsmmu;
    }),
    b.unlock("vdevs_lock", (l) => l.vsmmu, "unlock `viommu->vdevs`"),
    b.label("out_unlock_igroup"),
    b.unlock("igroup_lock", (l) => l.group, "unlock `igroup->lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommufd_vdevice_destroy = define("iommufd_vdevice_destroy: void", viommu, ["dev"], ["group", "vsmmu"], (b) => [
  b.local("", (l, w) => {
    l.group = groupOf(w, l.dev);
  }),
  b.lock("igroup_lock", (l) => l.group, "lock `igroup->lock`"),
  b.step("the vSMMU of its vDEVICE: {vsmmu}", (s, l) => {
    l.vsmmu = s.idev[l.dev].vdev;
  }),
  b.when("has it one?", (l) => l.vsmmu !== 0, [
    b.lock("vdevs_lock", (l) => l.vsmmu, "`xa_cmpxchg`: lock `viommu->vdevs` of {vsmmu}"),
    b.step("{dev} has no vDEVICE any more", (s, l) => {
      s.idev[l.dev].vdev = 0;
    }),
    b.unlock("vdevs_lock", (l) => l.vsmmu, "unlock `viommu->vdevs`"),
  ]),
  b.unlock("igroup_lock", (l) => l.group, "unlock `igroup->lock`"),
]);

export const iommufd = {
  iommufd_destroy,
  vfio_iommufd_physical_bind,
  vfio_iommufd_physical_unbind,
  iommufd_vdevice_alloc_ioctl,
  iommufd_vdevice_destroy,
  vfio_iommufd_physical_attach_ioas,
  vfio_iommufd_physical_detach_ioas,
  iommufd_hwpt_pasid_compat,
  iommufd_device_attach,
  iommufd_device_replace,
  iommufd_device_detach,
};
