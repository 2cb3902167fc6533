/** Plain text for mail: at most 72 columns, printable ASCII. */

export const COLUMNS = 72;

/** Backticks are for the page. */
export const plain = (text: string) => text.replaceAll("`", "");

const ASCII: Readonly<Record<string, string>> = {
  "\u2018": "'",
  "\u2019": "'",
  "\u201c": '"',
  "\u201d": '"',
  "\u2013": "-",
  "\u2014": "-",
  "\u2026": "...",
  "\u2192": "->",
};

/** The same text in printable ASCII; what has no likeness there becomes a question mark. */
export const ascii = (text: string) => text.replace(/[^\x20-\x7e\n]/gu, (char) => ASCII[char] ?? "?");

/** Wraps words at 72 columns; lines after the first are indented. A word that is longer stays whole. */
export function wrap(text: string, indent = 0, first = ""): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.trimEnd().split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = " ".repeat(indent) + word;
    } else {
      line += (empty ? "" : " ") + word;
    }
    empty = false;
  }
  lines.push(line);
  return lines.join("\n");
}

/** A word that does not fit loses its beginning: the end of a kernel name tells more than its prefix. */
function cutLeft(word: string, width: number): string {
  if (word.length <= width) return word;
  const tail = word.slice(-(width - 2));
  // between words, where there is a place to cut
  const at = /[_>.,(/]/.exec(tail.slice(0, width >> 1))?.index ?? 0;
  return `..${tail.slice(at)}`;
}

/**
 * Wraps a text within `width`, the first line indented, later ones two more; never wider, whatever the words. A word
 * gets the room of its indentation before it loses anything.
 */
export function cell(text: string, width: number, indent = 0): string[] {
  const first = Math.min(indent, width >> 2);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== "" && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    const margin = line === "" ? first : first + 2;
    line = " ".repeat(Math.max(0, Math.min(margin, width - word.length))) + cutLeft(word, width);
  }
  return line === "" ? [] : [...lines, line];
}

/** Wraps a paragraph of the reply itself: nothing is wider, and later lines stand below the first. */
export const paragraph = (text: string) => cell(ascii(plain(text)), COLUMNS).map((line) => line.replace(/^ +/, ""));
