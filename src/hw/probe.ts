/**
 * What the driver learns of an SMMU from its ID registers: `arm_smmu_device_hw_probe` with `arm_smmu_get_httu`
 * (arm-smmu-v3.c, Linux 7.3).
 */
import { FEATURES, REGISTERS } from "./registers.ts";

export interface Probed {
  /** ARM_SMMU_FEAT_*, by name. */
  readonly features: ReadonlySet<string>;
  /** Bits of an output address. */
  readonly oas: number;
}

/** What no ID register says. */
export interface Kernel {
  /** It runs at EL2, with the virtualization host extensions. */
  readonly vhe: boolean;
}

/** By IDR5.OAS; what is not known is cut to 48 bits. */
const OAS: readonly number[] = [32, 36, 40, 42, 44, 48, 52];
/** IDR1.SIDSIZE up to which one second level would hold all STEs. */
const STRTAB_SPLIT = 8;

/** Reads IDR0, IDR1, IDR3 and IDR5; one that is missing reads as 0. */
export function probe(idr: readonly number[], { vhe }: Kernel): Probed {
  const read = (register: "IDR0" | "IDR1" | "IDR3" | "IDR5", name: string): number => {
    const field = REGISTERS[register]?.fields.find(([id]) => id === name);
    if (field === undefined) throw new TypeError(`probe: no field ${name} of ${register}`);
    const [, hi, lo] = field;
    return ((idr[Number(register[3])] ?? 0) >>> lo) % 2 ** (hi - lo + 1);
  };
  const features = new Set<string>();
  const when = (name: string, is: boolean) => {
    if (is) features.add(name);
  };
  when("2_LVL_STRTAB", read("IDR0", "ST_LVL") === 1 && read("IDR1", "SIDSIZE") > STRTAB_SPLIT);
  when("2_LVL_CDTAB", read("IDR0", "CD2L") === 1);
  const endian = read("IDR0", "TTENDIAN");
  when("TT_LE", endian === 0 || endian === 2);
  when("TT_BE", endian === 0);
  for (const name of ["PRI", "ATS", "SEV", "MSI", "HYP"]) when(name, read("IDR0", name) === 1);
  when("E2H", features.has("HYP") && vhe);
  const httu = read("IDR0", "HTTU");
  when("HA", httu >= 1);
  when("HD", httu >= 2);
  when("HAFT", httu === 3);
  when("COHERENCY", read("IDR0", "COHACC") === 1);
  const stall = read("IDR0", "STALL_MODEL");
  when("STALLS", stall === 0 || stall === 2);
  when("STALL_FORCE", stall === 2);
  when("TRANS_S1", read("IDR0", "S1P") === 1);
  when("TRANS_S2", read("IDR0", "S2P") === 1);
  when("NESTING", features.has("TRANS_S1") && features.has("TRANS_S2"));
  when("ATTR_TYPES_OVR", read("IDR1", "ATTR_TYPES_OVR") === 1);
  when("RANGE_INV", read("IDR3", "RIL") === 1);
  when("S2FWB", read("IDR3", "FWB") === 1);
  when("BBML2", read("IDR3", "BBM") === 2);
  when("DS", read("IDR5", "DS") === 1);
  when("VAX", read("IDR5", "VAX") === 1);
  return { features, oas: OAS[read("IDR5", "OAS")] ?? 48 };
}

/** The features of a mask as the driver prints it. */
export const featuresOf = (mask: number): ReadonlySet<string> =>
  new Set(Object.keys(FEATURES).filter((name) => Math.floor(mask / 2 ** (FEATURES[name] ?? 0)) % 2 === 1));
