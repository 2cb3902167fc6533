import { expect, test } from "vitest";
import { parts } from "./Breakable.tsx";

test.each([
  ["__iommu_group_set_domain_internal", ["__iommu_", "group_", "set_", "domain_", "internal"]],
  ["group->domain", ["group->", "domain"]],
  ["pasid_array[1]", ["pasid_", "array[1]"]],
  ["S1DSS TERMINATE", ["S1DSS ", "TERMINATE"]],
  ["arm/arm-smmu-v3/arm-smmu-v3.c", ["arm/", "arm-smmu-v3/", "arm-smmu-v3.c"]],
  ["-EINVAL", ["-EINVAL"]],
])("%s may be broken only where its parts meet", (text, expected) => {
  expect(parts(text)).toEqual(expected);
});
