/** What several designs have in common, each time with the file that it belongs to. */
import { patch } from "../../sim/proc.ts";
import type { driver } from "../arm-smmu-v3.ts";
import type { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import { core } from "../iommu.ts";
import { groupOf } from "../iommu-group.ts";
import { define, maxPasids } from "../structs.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As in the kernels before 7.0.10." };

/** Properties of the driver's invalidation arrays, for designs whose driver has the devices list instead. */
export const ofArrays = ["I-NOFAILINV", "I-TAG"] as const;

/** Takes a statement away. */
export const none = (at: string) => ({ at, how: "instead" as const, nodes: [] });

/** `group->domain`, whatever the device is on: what drivers ask before 7.0, and in the test_dev series. */
export const iommu_get_domain_for_dev = define("iommu_get_domain_for_dev", iommu, ["dev"], ["domain"], (b) => [
  b.step("read `group->domain`: {domain}", (s, l, w) => {
    l.domain = s.group[groupOf(w, l.dev)].domain;
  }),
  b.return((l) => l.domain, "return {domain}"),
]);

/** No `old` is passed: the callbacks ask a helper for it, by its name. */
export const askingOld = (helper: string) =>
  patch(core["ops->attach_dev"], { ...core["ops->attach_dev"].source }, (b) => [
    {
      at: "old",
      how: "instead",
      nodes: [b.call(helper, (l) => [l.dev], "old", "the callback will ask for the old domain itself")],
    },
  ]);

/** Not gated: the driver's remove is called for a device in reset as well. */
export const __iommu_remove_group_pasid = patch(core.__iommu_remove_group_pasid, iommu, (b) => [
  {
    at: "gate",
    how: "instead",
    nodes: [
      b.when("does {dev} support PASIDs?", (l, w) => maxPasids(w, l.dev) > 0, [
        b.call("iommu_remove_dev_pasid", (l) => [l.dev, l.pasid, l.domain]),
      ]),
    ],
  },
]);

/** The two driver calls that ask for the RID's domain, asking a helper by its name. */
export const asking = (
  helper: string,
  driverOf: typeof beforeInvs & typeof driver,
  about: { file: string; note: string },
) => ({
  arm_smmu_set_pasid: patch(driverOf.arm_smmu_set_pasid, about, (b) => [
    {
      at: "sid_domain",
      how: "instead",
      nodes: [b.call(helper, (l) => [l.dev], "sid_domain", "ask for the RID's domain")],
    },
  ]),
  arm_smmu_blocking_set_dev_pasid: patch(driverOf.arm_smmu_blocking_set_dev_pasid, about, (b) => [
    {
      at: "sid_domain",
      how: "instead",
      nodes: [b.call(helper, (l) => [l.dev], "sid_domain", "ask for the RID's domain")],
    },
  ]),
});
