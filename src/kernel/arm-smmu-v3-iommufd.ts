/**
 * Nesting: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c of Linux 7.3.
 *
 * A nested domain carries a guest's STE (vSTE) on top of the stage 2 domain of its vSMMU. A vDEVICE tells the host which
 * StreamID the guest knows a device by; while a nested domain is attached the master keeps it as its `vmaster`. The
 * guest's own commands (`arm_vsmmu_cache_invalidate`) are not modelled.
 */
import { CFG_ABORT, CFG_NESTED, CFG_S2_TRANS } from "../hw/answers.ts";
import { wantsAts } from "./arm-smmu-v3.ts";
import {
  canFail,
  define,
  EBUSY,
  EINVAL,
  ENOENT,
  ENOMEM,
  fails,
  IOMMU_NO_PASID,
  smmuOf,
  type VSte,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c" };

const vsmmuOf = (w: World, domain: number) => w.domain[domain]?.vsmmu ?? 0;
const asksFor = (w: World, domain: number, vste: VSte) => w.domain[domain]?.vste === vste;

const iommufd_viommu_get_vdev_id = define(
  "iommufd_viommu_get_vdev_id",
  { file: "drivers/iommu/iommufd/driver.c" },
  ["vsmmu", "dev"],
  ["found"],
  (b) => [
    b.lock("vdevs_lock", (l) => l.vsmmu, "lock `viommu->vdevs` of {vsmmu}"),
    b.step("has {dev} a vDEVICE in {vsmmu}? {found:yes}", (s, l) => {
      l.found = s.idev[l.dev].vdev === l.vsmmu ? 1 : 0;
    }),
    b.unlock("vdevs_lock", (l) => l.vsmmu, "unlock `viommu->vdevs`"),
    b.when("has it none?", (l) => l.found === 0, [b.return(ENOENT, "return -ENOENT")]),
    b.return(0, "return 0"),
  ],
);

const arm_smmu_attach_prepare_vmaster = define(
  "arm_smmu_attach_prepare_vmaster",
  source,
  ["dev", "domain"],
  ["vsmmu", "ret", "failed"],
  (b) => [
    b.local("", (l, w) => {
      l.vsmmu = vsmmuOf(w, l.domain);
    }),
    b.call("iommufd_viommu_get_vdev_id", (l) => [l.vsmmu, l.dev], "ret"),
    b.when("is there no vDEVICE?", (l) => l.ret !== 0, [
      b.when("does the vSTE of {domain} abort or bypass?", (l, w) => !asksFor(w, l.domain, "s1"), [
        b.return(0, "return 0: it needs none"),
      ]),
      b.return((l) => l.ret, "return {ret}"),
    ]),
    b.choose(
      "allocate `vmaster`",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("vmaster"),
      canFail,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [b.return(ENOMEM, "return -ENOMEM")]),
    b.step("`state->vmaster` := one for {vsmmu}", (s, l) => {
      s.master[l.dev].state_vmaster = l.vsmmu;
    }),
    b.return(0, "return 0"),
  ],
);

const arm_smmu_attach_commit_vmaster = define("arm_smmu_attach_commit_vmaster: void", source, ["dev"], [], (b) => [
  b.lock("streams_mutex", (l, w) => smmuOf(w, l.dev), "lock `streams_mutex`"),
  b.step("`master->vmaster` := `state->vmaster`", (s, l) => {
    s.master[l.dev].vmaster = s.master[l.dev].state_vmaster;
    s.master[l.dev].state_vmaster = 0;
  }),
  b.unlock("streams_mutex", (l, w) => smmuOf(w, l.dev), "unlock `streams_mutex`"),
]);

const arm_smmu_master_clear_vmaster = define(
  "arm_smmu_master_clear_vmaster: void",
  { ...source, note: "`arm_smmu_attach_commit_vmaster` with no vmaster." },
  ["dev"],
  [],
  (b) => [
    b.lock("streams_mutex", (l, w) => smmuOf(w, l.dev), "lock `streams_mutex`"),
    b.step("`master->vmaster` := NULL", (s, l) => {
      s.master[l.dev].vmaster = 0;
    }),
    b.unlock("streams_mutex", (l, w) => smmuOf(w, l.dev), "unlock `streams_mutex`"),
  ],
);

const arm_smmu_attach_dev_nested = define(
  "arm_smmu_attach_dev_nested",
  source,
  ["domain", "dev", "old_domain"],
  ["ret", "ats_enabled"],
  (b) => [
    b.when(
      "is the vSMMU of {domain} on another SMMU?",
      (l, w) => w.vsmmu[vsmmuOf(w, l.domain)]?.smmu !== smmuOf(w, l.dev),
      [b.return(EINVAL, "return -EINVAL")],
      [],
      "smmu",
    ),
    b.if(
      "does {dev} use ssids, `used_ssids` > 0?",
      (s, l) => s.master[l.dev].used_ssids > 0,
      [b.return(EBUSY, "return -EBUSY")],
      [],
      "ssids_in_use",
    ),
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.call("arm_smmu_attach_prepare", (l) => [l.dev, l.domain, IOMMU_NO_PASID, 0], "ret"),
    b.when("did it fail?", (l) => l.ret !== 0, [
      b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
      b.return((l) => l.ret, "return {ret}"),
    ]),
    b.local("", (l, w) => {
      l.ats_enabled = wantsAts(w, l.dev, l.domain, 0);
    }),
    b.when(
      "does the vSTE abort?",
      (l, w) => asksFor(w, l.domain, "abort"),
      [b.call("arm_smmu_install_ste_for_dev", (l) => [l.dev, CFG_ABORT, 0, 0, 0], null, "install an STE that aborts")],
      [
        b.when(
          "does it bypass?",
          (l, w) => asksFor(w, l.domain, "bypass"),
          [
            b.call(
              "arm_smmu_install_ste_for_dev",
              (l) => [l.dev, CFG_S2_TRANS, 0, l.ats_enabled, l.domain],
              null,
              "install a stage 2 STE for the S2 parent",
            ),
          ],
          [
            b.call(
              "arm_smmu_install_ste_for_dev",
              (l) => [l.dev, CFG_NESTED, 0, l.ats_enabled, l.domain],
              null,
              "install an STE with the guest's CD table over the S2 parent",
            ),
          ],
        ),
      ],
    ),
    b.call("arm_smmu_attach_commit", (l) => [l.dev, l.old_domain, IOMMU_NO_PASID, l.ats_enabled]),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    b.return(0, "return 0"),
  ],
);

export const nesting = {
  iommufd_viommu_get_vdev_id,
  arm_smmu_attach_prepare_vmaster,
  arm_smmu_attach_commit_vmaster,
  arm_smmu_master_clear_vmaster,
  arm_smmu_attach_dev_nested,
};
