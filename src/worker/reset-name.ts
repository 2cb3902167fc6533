/** What the reset is called that a function is in. An FLR is one method of several: a bus that is reset has none. */
import type { StepRecord } from "../scenarios/play.ts";

/** By the procedure whose statement puts the function into its reset; a quirk's own reset is the method that it calls. */
const NAMES: Readonly<Record<string, string>> = {
  pcie_flr: "FLR",
  pci_af_flr: "FLR",
  pci_reset_bus_function: "bus reset",
  pci_bridge_secondary_bus_reset: "bus reset",
};

/**
 * The reset that a device is in after a step, by the step's index: "FLR", "bus reset", and "reset" for all others. It has
 * the name of what began it, where a second one comes on top.
 */
export function resetName(records: readonly StepRecord[], device: number, index: number): string {
  let first = index;
  while (first > 0 && ((records[first - 1]?.windows[device] ?? 0) & 2) !== 0) first--;
  return NAMES[records[first]?.proc ?? ""] ?? "reset";
}
