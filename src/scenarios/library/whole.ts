/** Worlds of the whole subject: nesting, SVA, page requests, coherency, ownership, and each check of the test_dev patch. */
import type { ScenarioInput } from "../schema.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const two = "0000:02:00.0";
const group = "group 7";
const device = { name: one, sids: ["0x100"] };
const alone = { devices: [device], groups: [{ name: group, devices: [one] }] };

const vsmmu = { name: "vSMMU", smmu: "smmu0", s2_parent: "S2P" };
const nested = (name: string, more = {}) => ({ name, smmu: "smmu0", type: "NESTED" as const, vsmmu: "vSMMU", ...more });
const sva = (name: string, mm: string, more = {}) => ({ name, smmu: "smmu0", type: "SVA" as const, mm, ...more });
const process = { name: "mm A", pasid: 1 };

export const wholeWorlds: readonly ScenarioInput[] = [
  world({
    id: "nested-vdevice",
    title: "nested, with a vDEVICE",
    about:
      "A guest moves its device to its own CD table while the host resets it. The vDEVICE is destroyed at the same time: is the vmaster still right?",
    ...alone,
    domains: [domain("S2P", 2), nested("N1", { vste_ats: true }), nested("NB", { vste: "bypass" })],
    vsmmus: [vsmmu],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "S2P" },
      { op: "alloc_vdevice", caller: "iommufd", device: one, vsmmu: "vSMMU" },
      { op: "replace", caller: "iommufd", group, domain: "NB" },
    ],
    threads: [
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "N1" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
      { ops: [{ op: "destroy_vdevice", caller: "iommufd", device: one }] },
    ],
  }),
  world({
    id: "nested-no-vdevice",
    title: "nested, without a vDEVICE",
    about:
      "No vDEVICE was made. A vSTE that translates is refused with -ENOENT by the attach itself; one that bypasses is not.",
    ...alone,
    domains: [domain("S2P", 2), nested("N1"), nested("NB", { vste: "bypass" })],
    vsmmus: [vsmmu],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "S2P" }],
    threads: [
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "N1" }] },
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "NB" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
  world({
    id: "sva-exit",
    title: "SVA: the process exits during a reset",
    about:
      "A driver bound the function to a process. The process exits while the function is in reset: what does done do with the PASID?",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [sva("SVA A", "mm A")],
    mms: [process],
    attached: [{ op: "bind_sva", caller: "sva", device: one, mm: "mm A" }],
    threads: [
      { ops: [{ op: "exit", caller: "the process", mm: "mm A" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "sva-unbind-exit",
    title: "SVA: unbind against exit",
    about:
      "One thread unbinds the function from a process, another one is that process's exit. They share no lock: is the CD empty in the end?",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [sva("SVA A", "mm A")],
    mms: [process],
    attached: [{ op: "bind_sva", caller: "sva", device: one, mm: "mm A" }],
    threads: [
      { ops: [{ op: "unbind_sva", caller: "sva", device: one, mm: "mm A" }] },
      { ops: [{ op: "exit", caller: "the process", mm: "mm A" }] },
    ],
  }),
  world({
    id: "sva-munmap",
    title: "SVA: munmap during a reset",
    about:
      "A process unmaps a page that two functions may have cached, while one of them is in reset: who gets an ATC invalidation?",
    devices: [device, { name: two, sids: ["0x200"] }],
    groups: [
      { name: group, devices: [one], owned: false },
      { name: "group 8", devices: [two], owned: false },
    ],
    domains: [sva("SVA A", "mm A")],
    mms: [process],
    attached: [
      { op: "bind_sva", caller: "sva", device: one, mm: "mm A" },
      { op: "bind_sva", caller: "sva", device: two, mm: "mm A" },
    ],
    threads: [
      { ops: [{ op: "munmap", caller: "the process", mm: "mm A" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "iopf-streams",
    title: "page requests with several streams",
    about:
      "Two functions stall on faults; one of them has two StreamIDs. A domain with a fault handler fits the first, and the second gets -EOPNOTSUPP.",
    devices: [
      { ...device, stall: true },
      { name: two, sids: ["0x200", "0x201"], stall: true },
    ],
    groups: [
      { name: group, devices: [one] },
      { name: "group 8", devices: [two] },
    ],
    domains: [domain("D0", 1), domain("F1", 1, { iopf: true })],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach", caller: "iommufd", group: "group 8", domain: "D0" },
    ],
    threads: [
      {
        ops: [
          { op: "replace", caller: "iommufd", group, domain: "F1" },
          { op: "replace", caller: "iommufd", group, domain: "D0" },
        ],
      },
      { ops: [{ op: "replace", caller: "iommufd", group: "group 8", domain: "F1" }] },
      {
        ops: [
          { op: "event", caller: "the SMMU", device: one, pasid: 0 },
          { op: "respond", caller: "fault handler", device: one },
        ],
      },
    ],
    may_fail: ["fault_param"],
    failures: 1,
  }),
  world({
    id: "coherency",
    title: "cache coherency",
    about:
      "D1 is to enforce coherency while a function that cannot (no CANWBS) is attached to it: either the flag is refused or the attach.",
    devices: [{ ...device, canwbs: false }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      { ops: [{ op: "enforce_coherency", caller: "core", domain: "D1" }] },
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
    ],
  }),
  world({
    id: "claim-flr",
    title: "ownership claimed during a reset",
    about:
      "A user binds the function, then closes it again, while root resets it through sysfs: claims may fail, releases must not.",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false, default_domain: "DMA0" }],
    domains: [domain("DMA0", 1, { type: "DMA", pasid_compat: false })],
    attached: [],
    threads: [
      {
        ops: [
          { op: "bind", caller: "iommufd", device: one },
          { op: "unbind", caller: "iommufd", device: one },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "release-flr",
    title: "ownership released during a reset",
    about:
      "The function is attached and owned by a user who closes it while it is in reset. A detach cannot fail; does this one?",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false, default_domain: "DMA0" }],
    domains: [domain("DMA0", 1, { type: "DMA", pasid_compat: false }), domain("D1", 1)],
    attached: [
      { op: "bind", caller: "iommufd", device: one },
      { op: "attach", caller: "iommufd", group, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "unbind", caller: "iommufd", device: one }] },
      // an ioctl of the file that is closed would hold it open
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "ats-always-on",
    title: "ATS that must stay on",
    about:
      "The function demands ATS even on identity: the RID gets a CD table with S1DSS BYPASS. The group's type changes during a reset.",
    devices: [{ ...device, ats_always_on: true, max_pasids: 32 }],
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [domain("DMA0", 1, { type: "DMA", pasid_compat: false })],
    attached: [],
    threads: [
      { ops: [{ op: "set_type", caller: "type", group, domain: "DMA0" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "nested-reset",
    title: "a reset inside a reset",
    about:
      "The function's method is `cxl_bus`: a bus reset between its own prepare and done, which has a pair of its own.",
    ...alone,
    devices: [{ ...device, reset_methods: ["cxl_bus"] }],
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "replace_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D0" }] },
    ],
  }),
  world({
    id: "device-specific",
    title: "a device-specific reset",
    about: "A quirk resets the function by an FLR of its own and does not look at what that returns.",
    ...alone,
    devices: [{ ...device, max_pasids: 0, reset_methods: ["device_specific"] }],
    domains: [domain("D0", 1)],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
    ],
  }),
  world({
    id: "destroy-flr",
    title: "detach and destroy during FLR",
    about:
      "A user detaches the RID while the function is in reset, then destroys the page table. What does done attach?",
    ...alone,
    devices: [{ ...device, max_pasids: 0 }],
    domains: [domain("D0", 1)],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      {
        ops: [
          { op: "detach", caller: "iommufd", group },
          { op: "destroy", caller: "iommufd", domain: "D0" },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
  world({
    id: "no-default",
    title: "no default domain",
    about:
      "The group's first probe could not allocate a default domain: `group->domain` is NULL. The function is reset, and a user binds it.",
    ...alone,
    groups: [{ name: group, devices: [one], owned: false, default_domain: "none" }],
    domains: [domain("DMA0", 1, { type: "DMA", pasid_compat: false })],
    attached: [],
    threads: [
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "bind", caller: "iommufd", device: one }] },
    ],
  }),
  world({
    id: "incompatible-flr",
    title: "an incompatible domain during FLR",
    about:
      "During a reset a user replaces the RID's domain with one that was made for another SMMU. Who is told, and when?",
    smmus: [{ name: "smmu0" }, { name: "smmu1" }],
    devices: [{ ...device, max_pasids: 0 }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("D9", 1, { smmu: "smmu1" })],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D9" }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
  world({
    id: "detach-pasid-flr",
    title: "a PASID detached during FLR",
    about:
      "RID and PASID 1 are attached. PASID 1 is detached while the function is in reset: is an ATC invalidation sent there?",
    ...alone,
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "detach_pasid", caller: "iommufd", device: one, pasid: 1 }] },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
  world({
    id: "old-array-flr",
    title: "an unmap that holds an old array",
    about:
      "A page of D0 is unmapped. Meanwhile another function joins D0, which replaces its invalidation array, and the first one is reset.",
    devices: [
      { ...device, max_pasids: 0 },
      { name: two, sids: ["0x200"], max_pasids: 0 },
    ],
    groups: [
      { name: group, devices: [one] },
      { name: "group 8", devices: [two] },
    ],
    domains: [domain("D0", 1)],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
      {
        ops: [
          { op: "attach", caller: "iommufd", group: "group 8", domain: "D0" },
          { op: "reset", caller: "reset via vfio", device: one },
        ],
      },
    ],
  }),
  world({
    id: "unmap-ats",
    title: "unmap while ATS is switched on",
    about:
      "D0 is attached, which switches ATS on; the function asks for a translation, and the page is unmapped. Does the function keep it?",
    devices: [{ ...device, max_pasids: 0 }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1)],
    attached: [],
    threads: [
      { ops: [{ op: "attach", caller: "iommufd", group, domain: "D0" }] },
      { ops: [{ op: "ats", caller: "the function", device: one, pasid: 0 }] },
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
    ],
  }),
  world({
    id: "atc-timeout",
    title: "an invalidation that is never answered",
    about:
      "The SMMU takes its commands one by one. A page of D0 is unmapped while the function is reset: what does the CMD_SYNC wait for?",
    devices: [{ ...device, max_pasids: 0 }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1)],
    grain: "store",
    hardware: ["cmdq"],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "unmap-detach",
    title: "unmap against detach, with a command queue",
    about:
      "Two functions are on D0, and the SMMU takes its commands one by one. One function is detached while a page is unmapped: until when is it invalidated?",
    devices: [
      { ...device, max_pasids: 0 },
      { name: two, sids: ["0x200"], max_pasids: 0 },
    ],
    groups: [
      { name: group, devices: [one] },
      { name: "group 8", devices: [two] },
    ],
    domains: [domain("D0", 1)],
    grain: "store",
    hardware: ["cmdq"],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach", caller: "iommufd", group: "group 8", domain: "D0" },
    ],
    threads: [
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
      { ops: [{ op: "detach", caller: "iommufd", group }] },
    ],
  }),
  world({
    id: "reset-twice",
    title: "two resets of one function",
    about:
      "Two writers of the reset file ask for the same function at once, while its domain is replaced. Is the function ever put back while the other reset goes on?",
    ...alone,
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D0" },
    ],
    threads: [
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
    ],
  }),
  world({
    id: "reset-fails",
    title: "a function that never answers",
    about:
      "The wait after the FLR may end with -ENOTTY: the function is gone. pcie_flr calls done even so: what is it attached to then?",
    ...alone,
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
    ],
    may_fail: ["reset"],
    failures: 1,
  }),
  world({
    id: "enomem-done",
    title: "no memory at done",
    about:
      "Done returns nothing, so it cannot fail. But what it puts back needs memory: one allocation may fail, here or in the replace.",
    ...alone,
    domains: [domain("D0", 1), domain("D1", 1)],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "D0" },
      { op: "attach_pasid", caller: "iommufd", device: one, pasid: 1, domain: "D1" },
    ],
    threads: [
      { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] },
      { ops: [{ op: "replace", caller: "iommufd", group, domain: "D1" }] },
    ],
    may_fail: ["master_domain", "invs"],
    failures: 1,
  }),
];
