/** The inputs of builders as the vectors write them. */
import {
  abortSte,
  bypassSte,
  cdtableSte,
  nestedDomainSte,
  s1Cd,
  s2DomainSte,
  type Stage2,
  svaCd,
} from "../builders.ts";
import type { Qwords } from "../fields.ts";
import { STE } from "../ste-fields.ts";
import { flag, integer, Malformed, names, object, qword, qwords, symbol, text } from "./read.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** What every builder for a device has; CDs of paging domains and some STEs have no features. */
const common = (i: Inputs) => ({
  features: names(i.features, "features"),
  stall_enabled: flag(i.stall_enabled, "stall_enabled"),
  ats_enabled: flag(i.ats_enabled, "ats_enabled"),
});

function numbers<K extends string>(value: unknown, what: string, keys: readonly K[]): Record<K, number> {
  const of = object(value, what);
  return Object.fromEntries(keys.map((key) => [key, integer(of[key], `${what}.${key}`)])) as Record<K, number>;
}

const stage2 = (i: Inputs): Stage2 => ({
  quirks: names(i.quirks, "quirks"),
  vmid: integer(i.vmid, "vmid"),
  vttbr: qword(i.vttbr, "vttbr"),
  vtcr: numbers(i.vtcr, "vtcr", ["ps", "tg", "sh", "orgn", "irgn", "sl", "tsz"]),
});

function cpu(value: unknown) {
  const of = object(value, "cpu");
  return {
    ...numbers(of, "cpu", ["page_kb", "va_bits", "parange"]),
    haft: flag(of.haft, "cpu.haft"),
    mair_el1: qword(of.mair_el1, "cpu.mair_el1"),
  };
}

const BUILDERS: Readonly<Record<string, (i: Inputs) => Qwords>> = {
  abort_ste: () => abortSte(),
  bypass_ste: (i) => bypassSte(names(i.features, "features")),
  cdtable_ste: (i) =>
    cdtableSte({
      ...common(i),
      s1dss: symbol(i.s1dss, STE.S1DSS.values, "s1dss"),
      cdtab_dma: qword(i.cdtab_dma, "cdtab_dma"),
      s1cdmax: integer(i.s1cdmax, "s1cdmax"),
      s1fmt: symbol(i.s1fmt, STE.S1FMT.values, "s1fmt"),
    }),
  s2_domain_ste: (i) => s2DomainSte({ ...common(i), ...stage2(i) }),
  nested_domain_ste: (i) =>
    nestedDomainSte({
      ...common(i),
      vste: qwords(i.vste, "vste", 2),
      s2_parent: stage2(object(i.s2_parent, "s2_parent")),
    }),
  s1_cd: (i) =>
    s1Cd({
      stall_enabled: flag(i.stall_enabled, "stall_enabled"),
      quirks: names(i.quirks, "quirks"),
      asid: integer(i.asid, "asid"),
      tcr: numbers(i.tcr, "tcr", ["ips", "tg", "sh", "orgn", "irgn", "tsz"]),
      ttbr: qword(i.ttbr, "ttbr"),
      mair: qword(i.mair, "mair"),
    }),
  sva_cd: (i) =>
    svaCd({
      features: names(i.features, "features"),
      stall_enabled: flag(i.stall_enabled, "stall_enabled"),
      mm: i.mm === null ? null : { pgd_phys: qword(object(i.mm, "mm").pgd_phys, "mm.pgd_phys") },
      asid: integer(i.asid, "asid"),
      cpu: cpu(i.cpu),
    }),
};

/** Runs the builder of a name. */
export function build(builder: string, inputs: unknown): Qwords {
  if (!Object.hasOwn(BUILDERS, builder)) throw new Malformed(`there is no builder ${text(builder, "builder")}`);
  return BUILDERS[builder](object(inputs, "inputs"));
}
