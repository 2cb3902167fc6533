/** A world for each of the twelve checks of the test_dev patch: its first thread meets the check, its second is a reset. */
import type { ScenarioInput } from "../schema.ts";
import { domain, world } from "./world.ts";

const one = "0000:01:00.0";
const group = "group 7";

type Op = ScenarioInput["threads"][number]["ops"][number];
type Device = Partial<ScenarioInput["devices"][number]>;
interface Given extends Partial<Omit<ScenarioInput, "id" | "title" | "about" | "devices" | "groups" | "threads">> {
  readonly device?: Device;
  readonly op: Op;
}

const check = (id: string, title: string, about: string, { device = {}, op, ...given }: Given): ScenarioInput =>
  world({
    id: `check-${id}`,
    title: `check: ${title}`,
    about,
    domains: [domain("D0", 1), domain("D1", 1), domain("D2", 2)],
    attached: [],
    ...given,
    devices: [{ name: one, sids: ["0x100"], ...device }],
    groups: [{ name: group, devices: [one], owned: false }],
    threads: [{ ops: [op] }, { ops: [{ op: "reset", caller: "reset via sysfs", device: one }] }],
  });

const replace = (name: string): Op => ({ op: "replace", caller: "core", group, domain: name });
const attachPasid = (name: string): Op => ({ op: "attach_pasid", caller: "core", device: one, pasid: 1, domain: name });

const twoSmmus = [{ name: "smmu0" }, { name: "smmu1" }];
const nesting = {
  vsmmus: [{ name: "vSMMU", smmu: "smmu0", s2_parent: "S2P" }],
  domains: [
    domain("D0", 1),
    domain("D1", 1),
    domain("S2P", 2),
    { name: "N1", smmu: "smmu0", type: "NESTED" as const, vsmmu: "vSMMU" },
  ],
};

/** In the order of the patch. */
export const checkWorlds: readonly ScenarioInput[] = [
  check("fwspec", "no fwspec", "The device has no firmware description of its StreamIDs: -ENOENT.", {
    device: { fwspec: false },
    op: replace("D0"),
  }),
  check(
    "nested-pasid",
    "nested on a PASID",
    "A nested domain is to go to a PASID. Its ops have no `set_dev_pasid`, so that the core answers before any driver: -EOPNOTSUPP.",
    { ...nesting, op: attachPasid("N1") },
  ),
  check(
    "nested-smmu",
    "vSMMU of another SMMU",
    "The vSMMU of the nested domain is on another SMMU than the device: -EINVAL.",
    {
      smmus: twoSmmus,
      vsmmus: [{ name: "vSMMU", smmu: "smmu1", s2_parent: "S2P" }],
      domains: [domain("S2P", 2, { smmu: "smmu1" }), { name: "N1", smmu: "smmu1", type: "NESTED", vsmmu: "vSMMU" }],
      op: replace("N1"),
    },
  ),
  check(
    "nested-ssids",
    "nested while SSIDs are in use",
    "PASID 1 is attached, and the RID is to go to a nested domain: -EBUSY.",
    {
      ...nesting,
      attached: [replace("D0"), attachPasid("D1")],
      op: replace("N1"),
    },
  ),
  check(
    "sva-feature",
    "an SMMU without SVA",
    "An SVA domain of an SMMU that can, for a device behind one that cannot: -EOPNOTSUPP.",
    {
      smmus: [{ name: "smmu0", sva: false }, { name: "smmu1" }],
      domains: [{ name: "SVA A", smmu: "smmu1", type: "SVA", mm: "mm A" }],
      mms: [{ name: "mm A", pasid: 1 }],
      op: attachPasid("SVA A"),
    },
  ),
  check("smmu", "a domain of another SMMU", "The domain was made for another SMMU than the device's: -EINVAL.", {
    smmus: twoSmmus,
    domains: [domain("D9", 1, { smmu: "smmu1" })],
    op: replace("D9"),
  }),
  check("ssids", "stage 2 while SSIDs are in use", "PASID 1 is attached, and the RID is to go to stage 2: -EBUSY.", {
    attached: [replace("D0"), attachPasid("D1")],
    op: replace("D2"),
  }),
  check("pasid-stage", "stage 2 on a PASID", "A PASID can only have a page table of stage 1: -EINVAL.", {
    attached: [replace("D0")],
    op: attachPasid("D2"),
  }),
  check(
    "in-ste",
    "a PASID beside a stage 2 RID",
    "The RID is on stage 2, so that no STE can point to a CD table: -EINVAL.",
    {
      attached: [replace("D2")],
      op: attachPasid("D1"),
    },
  ),
  check(
    "config-sva",
    "page requests without CONFIG_ARM_SMMU_V3_SVA",
    "The kernel was built without SVA, and the domain has a fault handler: -EOPNOTSUPP.",
    {
      config_sva: false,
      domains: [domain("D0", 1), domain("F1", 1, { iopf: true })],
      attached: [replace("D0")],
      op: replace("F1"),
    },
  ),
  check(
    "streams",
    "page requests with two streams",
    "The function stalls and has two StreamIDs, and the domain has a fault handler: -EOPNOTSUPP.",
    {
      device: { stall: true, sids: ["0x100", "0x101"] },
      domains: [domain("D0", 1), domain("F1", 1, { iopf: true })],
      attached: [replace("D0")],
      op: replace("F1"),
    },
  ),
  check(
    "coherency",
    "enforced coherency without CANWBS",
    "The domain enforces cache coherency, and the function cannot keep it: -EINVAL.",
    {
      device: { canwbs: false },
      domains: [domain("D0", 1), domain("D1", 1, { enforce_cache_coherency: true })],
      attached: [replace("D0")],
      op: replace("D1"),
    },
  ),
];
