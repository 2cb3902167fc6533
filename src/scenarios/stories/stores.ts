/** Questions about what the hardware sees at each store. */
import type { Story } from "./story.ts";

const grain = { grain: "store" };
const dma = { op: "dma", caller: "the function", device: "0000:01:00.0", pasid: 0 };

export const stores: readonly Story[] = [
  {
    id: "each-store",
    question:
      "With a translating STE the CD table cannot be mutated, with an aborting one it can: what does the hardware see at each store?",
    asked: [
      {
        from: "Nicolin Chen",
        subject: "Re: [PATCH v1 03/20] iommu/arm-smmu-v3: Implement arm_smmu_domain_test_dev",
        date: "2025-10-28",
        id: "aQBopHFub8wyQh5C@Asurada-Nvidia",
      },
    ],
    answer:
      "A live CD can be changed, but not without a gap. From one stage 1 domain to another ASID (qword 0) and TTB0 (qword 1) differ, both in use: the driver stores V=0 " +
      "first, and until qword 0 is stored again a DMA ends in C_BAD_CD. During a reset one store into qword 0 makes the STE an abort; CD 0 is then cleared and later " +
      "filled store by store, TTB0 before V, while every request stops at the STE and is aborted without an event. The next STE is written the other way round: " +
      "qword 1, which an abort ignores, then qword 0.",
    assumed:
      "Stores reach the SMMU in order, and it reads an entry whole. In the first two runs it reads memory each time, so that a store is seen at once; in the third it holds what it has read.",
    runs: [
      {
        scenario: "attach-flr",
        design: "linux-7.3",
        options: grain,
        title: "a live CD: V=0 is seen",
        breaks: [],
        moves: [
          { cpu: 0, to: "store qword 0 of CD 0: 0x0", say: "V=0 is stored into CD 0, which the STE points to." },
          { cpu: 2, start: dma, say: "A DMA in the gap: C_BAD_CD." },
          {
            cpu: 0,
            to: "store qword 0 of CD 0: 0x2",
            say: "TTB0 was stored before; now qword 0 with V and the new ASID.",
          },
          { cpu: 3, start: dma, say: "A DMA reaches D1." },
        ],
      },
      {
        scenario: "attach-flr",
        design: "linux-7.3",
        options: grain,
        title: "behind an aborting STE",
        breaks: [],
        moves: [
          {
            cpu: 1,
            to: "store qword 0 of STE 0x100: 0x1",
            say: "One store: the STE is an abort. Qword 1 is as it was, and ignored.",
          },
          { cpu: 1, to: "store qword 0 of CD 0: 0x0", say: "CD 0 is cleared; nothing points to it any more." },
          {
            cpu: 1,
            to: "store qword 1 of CD 0: 0x12",
            say: "At done TTB0 comes first. V is still 0, and nobody looks.",
          },
          {
            cpu: 1,
            to: "store qword 0 of STE 0x100: 0x11",
            say: "The last store makes the STE translate again: CD 0 is whole.",
          },
          { cpu: 1, say: "The reset ends." },
        ],
      },
      {
        scenario: "cached-ste",
        design: "linux-7.3",
        title: "an SMMU that holds the STE does not see the store",
        breaks: [],
        moves: [
          { cpu: 1, to: "reads memory", say: "A DMA reaches D0. From now on the SMMU holds STE, CD 0 and the page." },
          { cpu: 0, to: "store qword 0 of STE 0x100: 0x0", say: "V=0 is stored into the STE, in memory." },
          { cpu: 1, to: "reads memory", say: "The next DMA reaches D0 all the same: the SMMU goes by its copy." },
          { cpu: 0, to: "insert CFGI_STE", say: "CFGI_STE and CMD_SYNC are in the queue, and CPU0 waits." },
          { cpu: 2, to: "CFGI_STE", say: "The SMMU takes CFGI_STE: the STE and what was read through it are gone." },
          { cpu: 4, start: dma, say: "A DMA now: C_BAD_STE." },
        ],
      },
    ],
  },
  {
    id: "one-store-fence",
    question: "Can one 64-bit STE store block translated requests (EATS=0)?",
    asked: [
      {
        from: "Jason Gunthorpe",
        subject: "Re: [PATCH v1 2/2] iommu/arm-smmu-v3: Recover ATC invalidate timeouts",
        date: "2026-03-06",
        id: "20260306194312.GL1651202@nvidia.com",
      },
    ],
    answer:
      "Yes. From a stage 1 STE to the same one without EATS only qword 1 differs, and EATS is a bit that the driver lets change alone: no critical qword, one store, one " +
      "sync, V stays 1. A translated request after the store gets F_TRANSL_FORBIDDEN though the ATC still holds the translation, since the driver sets ATSCHK; " +
      "untranslated requests go on. What one store does not do is reach a copy that the SMMU has cached: for that the CFGI_STE and its CMD_SYNC have to complete, " +
      "which is why the fence must not wait behind the ATC_INV that timed out.",
    assumed:
      "A write of the entry by hand, as a fence would do it: no kernel of the thread does. In the first run the SMMU reads memory each time.",
    runs: [
      {
        scenario: "fence-store",
        design: "linux-7.3",
        title: "one store, and the next request is refused",
        breaks: [],
        moves: [
          { cpu: 0, to: "sends an ATS translation request", say: "The function's ATC holds a translation of D0." },
          { cpu: 0, to: "reads memory", say: "A translated request reaches D0." },
          { cpu: 1, to: "store qword 1", say: "EATS is 0 in memory. V and Config are as they were." },
          { cpu: 0, say: "The next translated request: F_TRANSL_FORBIDDEN." },
          { cpu: 1, say: "CFGI_STE and CMD_SYNC." },
        ],
      },
      {
        scenario: "cached-fence",
        design: "linux-7.3",
        title: "an SMMU that holds the STE goes on until CFGI_STE is taken",
        breaks: [],
        moves: [
          {
            cpu: 0,
            to: "sends an ATS translation request",
            say: "The function's ATC holds a translation of D0, and the SMMU the STE that allowed it.",
          },
          { cpu: 1, to: "store qword 1", say: "EATS is 0 in memory." },
          { cpu: 0, to: "reads memory", say: "A translated request still reaches D0." },
          { cpu: 1, to: "insert CFGI_STE", say: "CFGI_STE and CMD_SYNC are in the queue." },
          { cpu: 2, to: "CFGI_STE", say: "The SMMU takes CFGI_STE." },
          { cpu: 0, say: "The next translated request: F_TRANSL_FORBIDDEN." },
        ],
      },
    ],
  },
];
