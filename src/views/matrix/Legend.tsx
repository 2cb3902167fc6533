import { Glyph } from "../../ui/Glyph.tsx";

/** The marks of the cells with their words. */
export function Legend() {
  return (
    <ul className="lg" aria-label="marks">
      <li className="bad">
        <Glyph name="no" /> violated: steps of the shortest run
      </li>
      <li>
        <Glyph name="ring" /> no violation in that many states
      </li>
      <li>
        <Glyph name="cut" /> bounded: none so far, and states are left
      </li>
      <li>
        <Glyph name="none" /> vacuous: no run exercised it
      </li>
      <li className="quiet">n/a: the design has nothing to judge</li>
      <li>
        <Bar done={1} of={3} /> being searched
      </li>
      <li className="quiet">· queued</li>
    </ul>
  );
}

/** How much of something is done; the words stand elsewhere. */
export function Bar({ done, of }: { done: number; of: number }) {
  return (
    <svg className="bar" width="34" height="8" viewBox="0 0 34 8" aria-hidden="true">
      <rect className="all" x=".5" y=".5" width="33" height="7" />
      <rect className="done" x="1" y="1" width={of === 0 ? 0 : Math.round((32 * done) / of)} height="6" />
    </svg>
  );
}
