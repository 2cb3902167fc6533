/**
 * The test_dev series v1: design (c), on top of the deferral of v3 of "Disable ATS via iommu during PCI resets" (b2).
 *
 * "[PATCH v1 00/20] iommu: Introduce and roll out test_dev domain op", 2025-10-12,
 * cover.1760312725.git.nicolinc@nvidia.com; patch 02 is 32ce256a2ece5d63e99d5858f953586859818ffc.1760312725..., patch 03
 * the seed of this project. "[PATCH v3 0/5] Disable ATS via iommu during PCI resets", 2025-08-11,
 * cover.1754952762.git.nicolinc@nvidia.com. What follows is the difference to Linux 7.3.
 */
import { patch } from "../../sim/proc.ts";
import { configNote, driver } from "../arm-smmu-v3.ts";
import { beforeInvs } from "../arm-smmu-v3-before-invs.ts";
import { nesting } from "../arm-smmu-v3-iommufd.ts";
import { sva } from "../arm-smmu-v3-sva.ts";
import type { Design } from "../design.ts";
import { beyondMaxPasids, core, groupOf, hasSetDevPasid, lockGroup, nextPasid, unlockGroup } from "../iommu.ts";
import { pci } from "../pci.ts";
import {
  DOMAIN_BLOCKED,
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
  type World,
} from "../structs.ts";

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
const arm_smmu_domain_test_dev = (sidDomain: string) =>
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
          b.if("does {dev} use ssids, `used_ssids` > 0?", (s, l) => s.master[l.dev].used_ssids > 0, [
            b.return(EBUSY, "return -EBUSY"),
          ]),
        ],
        [
          b.when(
            "is it of SVA?",
            (l, w) => typeOf(w, l.domain) === "SVA",
            [
              b.when("has the SMMU of {dev} no SVA?", (l, w) => !(w.smmu[w.device[l.dev]?.smmu ?? 0]?.sva ?? false), [
                b.return(EOPNOTSUPP, "return -EOPNOTSUPP"),
              ]),
            ],
            [
              b.when("is {domain} of another SMMU?", (l, w) => w.domain[l.domain]?.smmu !== w.device[l.dev]?.smmu, [
                b.return(EINVAL, "return -EINVAL"),
              ]),
              b.when("is {domain} of stage 2?", (l, w) => stageOf(w, l.domain) === 2, [
                b.if("does {dev} use ssids, `used_ssids` > 0?", (s, l) => s.master[l.dev].used_ssids > 0, [
                  b.return(EBUSY, "return -EBUSY"),
                ]),
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
                  [b.return(EINVAL, "return -EINVAL")],
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
          (l, w) => (w.device[l.dev]?.stall_enabled ?? false) && w.device[l.dev]?.streams.length !== 1,
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

/** v3: `iommu_get_domain_for_dev_locked`, what the device is really on. */
const iommu_get_domain_for_dev_locked = define("iommu_get_domain_for_dev_locked", iommu, ["dev"], ["domain"], (b) => [
  b.step("{dev} `pending_reset` ? `blocking_domain` : `group->domain`, so {domain}", (s, l, w) => {
    const group = s.group[groupOf(w, l.dev)];
    l.domain = s.gdev[l.dev].pending_reset === 1 ? group.blocking_domain : group.domain;
  }),
  b.return((l) => l.domain, "return {domain}"),
]);

/** The series as posted: `group->domain`, whatever the device is on. */
const iommu_get_domain_for_dev = define("iommu_get_domain_for_dev", iommu, ["dev"], ["domain"], (b) => [
  b.step("read `group->domain`: {domain}", (s, l, w) => {
    l.domain = s.group[groupOf(w, l.dev)].domain;
  }),
  b.return((l) => l.domain, "return {domain}"),
]);

const __iommu_group_set_domain_internal = patch(core.__iommu_group_set_domain_internal, iommu, (b) => [
  {
    at: "fence",
    how: "instead",
    nodes: [
      b.each("test {new_domain} on each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
        b.call("__iommu_domain_test_device", (l) => [l.new_domain, l.dev, IOMMU_NO_PASID], "ret"),
        b.when("was it refused?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")]),
      ]),
    ],
  },
  { at: "skip_blocked", how: "instead", nodes: [] },
]);

const __iommu_device_set_domain = patch(core.__iommu_device_set_domain, iommu, (b) => [
  {
    at: "attach",
    how: "before",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.ghost((s, l) => {
          // a call that must succeed promises nothing: it supersedes, or goes back to what was promised before the call
          const gdev = s.gdev[l.dev];
          const promised = l.must === 0 || gdev.snap_accepted === l.new_domain;
          gdev.accepted[IOMMU_NO_PASID] = promised ? l.new_domain : 0;
        }),
        b.return(0, "return 0: left to done"),
      ]),
    ],
  },
]);

