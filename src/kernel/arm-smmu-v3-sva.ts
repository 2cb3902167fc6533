/**
 * Shared virtual addressing in the driver: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c of Linux 7.3, and what a
 * process does to its address space.
 *
 * `arm_smmu_mm_release` takes the domain's `devices_lock` and nothing else: neither `group->mutex` nor
 * `arm_smmu_asid_lock`.
 */
import { isOnList } from "./arm-smmu-v3.ts";
import { freeInvs, SIZE } from "./invs.ts";
import type { Builder } from "../sim/proc.ts";
import { define, EINVAL, EOPNOTSUPP, FIRST_DOMAIN, type KernelState, slot, smmuOf, type World } from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c" };

const mmOf = (w: World, domain: number) => w.domain[domain]?.mm ?? 0;

/** Next SVA domain of an address space whose MMU notifier is registered. */
const nextNotifier = (s: KernelState, w: World, mm: number, after: number) => {
  for (let d = Math.max(after + 1, FIRST_DOMAIN); d < w.domain.length; d++) {
    if (mmOf(w, d) === mm && s.domain[d].notifier === 1) return d;
  }
  return 0;
};

/** Next (master, ssid) on a devices list, as its place in an array over them, from 1. */
const nextOnList = (s: KernelState, w: World, domain: number, after: number) => {
  const slots = (w.device.length - 1) * w.pasids;
  for (let at = after; at < slots; at++) {
    if (isOnList(s, w, domain, Math.floor(at / w.pasids) + 1, at % w.pasids)) return at + 1;
  }
  return 0;
};
const deviceAt = (w: World, at: number) => Math.floor((at - 1) / w.pasids) + 1;
const ssidAt = (w: World, at: number) => at - 1 - slot(w, deviceAt(w, at), 0);

