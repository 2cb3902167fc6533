/**
 * The SMMUv3 driver: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c of Linux 7.3, procedure by procedure.
 *
 * How it writes entries stands in `arm-smmu-v3-tables.ts`, how it invalidates in `arm-smmu-v3-invs.ts`.
 */
import {
  CFG_ABORT,
  CFG_BYPASS,
  CFG_S1_TRANS,
  CFG_S2_TRANS,
  S1DSS_BYPASS,
  S1DSS_SSID0,
  S1DSS_TERMINATE,
} from "../hw/answers.ts";
import type { Builder } from "../sim/proc.ts";
import { tables } from "./arm-smmu-v3-tables.ts";
import { freeInvs, SIZE } from "./invs.ts";
import {
  alwaysAts,
  atsSupported,
  canFail,
  canwbs,
  define,
  devicesDomain,
  domainsOnList,
  EBUSY,
  EINVAL,
  ENOENT,
  ENOMEM,
  EOPNOTSUPP,
  fails,
  IOMMU_NO_PASID,
  type KernelState,
  slot,
  smmuOf,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c" };

const stageOf = (w: World, domain: number) => w.domain[domain]?.stage ?? 0;
const typeOf = (w: World, domain: number) => w.domain[domain]?.type;
/** The domain on whose list `domain` is tracked tracks somebody at all. */
const isTracking = (w: World, domain: number) => devicesDomain(w, domain) !== 0;

/**
 * What `arm_smmu_attach_prepare` decides: ATS with a tracked domain, or with a CD table that needs it, unless the guest's
 * STE leaves it off (`disable_ats`, `arm_smmu_attach_dev_nested`).
 */
export const wantsAts = (w: World, dev: number, domain: number, cd_needs_ats: number) => {
  const facts = w.domain[domain];
  const disable_ats = facts?.type === "NESTED" && facts.vste === "s1" && !facts.enable_ats;
  return (isTracking(w, domain) || cd_needs_ats === 1) && !disable_ats && atsSupported(w, dev) ? 1 : 0;
};

const pci_disable_ats = define("pci_disable_ats: void", { file: "drivers/pci/ats.c" }, ["dev"], [], (b) => [
  b.warnIf("pci_disable_ats", "ATS is not enabled", (s, l) => s.pdev[l.dev].ats_enabled === 0, [
    b.return(0, "nothing to disable"),
  ]),
  b.step("clear ATS Enable of {dev}; `ats_enabled` := 0", (s, l) => {
    s.pdev[l.dev].ats_ctrl = 0;
    s.pdev[l.dev].ats_enabled = 0;
  }),
]);

const pci_enable_ats = define("pci_enable_ats", { file: "drivers/pci/ats.c" }, ["dev"], [], (b) => [
  b.warnIf("pci_enable_ats", "ATS is enabled already", (s, l) => s.pdev[l.dev].ats_enabled === 1, [
    b.return(EBUSY, "return -EBUSY"),
  ]),
  b.step("set ATS Enable of {dev}; `ats_enabled` := 1", (s, l) => {
    s.pdev[l.dev].ats_ctrl = 1;
    s.pdev[l.dev].ats_enabled = 1;
  }),
  b.return(0, "return 0"),
]);

const arm_smmu_enable_ats = define("arm_smmu_enable_ats: void", source, ["dev"], ["ret"], (b) => [
  b.call("arm_smmu_atc_inv_master", (l) => [l.dev, IOMMU_NO_PASID], null, undefined, "start"),
  b.call("pci_enable_ats", (l) => [l.dev], "ret"),
  b.warnOn("arm_smmu_enable_ats", "ATS of {dev} could not be enabled", (l) => l.ret !== 0),
]);

const arm_smmu_remove_master_domain = define(
  "arm_smmu_remove_master_domain: void",
  source,
  ["dev", "old_domain", "ssid"],
  ["tracker", "found"],
  (b) => [
    b.when("does {old_domain} track nobody?", (l, w) => !isTracking(w, l.old_domain), [b.return(0, "nothing to do")]),
    b.local("", (l, w) => {
      l.tracker = devicesDomain(w, l.old_domain);
    }),
    b.lock("devices_lock", (l) => l.tracker, "lock `devices_lock` of {tracker:domain}"),
    b.step("take ({dev}, ssid {ssid}) of {old_domain} from the devices list: there? {found:yes}", (s, l, w) => {
      const domain = s.domain[l.old_domain];
      const at = slot(w, l.dev, l.ssid);
      l.found = domain.devices[at] === 0 ? 0 : 1;
      if (l.found === 0) return;
      domain.devices[at]--;
      if (s.master[l.dev].ats_enabled === 1) s.domain[l.tracker].nr_ats_masters--;
    }),
    b.unlock("devices_lock", (l) => l.tracker, "unlock `devices_lock`"),
    b.when("was it there?", (l) => l.found === 1, [b.call("arm_smmu_disable_iopf", (l) => [l.dev, l.old_domain])]),
  ],
);

/** A remark of the review, where the check stands: here, and in the test that the patch moves it to. */
export const configNote =
  "The check of CONFIG_ARM_SMMU_V3_SVA also lets the compiler drop what follows; Jason Gunthorpe asked to keep it here, 2025-10-20.";

/** An attach with a fault handler takes a reference of the master's fault queue; the first one joins the queue. */
const arm_smmu_enable_iopf = define(
  "arm_smmu_enable_iopf",
  { ...source, note: configNote },
  ["dev", "domain"],
  ["ret"],
  (b) => [
    b.when(
      "is CONFIG_ARM_SMMU_V3_SVA off?",
      (_l, w) => !w.config_sva,
      [b.return(EOPNOTSUPP, "return -EOPNOTSUPP")],
      [],
      "config_sva",
    ),
    b.when("does {dev} not stall?", (l, w) => !stalls(w, l.dev), [b.return(0, "return 0: it needs no queue")]),
    b.when(
      "has {dev} more than one stream?",
      (l, w) => w.device[l.dev]?.num_streams !== 1,
      [b.return(EOPNOTSUPP, "return -EOPNOTSUPP")],
      [],
      "streams",
    ),
    b.if("is it on the queue already, `iopf_refcount` > 0?", (s, l) => s.master[l.dev].iopf_refcount > 0, [
      b.step("`iopf_refcount` + 1", (s, l) => {
        s.master[l.dev].iopf_refcount++;
      }),
      b.return(0, "return 0"),
    ]),
    b.call("iopf_queue_add_device", (l) => [l.dev], "ret"),
    b.when("did it fail?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")]),
    b.step("`iopf_refcount` := 1", (s, l) => {
      s.master[l.dev].iopf_refcount = 1;
    }),
    b.return(0, "return 0"),
  ],
);

