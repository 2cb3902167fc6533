/**
 * What the driver's own unit test does with an invalidation array (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-test.c, Linux
 * 7.3): lists of items are merged and taken away, beside any attach. The test keeps an array in a variable; here a domain has
 * it.
 */
import { canAllocate, countDownList, installNew, mergeList, purge, trim } from "./invs.ts";
import { define } from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As the driver's unit test calls it." };

const arm_smmu_invs_merge = define("arm_smmu_invs_merge: void", source, ["domain", "list"], [], (b) => [
  b.poll(
    "a new array: what that of {domain} holds, and one more user of each item of {list}",
    (s, _l, w) => canAllocate(s, w),
    (s, l, w) => mergeList(s, w, l.domain, l.list),
  ),
  b.step("it takes the place of the one before", (s, l, w) => installNew(s, w, l.domain)),
]);

const arm_smmu_invs_unref = define("arm_smmu_invs_unref: void", source, ["domain", "list"], ["missing"], (b) => [
  b.step("one user less of each item of {list} in the array of {domain}", (s, l, w) => {
    l.missing = countDownList(s, w, l.domain, l.list);
  }),
  b.warnOn("arm_smmu_invs_unref", "the array of {domain} lacks an item of {list}", (l) => l.missing > 0),
  b.step("`num_invs`: cut off what has no user at its end", (s, l, w) => trim(s, w, s.domain[l.domain].invs)),
]);

const arm_smmu_invs_purge = define("arm_smmu_invs_purge: void", source, ["domain"], [], (b) => [
  b.poll(
    "a new array of {domain} without what has no users, in the place of the one before",
    (s, _l, w) => canAllocate(s, w),
    (s, l, w) => purge(s, w, l.domain, s.domain[l.domain].invs, 0),
  ),
]);

export const invsTest = { arm_smmu_invs_merge, arm_smmu_invs_unref, arm_smmu_invs_purge };
