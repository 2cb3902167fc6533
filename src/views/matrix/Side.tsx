import type { MouseEvent } from "react";
import { cellOf, placeOf } from "../../session/grid.ts";
import type { Cell, Grid, Heads } from "../../session/grid.ts";
import { runsOf } from "../../session/runs.ts";
import type { BreakingRun } from "../../session/runs.ts";
import { useKnown, useVerdicts } from "../../session/useVerdicts.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { Words } from "../../ui/Words.tsx";
import type { Checked } from "../../worker/check-protocol.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import { boundsOf, count, mayFail, number, said } from "./words.ts";

/** What stands behind the cell in sight: the runs that break it, the bounds, what no run reached, and the source. */
export function Side({ heads, grid, snapshot }: { heads: Heads; grid: Grid; snapshot: Snapshot }) {
  const known = useKnown();
  const picked = useVerdicts((state) => state.picked);
  const cut = useVerdicts((state) => state.cut);
  const line = grid.lines.find(({ id }) => id === picked?.line) ?? grid.lines[0];
  const column = grid.columns.find(({ id }) => id === picked?.column) ?? grid.columns[0];
  if (!line || !column) return <aside className="side" aria-label="the cell in sight" />;
  const place = placeOf(heads, grid, line, column);
  const property = snapshot.properties.find(({ id }) => id === place.property);
  const design =
    column.kind === "design" ? column.title : heads.designs.find(({ id }) => id === grid.common.design)?.title;
  const scenario = line.kind === "scenario" ? line.id : grid.common.scenario;
  const cell = cellOf(place, known);
  const rows = place.pairs.flatMap((pair) => known.checked.get(pair) ?? []);
  const [only] = place.pairs.length === 1 ? rows : [];
  return (
    <aside className="side" aria-label="the cell in sight" tabIndex={0}>
      <section>
        <h2 className="name">
          {place.property} <span className="quiet">in</span> {design}
          {scenario !== null && (
            <>
              {" "}
              <span className="quiet">of</span> {scenario}
            </>
          )}
        </h2>
        <Verdict cell={cell} />
        {property && (
          <p className="what">
            <Words text={property.sentence} />
          </p>
        )}
      </section>
      <Runs runs={runsOf(place, known.checked)} heads={heads} several={place.pairs.length > 1} />
      {only ? <Bounds row={only} cut={cut.has(place.pairs[0] ?? "")} /> : <Sum rows={rows} property={place.property} />}
      {scenario === snapshot.scenario.id && snapshot.timeline.steps.some(({ kind }) => kind === "start") && (
        <p className="what">Threads that were started by hand in the open run are no part of the searches.</p>
      )}
      {only && <Unreached row={only} snapshot={snapshot} />}
      {property && (
        <section>
          <h2>Judged</h2>
          <p className="what">
            <Words text={property.moment} />. Source: <Words text={property.source} />
          </p>
        </section>
      )}
      <details>
        <summary>Assumptions, and what is not modelled</summary>
        <ul>
          {[...snapshot.assumptions, ...snapshot.notModelled.map((what) => `Not modelled: ${what}`)].map((text) => (
            <li key={text}>
              <Words text={text} />
            </li>
          ))}
        </ul>
      </details>
    </aside>
  );
}

function Verdict({ cell }: { cell: Cell }) {
  const { mark } = cell;
  const glyph = ({ violated: "no", holds: "ring", bounded: "cut", vacuous: "none" } as const)[mark as "violated"];
  return (
    <p className={mark === "violated" ? "verdict bad" : "verdict"}>
      {glyph && <Glyph name={glyph} />} <b>{said(cell)}</b>
    </p>
  );
}

/** As many runs as stand in the open. */
const MOST = 12;

function Runs({ runs, heads, several }: { runs: readonly BreakingRun[]; heads: Heads; several: boolean }) {
  const act = useActions();
  if (runs.length === 0) return null;
  const open = (event: MouseEvent, link: string) => {
    // with a key held it is the browser's: another tab, another window
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    act.open(link);
  };
  const title = (pair: string) => heads.scenarios.find(({ id }) => pair.startsWith(`${id}/`))?.about ?? pair;
  return (
    <section>
      <h2>{several ? "Runs that break it" : "The run that breaks it"}</h2>
      <ul className="runs">
        {runs.slice(0, MOST).map(({ pair, steps, switches, why, shortest, link }) => (
          <li key={pair}>
            <a href={address(link)} onClick={(event) => open(event, link)}>
              <Words text={title(pair)} />
            </a>{" "}
            <span className="meta">
              {count(steps, "step")}, {switches === 1 ? "1 switch" : `${switches} switches`}
              {shortest ? "" : ", shortest found"}
            </span>
            <p>
              <Words text={why} />
            </p>
          </li>
        ))}
      </ul>
      {runs.length > MOST && <p className="quiet">and in {runs.length - MOST} more: choose a scenario</p>}
    </section>
  );
}

