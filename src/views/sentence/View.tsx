import { ScrollBox } from "../../ui/ScrollBox.tsx";
import { Words } from "../../ui/Words.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import "./sentence.css";

/**
 * What the step did, in one sentence: the headline, and what a screen reader hears after every key. Its place stays as it
 * is, so a sentence that needs more says so, and scrolls.
 */
export function Sentence({ snapshot }: { snapshot: Snapshot }) {
  const { sentence } = snapshot;
  return (
    <ScrollBox className={sentence.length > 140 ? "say long" : "say"} label="the sentence of the step" shows={sentence}>
      <p role="status">
        <Words text={sentence} />
      </p>
    </ScrollBox>
  );
}
