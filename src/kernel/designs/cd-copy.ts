/**
 * A copy: design (f), the driver keeps what it had before it was docked, for the tests of a reset.
 *
 * Voiced by Nicolin Chen, "Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev", 2025-10-20,
 * aPaWsEg1Y3XqsA3E@Asurada-Nvidia. Never posted. What follows is the difference to `test-dev-v1` with `retest=yes`.
 */
import { typeOfNull } from "../arm-smmu-v3.ts";
import { patch } from "../../sim/proc.ts";
import type { Design } from "../design.ts";
import { define, EBUSY, EINVAL, FIRST_DOMAIN, IOMMU_NO_PASID, type KernelState, slot, type World } from "../structs.ts";
import { arm_smmu_domain_test_dev as test_dev, testDevV1 } from "./test-dev-v1.ts";
import { iommu_dev_reset_prepare as docking, putBack, v3Procs } from "./v3-defer.ts";

const iommu = {
  file: "drivers/iommu/iommu.c",
  note: "As it was voiced on 2025-10-20: the driver is told what is left to done.",
};
const smmu = {
  file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
  note: "As it was voiced on 2025-10-20: a copy of what the entries said before the reset.",
};

const stays = (w: World, domain: number) =>
  w.domain[domain]?.type === "IDENTITY" || w.domain[domain]?.type === "BLOCKED";

/** ssids in use as the tests are to see them. */
const usesSsids = (s: KernelState, dev: number) =>
  s.master[dev].copied === 1 ? s.master[dev].copy_ssids !== 0 : s.master[dev].used_ssids > 0;
const inSte = (s: KernelState, dev: number) =>
  s.master[dev].copied === 1 ? s.master[dev].copy_in_ste : s.master[dev].in_ste;

const arm_smmu_domain_test_dev = patch(test_dev("iommu_get_domain_for_dev"), smmu, (b) => {
  const ssids = (at: string) => ({
    at,
    how: "instead" as const,
    nodes: [
      b.if("does {dev} use ssids, by the copy if there is one?", (s, l) => usesSsids(s, l.dev), [
        b.return(EBUSY, "return -EBUSY"),
      ]),
    ],
  });
  return [
    ssids("nested_ssids"),
    ssids("ssids"),
    {
      at: "in_ste",
      how: "instead",
      nodes: [
        b.if(
          "is `in_ste` 0, by the copy if there is one, and {sid_domain} neither identity nor blocked?",
          (s, l, w) => inSte(s, l.dev) === 0 && !stays(w, l.sid_domain),
          [...typeOfNull(b), b.return(EINVAL, "return -EINVAL")],
        ),
      ],
    },
  ];
});

/** (device, ssid) stands on the list of some domain. */
const isTracked = (s: KernelState, w: World, dev: number, ssid: number) =>
  w.domain.some((_domain, d) => d >= FIRST_DOMAIN && (s.domain[d].devices[slot(w, dev, ssid)] as number) > 0);

const arm_smmu_reset_copy = define("arm_smmu_reset_copy: void", smmu, ["dev"], [], (b) => [
  b.step("copy what {dev} has: its ssids in use and `in_ste`", (s, l, w) => {
    const master = s.master[l.dev];
    master.copied = 1;
    master.copy_in_ste = master.in_ste;
    master.copy_ssids = 0;
    for (let p = 1; p < w.pasids; p++) if (isTracked(s, w, l.dev, p)) master.copy_ssids |= 1 << p;
  }),
]);

