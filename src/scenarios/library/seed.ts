/** The world that the thread is about: what a first visit opens, and all of the library that it loads. */
import { completed } from "../defaults.ts";
import type { Scenario, ScenarioInput } from "../schema.ts";
import { giveWord } from "../word.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const group = "group 7";

export const seedWorld: ScenarioInput = world({
  id: "used-ssids",
  title: "used_ssids vs FLR",
  about:
    "The RID is on D0, PASID 1 on D1, both stage 1. During a reset the RID is to go to D2, stage 2: accepted, and then?",
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
});

export const seedScenario: Scenario = completed(seedWorld);
giveWord(seedScenario, seedScenario.id);
