import { useEffect } from "react";
import type { MouseEvent } from "react";
import { against } from "../../session/against.ts";
import type { Against } from "../../session/against.ts";
import { pairOf } from "../../session/grid.ts";
import { pairInHand } from "../../session/select.ts";
import { useVerdicts } from "../../session/useVerdicts.ts";
import { verdictsHere } from "../../session/verdicts.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { plain, Words } from "../../ui/Words.tsx";
import type { CheckedProperty } from "../../worker/check-protocol.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { boundsOf, count, number } from "../matrix/words.ts";
import "./toggles.css";

/** What was changed by hand, each with a way to take it back, and what the searches say of it. */
export default function Strip({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const { design } = snapshot;
  return (
    <section className="strip" aria-label={`changes of ${design.title}`}>
      <ul>
        {design.toggles.map(({ id, title }) => (
          <li key={id}>
            <span>
              <Words text={title} />
            </span>
            <button type="button" aria-label={`take back: ${plain(title)}`} onClick={() => act.change(id, false)}>
              <Glyph name="no" />
            </button>
          </li>
        ))}
      </ul>
      <Outcome snapshot={snapshot} />
    </section>
  );
}

/** The design with the changes and without them, searched: would this line have fixed it? */
function Outcome({ snapshot }: { snapshot: Snapshot }) {
  const verdicts = verdictsHere();
  const property = useSelect(({ look }) => look.property);
  const { scenario, design } = pairInHand(snapshot);
  const words = new Set(snapshot.design.toggles.map(({ id }) => id));
  const plainDesign = design
    .split("--")
    .filter((word) => !words.has(word))
    .join("--");
  const [own, base] = [pairOf(scenario, design), pairOf(scenario, plainDesign)];
  const now = useVerdicts(({ checked }) => checked.get(own));
  const before = useVerdicts(({ checked }) => checked.get(base));
  const cut = useVerdicts(({ cut: all }) => all.has(own) || all.has(base));
  const progress = useVerdicts(({ progress: all }) => all.get(own) ?? all.get(base));
  const refused = useVerdicts(({ refused: all }) => all.get(own) ?? all.get(base));
  useEffect(() => verdicts.fill([own, base]), [verdicts, own, base]);
  if (refused !== undefined) return <p role="status">{refused}</p>;
  if (now === undefined || before === undefined) {
    return (
      <p className="quiet" role="status">
        searching all runs with and without {words.size === 1 ? "the change" : "the changes"}
        {progress &&
          `: ${count(progress.states, "state")}, frontier ${number(progress.frontier)}, depth ${progress.depth}`}{" "}
        <button type="button" onClick={() => verdicts.stop()}>
          Stop
        </button>
      </p>
    );
  }
  const found = against(before, own, now, property);
  return (
    <div className="outcome" role="status">
      <p className="meta">
        {boundsOf(now)}
        {cut ? "; stopped by hand" : ""}; against {snapshot.design.title} as it was written:{" "}
        {found.length === 0 ? "no verdict changes, nothing is violated" : ""}
      </p>
      <ul>
        {found.map((one) => (
          <Line key={one.id} one={one} now={now.states} />
        ))}
      </ul>
    </div>
  );
}

const glyphs = { violated: "no", holds: "ring", bounded: "cut", vacuous: "none", "n/a": "none" } as const;

function Line({ one, now }: { one: Against; now: number }) {
  const act = useActions();
  const { id, was, is, run } = one;
  const open = (event: MouseEvent) => {
    if (!run || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    act.open(run.link);
  };
  const words = `${is.verdict === "violated" && was.verdict === "violated" ? "still " : ""}${wordsOf(is, now)}`;
  return (
    <li className={is.verdict === "violated" ? "bad" : ""}>
      <Glyph name={glyphs[is.verdict]} /> <b>{id}</b>{" "}
      {run ? (
        <a href={location.href.replace(/#.*$/, "") + run.link} onClick={open}>
          {words}
        </a>
      ) : (
        words
      )}
      {was.verdict !== is.verdict && <span className="meta"> was {wordsOf(was, null)}</span>}
    </li>
  );
}

function wordsOf({ verdict, steps }: CheckedProperty, states: number | null): string {
  switch (verdict) {
    case "violated":
      return `violated, ${count(steps ?? 0, "step")}`;
    case "holds":
      return states === null ? "without violation" : `no violation in ${count(states, "state")}`;
    case "bounded":
      return "bounded";
    case "vacuous":
      return "vacuous";
    case "n/a":
      return "n/a";
  }
}
