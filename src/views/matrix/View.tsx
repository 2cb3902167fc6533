import { useEffect, useMemo, useRef } from "react";
import type { KeyboardEvent } from "react";
import { gridOf, pairsOf, searched } from "../../session/grid.ts";
import type { Aim } from "../../session/look.ts";
import { useVerdicts } from "../../session/useVerdicts.ts";
import { verdictsHere } from "../../session/verdicts.ts";
import { focus } from "../../ui/focus.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { Pick } from "../../ui/Pick.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions, useSelect } from "../context.ts";
import { Copies } from "./Copies.tsx";
import { headsOf } from "./heads.ts";
import { Legend } from "./Legend.tsx";
import { Side } from "./Side.tsx";
import { Table } from "./Table.tsx";
import { count, number } from "./words.ts";
import "./matrix.css";

/** Designs and properties over all runs of the worlds: fills while it is searched, and each violation opens as a run. */
export default function Matrix({ snapshot }: { snapshot: Snapshot }) {
  const act = useActions();
  const verdicts = verdictsHere();
  const text = useVerdicts((state) => state.text);
  const stopped = useVerdicts((state) => state.stopped);
  const aim = useSelect(({ look }) => look.aim);
  const { scenarios, designs, properties, link, scenario, design } = snapshot;
  const heads = useMemo(
    () => headsOf({ scenarios, designs, properties, link, scenario, design }),
    [scenarios, designs, properties, link, scenario, design],
  );
  // a world of one's own is not among those of the library
  const own = heads.scenarios.length > scenarios.length ? heads.scenarios.slice(0, 1) : [];
  const grid = useMemo(() => gridOf(heads, aim), [heads, aim]);
  const shown = useMemo(() => searched(grid, text), [grid, text]);
  const pairs = useMemo(() => pairsOf(heads, grid), [heads, grid]);
  const box = useRef<HTMLElement>(null);
  const search = useRef<HTMLInputElement>(null);

  // Whoever opens the table asks for it; whoever stopped it asks again.
  useEffect(() => {
    if (!stopped) verdicts.fill(pairs);
  }, [verdicts, pairs, stopped]);

  useEffect(() => {
    const first = box.current?.querySelector<HTMLElement>(".verdicts td button[tabindex='0']");
    if (first) focus(first);
    else box.current?.focus({ preventScroll: true });
  }, []);

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const { target, key, ctrlKey, altKey, metaKey } = event;
      if (key !== "/" || ctrlKey || altKey || metaKey || event.defaultPrevented) return;
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
      event.preventDefault();
      search.current?.select();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && text !== "") {
      event.preventDefault();
      verdicts.search("");
    } else if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      const cell = box.current?.querySelector("td button[tabindex='0']");
      if (cell) focus(cell);
    }
  };
  const narrow = (change: Partial<Aim>) => act.showVerdicts(change);
  const all = (id: string) => (id === "" ? null : id);

  return (
    <main className="verdicts" aria-label="Verdicts" ref={box} tabIndex={-1}>
      <header className="top">
        <button type="button" aria-label="close the verdicts, Esc" onClick={() => act.toggleSheet("verdicts")}>
          <Glyph name="no" /> <kbd>Esc</kbd>
        </button>
        <h1>Verdicts</h1>
        <div className="picks">
          <Pick
            label="scenario"
            value={grid.common.scenario ?? ""}
            choices={[{ id: "", title: `all ${heads.scenarios.length}` }, ...own, ...scenarios]}
            onPick={(id) => narrow({ scenario: all(id) })}
          />
          <Pick
            label="design"
            value={grid.common.design ?? ""}
            choices={[{ id: "", title: `all ${heads.designs.length}` }, ...heads.designs]}
            onPick={(id) => narrow({ design: all(id) })}
          />
          <Pick
            label="property"
            value={grid.common.property ?? ""}
            choices={[{ id: "", title: `all ${heads.properties.length}` }, ...heads.properties]}
            onPick={(id) => narrow({ property: all(id) })}
          />
        </div>
        <label className="search">
          <span>search</span>
          <input
            type="search"
            className="m"
            ref={search}
            value={text}
            onChange={(event) => verdicts.search(event.target.value)}
            onKeyDown={onSearchKey}
          />
          <kbd>/</kbd>
        </label>
        <Filling pairs={pairs} />
        <Copies pairs={pairs} />
      </header>
      <section className="table" aria-label="the table">
        <p className="lead">
          {count(grid.columns.length, grid.columns[0]?.kind ?? "design")},{" "}
          {count(grid.lines.length, grid.lines[0]?.kind ?? "property")}
          {grid.common.scenario === null && grid.lines[0]?.kind === "property"
            ? `, the worst verdict over ${count(heads.scenarios.length, "scenario")}. `
            : ". "}
          A cross opens the shortest run that breaks the property.
        </p>
        <p className="sub">
          Under a cross its steps. Under a ring the states that were searched: no run among them breaks it, within the
          bounds beside it and under the assumptions of the model. That is all a ring says.
        </p>
        {shown.lines.length === 0 || shown.columns.length === 0 ? (
          <p className="quiet">Nothing here is called “{text}”.</p>
        ) : (
          <Table heads={heads} grid={shown} inHand={design.id} />
        )}
        <Legend />
      </section>
      <Side heads={heads} grid={shown} snapshot={snapshot} />
    </main>
  );
}

/** How far the filling is, and how to stop it or to go on. */
function Filling({ pairs }: { pairs: readonly string[] }) {
  const verdicts = verdictsHere();
  const { checked, running, progress, queued, cut, refused, seconds } = useVerdicts((state) => state);
  const known = pairs.filter((pair) => checked.has(pair) && !cut.has(pair)).length;
  const left = pairs.filter((pair) => !running.has(pair) && !queued.has(pair) && (!checked.has(pair) || cut.has(pair)));
  const runs = running.size > 0 || queued.size > 0;
  const [first] = progress;
  const all = [...progress.values()];
  const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
  return (
    <span className="filling">
      <span className="meta" role="status">
        {runs
          ? ""
          : known === pairs.length
            ? `${count(known, "search")} of ${known} done`
            : refused.size > 0
              ? [...refused.values()][0]
              : `${known} of ${count(pairs.length, "search")} done`}
      </span>
      {runs && (
        <span className="meta progress" aria-label="progress">
          <span>
            {known} of {number(pairs.length)}, {seconds.toFixed(1)} s
          </span>
          {first && (
            <span className="now">
              {first[0].replace("/", " ")}
              {all.length > 1 ? ` and ${all.length - 1} more` : ""}:{" "}
              {count(
                sum(({ states }) => states),
                "state",
              )}
              , frontier {number(sum(({ frontier }) => frontier))}, depth {Math.max(...all.map(({ depth }) => depth))},{" "}
              {number(sum(({ rate }) => rate))}/s
            </span>
          )}
        </span>
      )}
      {runs ? (
        <button type="button" className="framed" onClick={() => verdicts.stop()}>
          Stop
        </button>
      ) : (
        left.length > 0 && (
          <button type="button" className="framed" onClick={() => verdicts.fill(pairs)}>
            Check {number(left.length)}
          </button>
        )
      )}
    </span>
  );
}
