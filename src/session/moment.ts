import type { Field, Line, LineState, PropertyView, RowView, Snapshot, TimelineStep } from "../worker/protocol.ts";

// One moment as the worker would tell it, for tests: `used_ssids` against a function level reset, step 35 of 38. The
// texts are sample texts; what the model really says is for the model's own tests.

const field = (name: string, value: string, by?: number, was?: string): Field => ({
  name,
  value,
  ...(by === undefined ? {} : { by }),
  ...(was === undefined ? {} : { was }),
});

const line = (state: LineState, depth: number, text: string, step?: number, ret?: string): Line => ({
  text,
  depth,
  state,
  local: step === undefined && state === "done",
  ...(step === undefined ? {} : { step }),
  ...(ret === undefined ? {} : { ret }),
});

const holds = (id: string): PropertyView => ({
  id,
  sentence: `What ${id} says holds.`,
  source: "cover letter",
  moment: "every state",
  verdict: "holds",
});

const rows: readonly RowView[] = [
  {
    id: "dev0/0",
    device: "dev0",
    pasid: 0,
    label: "RID",
    core: { domain: "D2", text: "D2", where: "group->domain", changed: false },
    driver: { domain: "D2", text: "D2", where: "D2.devices", changed: false },
    tables: { domain: "D2", text: "D2", where: "S2_trans", changed: false },
    agree: true,
    apart: [],
    docked: false,
  },
  {
    id: "dev0/1",
    device: "dev0",
    pasid: 1,
    label: "PASID 1",
    core: { domain: "D1", text: "D1", where: "pasid_array[1]", changed: false },
    driver: { domain: null, text: "not tracked", where: "used_ssids 0", changed: false },
    tables: { domain: null, text: "no CD", where: "CD[1].V 0", changed: true },
    stop: { field: "S1ContextPtr", event: "C_BAD_SUBSTREAMID" },
    agree: false,
    apart: ["driver", "tables"],
    docked: false,
    sentence: "The core still holds D1 for PASID 1; no STE leads there, so its DMA aborts.",
  },
];

const threadOf = (step: number) => (step >= 19 && step <= 24 ? 1 : 2);
const procOf = (step: number) => {
  if (threadOf(step) === 1) return "iommu_replace_group_handle";
  if (step <= 17) return "pci_dev_reset_iommu_prepare";
  return step < 26 ? "pcie_flr" : "pci_dev_reset_iommu_done";
};

const steps: readonly TimelineStep[] = Array.from({ length: 38 }, (_, i) => i + 1).map((step) => ({
  thread: threadOf(step),
  kind: "step",
  text: `statement ${step} of \`${procOf(step)}\``,
  proc: procOf(step),
  violated: step === 35 ? ["I-RESTORE", "I-USERWARN"] : [],
  ...(step === 34 ? { errno: "-EINVAL" } : {}),
  ...(step === 35 ? { warn: "WARN_ON in `pci_dev_reset_iommu_done`" } : {}),
}));

