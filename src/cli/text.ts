/** Plain text of at most 72 columns. */

export const COLUMNS = 72;

/** Wraps words at 72 columns; lines after the first are indented. A word that is longer stays whole. */
export function wrap(text: string, indent = 0, first = ""): string {
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(/\s+/)) {
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

/** Backticks are for the page. */
export const plain = (text: string) => text.replaceAll("`", "");
