/** The largest world that a link can carry in useful form, and a long run of it. */
import { findDesign } from "../src/kernel/designs/index.ts";
import { makeModel } from "../src/scenarios/build.ts";
import { encodeLink } from "../src/scenarios/link.ts";
import { packWorld } from "../src/scenarios/pack.ts";
import { Play } from "../src/scenarios/play.ts";
import { readScenario } from "../src/scenarios/schema.ts";

const count = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_x, i) => make(i));

const device = (i: number) => `0000:0${i + 1}:00.0`;
const group = (i: number) => `group ${i + 7}`;

/** Every thread goes over all groups: three of four operations replace a domain, the fourth resets a function. */
const operation = (thread: number, i: number) =>
  i % 4 === 3
    ? { op: "reset", caller: "reset via sysfs", device: device((thread + i) % 7) }
    : { op: "replace", caller: "core", group: group((thread + i) % 7), domain: `D${(thread * 3 + i) % 16}` };

const world = {
  id: "huge",
  title: "everything at once",
  about: "Seven functions, sixteen domains, eight threads of sixteen operations each: who holds what?",
  smmus: [{ name: "smmu0" }],
  devices: count(7, (i) => ({ name: device(i), smmu: "smmu0", sids: [`0x${i + 1}00`], max_pasids: i < 4 ? 32 : 0 })),
  groups: count(7, (i) => ({ name: group(i), devices: [device(i)], default_domain: "identity", owned: true })),
  domains: count(16, (i) => ({ name: `D${i}`, stage: i < 10 ? 1 : 2, smmu: "smmu0", pasid_compat: i < 10 })),
  attached: [
    ...count(7, (i) => ({ op: "attach", caller: "iommufd", group: group(i), domain: `D${i}` })),
    ...count(4, (i) => ({ op: "attach_pasid", caller: "iommufd", device: device(i), pasid: 1, domain: `D${i + 1}` })),
  ],
  threads: count(8, (thread) => ({ ops: count(16, (i) => operation(thread, i)) })),
};

/** The address of a run of so many steps, in which threads take turns of about six. */
export function hugeRun(steps: number): string {
  const scenario = readScenario(world);
  const design = findDesign("linux-7.3");
  if (design === undefined || packWorld(scenario) === null)
    throw new Error("no design, or a world too large for a link");
  const play = new Play(makeModel(scenario, design, {}));
  let seed = 7;
  let last = 0;
  while (play.player.events.length < steps) {
    const ready = play.machine.programs.map((_p, t) => t).filter((t) => play.machine.outcomes(t) > 0);
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    const stays = ready.includes(last) && (seed >>> 16) % 6 > 0;
    last = stays ? last : (ready[(seed >>> 20) % ready.length] ?? -1);
    if (last < 0) throw new Error(`the run ends after ${play.player.events.length} steps`);
    play.append({ kind: "choice", thread: last, outcome: 0 });
  }
  const { head, tail } = encodeLink(play);
  return `#${head}${tail}`;
}
