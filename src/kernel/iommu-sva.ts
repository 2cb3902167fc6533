/**
 * Bonds between a device and a process: drivers/iommu/iommu-sva.c of Linux 7.3. One PASID a process; a bond that exists is
 * shared, and so is a domain that fits.
 */
import { groupOf } from "./iommu-group.ts";
import {
  canFail,
  define,
  EBUSY,
  ENOMEM,
  ENOSPC,
  EOPNOTSUPP,
  EOVERFLOW,
  fails,
  FIRST_DOMAIN,
  type KernelState,
  maxPasids,
  RESERVED,
  smmuOf,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/iommu-sva.c" };

const mmOf = (w: World, domain: number) => w.domain[domain]?.mm ?? 0;
const isSva = (w: World, domain: number) => w.domain[domain]?.type === "SVA";

/** Next domain on the list of an address space. */
const nextSvaDomain = (s: KernelState, w: World, mm: number, after: number) => {
  for (let d = Math.max(after + 1, FIRST_DOMAIN); d < w.domain.length; d++) {
    if (isSva(w, d) && mmOf(w, d) === mm && s.domain[d].users > 0) return d;
  }
  return 0;
};

/** The domain that `arm_smmu_sva_domain_alloc` would make: the scenario names one for a process and an SMMU; 0 for none. */
export function svaDomain(w: World, mm: number, dev: number): number {
  return w.domain.findIndex((d) => d.type === "SVA" && d.mm === mm && d.smmu === w.device[dev]?.smmu);
}

const iommu_alloc_mm_data = define("iommu_alloc_mm_data", source, ["mm", "dev"], ["pasid", "failed"], (b) => [
  b.step("PASID of {mm}: {pasid}", (s, l) => {
    l.pasid = s.mm[l.mm].pasid;
  }),
  b.when("has it one?", (l) => l.pasid > 0, [
    b.when("is it beyond `max_pasids` of {dev}?", (l, w) => l.pasid >= maxPasids(w, l.dev), [
      b.return(EOVERFLOW, "return -EOVERFLOW"),
    ]),
    b.return(0, "return 0"),
  ]),
  b.choose(
    "allocate `iommu_mm`",
    ["it works", "-ENOMEM"],
    (_l, w) => w.mayFail.has("iommu_mm"),
    canFail,
    fails,
    "failed",
  ),
  b.when("out of memory?", (l) => l.failed === 1, [b.return(ENOMEM, "return -ENOMEM")]),
  b.when("has {dev} no PASID to give?", (l, w) => (w.mm[l.mm]?.pasid ?? 0) >= maxPasids(w, l.dev), [
    b.return(ENOSPC, "return -ENOSPC"),
  ]),
  b.step("give {mm} its PASID", (s, l, w) => {
    s.mm[l.mm].pasid = w.mm[l.mm]?.pasid ?? 0;
  }),
  b.return(0, "return 0"),
]);

const iommu_sva_bind_device = define(
  "iommu_sva_bind_device",
  { ...source, note: "The domain that it allocates is one that the scenario names." },
  ["dev", "mm"],
  ["group", "ret", "pasid", "domain", "failed"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    b.lock("sva_lock", () => 1, "lock `iommu_sva_lock`"),
    b.call("iommu_alloc_mm_data", (l) => [l.mm, l.dev], "ret"),
    b.when("did it fail?", (l) => l.ret !== 0, [b.goto("out_unlock")]),
    b.local("", (l, w) => {
      l.pasid = w.mm[l.mm]?.pasid ?? 0;
    }),
    b.step("`iommu_attach_handle_get`: `pasid_array[{pasid:index}]` holds {domain}", (s, l) => {
      const entry = s.group[l.group].pasid_array[l.pasid] as number;
      l.domain = entry === RESERVED ? 0 : entry;
    }),
    b.when("is there a handle?", (l) => l.domain !== 0, [
      b.when(
        "is it not a bond with {mm}?",
        (l, w) => !isSva(w, l.domain) || mmOf(w, l.domain) !== l.mm,
        [
          b.local("", (l) => {
            l.ret = EBUSY;
          }),
        ],
        [
          b.step("one user more of the bond", (s, l) => {
            s.group[l.group].handle_users[l.pasid]++;
          }),
        ],
      ),
      b.goto("out_unlock"),
    ]),
    b.choose(
      "allocate the handle",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("sva_handle"),
      canFail,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("out_unlock"),
    ]),
    b.scan("for each SVA domain of {mm}", "domain", (s, l, w) => nextSvaDomain(s, w, l.mm, l.domain), [
      b.call("iommu_attach_device_pasid", (l) => [l.domain, l.dev, l.pasid], "ret", "try {domain}"),
      b.when("did it work?", (l) => l.ret === 0, [
        b.step("one user more of {domain}", (s, l) => {
          s.domain[l.domain].users++;
        }),
        b.goto("out"),
      ]),
    ]),
    b.if(
      "has {mm} an SVA domain for this SMMU that others use? It would fail like that one",
      (s, l, w) => {
        const known = svaDomain(w, l.mm, l.dev);
        return l.ret !== 0 && known > 0 && s.domain[known].users > 0;
      },
      [b.goto("out_unlock")],
    ),
    b.when("has the SMMU of {dev} no SVA?", (l, w) => !(w.smmu[smmuOf(w, l.dev)]?.sva ?? false), [
      b.local("", (l) => {
        l.ret = EOPNOTSUPP;
      }),
      b.goto("out_unlock"),
    ]),
    b.choose(
      "`arm_smmu_sva_domain_alloc`",
      ["it works", "-ENOMEM"],
      (_l, w) => w.mayFail.has("sva_domain"),
      canFail,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [
      b.local("", (l) => {
        l.ret = ENOMEM;
      }),
      b.goto("out_unlock"),
    ]),
    b.local("", (l, w) => {
      l.domain = svaDomain(w, l.mm, l.dev);
    }),
    b.step("{domain} is new: its MMU notifier is registered with {mm}", (s, l) => {
      s.domain[l.domain].notifier = 1;
      s.domain[l.domain].freed = 0;
    }),
    b.call("iommu_attach_device_pasid", (l) => [l.domain, l.dev, l.pasid], "ret"),
    b.when("did it fail?", (l) => l.ret !== 0, [
      b.call("arm_smmu_sva_domain_free", (l) => [l.domain], null, "`iommu_domain_free`: {domain}"),
      b.goto("out_unlock"),
    ]),
    b.step("{domain} has one user, and is on the list of {mm}", (s, l) => {
      s.domain[l.domain].users = 1;
    }),
    b.label("out"),
    b.step("the bond has one user", (s, l) => {
      s.group[l.group].handle_users[l.pasid] = 1;
    }),
    b.label("out_unlock"),
    b.unlock("sva_lock", () => 1, "unlock `iommu_sva_lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_sva_unbind_device = define(
  "iommu_sva_unbind_device: void",
  source,
  ["dev", "mm"],
  ["group", "pasid", "domain", "left"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
      l.pasid = w.mm[l.mm]?.pasid ?? 0;
    }),
    b.step("the domain of the caller's bond: {domain}", (s, l, w) => {
      const entry = s.group[l.group].pasid_array[l.pasid] as number;
      l.domain = isSva(w, entry) && mmOf(w, entry) === l.mm ? entry : 0;
    }),
    b.when("has the caller no bond?", (l) => l.domain === 0, [b.return(0, "it must not call this")]),
    b.lock("sva_lock", () => 1, "lock `iommu_sva_lock`"),
    b.if("has the bond no user left?", (s, l) => s.group[l.group].handle_users[l.pasid] === 0, [
      b.local("it is not the caller's to undo", () => {}),
      b.goto("out_unlock"),
    ]),
    b.step("one user less of the bond, so {left}", (s, l) => {
      l.left = --s.group[l.group].handle_users[l.pasid];
    }),
    b.when("was it the last one?", (l) => l.left === 0, [
      b.call("iommu_detach_device_pasid", (l) => [l.domain, l.dev, l.pasid]),
      b.step("one user less of {domain}, so {left}", (s, l) => {
        l.left = --s.domain[l.domain].users;
      }),
      b.when("was it the last one?", (l) => l.left === 0, [
        b.call("arm_smmu_sva_domain_free", (l) => [l.domain], null, "`iommu_domain_free`: {domain}"),
      ]),
    ]),
    b.label("out_unlock"),
    b.unlock("sva_lock", () => 1, "unlock `iommu_sva_lock`"),
  ],
);

export const bonds = { iommu_alloc_mm_data, iommu_sva_bind_device, iommu_sva_unbind_device };
