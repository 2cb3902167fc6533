/** How the library writes a world down: what most of them share need not be said. */
import type { ScenarioInput } from "../schema.ts";

/** What the worlds share: one SMMU, functions with PASIDs on it, groups that a user owns. */
type Given = Omit<ScenarioInput, "smmus" | "devices" | "groups"> & {
  readonly smmus?: ScenarioInput["smmus"];
  readonly devices: readonly (Partial<ScenarioInput["devices"][number]> & { name: string; sids: string[] })[];
  readonly groups: readonly (Partial<ScenarioInput["groups"][number]> & { name: string; devices: string[] })[];
};

export const world = (given: Given): ScenarioInput => ({
  smmus: [{ name: "smmu0" }],
  ...given,
  devices: given.devices.map((d) => ({ smmu: "smmu0", max_pasids: 32, ...d })),
  groups: given.groups.map((g) => ({ default_domain: "identity", owned: true, ...g })),
});

type DomainInput = ScenarioInput["domains"][number];

export const domain = (name: string, stage: 1 | 2, more: Partial<DomainInput> = {}): DomainInput => ({
  name,
  stage,
  smmu: "smmu0",
  pasid_compat: stage === 1,
  ...more,
});
