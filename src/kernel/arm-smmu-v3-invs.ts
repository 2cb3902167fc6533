/**
 * How the SMMUv3 driver of Linux 7.3 invalidates: the array of a domain through an attach, and its readers
 * (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c).
 *
 * In an attach the new domain's array gets the device first, then the tables lead to the new domain, then the old domain's
 * array loses it: in between, both domains invalidate the device. Whoever changes arrays holds `arm_smmu_asid_lock`. A
 * reader takes no lock to find its array, and may go on reading one that was replaced meanwhile.
 */
import { isAts } from "../hw/invs.ts";
import { batchLength, CMD, hasQueue, hasSpace, pushBatch, pushSynced } from "./cmdq.ts";
import {
  addToBatch,
  batchEnds,
  canAllocate,
  clearsAtc,
  countDown,
  emptyBatch,
  hasTrash,
  installNew,
  itemAt,
  merge,
  nextInBatch,
  nextUsed,
  purge,
  rcuRead,
  rcuUnlock,
  sendsNothing,
  SIZE,
  trim,
  unprepare,
} from "./invs.ts";
import {
  canFail,
  COMMAND,
  define,
  devicesDomain,
  ENOMEM,
  fails,
  IOMMU_NO_PASID,
  type KernelState,
  smmuOf,
  streamsOf,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c" };
const BATCH = ["b0", "b1", "b2", "b3", "b4"] as const;

const isTracking = (w: World, domain: number) => devicesDomain(w, domain) !== 0;

const arm_smmu_atc_inv_master = define(
  "arm_smmu_atc_inv_master: void",
  source,
  ["dev", "ssid"],
  ["stream", "smmu", "slot"],
  (b) => [
    b.local(
      "",
      (l, w) => {
        l.smmu = smmuOf(w, l.dev);
      },
      "start",
    ),
    b.when(
      "",
      (_l, w) => hasQueue(w),
      [
        b.poll(
          "insert ATC_INV for ssid {ssid} to {dev} and a CMD_SYNC",
          (s, l, w) => hasSpace(s, l.smmu, streamsOf(w, l.dev).length + 1),
          (s, l, w) => {
            const streams = streamsOf(w, l.dev);
            l.slot = pushSynced(
              s,
              l.smmu,
              streams.map((stream) => [CMD.ATC_INV_ALL, stream, l.ssid, 0]),
            );
          },
        ),
      ],
      [
        b.step(
          "send ATC_INV for ssid {ssid} to {dev}, with a CMD_SYNC",
          (s, l, w) => {
            s.pdev[l.dev].atc_inv += streamsOf(w, l.dev).length;
          },
          "send",
        ),
      ],
    ),
    b.each("", "stream", (l, w) => nextOf(streamsOf(w, l.dev), l.stream), [
      b.moment("command", (l) => [COMMAND.ATC_INV, l.dev, l.ssid, 0, l.stream]),
    ]),
    b.when(
      "",
      (_l, w) => hasQueue(w),
      [b.call("arm_smmu_cmdq_poll_until_sync", (l) => [l.smmu, l.slot])],
      [
        b.step("the CMD_SYNC completes", (s, l, w) => {
          const pdev = s.pdev[l.dev];
          pdev.atc_inv -= streamsOf(w, l.dev).length;
          // a function in reset may ignore the request; its ATC is gone anyway. ssid 0 stands for all of them.
          for (let p = 0; p < pdev.atc.length; p++) if (l.ssid === IOMMU_NO_PASID || p === l.ssid) pdev.atc[p] = 0;
        }),
      ],
    ),
  ],
);

const nextOf = (list: readonly number[], after: number) => list[list.indexOf(after) + 1] ?? 0;

/** The part of it that is about the new domain. What is to be taken from the old one's array is counted down at commit. */
const arm_smmu_attach_prepare_invs = define(
  "arm_smmu_attach_prepare_invs",
  {
    ...source,
    note: "A master's `build_invs` for the old domain is built where it is used, at commit, as its lock is held until then.",
  },
  ["dev", "domain", "ssid", "ats_enabled"],
  ["failed", "tracker"],
  (b) => [
    b.when("does {domain} track nobody?", (l, w) => !isTracking(w, l.domain), [b.return(0, "return 0")]),
    b.local("", (l, w) => {
      l.tracker = devicesDomain(w, l.domain);
    }),
    b.choose(
      "`arm_smmu_invs_merge`: allocate an array",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("invs"),
      canFail,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [b.return(ENOMEM, "return -ENOMEM")]),
    b.poll(
      "`arm_smmu_invs_merge`: the array of {tracker:domain} with one more user of what {dev} needs",
      canAllocateHere,
      (s, l, w) => merge(s, w, l.dev, l.tracker, l.ssid, l.ats_enabled),
    ),
    b.return(0, "return 0"),
  ],
);

function canAllocateHere(s: KernelState, _l: unknown, w: World): boolean {
  return canAllocate(s, w);
}

const arm_smmu_install_new_domain_invs = define(
  "arm_smmu_install_new_domain_invs: void",
  source,
  ["domain"],
  ["tracker"],
  (b) => [
    b.local("", (l, w) => {
      l.tracker = devicesDomain(w, l.domain);
    }),
    b.step("publish the merged array of {tracker:domain}; the one before goes with its last reader", (s, l, w) =>
      installNew(s, w, l.tracker),
    ),
    b.ghost((s, l) => {
      s.domain[l.tracker].tlb = 1;
    }),
  ],
);

const arm_smmu_install_old_domain_invs = define(
  "arm_smmu_install_old_domain_invs: void",
  source,
  ["dev", "old_domain", "ssid"],
  ["tracker", "array", "missing", "users", "failed"],
  (b) => [
    b.when("does {old_domain} track nobody?", (l, w) => !isTracking(w, l.old_domain), [b.return(0, "nothing to do")]),
    b.local("", (l, w) => {
      l.tracker = devicesDomain(w, l.old_domain);
    }),
    b.step("`arm_smmu_invs_unref`: one user less of each item of {dev} in the array of {tracker:domain}", (s, l, w) => {
      l.array = s.domain[l.tracker].invs;
      const { missing, tagUsers } = countDown(s, w, l.dev, l.tracker, l.ssid);
      l.missing = missing;
      l.users = tagUsers;
    }),
    b.warnOn("arm_smmu_invs_unref", "the array of {tracker:domain} lacks an item of {dev}", (l) => l.missing > 0),
    b.writeLock("invs_rwlock", (l) => l.array, "write_lock `invs->rwlock` of {tracker:domain}: wait for its readers"),
    b.step("`num_invs`: cut off what has no user at its end", (s, l, w) => trim(s, w, l.array)),
    b.writeUnlock("invs_rwlock", (l) => l.array, "write_unlock `invs->rwlock`"),
    b.when("does nobody use the tag of {tracker:domain} any more?", (l) => l.users === 0, [
      b.when(
        "",
        (_l, w) => hasQueue(w),
        [
          b.call(
            "arm_smmu_cmdq_issue_cmd_with_sync",
            (l, w) => [smmuOf(w, l.dev), CMD.INV, l.tracker, 1, SIZE.ALL],
            null,
            "`arm_smmu_inv_flush_iotlb_tag`: TLBI for all of the tag of {tracker:domain}",
          ),
        ],
        [
          b.step("`arm_smmu_inv_flush_iotlb_tag`: TLBI for all of the tag of {tracker:domain}, CMD_SYNC", () => {}),
          b.moment("command", (l) => [COMMAND.TLBI, l.dev, 0, l.tracker, 1, SIZE.ALL]),
        ],
      ),
      b.ghost((s, l) => {
        s.domain[l.tracker].tlb = 2;
      }),
    ]),
    b.choose(
      "`arm_smmu_invs_purge`: allocate an array without what has no users, if there is any",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("invs"),
      (s, l, w) => canFail(s) && hasTrash(s, w, l.array),
      fails,
      "failed",
    ),
    b.poll(
      "`arm_smmu_invs_purge`: publish the array of {tracker:domain} without what has no users, if there is any",
      (s, l, w) => l.failed === 1 || !hasTrash(s, w, l.array) || canAllocate(s, w),
      (s, l, w) => purge(s, w, l.tracker, l.array, l.failed),
    ),
  ],
);

/** The attach failed after the merge. */
const arm_smmu_unprepare_invs = define("err_unprepare_invs: void", source, [], [], (b) => [
  b.step("free the merged array, if there is one", (s) => unprepare(s)),
]);

/** Reading an array and sending its commands are one critical section of readers, which a detach waits for. */
const arm_smmu_domain_inv_range = define(
  "arm_smmu_domain_inv_range: void",
  source,
  ["domain", "size"],
  ["array", "has_ats"],
  (b) => [
    b.step("rcu_read_lock; load `invs` of {domain}: has it ATS items? {has_ats:yes}", (s, l) => {
      l.array = rcuRead(s, l.domain);
      l.has_ats = s.invs[l.array].has_ats;
    }),
    b.when("has it any?", (l) => l.has_ats === 1, [
      b.readLock("invs_rwlock", (l) => l.array, "read_lock `invs->rwlock` of the array of {domain}"),
    ]),
    b.call("__arm_smmu_domain_inv_range", (l) => [l.domain, l.array, l.size]),
    b.when("has it any?", (l) => l.has_ats === 1, [
      b.readUnlock("invs_rwlock", (l) => l.array, "read_unlock `invs->rwlock`"),
    ]),
    b.step("rcu_read_unlock", (s, l, w) => rcuUnlock(s, w, l.domain, l.array)),
  ],
);

const __arm_smmu_domain_inv_range = define(
  "__arm_smmu_domain_inv_range: void",
  source,
  ["domain", "array", "size"],
  ["inv", "last", ...BATCH],
  (b) => [
    b.scan("the next item that has users", "inv", (s, l, w) => nextUsed(s, w, l.array, l.inv), [
      b.when(
        "does the batch end before it?",
        (l, w) => nextInBatch(l, 0) > 0 && batchEnds(w, l.domain, l.last, l.inv),
        [
          b.call("arm_smmu_cmdq_batch_submit", (l) => [l.domain, l.size, l.b0, l.b1, l.b2, l.b3, l.b4]),
          b.local("", emptyBatch),
        ],
      ),
      b.local("", (l, w) => {
        if (!sendsNothing(w, l.domain, l.inv, l.size)) addToBatch(l, l.inv);
        l.last = l.inv;
      }),
    ]),
    b.when("is there a batch to submit?", (l) => nextInBatch(l, 0) > 0, [
      b.call("arm_smmu_cmdq_batch_submit", (l) => [l.domain, l.size, l.b0, l.b1, l.b2, l.b3, l.b4]),
    ]),
  ],
);

/** One batch: TLB invalidations or ATC_INVs, then one CMD_SYNC. */
const arm_smmu_cmdq_batch_submit = define(
  "arm_smmu_cmdq_batch_submit: void",
  source,
  ["domain", "size", ...BATCH],
  ["inv", "ats", "smmu", "slot"],
  (b) => [
    b.local("", (l, w) => {
      l.ats = isAts(itemAt(w, l.domain, nextInBatch(l, 0) - 1)) ? 1 : 0;
      l.smmu = w.domain[l.domain]?.smmu ?? 0;
    }),
    b.when("", (_l, w) => hasQueue(w), [
      b.poll(
        "insert the batch and a CMD_SYNC",
        (s, l) => hasSpace(s, l.smmu, batchLength(l) + 1),
        (s, l) => {
          l.slot = pushBatch(s, l.smmu, l.domain, l.size, l);
        },
      ),
    ]),
    b.when(
      "are they ATC_INVs?",
      (l) => l.ats === 1,
      [
        b.when(
          "",
          (_l, w) => hasQueue(w),
          [],
          [
            b.step("submit the batch of ATC_INVs with a CMD_SYNC", (s, l, w) => {
              for (let inv = nextInBatch(l, 0); inv > 0; inv = nextInBatch(l, inv))
                s.pdev[itemAt(w, l.domain, inv - 1).dev].atc_inv++;
            }),
          ],
        ),
        b.each("", "inv", (l) => nextInBatch(l, l.inv), [
          b.moment("command", (l, w) => {
            const { dev, ssid } = itemAt(w, l.domain, l.inv - 1);
            return [COMMAND.ATC_INV, dev, ssid, l.domain, l.inv, l.size];
          }),
        ]),
        b.when(
          "",
          (_l, w) => hasQueue(w),
          [],
          [
            b.step("the CMD_SYNC completes", (s, l, w) => {
              for (let inv = nextInBatch(l, 0); inv > 0; inv = nextInBatch(l, inv)) {
                const { dev, ssid } = itemAt(w, l.domain, inv - 1);
                const pdev = s.pdev[dev];
                pdev.atc_inv--;
                // without a SubstreamID all entries of the range go, whatever their PASID
                for (let p = 0; p < pdev.atc.length; p++) {
                  const hit = l.size === SIZE.ALL || clearsAtc(w, l.domain, inv, pdev.atc[p] as number);
                  if (hit && (ssid === IOMMU_NO_PASID || ssid === p)) pdev.atc[p] = 0;
                }
              }
            }),
          ],
        ),
      ],
      [
        b.when(
          "",
          (_l, w) => hasQueue(w),
          [],
          [b.step("submit the batch of TLBIs with a CMD_SYNC, and wait for it", () => {})],
        ),
        b.each("", "inv", (l) => nextInBatch(l, l.inv), [
          b.moment("command", (l) => [COMMAND.TLBI, 0, 0, l.domain, l.inv, l.size]),
        ]),
      ],
    ),
    b.when("", (_l, w) => hasQueue(w), [b.call("arm_smmu_cmdq_poll_until_sync", (l) => [l.smmu, l.slot])]),
    b.when("", (l) => l.ats === 1, [
      b.each("", "inv", (l) => nextInBatch(l, l.inv), [
        b.moment("atc_done", (l, w) => {
          const { dev, ssid } = itemAt(w, l.domain, l.inv - 1);
          return [dev, ssid, l.domain];
        }),
      ]),
    ]),
  ],
);

export const invalidation = {
  arm_smmu_atc_inv_master,
  arm_smmu_attach_prepare_invs,
  arm_smmu_install_new_domain_invs,
  arm_smmu_install_old_domain_invs,
  err_unprepare_invs: arm_smmu_unprepare_invs,
  arm_smmu_domain_inv_range,
  __arm_smmu_domain_inv_range,
  arm_smmu_cmdq_batch_submit,
};
