/**
 * Faults sown into Linux 7.3, one at a time: does some property notice?
 *
 * A fault is a toggle, or two. Each world of the library is searched, the small ones first, until one breaks a property
 * that it does not break as it is.
 */
import { findDesign } from "../kernel/designs/index.ts";
import { type Model, makeModel } from "../scenarios/build.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { readToggle, type Toggle } from "../scenarios/toggles.ts";
import { violatedIn } from "./check.ts";

export interface Fault {
  readonly what: string;
  /** Words of `toggles.ts`. */
  readonly toggles: readonly string[];
  /** Why nothing notices, where nothing does. */
  readonly missed?: string;
}

const prepare = "pci_dev_reset_iommu_prepare";
const done = "pci_dev_reset_iommu_done";
const setDomain = "__iommu_group_set_domain_internal";
const attachPasid = "iommu_attach_device_pasid";

export const faults: readonly Fault[] = [
  { what: "a replace of the RID is not fenced", toggles: [`drop-${setDomain}-fence`] },
  { what: "an attach of a PASID is not fenced", toggles: [`drop-${attachPasid}-fence`] },
  { what: "a replace of a PASID is not fenced", toggles: ["drop-iommu_replace_device_pasid-fence"] },
  { what: "a switch does not skip blocked devices", toggles: [`drop-${setDomain}-skip_blocked`] },
  {
    what: "removing a PASID calls the driver of a blocked device",
    toggles: ["always-__iommu_remove_group_pasid-gate"],
  },
  { what: "an inner prepare blocks again", toggles: [`drop-${prepare}-1m6ob3`] },
  { what: "an inner done puts back", toggles: [`drop-${done}-15mz2b`] },
  { what: "prepare forgets `blocked`", toggles: [`drop-${prepare}-1f610y`] },
  { what: "done forgets to clear `blocked`", toggles: [`drop-${done}-1lnnvs`] },
  { what: "prepare does not count", toggles: [`drop-${prepare}-15482q`] },
  { what: "done does not count", toggles: [`drop-${done}-1xmmgc`] },
  { what: "prepare leaves the PASIDs", toggles: [`drop-${prepare}-1f3ngi`] },
  { what: "done leaves the PASIDs away", toggles: [`drop-${done}-1f3ngi`] },
  { what: "prepare does not block the RID", toggles: [`drop-${prepare}-14asn6`] },
  { what: "done does not attach the RID again", toggles: [`drop-${done}-1l3gu1`] },
  { what: "prepare goes without `group->mutex`", toggles: [`drop-${prepare}-lock`] },
  { what: "done goes without `group->mutex`", toggles: [`drop-${done}-lock`] },
  { what: "an attach of a PASID goes without `group->mutex`", toggles: [`drop-${attachPasid}-lock`] },
  {
    what: "a detach of a group goes without `group->mutex`",
    toggles: ["drop-iommu_detach_group-lock"],
    missed: "no world has such a detach beside something that it could meet: users come through iommufd",
  },
  { what: "done does not give `group->mutex` back", toggles: [`drop-${done}-1r7wfa`] },
  { what: "`group->domain` does not move on", toggles: [`drop-${setDomain}-18pdm5`] },
  { what: "a switch that fails does not go back", toggles: [`drop-${setDomain}-2iyr7t`] },
  { what: "a PASID shows before it is attached", toggles: [`before-${attachPasid}-1v0iyh-1rwjl1`] },
  { what: "`blocked` is cleared before anything is put back", toggles: [`after-${done}-1lnnvs-lock`] },
  { what: "a device with RMRs is blocked by an attach", toggles: ["drop-__iommu_device_set_domain-direct"] },
  { what: "stage 2 beside PASIDs is not refused", toggles: ["drop-arm_smmu_attach_dev-ssids_in_use"] },
  { what: "a domain of another SMMU is not refused", toggles: ["drop-arm_smmu_attach_dev-smmu"] },
  {
    what: "an unmap invalidates nothing",
    toggles: ["drop-iommu_unmap-inv"],
  },
  { what: "ATS stays on where it is not wanted", toggles: ["drop-arm_smmu_attach_prepare-disable_ats"] },
  {
    what: "the old domain keeps its master",
    toggles: ["drop-arm_smmu_attach_commit-1k8wrf"],
  },
  { what: "a PASID does not update the STE", toggles: ["drop-arm_smmu_set_pasid-1tp731"] },
  { what: "the last PASID leaves the CD valid", toggles: ["drop-arm_smmu_blocking_set_dev_pasid-1rw0sa"] },
  { what: "an attach goes without `arm_smmu_asid_lock`", toggles: ["drop-arm_smmu_attach_dev-1izkoa"] },
  {
    what: "prepare that fails keeps its count",
    toggles: [`drop-${prepare}-11pbmx`],
    missed: "prepare fails if blocking does, which the driver never refuses here",
  },
];

export interface Caught extends Fault {
  /** The world that notices, and what it breaks there that it does not break without the fault. */
  readonly scenario: string | null;
  readonly properties: readonly string[];
}

/** Model of a world in Linux 7.3 with a fault. Throws a ToggleError if the fault does not fit the design any more. */
export function withFault(scenario: Scenario, { toggles }: Pick<Fault, "toggles">): Model {
  const design = findDesign("linux-7.3");
  if (design === undefined) throw new Error("there is no linux-7.3");
  return makeModel(
    scenario,
    design,
    {},
    toggles.map((word) => readToggle(word)).filter((toggle): toggle is Toggle => toggle !== null),
  );
}

/** Searches worlds for one that notices a fault. `as` is what each breaks as it is, and is filled as it is needed. */
export function sow(fault: Fault, worlds: readonly Scenario[], as: Map<string, ReadonlySet<string>>): Caught {
  for (const world of worlds) {
    const known = as.get(world.id) ?? new Set(violatedIn(withFault(world, { toggles: [] }), MOST_STATES));
    as.set(world.id, known);
    const properties = violatedIn(withFault(world, fault), MOST_STATES).filter((id) => !known.has(id));
    if (properties.length > 0) return { ...fault, scenario: world.id, properties };
  }
  return { ...fault, scenario: null, properties: [] };
}

/** A world that has more is searched as far as that. */
const MOST_STATES = 30_000;
