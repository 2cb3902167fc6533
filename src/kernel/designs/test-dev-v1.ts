/**
 * The test_dev series v1: design (c), on top of the deferral of v3 of "Disable ATS via iommu during PCI resets" (b2).
 *
 * "[PATCH v1 00/20] iommu: Introduce and roll out test_dev domain op", 2025-10-12,
 * cover.1760312725.git.nicolinc@nvidia.com; patch 02 is 32ce256a2ece5d63e99d5858f953586859818ffc.1760312725..., patch 03
 * the seed of this project. "[PATCH v3 0/5] Disable ATS via iommu during PCI resets", 2025-08-11,
 * cover.1754952762.git.nicolinc@nvidia.com. What follows is the difference to that, which is `v3-defer`.
 */
import { patch } from "../../sim/proc.ts";
import { configNote, driver, typeOfNull } from "../arm-smmu-v3.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import { nesting } from "../arm-smmu-v3-iommufd.ts";
import { sva } from "../arm-smmu-v3-sva.ts";
import type { Design } from "../design.ts";
import { core } from "../iommu.ts";
import { groupOf, hasSetDevPasid, unlisted } from "../iommu-group.ts";
import { beyondMaxPasids } from "../iommu-pasid.ts";
import {
  canwbs,
  define,
  devicesDomain,
  EBUSY,
  EINVAL,
  ENOENT,
  EOPNOTSUPP,
  FIRST_DOMAIN,
  IOMMU_NO_PASID,
  nextDevice,
  smmuOf,
  type World,
} from "../structs.ts";
import { asking, ofArrays } from "./shared.ts";
import { putBack, v3Procs } from "./v3-defer.ts";

const iommu = { file: "drivers/iommu/iommu.c", note: "As patch 02 of the test_dev series and patches of v3 leave it." };
const smmu = {
  file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
  note: "As patch 03 of the test_dev series leaves it.",
};

const nested = { ...nesting.arm_smmu_attach_dev_nested.source, note: smmu.note };
const svaFile = { ...sva.arm_smmu_sva_set_dev_pasid.source, note: smmu.note };

const stageOf = (w: World, domain: number) => w.domain[domain]?.stage ?? 0;
const typeOf = (w: World, domain: number) => w.domain[domain]?.type;

