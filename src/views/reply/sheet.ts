const COLUMNS = 72;

/** `....+....1....+....2`: as long as a line may be. */
export const ruler = Array.from({ length: COLUMNS }, (_column, i) => {
  if ((i + 1) % 10 === 0) return String((i + 1) / 10);
  return (i + 1) % 5 === 0 ? "+" : ".";
}).join("");

/**
 * The text in pieces: errnos, WARNs and what broke a property stand out on screen, not what a property is called; the text
 * itself stays plain.
 */
export function marked(text: string): { text: string; bad: boolean }[] {
  return text
    .split(/((?<![\w-])-E[A-Z]{2,}\b|(?<![\w-])WARN(?:_ON)?\b(?!s)|<- I-[A-Z0-9]+)/)
    .map((piece, i) => ({ text: piece, bad: i % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}
