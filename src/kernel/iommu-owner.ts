/** Who owns a group's DMA, and its default domain: drivers/iommu/iommu.c of Linux 7.3, in its order. */
import { groupOf, lockGroup, nextPasid, returnsTo, source, unlockGroup } from "./iommu-group.ts";
import {
  canFail,
  define,
  DOMAIN_BLOCKED,
  EBUSY,
  ENOMEM,
  EINVAL,
  EPERM,
  fails,
  FIRST_DOMAIN,
  IOMMU_NO_PASID,
  type KernelState,
  type World,
} from "./structs.ts";

const __iommu_group_alloc_blocking_domain = define(
  "__iommu_group_alloc_blocking_domain",
  source,
  ["group"],
  [],
  (b) => [
    b.if("is there a `blocking_domain`?", (s, l) => s.group[l.group].blocking_domain !== 0, [b.return(0, "return 0")]),
    b.step("`blocking_domain` := the driver's static blocked domain", (s, l) => {
      s.group[l.group].blocking_domain = DOMAIN_BLOCKED;
    }),
    b.return(0, "return 0"),
  ],
);

const __iommu_take_dma_ownership = define("__iommu_take_dma_ownership", source, ["group"], ["ret"], (b) => [
  b.if(
    "is the group in use?",
    (s, l, w) => {
      const group = s.group[l.group];
      return (group.domain !== 0 && group.domain !== group.default_domain) || holdsSomething(s, w, l.group);
    },
    [b.return(EBUSY, "return -EBUSY")],
  ),
  b.call("__iommu_group_alloc_blocking_domain", (l) => [l.group], "ret"),
  b.call("__iommu_group_set_domain_internal", (l) => [l.group, DOMAIN_BLOCKED, 0], "ret"),
  b.when("did it fail?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")]),
  b.step("`owner` := the caller; `owner_cnt` + 1", (s, l) => {
    s.group[l.group].owner = 1;
    s.group[l.group].owner_cnt++;
  }),
  b.return(0, "return 0"),
]);

/** Everything in one array: a handle of the RID counts, too. */
const holdsSomething = (s: KernelState, w: World, group: number) =>
  s.group[group].pasid_array[0] !== 0 || nextPasid(s, w, group, 0) !== 0;

const __iommu_release_dma_ownership = define(
  "__iommu_release_dma_ownership: void",
  source,
  ["group"],
  ["domain"],
  (b) => [
    b.warnIf(
      "__iommu_release_dma_ownership",
      "nobody owns {group}, or something is attached",
      (s, l, w) => {
        const group = s.group[l.group];
        return group.owner_cnt === 0 || group.owner === 0 || holdsSomething(s, w, l.group);
      },
      [b.return(0, "leave it")],
    ),
    b.step("`owner_cnt` := 0, `owner` := NULL; `default_domain` is {domain}", (s, l) => {
      s.group[l.group].owner_cnt = 0;
      s.group[l.group].owner = 0;
      l.domain = s.group[l.group].default_domain;
    }),
    b.call("__iommu_group_set_domain_nofail", (l) => [l.group, l.domain]),
  ],
);

const iommu_group_release_dma_owner = define("iommu_group_release_dma_owner: void", source, ["group"], [], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.call("__iommu_release_dma_ownership", (l) => [l.group]),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      () => 0,
      () => [IOMMU_NO_PASID, 0],
    ),
  ]),
]);

const iommu_device_release_dma_owner = define(
  "iommu_device_release_dma_owner: void",
  source,
  ["dev"],
  ["group"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "is `owner_cnt` above 1?",
      (s, l) => s.group[l.group].owner_cnt > 1,
      [
        b.step("`owner_cnt` - 1", (s, l) => {
          s.group[l.group].owner_cnt--;
        }),
      ],
      [b.call("__iommu_release_dma_ownership", (l) => [l.group])],
    ),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        () => 0,
        () => [IOMMU_NO_PASID, 0],
      ),
    ]),
  ],
);

