/** The worlds that come with the explorer. */
import type { Scenario } from "../schema.ts";

type Loose<T> = { [K in keyof T]?: T[K] };
type Given = Pick<Scenario, "id" | "title" | "about" | "domains" | "attached" | "threads"> & {
  readonly devices: readonly (Loose<Scenario["devices"][number]> & { name: string; sids: string[] })[];
  readonly groups: readonly (Loose<Scenario["groups"][number]> & { name: string; devices: string[] })[];
} & Loose<Pick<Scenario, "smmus" | "may_fail" | "failures">>;

const device = {
  smmu: "smmu0",
  ats: true,
  max_pasids: 32,
  canwbs: true,
  stall: false,
  fwspec: true,
};

/** Fills in what the worlds below share. */
const world = (given: Given): Scenario => ({
  smmus: [{ name: "smmu0", ats: true }],
  may_fail: [],
  failures: 0,
  ...given,
  devices: given.devices.map((d) => ({ ...device, ...d })),
  groups: given.groups.map((g) => ({ default_domain: "identity", owned: true, ...g })),
});

const domain = (
  name: string,
  stage: 1 | 2,
  more: Loose<Scenario["domains"][number]> = {},
): Scenario["domains"][number] => ({
  name,
  stage,
  smmu: "smmu0",
  type: "UNMANAGED",
  pasid_compat: stage === 1,
  enforce_cache_coherency: false,
  iopf: false,
  ...more,
});

const one = "0000:01:00.0";
const two = "0000:02:00.0";
const group = "group 7";

export const worlds: readonly Scenario[] = [
  world({
    id: "used-ssids",
    title: "used_ssids vs FLR",
    about:
      "The thread's question: the RID is on stage 1 domain D0 and PASID 1 on D1. A reset begins; meanwhile somebody replaces " +
      "the RID's domain with D2, stage 2. Can that be accepted, and what does the end of the reset find?",
    devices: [{ name: one, sids: ["0x100"] }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("D1", 1), domain("D2", 2)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "replace", caller: "core", group, domain: "D2" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "attach-flr",
    title: "attach during FLR",
    about:
      "The RID is on D0. User space replaces it with D1 while the function is reset through VFIO: who gets what, and when?",
    devices: [{ name: one, sids: ["0x100"], max_pasids: 0 }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("D1", 1), domain("D2", 2)],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
  world({
    id: "unmap-flr",
    title: "unmap during FLR",
    about:
      "Two groups share D0. While the first device is in its reset, a page of D0 is unmapped: is an ATC invalidation sent to a " +
      "function that need not answer?",
    devices: [
      { name: one, sids: ["0x100"], max_pasids: 0 },
      { name: two, sids: ["0x200"], max_pasids: 0 },
    ],
    groups: [
      { name: group, devices: [one] },
      { name: "group 8", devices: [two] },
    ],
    domains: [domain("D0", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach", caller: "iommufd", group: "group 8", domain: "D0" },
    ],
    threads: [
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "identity-pasid",
    title: "identity RID with a PASID",
    about:
      "A kernel driver keeps its RID on identity and uses PASID 1 on D1. The PASID is detached while the function is reset: the " +
      "STE is downgraded when the last ssid goes.",
    devices: [{ name: one, sids: ["0x100"] }],
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [domain("D1", 1), domain("DMA0", 1, { type: "DMA", pasid_compat: false })],
    attached: [{ op: "attach_pasid", caller: "core", device: one, pasid: 1, domain: "D1" }],
    threads: [
      { ops: [{ op: "detach_pasid", caller: "core", device: one, pasid: 1, domain: "D1" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "s2-ssids",
    title: "S2 while SSIDs are in use",
    about:
      "No reset at all: PASID 1 is attached, and the RID is to go to D2, stage 2. The driver refuses with -EBUSY; through iommufd " +
      "the request does not even reach it.",
    devices: [{ name: one, sids: ["0x100"] }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("D1", 1), domain("D2", 2)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "replace", caller: "core", group, domain: "D2" }] },
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D2" }] },
    ],
  }),
  world({
    id: "two-devices",
    title: "two devices in one group",
    about:
      "Both functions of a group are reset through VFIO, and the group is to move from D0 to D1: what does the sibling of a " +
      "resetting device see?",
    devices: [
      { name: "0000:04:00.0", sids: ["0x400"] },
      { name: "0000:04:00.1", sids: ["0x401"] },
    ],
    groups: [{ name: group, devices: ["0000:04:00.0", "0000:04:00.1"] }],
    domains: [domain("D0", 1), domain("D1", 1), domain("D2", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: "0000:04:00.0", pasid: 1, domain: "D2" },
    ],
    threads: [
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: "0000:04:00.0" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: "0000:04:00.1" }] },
    ],
  }),
  world({
    id: "foreign-smmu",
    title: "foreign SMMU",
    about:
      "D9 was allocated for another SMMU. Attaching it here fails with -EINVAL; the group has two devices, and the allocation of " +
      "a tracking entry may fail as well, so that the second device makes the core go back.",
    smmus: [
      { name: "smmu0", ats: true },
      { name: "smmu1", ats: true },
    ],
    devices: [
      { name: "0000:05:00.0", sids: ["0x500"], max_pasids: 0 },
      { name: "0000:05:00.1", sids: ["0x501"], max_pasids: 0, smmu: "smmu1" },
    ],
    groups: [{ name: group, devices: ["0000:05:00.0", "0000:05:00.1"], owned: false }],
    domains: [domain("D1", 1), domain("D9", 1, { smmu: "smmu1" })],
    attached: [],
    threads: [
      { ops: [{ op: "attach", caller: "core", group, domain: "D1" }] },
      { ops: [{ op: "attach", caller: "core", group, domain: "D9" }] },
    ],
    may_fail: ["master_domain", "cd_table"],
    failures: 1,
  }),
];
