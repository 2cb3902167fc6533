/** The worlds of the thread's question, and of the slice around it. */
import type { ScenarioInput } from "../schema.ts";
import { seedWorld } from "./seed.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const two = "0000:02:00.0";
const group = "group 7";

export const worlds: readonly ScenarioInput[] = [
  seedWorld,
  world({
    id: "attach-flr",
    title: "attach during FLR",
    about: "User space replaces the RID's domain while the function is reset through VFIO: who gets what, and when?",
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
      "Two groups share D0. A page of it is unmapped while one function is in reset: is an ATC invalidation sent there?",
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
      "The RID stays on identity, PASID 1 is on D1. PASID 1 is detached during a reset: when does the STE lose its CD table?",
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
      "No reset: PASID 1 is attached, and the RID is to go to stage 2. The driver refuses; through iommufd it is not even asked.",
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
      "Both functions of a group are reset through VFIO while the group moves from D0 to D1: what does a sibling see?",
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
      "The group's devices sit behind two SMMUs, each domain belongs to one: -EINVAL. In linux-7.3 the core has to go back.",
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
