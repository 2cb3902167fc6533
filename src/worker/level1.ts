/** First levels of tables that have two: which descriptor leads to an entry, and its qword. */
import { S1FMT_64K_L2 } from "../hw/answers.ts";
import { l1CdDesc, l1StreamDesc } from "../hw/builders.ts";
import { hex } from "../hw/fields.ts";
import { STRTAB_SPLIT } from "../hw/ste-fields.ts";
import { hasNoSte } from "../hw/tables.ts";
import type { World } from "../kernel/structs.ts";
import { cdTableL2, strtabL2 } from "../scenarios/memory.ts";
import type { Facts } from "./facts.ts";
import type { DeviceView, SteView } from "./protocol.ts";

/** More second levels than an SMMU has StreamIDs. */
const PER_SMMU = 64;

/** What leads to the STE of a StreamID: written when its device was probed (`arm_smmu_init_sid_strtab`). */
export function steLevel1({ world: w, now }: Facts, stream: number): Pick<SteView, "level1"> {
  const { sid, device } = w.stream[stream] as World["stream"][number];
  const smmu = w.device[device]?.smmu ?? 0;
  if (!w.smmu[smmu]?.features.has("2_LVL_STRTAB")) return {};
  const indexOf = (of: number) => of >>> STRTAB_SPLIT;
  const own = w.stream.filter(({ device: of }) => w.device[of]?.smmu === smmu).map((of) => indexOf(of.sid));
  const place = [...new Set(own)].sort((a, b) => a - b).indexOf(indexOf(sid));
  const descriptor = hasNoSte(now, w, stream) ? 0n : l1StreamDesc(strtabL2(smmu * PER_SMMU + place));
  return { level1: `L1[${indexOf(sid)}] ${hex(descriptor)}` };
}

/** What leads to the CDs of a device that a run can name: `arm_smmu_write_cd_l1_desc` writes it with the first of them. */
export function cdLevel1(facts: Facts, device: number): Pick<DeviceView["cdTable"], "level1"> {
  const own = facts.world.device[device];
  if (own?.s1fmt !== S1FMT_64K_L2) return {};
  const say = (there: number) => hex(there === 1 ? l1CdDesc(cdTableL2(device)) : 0n);
  const note = { layer: "tables", what: `\`L1[0]\` of the CD table of ${own.name}` } as const;
  return { level1: facts.field("L1[0]", ["master", device, "cdtab_l2"], say, note) };
}
