/** Questions about who else is there: devices that appear, aliases, virtual functions, resets that nobody announces. */
import type { Mail, Story } from "./story.ts";

const RESET = "set Initiate FLR";

const mail = (from: string, subject: string, date: string, id: string): Mail => ({ from, subject, date, id });
const onPci = "Re: [PATCH v3 5/5] pci: Suspend iommu function prior to resetting a device";

export const around: readonly Story[] = [
  {
    id: "hot-added",
    question:
      "One device of a group is in prepare, another is hot-added, then done: which domain does the new one get?",
    asked: [
      mail(
        "Kevin Tian",
        "RE: [PATCH v5 4/5] iommu: Introduce iommu_dev_reset_prepare() and iommu_dev_reset_done()",
        "2025-11-14",
        "BN9PR11MB527683978D304128441125C68CCAA@BN9PR11MB5276.namprd11.prod.outlook.com",
      ),
    ],
    answer:
      "The group's domain, at once, and done leaves it alone. __iommu_probe_device attaches group->domain to the new device and looks at no reset: prepare kept " +
      "group->domain as it was, so in linux-7.0 and linux-7.3 the new device translates through D0 while the other one is blocked, and done acts on its own device. " +
      "The blocking domain would be inherited only if prepare had put it into group->domain. In v3 the tables come out the same, but the driver asks " +
      "iommu_get_domain_for_dev for the old domain, is told D0 for a device that had none, and takes the device off the list of D0 again.",
    assumed:
      "A function appears by hotplug or a rescan: reachable from user space. The group is owned by a user, and attached.",
    runs: [
      {
        scenario: "hot-add",
        design: "linux-7.3",
        title: "the new device gets the group's domain",
        breaks: [],
        moves: [
          { cpu: 1, to: RESET, say: "0000:01:00.0 is blocked, recovery_cnt is 1; group->domain is D0 as before." },
          { cpu: 0, say: "0000:01:00.1 is added: it is attached to D0 at once." },
          { cpu: 1, say: "Done restores 0000:01:00.0, and touches nothing else." },
        ],
      },
      {
        scenario: "hot-add",
        design: "v3-defer",
        title: "the driver is told a wrong old domain",
        breaks: ["I-OLD", "I-TRACK"],
        moves: [
          { cpu: 1, to: RESET, say: "0000:01:00.0 is docked." },
          { cpu: 0, say: "0000:01:00.1 is added: its tables lead to D0, and it stands on no list." },
          { cpu: 1, say: "Done restores 0000:01:00.0. The new device stays off the list: nobody invalidates for it." },
        ],
      },
    ],
    row: { scenario: "hot-add", property: "I-OLD" },
  },
  {
    id: "aliases-and-vfs",
    question: "Reset one of two DMA-aliased devices; reset a PF while its VFs are active: what happens to the others?",
    asked: [mail("Ethan Zhao", onPci, "2025-08-19", "550635db-00ce-410e-add0-77c1a75adb11@gmail.com")],
    answer:
      "An alias shares the entry, so it is blocked as well: in linux-7.3 the sibling's DMA goes nowhere for the length of the reset, while core and driver hold it " +
      "attached; when both are in a reset, done of the first unblocks the second too early (I-BLOCK). v4 left such devices unprotected instead: the function in reset " +
      "goes on translating. A VF has an entry of its own: the reset of its PF leaves its tables as they are, in every design, and ATC invalidations go on being sent " +
      "to a function that the reset has taken down with its PF.",
    assumed:
      "Resets through VFIO and sysfs: reachable. The SMMUv3 driver of today refuses a StreamID that two devices share, so that the alias stands for hardware behind other drivers.",
    runs: [
      {
        scenario: "dma-alias",
        design: "linux-7.3",
        title: "two aliases, two resets",
        breaks: ["I-NOFAILINV", "I-TRACK", "I-RESTORE", "I-BLOCK"],
        moves: [
          { cpu: 0, to: RESET, say: "0000:02:00.0 is blocked, and with it the entry that both share." },
          { cpu: 1, to: RESET, say: "0000:02:00.1 is reset as well: recovery_cnt is 2." },
          { cpu: 0, say: "Done of the first writes the entry: the second, still in its reset, translates." },
          { cpu: 1, say: "Both are out. The message that 15dd29ca6206 adds is all that told of it." },
        ],
      },
      {
        scenario: "dma-alias",
        design: "v4-ebusy",
        title: "v4 leaves aliases alone",
        breaks: ["I-BLOCK"],
        moves: [
          { cpu: 0, to: RESET, say: "Prepare found an alias and blocked nothing: the function in reset translates." },
          { cpu: 0, say: "Done finds nothing to undo." },
        ],
      },
      {
        scenario: "pf-vfs",
        design: "linux-7.3",
        title: "a PF with a VF",
        breaks: [],
        moves: [
          {
            cpu: 0,
            to: RESET,
            say: "The PF is blocked. The VF's entry is as it was, though the reset takes the VF down.",
          },
          { cpu: 2, say: "A page of the VF's domain is unmapped: ATC_INV to the VF, which may not answer." },
          { cpu: 0, say: "The PF is restored." },
        ],
      },
    ],
    row: { scenario: "dma-alias", property: "I-BLOCK" },
  },
  {
    id: "vf-owner",
    question: "If VFs were blocked by the reset of their PF, could the owner of a VF attach something else meanwhile?",
    asked: [mail("Jason Gunthorpe", onPci, "2025-08-22", "20250822140821.GE1311579@nvidia.com")],
    answer:
      "No posted or landed kernel blocks VFs, and nothing stops their owner: the VF's group is not the PF's, its recovery_cnt is 0, and a replace during the reset of " +
      "the PF succeeds at once, the entry being written while the VF is down. Were VFs blocked by the same means, recovery_cnt of the VF's group would be above 0, " +
      "and its owner, who knows of no reset, would get -EBUSY, as the owner of a group in reset does in the second run: the uAPI cost for which ignoring VFs was chosen.",
    assumed:
      "The VF's owner asks through iommufd: reachable. What would be is read off a group that is in reset; no design of the thread blocks VFs.",
    runs: [
      {
        scenario: "pf-vfs",
        design: "linux-7.3",
        title: "the VF's owner attaches",
        breaks: [],
        moves: [
          { cpu: 0, to: RESET, say: "The PF is blocked; the VF's group knows nothing of it." },
          { cpu: 1, say: "The owner of the VF replaces D1 with D2: 0." },
          { cpu: 0, say: "The PF is restored. Nobody was refused." },
        ],
      },
      {
        scenario: "attach-flr",
        design: "linux-7.3",
        title: "the owner of a group in reset",
        breaks: [],
        moves: [
          { cpu: 1, to: RESET, say: "The function itself is in reset: recovery_cnt of its group is 1." },
          { cpu: 0, say: "Its owner gets -EBUSY." },
        ],
      },
    ],
  },
  {
    id: "unannounced",
    question:
      "Resets that software only learns of afterwards (DPC, surprise removal): are there ATC invalidations inside that window?",
    asked: [
      mail(
        "Jason Gunthorpe",
        "Re: [PATCH RFC v2 0/4] Disable ATS via iommu during PCI resets",
        "2025-07-27",
        "20250727162041.GC7551@nvidia.com",
      ),
    ],
    answer:
      "Yes, in every design of the thread. The port takes the link down by itself; no prepare runs, the entry goes on translating, ATS Enable of the driver stays set, " +
      "and an unmap meanwhile sends its ATC_INV to a function that cannot answer. Nor do prepare and done bracket the recovery that follows. The same holds for " +
      "VFIO's hot reset of a whole bus in linux-7.3, which announces nothing to the IOMMU either. What stands between that and harm is the SMMU's timeout, which the " +
      "driver reports and steps over.",
    assumed:
      "Surprise removal is not modelled; a contained error is, up to the recovery by the port. The unmap is a driver's or a user's: reachable.",
    runs: [
      {
        scenario: "dpc",
        design: "linux-7.3",
        title: "a contained error",
        breaks: ["I-BLOCK", "I-NOATC"],
        moves: [
          {
            cpu: 0,
            to: "the port above",
            say: "The link is down. The kernel does not know yet: the tables lead to DMA0.",
          },
          { cpu: 1, say: "A page is unmapped: an ATC_INV is sent into the reset." },
          { cpu: 0, say: "The kernel hears of it and recovers the link; nobody told the IOMMU." },
        ],
      },
    ],
    row: { scenario: "dpc", property: "I-NOATC" },
  },
];