const __iommu_set_group_pasid = patch(core.__iommu_set_group_pasid, iommu, (b) => [
  {
    at: "set",
    how: "before",
    nodes: [
      b.if("is {dev} `pending_reset`?", (s, l) => s.gdev[l.dev].pending_reset === 1, [
        b.ghost((s, l) => {
          s.gdev[l.dev].accepted[l.pasid] = l.domain;
        }),
        b.goto("left_to_done"),
      ]),
    ],
  },
  { at: "set", how: "after", nodes: [b.label("left_to_done")] },
]);

/** Not gated: the driver's remove is called for a device in reset as well. */
const __iommu_remove_group_pasid = patch(core.__iommu_remove_group_pasid, iommu, (b) => [
  {
    at: "gate",
    how: "instead",
    nodes: [
      b.when("does {dev} support PASIDs?", (l, w) => (w.device[l.dev]?.max_pasids ?? 0) > 0, [
        b.call("iommu_remove_dev_pasid", (l) => [l.dev, l.pasid, l.domain]),
        b.ghost((s, l) => {
          s.gdev[l.dev].accepted[l.pasid] = 0;
        }),
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

const iommu_dev_reset_prepare = define(
  "iommu_dev_reset_prepare",
  iommu,
  ["dev"],
  ["group", "ret", "domain", "pasid"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.call("__iommu_group_alloc_blocking_domain", (l) => [l.group], "ret"),
    b.if(
      "is `group->domain` not blocking?",
      (s, l) => {
        l.domain = s.group[l.group].domain;
        return l.domain !== s.group[l.group].blocking_domain;
      },
      [
        b.call(
          "__iommu_attach_device",
          (l) => [DOMAIN_BLOCKED, l.dev, l.domain],
          "ret",
          "attach `blocking_domain` to {dev}; `group->domain` stays {domain}",
        ),
        b.when("did it fail?", (l) => l.ret !== 0, [b.goto("unlock")]),
      ],
    ),
    b.scan("for each PASID from 1 in `pasid_array`", "pasid", (s, l, w) => nextPasid(s, w, l.group, l.pasid), [
      b.step("read `pasid_array[{pasid:index}]`: {domain}", (s, l) => {
        l.domain = s.group[l.group].pasid_array[l.pasid] as number;
      }),
      b.call(
        "iommu_remove_dev_pasid",
        (l) => [l.dev, l.pasid, l.domain],
        null,
        "`iommu_remove_dev_pasid`: PASID {pasid}, {domain}",
      ),
    ]),
    b.step("{dev} `pending_reset` := true", (s, l) => {
      s.gdev[l.dev].pending_reset = 1;
    }),
    b.label("unlock"),
    ...unlockGroup(b, (l) => l.group, [
      b.moment("prepare_return", (l) => [l.dev, l.ret]),
      b.ghost((s, l) => {
        if (l.ret === 0) s.gdev[l.dev].prepared++;
      }),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

/**
 * What done does for one PASID: the loop of `__iommu_set_group_pasid`, which stops and goes back to blocking at the first
 * failure, without leaving alone the device that comes back. With `retest=yes` each device is tested first.
 */
const set_group_pasid_at_done = (retest: boolean) =>
  define(
    "__iommu_set_group_pasid at done",
    {
      ...iommu,
      note: "As v3 says it works; as posted it would skip the device itself, see the open points of the design.",
    },
    ["domain", "group", "pasid", "dev"],
    ["member", "last", "ret"],
    (b) => [
      b.each("for each device of {group}", "member", (l, w) => nextDevice(w, l.group, l.member), [
        b.when("is {member} a sibling?", (l) => l.member !== l.dev, [
          b.if("is {member} itself `pending_reset`?", (s, l) => s.gdev[l.member].pending_reset === 1, [b.goto("skip")]),
        ]),
        b.when("does {member} support PASIDs?", (l, w) => (w.device[l.member]?.max_pasids ?? 0) > 0, [
          ...(retest
            ? [
                b.call(
                  "__iommu_domain_test_device",
                  (l) => [l.domain, l.member, l.pasid],
                  "ret",
                  "test {domain} on {member} PASID {pasid} again",
                ),
                b.when("was it refused?", (l) => l.ret !== 0, [b.goto("applied")]),
              ]
            : []),
          b.call(
            "ops->set_dev_pasid",
            (l) => [l.domain, l.member, l.pasid, DOMAIN_BLOCKED],
            "ret",
            "`set_dev_pasid`: {domain} to {member} PASID {pasid} again",
          ),
          b.label("applied"),
          b.moment("applied", (l) => [l.member, l.pasid, l.domain, l.ret]),
          b.when("did it fail?", (l) => l.ret !== 0, [b.goto("err_revert")]),
        ]),
        b.label("skip"),
      ]),
      b.return(0, "return 0"),
      b.label("err_revert"),
      b.local("err_revert: go back on the devices before {member}", (l) => {
        l.last = l.member;
        l.member = 0;
      }),
      b.each("for each device of {group}", "member", (l, w) => nextDevice(w, l.group, l.member), [
        b.when("is it the one that failed?", (l) => l.member === l.last, [b.goto("reverted")]),
        b.when("does {member} support PASIDs?", (l, w) => (w.device[l.member]?.max_pasids ?? 0) > 0, [
          b.call(
            "iommu_remove_dev_pasid",
            (l) => [l.member, l.pasid, l.domain],
            null,
            "blocked again: {member} PASID {pasid}",
          ),
        ]),
      ]),
      b.label("reverted"),
      b.return((l) => l.ret, "return {ret}"),
    ],
  );

const iommu_dev_reset_done = (retest: boolean) =>
  define("iommu_dev_reset_done: void", iommu, ["dev"], ["group", "ret", "domain", "pasid"], (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.warnIf(
      "iommu_dev_reset_done: unprepared",
      "no `blocking_domain`, or {dev} is not `pending_reset`",
      (s, l) => s.group[l.group].blocking_domain === 0 || s.gdev[l.dev].pending_reset === 0,
      [b.goto("unlock")],
    ),
    b.if(
      "is `group->domain` not blocking?",
      (s, l) => {
        l.domain = s.group[l.group].domain;
        return l.domain !== s.group[l.group].blocking_domain;
      },
      [
        ...(retest
          ? [
              b.call(
                "__iommu_domain_test_device",
                (l) => [l.domain, l.dev, IOMMU_NO_PASID],
                "ret",
                "test {domain} on {dev} again",
              ),
              b.when("was it refused?", (l) => l.ret !== 0, [b.goto("applied")]),
            ]
          : []),
        b.call(
          "__iommu_attach_device",
          (l) => [l.domain, l.dev, DOMAIN_BLOCKED],
          "ret",
          "attach `group->domain`, {domain}, to {dev} again",
        ),
        b.label("applied"),
        b.moment("applied", (l) => [l.dev, IOMMU_NO_PASID, l.domain, l.ret]),
        b.warnOn("iommu_dev_reset_done: RID", "{domain} could not be attached to {dev}", (l) => l.ret !== 0),
      ],
    ),
    b.scan("for each PASID from 1 in `pasid_array`", "pasid", (s, l, w) => nextPasid(s, w, l.group, l.pasid), [
      b.step("read `pasid_array[{pasid:index}]`: {domain}", (s, l) => {
        l.domain = s.group[l.group].pasid_array[l.pasid] as number;
      }),
      b.call(
        "__iommu_set_group_pasid at done",
        (l) => [l.domain, l.group, l.pasid, l.dev],
        "ret",
        "`__iommu_set_group_pasid`: {domain} to PASID {pasid} again",
      ),
      b.warnOn(
        "iommu_dev_reset_done: PASID",
        "{domain} could not be attached to PASID {pasid} again",
        (l) => l.ret !== 0,
      ),
    ]),
    b.step("{dev} `pending_reset` := false", (s, l) => {
      s.gdev[l.dev].pending_reset = 0;
    }),
    b.label("unlock"),
    b.ghost((s, l, w) => {
      for (let p = 0; p < w.pasids; p++) s.gdev[l.dev].accepted[p] = 0;
    }),
    ...unlockGroup(b, (l) => l.group, [
      b.moment("done_return", (l) => [l.dev]),
      b.ghost((s, l) => {
        const gdev = s.gdev[l.dev];
        if (gdev.prepared > 0) gdev.prepared--;
        gdev.restored = 1;
      }),
    ]),
  ]);

const pcie_flr = patch(
  pci.pcie_flr,
  { ...pci.pcie_flr.source, note: "As v3 leaves it: other names, the same places." },
  (b) => [
    {
      at: "prepare",
      how: "instead",
      nodes: [b.call("iommu_dev_reset_prepare", (l) => [l.dev], "ret")],
    },
    { at: "done", how: "instead", nodes: [b.call("iommu_dev_reset_done", (l) => [l.dev])] },
  ],
);

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

const arm_smmu_set_pasid = (sidDomain: string) =>
  patch(driver.arm_smmu_set_pasid, smmu, (b) => [
    {
      at: "sid_domain",
      how: "instead",
      nodes: [b.call(sidDomain, (l) => [l.dev], "sid_domain", "ask for the RID's domain")],
    },
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

const arm_smmu_blocking_set_dev_pasid = (sidDomain: string) =>
  patch(beforeInvs.arm_smmu_blocking_set_dev_pasid, smmu, (b) => [
    {
      at: "sid_domain",
      how: "instead",
      nodes: [b.call(sidDomain, (l) => [l.dev], "sid_domain", "ask for the RID's domain")],
    },
  ]);

export const testDevV1: Design = {
  id: "test-dev-v1",
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
    const procs = [
      arm_smmu_domain_test_dev(sidDomain),
      __iommu_domain_test_device,
      iommu_get_domain_for_dev_locked,
      iommu_get_domain_for_dev,
      __iommu_group_set_domain_internal,
      __iommu_device_set_domain,
      __iommu_set_group_pasid,
      __iommu_remove_group_pasid,
      iommu_attach_device_pasid,
      iommu_replace_device_pasid,
      iommu_dev_reset_prepare,
      set_group_pasid_at_done(options.retest === "yes"),
      iommu_dev_reset_done(options.retest === "yes"),
      pcie_flr,
      arm_smmu_attach_prepare,
      arm_smmu_enable_iopf,
      arm_smmu_attach_dev,
      arm_smmu_s1_set_dev_pasid,
      arm_smmu_set_pasid(sidDomain),
      arm_smmu_blocking_set_dev_pasid(sidDomain),
      arm_smmu_attach_dev_nested,
      arm_smmu_sva_set_dev_pasid,
    ];
    return { ...beforeInvs, ...Object.fromEntries(procs.map((proc) => [proc.name, proc])) };
  },
  notApplicable: ["I-CNT"],
  docked: (s, _w, device) => s.gdev[device].pending_reset === 1,
  dockedFlag: "pending_reset",
  groupFields: [],
  gdevFields: ["pending_reset"],
  doneProc: "iommu_dev_reset_done",
};
