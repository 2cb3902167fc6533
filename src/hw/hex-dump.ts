/**
 * Hex dumps by bytes: rows of an offset, the bytes there, and perhaps a column of text. Bytes are put together to qwords,
 * the lowest first, as an SMMU reads them.
 *
 * Read are `xxd` with groups of one or two bytes, `hexdump -C`, and the kernel's `print_hex_dump` with single bytes, with or
 * without its prefix. Other groups may have been printed in either order of bytes, and are refused.
 */

/** One row. */
export interface BytesRow {
  /** What stands before the offset, "" for nothing. */
  readonly label: string;
  readonly offset: number;
  /** The offset is an address: where a dump begins, it need not be 0. */
  readonly isAddress: boolean;
  readonly bytes: readonly string[];
}

/** Rows that belong together, as far as they are read. */
export interface Bytes {
  readonly from: number;
  readonly isAddress: boolean;
  readonly bytes: string[];
  /** Bytes of the last row: what a `*` repeats. */
  last: readonly string[];
  /** The last line was a `*`. */
  repeats: boolean;
}

/** What cannot be read, in a sentence. */
export class HexDumpError extends Error {}

/** `ste: 00000000: 0b 00`, `00000000: 0b00 0000  ....` */
const ROW = /^\s*(?:([a-z][\w./: -]{0,40}?)[:=]?\s+)?(?:0x)?([0-9a-f]{16}|[0-9a-f]{6,8}):\s+(\S.*)$/i;
/** `00000000  0b 00 00 00 00 00 00 00  00 10 00 10 00 00 10 00  |................|` */
const CANONICAL = /^\s*([0-9a-f]{16}|[0-9a-f]{7,8})(\s+)([0-9a-f]{2}(?:\s{1,2}[0-9a-f]{2}){0,15})\s*(\|.*)?$/i;
/** Groups with one space between; what stands after two is text. */
const GROUPS = /^([0-9a-f]+(?: [0-9a-f]+)*)(?:\s{2,}\S.*|\s*)$/i;

/** More is no dump of an entry, whatever a `*` stands for. */
const MOST_BYTES = 4096;

const row = (label: string, offset: string, bytes: readonly string[]): BytesRow => ({
  label,
  // of an address its low half: a number holds no more exactly
  offset: Number(`0x${offset.slice(-8)}`),
  isAddress: offset.length === 16,
  bytes,
});

/** A row of bytes, null if the line is none. `isLog`: it came out of a kernel's log. */
export function bytesRow(line: string, isLog: boolean): BytesRow | null {
  const canonical = CANONICAL.exec(line);
  if (canonical !== null) {
    const [, offset, gap, columns, text] = canonical;
    const bytes = columns.split(/\s+/);
    return text !== undefined || (gap.length > 1 && bytes.length >= 8) ? row("", offset, bytes) : null;
  }
  const found = ROW.exec(line);
  const groups = GROUPS.exec(found?.[3] ?? "")?.[1].split(" ") ?? [];
  if (found === null || groups.length === 0) return null;
  const [, label = "", offset] = found;
  const digits = groups[0].length;
  const isEven = groups.every((group, i) => group.length === digits || (i + 1 === groups.length && group.length === 2));
  if (!isEven || groups.length === 1) return digits === 2 && isEven ? row(label, offset, groups) : null;
  if (digits === 2) return row(label, offset, groups);
  if (digits === 4 && label === "" && !isLog) return row(label, offset, groups.join("").match(/../g) ?? []);
  if (digits !== 4 && digits !== 8) return null;
  throw new HexDumpError(
    `A hex dump in groups of ${digits} digits may have either order of bytes: give bytes or qwords.`,
  );
}

/** The rows that begin with this one. */
export function beginBytes({ offset, isAddress, bytes }: BytesRow): Bytes {
  return { from: offset, isAddress, bytes: [...bytes], last: bytes, repeats: false };
}

/** Repeats the last row up to an offset, as a `*` says. */
function repeatTo(open: Bytes, offset: number): void {
  const missing = offset - open.from - open.bytes.length;
  if (missing > MOST_BYTES)
    throw new HexDumpError(`A hex dump of more than ${MOST_BYTES} bytes is no dump of an entry.`);
  for (let i = 0; i < missing; i++) open.bytes.push(open.last[i % open.last.length]);
  open.repeats = false;
}

/** Adds a row where it goes on; false where another dump begins with it. */
export function addRow(open: Bytes, { offset, isAddress, bytes }: BytesRow): boolean {
  const end = open.from + open.bytes.length;
  if (open.repeats && offset > end) repeatTo(open, offset);
  else if (offset !== end) {
    if (offset === 0 || (isAddress && offset < open.from) || isAddress !== open.isAddress) return false;
    const hex = (n: number) => `0x${n.toString(16)}`;
    throw new HexDumpError(`The hex dump goes on at ${hex(offset)}, where ${hex(end)} was expected.`);
  }
  open.bytes.push(...bytes);
  open.last = bytes;
  return true;
}

/** Whether a line is the last one of `hexdump`: the offset at which the dump ends. */
export function endsAt(open: Bytes, word: string): boolean {
  if (!/^[0-9a-f]{7,8}$/i.test(word)) return false;
  const offset = Number(`0x${word}`);
  const end = open.from + open.bytes.length;
  if (open.repeats ? offset <= end : offset !== end) return false;
  repeatTo(open, offset);
  return true;
}

/** The qwords of a dump, as hexadecimal without `0x`. */
export function qwordsOf({ bytes, repeats }: Bytes): string[] {
  if (repeats) throw new HexDumpError('The hex dump ends with "*": the offset at which it ends is missing.');
  if (bytes.length % 8 !== 0)
    throw new HexDumpError(`A hex dump of ${bytes.length} bytes is no whole number of qwords.`);
  return Array.from({ length: bytes.length / 8 }, (_x, i) =>
    bytes
      .slice(i * 8, i * 8 + 8)
      .reverse()
      .join(""),
  );
}
