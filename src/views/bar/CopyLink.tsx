import { useState } from "react";
import { useActions } from "../context.ts";

/** Puts the address on the clipboard; where that is refused it shows the address, selected, to be copied by hand. */
export function CopyLink() {
  const act = useActions();
  const [byHand, setByHand] = useState<string | null>(null);
  const copy = () => {
    const link = location.href;
    navigator.clipboard.writeText(link).then(
      () => {
        setByHand(null);
        act.notify(`Link copied, ${location.hash.length} characters after the address of the page.`);
      },
      () => setByHand(link),
    );
  };
  const copyAnywhere = () => {
    // Without a secure context there is no clipboard at all.
    if ("clipboard" in navigator) copy();
    else setByHand(location.href);
  };
  return (
    <>
      <button type="button" className="framed" aria-label="Copy link" onClick={copyAnywhere}>
        <span className="long">Copy link</span>
        <span className="short">Link</span>
      </button>
      {byHand !== null && (
        <input
          className="by-hand m"
          readOnly
          value={byHand}
          aria-label="the link, to be copied by hand"
          ref={(input) => input?.select()}
          onBlur={() => setByHand(null)}
        />
      )}
    </>
  );
}
