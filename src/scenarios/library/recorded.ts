/** Worlds of events: requests that tables refuse, the queue that records of them lie in, and what the driver makes of these. */
import type { ScenarioInput } from "../schema.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const group = "group 7";
const dma = (pasid: number) => ({ op: "dma", caller: "the function", device: one, pasid }) as const;

export const recordedWorlds: readonly ScenarioInput[] = [
  world({
    id: "recorded-switch",
    title: "requests while the STE is switched",
    about:
      "A function asks by its RID and by a PASID that has no CD, while its RID goes from stage 1 to stage 2, store by store: which events are recorded, and does the queue lose any?",
    devices: [{ name: one, sids: ["0x100"] }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("D0", 1), domain("D2", 2)],
    grain: "store",
    hardware: ["evtq"],
    attached: [{ op: "attach", caller: "iommufd", group, domain: "D0" }],
    threads: [{ ops: [{ op: "replace", caller: "iommufd", group, domain: "D2" }] }, { ops: [dma(0), dma(2), dma(0)] }],
  }),
  world({
    id: "recorded-stall",
    title: "a stalled request across a reset",
    about:
      "A function stalls on a page that its user has unmapped. The event thread reports it, the user maps the page and answers, and the function is reset meanwhile: what ends the stall?",
    devices: [{ name: one, sids: ["0x100"], max_pasids: 0, stall: true }],
    groups: [{ name: group, devices: [one] }],
    domains: [domain("F1", 1, { iopf: true })],
    hardware: ["evtq"],
    attached: [
      { op: "attach", caller: "iommufd", group, domain: "F1" },
      { op: "unmap", caller: "unmap", domain: "F1" },
    ],
    threads: [
      { ops: [dma(0)] },
      {
        ops: [
          { op: "map", caller: "map", domain: "F1" },
          { op: "respond", caller: "fault handler", device: one },
        ],
      },
      { ops: [{ op: "reset", caller: "reset via vfio", device: one }] },
    ],
  }),
];