export const moment: Snapshot = {
  scenario: { id: "seed-hole", title: "used_ssids vs FLR", about: "Can a tested attach fail when a reset is done?" },
  design: {
    id: "test-dev-v1",
    title: "test-dev-v1",
    about: "The core asks `test_dev` before it attaches, and remembers while a device is in its reset.",
    source: "the series as posted",
    driver: "arm-smmu-v3 of 7.3 with each `attach_dev` as the patch leaves it",
    open: ["Whether done tests again is left open by the text; both are options."],
    toggles: [],
    options: [
      {
        id: "retest",
        title: "retest",
        about: "whether done tests again",
        value: "yes",
        values: [
          { id: "no", title: "no", about: "as it says" },
          { id: "yes", title: "yes", about: "as it says" },
        ],
      },
    ],
  },
  scenarios: [
    { id: "seed-hole", title: "used_ssids vs FLR", topic: "The question" },
    { id: "attach-flr", title: "attach during FLR", topic: "The question" },
  ],
  designs: [
    { id: "test-dev-v1", title: "test-dev-v1" },
    { id: "linux-7.3", title: "linux-7.3" },
  ],
  position: 35,
  total: 38,
  sentence:
    "`pci_dev_reset_iommu_done` cannot put PASID 1 back: `test_dev` refuses D1 beside the S2 RID, -EINVAL, WARN.",
  ran: 2,
  threads: [
    {
      id: 1,
      name: "CPU0",
      title: "VMM: replace RID with S2",
      caller: "core",
      callerNote: "No locks of its own: the exported API, called by some driver. Not shown reachable from user space.",
      status: "finished",
      ops: [{ title: "replace the RID domain of group 7 with D2", state: "done", result: "0" }],
      stack: [],
      locks: [],
      outcomes: [],
    },
    {
      id: 2,
      name: "CPU1",
      title: "PCI reset of 0000:01:00.0",
      caller: "reset via sysfs",
      callerNote: "Holds the lock of the upstream bridge and the lock of the device.",
      status: "ready",
      ops: [
        { title: "reset 0000:01:00.0", state: "now" },
        { title: "DMA by PASID 1", state: "todo" },
      ],
      stack: [
        {
          proc: "pcie_flr",
          file: "drivers/pci/pci.c",
          lines: [
            line("done", 0, "wait for pending transactions", 1),
            line("done", 0, "call `pci_dev_reset_iommu_prepare`", 2, "0"),
            line("done", 0, "write the FLR bit", 18),
            line("done", 0, "wait until the function answers", 25),
            line("now", 0, "call `pci_dev_reset_iommu_done`", 26),
          ],
        },
        {
          proc: "pci_dev_reset_iommu_done",
          file: "drivers/iommu/iommu.c",
          lines: [
            line("done", 0, "lock `group->mutex`; `pending_reset` is set", 26),
            line("done", 0, "re-test `group->domain`, D2, for the RID", 27, "0"),
            line("done", 0, "attach D2 to the RID, old `blocking_domain`", 33, "0"),
            line("done", 0, "for each PASID from 1 in `pasid_array`"),
            line("done", 1, "re-test D1 for PASID 1", 34, "-EINVAL"),
            line("done", 2, "D1 is stage S1"),
            line("done", 2, "`in_ste` is 0 and the RID domain, D2, is paging", undefined, "-EINVAL"),
            line("skipped", 1, "`set_dev_pasid`"),
            line("now", 1, "`WARN_ON`: PASID 1 is lost", 35),
            line("next", 0, "clear `pending_reset`"),
            line("todo", 0, "unlock `group->mutex`"),
          ],
        },
      ],
      locks: [{ name: "group->mutex", since: 26 }],
      outcomes: ["the mutex is free"],
    },
  ],
  groups: [
    {
      id: "g7",
      name: "group 7",
      fields: [field("domain", "D2", 23), field("pending_reset", "1", 12), field("pasid_array[1]", "D1")],
      devices: ["dev0"],
      owned: false,
    },
  ],
  devices: [
    {
      id: "dev0",
      name: "0000:01:00.0",
      group: "g7",
      smmu: "smmu0",
      pci: [field("bus master", "off", 3), field("ATS", "on", 30), field("ATC", "empty", 18), field("PASID", "on")],
      gdev: [field("blocked", "1", 12)],
      master: [field("used_ssids", "0", 10), field("in_ste", "0", 30), field("ats_enabled", "1", 30)],
      stes: [
        {
          sid: "0x100",
          changed: false,
          writes: [29, 30],
          fields: [
            field("V", "1", 29),
            field("Config", "S2_trans", 30),
            field("S1ContextPtr", "-", 30),
            field("S2VMID", "3", 29),
            field("S2TTB", "0x10a2c4000", 29),
            field("EATS", "TRANS", 30),
          ],
        },
      ],
      cdTable: {
        allocated: true,
        referenced: false,
        entries: [
          {
            ssid: 0,
            changed: false,
            writes: [8],
            fields: [field("V", "0", 8), field("ASID", "-"), field("TTB0", "-")],
          },
          {
            ssid: 1,
            changed: true,
            writes: [35],
            fields: [field("V", "0", 35, "1"), field("ASID", "-"), field("TTB0", "-")],
          },
        ],
      },
      rows,
      kernelWindow: true,
      inReset: false,
      phase: "in its reset window, done() is restoring",
    },
  ],
  domains: [
    {
      id: "D0",
      stage: "S1",
      tag: "ASID 8",
      smmu: "smmu0",
      fields: [field("devices", "0")],
      tableRows: [],
      coreRows: [],
    },
    {
      id: "D1",
      stage: "S1",
      tag: "ASID 9",
      smmu: "smmu0",
      fields: [field("devices", "0")],
      tableRows: [],
      coreRows: ["dev0/1"],
    },
    {
      id: "D2",
      stage: "S2",
      tag: "VMID 3",
      smmu: "smmu0",
      fields: [field("devices", "1", 28)],
      tableRows: ["dev0/0"],
      coreRows: ["dev0/0"],
    },
    { id: "blocking", stage: "", tag: "", smmu: "smmu0", fields: [], tableRows: [], coreRows: [] },
  ],
  queues: [],
  changes: [
    { layer: "thread", what: "WARN in `pci_dev_reset_iommu_done`", was: "0", is: "1" },
    { layer: "tables", what: "CD[1].V of 0000:01:00.0", was: "1", is: "0" },
    { layer: "property", what: "I-RESTORE", was: "holds", is: "violated" },
    { layer: "property", what: "I-USERWARN", was: "holds", is: "violated" },
  ],
  properties: [
    {
      ...holds("I-RESTORE"),
      sentence: "What done() is through with agrees with the core.",
      verdict: "violated",
      since: 35,
      why: "PASID 1 of 0000:01:00.0: the core holds D1, the tables hold no CD.",
    },
    {
      ...holds("I-USERWARN"),
      sentence: "No domain that a user picks may end in a WARN.",
      verdict: "violated",
      since: 35,
      why: "`pci_dev_reset_iommu_done` reached its WARN_ON.",
    },
    ...["I-TEST", "I-TEST2", "I-BLOCK", "I-NOATC", "I-OLD", "I-NEST", "I-OOPS"].map(holds),
    { ...holds("I-EBUSY"), verdict: "vacuous" },
    { ...holds("I-CNT"), verdict: "n/a" },
  ],
  timeline: {
    steps,
    locks: [
      { thread: 2, lock: "group->mutex", from: 1, to: 17 },
      { thread: 1, lock: "group->mutex", from: 19, to: 24 },
      { thread: 2, lock: "group->mutex", from: 26, to: null },
    ],
    calls: [
      { thread: 2, proc: "pcie_flr", root: true, from: 1, to: null },
      { thread: 2, proc: "pci_dev_reset_iommu_prepare", root: false, from: 1, to: 17, result: "0" },
      { thread: 1, proc: "iommu_replace_group_handle", root: true, from: 19, to: 24, result: "0" },
      { thread: 2, proc: "pci_dev_reset_iommu_done", root: false, from: 26, to: null },
    ],
    windows: [
      { device: "dev0", kind: "kernel", label: "pending_reset", from: 16, to: 36 },
      { device: "dev0", kind: "function", label: "FLR", from: 18, to: 25 },
    ],
    commands: [
      { step: 6, letter: "C", text: "CFGI_STE 0x100", qwords: ["0000010000000003", "0000000000000001"] },
      { step: 7, letter: "A", text: "ATC_INV 0x100", qwords: ["0000010000000040", "0000000000000034"] },
      { step: 29, letter: "C", text: "CFGI_STE 0x100", qwords: ["0000010000000003", "0000000000000001"] },
      { step: 30, letter: "C", text: "CFGI_STE 0x100", qwords: ["0000010000000003", "0000000000000001"] },
      { step: 30, letter: "T", text: "TLBI VMID 3", qwords: ["0000000300000028", "0000000000000000"] },
      { step: 32, letter: "A", text: "ATC_INV 0x100", qwords: ["0000010000000040", "0000000000000034"] },
    ],
    events: [],
  },
  actions: [
    {
      id: "a0",
      target: { kind: "device", id: "dev0" },
      topic: "Reset",
      label: "Reset 0000:01:00.0 by FLR",
      caller: "reset via sysfs",
      enabled: false,
      reason: "0000:01:00.0 is in a reset",
    },
    {
      id: "a1",
      target: { kind: "device", id: "dev0" },
      topic: "Requests of the function",
      label: "DMA by the RID",
      caller: "hardware",
      enabled: true,
    },
    {
      id: "a2",
      target: { kind: "group", id: "g7" },
      topic: "Domain of the RID",
      label: "Replace the RID domain with D0",
      caller: "core",
      enabled: true,
    },
    {
      id: "a3",
      target: { kind: "domain", id: "D2" },
      topic: "Pages",
      label: "Unmap a page of D2",
      caller: "iommufd",
      enabled: true,
    },
  ],
  callers: ["CPU0, `core`: no locks of its own; not shown reachable from user space.", "CPU1, `reset via sysfs`."],
  assumptions: ["Sequentially consistent memory.", "Mutexes are unfair: any waiter may win."],
  notModelled: ["Interrupts and timers."],
  silences: [],
  link: { head: "1/seed-hole/test-dev-v1/b-t8/", tail: "/x0" },
};
