/**
 * v4 of the reset series: design (b3), -EBUSY by a flag of the device.
 *
 * v4 of "Disable ATS via iommu during PCI resets", 2025-08-31, cover.1756682135.git.nicolinc@nvidia.com. What follows is
 * the difference to v3, which is `v3-defer`.
 */
import { patch } from "../../sim/proc.ts";
import { driver } from "../arm-smmu-v3.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import type { Design } from "../design.ts";
import { core } from "../iommu.ts";
import { unlockGroup } from "../iommu-group.ts";
import { EBUSY, nextDevice, numVf, shareStream } from "../structs.ts";
import { __iommu_remove_group_pasid, asking, ofArrays } from "./shared.ts";
import { iommu_dev_reset_prepare as deferring, putBack, v3Defer, v3Procs } from "./v3-defer.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As v4 of the reset series leaves it." };
const smmu = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As v4 of the reset series leaves it." };

const __iommu_device_set_domain = patch(core.__iommu_device_set_domain, iommu, (b) => [
  {
    at: "attach",
    how: "before",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.return(EBUSY, "return -EBUSY"),
      ]),
    ],
  },
]);

const iommu_deferred_attach = patch(core.iommu_deferred_attach, iommu, (b) => [
  {
    at: "gate",
    how: "instead",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("unlock"),
      ]),
    ],
  },
]);

const __iommu_set_group_pasid = patch(core.__iommu_set_group_pasid, iommu, (b) => [
  {
    at: "set",
    how: "before",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.local("", (l) => {
          l.ret = EBUSY;
        }),
        b.goto("err_revert"),
      ]),
    ],
  },
]);

const iommu_dev_reset_prepare = patch(
  deferring,
  iommu,
  (b) => [
    {
      at: "start",
      how: "before",
      nodes: [
        b.when("has {dev} VFs?", (l, w) => numVf(w, l.dev) > 0, [
          ...unlockGroup(b, (l) => l.group),
          b.return(0, "return 0, nothing blocked"),
        ]),
        b.each("for each device of {group}", "other", (l, w) => nextDevice(w, l.group, l.other), [
          b.when(
            "is {other:dev} a DMA alias of {dev}?",
            (l, w) => l.other !== l.dev && shareStream(w, l.other, l.dev),
            [...unlockGroup(b, (l) => l.group), b.return(0, "return 0, nothing blocked")],
          ),
        ]),
      ],
    },
  ],
  ["other"],
);

const { iommu_dev_reset_done: afterDeferral, ...puttingBack } = putBack(false, false);

const iommu_dev_reset_done = patch(afterDeferral, iommu, (b) => [
  {
    at: "unprepared",
    how: "instead",
    nodes: [
      b.if("is {dev} not `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 0, [
        ...unlockGroup(b, (l) => l.group),
        b.return(0, "nothing was blocked"),
      ]),
    ],
  },
]);

export const v4Ebusy: Design = {
  ...v3Defer,
  id: "v4-ebusy",
  grewFrom: "v3-defer",
  title: "v4, -EBUSY",
  about:
    "Posted. The driver of a device in reset is not called: an attach of its group gets -EBUSY once the loop comes to that " +
    "device, and goes back on those before it. A PF with VFs and a device with DMA aliases are reset without being blocked.",
  source:
    'v4 of "Disable ATS via iommu during PCI resets", 2025-08-31, <cover.1756682135.git.nicolinc@nvidia.com>; asked for by ' +
    "Kevin Tian on v3, 2025-08-15.",
  open: [
    "A change that must succeed gets -EBUSY for the device in reset as well; the loop goes on with the others, `group->domain` " +
      "moves on, and the caller WARNs.",
    "Whether done meets its own -EBUSY with the PASIDs is not known here: they are put back, as the cover letters say.",
    "Detaching a PASID is not gated: the driver's remove runs for a device in reset as well.",
    "The old domain is passed to `attach_dev`; for the RID's domain the driver asks `iommu_get_domain_for_dev_locked`.",
    "It asks for no ATS support of the function before it docks it; later versions do.",
    "Secondary bus resets do not tell the IOMMU; those behind a CXL port do.",
  ],
  options: [],
  procs: () => ({
    ...v3Procs,
    ...puttingBack,
    ...asking("iommu_get_domain_for_dev_locked", { ...driver, ...beforeInvs }, smmu),
    iommu_deferred_attach,
    __iommu_device_set_domain,
    __iommu_set_group_pasid,
    __iommu_remove_group_pasid,
    iommu_dev_reset_prepare,
    iommu_dev_reset_done,
  }),
  notApplicable: ["I-TEST", "I-TEST2", "I-CNT", ...ofArrays],
};
