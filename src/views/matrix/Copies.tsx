import { useState } from "react";
import { useVerdicts } from "../../session/useVerdicts.ts";
import { verdictsHere } from "../../session/verdicts.ts";
import { useActions } from "../context.ts";

/** What is known of some pairs, on the clipboard: as the terminal prints it, and as its JSON. */
export function Copies({ pairs }: { pairs: readonly string[] }) {
  const act = useActions();
  const verdicts = verdictsHere();
  const checked = useVerdicts((state) => state.checked);
  const [byHand, setByHand] = useState<string | null>(null);
  const known = pairs.filter((pair) => checked.has(pair));
  const none = known.length === 0;
  const copy = (what: string, text: string) => {
    const done = `${what} of ${known.length} ${known.length === 1 ? "search" : "searches"} copied, ${text.split("\n").length} lines.`;
    // Without a secure context there is no clipboard at all.
    if (!("clipboard" in navigator)) setByHand(text);
    else {
      navigator.clipboard.writeText(text).then(
        () => {
          setByHand(null);
          act.notify(done);
        },
        () => setByHand(text),
      );
    }
  };
  const copyText = () => {
    if (none) return;
    verdicts.textOf(known).then(
      (text) => copy("Text", text),
      (error: unknown) => act.notify(error instanceof Error ? error.message : String(error)),
    );
  };
  const copyJson = () => {
    if (none) return;
    const rows = known.map((pair) => checked.get(pair));
    copy("JSON", JSON.stringify(rows, null, 2));
  };
  return (
    <span className="end">
      <button type="button" className="framed" aria-disabled={none} onClick={copyText}>
        Copy<span className="word"> as text</span>
      </button>
      <button type="button" className="framed" aria-disabled={none} aria-label="Copy as JSON" onClick={copyJson}>
        JSON
      </button>
      {byHand !== null && (
        <textarea
          className="by-hand m"
          readOnly
          value={byHand}
          aria-label="the verdicts, to be copied by hand"
          ref={(area) => area?.select()}
          onBlur={() => setByHand(null)}
        />
      )}
    </span>
  );
}
