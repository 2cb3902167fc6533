/**
 * How an entry in memory becomes another one: `arm_smmu_write_entry` with `arm_smmu_entry_qword_diff`,
 * `arm_smmu_get_ste_used`, `arm_smmu_get_ste_update_safe` and `arm_smmu_get_cd_used` (arm-smmu-v3.c, Linux 7.3).
 *
 * The SMMU may read the entry at any time, and only a store of 64 bits is atomic. It ignores some bits of an entry, by
 * what the others say. So bits that the present entry ignores are changed first, then the one qword that changes what
 * the entry means, then what the new one ignores. Where more than one qword would have to change at once, V goes to 0.
 */
import { CD } from "./cd-fields.ts";
import { ENTRY_QWORDS, get, maskOf, type Qwords, zeros } from "./fields.ts";
import { STE } from "./ste-fields.ts";

export type EntryKind = "ste" | "cd";
/** Which way the writer went; each name is the driver's word for it. */
export type Mode = "no_used_change" | "hitless" | "disruptive";

/** A store of 64 bits, or making the SMMU drop its copy of the entry and waiting for that. */
export type WriteStep = { readonly store: number; readonly value: bigint } | { readonly sync: true };

/** Qwords of the entry that are to have a value, in the order in which they are looked at; then a sync, if any was stored. */
export interface Group {
  readonly qwords: readonly number[];
  readonly values: Qwords;
}

/** The rules of an update, one by one, so that each can be replaced to see what it is there for. */
export interface WriterRules {
  /** The bits that the SMMU looks at in this entry. */
  readonly steUsed: (entry: Qwords) => Qwords;
  readonly cdUsed: (entry: Qwords) => Qwords;
  /** Bits of an STE that may differ for a moment. */
  readonly steSafe: (current: Qwords, target: Qwords) => Qwords;
  /** The bits of a qword that must not change at first. */
  readonly keep: (usedNow: bigint, usedThen: bigint, safe: bigint) => bigint;
  /** The qword with everything changed that may already change. */
  readonly mixed: (current: bigint, target: bigint, keep: bigint) => bigint;
  /** Whether a qword still means something else than it will. */
  readonly critical: (mixed: bigint, usedThen: bigint, target: bigint) => boolean;
  readonly mode: (critical: readonly number[]) => Mode;
  readonly groups: (mode: Mode, current: Qwords, mixed: Qwords, target: Qwords, critical: number) => readonly Group[];
}

const S1_0 = maskOf(STE.S1FMT, STE.S1CTXPTR, STE.S1CDMAX);
const S1_1 = maskOf(STE.S1DSS, STE.S1CIR, STE.S1COR, STE.S1CSH, STE.S1STALLD, STE.STRW, STE.EATS, STE.MEV);
const S2_1 = maskOf(STE.S2FWB, STE.EATS, STE.SHCFG, STE.MEV);
const S2_2 = maskOf(STE.S2VMID, STE.VTCR, STE.S2AA64, STE.S2ENDI, STE.S2PTW, STE.S2S, STE.S2R);

const CFG_BYPASS = BigInt(STE.CFG.values.BYPASS);
const S1DSS_BYPASS = BigInt(STE.S1DSS.values.BYPASS);

/** The bits of an STE that the SMMU looks at. */
export function steUsed(entry: Qwords): Qwords {
  const used = zeros();
  used[0] = STE.V.mask;
  if (get(entry, STE.V) === 0n) return used;
  const cfg = get(entry, STE.CFG);
  used[0] |= STE.CFG.mask;
  // stage 1 translates
  if ((cfg & 1n) !== 0n) {
    used[0] |= S1_0;
    used[1] |= S1_1;
    used[2] |= STE.S2VMID.mask;
    // what bypasses stage 1 has no attributes of a page to take
    if (get(entry, STE.S1DSS) === S1DSS_BYPASS) used[1] |= STE.SHCFG.mask;
  }
  // stage 2 translates
  if ((cfg & 2n) !== 0n) {
    used[1] |= S2_1;
    used[2] |= S2_2;
    used[3] |= STE.S2TTB.mask;
  }
  if (cfg === CFG_BYPASS) used[1] |= STE.SHCFG.mask;
  return used;
}

