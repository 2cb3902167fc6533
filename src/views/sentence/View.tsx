import { Words } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import "./sentence.css";

/** What the step did, in one sentence: the headline, and what a screen reader hears after every key. */
export function Sentence({ snapshot }: { snapshot: Snapshot }) {
  const long = snapshot.sentence.length > 140;
  return (
    // one that may have to be scrolled can be reached by keyboard
    <p className={long ? "say long" : "say"} role="status" tabIndex={long ? 0 : undefined}>
      <Words text={snapshot.sentence} />
    </p>
  );
}
