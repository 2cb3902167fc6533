/** What searches found, as text of at most 72 columns: a matrix for each world, and what stands behind its marks. */
import { findDesign } from "../kernel/designs/index.ts";
import { assumptions } from "../kernel/notes.ts";
import { findScenario } from "../scenarios/library/find.ts";
import type { Checked, CheckVerdict } from "./check.ts";
import { openLink } from "../scenarios/open-link.ts";
import { explain } from "./explain.ts";
import { ascii, plain, wrap } from "./reply/lines.ts";

const MARK: Readonly<Record<CheckVerdict, string>> = {
  violated: "x",
  holds: "+",
  vacuous: "-",
  bounded: "?",
  "n/a": "",
};
const LEGEND =
  "x a run breaks it; + no run within the bounds does; - no run exercised it, so that nothing is said; ? the search was " +
  "cut short before any run did; blank: nothing to judge in this design";

/** Designs side by side; more would not fit. */
const ABREAST = 3;
const ID_WIDTH = 14;
const COLUMN = 19;

const nameOf = ({ design, options, toggles }: Checked) =>
  [
    design,
    ...Object.entries(options).flatMap(([id, value]) => (isDefault(design, id, value) ? [] : [`${id}=${value}`])),
    ...toggles,
  ].join(" ");

const isDefault = (design: string, id: string, value: string) =>
  findDesign(design)?.options.find((o) => o.id === id)?.values[0]?.id === value;

function matrix(rows: readonly Checked[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < rows.length; i += ABREAST) {
    const some = rows.slice(i, i + ABREAST);
    const line = (first: string, cells: readonly string[]) =>
      (first.padEnd(ID_WIDTH) + cells.map((c) => c.padEnd(COLUMN)).join("")).trimEnd();
    lines.push(
      "",
      line(
        "",
        some.map((row) => row.design),
      ),
    );
    if (some.some((row) => nameOf(row) !== row.design))
      lines.push(
        line(
          "",
          some.map((row) =>
            nameOf(row)
              .slice(row.design.length + 1)
              .slice(0, COLUMN - 1),
          ),
        ),
      );
    for (const id of Object.keys(some[0]?.properties ?? {}))
      lines.push(
        line(
          id,
          some.map((row) => MARK[row.properties[id]?.verdict ?? "n/a"]),
        ),
      );
  }
  return lines;
}

const count = (n: number, what: string) => `${n.toLocaleString("en-US")} ${what}${n === 1 ? "" : "s"}`;

/** How far the search went, in words; it never says more than that. */
function boundsOf(row: Checked): string {
  const broken = Object.values(row.properties).filter((p) => p.verdict === "violated").length;
  const cut = !row.complete && Object.values(row.properties).some((p) => p.verdict === "bounded");
  const found =
    broken === 0
      ? "no violation"
      : `${broken} of ${count(Object.keys(row.properties).length, "property").replace("propertys", "properties")} violated`;
  const states = cut
    ? `bounded: ${count(row.states, "state")}, frontier ${row.frontier.toLocaleString("en-US")}`
    : `in ${count(row.states, "state")}`;
  return (
    `${found}${cut ? "; " : " "}${states}; ${count(row.threads, "thread")}, ` +
    (row.failures === 0 ? "nothing is made to fail" : `at most ${count(row.failures, "failure")}`) +
    "; under the assumptions below"
  );
}

function costsOf(row: Checked): string {
  const storage = row.exact
    ? "whole states compared"
    : `64-bit fingerprints, collision probability ${row.collision_probability.toExponential(1)}`;
  return (
    `${count(row.transitions, "transition")}, ${count(row.terminals, "end")}, depth ${row.depth}, ` +
    `${row.bytes_per_state} bytes a state, frontier ${Math.ceil(row.frontier_bytes / 1000).toLocaleString("en-US")} KB, ` +
    `${storage}, ${row.reduced ? "with" : "without"} reductions, ${row.seconds.toFixed(2)} s`
  );
}

function unreachedOf({ unreached: { procedures, branches } }: Checked): string[] {
  const lines: string[] = [];
  if (procedures.length > 0) lines.push(`never reached: ${procedures.join(", ")}`);
  if (branches.length > 0)
    lines.push(`never taken: ${count(branches.length, "way")} out of decisions (--json lists them)`);
  return lines;
}

/** What is said of a caller, unless its own note does. */
const NOT_SHOWN = "not shown reachable from user space";

/** Why a run that breaks a property is as it is, and what it takes to get there. */
function explained(link: string, property: string): string[] {
  const { play } = openLink(link);
  play.seek(play.player.events.length);
  const { switches, callers, locks, failures } = explain(play, property);
  return [
    ...switches.map(({ step, why }) => `step ${step}: ${why}`),
    ...callers.map(({ thread, title, caller, note, reachable }) => {
      const unreached = reachable || note.includes(NOT_SHOWN) ? "" : `, ${NOT_SHOWN}`;
      return `${thread}: ${title}; caller ${caller}${unreached}: ${note}`;
    }),
    ...(locks.length > 0 ? [`held then: ${locks.map(({ thread, name }) => `${thread} ${name}`).join(", ")}`] : []),
    ...failures.map(({ step, thread, text }) => `made to fail: step ${step}, ${thread}, ${text}`),
  ];
}

/**
 * A matrix for each world, then for each design what broke, with its link, and how far the search went. `why` explains
 * each run as well: each is played for that.
 */
export function checkText(rows: readonly Checked[], why = false): string {
  const lines: string[] = [];
  for (const id of new Set(rows.map((row) => row.scenario))) {
    const some = rows.filter((row) => row.scenario === id);
    if (lines.length > 0) lines.push("");
    lines.push(wrap(`${id}  ${findScenario(id)?.title ?? ""}`.trim(), 2), ...matrix(some));
    for (const row of some) {
      const said = (text: string) => lines.push(wrap(ascii(plain(text)), 4, "  "));
      lines.push("", nameOf(row));
      said(boundsOf(row));
      said(costsOf(row));
      for (const text of unreachedOf(row)) said(text);
      for (const [property, { verdict, steps, switches, why: broke, link, shortest }] of Object.entries(
        row.properties,
      )) {
        if (verdict !== "violated") continue;
        const length = `${count(steps ?? 0, "step")}${shortest === false ? ", perhaps not the shortest" : ""}`;
        said(`x ${property}, ${length}, ${count(switches ?? 0, "switch").replace("switchs", "switches")}: ${broke}`);
        if (why && link !== null) for (const text of explained(link, property)) said(text);
        lines.push(link ?? "    no link: the world is too large for one");
      }
    }
  }
  lines.push("", wrap(LEGEND, 2), "", "assumptions", ...assumptions.map((a) => wrap(ascii(plain(a)), 4, "  ")));
  return lines.join("\n");
}
