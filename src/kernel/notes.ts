/** What every run assumes, and what is not modelled: shown in the page and printed by the command line. */

export const assumptions: readonly string[] = [
  "Memory is sequentially consistent: barriers are no-ops, and what needs store buffers cannot be judged here.",
  "Mutexes are unfair: any waiter may win.",
  "Statements that read or write shared state may interleave at will; statements on locals ride along with the one before.",
  "Interrupts, timers and timeouts are not modelled; a wait ends when its thread is stepped.",
  "Above `group->mutex` an attach and a reset share no lock: none that a caller of one holds is taken by the other.",
  "Two functions below one bridge are not reset at once through sysfs; through VFIO they can be.",
];

const notModelled: readonly string[] = [
  "At grain table: a change of an STE or CD is one step, or two where V goes first, with its `CFGI` and `CMD_SYNC`; grain store takes it apart.",
  "The function's ATC is a domain for each PASID. F_ACCESS, F_PERMISSION, F_ADDR_SIZE and external aborts; split-stage ATS; PRI, so that no PRI_RESP is sent; merged events; what of a record the driver has no name for.",
  "Where a world has no event queue, an event is a moment of the run that nobody reads; where it has one, a record is there at once, and the queue holds two. Interrupts and threads of queues are one.",
  "The SMMU's command queue, but in worlds whose SMMUs take their commands by themselves; there: how CPUs share the work of moving PROD, and time-outs of a CMD_SYNC.",
  "Requests in flight: a DMA is issued and answered in one step.",
  "Invalidation arrays: an unref counts all of its items down in one step, and a page of each domain stands for every range. The SMMU has RANGE_INV.",
  "A guest's own commands and page tables: a nested domain's CD table holds one CD, the guest's business. The direct mappings of a device with RMRs; that there are such devices is modelled.",
  "A page request of several parts; that an attach handle outlives its readers, which is their callers' duty.",
  "An ASID is given to one domain for ever; SVA picks the PASID that the scenario names for a process.",
  "A stage 2 domain that is no nest parent: iommufd makes none where the SMMU has stage 1, and here it has.",
  "What VFIO asks of a file before it resets: a reset through VFIO is started on a function that nobody has bound as well.",
  "VFIO's own resets: as a file is opened (`vfio_pci_core_enable`), and as it is closed (`vfio_pci_core_disable`), before the user's domains are taken off.",
  "`owner_cnt` counts users, not drivers of the kernel: no driver keeps the group's type from being changed.",
  "`iommu_sva_bind_device`: that it tries a new domain where the one that the process has cannot be attached.",
  "That a page table flushes the TLB as it is freed (`free_io_pgtable_ops`).",
  "What `iopf_handler` may refuse; that a request belongs to a handle, and not to whichever is at its PASID when it is answered.",
  "iommufd's automatic page tables, which it frees itself; the devices of one iommufd attach; reserved IOVAs.",
  "A driver's `reset_prepare` and `reset_done`; hotplug slots; bridges below a bus that is reset; surprise removal; AER without DPC.",
  "A VF's own reset by the reset of its PF is that of its enables and its ATC; the SMMU's answer to an ATC_INV that times out.",
];

/** Where SMMUs hold nothing, hardware is no layer of its own. */
const withoutCaches = "In this world: caches. Its SMMUs read memory each time, so hardware does what the tables say.";
const ofCaches =
  "Of what SMMUs hold: that it is dropped where no operation says so, an STE without what was read through it, or by a command that need not; entries that are read in pieces while they are written; walk caches; " +
  "first-level descriptors of the Stream Table; broadcasts of the CPUs.";

/** What is not modelled in a world, by whether its SMMUs hold copies. */
export const notModelledIn = (caches: boolean): readonly string[] => [
  caches ? ofCaches : withoutCaches,
  ...notModelled,
];
