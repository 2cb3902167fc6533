/**
 * Linux 6.17: design (a), before any of this. No reset tells the IOMMU; every check stands in attach_dev.
 *
 * What follows is the difference to Linux 7.3, read from 6.12 and from the series that came after.
 */
import { patch } from "../../sim/proc.ts";
import { driver } from "../arm-smmu-v3.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import type { Design } from "../design.ts";
import { core } from "../iommu.ts";
import { functionResets } from "../pci.ts";
import { __iommu_remove_group_pasid, asking, askingOld, iommu_get_domain_for_dev, none, ofArrays } from "./shared.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As in 6.17." };
const smmu = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As in 6.17." };

const __iommu_group_set_domain_internal = patch(core.__iommu_group_set_domain_internal, iommu, () => [
  none("fence"),
  none("skip_blocked"),
]);
/** Without the group's mutex. */
const iommu_deferred_attach = patch(core.iommu_deferred_attach, iommu, () => [
  none("lock"),
  none("gate"),
  none("unlock"),
]);

const iommu_attach_device_pasid = patch(core.iommu_attach_device_pasid, iommu, () => [none("fence")]);
const iommu_replace_device_pasid = patch(core.iommu_replace_device_pasid, iommu, () => [none("fence")]);

export const linux617: Design = {
  id: "linux-6.17",
  grewFrom: "linux-7.3",
  title: "Linux 6.17",
  about:
    "Landed long before the thread. A reset never tells the IOMMU: ATS stays on, and ATC invalidations go to a function that " +
    "may ignore them. Every check of an attach stands in the driver's callback, among the changes.",
  source: "Linux 6.17, described from 6.12 and from the cover letters of the series on resets.",
  driver:
    "The SMMUv3 driver of 7.3 taken back to the devices list: reconstructed. `arm_smmu_atc_inv_domain` submits its batch " +
    "after `devices_lock` is released, as in 6.12.",
  open: [
    "Reconstructed: read from 6.12 and from the diffs of the series, not from a tree of 6.17.",
    "`attach_dev` is passed no old domain: it asks `iommu_get_domain_for_dev`, which is wrong while a group goes back " +
      "(err_revert) from a domain that some of its devices have already.",
    "ATS that must stay on (`ats_always_on`) is younger; it is here as in 7.3.",
  ],
  options: [],
  procs: () => ({
    ...beforeInvs,
    "ops->attach_dev": askingOld("iommu_get_domain_for_dev"),
    iommu_get_domain_for_dev,
    iommu_deferred_attach,
    __iommu_group_set_domain_internal,
    iommu_attach_device_pasid,
    iommu_replace_device_pasid,
    __iommu_remove_group_pasid,
    ...functionResets(null),
    ...asking("iommu_get_domain_for_dev", { ...driver, ...beforeInvs }, smmu),
  }),
  notApplicable: ["I-TEST", "I-TEST2", "I-USERWARN", "I-NEST", "I-INDEP", "I-CNT", ...ofArrays],
  docked: () => false,
  dockedFlag: "",
  groupFields: [],
  gdevFields: [],
  doneProc: "",
};
