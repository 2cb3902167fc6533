/**
 * What a command takes from an SMMU's caches, by its encoding: Arm IHI 0070, 4.2 to 4.4. No more than it must.
 */
import { type Command, commandQwords } from "../kernel/cmdq.ts";
import { PAGE_SHIFT, pageOf } from "../kernel/invs.ts";
import { devicesDomain, FIRST_DOMAIN, type KernelState, type World } from "../kernel/structs.ts";
import { dropCd, dropL1cd, dropSte, holdConfig } from "./caches.ts";
import { COMMAND, FORMATS, OPCODES } from "./command-fields.ts";
import { type Field, get, type Qwords } from "./fields.ts";

/** One copy that goes, or comes with `ahead`; `of` is a StreamID's number, of a page the domain by which it is tagged. */
interface Effect {
  readonly what: "ste" | "cd" | "l1cd" | "page" | "ahead";
  readonly of: number;
  readonly ssid: number;
}

/** The world's answers, each found once. */
const known = new WeakMap<World, Map<number, readonly Effect[]>>();

/** What taking a command of a queue does to the caches behind it. */
export function effectsOf(w: World, smmu: number, command: Command): readonly Effect[] {
  let answers = known.get(w);
  if (answers === undefined) known.set(w, (answers = new Map()));
  const { kind, a, b, c } = command;
  const key = (((smmu * 16 + kind) * 256 + a) * 256 + b) * 8 + c;
  let effects = answers.get(key);
  if (effects === undefined) answers.set(key, (effects = effectsOfQwords(w, smmu, commandQwords(w, command))));
  return effects;
}

/** Does it. */
export function obey(s: KernelState, w: World, effects: readonly Effect[]): void {
  for (const { what, of, ssid } of effects) {
    if (what === "page") s.iotlb[of].page = 0;
    else if (what === "ste") dropSte(s, of);
    else if (what === "cd") dropCd(s, of, ssid);
    else if (what === "l1cd") dropL1cd(s, of);
    else holdConfig(s, w, of, ssid);
  }
}

const numberIn = (q: Qwords, field: Field) => Number(get(q, field));

/** The same of any command. */
export function effectsOfQwords(w: World, smmu: number, q: Qwords): Effect[] {
  const op = numberIn(q, COMMAND.OP);
  const pages = w.domain.flatMap((d, of): Effect[] =>
    of >= FIRST_DOMAIN && d.smmu === smmu && takesPage(w, of, op, q) ? [{ what: "page", of, ssid: 0 }] : [],
  );
  const entries = w.stream.flatMap(({ sid, device }, of): Effect[] =>
    of > 0 && w.device[device]?.smmu === smmu ? takenOf(w, of, sid, op, q) : [],
  );
  return [...pages, ...entries];
}

/** What a CFGI takes of a StreamID, and PREFETCH_CFG brings. */
function takenOf(w: World, of: number, sid: number, op: number, q: Qwords): Effect[] {
  const l1cd: Effect = { what: "l1cd", of, ssid: 0 };
  const cd = (ssid: number): Effect => ({ what: "cd", of, ssid });
  const isNamed = numberIn(q, FORMATS.CFGI_STE.fields.SID) === sid;
  switch (op) {
    case OPCODES.CFGI_STE:
      return isNamed ? [{ what: "ste", of, ssid: 0 }] : [];
    case OPCODES.CFGI_ALL: {
      // with a smaller RANGE it is CFGI_STE_RANGE, of so many StreamIDs, aligned
      const span = 2 ** (numberIn(q, FORMATS.CFGI_ALL.fields.RANGE) + 1);
      const first = Math.floor(numberIn(q, FORMATS.CFGI_STE.fields.SID) / span) * span;
      return sid >= first && sid < first + span ? [{ what: "ste", of, ssid: 0 }] : [];
    }
    case OPCODES.CFGI_CD: {
      const ssid = numberIn(q, FORMATS.CFGI_CD.fields.SSID);
      if (!isNamed || ssid >= w.pasids) return [];
      return numberIn(q, FORMATS.CFGI_CD.fields.LEAF) === 1 ? [cd(ssid)] : [cd(ssid), l1cd];
    }
    case OPCODES.CFGI_CD_ALL:
      return isNamed ? [...Array.from({ length: w.pasids }, (_x, ssid) => cd(ssid)), l1cd] : [];
    case OPCODES.PREFETCH_CFG:
      // as the driver sends it, without a SubstreamID
      return isNamed ? [{ what: "ahead", of, ssid: 0 }] : [];
    default:
      return [];
  }
}

/** Whether a TLBI takes the page that the TLB holds for the ASID or VMID of a domain. */
function takesPage(w: World, domain: number, op: number, q: Qwords): boolean {
  const facts = w.domain[domain] as World["domain"][number];
  const isStage2 = facts.stage === 2;
  const isNested = facts.type === "NESTED";
  // a stage 1 of the host's own is of EL2 where its kernel runs there; all else is of EL1, the host's with VMID 0
  const isEl2 = !isStage2 && !isNested && (w.smmu[facts.smmu]?.features.has("E2H") ?? false);
  const vmid = isStage2 ? facts.tag : isNested ? (w.domain[devicesDomain(w, domain)]?.tag ?? 0) : 0;
  const hasVmid = numberIn(q, FORMATS.TLBI_NH_VA.fields.VMID) === vmid;
  // which ASIDs a guest uses is not known here
  const hasAsid = !isStage2 && !isNested && numberIn(q, FORMATS.TLBI_NH_VA.fields.ASID) === facts.tag;
  switch (op) {
    case OPCODES.TLBI_NH_ALL:
      return !isEl2 && !isStage2 && hasVmid;
    case OPCODES.TLBI_NH_ASID:
      return !isEl2 && hasVmid && hasAsid;
    case OPCODES.TLBI_NH_VA:
      return !isEl2 && hasVmid && hasAsid && isInRange(domain, q);
    case OPCODES.TLBI_NH_VAA:
      return !isEl2 && !isStage2 && hasVmid && isInRange(domain, q);
    case OPCODES.TLBI_EL2_ALL:
      return isEl2;
    case OPCODES.TLBI_EL2_ASID:
      return isEl2 && hasAsid;
    case OPCODES.TLBI_EL2_VA:
      return isEl2 && hasAsid && isInRange(domain, q);
    case OPCODES.TLBI_S12_VMALL:
      return (isStage2 || isNested) && hasVmid;
    case OPCODES.TLBI_S2_IPA:
      // not what has both stages in it
      return isStage2 && hasVmid && isInRange(domain, q);
    case OPCODES.TLBI_NSNH_ALL:
      return !isEl2;
    default:
      return false;
  }
}

/** A domain's page lies in the range of a command: with TG so many granules, without it the one page. */
function isInRange(domain: number, q: Qwords): boolean {
  const { NUM, SCALE, TG, VA } = FORMATS.TLBI_NH_VA.fields;
  const granules = get(q, TG) === 0n ? 1n : (get(q, NUM) + 1n) << get(q, SCALE);
  // TG 1, 2, 3: 4K, 16K, 64K
  const size = granules << BigInt(get(q, TG) === 0n ? PAGE_SHIFT : 10 + 2 * numberIn(q, TG));
  const first = get(q, VA);
  return pageOf(domain) >= first && pageOf(domain) < first + size;
}
