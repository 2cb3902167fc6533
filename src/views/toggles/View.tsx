import { useEffect } from "react";
import { Glyph } from "../../ui/Glyph.tsx";
import { plain, Words } from "../../ui/Words.tsx";
import type { Changeable, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./toggles.css";

/** What was changed, what can be changed of the threads' operations, and how a statement is changed. */
export default function Changes({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const { design, link } = snapshot;
  const answer = useSelect(({ changeable }) => changeable);
  useEffect(() => act.readChangeable(null), [act, link.head]);
  const groups = answer?.proc === null ? answer.groups : [];
  return (
    <div className="what-ifs">
      <p>
        Would this line have fixed it? Drop or move one statement, lock or check: the same schedule is played again. Or
        one operation of a thread: a run begins anew, and threads keep the numbers that they have without it. All runs
        are searched with the change and without it. To change a statement, go to a listing, point at the line with{" "}
        <kbd>↑</kbd> <kbd>↓</kbd> or a click, and press <kbd>Enter</kbd>. The changes travel in the link.
      </p>
      <section>
        <h3>Changed in {design.title}</h3>
        {design.toggles.length === 0 && <p className="quiet">nothing</p>}
        <ul>
          {design.toggles.map(({ id, title }) => (
            <li key={id}>
              <Words text={title} />{" "}
              <button type="button" aria-label={`take back: ${plain(title)}`} onClick={() => act.change(id, false)}>
                <Glyph name="no" /> take back
              </button>
            </li>
          ))}
        </ul>
      </section>
      {groups.map(({ title, things }) => (
        <section key={title}>
          <h3>Operations of {title}</h3>
          <ul>
            {things.map((thing, i) => (
              <Operation key={`${i} ${thing.title}`} thing={thing} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Operation({ thing: { title, is, choices } }: { thing: Changeable }) {
  const act = useActions();
  return (
    <li>
      {is === "" ? "" : <span className="meta">{is} </span>}
      {is === "dropped" ? (
        <s>
          <Words text={title} />
        </s>
      ) : (
        <Words text={title} />
      )}{" "}
      {choices.map(({ word, label, on }) => (
        <button
          type="button"
          key={word}
          className="framed"
          aria-label={`${label}: ${plain(title)}`}
          onClick={() => act.change(word, on)}
        >
          {label}
        </button>
      ))}
    </li>
  );
}
