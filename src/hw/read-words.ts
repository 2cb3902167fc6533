/**
 * Qwords out of the texts that people have them in: words of a command line, a dump of the kernel's, a mail that quotes it.
 *
 * Understood are hexadecimal words with or without `0x`, as `%016llx` prints them, with spaces, lines, commas, quotes or
 * brackets between; and lines that name their qword, as the debugfs files `ste` and `cd` proposed in 2026 have them
 * (`STE[0]: 0x...` below a heading and some fields in words), hex dumps, the driver's `event 0x10 received:`, and what
 * `decode` itself prints. Quote marks of mails, and what the kernel's log, a journal and the driver put in front of a line,
 * are left out.
 */
import { addRow, beginBytes, type Bytes, bytesRow, type BytesRow, endsAt, HexDumpError, qwordsOf } from "./hex-dump.ts";
import { LENGTHS, type Structure } from "./decode.ts";

/** What is wrong with a text, as one sentence. */
export class WordsError extends Error {}

export interface Dump {
  /** What the text itself says that it is; null where it does not. */
  readonly structure: Structure | null;
  /** The line above it that said so, "" for none. */
  readonly title: string;
  readonly qwords: readonly bigint[];
}

/** Longer texts are no dump of an entry. */
const MOST_CHARACTERS = 100_000;

const SEPARATORS = /[\s,;|"'`()[\]{}]+/;
const MAIL_QUOTES = /^\s*(?:>\s?)+/;
/** `Oct 12 10:11:12 host kernel: `, the same with a time as ISO 8601 writes it. */
const JOURNAL = /^\s*(?:[A-Z][a-z]{2}\s+\d{1,2} [\d:.]{8,}|\d{4}-\d\d-\d\dT\S+)\s+\S+\s+kernel:\s?/;
/** `<6>[   12.345678][  T123] `, or with the date that `dmesg -T` prints. */
const LOG_TIME =
  /^\s*(?:<\d{1,2}>)?\[\s*(?:\d+\.\d+|[A-Z][a-z]{2} [A-Z][a-z]{2}\s+\d{1,2} [\d:]{8} \d{4})\](?:\[\s*[TC]\d+\])?\s*/;
const DRIVER = /^\s*arm-smmu-v3 \S+:\s*/;

/** `STE[0]:`, `u64[0~3]:`, `data[3] =`; then hexadecimal. */
const NAMED = /^\s*(STE|CD|CMD|COMMAND|EVT|EVENT|U64|DATA|RAW|QWORD)\s*\[\s*([^\]]{0,24})\]\s*[:=]?\s*(.*)$/i;
/** The same, where a shell or a mailer has made one line of several. */
const JOINED = /(?<=\S)[ \t]+(?=(?:STE|CD|CMD|COMMAND|EVT|EVENT)\s*\[[^\]]{0,24}\]\s*[:=])/gi;
/** As `decode` prints them: what follows the first word is something else. */
const OWN = /^\s*qword\s+(\d)\s*[:=]?\s+(\S+)/i;
/** `STE: 0x... 0x...` on one line. */
const INLINE = /^\s*(STE|CD|CMD|COMMAND|EVT|EVENT)\s*[:=]\s*(.+)$/i;
/** The offset of a hex dump, or the number of a qword. */
const OFFSET = /^\s*(?:\[\s*\d{1,2}\s*\]\s*[:=]?|(?:0x)?[0-9a-f]{1,8}:)\s+(.*)$/i;
/** A row of a hex dump by qwords, with the kernel's prefix before it or the column of text after it. */
const QWORDS_ROW =
  /^\s*(?:([a-z][\w./: -]{0,40}?)[:=]?\s+)?(?:0x)?(?:[0-9a-f]{16}|[0-9a-f]{6,8}):\s+([0-9a-f]{16}(?: [0-9a-f]{16})*)(?:\s{2,}\S.*|\s*)$/i;

const KINDS: Readonly<Record<string, Structure>> = {
  STE: "ste",
  CD: "cd",
  CMD: "cmd",
  COMMAND: "cmd",
  EVT: "event",
  EVENT: "event",
};

/** Words of a line that is none of hexadecimal, by which it says what comes below. */
const HEADINGS: readonly (readonly [Structure, RegExp])[] = [
  ["ste", /\bSTE\b|\bstream table entry\b/i],
  ["cd", /\bCD\b|\bcontext descriptor\b/i],
  ["event", /\bevent\b/i],
  ["cmd", /\bcommand\b|\bCMD\b/i],
];

const shorten = (word: string) => (word.length > 40 ? `${word.slice(0, 37)}...` : word);

