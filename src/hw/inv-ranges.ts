/**
 * From a domain's list and a range of addresses to commands in order: `__arm_smmu_domain_inv_range`,
 * `arm_smmu_inv_to_cmdq_batch` and `arm_smmu_cmdq_batch_add_range` (arm-smmu-v3.c, Linux 7.3).
 */
import { FORMATS, RANGE_NUM_MAX } from "./command-fields.ts";
import { makeAtcInvAll, makeAtcInvRange, makeTlbi, type Queued } from "./commands.ts";
import { put, type Qwords } from "./fields.ts";
import { type Inv, type InvItem, isAts } from "./invs.ts";

export interface InvRange {
  /** Whether the SMMUs have RANGE_INV. */
  readonly range_inv: boolean;
  readonly iova: bigint;
  /** In bytes; 0 is everything. */
  readonly size: bigint;
  /** Bytes that one entry of the page table covers, a power of two; counts only for the level, or without RANGE_INV. */
  readonly granule: bigint;
  /** Only last-level entries have changed. */
  readonly leaf: boolean;
}

/** More than the driver ever sends at once; a range without an end is refused. */
const MOST_COMMANDS = 1 << 16;

const U64 = (value: bigint) => BigInt.asUintN(64, value);
/** -1 of 0, as `ilog2`. */
const log2 = (value: bigint) => (value === 0n ? -1 : value.toString(2).length - 1);
const lowestBit = (value: bigint) => log2(value & -value);

/** Whether everything is invalidated: asked for, or cheaper than a command for each granule. */
function everything({ range_inv, size, granule }: InvRange): boolean {
  if (size === 0n || size === U64(-1n)) return true;
  return !range_inv && size >= (1n << BigInt(log2(granule) - 3)) * granule;
}

/** One command for each piece of the range that a command can name. */
function* rangeCommands(first: bigint, r: InvRange, pgsize: number): Generator<Qwords> {
  const { NUM, SCALE, LEAF, TTL, TG, VA } = FORMATS.TLBI_NH_VA.fields;
  const end = U64(r.iova + r.size);
  let { iova } = r;
  if (!r.range_inv) {
    for (; iova < end; iova += r.granule) yield [first, put(LEAF, Number(r.leaf)) | put(VA, iova)];
    return;
  }
  const page = BigInt(pgsize);
  let pages = r.size >> page;
  // a nominal granule says nothing of the level if tables have gone as well; and then NUM and SCALE must not both be 0
  const ttl = r.leaf ? 4n - U64(BigInt(log2(r.granule) - 3)) / U64(page - 3n) : 0n;
  if (!r.leaf && (pages & BigInt(RANGE_NUM_MAX)) === 1n) pages += 1n;
  const rest = put(LEAF, Number(r.leaf)) | put(TTL, ttl) | put(TG, U64(page - 10n) / 2n);
  while (iova < end && pages > 0n) {
    const scale = lowestBit(pages);
    const num = (pages >> BigInt(scale)) & BigInt(RANGE_NUM_MAX);
    // SCALE has six bits only with IDR5.DS; the driver keeps to five
    yield [first | put(NUM, num - 1n) | put(SCALE, scale & 31), rest | put(VA, iova)];
    pages -= num << BigInt(scale);
    iova += num << (BigInt(scale) + page);
  }
}

/** The commands that one item takes; none where another item has seen to it. */
export function* commandsOf(item: InvItem, r: InvRange): Generator<Qwords> {
  switch (item.type) {
    case "S1_ASID":
    case "S2_VMID": {
      const [asid, vmid] = item.type === "S1_ASID" ? [item.id, 0] : [0, item.id];
      if (everything(r)) yield makeTlbi(item.nsize_op, asid, vmid);
      else yield* rangeCommands(makeTlbi(item.size_op, asid, vmid)[0], r, item.pgsize);
      return;
    }
    case "S2_VMID_S1_CLEAR":
      // everything of a VMID has taken stage 1 along
      if (!everything(r)) yield makeTlbi(item.size_op, 0, item.id);
      return;
    case "ATS":
      yield makeAtcInvRange(item.id, item.ssid, r.iova, r.size);
      return;
    case "ATS_FULL":
      yield makeAtcInvAll(item.id, 0);
  }
}

/** Whether a batch ends here: another queue, stage 1 below a stage 2 that has to be gone first, ATC after TLB. */
export const endsBatch = (item: InvItem, next: InvItem): boolean =>
  item.smmu !== next.smmu ||
  (item.type !== "S2_VMID_S1_CLEAR" && next.type === "S2_VMID_S1_CLEAR") ||
  (!isAts(item) && isAts(next));

/** The commands of an invalidation in order, with a CMD_SYNC where a batch that is not empty ends. */
export function invRangeCommands(invs: readonly Inv[], r: InvRange): Queued[] {
  const live = invs.filter((item) => item.users !== 0);
  const whole = r.size === 0n || r.size === U64(-1n);
  // who invalidates everything, or by ranges, has no use for it
  if (!whole && !r.range_inv && r.granule < 8n && live.some((item) => !isAts(item)))
    throw new RangeError("the granule is less than 8 bytes");
  const sent: { data: Qwords; sync: number }[] = [];
  let inBatch = 0;
  live.forEach((item, i) => {
    for (const data of commandsOf(item, r)) {
      sent.push({ data, sync: 0 });
      inBatch += 1;
      if (sent.length > MOST_COMMANDS) throw new RangeError(`more than ${MOST_COMMANDS} commands`);
    }
    const next = live[i + 1];
    if (inBatch > 0 && (next === undefined || endsBatch(item, next))) {
      sent[sent.length - 1].sync = 1;
      inBatch = 0;
    }
  });
  return sent;
}
