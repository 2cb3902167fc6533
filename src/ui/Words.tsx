import { Fragment } from "react";
import { Breakable } from "./Breakable.tsx";

/** Splits a sentence at its backticks: odd pieces are words of code. An unpaired backtick stays what it is, text. */
export function pieces(text: string): { readonly text: string; readonly code: boolean }[] {
  const parts = text.split("`");
  if (parts.length % 2 === 0) {
    const tail = parts.pop()!;
    parts[parts.length - 1] += `\`${tail}`;
  }
  return parts.map((part, i) => ({ text: part, code: i % 2 === 1 })).filter((piece) => piece.text !== "");
}

/** A sentence in which `backticks` mark words of code; in a narrow column those may go on where their parts meet. */
export function Words({ text }: { text: string }) {
  return pieces(text).map((piece, i) =>
    // A sentence is drawn anew as a whole, so a place in it is a good key.
    piece.code ? (
      <code key={i}>
        <Breakable text={piece.text} />
      </code>
    ) : (
      <Fragment key={i}>{unbroken(piece.text)}</Fragment>
    ),
  );
}

/** Keeps a minus with its number or name: a line must not end in the sign of `-EINVAL`. */
function unbroken(text: string) {
  const parts = text.split(/(?<![\w-])(-[A-Z0-9]+)/);
  if (parts.length === 1) return text;
  return parts.map((part, i) =>
    i % 2 === 1 ? (
      <span key={i} className="unbroken">
        {part}
      </span>
    ) : (
      part
    ),
  );
}

/** The same sentence for places that hold only plain text: labels, titles. */
export function plain(text: string): string {
  return text.replaceAll("`", "");
}