/** The twelve checks of patch 03, in its order. */
export const arm_smmu_domain_test_dev = (sidDomain: string) =>
  define(
    "arm_smmu_domain_test_dev",
    { ...smmu, note: `${smmu.note} ${configNote}` },
    ["domain", "dev", "pasid"],
    ["sid_domain", "tracker"],
    (b) => [
      b.when("has {dev} no fwspec?", (l, w) => !(w.device[l.dev]?.fwspec ?? true), [
        b.return(ENOENT, "return -ENOENT"),
      ]),
      b.when(
        "is {domain} nested?",
        (l, w) => typeOf(w, l.domain) === "NESTED",
        [
          b.warnOn("arm_smmu_domain_test_dev", "a nested domain on PASID {pasid}", (l) => l.pasid !== IOMMU_NO_PASID, [
            b.return(EOPNOTSUPP, "return -EOPNOTSUPP"),
          ]),
          b.when(
            "is its vSMMU on another SMMU?",
            (l, w) => w.vsmmu[w.domain[l.domain]?.vsmmu ?? 0]?.smmu !== w.device[l.dev]?.smmu,
            [b.return(EINVAL, "return -EINVAL")],
          ),
          b.if(
            "does {dev} use ssids, `used_ssids` > 0?",
            (s, l) => s.master[l.dev].used_ssids > 0,
            [b.return(EBUSY, "return -EBUSY")],
            [],
            "nested_ssids",
          ),
        ],
        [
          b.when(
            "is it of SVA?",
            (l, w) => typeOf(w, l.domain) === "SVA",
            [
              b.when("has the SMMU of {dev} no SVA?", (l, w) => !(w.smmu[smmuOf(w, l.dev)]?.sva ?? false), [
                b.return(EOPNOTSUPP, "return -EOPNOTSUPP"),
              ]),
            ],
            [
              b.when("is {domain} of another SMMU?", (l, w) => w.domain[l.domain]?.smmu !== w.device[l.dev]?.smmu, [
                b.return(EINVAL, "return -EINVAL"),
              ]),
              b.when("is {domain} of stage 2?", (l, w) => stageOf(w, l.domain) === 2, [
                b.if(
                  "does {dev} use ssids, `used_ssids` > 0?",
                  (s, l) => s.master[l.dev].used_ssids > 0,
                  [b.return(EBUSY, "return -EBUSY")],
                  [],
                  "ssids",
                ),
              ]),
              b.when("is it for a PASID?", (l) => l.pasid !== IOMMU_NO_PASID, [
                b.call(sidDomain, (l) => [l.dev], "sid_domain", "ask for the RID's domain"),
                b.when("is {domain} not of stage 1?", (l, w) => stageOf(w, l.domain) !== 1, [
                  b.return(EINVAL, "return -EINVAL"),
                ]),
                b.if(
                  "is `in_ste` 0, and {sid_domain} neither identity nor blocked?",
                  (s, l, w) =>
                    s.master[l.dev].in_ste === 0 &&
                    typeOf(w, l.sid_domain) !== "IDENTITY" &&
                    typeOf(w, l.sid_domain) !== "BLOCKED",
                  [...typeOfNull(b), b.return(EINVAL, "return -EINVAL")],
                  [],
                  "in_ste",
                ),
              ]),
            ],
          ),
        ],
      ),
      b.when("has {domain} an `iopf_handler`?", (l, w) => w.domain[l.domain]?.iopf_handler ?? false, [
        b.when("is CONFIG_ARM_SMMU_V3_SVA off?", (_l, w) => !w.config_sva, [
          b.return(EOPNOTSUPP, "return -EOPNOTSUPP"),
        ]),
        b.when(
          "does {dev} stall, with more than one stream?",
          (l, w) => (w.device[l.dev]?.stall_enabled ?? false) && w.device[l.dev]?.num_streams !== 1,
          [b.return(EOPNOTSUPP, "return -EOPNOTSUPP")],
        ),
      ]),
      b.local("", (l, w) => {
        l.tracker = devicesDomain(w, l.domain);
      }),
      b.lock("devices_lock", (l) => l.tracker, "lock `devices_lock` of {tracker:domain}"),
      b.if(
        "must {tracker:domain} enforce coherency, and {dev} cannot?",
        (s, l, w) => s.domain[l.tracker].enforce_cache_coherency === 1 && !canwbs(w, l.dev),
        [b.unlock("devices_lock", (l) => l.tracker, "unlock `devices_lock`"), b.return(EINVAL, "return -EINVAL")],
      ),
      b.unlock("devices_lock", (l) => l.tracker, "unlock `devices_lock`"),
      b.return(0, "return 0"),
    ],
  );

