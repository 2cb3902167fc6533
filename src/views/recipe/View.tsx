import { useEffect } from "react";
import type { ReactNode } from "react";
import { Words } from "../../ui/Words.tsx";
import type { RecipeView, Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import "./recipe.css";

/** How to do on a real kernel what the run does. */
export default function Recipe({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const recipe = useSelect((state) => state.recipe);
  const { head, tail } = snapshot.link;
  useEffect(() => act.writeRecipe(), [act, head, tail]);
  if (recipe === null) return <p className="quiet">Reading the run.</p>;
  return (
    <div className="recipe">
      <p>
        How to do on a real kernel what this run does. It is read off the model, and was not tried on a machine. The
        terminal prints the same: <code>smmu reproduce</code>.
      </p>
      <div className="columns">
        <div>
          <h3>kernel</h3>
          <p>
            <Words text={recipe.kernel} />
          </p>
          <h3>machine</h3>
          <Lines of={recipe.machine} />
          <h3>set up</h3>
          <ol>
            {recipe.setup.map((line, i) => (
              <li key={`${i}${line}`}>
                <code>{line}</code>
              </li>
            ))}
          </ol>
          <h3>threads</h3>
          {recipe.threads
            .filter(({ ran }) => ran)
            .map((thread) => (
              <Thread key={thread.name} thread={thread} />
            ))}
        </div>
        <div>
          <h3>order</h3>
          <ol>
            {recipe.order.map(({ thread, from, to, until, hold, how, locks }) => (
              <li key={from} className={how}>
                <b>{thread}</b> runs <Words text={until} />{" "}
                <span className="quiet">
                  steps {from} to {to}
                </span>
                {hold !== "" && (
                  <p>
                    <Words text={hold} />
                    {locks.length > 0 && (
                      <>
                        {" "}
                        It holds <Words text={locks.join(", ")} />.
                      </>
                    )}
                  </p>
                )}
              </li>
            ))}
          </ol>
          {recipe.failures.length > 0 && <h3>failures</h3>}
          <Lines of={recipe.failures} />
          <h3>expect</h3>
          <Lines of={recipe.expect.length > 0 ? recipe.expect : ["nothing is broken in this run"]} />
        </div>
      </div>
    </div>
  );
}

function Thread({ thread }: { thread: RecipeView["threads"][number] }) {
  return (
    <div className="who">
      {thread.ops.map(({ title, caller, calls, remarks, result }, i) => (
        <div key={`${i}${title}`}>
          <p>
            <b>{thread.name}</b> <Words text={title} /> <span className="quiet">caller {caller}</span>
          </p>
          {calls.map((call) => (
            <p key={call} className="call">
              <code>{call}</code>
            </p>
          ))}
          {remarks.map((remark) => (
            <p key={remark}>
              <Words text={remark} />
            </p>
          ))}
          {result !== "" && (
            <p className="quiet">
              comes to <code>{result}</code>
            </p>
          )}
        </div>
      ))}
    </div>
  );
}

function Lines({ of }: { of: readonly string[] }): ReactNode {
  return (
    <ul>
      {of.map((line) => (
        <li key={line}>
          <Words text={line} />
        </li>
      ))}
    </ul>
  );
}
