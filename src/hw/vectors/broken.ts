/**
 * Writers with one rule of the driver's broken each, and how many vectors notice: a rule that nothing notices would be one
 * that the vectors do not test.
 */
import { CD } from "../cd-fields.ts";
import { get, type Qwords, zeros } from "../fields.ts";
import { STE } from "../ste-fields.ts";
import { RULES, type WriterRules } from "../writer.ts";
import type { VectorFile } from "./check.ts";
import { sumOf } from "./read.ts";
import { checkTransitions } from "./transitions.ts";

const clear = (q: Qwords, qword: number, mask: bigint): Qwords => q.map((w, i) => (i === qword ? w & ~mask : w));
const EATS_LOW = 1n << STE.EATS.shift;

/** By what is wrong with them. */
export const BROKEN_WRITERS: Readonly<Record<string, Partial<WriterRules>>> = {
  "SHCFG is never used": { steUsed: (e) => clear(RULES.steUsed(e), 1, STE.SHCFG.mask) },
  "stage 1 does not use S2VMID": {
    steUsed: (e) => (get(e, STE.CFG) === 5n ? clear(RULES.steUsed(e), 2, STE.S2VMID.mask) : RULES.steUsed(e)),
  },
  "stage 1 does not use EATS": {
    steUsed: (e) => (get(e, STE.CFG) === 5n ? clear(RULES.steUsed(e), 1, STE.EATS.mask) : RULES.steUsed(e)),
  },
  "an invalid STE is used as well": {
    steUsed: (e) => RULES.steUsed([e[0] | STE.V.mask, ...e.slice(1)]),
  },
  "a CD without walks uses TTB0": {
    cdUsed: (e) => RULES.cdUsed([e[0] & ~CD.TCR_EPD0.mask, ...e.slice(1)]),
  },
  "a CD without walks ignores MAIR": {
    cdUsed: (e) => (get(e, CD.TCR_EPD0) === 1n ? clear(RULES.cdUsed(e), 3, CD.MAIR.mask) : RULES.cdUsed(e)),
  },
  "an invalid CD is used as well": { cdUsed: (e) => RULES.cdUsed([e[0] | CD.V.mask, ...e.slice(1)]) },
  "MEV is not safe": { steSafe: (c, t) => clear(RULES.steSafe(c, t), 1, STE.MEV.mask) },
  "EATS is never safe": { steSafe: (c, t) => clear(RULES.steSafe(c, t), 1, EATS_LOW) },
  "EATS is always safe": { steSafe: (c, t) => RULES.steSafe(c, t).map((w, i) => (i === 1 ? w | EATS_LOW : w)) },
  "S2S does not matter for EATS": {
    steSafe: (c, t) => RULES.steSafe(clear(c, 2, STE.S2S.mask), clear(t, 2, STE.S2S.mask)),
  },
  "S1CHK does not matter for EATS": {
    steSafe: (c, t) => RULES.steSafe(clear(c, 1, 2n * EATS_LOW), clear(t, 1, 2n * EATS_LOW)),
  },
  "only the target's S2S matters for EATS": { steSafe: (c, t) => RULES.steSafe(clear(c, 2, STE.S2S.mask), t) },
  "safe bits count although one entry ignores them": { keep: (now, _then, safe) => now & ~safe },
  "nothing is changed early": { mixed: (current) => current },
  "used bits are changed early": { mixed: (_current, target) => target },
  "ignored bits are critical": { critical: (mixed, _then, target) => mixed !== target },
  "two critical qwords are still hitless": {
    mode: (critical) => (critical.length === 0 ? "no_used_change" : critical.length <= 2 ? "hitless" : "disruptive"),
  },
  "one critical qword is disruptive": {
    mode: (critical) => (critical.length === 0 ? "no_used_change" : "disruptive"),
  },
  "no critical qword goes the hitless way": {
    mode: (critical) => (critical.length <= 1 ? "hitless" : "disruptive"),
  },
  "the critical qword is stored with the others": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      return mode === "hitless" ? [{ ...made[0], values: m }, ...made.slice(1)] : made;
    },
  },
  "the critical qword comes first": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      return mode === "hitless" ? [made[1], made[0], made[2]] : made;
    },
  },
  "what the new entry ignores is not cleared": {
    groups: (mode, c, m, t, critical) => RULES.groups(mode, c, m, t, critical).slice(0, mode === "hitless" ? 2 : 3),
  },
  "qword 0 is not taken away first": {
    groups: (mode, c, m, t, critical) => RULES.groups(mode, c, m, t, critical).slice(mode === "disruptive" ? 1 : 0),
  },
  "only V is taken away": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      const values = [c[0] & ~STE.V.mask & ~CD.V.mask, ...zeros().slice(1)];
      return mode === "disruptive" ? [{ qwords: [0], values }, ...made.slice(1)] : made;
    },
  },
  "qword 0 comes with the others": {
    groups: (mode, c, m, t, critical) => {
      const made = RULES.groups(mode, c, m, t, critical);
      return mode === "disruptive" ? [made[0], { qwords: [0, 1, 2, 3, 4, 5, 6, 7], values: t }] : made;
    },
  },
  "qwords are stored from the last to the first": {
    groups: (mode, c, m, t, critical) =>
      RULES.groups(mode, c, m, t, critical).map((group) => ({ ...group, qwords: [...group.qwords].reverse() })),
  },
};

/** How many records of both files of transitions fail with a broken writer. */
export function failedBy(
  broken: Partial<WriterRules>,
  files: Readonly<Record<VectorFile, unknown>>,
): { readonly ste: number; readonly cd: number } {
  const rules = { ...RULES, ...broken };
  return {
    ste: sumOf(checkTransitions("ste", files["ste_transitions.json"], rules)).failed,
    cd: sumOf(checkTransitions("cd", files["cd_transitions.json"], rules)).failed,
  };
}