/** The digits of a word of hexadecimal, null if it is none. C's suffixes and separators of digits are left out. */
const digitsOf = (word: string): string | null =>
  /^(?:0x)?([0-9a-f]+)(?:u?ll?)?$/i.exec(word.replace(/(?<=[0-9a-f])_(?=[0-9a-f])/gi, ""))?.[1] ?? null;

function qword(word: string): bigint {
  const digits = digitsOf(word);
  if (digits === null) throw new WordsError(`"${shorten(word)}" is not hexadecimal.`);
  if (digits.length > 16) throw new WordsError(`"${shorten(word)}" has more than the 16 digits of a qword.`);
  return BigInt(`0x${digits}`);
}

const wordsIn = (text: string) => text.split(SEPARATORS).filter((word) => word !== "");
const allHex = (words: readonly string[]) => words.length > 0 && words.every((word) => digitsOf(word) !== null);
/** A word that can be nothing but a number, also between sentences. */
const surelyHex = (word: string) => /^0x[0-9a-f_]+(?:u?ll?)?$|^[0-9a-f]{16}$|^0+$/i.test(word);

/** One line, as far as it can be understood alone. */
type Line =
  | { readonly kind: "qwords"; readonly structure: Structure | null; readonly index: number; readonly words: string[] }
  | { readonly kind: "words"; readonly words: string[] }
  | { readonly kind: "bytes"; readonly row: BytesRow }
  | { readonly kind: "heading"; readonly structure: Structure; readonly title: string }
  | { readonly kind: "prose" }
  | { readonly kind: "nothing" };

const indexOf = (text: string) => (/^\d{1,2}$/.test(text) ? Number(text) : -1);

/** The structure that a hex dump's prefix names. */
const labelled = (label: string): Structure | null =>
  KINDS[
    label
      .split(/[\s:]+/)
      .at(-1)
      ?.toUpperCase() ?? ""
  ] ?? null;

function readLine(raw: string): Line {
  const quoted = raw.replace(MAIL_QUOTES, "");
  const line = quoted.replace(JOURNAL, "").replace(LOG_TIME, "").replace(DRIVER, "");
  const named = NAMED.exec(line);
  if (named !== null)
    return {
      kind: "qwords",
      structure: KINDS[named[1].toUpperCase()] ?? null,
      index: indexOf(named[2].trim()),
      words: wordsIn(named[3]),
    };
  const own = OWN.exec(line);
  if (own !== null) return { kind: "qwords", structure: null, index: Number(own[1]), words: [own[2]] };
  const row = bytesRow(line, line !== quoted);
  if (row !== null) return { kind: "bytes", row };
  const qwords = QWORDS_ROW.exec(line);
  if (qwords !== null)
    return { kind: "qwords", structure: labelled(qwords[1] ?? ""), index: -1, words: qwords[2].split(" ") };
  const inline = INLINE.exec(line);
  if (inline !== null && allHex(wordsIn(inline[2])))
    return { kind: "qwords", structure: KINDS[inline[1].toUpperCase()] ?? null, index: 0, words: wordsIn(inline[2]) };
  const offset = OFFSET.exec(line);
  if (offset !== null && allHex(wordsIn(offset[1])))
    return { kind: "qwords", structure: null, index: -1, words: wordsIn(offset[1]) };
  const words = wordsIn(line);
  if (words.length === 0) return { kind: "nothing" };
  if (allHex(words)) return { kind: "words", words };
  // a single word, or a line that begins with a number, was meant to be one
  const isSentence = (words.length > 1 || /:\s*$/.test(line)) && !/^\s*(?:0x|\d)/i.test(line);
  if (!isSentence) return { kind: "words", words };
  // what is indented goes on with what stands above it
  if (/^\s{2}/.test(line)) return { kind: "prose" };
  // the first of several says it: "CD 0 of the STE"
  const said = HEADINGS.map(([of, pattern]) => [line.search(pattern), of] as const).filter(([at]) => at >= 0);
  const structure = said.sort(([x], [y]) => x - y)[0]?.[1];
  return structure === undefined ? { kind: "prose" } : { kind: "heading", structure, title: line.trim() };
}

