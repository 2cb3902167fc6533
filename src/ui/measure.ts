/**
 * How wide a text will be, without asking a browser: pictures are laid out, and tested for overlap, in pure functions.
 * The widths are those of DejaVu Sans Condensed and DejaVu Sans Mono, the widest fonts of the page's stacks.
 */
const mono = 0.6021;
const bold = 1.09;

/** Advance widths in hundredths of an em for the characters from space to tilde. */
const advances = (
  "29 36 41 75 57 86 70 25 35 35 45 75 29 32 29 30 57 57 57 57 57 57 57 57 57 57 30 30 75 75 75 48 " +
  "90 62 62 63 69 57 52 70 68 27 27 59 50 78 67 71 54 71 63 57 55 66 62 89 62 55 62 35 30 35 75 45 " +
  "45 55 57 49 57 55 32 57 57 25 25 52 25 88 57 55 57 57 37 47 35 57 53 74 53 53 47 57 30 57 75"
)
  .split(" ")
  .map((advance) => Number(advance) / 100);

export interface Font {
  readonly size: number;
  readonly mono?: boolean | undefined;
  readonly bold?: boolean | undefined;
}

export function widthOf(text: string, font: Font): number {
  let em = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    em += font.mono ? mono : (advances[code - 32] ?? 0.75);
  }
  return em * font.size * (font.bold && !font.mono ? bold : 1);
}

/** Breaks a text between words, so that no line is wider than asked; a longer word keeps its line to itself. */
export function wrap(text: string, width: number, font: Font): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`, font) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
