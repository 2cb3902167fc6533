/**
 * Which entries the driver can build for each device of a world, by `arm_smmu_make_*` (arm-smmu-v3.c, -iommufd.c and -sva.c,
 * Linux 7.3): what is asked for, under which number.
 */
import {
  abortSte,
  bypassSte,
  cdtableSte,
  nestedDomainSte,
  s1Cd,
  s2DomainSte,
  svaCd,
  type Stage2,
} from "../hw/builders.ts";
import {
  type BuiltEntry,
  type CdEntries,
  cdEntries,
  Entries,
  type Owners,
  type SteEntries,
  steEntries,
} from "../hw/entries.ts";
import { zeros } from "../hw/fields.ts";
import { MAIR, tcrOf, vtcrOf } from "../hw/pgtable.ts";
import { STE } from "../hw/ste-fields.ts";
import { CFG_ABORT, CFG_BYPASS, CFG_NESTED, CFG_S1_TRANS, CFG_S2_TRANS } from "../hw/answers.ts";
import { type DeviceFacts, FIRST_DOMAIN, type SmmuFacts, type World } from "./structs.ts";

/** What `arm_smmu_install_ste_for_dev` is asked for, in one number; `domain` is the one whose page tables stage 2 has. */
export const steKey = (Config: number, S1DSS: number, EATS: number, domain: number): number =>
  Config | (S1DSS << 3) | (EATS << 5) | (domain << 6);

/** What a unit test gives is asked for by its own number, beyond those of the driver's. */
export const givenKey = (entry: number): number => (1 << 16) | entry;

/** The entries of one kind that a unit test gives. */
const given = (w: Facts, kind: "ste" | "cd"): BuiltEntry[] =>
  w.entry.flatMap((entry, i) => (i > 0 && entry.kind === kind ? [{ key: givenKey(i), qwords: entry.qwords }] : []));

/** The same for a CD: 0 clears it. */
export const cdKey = (domain: number, EPD0: number): number => (domain << 1) | EPD0;

/** The constants of a world without the entries that follow from them. */
export type Facts = Omit<World, "ste" | "cd" | "invs">;

/** Who is known by which address and tag, behind one SMMU. */
function ownersOf(w: Facts, smmu: number): Owners {
  const cdTable = new Map<bigint, number>();
  w.device.forEach((d, i) => {
    if (i > 0 && d.smmu === smmu) cdTable.set(d.cdtab_dma, i);
  });
  const guestCdTable = new Map<bigint, number>();
  const vmid = new Map<number, number>();
  const asid = new Map<number, number>();
  const pageTable = new Map<bigint, number>();
  w.domain.forEach((d, i) => {
    if (i < FIRST_DOMAIN) return;
    if (d.type === "NESTED") guestCdTable.set(d.ttb, i);
    else pageTable.set(d.ttb, i);
    if (d.stage === 1 || d.type === "SVA") asid.set(d.tag, i);
    if (d.stage === 2 && d.smmu === smmu) vmid.set(d.tag, i);
  });
  return { cdTable, guestCdTable, vmid, asid, pageTable };
}

/** What the arm64 CPUs of a world have: pages of 4 KB, addresses of 48 bits, no hardware update of table descriptors. */
const cpu = { page_kb: 4, va_bits: 48, parange: 5, haft: false, mair_el1: 0x0000_0004_0044_ffffn };

const quirksOf = (w: Facts, domain: number): ReadonlySet<string> => {
  const facts = w.domain[domain];
  const features = w.smmu[facts?.smmu ?? 0]?.features;
  const quirks = new Set<string>();
  if (facts?.dirty_tracking && features?.has("HD")) quirks.add("ARM_HD");
  if (facts?.nest_parent && features?.has("S2FWB")) quirks.add("ARM_S2FWB");
  return quirks;
};

