import { Fragment } from "react";

/** A long word that may go on in the next line only where its parts meet: behind an underscore, an arrow, a dot or a slash. */
export function Breakable({ text }: { text: string }) {
  return text.split(/(?<=_|->|\.|\/)(?=\w)/).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
