/**
 * Qwords out of the texts that people have them in: words of a command line, a dump of the kernel's, a mail that quotes it.
 *
 * Understood are hexadecimal words with or without `0x`, as `%016llx` prints them, with spaces, lines, commas, quotes or
 * brackets between; and lines that name their qword, as the debugfs files `ste` and `cd` proposed in 2026 have them
 * (`STE[0]: 0x...` below a heading and some fields in words), hex dumps, the driver's `event 0x10 received:`, and what
 * `decode` itself prints. Quote marks of mails and times of the kernel's log in front of a line are left out.
 */
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
const LOG_PREFIX = /^\s*(?:<\d>)?\[\s*\d+\.\d+\]\s*(?:arm-smmu-v3 \S+:\s*)?/;

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
  | { readonly kind: "heading"; readonly structure: Structure; readonly title: string }
  | { readonly kind: "prose" }
  | { readonly kind: "nothing" };

const indexOf = (text: string) => (/^\d{1,2}$/.test(text) ? Number(text) : -1);

function readLine(raw: string): Line {
  const line = raw.replace(MAIL_QUOTES, "").replace(LOG_PREFIX, "");
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
  if (text.length > MOST_CHARACTERS)
    throw new WordsError(`A text of more than ${MOST_CHARACTERS} characters is no dump of an entry.`);
  const lines = text
    .replace(JOINED, "\n")
    .split(/\r\n?|\n/)
    .map(readLine);
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
