import { memo, useEffect, useMemo, useRef } from "react";
import type { KeyboardEvent } from "react";
import { cellOf, placeOf, placesOf } from "../../session/grid.ts";
import type { Cell, Grid, Head, Heads, Place } from "../../session/grid.ts";
import { runsOf } from "../../session/runs.ts";
import { useKnown, useVerdicts } from "../../session/useVerdicts.ts";
import { verdictsHere } from "../../session/verdicts.ts";
import { Glyph } from "../../ui/Glyph.tsx";
import { plain, Words } from "../../ui/Words.tsx";
import { useActions } from "../context.ts";
import { Bar } from "./Legend.tsx";
import { about, glyphs, said, short } from "./words.ts";

/** The table itself: one stop for Tab, arrows from cell to cell, Enter opens the run that breaks the property. */
export function Table({ heads, grid, inHand }: { heads: Heads; grid: Grid; inHand: string }) {
  const act = useActions();
  const verdicts = verdictsHere();
  const known = useKnown();
  const picked = useVerdicts((state) => state.picked);
  const box = useRef<HTMLTableElement>(null);
  const { lines, columns } = grid;
  const places = useMemo(() => placesOf(heads, grid), [heads, grid]);
  const at = {
    line: Math.max(
      0,
      lines.findIndex(({ id }) => id === picked?.line),
    ),
    column: Math.max(
      0,
      columns.findIndex(({ id }) => id === picked?.column),
    ),
  };

  const go = (line: number, column: number) => {
    const to = {
      line: Math.min(lines.length - 1, Math.max(0, line)),
      column: Math.min(columns.length - 1, Math.max(0, column)),
    };
    const [row, head] = [lines[to.line], columns[to.column]];
    if (row && head) verdicts.pick(row.id, head.id);
    const button = box.current?.tBodies[0]?.rows[to.line]?.cells[to.column + 1]?.querySelector("button");
    button?.focus();
    button?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const { line, column } = at;
    switch (event.key) {
      case "ArrowUp":
        go(line - 1, column);
        break;
      case "ArrowDown":
        go(line + 1, column);
        break;
      case "ArrowLeft":
        go(line, column - 1);
        break;
      case "ArrowRight":
        go(line, column + 1);
        break;
      case "Home":
        go(line, 0);
        break;
      case "End":
        go(line, columns.length - 1);
        break;
      case "PageUp":
        go(0, column);
        break;
      case "PageDown":
        go(lines.length - 1, column);
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  // A cell is looked at where it has the focus; what can be opened, opens.
  const open = (line: Head, column: Head) => {
    verdicts.pick(line.id, column.id);
    const [run] = runsOf(placeOf(heads, grid, line, column), verdicts.store.getState().checked);
    if (run) act.open(run.link);
  };
  const pick = (line: string, column: string) => verdicts.pick(line, column);
  const acts = useRef({ open, pick });
  useEffect(() => {
    acts.current = { open, pick };
  });

  return (
    <div className="sc">
      <table className={columns.length === 1 ? "mx single" : "mx"} ref={box} onKeyDown={onKeyDown}>
        <caption>
          {plain(`Verdicts: ${lines.length} rows, ${columns.length} columns. Arrow keys move, Enter opens a run.`)}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="meta">
              {lines[0]?.kind}
            </th>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={isInHand(column, inHand) ? "cur" : ""}>
                <span className="v">{column.title}</span>
              </th>
            ))}
            {columns.length === 1 && (
              <th scope="col" className="meta">
                what breaks it
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map((line, y) => (
            <tr key={line.id}>
              <th scope="row">
                <b>{line.title}</b>
                <span>
                  <Words text={line.about} />
                </span>
              </th>
              {columns.map((column, x) => {
                const cell = cellOf(places[y]?.[x] ?? nowhere, known);
                return (
                  <CellView
                    key={column.id}
                    {...cell}
                    line={line}
                    column={column}
                    here={at.line === y && at.column === x}
                    current={isInHand(column, inHand)}
                    narrow={columns.length > 16}
                    acts={acts}
                  />
                );
              })}
              {columns.length === 1 && (
                <td className="why">
                  <Words text={runsOf(places[y]?.[0] ?? nowhere, known.checked)[0]?.why ?? ""} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const nowhere: Place = { pairs: [], property: "" };

const isInHand = ({ kind, title }: Head, design: string) => kind === "design" && title.split(" ")[0] === design;

interface Acts {
  open(line: Head, column: Head): void;
  pick(line: string, column: string): void;
}

const CellView = memo(function CellView(
  props: Cell & {
    line: Head;
    column: Head;
    here: boolean;
    current: boolean;
    narrow: boolean;
    acts: { readonly current: Acts };
  },
) {
  const { line, column, here, current, narrow, acts, ...cell } = props;
  const { mark, count, known, pairs } = cell;
  const glyph = glyphs[mark];
  const classes = [mark === "n/a" ? "na" : mark, current ? "cur" : "", here ? "here" : ""].filter(Boolean).join(" ");
  return (
    <td className={classes}>
      <button
        type="button"
        tabIndex={here ? 0 : -1}
        aria-label={`${about(line, column)}: ${said(cell)}`}
        onFocus={() => acts.current.pick(line.id, column.id)}
        onClick={() => acts.current.open(line, column)}
      >
        {glyph && <Glyph name={glyph} />}
        {mark === "running" && <Bar done={known} of={pairs} />}
        {mark === "queued" && "·"}
        {mark === "n/a" && <span>n/a</span>}
        {mark === "refused" && <Glyph name="warn" />}
        {count !== null && <span>{mark === "bounded" ? `≥ ${short(count, narrow)}` : short(count, narrow)}</span>}
      </button>
    </td>
  );
});