const __iommu_domain_test_device = define(
  "__iommu_domain_test_device",
  iommu,
  ["domain", "dev", "pasid"],
  ["ret"],
  (b) => [
    b.when("is it for a PASID?", (l) => l.pasid !== IOMMU_NO_PASID, [
      b.when("has {domain} no `set_dev_pasid`?", (l, w) => !hasSetDevPasid(w, l.domain), [
        b.return(EOPNOTSUPP, "return -EOPNOTSUPP"),
      ]),
      b.when(
        "is PASID {pasid} beyond `max_pasids` of a device that has any?",
        (l, w) => beyondMaxPasids(w, groupOf(w, l.dev), l.pasid),
        [b.return(EINVAL, "return -EINVAL")],
      ),
    ]),
    b.when("has {domain} a `test_dev`?", (l) => l.domain >= FIRST_DOMAIN, [
      b.moment("test", (l) => [l.dev, l.pasid, l.domain]),
      b.call(
        "arm_smmu_domain_test_dev",
        (l) => [l.domain, l.dev, l.pasid],
        "ret",
        "`arm_smmu_domain_test_dev`: {domain} for {dev} PASID {pasid}",
      ),
    ]),
    b.ghost((s, l) => {
      if (l.ret === 0) s.gdev[l.dev].tested[l.pasid] = l.domain;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const __iommu_group_set_domain_internal = patch(core.__iommu_group_set_domain_internal, iommu, (b) => [
  {
    at: "fence",
    how: "instead",
    nodes: [
      b.each("test {new_domain} on each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
        unlisted(b, "next_test", "dev"),
        b.call("__iommu_domain_test_device", (l) => [l.new_domain, l.dev, IOMMU_NO_PASID], "ret"),
        b.when("was it refused?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")]),
        b.label("next_test"),
      ]),
    ],
  },
  { at: "skip_blocked", how: "instead", nodes: [] },
]);

const iommu_deferred_attach = patch(v3Procs.iommu_deferred_attach, iommu, (b) => [
  {
    at: "attach",
    how: "before",
    nodes: [
      b.call("__iommu_domain_test_device", (l) => [l.domain, l.dev, IOMMU_NO_PASID], "ret"),
      b.when("was it refused?", (l) => l.ret !== 0, [b.goto("unlock")]),
    ],
  },
]);

const __iommu_probe_device = patch(core.__iommu_probe_device, iommu, (b) => [
  {
    at: "first_attach",
    how: "instead",
    nodes: [
      b.call("__iommu_domain_test_device", (l) => [l.domain, l.dev, IOMMU_NO_PASID], "ret"),
      b.when("was it passed?", (l) => l.ret === 0, [
        b.call(
          "__iommu_device_set_domain",
          (l) => [l.group, l.dev, l.domain, 0, 0],
          "ret",
          "attach `group->domain`, {domain}, to {dev}",
        ),
      ]),
    ],
  },
]);

const iommu_attach_device_pasid = patch(core.iommu_attach_device_pasid, iommu, (b) => [
  { at: "ops", how: "instead", nodes: [] },
  { at: "fence", how: "instead", nodes: [] },
  {
    at: "max_pasids",
    how: "instead",
    nodes: [
      b.call("__iommu_domain_test_device", (l) => [l.domain, l.dev, l.pasid], "ret"),
      b.when("was it refused?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
    ],
  },
]);

const iommu_replace_device_pasid = patch(core.iommu_replace_device_pasid, iommu, (b) => [
  { at: "ops", how: "instead", nodes: [] },
  { at: "fence", how: "instead", nodes: [] },
  {
    at: "set",
    how: "before",
    nodes: [
      b.when("is it not {domain} yet?", (l) => l.curr !== l.domain, [
        b.call("__iommu_domain_test_device", (l) => [l.domain, l.dev, l.pasid], "ret"),
        b.when("was it refused?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
      ]),
    ],
  },
]);

const arm_smmu_attach_prepare = patch(beforeInvs.arm_smmu_attach_prepare, smmu, () => [
  { at: "canwbs", how: "instead", nodes: [] },
]);

const arm_smmu_enable_iopf = patch(driver.arm_smmu_enable_iopf, smmu, () => [
  { at: "config_sva", how: "instead", nodes: [] },
  { at: "streams", how: "instead", nodes: [] },
]);

const arm_smmu_attach_dev = patch(driver.arm_smmu_attach_dev, smmu, () => [
  { at: "fwspec", how: "instead", nodes: [] },
  { at: "smmu", how: "instead", nodes: [] },
  { at: "ssids_in_use", how: "instead", nodes: [] },
]);

const arm_smmu_s1_set_dev_pasid = patch(driver.arm_smmu_s1_set_dev_pasid, smmu, () => [
  { at: "smmu", how: "instead", nodes: [] },
  { at: "stage", how: "instead", nodes: [] },
]);

const arm_smmu_set_pasid = patch(driver.arm_smmu_set_pasid, smmu, () => [
  { at: "smmu", how: "instead", nodes: [] },
  { at: "in_ste", how: "instead", nodes: [] },
]);

const arm_smmu_attach_dev_nested = patch(nesting.arm_smmu_attach_dev_nested, nested, () => [
  { at: "smmu", how: "instead", nodes: [] },
  { at: "ssids_in_use", how: "instead", nodes: [] },
]);

const arm_smmu_sva_set_dev_pasid = patch(sva.arm_smmu_sva_set_dev_pasid, svaFile, () => [
  { at: "sva", how: "instead", nodes: [] },
]);

export const testDevV1: Design = {
  id: "test-dev-v1",
  grewFrom: "v3-defer",
  title: "test_dev v1",
  about:
    "Posted. A new `test_dev` asks the driver before anything is touched; an attach during a reset is tested, recorded and " +
    "left to `iommu_dev_reset_done`.",
  source:
    "[PATCH v1 00/20] iommu: Introduce and roll out test_dev domain op, 2025-10-12, " +
    "<cover.1760312725.git.nicolinc@nvidia.com>; prepare and done of [PATCH v3 0/5] Disable ATS via iommu during PCI " +
    "resets, 2025-08-11, <cover.1754952762.git.nicolinc@nvidia.com>.",
  driver:
    "The SMMUv3 driver of 7.3 as patch 03 changes it, reconstructed with the devices list in place of the invalidation " +
    "arrays: `arm_smmu_atc_inv_domain` submits its batch after `devices_lock` is released, as in 6.12.",
  open: [
    "The reset is not in the series: it is built here on prepare and done of v3, as the cover letter plans.",
    "As posted, v3 puts PASIDs back through `__iommu_set_group_pasid` while `pending_reset` is still set, and that function " +
      "skips a device whose `pending_reset` is set: read to the letter, no PASID comes back. Here they are put back, as v3 says " +
      "it does.",
    "v3 sets `pending_reset` after the PASIDs were docked, so the driver still sees `group->domain` as the RID's domain while " +
      "they are: with a paging domain there the STE keeps its CD table, S1DSS is TERMINATE, and ATS stays on.",
    "v3 asks for no ATS support of the function before it docks it; later versions do.",
    "`iommu_attach_device_pasid` and `iommu_replace_device_pasid` test one device of a group, as posted.",
  ],
  options: [
    {
      id: "retest",
      title: "retest",
      about: "whether done tests again what it puts back",
      values: [
        { id: "no", title: "no", about: "as planned when posted" },
        { id: "yes", title: "yes", about: "as review asked for" },
      ],
    },
    {
      id: "rid",
      title: "rid",
      about: "what the driver is told when it asks for the RID's domain",
      values: [
        { id: "group", title: "group", about: "`group->domain`, as posted" },
        {
          id: "physical",
          title: "physical",
          about: "what the device is really on while `pending_reset` is set, the helper of v3",
        },
      ],
    },
  ],
  procs: (options) => {
    const sidDomain = options.rid === "physical" ? "iommu_get_domain_for_dev_locked" : "iommu_get_domain_for_dev";
    return {
      ...v3Procs,
      ...putBack(options.retest === "yes", false),
      ...asking(sidDomain, { ...driver, ...beforeInvs, arm_smmu_set_pasid }, smmu),
      arm_smmu_domain_test_dev: arm_smmu_domain_test_dev(sidDomain),
      __iommu_domain_test_device,
      iommu_deferred_attach,
      __iommu_probe_device,
      __iommu_group_set_domain_internal,
      iommu_attach_device_pasid,
      iommu_replace_device_pasid,
      arm_smmu_attach_prepare,
      arm_smmu_enable_iopf,
      arm_smmu_attach_dev,
      arm_smmu_s1_set_dev_pasid,
      arm_smmu_attach_dev_nested,
      arm_smmu_sva_set_dev_pasid,
    };
  },
  notApplicable: ["I-CNT", ...ofArrays],
  docked: (s, _w, device) => s.gdev[device].pending_reset === 1,
  dockedFlag: "pending_reset",
  groupFields: [],
  gdevFields: ["pending_reset"],
  doneProc: "iommu_dev_reset_done",
};
