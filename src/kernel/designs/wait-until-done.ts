/**
 * Waiting: design (k), an attach sleeps until the reset is done.
 *
 * Voiced by Kevin Tian on the test_dev series, 2025-10-30, message BN9PR11MB5276D10BD480FE66881870B08CFBA; nobody followed
 * up. RFC v1 had that behaviour through the mutex. What follows is the difference to Linux 7.3.
 */
import { type AnyProc, patch } from "../../sim/proc.ts";
import type { Design } from "../design.ts";
import { core } from "../iommu.ts";
import type { KernelState, World } from "../structs.ts";
import { linux73 } from "./linux-7.3.ts";
import { none } from "./shared.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As it was voiced on 2025-10-30: it waits for done." };

type Core = AnyProc<KernelState, World>;

/** Takes the mutex once no device of the group recovers: sleeps without it, and looks again with it. */
const waiting = (proc: Core): Core =>
  patch(proc, { ...proc.source, ...iommu }, (b) => {
    const group = (l: Record<string, number>) => l.group ?? 0;
    return [
      {
        at: "lock",
        how: "instead",
        nodes: [
          b.label("again"),
          b.wait("sleep until no device of the group recovers", (s, l) => s.group[group(l)].recovery_cnt === 0),
          b.lock("group_mutex", group, "lock `group->mutex`"),
          b.if("is `recovery_cnt` above 0 once more?", (s, l) => s.group[group(l)].recovery_cnt > 0, [
            b.unlock("group_mutex", group, "unlock `group->mutex`"),
            b.goto("again"),
          ]),
        ],
      },
    ];
  });
const unfenced = (proc: Core): Core => patch(proc, { ...proc.source, ...iommu }, () => [none("fence")]);

export const waitUntilDone: Design = {
  ...linux73,
  id: "wait-until-done",
  grewFrom: "linux-7.3",
  title: "wait until done",
  about:
    "Voiced. Nothing gets -EBUSY: whoever asks for another domain while a device of the group recovers sleeps until done.",
  source:
    "Kevin Tian, RE: [PATCH v1 02/20] iommu: Introduce a test_dev domain op and an internal helper, 2025-10-30, " +
    "<BN9PR11MB5276D10BD480FE66881870B08CFBA@BN9PR11MB5276.namprd11.prod.outlook.com>. Never posted as code.",
  open: [
    "Built on Linux 7.3: `recovery_cnt` says when to sleep, and what must succeed goes through as there.",
    "The sleep comes before `group->mutex` is taken, since done needs it; with the mutex the count is looked at once more.",
    "Nothing interrupts the sleep, and no time limit ends it: a function that never answers keeps the caller for as long as its " +
      "wait. What the caller holds, such as `igroup->lock`, stays held.",
    ...linux73.open,
  ],
  procs: () => ({
    __iommu_group_set_domain_internal: unfenced(core.__iommu_group_set_domain_internal),
    iommu_attach_group: waiting(core.iommu_attach_group),
    iommu_attach_group_handle: waiting(core.iommu_attach_group_handle),
    iommu_replace_group_handle: waiting(core.iommu_replace_group_handle),
    iommu_attach_device_pasid: waiting(unfenced(core.iommu_attach_device_pasid)),
    iommu_replace_device_pasid: waiting(unfenced(core.iommu_replace_device_pasid)),
    iommu_group_claim_dma_owner: waiting(core.iommu_group_claim_dma_owner),
    iommu_device_claim_dma_owner: waiting(core.iommu_device_claim_dma_owner),
    iommu_group_store_type: waiting(core.iommu_group_store_type),
  }),
};
