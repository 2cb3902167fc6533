/** The fields of STE and CD that tables show, and how their values are said, wherever the entry stands. */
import { CFG_NESTED, CFG_S1_TRANS, CFG_S2_TRANS } from "../hw/answers.ts";
import type { CdFacts, SteFacts } from "../hw/tables.ts";
import type { World } from "../kernel/structs.ts";
import { CONFIG_NAMES, S1DSS_NAMES } from "../kernel/words.ts";

export interface SteField {
  readonly name: keyof SteFacts;
  readonly qword: "q0" | "q1" | "q2" | "q3";
  /** The hardware looks at it: the Config of the entry uses it. */
  readonly isUsed: (ste: SteFacts) => boolean;
  readonly say: (ste: SteFacts) => string;
}

/** What hardware does not look at says nothing. */
export function steFields(w: World): readonly SteField[] {
  const field = (
    name: keyof SteFacts,
    qword: SteField["qword"],
    usedBy: readonly number[] | null,
    say: (value: number) => string,
  ): SteField => {
    const isUsed = ({ Config }: SteFacts) => usedBy === null || usedBy.includes(Config);
    return { name, qword, isUsed, say: (ste) => (isUsed(ste) ? say(ste[name]) : "-") };
  };
  return [
    field("V", "q0", null, String),
    field("Config", "q0", null, (v) => CONFIG_NAMES[v] ?? String(v)),
    field("S1ContextPtr", "q0", [CFG_S1_TRANS], (v) => (v === 0 ? "none" : "set")),
    field("S1DSS", "q1", [CFG_S1_TRANS], (v) => S1DSS_NAMES[v] ?? String(v)),
    field("S2VMID", "q2", [CFG_S2_TRANS, CFG_NESTED], (v) => (v === 0 ? "0" : String(w.domain[v]?.tag))),
    field("EATS", "q1", [CFG_S1_TRANS, CFG_S2_TRANS, CFG_NESTED], (v) => (v === 1 ? "TRANS" : "0")),
    ...(w.vsmmu.length > 1 ? [field("vSTE", "q0", [CFG_NESTED], (v) => `of ${w.domain[v]?.name}`)] : []),
  ];
}

export interface CdField {
  readonly name: keyof CdFacts;
  readonly qword: "cd_q0" | "cd_q1";
  readonly say: (cd: CdFacts) => string;
}

export function cdFields(w: World): readonly CdField[] {
  return [
    { name: "V", qword: "cd_q0", say: ({ V }) => String(V) },
    { name: "ASID", qword: "cd_q0", say: ({ ASID }) => (ASID === 0 ? "-" : String(w.domain[ASID]?.tag)) },
    { name: "TTB0", qword: "cd_q1", say: ({ TTB0 }) => (TTB0 === 0 ? "-" : `of ${w.domain[TTB0]?.name}`) },
    ...(w.mm.length > 1 ? [{ name: "EPD0", qword: "cd_q0", say: ({ EPD0 }: CdFacts) => String(EPD0) } as const] : []),
  ];
}
