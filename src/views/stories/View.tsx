import { useEffect, useState } from "react";
import { Words } from "../../ui/Words.tsx";
import type { StoryView } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { Row } from "./Row.tsx";
import "./stories.css";

/** The questions of the reviewers; each opens a run and the sentences that go with it. */
export default function Stories() {
  const act = useActions();
  const stories = useSelect((state) => state.stories);
  const told = useSelect((state) => state.told);
  useEffect(() => act.readStories(), [act]);
  if (stories === null) return <p className="quiet">Reading the questions.</p>;
  return (
    <div className="stories">
      <p>
        What reviewers asked on the list, and runs that answer it in this model. A run opens at its first move; its
        sentences stand above the state, and <kbd>n</kbd> goes on.
      </p>
      <ol>
        {stories.map((story) => (
          <Question key={story.id} story={story} open={story.id === told?.story} />
        ))}
      </ol>
    </div>
  );
}

function Question({ story, open }: { story: StoryView; open: boolean }) {
  const act = useActions();
  // what is not looked at is not searched
  const [shown, show] = useState(open);
  return (
    <li>
      <details open={open} onToggle={({ currentTarget }) => show(currentTarget.open)}>
        <summary>
          <h3>{story.question}</h3>
        </summary>
        <p>{story.answer}</p>
        <p className="quiet">{story.assumed}</p>
        <ul className="runs">
          {story.runs.map((run, i) => (
            <li key={run.title}>
              <button type="button" className="framed" onClick={() => act.tell(story.id, i)}>
                {run.title}
              </button>{" "}
              <span className="quiet">
                {run.scenario} in {[run.design, ...run.options].join(" ")}, {run.moves.length} moves
              </span>
            </li>
          ))}
        </ul>
        {shown && story.row && <Row row={story.row} />}
        <Asked story={story} />
      </details>
    </li>
  );
}

/** The mails. The archive is linked to and never fetched. */
function Asked({ story }: { story: StoryView }) {
  return (
    <ul className="meta">
      {story.asked.map(({ from, date, subject, id, archive }) => (
        <li key={id}>
          {from}, {date},{" "}
          <a href={archive} rel="noreferrer noopener" target="_blank">
            {subject}
          </a>
          , <Words text={`\`<${id}>\``} />
        </li>
      ))}
    </ul>
  );
}