function stage2(w: Facts, domain: number): Stage2 {
  const facts = w.domain[domain];
  const vtcr = vtcrOf(w.smmu[facts?.smmu ?? 0] as SmmuFacts);
  return { quirks: quirksOf(w, domain), vmid: facts?.tag ?? 0, vttbr: facts?.ttb ?? 0n, vtcr };
}

function steBuilt(w: Facts, device: DeviceFacts): BuiltEntry[] {
  const features = w.smmu[device.smmu]?.features ?? new Set<string>();
  const { stall_enabled, cdtab_dma, s1cdmax, s1fmt } = device;
  const built: BuiltEntry[] = [
    { key: steKey(CFG_ABORT, 0, 0, 0), qwords: abortSte() },
    { key: steKey(CFG_BYPASS, 0, 0, 0), qwords: bypassSte(features) },
  ];
  for (const EATS of [0, 1]) {
    const more = { features, stall_enabled, ats_enabled: EATS === 1 };
    for (const s1dss of Object.values(STE.S1DSS.values)) {
      const qwords = cdtableSte({ ...more, s1dss, cdtab_dma, s1cdmax, s1fmt });
      built.push({ key: steKey(CFG_S1_TRANS, s1dss, EATS, 0), qwords });
    }
    w.domain.forEach((d, i) => {
      if (d.smmu !== device.smmu) return;
      if (d.stage === 2)
        built.push({ key: steKey(CFG_S2_TRANS, 0, EATS, i), qwords: s2DomainSte({ ...more, ...stage2(w, i) }) });
      if (d.type !== "NESTED" || d.vste !== "s1") return;
      const s2_parent = stage2(w, w.vsmmu[d.vsmmu]?.s2_parent ?? 0);
      built.push({
        key: steKey(CFG_NESTED, 0, EATS, i),
        qwords: nestedDomainSte({ ...more, vste: d.vste_qwords, s2_parent }),
      });
    });
  }
  return built;
}

function cdBuilt(w: Facts, device: DeviceFacts): BuiltEntry[] {
  const features = w.smmu[device.smmu]?.features ?? new Set<string>();
  const { stall_enabled } = device;
  const tcr = tcrOf(w.smmu[device.smmu] as SmmuFacts);
  const built: BuiltEntry[] = [{ key: cdKey(0, 0), qwords: zeros() }];
  w.domain.forEach((d, i) => {
    if (d.smmu !== device.smmu) return;
    const asid = d.tag;
    if (d.stage === 1) {
      const qwords = s1Cd({ stall_enabled, quirks: quirksOf(w, i), asid, tcr, ttbr: d.ttb, mair: MAIR });
      built.push({ key: cdKey(i, 0), qwords });
    }
    if (d.type !== "SVA") return;
    const inputs = { features, stall_enabled, asid, cpu };
    built.push(
      { key: cdKey(i, 0), qwords: svaCd({ ...inputs, mm: { pgd_phys: d.ttb } }) },
      { key: cdKey(i, 1), qwords: svaCd({ ...inputs, mm: null }) },
    );
  });
  return built;
}

/** The entries of each StreamID, and the CDs of each device. Throws with one sentence where a device can have too many. */
export function entriesOf(w: Facts): { readonly ste: readonly SteEntries[]; readonly cd: readonly CdEntries[] } {
  // a process that exits writes CDs under a lock that no attach takes
  const overlap = w.mm.length > 1;
  const owners = w.smmu.map((_smmu, i) => ownersOf(w, i));
  const ofDevice = w.device.map((device) => {
    const own = owners[device.smmu] as Owners;
    return {
      ste: steEntries(new Entries("ste", [...steBuilt(w, device), ...given(w, "ste")], false, device.name), own),
      cd: cdEntries(new Entries("cd", [...cdBuilt(w, device), ...given(w, "cd")], overlap, device.name), own),
    };
  });
  return {
    ste: w.stream.map(({ device }) => (ofDevice[device] as (typeof ofDevice)[number]).ste),
    cd: ofDevice.map(({ cd }) => cd),
  };
}