const ALL = (1n << 64n) - 1n;
const WALK = maskOf(CD.TCR_T0SZ, CD.TCR_TG0, CD.TCR_IRGN0, CD.TCR_ORGN0, CD.TCR_SH0);

/** The bits of a CD that the SMMU looks at. */
export function cdUsed(entry: Qwords): Qwords {
  const used = zeros();
  used[0] = CD.V.mask;
  if (get(entry, CD.V) === 0n) return used;
  used.fill(ALL);
  // without walks their parameters are ignored
  if (get(entry, CD.TCR_EPD0) === 1n) {
    used[0] &= ~WALK;
    used[1] &= ~CD.TTB0.mask;
  }
  return used;
}

const EATS_TRANS = 1n << STE.EATS.shift;
const EATS_S1CHK = 2n << STE.EATS.shift;

/**
 * ATS of the function is off while EATS changes, so TRANS may come early or go late; but not beside S2S, which is
 * illegal together, nor beside S1CHK, since both bits at once mean neither. Merging of events harms nobody.
 */
function steSafe(current: Qwords, target: Qwords): Qwords {
  const safe = zeros();
  const either = (qword: number) => current[qword] | target[qword];
  if ((either(1) & EATS_S1CHK) === 0n && (either(2) & STE.S2S.mask) === 0n) safe[1] |= EATS_TRANS;
  safe[1] |= STE.MEV.mask;
  return safe;
}

const EVERY = Array.from({ length: ENTRY_QWORDS }, (_x, i) => i);

function groups(mode: Mode, current: Qwords, mixed: Qwords, target: Qwords, critical: number): readonly Group[] {
  switch (mode) {
    case "no_used_change":
      return [{ qwords: EVERY, values: target }];
    case "hitless":
      return [
        // the critical qword waits for its own store, which spares a sync where nothing else changes
        { qwords: EVERY, values: mixed.map((q, i) => (i === critical ? current[i] : q)) },
        { qwords: [critical], values: target },
        { qwords: EVERY, values: target },
      ];
    case "disruptive":
      return [
        { qwords: [0], values: zeros() },
        { qwords: EVERY.slice(1), values: target },
        { qwords: [0], values: target },
      ];
  }
}

/** The rules of Linux 7.3. */
export const RULES: WriterRules = {
  steUsed,
  cdUsed,
  steSafe,
  // safe counts only where both entries look
  keep: (usedNow, usedThen, safe) => usedNow & ~(safe & usedNow & usedThen),
  mixed: (current, target, keep) => (current & keep) | (target & ~keep),
  critical: (mixed, usedThen, target) => (mixed & usedThen) !== target,
  mode: (critical) => (critical.length === 0 ? "no_used_change" : critical.length === 1 ? "hitless" : "disruptive"),
  groups,
};

export interface Plan {
  readonly mode: Mode;
  /** Qwords that would have to change at once. */
  readonly critical: readonly number[];
  /** What is to be stored where, as far as memory does not hold it yet. */
  readonly groups: readonly Group[];
}

/** The bits that the SMMU looks at in an entry. */
export const usedBits = (kind: EntryKind, entry: Qwords, rules = RULES): Qwords =>
  kind === "ste" ? rules.steUsed(entry) : rules.cdUsed(entry);

/** The bits that may differ for a moment between two entries; none of a CD. */
export const safeBits = (kind: EntryKind, current: Qwords, target: Qwords, rules = RULES): Qwords =>
  kind === "ste" ? rules.steSafe(current, target) : zeros();