const stalls = (w: World, dev: number) => w.device[dev]?.stall_enabled ?? false;
/** `master_domain->using_iopf`: set whenever `arm_smmu_enable_iopf` counted the attach. */
const usingIopf = (w: World, dev: number, domain: number) =>
  (w.domain[domain]?.iopf_handler ?? false) && stalls(w, dev) && w.config_sva;

const arm_smmu_disable_iopf = define("arm_smmu_disable_iopf: void", source, ["dev", "domain"], ["left"], (b) => [
  b.when("does this attachment use no fault queue?", (l, w) => !usingIopf(w, l.dev, l.domain), [
    b.return(0, "nothing to do"),
  ]),
  b.step("`iopf_refcount` - 1, so {left}", (s, l) => {
    l.left = --s.master[l.dev].iopf_refcount;
  }),
  b.when("was it the last one?", (l) => l.left === 0, [b.call("iopf_queue_remove_device", (l) => [l.dev])]),
]);

const arm_smmu_attach_prepare = define(
  "arm_smmu_attach_prepare",
  source,
  ["dev", "domain", "ssid", "cd_needs_ats"],
  ["ats_enabled", "failed", "ret", "tracker"],
  (b) => [
    b.local("decide `ats_enabled`", (l, w) => {
      l.ats_enabled = wantsAts(w, l.dev, l.domain, l.cd_needs_ats);
      l.tracker = devicesDomain(w, l.domain);
    }),
    b.call(
      "arm_smmu_attach_prepare_invs",
      (l) => [l.dev, l.domain, l.ssid, l.ats_enabled],
      "ret",
      "`arm_smmu_attach_prepare_invs`",
      "prepare_invs",
    ),
    b.when("did it fail?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")], [], "prepare_invs_failed"),
    b.when("does {domain} track the masters attached to it?", (l, w) => isTracking(w, l.domain), [
      b.when("is {domain} nested?", (l, w) => typeOf(w, l.domain) === "NESTED", [
        b.call("arm_smmu_attach_prepare_vmaster", (l) => [l.dev, l.domain], "ret"),
        b.when("did it fail?", (l) => l.ret !== 0, [b.goto("err_unprepare_invs")]),
      ]),
      b.choose(
        "allocate `master_domain`",
        ["it works", "-ENOMEM"],
        (_l, w) => w.mayFail.has("master_domain"),
        canFail,
        fails,
        "failed",
      ),
      b.when("out of memory?", (l) => l.failed === 1, [
        b.local("", (l) => {
          l.ret = ENOMEM;
        }),
        b.goto("err_free_vmaster"),
      ]),
      b.when("has {domain} an `iopf_handler`?", (l, w) => w.domain[l.domain]?.iopf_handler ?? false, [
        b.call("arm_smmu_enable_iopf", (l) => [l.dev, l.domain], "ret"),
        b.when("did it fail?", (l) => l.ret !== 0, [b.goto("err_free_vmaster")]),
      ]),
      b.lock("devices_lock", (l) => l.tracker, "lock `devices_lock` of {tracker:domain}"),
      b.if(
        "must {tracker:domain} enforce coherency, and {dev} cannot?",
        (s, l, w) => s.domain[l.tracker].enforce_cache_coherency === 1 && !canwbs(w, l.dev),
        [
          b.unlock("devices_lock", (l) => l.tracker, "unlock `devices_lock`"),
          b.local("", (l) => {
            l.ret = EINVAL;
          }),
          b.goto("err_iopf"),
        ],
        [],
        "canwbs",
      ),
      b.step("put ({dev}, ssid {ssid}) for {domain} on the devices list of {tracker:domain}", (s, l, w) => {
        s.domain[l.domain].devices[slot(w, l.dev, l.ssid)]++;
        s.domain[l.tracker].nr_ats_masters += l.ats_enabled;
      }),
      b.unlock("devices_lock", (l) => l.tracker, "unlock `devices_lock`"),
      b.call(
        "arm_smmu_install_new_domain_invs",
        (l) => [l.domain],
        null,
        "`arm_smmu_install_new_domain_invs`",
        "install_new_invs",
      ),
    ]),
    b.when(
      "is ATS not wanted now?",
      (l) => l.ats_enabled === 0,
      [b.if("was it on?", (s, l) => s.master[l.dev].ats_enabled === 1, [b.call("pci_disable_ats", (l) => [l.dev])])],
      [],
      "disable_ats",
    ),
    b.moment("attach_prepared", (l) => [l.dev, l.domain, l.ssid, l.ats_enabled]),
    b.return(0, "return 0"),
    b.label("err_iopf"),
    b.call("arm_smmu_disable_iopf", (l) => [l.dev, l.domain], null, "`arm_smmu_disable_iopf`", "err_iopf"),
    b.label("err_free_vmaster"),
    b.step("free `state->vmaster`, if there is one", (s, l) => {
      s.master[l.dev].state_vmaster = 0;
    }),
    b.label("err_unprepare_invs"),
    b.call("err_unprepare_invs", () => [], null, "`err_unprepare_invs`", "unprepare_invs"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const arm_smmu_attach_commit = define(
  "arm_smmu_attach_commit: void",
  source,
  ["dev", "old_domain", "ssid", "ats_enabled"],
  [],
  (b) => [
    b.moment("attach_commit", (l) => [l.dev, l.old_domain, l.ssid, l.ats_enabled]),
    b.call("arm_smmu_attach_commit_vmaster", (l) => [l.dev]),
    b.if(
      "is ATS on already?",
      (s, l) => s.master[l.dev].ats_enabled === 1,
      [
        b.when(
          "does it stay on?",
          (l) => l.ats_enabled === 1,
          [b.call("arm_smmu_atc_inv_master", (l) => [l.dev, l.ssid])],
          [
            b.call(
              "arm_smmu_atc_inv_master",
              (l) => [l.dev, IOMMU_NO_PASID],
              null,
              "`arm_smmu_atc_inv_master`: all of it",
            ),
          ],
        ),
      ],
      [b.when("is it wanted now?", (l) => l.ats_enabled === 1, [b.call("arm_smmu_enable_ats", (l) => [l.dev])])],
    ),
    b.call("arm_smmu_remove_master_domain", (l) => [l.dev, l.old_domain, l.ssid]),
    b.call(
      "arm_smmu_install_old_domain_invs",
      (l) => [l.dev, l.old_domain, l.ssid],
      null,
      "`arm_smmu_install_old_domain_invs`",
      "install_old_invs",
    ),
    b.step("`master->ats_enabled` := {ats_enabled}", (s, l) => {
      s.master[l.dev].ats_enabled = l.ats_enabled;
    }),
  ],
);

const arm_smmu_attach_dev = define(
  "arm_smmu_attach_dev",
  source,
  ["domain", "dev", "old_domain"],
  ["ret", "ats_enabled", "cdptr"],
  (b) => [
    b.when(
      "has {dev} no fwspec?",
      (l, w) => !(w.device[l.dev]?.fwspec ?? true),
      [b.return(ENOENT, "return -ENOENT")],
      [],
      "fwspec",
    ),
    b.when(
      "is {domain} of another SMMU?",
      (l, w) => w.domain[l.domain]?.smmu !== smmuOf(w, l.dev),
      [b.return(EINVAL, "return -EINVAL")],
      [],
      "smmu",
    ),
    b.when(
      "is {domain} of stage 1?",
      (l, w) => stageOf(w, l.domain) === 1,
      [
        b.call("arm_smmu_alloc_cd_ptr", (l) => [l.dev, IOMMU_NO_PASID], "cdptr"),
        b.when("no CD?", (l) => l.cdptr === 0, [b.return(ENOMEM, "return -ENOMEM")]),
      ],
      [
        b.if(
          "does {dev} use ssids, `used_ssids` > 0?",
          (s, l) => s.master[l.dev].used_ssids > 0,
          [b.return(EBUSY, "return -EBUSY")],
          [],
          "ssids_in_use",
        ),
      ],
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
      "is it one of stage 1?",
      (l, w) => stageOf(w, l.domain) === 1,
      [
        b.call("arm_smmu_write_cd_entry", (l) => [l.dev, IOMMU_NO_PASID, l.domain, 0], null, "write CD 0 for {domain}"),
        b.call(
          "arm_smmu_install_ste_for_dev",
          (l) => [l.dev, CFG_S1_TRANS, S1DSS_SSID0, l.ats_enabled, l.domain],
          null,
          "install an STE that points to the CD table",
        ),
      ],
      [
        b.call(
          "arm_smmu_install_ste_for_dev",
          (l) => [l.dev, CFG_S2_TRANS, 0, l.ats_enabled, l.domain],
          null,
          "install a stage 2 STE for {domain}",
        ),
        b.call("arm_smmu_clear_cd", (l) => [l.dev, IOMMU_NO_PASID], null, "clear CD 0"),
      ],
    ),
    b.call("arm_smmu_attach_commit", (l) => [l.dev, l.old_domain, IOMMU_NO_PASID, l.ats_enabled]),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    b.return(0, "return 0"),
  ],
);

const arm_smmu_s1_set_dev_pasid = define(
  "arm_smmu_s1_set_dev_pasid",
  source,
  ["domain", "dev", "pasid", "old"],
  ["ret"],
  (b) => [
    b.when(
      "is {domain} of another SMMU?",
      (l, w) => w.domain[l.domain]?.smmu !== smmuOf(w, l.dev),
      [b.return(EINVAL, "return -EINVAL")],
      [],
      "smmu",
    ),
    b.when(
      "is {domain} not of stage 1?",
      (l, w) => stageOf(w, l.domain) !== 1,
      [b.return(EINVAL, "return -EINVAL")],
      [],
      "stage",
    ),
    b.call("arm_smmu_set_pasid", (l) => [l.dev, l.domain, l.pasid, l.old], "ret"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

/** The driver asks for the type of the RID's domain without asking whether there is one: a group may be on none. */
export const typeOfNull = <V extends string>(b: Builder<KernelState, World, V | "sid_domain">) => [
  b.when("", (l) => l.sid_domain === 0, [b.oops("read `sid_domain->type`, and {sid_domain} is no domain")]),
];

const arm_smmu_update_ste = define(
  "arm_smmu_update_ste: void",
  source,
  ["dev", "sid_domain", "ats_enabled"],
  ["s1dss"],
  (b) => [
    b.if(
      "is the CD table in the STE, with this ATS setting?",
      (s, l) => s.master[l.dev].in_ste === 1 && s.master[l.dev].ste_ats_enabled === l.ats_enabled,
      [b.return(0, "the STE can stay")],
    ),
    ...typeOfNull(b),
    b.when(
      "is the RID on identity?",
      (l, w) => typeOf(w, l.sid_domain) === "IDENTITY",
      [
        b.local("`s1dss` := BYPASS", (l) => {
          l.s1dss = S1DSS_BYPASS;
        }),
      ],
      [
        b.warnOn(
          "arm_smmu_update_ste",
          "the RID's domain {sid_domain} is neither identity nor blocked",
          (l, w) => typeOf(w, l.sid_domain) !== "BLOCKED",
        ),
      ],
    ),
    b.call(
      "arm_smmu_install_ste_for_dev",
      (l) => [l.dev, CFG_S1_TRANS, l.s1dss, l.ats_enabled, 0],
      null,
      "install an STE that points to the CD table, S1DSS {s1dss:S1DSS} for the RID",
    ),
  ],
);

const arm_smmu_set_pasid = define(
  "arm_smmu_set_pasid",
  source,
  ["dev", "domain", "pasid", "old"],
  ["sid_domain", "in_ste", "cdptr", "ret", "ats_enabled"],
  (b) => [
    b.call("iommu_driver_get_domain_for_dev", (l) => [l.dev], "sid_domain", "ask for the RID's domain", "sid_domain"),
    b.when(
      "is {domain} of another SMMU?",
      (l, w) => w.domain[l.domain]?.smmu !== smmuOf(w, l.dev),
      [b.return(EINVAL, "return -EINVAL")],
      [],
      "smmu",
    ),
    b.if(
      "is `in_ste` 0, and {sid_domain} neither identity nor blocked?",
      (s, l, w) =>
        s.master[l.dev].in_ste === 0 && typeOf(w, l.sid_domain) !== "IDENTITY" && typeOf(w, l.sid_domain) !== "BLOCKED",
      [...typeOfNull(b), b.return(EINVAL, "return -EINVAL")],
      [],
      "in_ste",
    ),
    b.call("arm_smmu_alloc_cd_ptr", (l) => [l.dev, l.pasid], "cdptr"),
    b.when("no CD?", (l) => l.cdptr === 0, [b.return(ENOMEM, "return -ENOMEM")]),
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.call("arm_smmu_attach_prepare", (l) => [l.dev, l.domain, l.pasid, 0], "ret"),
    b.when("did it fail?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
    b.local("", (l, w) => {
      l.ats_enabled = wantsAts(w, l.dev, l.domain, 0);
    }),
    b.call("arm_smmu_write_cd_entry", (l) => [l.dev, l.pasid, l.domain, 0], null, "write CD {pasid} for {domain}"),
    b.call("arm_smmu_update_ste", (l) => [l.dev, l.sid_domain, l.ats_enabled]),
    b.call("arm_smmu_attach_commit", (l) => [l.dev, l.old, l.pasid, l.ats_enabled]),
    b.label("out_unlock"),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const arm_smmu_blocking_set_dev_pasid = define(
  "arm_smmu_blocking_set_dev_pasid",
  source,
  ["domain", "dev", "pasid", "old_domain"],
  ["sid_domain", "ret"],
  (b) => [
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.call("arm_smmu_clear_cd", (l) => [l.dev, l.pasid], null, "clear CD {pasid}"),
    b.if("is ATS on?", (s, l) => s.master[l.dev].ats_enabled === 1, [
      b.call("arm_smmu_atc_inv_master", (l) => [l.dev, l.pasid]),
    ]),
    b.call("arm_smmu_remove_master_domain", (l) => [l.dev, l.old_domain, l.pasid]),
    b.call(
      "arm_smmu_install_old_domain_invs",
      (l) => [l.dev, l.old_domain, l.pasid],
      null,
      "`arm_smmu_install_old_domain_invs`",
      "install_old_invs",
    ),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    b.if("is no ssid in use any more?", (s, l) => s.master[l.dev].used_ssids === 0, [
      b.call("iommu_driver_get_domain_for_dev", (l) => [l.dev], "sid_domain", "ask for the RID's domain", "sid_domain"),
      ...typeOfNull(b),
      b.when(
        "is the RID blocked, or on identity without ATS that must stay on?",
        (l, w) =>
          typeOf(w, l.sid_domain) === "BLOCKED" || (typeOf(w, l.sid_domain) === "IDENTITY" && !alwaysAts(w, l.dev)),
        [
          b.call(
            "ops->attach_dev",
            (l) => [l.sid_domain, l.dev, l.sid_domain],
            "ret",
            "downgrade: attach {sid_domain} again, without a CD table",
          ),
        ],
      ),
    ]),
    b.return(0, "return 0"),
  ],
);

const arm_smmu_attach_dev_ste = define(
  "arm_smmu_attach_dev_ste: void",
  source,
  ["dev", "domain", "old_domain", "Config", "s1dss"],
  ["cd_needs_ats", "ats_enabled", "ret"],
  (b) => [
    b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
    b.if(
      "must ATS of {dev} stay on, or is an ssid in use?",
      (s, l, w) => (alwaysAts(w, l.dev) && l.s1dss !== S1DSS_TERMINATE) || s.master[l.dev].used_ssids > 0,
      [
        b.local("an STE with the CD table, which needs ATS: `cd_needs_ats` := 1", (l) => {
          l.cd_needs_ats = 1;
        }),
      ],
    ),
    b.call("arm_smmu_attach_prepare", (l) => [l.dev, l.domain, IOMMU_NO_PASID, l.cd_needs_ats], "ret"),
    b.local("", (l, w) => {
      l.ats_enabled = wantsAts(w, l.dev, l.domain, l.cd_needs_ats);
    }),
    b.when(
      "does the CD table stay?",
      (l) => l.cd_needs_ats === 1,
      [
        b.call(
          "arm_smmu_install_ste_for_dev",
          (l) => [l.dev, CFG_S1_TRANS, l.s1dss, l.ats_enabled, 0],
          null,
          "install an STE with the CD table, S1DSS {s1dss:S1DSS} for the RID",
        ),
      ],
      [
        b.call(
          "arm_smmu_install_ste_for_dev",
          (l) => [l.dev, l.Config, 0, 0, 0],
          null,
          "install an STE with Config {Config}",
        ),
      ],
    ),
    b.call("arm_smmu_attach_commit", (l) => [l.dev, l.old_domain, IOMMU_NO_PASID, l.ats_enabled]),
    b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    b.call("arm_smmu_clear_cd", (l) => [l.dev, IOMMU_NO_PASID], null, "clear CD 0"),
  ],
);

const arm_smmu_attach_dev_identity = define(
  "arm_smmu_attach_dev_identity",
  source,
  ["domain", "dev", "old_domain"],
  [],
  (b) => [
    b.call("arm_smmu_master_clear_vmaster", (l) => [l.dev]),
    b.call("arm_smmu_attach_dev_ste", (l) => [l.dev, l.domain, l.old_domain, CFG_BYPASS, S1DSS_BYPASS]),
    b.return(0, "return 0"),
  ],
);

const arm_smmu_attach_dev_blocked = define(
  "arm_smmu_attach_dev_blocked",
  source,
  ["domain", "dev", "old_domain"],
  [],
  (b) => [
    b.call("arm_smmu_master_clear_vmaster", (l) => [l.dev]),
    b.call("arm_smmu_attach_dev_ste", (l) => [l.dev, l.domain, l.old_domain, CFG_ABORT, S1DSS_TERMINATE]),
    b.return(0, "return 0"),
  ],
);

/** A nested domain's is `arm_smmu_domain_nested_free`, which only frees it. */
const arm_smmu_domain_free_paging = define("arm_smmu_domain_free_paging: void", source, ["domain"], [], (b) => [
  b.when(
    "is {domain} of stage 1?",
    (l, w) => stageOf(w, l.domain) === 1,
    [
      b.lock("asid_lock", () => 1, "lock `arm_smmu_asid_lock`"),
      b.local("give up the ASID of {domain}", () => {}),
      b.unlock("asid_lock", () => 1, "unlock `arm_smmu_asid_lock`"),
    ],
    [
      b.when("is it no nested one?", (l, w) => w.domain[l.domain]?.type !== "NESTED", [
        b.local("give up the VMID of {domain}", () => {}),
      ]),
    ],
  ),
  b.step("free {domain}", (s, l) => {
    s.domain[l.domain].freed = 1;
    s.domain[l.domain].mapped = 0;
    freeInvs(s, l.domain);
  }),
]);

/** Sets the flag if every master on the list can keep it; says which it is. */
const arm_smmu_enforce_cache_coherency = define(
  "arm_smmu_enforce_cache_coherency",
  { ...source, note: "It returns a bool: 1 when the domain enforces coherency from now on." },
  ["domain"],
  ["able"],
  (b) => [
    b.lock("devices_lock", (l) => l.domain, "lock `devices_lock` of {domain}"),
    b.step("can every master on the list keep coherency? {able:yes}", (s, l, w) => {
      const cannot = devicesWith(w, (dev, p) => !canwbs(w, dev) && isOnList(s, w, l.domain, dev, p));
      l.able = cannot === 0 ? 1 : 0;
    }),
    b.step("`enforce_cache_coherency` of {domain} := {able:yes}", (s, l) => {
      s.domain[l.domain].enforce_cache_coherency = l.able;
    }),
    b.unlock("devices_lock", (l) => l.domain, "unlock `devices_lock`"),
    b.return((l) => l.able, "return {able:yes}"),
  ],
);

/** (device, ssid) stands on the devices list of a domain, for itself or for a nested domain above it. */
export const isOnList = (s: KernelState, w: World, domain: number, dev: number, ssid: number): boolean =>
  domainsOnList(w, domain).some((on) => (s.domain[on].devices[slot(w, dev, ssid)] as number) > 0);

const iommu_unmap = define("iommu_unmap: void", { file: "drivers/iommu/iommu.c" }, ["domain"], [], (b) => [
  b.step("`arm_smmu_unmap_pages`: clear the page's entry in {domain}", (s, l) => {
    s.domain[l.domain].mapped = 0;
  }),
  b.call(
    "arm_smmu_domain_inv_range",
    (l) => [l.domain, SIZE.PAGE],
    null,
    "`arm_smmu_iotlb_sync`: `arm_smmu_domain_inv_range`",
    "inv",
  ),
  b.ghost((s, l) => {
    s.domain[l.domain].unmapped = 1;
  }),
]);

const iommu_map = define("iommu_map: void", { file: "drivers/iommu/iommu.c" }, ["domain"], [], (b) => [
  b.step("`arm_smmu_map_pages`: set the page's entry in {domain}", (s, l) => {
    s.domain[l.domain].mapped = 1;
  }),
  b.ghost((s, l) => {
    s.domain[l.domain].unmapped = 0;
  }),
]);

/** A bit for each device that has some (device, ssid) with the property. */
function devicesWith(w: World, has: (dev: number, ssid: number) => boolean): number {
  let mask = 0;
  for (let dev = 1; dev < w.device.length; dev++) {
    for (let p = 0; p < w.pasids; p++) if (has(dev, p)) mask |= 1 << (dev - 1);
  }
  return mask;
}

export const driver = {
  pci_disable_ats,
  pci_enable_ats,
  arm_smmu_enable_ats,
  ...tables,
  arm_smmu_remove_master_domain,
  arm_smmu_enable_iopf,
  arm_smmu_disable_iopf,
  arm_smmu_attach_prepare,
  arm_smmu_attach_commit,
  arm_smmu_attach_dev,
  arm_smmu_s1_set_dev_pasid,
  arm_smmu_update_ste,
  arm_smmu_set_pasid,
  arm_smmu_blocking_set_dev_pasid,
  arm_smmu_attach_dev_ste,
  arm_smmu_attach_dev_identity,
  arm_smmu_attach_dev_blocked,
  arm_smmu_domain_free_paging,
  arm_smmu_enforce_cache_coherency,
  iommu_map,
  iommu_unmap,
};
