/**
 * What `fake-attach` and `driver-suspend` have in common: the driver tracks attaches as ever, and only what the SMMU sees
 * is held back. The STE aborts, ATS is off in the function, and no ATC_INV is sent to it.
 */
import { CFG_ABORT, CFG_S1_TRANS } from "../../hw/answers.ts";
import { patch } from "../../sim/proc.ts";
import { driver } from "../arm-smmu-v3.ts";
import { beforeInvs, collect } from "../arm-smmu-v3-before-invs.ts";
import { invalidation } from "../arm-smmu-v3-invs.ts";
import { functionResets, resetMethods } from "../pci.ts";
import { define, type KernelState } from "../structs.ts";
import { linux617 } from "./linux-6.17.ts";

const smmu = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c", note: "As it was voiced in October 2025." };

/** Nothing reaches the function any more, or is to. */
const isSuspended = (s: KernelState, dev: number) => s.master[dev].suspended === 2;

const arm_smmu_install_ste_for_dev = patch(driver.arm_smmu_install_ste_for_dev, smmu, (b) => [
  {
    at: "tracked",
    how: "before",
    nodes: [
      b.step("keep what the STE of {dev} is to be; while it is `suspended` it aborts", (s, l) => {
        const master = s.master[l.dev];
        master.next_Config = l.Config;
        master.next_S1DSS = l.S1DSS;
        master.next_EATS = l.EATS;
        master.next_domain = l.domain;
        if (master.suspended === 0) return;
        l.Config = CFG_ABORT;
        l.S1DSS = 0;
        l.EATS = 0;
        l.domain = 0;
      }),
    ],
  },
  {
    at: "tracked",
    how: "after",
    nodes: [
      b.step("`in_ste` and `ste_ats_enabled` as it is to be", (s, l) => {
        const master = s.master[l.dev];
        master.in_ste = master.next_Config === CFG_S1_TRANS ? 1 : 0;
        master.ste_ats_enabled = master.next_EATS;
      }),
    ],
  },
]);

const arm_smmu_atc_inv_master = patch(invalidation.arm_smmu_atc_inv_master, smmu, (b) => [
  {
    at: "start",
    how: "after",
    nodes: [b.if("is {dev} `suspended`?", (s, l) => isSuspended(s, l.dev), [b.return(0, "its ATC is gone")])],
  },
]);

const arm_smmu_atc_inv_domain = patch(beforeInvs.arm_smmu_atc_inv_domain, smmu, (b) => [
  {
    at: "collect",
    how: "instead",
    nodes: [
      b.step("collect the masters on the list whose ATS is on and that are not `suspended`", (s, l, w) => {
        collect(s, l, w, l.domain, (dev) => s.master[dev].ats_enabled === 1 && !isSuspended(s, dev));
      }),
    ],
  },
]);

const arm_smmu_enable_ats = patch(driver.arm_smmu_enable_ats, smmu, (b) => [
  {
    at: "start",
    how: "before",
    nodes: [b.if("is {dev} `suspended`?", (s, l) => s.master[l.dev].suspended !== 0, [b.return(0, "left to done")])],
  },
]);

const arm_smmu_attach_prepare = patch(
  beforeInvs.arm_smmu_attach_prepare,
  smmu,
  (b) => [
    {
      at: "disable_ats",
      how: "instead",
      nodes: [
        b.step("read `suspended` of {dev}: {suspended}", (s, l) => {
          l.suspended = s.master[l.dev].suspended;
        }),
        b.when(
          "is ATS not wanted now, or forced off?",
          (l) => l.suspended === 1 || (l.suspended === 0 && l.ats_enabled === 0),
          [
            b.if("was it on?", (s, l) => s.master[l.dev].ats_enabled === 1, [
              b.call("pci_disable_ats", (l) => [l.dev]),
            ]),
          ],
        ),
      ],
    },
  ],
  ["suspended"],
);

/** The STE as it is kept, and ATS as the attachments ask for it. It allocates nothing and returns nothing. */
export const arm_smmu_reset_done = define(
  "arm_smmu_reset_done: void",
  { ...smmu, note: "As it was voiced in October 2025: nothing in it can fail." },
  ["dev"],
  ["Config", "S1DSS", "EATS", "domain", "ats_enabled"],
  (b) => [
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.step("`suspended` := 0; read what the STE of {dev} is to be", (s, l) => {
      const master = s.master[l.dev];
      master.suspended = 0;
      l.Config = master.next_Config;
      l.S1DSS = master.next_S1DSS;
      l.EATS = master.next_EATS;
      l.domain = master.next_domain;
      l.ats_enabled = master.ats_enabled;
    }),
    b.call(
      "arm_smmu_install_ste_for_dev",
      (l) => [l.dev, l.Config, l.S1DSS, l.EATS, l.domain],
      null,
      "install the STE that is kept",
    ),
    b.when("do the attachments want ATS?", (l) => l.ats_enabled === 1, [b.call("arm_smmu_enable_ats", (l) => [l.dev])]),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
  ],
);

/** Its callbacks are passed the old domain, as in the tree of that month. */
const { "ops->attach_dev": _asks, ...before } = linux617.procs({});

/** The tree of October 2025 with a driver that can hold back what the SMMU sees. */
export const suspending = {
  ...before,
  ...functionResets({
    prepare: "iommu_dev_reset_prepare",
    done: "iommu_dev_reset_done",
    methods: resetMethods.filter((method) => method !== "pci_reset_bus_function"),
  }),
  arm_smmu_install_ste_for_dev,
  arm_smmu_atc_inv_master,
  arm_smmu_atc_inv_domain,
  arm_smmu_enable_ats,
  arm_smmu_attach_prepare,
  arm_smmu_reset_done,
};

/** What both leave open. */
export const openInBoth: readonly string[] = [
  "What the driver tracks stays as if nothing happened: CDs, `used_ssids`, `in_ste`, the devices lists, whether ATS is wanted. Only the " +
    "STE's store, PCI's ATS Enable and ATC_INVs are held back.",
  "Done writes the STE that is kept and turns ATS on if it is wanted: no allocation, nothing that fails.",
  "The flag does not count: a reset inside a reset ends with the inner done.",
  "Secondary bus resets do not tell the IOMMU; those behind a CXL port do.",
];
