import { Words } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import "./sentence.css";

/** What the step did, in one sentence: the headline, and what a screen reader hears after every key. */
export function Sentence({ snapshot }: { snapshot: Snapshot }) {
  return (
    <p className={snapshot.sentence.length > 140 ? "say long" : "say"} role="status">
      <Words text={snapshot.sentence} />
    </p>
  );
}