const iommu_device_claim_dma_owner = define(
  "iommu_device_claim_dma_owner",
  { ...source, note: "There is one user; a second one, who would get -EPERM, is not modelled." },
  ["dev"],
  ["group", "ret"],
  (b) => [
    b.local("", (l, w) => {
      l.group = groupOf(w, l.dev);
    }),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "does anybody own the group, `owner_cnt` > 0?",
      (s, l) => s.group[l.group].owner_cnt > 0,
      [
        b.if(
          "is it a driver that uses the kernel's DMA API, `owner` NULL?",
          (s, l) => s.group[l.group].owner === 0,
          [
            b.local("", (l) => {
              l.ret = EPERM;
            }),
          ],
          [
            b.step("`owner_cnt` + 1", (s, l) => {
              s.group[l.group].owner_cnt++;
            }),
          ],
        ),
      ],
      [b.call("__iommu_take_dma_ownership", (l) => [l.group], "ret")],
    ),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        () => [IOMMU_NO_PASID, DOMAIN_BLOCKED],
        false,
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_group_claim_dma_owner = define("iommu_group_claim_dma_owner", source, ["group"], ["ret"], (b) => [
  ...lockGroup(b, (l) => l.group),
  b.if(
    "does anybody own the group?",
    (s, l) => s.group[l.group].owner_cnt > 0,
    [
      b.local("", (l) => {
        l.ret = EPERM;
      }),
    ],
    [b.call("__iommu_take_dma_ownership", (l) => [l.group], "ret")],
  ),
  ...unlockGroup(b, (l) => l.group, [
    returnsTo(
      b,
      (l) => l.group,
      (l) => l.ret,
      () => [IOMMU_NO_PASID, DOMAIN_BLOCKED],
    ),
  ]),
  b.return((l) => l.ret, "return {ret}"),
]);

/** `dom` stands for the domain that the kernel allocates here. */
const iommu_setup_default_domain = define(
  "iommu_setup_default_domain",
  {
    ...source,
    note: "The new domain is one that the scenario names; DMA cookies and direct mappings are not modelled.",
  },
  ["group", "dom"],
  ["old_dom", "failed", "ret"],
  (b) => [
    b.choose(
      "allocate the new default domain",
      ["it works", "-ENOMEM"],
      (l, w) => l.dom >= FIRST_DOMAIN && w.mayFail.has("default_domain"),
      (s, l) => canFail(s) && s.group[l.group].default_domain !== l.dom,
      fails,
      "failed",
    ),
    b.when("out of memory?", (l) => l.failed === 1, [b.return(ENOMEM, "return -ENOMEM")]),
    b.step("read `default_domain`, the old one: {old_dom}", (s, l) => {
      l.old_dom = s.group[l.group].default_domain;
    }),
    b.when("is it {dom} already?", (l) => l.old_dom === l.dom, [b.return(0, "return 0")]),
    b.step("`default_domain` := {dom}", (s, l) => {
      s.group[l.group].default_domain = l.dom;
    }),
    b.if(
      "is this the first attach, `group->domain` NULL?",
      (s, l) => s.group[l.group].domain === 0,
      [
        b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.dom, 1], "ret"),
        b.warnOn("iommu_setup_default_domain", "the first attach failed", (l) => l.ret !== 0),
      ],
      [
        b.call("__iommu_group_set_domain_internal", (l) => [l.group, l.dom, 0], "ret"),
        b.when("did it fail?", (l) => l.ret !== 0, [
          b.step("`default_domain` := {old_dom} again", (s, l) => {
            s.group[l.group].default_domain = l.old_dom;
          }),
          b.return((l) => l.ret, "return {ret}"),
        ]),
      ],
    ),
    b.ghost((s, l) => {
      if (l.ret === 0) s.group[l.group].requested[IOMMU_NO_PASID] = l.dom;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const iommu_group_store_type = define(
  "iommu_group_store_type",
  {
    ...source,
    note: "DMA to DMA-FQ, which touches no table, is not modelled; neither is freeing the old default domain.",
  },
  ["group", "dom"],
  ["ret"],
  (b) => [
    b.when("has {group} no `default_domain`?", (l, w) => !(w.group[l.group]?.hasDefault ?? false), [
      b.return(EINVAL, "return -EINVAL"),
    ]),
    ...lockGroup(b, (l) => l.group),
    b.if(
      "does anybody own or drive the group, `owner_cnt` > 0?",
      (s, l) => s.group[l.group].owner_cnt > 0,
      [
        b.local("", (l) => {
          l.ret = EPERM;
        }),
      ],
      [b.call("iommu_setup_default_domain", (l) => [l.group, l.dom], "ret")],
    ),
    ...unlockGroup(b, (l) => l.group, [
      returnsTo(
        b,
        (l) => l.group,
        (l) => l.ret,
        (l) => [IOMMU_NO_PASID, l.dom],
        false,
      ),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

export const ownership = {
  __iommu_group_alloc_blocking_domain,
  __iommu_take_dma_ownership,
  __iommu_release_dma_ownership,
  iommu_group_release_dma_owner,
  iommu_device_release_dma_owner,
  iommu_device_claim_dma_owner,
  iommu_group_claim_dma_owner,
  iommu_setup_default_domain,
  iommu_group_store_type,
};