/** Puts the rows of each hex dump by bytes together, as a line of its qwords where it begins. */
function joinBytes(lines: readonly Line[]): Line[] {
  const joined: Line[] = [];
  let open: Bytes | null = null;
  let structure: Structure | null = null;
  const close = () => {
    if (open !== null) joined.push({ kind: "qwords", structure, index: 0, words: qwordsOf(open) });
    open = null;
  };
  for (const line of lines) {
    // what else the log has said meanwhile does not end it
    if (open !== null && (line.kind === "nothing" || line.kind === "prose")) {
      joined.push(line);
      continue;
    }
    const [word = "", ...more] = line.kind === "words" ? line.words : [];
    if (open !== null && word === "*" && more.length === 0) (open as Bytes).repeats = true;
    else if (open !== null && more.length === 0 && endsAt(open, word)) close();
    else if (line.kind === "bytes") {
      const own = labelled(line.row.label);
      if (open !== null && own === structure && addRow(open, line.row)) continue;
      close();
      open = beginBytes(line.row);
      structure = own;
    } else {
      close();
      joined.push(line);
    }
  }
  close();
  return joined;
}

/** Joins the lines of a dump; what follows a heading, or the number 0 again, begins the next one. */
function dumpsOf(lines: readonly Line[], sure: boolean): Dump[] {
  const dumps: { structure: Structure | null; title: string; qwords: bigint[] }[] = [];
  let heading: { readonly structure: Structure; readonly title: string } | null = null;
  let open: (typeof dumps)[number] | null = null;
  let headed = false;
  for (const line of lines) {
    if (line.kind === "heading") {
      heading = line;
      headed = true;
      continue;
    }
    if (line.kind !== "qwords" && line.kind !== "words") continue;
    // beside sentences a short word of letters may be English
    if (line.kind === "words" && sure && !line.words.every(surelyHex)) continue;
    const given = line.kind === "qwords" ? line.structure : null;
    const index = line.kind === "qwords" ? line.index : -1;
    // numbers that go on are one dump, whatever stands between its lines
    const has = open?.qwords.length ?? 0;
    if (open === null || (index === 0 && has > 0) || (headed && index !== has)) {
      open = { structure: given ?? heading?.structure ?? null, title: heading?.title ?? "", qwords: [] };
      dumps.push(open);
    }
    headed = false;
    if (given !== null) open.structure ??= given;
    if (given !== null && given !== open.structure) throw new WordsError("One dump has lines of an STE and of a CD.");
    if (index > 0 && index !== open.qwords.length)
      throw new WordsError(`Qword ${index} stands where qword ${open.qwords.length} was expected.`);
    open.qwords.push(...line.words.map(qword));
  }
  return dumps;
}

/**
 * The dumps in a text, in its order; without headings or sentences all its words are one. Throws a WordsError when a word
 * that ought to be hexadecimal is none. How many qwords there are is not judged.
 */
export function readDumps(text: string): Dump[] {
  try {
    return dumpsIn(text);
  } catch (error) {
    throw error instanceof HexDumpError ? new WordsError(error.message) : error;
  }
}

function dumpsIn(text: string): Dump[] {
  if (text.length > MOST_CHARACTERS)
    throw new WordsError(`A text of more than ${MOST_CHARACTERS} characters is no dump of an entry.`);
  const lines = joinBytes(
    text
      .replace(JOINED, "\n")
      .split(/\r\n?|\n/)
      .map(readLine),
  );
  const talks = lines.some((line) => line.kind === "prose" || line.kind === "heading");
  if (!talks) {
    const dumps = dumpsOf(lines, false);
    return dumps.length > 0 ? dumps : [{ structure: null, title: "", qwords: [] }];
  }
  // what the words of a sentence are, nobody asks, as long as there are qwords beside them
  const dumps = dumpsOf(lines, true);
  if (dumps.length > 0) return dumps;
  const first = wordsIn(text.replace(/^\s*(?:>\s?)+/gm, "")).find((word) => digitsOf(word) === null) ?? "";
  throw new WordsError(`"${shorten(first)}" is not hexadecimal.`);
}

const TITLES: Readonly<Record<Structure, string>> = { ste: "An STE", cd: "A CD", cmd: "A command", event: "An event" };

/** Throws a WordsError unless there are as many qwords as the structure has. */
export function checkLength(structure: Structure, qwords: readonly bigint[], which = TITLES[structure]): void {
  const wanted = LENGTHS[structure];
  if (qwords.length === wanted) return;
  const here = qwords.length === 1 ? "is 1" : `are ${qwords.length}`;
  throw new WordsError(`${which} has ${wanted} qwords, and here ${here}.`);
}

/** Throws a WordsError if a text says that it holds something else than what is asked for. */
export function checkStructure(structure: Structure, dump: Dump): void {
  if (dump.structure === null || dump.structure === structure) return;
  const name = (of: Structure) => TITLES[of].charAt(0).toLowerCase() + TITLES[of].slice(1);
  throw new WordsError(`The text says that it holds ${name(dump.structure)}, not ${name(structure)}.`);
}
