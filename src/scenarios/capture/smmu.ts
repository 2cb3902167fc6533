/** The SMMU of a capture: what its driver found, as the model takes it. */
import { makeSync } from "../../hw/commands.ts";
import { FORMATS } from "../../hw/command-fields.ts";
import type { Qwords } from "../../hw/fields.ts";
import { featuresOf, probe, type Probed } from "../../hw/probe.ts";
import type { Capture } from "./read.ts";

/** ARM_SMMU_FEAT_* that firmware may have told otherwise than the ID registers. */
const OF_FIRMWARE = ["COHERENCY", "HA", "HD", "HAFT"];

const registers = (capture: Capture) => capture.idr.map((x) => Number(`0x${x.replace(/^0x/i, "")}`) % 2 ** 32);

/**
 * What the ID registers say, and for the rest what the driver printed: firmware has the last word on coherent walks and
 * HTTU, and only a kernel at EL2 uses E2H. Where nothing was printed, CR2.E2H tells.
 */
export function smmuOf(capture: Capture): Probed {
  const printed = /\(features 0x([0-9a-f]{1,8})\)/i.exec(capture.smmu_probe)?.[1];
  const said = printed === undefined ? undefined : featuresOf(Number.parseInt(printed, 16));
  const CR2 = Number(`0x${(capture.registers_at_boot.CR2 ?? "0").replace(/^0x/i, "")}`);
  const found = probe(registers(capture), { vhe: said?.has("E2H") ?? CR2 % 2 === 1 });
  if (said === undefined) return found;
  const own = [...found.features].filter((name) => !OF_FIRMWARE.includes(name));
  return { ...found, features: new Set([...own, ...OF_FIRMWARE.filter((name) => said.has(name))]) };
}

/** `arm_smmu_cmdq_build_sync_cmd`: the end is told by an event, or by a message to where the command is. */
export function syncOf({ features }: Probed): Qwords {
  const { CS, MSIADDR } = FORMATS.CMD_SYNC.fields;
  const { IRQ, SEV } = CS.values;
  const isPolled = features.has("MSI") && features.has("COHERENCY");
  return isPolled ? makeSync(IRQ, MSIADDR.mask) : makeSync(SEV, 0n);
}
