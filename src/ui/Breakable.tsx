import { Fragment } from "react";

/**
 * Parts of a word of code between which a line may end: behind an underscore, an arrow, a dot, a slash or a space. The
 * underscores that a name begins with stay with it.
 */
export function parts(text: string): string[] {
  return text.split(/(?<=[A-Za-z0-9]_|->|\/|\s)(?=\S)|(?<=[a-z]\.)(?=[a-z])/);
}

/** A word of code that may go on in the next line only where its parts meet; a hyphen is no such place. */
export function Breakable({ text }: { text: string }) {
  return parts(text).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part.includes("-") ? <span className="unbroken">{part}</span> : part}
    </Fragment>
  ));
}