/** A domain that done will attach; 0 takes a PASID away. */
const arm_smmu_reset_note = define(
  "arm_smmu_reset_note: void",
  smmu,
  ["dev", "pasid", "domain"],
  ["rid_domain"],
  (b) => [
    b.local("", (l) => {
      l.rid_domain = l.domain;
    }),
    b.when("is it for a PASID?", (l) => l.pasid !== IOMMU_NO_PASID, [
      b.call("iommu_get_domain_for_dev", (l) => [l.dev], "rid_domain", "ask for the RID's domain"),
    ]),
    b.step("note in the copy what done will find: {domain} on PASID {pasid}", (s, l, w) => {
      const master = s.master[l.dev];
      if (master.copied === 0) return;
      if (l.pasid !== IOMMU_NO_PASID) {
        master.copy_ssids = l.domain === 0 ? master.copy_ssids & ~(1 << l.pasid) : master.copy_ssids | (1 << l.pasid);
      }
      master.copy_in_ste = w.domain[l.rid_domain]?.stage === 1 || master.copy_ssids !== 0 ? 1 : 0;
    }),
  ],
);

const iommu_dev_reset_prepare = patch(docking, iommu, (b) => [
  {
    at: "start",
    how: "before",
    nodes: [
      b.call("arm_smmu_reset_copy", (l) => [l.dev], null, "`reset_prepare` of the driver: `arm_smmu_reset_copy`"),
    ],
  },
]);

const __iommu_device_set_domain = patch(v3Procs.__iommu_device_set_domain, iommu, (b) => [
  {
    at: "left_to_done",
    how: "before",
    nodes: [
      b.call(
        "arm_smmu_reset_note",
        (l) => [l.dev, IOMMU_NO_PASID, l.new_domain],
        null,
        "tell the driver: `arm_smmu_reset_note`",
      ),
    ],
  },
]);

const __iommu_set_group_pasid = patch(v3Procs.__iommu_set_group_pasid, iommu, (b) => [
  {
    at: "left_to_done",
    how: "before",
    nodes: [
      b.call("arm_smmu_reset_note", (l) => [l.dev, l.pasid, l.domain], null, "tell the driver: `arm_smmu_reset_note`"),
    ],
  },
]);

const __iommu_remove_group_pasid = patch(v3Procs.__iommu_remove_group_pasid, iommu, (b) => [
  {
    at: "removed",
    how: "after",
    nodes: [b.call("arm_smmu_reset_note", (l) => [l.dev, l.pasid, 0], null, "tell the driver: `arm_smmu_reset_note`")],
  },
]);

const { iommu_dev_reset_done: retesting, ...puttingBack } = putBack(true, false);

const iommu_dev_reset_done = patch(retesting, iommu, (b) => [
  {
    at: "over",
    how: "after",
    nodes: [
      b.step("`reset_done` of the driver: drop the copy of {dev}", (s, l) => {
        const master = s.master[l.dev];
        master.copied = 0;
        master.copy_ssids = 0;
        master.copy_in_ste = 0;
      }),
    ],
  },
]);

export const cdCopy: Design = {
  ...testDevV1,
  id: "cd-copy",
  grewFrom: "test-dev-v1",
  title: "a copy of STE and CDs",
  about:
    "Voiced. Before a reset the driver copies what it has; `test_dev` asks the copy, which follows what is accepted meanwhile, " +
    "instead of the docked entries. Done tests again.",
  source:
    "Nicolin Chen, Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev, 2025-10-20, " +
    "<aPaWsEg1Y3XqsA3E@Asurada-Nvidia>. Never posted as code; Jason Gunthorpe found it convoluted.",
  open: [
    "The copy holds what the tests ask for: the ssids in use and `in_ste`.",
    "A test may pass on one device of a group and fail on the next, so that it cannot write the copy: the core tells the driver of " +
      "each change that it leaves to done.",
    "The tests of done ask the copy, too, which goes last.",
    ...testDevV1.open,
  ],
  options: [],
  procs: () => ({
    ...testDevV1.procs({ retest: "yes", rid: "group" }),
    ...puttingBack,
    arm_smmu_domain_test_dev,
    arm_smmu_reset_copy,
    arm_smmu_reset_note,
    __iommu_device_set_domain,
    __iommu_set_group_pasid,
    __iommu_remove_group_pasid,
    iommu_dev_reset_prepare,
    iommu_dev_reset_done,
  }),
};
