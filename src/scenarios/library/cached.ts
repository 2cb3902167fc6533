/** Worlds of what an SMMU holds: entries and translations that memory does not say any more, and requests that meet them. */
import type { ScenarioInput } from "../schema.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const group = "group 7";
const device = { name: one, sids: ["0x100"], max_pasids: 0 };
const alone = { devices: [device], groups: [{ name: group, devices: [one] }] };
const onD0 = { op: "attach", caller: "iommufd", group, domain: "D0" } as const;
const dma = { op: "dma", caller: "the function", device: one, pasid: 0 } as const;
const holding: Pick<ScenarioInput, "grain" | "hardware"> = { grain: "store", hardware: ["cmdq", "cache"] };

export const cachedWorlds: readonly ScenarioInput[] = [
  world({
    id: "cached-ste",
    title: "a DMA on a cached STE",
    about:
      "The SMMU holds what it reads. The STE goes from stage 1 to stage 2, store by store: where does a DMA end up between a store and the CFGI_STE that is waited for?",
    ...alone,
    domains: [domain("D0", 1), domain("D2", 2)],
    ...holding,
    attached: [onD0],
    threads: [{ ops: [{ op: "replace", caller: "iommufd", group, domain: "D2" }] }, { ops: [dma, dma] }],
  }),
  world({
    id: "cached-fence",
    title: "a fence by one store, on a cached STE",
    about:
      "A function holds a translation in its ATC, and the SMMU the STE that allowed it. Somebody stores the same STE without EATS: when do translated requests stop?",
    ...alone,
    domains: [domain("D0", 1)],
    ...holding,
    attached: [onD0],
    // as in fence-store
    entries: [
      {
        name: "the same without EATS",
        kind: "ste",
        qwords: ["0x11001000b", "0x880000d6", "0x0", "0x0", "0x0", "0x0", "0x0", "0x0"],
      },
    ],
    threads: [
      { ops: [{ op: "ats", caller: "the function", device: one, pasid: 0 }, dma, dma] },
      { ops: [{ op: "write_entry", caller: "unit test", device: one, entry: "the same without EATS" }] },
    ],
  }),
  world({
    id: "cached-unmap",
    title: "a TLB entry against an unmap",
    about:
      "Once the function has asked for the page of D0, the TLB holds it, and an ATS request brings it into the ATC; meanwhile it is unmapped: from when on is it gone from both?",
    ...alone,
    domains: [domain("D0", 1)],
    ...holding,
    attached: [onD0],
    threads: [
      { ops: [{ op: "unmap", caller: "unmap", domain: "D0" }] },
      { ops: [dma, { op: "ats", caller: "the function", device: one, pasid: 0 }, dma] },
    ],
  }),
  world({
    id: "cached-l1cd",
    title: "a CD table's descriptor, cached as invalid",
    about:
      "A CD table of two levels, for two StreamIDs. The SMMU has read that the second level is not there, and holds that while a process is bound and the level is added: does PASID 1 work when the bind has returned?",
    devices: [{ name: one, sids: ["0x100", "0x101"], max_pasids: 1 << 16, ats_always_on: true }],
    groups: [{ name: group, devices: [one], owned: false }],
    domains: [{ name: "SVA A", smmu: "smmu0", type: "SVA", mm: "mm A" }],
    mms: [{ name: "mm A", pasid: 1 }],
    ...holding,
    attached: [],
    threads: [
      { ops: [{ op: "bind_sva", caller: "sva", device: one, mm: "mm A" }] },
      {
        ops: [
          { op: "read_ahead", caller: "the SMMU by itself", device: one, pasid: 1 },
          { op: "dma", caller: "the function", device: one, pasid: 1 },
        ],
      },
    ],
  }),
];
