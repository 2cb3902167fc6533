/** By property, where it comes from: Message-ID, commit, or function and file. Nobody needs that in the first moment of a visit. */

const CORE = "drivers/iommu/iommu.c";
const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";

export const sources: Readonly<Record<string, string>> = {
  "I-TEST": "kdoc of test_dev in [PATCH v1 02/20] of the test_dev series, 2025-10-12",
  "I-TEST2":
    "Jason Gunthorpe, 2025-10-20, <20251020162736.GW316284@nvidia.com> and <20251020163231.GX316284@nvidia.com>",
  "I-USERWARN": "Kevin Tian on series v3, 2025-08-15",
  "I-REPORT": "Kevin Tian, 2025-10-30, message BN9PR11MB5276D10BD480FE66881870B08CFBA",
  "I-BLOCK": "kdoc of pci_dev_reset_iommu_prepare; Jason Gunthorpe, 2025-06-30, <20250630123814.GS167785@nvidia.com>",
  "I-NOATC": "cover letters of the series; PCIe r6.0, 10.3.1; fc3523b16d2b",
  "I-NOATCAFTER": `comment in arm_smmu_domain_inv_range (${SMMU}); 587bb3e56a2c`,
  "I-BOTHINV": `comments in arm_smmu_attach_prepare and above arm_smmu_attach_prepare_invs (${SMMU})`,
  "I-NOFAILINV": `comment above arm_smmu_attach_prepare_invs (${SMMU})`,
  "I-TAG": `comment in arm_smmu_install_old_domain_invs (${SMMU})`,
  "I-SYNC": "Jason Gunthorpe, lkml 2603.2/16472, and 2026-03-06, <20260306155646.GI1651202@nvidia.com>",
  "I-STALE": `kdoc of iommu_unmap (${CORE})`,
  "I-TRACK": `WARN_ONs in arm_smmu_invs_unref; comments in arm_smmu_attach_prepare (${SMMU})`,
  "I-ATSREQ":
    "Jason Gunthorpe, 2025-06-30, <20250630123814.GS167785@nvidia.com> and <20250630224924.GC167785@nvidia.com>",
  "I-ATSORD": `comment above arm_smmu_attach_prepare (${SMMU})`,
  "I-PASIDORD": `comment in arm_smmu_probe_device (${SMMU}); PCIe r6.0, 10.5.1.3`,
  "I-SSID":
    "Jason Gunthorpe on the reset series, <20250821131426.GN802098@nvidia.com> and <20250822132138.GD1311579@nvidia.com>",
  "I-HITLESS": `comment at arm_smmu_write_entry (${SMMU})`,
  "I-2DOM": `comment in __iommu_group_set_domain_internal (${CORE})`,
  "I-RESTORE": "kdoc of pci_dev_reset_iommu_done; Jason Gunthorpe, 2025-06-10, <20250610164306.GJ543171@nvidia.com>",
  "I-OLD": `comment in iommu_driver_get_domain_for_dev (${CORE}); series v3, patch 3`,
  "I-LOCK": "patch 1 of the series; Jason Gunthorpe, 2025-07-04, <20250704152258.GL1410929@nvidia.com>",
  "I-RMR": `__iommu_device_set_domain (${CORE}); Jason Gunthorpe, 2025-07-04, <20250704154342.GN1410929@nvidia.com>`,
  "I-BLOCKSAFE": `comment in __iommu_device_set_domain (${CORE})`,
  "I-EBUSY": `__iommu_group_set_domain_internal (${CORE}); uAPI text of VFIO attach, v7.0`,
  "I-GROUP": "5474e6e17a26; Kevin Tian on series v4, 2025-09-12",
  "I-NOFAIL": `5474e6e17a26; __iommu_group_set_domain_nofail (${CORE})`,
  "I-REVERT": `comments in __iommu_group_set_domain_internal and __iommu_set_group_pasid (${CORE})`,
  "I-PRI": `comment in iommu_attach_device_pasid (${CORE})`,
  "I-LIVE": `5474e6e17a26; comment in __iommu_device_set_domain (${CORE})`,
  "I-NEST": "0d5fd7a9323c",
  "I-INDEP": "review, 2026",
  "I-ISO": "Nicolin Chen on series v3, <aKTzq6SLGB22Xq5b@Asurada-Nvidia>",
  "I-RESETOK": "review, 2026: done only on success",
  "I-PROBE": "review, 2026; pci_init_reset_methods (drivers/pci/pci.c), reset_method_store (drivers/pci/pci-sysfs.c)",
  "I-CNT": `comment of the field in struct iommu_group (${CORE})`,
  "I-WARN": "the WARN_ONs of the code",
  "I-SLEEP": "Documentation/kernel-hacking/locking.rst",
  "I-DEADLOCK": "Documentation/locking/lockdep-design.rst",
  "I-OOPS": "the C language",
};