/** Where this page stands, with another fragment: a link can be copied as it is. */
const address = (fragment: string) => location.href.replace(/#.*$/, "") + fragment;

function Bounds({ row, cut }: { row: Checked; cut: boolean }) {
  const entries: readonly (readonly [string, string])[] = [
    ["searched", boundsOf(row) + (cut ? "; stopped by hand" : "")],
    ["transitions", number(row.transitions)],
    ["ends", `${count(row.terminals, "state")} in which no thread can step`],
    ["depth", row.reduced ? `${count(row.depth, "move")}, each of one step or more` : count(row.depth, "step")],
    ["reductions", row.reduced ? "on: they keep the verdicts; the shortest run is looked for without them" : "off"],
    [
      "storage",
      row.exact
        ? "whole states compared"
        : `64-bit fingerprints, ${row.bytes_per_state} bytes a state; probability that two were taken for one: ${row.collision_probability.toExponential(1)}`,
    ],
    ["time", `${row.seconds.toFixed(2)} s`],
  ];
  return (
    <section>
      <h2>Bounds</h2>
      <dl>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Of several searches: how many say what. */
function Sum({ rows, property }: { rows: readonly Checked[]; property: string }) {
  if (rows.length === 0) return null;
  const of = (verdict: string) => rows.filter(({ properties }) => properties[property]?.verdict === verdict);
  const states = (some: readonly Checked[]) => some.reduce((sum, row) => sum + row.states, 0);
  const failures = Math.max(...rows.map((row) => row.failures));
  const entries: (readonly [string, string])[] = [];
  const [bad, cut, held, vacuous, none] = (["violated", "bounded", "holds", "vacuous", "n/a"] as const).map(of);
  const names = (some: readonly Checked[] = []) => [...new Set(some.map(({ scenario }) => scenario))].join(", ");
  if (bad?.length) entries.push(["violated", `${bad.length} of ${count(rows.length, "search")}`]);
  if (cut?.length) entries.push(["bounded", `${names(cut)}: ${count(states(cut), "state")}, and more are left`]);
  if (held?.length)
    entries.push(["no violation", `${count(held.length, "search")}, ${count(states(held), "state")}: all there are`]);
  if (vacuous?.length) entries.push(["vacuous", names(vacuous)]);
  if (none?.length) entries.push(["n/a", count(none.length, "search")]);
  entries.push([
    "bounds",
    `at most ${count(Math.max(...rows.map(({ threads }) => threads)), "thread")}, ${mayFail(failures)}; ` +
      "under the assumptions of the model",
  ]);
  return (
    <section>
      <h2>The searches behind it</h2>
      <dl>
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What no run reached: nothing that was found speaks of it. */
function Unreached({ row, snapshot }: { row: Checked; snapshot: Snapshot }) {
  const { procedures, branches, properties } = row.unreached;
  const far = row.complete ? "No run reached" : "No run reached so far";
  const groups = [...new Set(branches.map(({ procedure }) => procedure))];
  return (
    <details>
      <summary>
        {far}: {count(procedures.length, "procedure")}, {count(branches.length, "branch")},{" "}
        {count(properties.length, "property")}
      </summary>
      <h3>Properties without a moment to judge</h3>
      <ul>
        {properties.map((id) => (
          <li key={id}>
            <b>{id}</b> <Words text={snapshot.properties.find((property) => property.id === id)?.sentence ?? ""} />
          </li>
        ))}
      </ul>
      <h3>Procedures that the threads could call</h3>
      <ul className="names">
        {procedures.map((name) => (
          <li key={name}>
            <Words text={`\`${name}\``} />
          </li>
        ))}
      </ul>
      <h3>Ways out of statements that were reached</h3>
      <ul>
        {groups.map((procedure) => (
          <li key={procedure}>
            <Words text={`\`${procedure}\``} />
            <ul>
              {branches
                .filter((branch) => branch.procedure === procedure)
                .map(({ text, answer }, i) => (
                  // the same words may stand in several places of a procedure
                  <li key={`${i} ${text}`}>
                    <Words text={text} /> <b>{answer}</b>
                  </li>
                ))}
            </ul>
          </li>
        ))}
      </ul>
    </details>
  );
}
