/**
 * Parking: design (g), what fails at done stays on blocking.
 *
 * Voiced by Jason Gunthorpe, "Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev", 2025-10-20 and
 * 2025-10-27, 20251020163231.GX316284@nvidia.com and 20251027232640.GE1018328@nvidia.com. Never posted. What follows is the
 * difference to `test-dev-v1` with `retest=yes`.
 */
import { patch } from "../../sim/proc.ts";
import type { Design } from "../design.ts";
import { testDevV1 } from "./test-dev-v1.ts";
import { putBack } from "./v3-defer.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As it was voiced on 2025-10-20: what fails at done is parked." };

const retested = putBack(true, false);

const iommu_dev_reset_done = patch(retested.iommu_dev_reset_done, iommu, (b) => [
  {
    at: "warn_rid",
    how: "instead",
    nodes: [b.when("did it fail?", (l) => l.ret !== 0, [b.local("leave the RID of {dev} on blocking", () => {})])],
  },
  { at: "warn_pasid", how: "instead", nodes: [] },
]);

const set_group_pasid_at_done = patch(retested["__iommu_set_group_pasid at done"], iommu, (b) => [
  {
    at: "failed",
    how: "instead",
    nodes: [
      b.when("did it fail?", (l) => l.ret !== 0, [b.local("leave PASID {pasid} of {member} on blocking", () => {})]),
    ],
  },
]);

export const parkInBlocking: Design = {
  ...testDevV1,
  id: "park-in-blocking",
  grewFrom: "test-dev-v1",
  title: "park in blocking",
  about:
    "Voiced. To change the domain improperly during a reset is a user's bug: what does not attach at done is left on blocking, " +
    "without a WARN, and done goes on.",
  source:
    "Jason Gunthorpe, Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev, 2025-10-20 and 2025-10-27, " +
    "<20251020163231.GX316284@nvidia.com> and <20251027232640.GE1018328@nvidia.com>. Never posted as code.",
  open: [
    "Built on `test-dev-v1`: attaches are tested, recorded and left to done. Without its checks in the attach path nothing would " +
      "fail there, so done tests again.",
    "Each RID and each PASID is parked by itself: what fits goes back, whatever fails before it.",
    "`group->domain` and `pasid_array` keep what the caller was told it got, until the next attach; nothing records that a device " +
      "is parked, so that the next attach names an old domain that the device is not on.",
    "That it is a user's bug was doubted for VFs, whose owner does not know of the reset of their PF (2025-10-28, " +
      "<aQBopHFub8wyQh5C@Asurada-Nvidia>).",
    ...testDevV1.open,
  ],
  options: testDevV1.options.filter(({ id }) => id === "rid"),
  procs: ({ rid = "group" }) => ({
    ...testDevV1.procs({ retest: "yes", rid }),
    iommu_dev_reset_done,
    "__iommu_set_group_pasid at done": set_group_pasid_at_done,
  }),
};