const arm_smmu_sva_set_dev_pasid = define(
  "arm_smmu_sva_set_dev_pasid",
  source,
  ["domain", "dev", "pasid", "old"],
  ["mm", "alive", "ret"],
  (b) => [
    b.when(
      "has the SMMU of {dev} no SVA?",
      (l, w) => !(w.smmu[smmuOf(w, l.dev)]?.sva ?? false),
      [b.return(EOPNOTSUPP, "return -EOPNOTSUPP")],
      [],
      "sva",
    ),
    b.local("", (l, w) => {
      l.mm = mmOf(w, l.domain);
    }),
    b.step("`mmget_not_zero` of {mm}: does it still have users? {alive:yes}", (s, l) => {
      l.alive = s.mm[l.mm].mm_users > 0 ? 1 : 0;
      if (l.alive === 1) s.mm[l.mm].mm_users++;
    }),
    b.when("is it exiting?", (l) => l.alive === 0, [b.return(EINVAL, "return -EINVAL")]),
    b.call("arm_smmu_set_pasid", (l) => [l.dev, l.domain, l.pasid, l.old], "ret"),
    b.call("mmput", (l) => [l.mm]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const mmput = define(
  "mmput: void",
  { file: "kernel/fork.c", note: "The last reference tears the address space down; its MMU notifiers are released." },
  ["mm"],
  ["left", "domain"],
  (b) => [
    b.step("`mm_users` of {mm} - 1, so {left}", (s, l) => {
      l.left = --s.mm[l.mm].mm_users;
    }),
    b.when("was it the last one?", (l) => l.left === 0, [
      b.scan("for each MMU notifier of {mm}", "domain", (s, l, w) => nextNotifier(s, w, l.mm, l.domain), [
        b.call("arm_smmu_mm_release", (l) => [l.domain], null, "`release`: `arm_smmu_mm_release` of {domain}"),
      ]),
    ]),
  ],
);

const arm_smmu_mm_release = define("arm_smmu_mm_release: void", source, ["domain"], ["at", "dev", "ssid"], (b) => [
  b.lock("devices_lock", (l) => l.domain, "lock `devices_lock` of {domain}"),
  b.scan("for each (master, ssid) on the devices list", "at", (s, l, w) => nextOnList(s, w, l.domain, l.at), [
    b.local("it is {dev}, ssid {ssid}", (l, w) => {
      l.dev = deviceAt(w, l.at);
      l.ssid = ssidAt(w, l.at);
    }),
    b.call(
      "arm_smmu_write_cd_entry",
      (l) => [l.dev, l.ssid, l.domain, 1],
      null,
      "write CD {ssid} of {dev}: valid, EPD0 stops every walk",
    ),
  ]),
  b.unlock("devices_lock", (l) => l.domain, "unlock `devices_lock`"),
  b.call("arm_smmu_domain_inv_range", (l) => [l.domain, SIZE.ALL], null, "`arm_smmu_domain_inv`", "inv"),
]);

const arm_smmu_mm_arch_invalidate_secondary_tlbs = define(
  "arm_smmu_mm_arch_invalidate_secondary_tlbs: void",
  source,
  ["domain"],
  [],
  (b) => [
    b.call(
      "arm_smmu_domain_inv_range",
      (l) => [l.domain, SIZE.PAGE_OF_PROCESS],
      null,
      "`arm_smmu_domain_inv_range`",
      "inv",
    ),
  ],
);

/** A process does something by itself, and lives as long as it does. */
const runs = <X extends string>(b: Builder<KernelState, World, X | "mm" | "alive">) =>
  b.step("a thread of {mm} runs, and holds `mm_users`: does it still live? {alive:yes}", (s, l) => {
    l.alive = s.mm[l.mm].mm_users > 0 ? 1 : 0;
    if (l.alive === 1) s.mm[l.mm].mm_users++;
  });

const munmap = define(
  "munmap: void",
  { file: "mm/mmu_notifier.c", note: "One page, and its notifiers; the process's own page tables are one bit." },
  ["mm"],
  ["domain", "alive"],
  (b) => [
    runs(b),
    b.when("is it gone?", (l) => l.alive === 0, [b.return(0, "nobody is left to unmap")]),
    b.step("clear the page's entry in the page table of {mm}", (s, l, w) => {
      for (let d = FIRST_DOMAIN; d < w.domain.length; d++) if (mmOf(w, d) === l.mm) s.domain[d].mapped = 0;
    }),
    b.scan("for each MMU notifier of {mm}", "domain", (s, l, w) => nextNotifier(s, w, l.mm, l.domain), [
      b.call("arm_smmu_mm_arch_invalidate_secondary_tlbs", (l) => [l.domain]),
    ]),
    b.ghost((s, l, w) => {
      for (let d = FIRST_DOMAIN; d < w.domain.length; d++) if (mmOf(w, d) === l.mm) s.domain[d].unmapped = 1;
    }),
    b.call("mmput", (l) => [l.mm], null, "the thread ends: `mmput`"),
  ],
);

/** A process binds itself, so that it lives for as long as that takes. */
const uacce_bind_queue = define(
  "uacce_bind_queue",
  {
    file: "drivers/misc/uacce/uacce.c",
    note: "Of a process that opens the device; any caller has to hold `mm_users`.",
  },
  ["dev", "mm"],
  ["alive", "ret"],
  (b) => [
    runs(b),
    b.when("is it gone?", (l) => l.alive === 0, [b.return(EINVAL, "nobody is left to bind: -EINVAL")]),
    b.call("iommu_sva_bind_device", (l) => [l.dev, l.mm], "ret"),
    b.call("mmput", (l) => [l.mm], null, "the thread ends: `mmput`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const exit_mm = define("exit_mm: void", { file: "kernel/exit.c" }, ["mm"], ["again"], (b) => [
  b.step("{mm} gives up its own reference: for the second time? {again:yes}", (s, l) => {
    l.again = s.mm[l.mm].exited;
    s.mm[l.mm].exited = 1;
  }),
  b.when("has it exited already?", (l) => l.again === 1, [b.return(0, "nothing to do")]),
  b.call("mmput", (l) => [l.mm]),
]);

const arm_smmu_sva_domain_free = define("arm_smmu_sva_domain_free: void", source, ["domain"], [], (b) => [
  b.call("arm_smmu_domain_inv_range", (l) => [l.domain, SIZE.ALL], null, "`arm_smmu_domain_inv`", "inv"),
  b.step("give up the ASID and the MMU notifier of {domain}; it is freed once nobody reads it", (s, l) => {
    s.domain[l.domain].notifier = 0;
    s.domain[l.domain].freed = 1;
    freeInvs(s, l.domain);
  }),
]);

export const sva = {
  arm_smmu_sva_set_dev_pasid,
  mmput,
  arm_smmu_mm_release,
  arm_smmu_mm_arch_invalidate_secondary_tlbs,
  munmap,
  uacce_bind_queue,
  exit_mm,
  arm_smmu_sva_domain_free,
};
