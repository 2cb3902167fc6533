/**
 * A guest's invalidation commands on their way into the host's queue: `arm_vsmmu_convert_user_cmd` and
 * `arm_vsmmu_validate_user_cmd` (arm-smmu-v3-iommufd.c, Linux 7.3).
 *
 * Anything that might stop the queue, which all devices share, is refused; whose entries go is not the guest's choice.
 */
import { ATC_INV_SIZE_ALL, COMMAND, FORMATS, OPCODES } from "./command-fields.ts";
import { makeOp } from "./commands.ts";
import { get, maskOf, put, type Qwords } from "./fields.ts";

const EIO = -5;

export interface Vsmmu {
  readonly features: ReadonlySet<string>;
  /** Widths that the SMMU has; 0 SubstreamID bits are no substreams. */
  readonly asid_bits: number;
  readonly ssid_bits: number;
  /** The guest's VMID. */
  readonly vmid: number;
  /** The StreamID behind a virtual one, null if there is none. */
  readonly sidOf: (vsid: number) => number | null;
}

export type GuestCommand = { readonly ret: 0; readonly out: Qwords } | { readonly ret: number; readonly out: null };

const { VMID, ASID, NUM, SCALE, LEAF, TTL, TG, VA } = FORMATS.TLBI_NH_VA.fields;
const { SID } = FORMATS.CFGI_CD.fields;

/** SCALE above 31. */
const SCALE_HIGH = 1n << BigInt(SCALE.hi);

/** Whether the fields of a range have a value that the architecture reserves. */
function reservedRange(q: Qwords, ds: boolean): boolean {
  const range = (q[0] & maskOf(NUM, SCALE)) !== 0n;
  const ttl = get(q, TTL);
  const tg = get(q, TG);
  if (tg === 0n) return range || ttl !== 0n;
  if (tg === 2n && ttl === 1n && !ds) return true;
  return !range && ttl === 0n;
}

/** The bits that a guest may set in a command, null if it may not send this one. */
function allowed(q: Qwords, v: Vsmmu): readonly [bigint, bigint] | null {
  // with ASIDs of 8 bits the upper ones are reserved
  const asid = put(ASID, (1n << BigInt(v.asid_bits)) - 1n);
  switch (Number(get(q, COMMAND.OP))) {
    case OPCODES.TLBI_NSNH_ALL:
      return [0n, 0n];
    case OPCODES.TLBI_NH_ALL:
      return [VMID.mask, 0n];
    case OPCODES.TLBI_NH_ASID:
      return [VMID.mask | asid, 0n];
    case OPCODES.TLBI_NH_VA:
    case OPCODES.TLBI_NH_VAA: {
      const tag = Number(get(q, COMMAND.OP)) === OPCODES.TLBI_NH_VA ? VMID.mask | asid : VMID.mask;
      const fixed = [tag, maskOf(LEAF, VA)] as const;
      if (!v.features.has("RANGE_INV")) return fixed;
      const ds = v.features.has("DS");
      if (reservedRange(q, ds)) return null;
      const scale = ds ? SCALE.mask : SCALE.mask & ~SCALE_HIGH;
      return [fixed[0] | NUM.mask | scale, fixed[1] | maskOf(TG, TTL)];
    }
    case OPCODES.ATC_INV: {
      const f = FORMATS.ATC_INV.fields;
      if (!v.features.has("ATS") || get(q, f.SIZE) > BigInt(ATC_INV_SIZE_ALL)) return null;
      return [f.SID.mask | (v.ssid_bits > 0 ? maskOf(f.SSV, f.SSID, f.GLOBAL) : 0n), maskOf(f.SIZE, f.ADDR)];
    }
    case OPCODES.CFGI_CD: {
      const f = FORMATS.CFGI_CD.fields;
      return [f.SID.mask | (v.ssid_bits > 0 ? f.SSID.mask : 0n), f.LEAF.mask];
    }
    case OPCODES.CFGI_CD_ALL:
      return [SID.mask, 0n];
    default:
      return null;
  }
}

/** Checks a guest's command of two qwords and gives it the guest's VMID, or the host's StreamID. */
export function guestCommand(q: Qwords, v: Vsmmu): GuestCommand {
  const refused = { ret: EIO, out: null };
  const may = allowed(q, v);
  if (may === null) return refused;
  if ((q[0] & ~(may[0] | COMMAND.OP.mask)) !== 0n || (q[1] & ~may[1]) !== 0n) return refused;
  switch (Number(get(q, COMMAND.OP))) {
    case OPCODES.TLBI_NSNH_ALL:
      return { ret: 0, out: [makeOp(OPCODES.TLBI_NH_ALL) | put(VMID, v.vmid), 0n] };
    case OPCODES.ATC_INV:
    case OPCODES.CFGI_CD:
    case OPCODES.CFGI_CD_ALL: {
      const sid = v.sidOf(Number(get(q, SID)));
      if (sid === null) return refused;
      return { ret: 0, out: [(q[0] & ~SID.mask) | put(SID, sid), q[1]] };
    }
    default:
      return { ret: 0, out: [(q[0] & ~VMID.mask) | put(VMID, v.vmid), q[1]] };
  }
}
