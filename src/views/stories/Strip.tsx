import { Glyph } from "../../ui/Glyph.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { moveAt } from "./place.ts";
import "./stories.css";

/** The story that is told: its question, and the sentence of the move whose state is shown. */
export default function Strip({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const told = useSelect((state) => state.told);
  const stories = useSelect((state) => state.stories);
  const story = stories?.find(({ id }) => id === told?.story);
  const run = story?.runs[told?.run ?? -1];
  if (told === null || story === undefined || run === undefined) return null;
  const { move, exact } = moveAt(told.positions, snapshot.position);
  const go = (to: number) => () => act.seek(told.positions[to] ?? 0);
  const last = told.positions.length - 1;
  return (
    <section className="story" aria-label="the story that is told">
      <p className="asked">
        <button type="button" className="plain" onClick={() => act.toggleSheet("stories")}>
          {story.question}
        </button>
      </p>
      <p className="move" role="status">
        <span className="meta">
          {run.title}, {move < 0 ? "before the first move" : `move ${move + 1} of ${run.moves.length}`}
          {exact || move < 0 ? "" : ", and on"}
        </span>
        <span>
          {move < 0 ? (run.moves[0] === undefined ? "" : "The state before anything has happened.") : run.moves[move]}
        </span>
      </p>
      <span className="go">
        <button type="button" disabled={move <= 0 && exact} onClick={go(exact ? move - 1 : move)}>
          <Glyph name="prev" /> <kbd>p</kbd>
        </button>
        <button type="button" disabled={move >= last} onClick={go(move + 1)}>
          <Glyph name="next" /> <kbd>n</kbd>
        </button>
        {story.runs.map((other, i) =>
          i === told.run ? null : (
            <button key={other.title} type="button" onClick={() => act.tell(story.id, i)}>
              {other.title}
            </button>
          ),
        )}
        <button type="button" aria-label="end the story, Esc" onClick={() => act.endStory()}>
          <Glyph name="no" />
        </button>
      </span>
    </section>
  );
}
