/**
 * The twelve checks of `arm_smmu_domain_test_dev`, in the order of the patch, and where each stands before and after it.
 *
 * "[PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev", 2025-10-12. What a run of each gives is not
 * said here: the runs are played.
 */
export interface Check {
  /** The world that meets it, in its first thread. */
  readonly scenario: string;
  readonly about: string;
  /** Where it stands before the patch. */
  readonly before: string;
  /** What of it the patch leaves in the attach. */
  readonly after: string;
  readonly note?: string;
}

const attach_dev = "`arm_smmu_attach_dev`";
const nested = "`arm_smmu_attach_dev_nested`";
const set_pasid = "`arm_smmu_set_pasid`, `arm_smmu_s1_set_dev_pasid`";
const nothing = "nothing";

export const checks: readonly Check[] = [
  { scenario: "check-fwspec", about: "the device has no fwspec", before: attach_dev, after: nothing },
  {
    scenario: "check-nested-pasid",
    about: "a nested domain on a PASID",
    before: "the core: nested ops have no `set_dev_pasid`",
    after: "the core, still; a WARN in the test",
    note: "The core answers first, before and after: neither the test nor its WARN is reached.",
  },
  {
    scenario: "check-nested-smmu",
    about: "the vSMMU is on another SMMU",
    before: nested,
    after: nothing,
  },
  { scenario: "check-nested-ssids", about: "nested, and SSIDs are in use", before: nested, after: nothing },
  {
    scenario: "check-sva-feature",
    about: "the SMMU has no SVA",
    before: "`arm_smmu_sva_set_dev_pasid`",
    after: "`mmget_not_zero` alone, -EINVAL once the process exits",
  },
  {
    scenario: "check-smmu",
    about: "a paging domain of another SMMU",
    before: `${attach_dev}, ${set_pasid}`,
    after: nothing,
  },
  { scenario: "check-ssids", about: "stage 2, and SSIDs are in use", before: attach_dev, after: nothing },
  {
    scenario: "check-pasid-stage",
    about: "a PASID needs stage 1",
    before: "`arm_smmu_s1_set_dev_pasid`",
    after: nothing,
  },
  {
    scenario: "check-in-ste",
    about: "`in_ste` is 0, and the RID is on neither identity nor blocked",
    before: "`arm_smmu_set_pasid`",
    after: "nothing but the WARN of `arm_smmu_update_ste`",
  },
  {
    scenario: "check-config-sva",
    about: "a fault handler without CONFIG_ARM_SMMU_V3_SVA",
    before: "`arm_smmu_enable_iopf`",
    after: nothing,
    note:
      "The check also lets the compiler drop the code behind it: Jason Gunthorpe asked to keep it where it was, 2025-10-20, " +
      "<20251020163231.GX316284@nvidia.com>.",
  },
  {
    scenario: "check-streams",
    about: "a fault handler, stalls, and more than one stream",
    before: "`arm_smmu_enable_iopf`",
    after: nothing,
  },
  {
    scenario: "check-coherency",
    about: "enforced cache coherency, and the device is not CANWBS",
    before: "`arm_smmu_attach_prepare`, under `devices_lock`",
    after: nothing,
  },
];