/** Which way an entry will be changed, from both its values. */
export function planWrite(kind: EntryKind, current: Qwords, target: Qwords, rules = RULES): Plan {
  const usedNow = usedBits(kind, current, rules);
  const usedThen = usedBits(kind, target, rules);
  const safe = safeBits(kind, current, target, rules);
  const mixed = EVERY.map((i) => rules.mixed(current[i], target[i], rules.keep(usedNow[i], usedThen[i], safe[i])));
  const critical = EVERY.filter((i) => rules.critical(mixed[i], usedThen[i], target[i]));
  const mode = rules.mode(critical);
  return { mode, critical, groups: rules.groups(mode, current, mixed, target, critical[0] ?? 0) };
}

/** Whether the SMMU takes one entry for another: the same bits count and agree, up to those that may differ for a moment. */
export function behavesAs(kind: EntryKind, now: Qwords, entry: Qwords, rules = RULES): boolean {
  const used = usedBits(kind, now, rules);
  const usedThere = usedBits(kind, entry, rules);
  const safe = safeBits(kind, now, entry, rules);
  return EVERY.every((i) => {
    const counts = used[i] & ~(safe[i] & used[i] & usedThere[i]);
    return used[i] === usedThere[i] && (now[i] & counts) === (entry[i] & counts);
  });
}

/** The stores and syncs of an update, in program order; only a qword that differs from memory is stored. */
export function* writeEntry(
  kind: EntryKind,
  current: Qwords,
  target: Qwords,
  rules = RULES,
): Generator<WriteStep, void, undefined> {
  const memory = [...current];
  for (const { qwords, values } of planWrite(kind, current, target, rules).groups) {
    let changed = false;
    for (const qword of qwords) {
      if (memory[qword] === values[qword]) continue;
      memory[qword] = values[qword];
      changed = true;
      yield { store: qword, value: values[qword] };
    }
    if (changed) yield { sync: true };
  }
}

/** The entry in memory after the first `stores` stores of an update from one value to another. */
export function entryAfter(kind: EntryKind, from: Qwords, to: Qwords, stores: number, rules = RULES): Qwords {
  const memory = [...from];
  let done = 0;
  for (const step of writeEntry(kind, from, to, rules)) {
    if (done === stores) break;
    if ("sync" in step) continue;
    memory[step.store] = step.value;
    done += 1;
  }
  return memory;
}

export interface Update {
  readonly mode: Mode;
  readonly critical_qwords: readonly number[];
  readonly syncs: number;
  /** The driver's unit test's word: no sync while qword 0 was entirely 0. */
  readonly hitless: boolean;
  /** Both entries are valid, and V=0 could be seen in between. */
  readonly v_dropped: boolean;
  /** One for each sync: the stores before it, and the entry then. */
  readonly groups: readonly { readonly writes: readonly (readonly [number, bigint])[]; readonly state: Qwords }[];
}

/** An update as a whole: what was stored before each sync, and what the SMMU could see meanwhile. */
export function describeUpdate(kind: EntryKind, current: Qwords, target: Qwords, rules = RULES): Update {
  const { mode, critical } = planWrite(kind, current, target, rules);
  const valid = kind === "ste" ? STE.V : CD.V;
  const memory = [...current];
  const done: { writes: [number, bigint][]; state: Qwords }[] = [];
  let writes: [number, bigint][] = [];
  let zeroAtSync = false;
  let invalid = false;
  for (const step of writeEntry(kind, current, target, rules)) {
    if ("sync" in step) {
      if (memory[0] === 0n) zeroAtSync = true;
      done.push({ writes, state: [...memory] });
      writes = [];
    } else {
      memory[step.store] = step.value;
      writes.push([step.store, step.value]);
      if (get(memory, valid) === 0n) invalid = true;
    }
  }
  const both = get(current, valid) === 1n && get(target, valid) === 1n;
  return {
    mode,
    critical_qwords: critical,
    syncs: done.length,
    hitless: !zeroAtSync,
    v_dropped: both && invalid,
    groups: done,
  };
}
