/**
 * The driver before the invalidation arrays: the masters on a domain's devices list are told of an unmap.
 *
 * As in Linux 6.12, to which the 7.3 driver is taken back here: `arm_smmu_atc_inv_domain` reads the list under its lock
 * and submits the batch after the unlock. What else changed in between is not undone.
 */
import { isAts } from "../hw/invs.ts";
import { patch } from "../sim/proc.ts";
import { driver, isOnList } from "./arm-smmu-v3.ts";
import { sva } from "./arm-smmu-v3-sva.ts";
import { CMD, hasQueue } from "./cmdq.ts";
import { addToBatch, type Batch, nextInBatch, SIZE } from "./invs.ts";
import { COMMAND, define, type KernelState, type World } from "./structs.ts";

const source = {
  file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
  note: "As in 6.12, before the invalidation arrays.",
};

const BATCH = ["b0", "b1", "b2", "b3", "b4"] as const;

/** Puts what stands on a domain's devices list into a batch, where a master is wanted. */
export function collect(
  s: KernelState,
  batch: Batch,
  w: World,
  domain: number,
  wanted: (dev: number) => boolean,
): void {
  for (const item of w.invs.items[domain] ?? []) {
    if (item === undefined || !isAts(item) || !wanted(item.dev)) continue;
    if (isOnList(s, w, domain, item.dev, item.ssid)) addToBatch(batch, item.place + 1);
  }
}

const arm_smmu_atc_inv_domain = define("arm_smmu_atc_inv_domain: void", source, ["domain", "size"], BATCH, (b) => [
  b.if("is `nr_ats_masters` of {domain} 0?", (s, l) => s.domain[l.domain].nr_ats_masters === 0, [
    b.return(0, "nobody to tell"),
  ]),
  b.lock("devices_lock", (l) => l.domain, "lock `devices_lock` of {domain}"),
  b.step(
    "collect the masters on the list whose ATS is on",
    (s, l, w) => {
      collect(s, l, w, l.domain, (dev) => s.master[dev].ats_enabled === 1);
    },
    "collect",
  ),
  b.unlock("devices_lock", (l) => l.domain, "unlock `devices_lock`"),
  b.when("is there any?", (l) => nextInBatch(l, 0) > 0, [
    b.call("arm_smmu_cmdq_batch_submit", (l) => [l.domain, l.size, l.b0, l.b1, l.b2, l.b3, l.b4]),
  ]),
]);

/** One TLBI for the tag of a domain. */
const arm_smmu_tlb_inv = define("__arm_smmu_tlb_inv_range: void", source, ["domain", "size"], [], (b) => [
  b.when(
    "",
    (_l, w) => hasQueue(w),
    [
      b.call("arm_smmu_cmdq_issue_cmd_with_sync", (l, w) => [
        w.domain[l.domain]?.smmu ?? 0,
        CMD.INV,
        l.domain,
        1,
        l.size,
      ]),
    ],
    [
      b.step("TLBI for the tag of {domain}, CMD_SYNC", () => {}),
      b.moment("command", (l) => [COMMAND.TLBI, 0, 0, l.domain, 1, l.size]),
    ],
  ),
]);

const arm_smmu_tlb_inv_range_domain = define("arm_smmu_tlb_inv_range_domain: void", source, ["domain"], [], (b) => [
  b.call("__arm_smmu_tlb_inv_range", (l) => [l.domain, SIZE.PAGE]),
  b.call("arm_smmu_atc_inv_domain", (l) => [l.domain, SIZE.PAGE]),
]);

const arm_smmu_tlb_inv_asid = define("arm_smmu_tlb_inv_asid: void", source, ["domain"], [], (b) => [
  b.call("__arm_smmu_tlb_inv_range", (l) => [l.domain, SIZE.ALL]),
]);

const none = (at: string) => ({ at, how: "instead" as const, nodes: [] });

const arm_smmu_attach_prepare = patch(driver.arm_smmu_attach_prepare, source, () => [
  none("prepare_invs"),
  none("prepare_invs_failed"),
  none("install_new_invs"),
  none("unprepare_invs"),
]);
const arm_smmu_attach_commit = patch(driver.arm_smmu_attach_commit, source, () => [none("install_old_invs")]);
const arm_smmu_blocking_set_dev_pasid = patch(driver.arm_smmu_blocking_set_dev_pasid, source, () => [
  none("install_old_invs"),
]);

const iommu_unmap = patch(driver.iommu_unmap, driver.iommu_unmap.source, (b) => [
  {
    at: "inv",
    how: "instead",
    nodes: [
      b.call(
        "arm_smmu_tlb_inv_range_domain",
        (l) => [l.domain],
        null,
        "`arm_smmu_iotlb_sync`: `arm_smmu_tlb_inv_range_domain`",
      ),
    ],
  },
]);

const svaSource = { ...source, file: sva.arm_smmu_mm_release.source.file };
const arm_smmu_mm_release = patch(sva.arm_smmu_mm_release, svaSource, (b) => [
  {
    at: "inv",
    how: "instead",
    nodes: [
      b.call("arm_smmu_tlb_inv_asid", (l) => [l.domain]),
      b.call("arm_smmu_atc_inv_domain", (l) => [l.domain, SIZE.ALL]),
    ],
  },
]);
const arm_smmu_mm_arch_invalidate_secondary_tlbs = patch(
  sva.arm_smmu_mm_arch_invalidate_secondary_tlbs,
  svaSource,
  (b) => [
    {
      at: "inv",
      how: "instead",
      nodes: [
        b.call("arm_smmu_tlb_inv_asid", (l) => [l.domain], null, "`arm_smmu_tlb_inv_range_asid`"),
        b.call("arm_smmu_atc_inv_domain", (l) => [l.domain, SIZE.PAGE_OF_PROCESS]),
      ],
    },
  ],
);
const arm_smmu_sva_domain_free = patch(sva.arm_smmu_sva_domain_free, svaSource, (b) => [
  { at: "inv", how: "instead", nodes: [b.call("arm_smmu_tlb_inv_asid", (l) => [l.domain])] },
]);

export const beforeInvs = {
  __arm_smmu_tlb_inv_range: arm_smmu_tlb_inv,
  arm_smmu_atc_inv_domain,
  arm_smmu_tlb_inv_range_domain,
  arm_smmu_tlb_inv_asid,
  iommu_unmap,
  arm_smmu_mm_release,
  arm_smmu_mm_arch_invalidate_secondary_tlbs,
  arm_smmu_sva_domain_free,
  arm_smmu_attach_prepare,
  arm_smmu_attach_commit,
  arm_smmu_blocking_set_dev_pasid,
};
