import { useEffect, useMemo } from "react";
import { cellOf, pairOf } from "../../session/grid.ts";
import { runsOf } from "../../session/runs.ts";
import { useKnown, useVerdicts } from "../../session/useVerdicts.ts";
import { verdictsHere } from "../../session/verdicts.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import type { StoryView } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { glyphs, said } from "../matrix/words.ts";

/** The row of the matrix in which the designs differ: searched while it is looked at, and kept with all other verdicts. */
export function Row({ row: { scenario, property } }: { row: NonNullable<StoryView["row"]> }) {
  const act = useActions();
  const verdicts = verdictsHere();
  const known = useKnown();
  const stopped = useVerdicts((state) => state.stopped);
  const designs = useSelect((state) => state.snapshot?.designs);
  const cells = useMemo(
    () =>
      (designs ?? []).map(({ id, title }) => ({
        id,
        title,
        place: { pairs: [pairOf(scenario, id.replaceAll(".", "_"))], property },
      })),
    [designs, scenario, property],
  );
  useEffect(() => {
    if (!stopped) verdicts.fill(cells.flatMap(({ place }) => place.pairs));
  }, [verdicts, cells, stopped]);
  return (
    <>
      <p className="quiet">
        <code>{property}</code> in all runs of {scenario}, design by design:
      </p>
      <ul className="row" aria-label={`${property} in ${scenario}`}>
        {cells.map(({ id, title, place }) => {
          const cell = cellOf(place, known);
          const [run] = runsOf(place, known.checked);
          const glyph = glyphs[cell.mark];
          return (
            <li key={id} className={cell.mark} title={title}>
              {glyph && <Glyph name={glyph} />}
              <code>{id}</code>
              {run ? (
                <button type="button" className="plain" onClick={() => act.open(run.link)}>
                  {said(cell)}
                </button>
              ) : (
                <span className="quiet">{said(cell)}</span>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
