/** Two runs of one schedule side by side: the run that is open, and the same schedule on another design. */
import { resultText } from "../kernel/ops.ts";
import { encodeLink } from "../scenarios/link.ts";
import type { Model } from "../scenarios/build.ts";
import type { Play } from "../scenarios/play.ts";
import { transplant } from "../scenarios/transplant.ts";
import { FINISHED, OOPS } from "../sim/step.ts";
import type { ComparedRow, CompareView, ComparedStep, Named, Snapshot } from "./protocol.ts";
import { hardwareViews } from "./hardware.ts";
import { snapshot } from "./snapshot.ts";

const link = (play: Play) => {
  const { head, tail } = encodeLink(play);
  return `#${head}${tail}`;
};

function sideOf(play: Play): CompareView["a"] {
  const { design, options } = play.model;
  const given = design.options.filter((o) => options[o.id] !== o.values[0]?.id).map((o) => `${o.id}=${options[o.id]}`);
  const title = given.length === 0 ? design.title : `${design.title}, ${given.join(", ")}`;
  return { id: design.id, title, steps: play.player.events.length, link: link(play) };
}

function stepOf(play: Play, step: number | null): ComparedStep | null {
  const record = play.records[(step ?? 0) - 1];
  if (step === null || record === undefined) return null;
  const known = play.violations(step - 1);
  return {
    step,
    text: record.text,
    proc: record.proc,
    errno: record.errno,
    warn: record.warn,
    broke: [...record.verdict.violated.keys()].filter((id) => !known.has(id)),
  };
}

/** What each operation of each thread came to: its result, or why there is none. */
function resultsOf(play: Play): string[][] {
  const { machine, ops, model } = play;
  const results: string[][] = ops.map(() => []);
  const depth = ops.map(() => 0);
  const walk = (thread: number, trace: Play["records"][number]["trace"]) => {
    for (const t of trace) {
      if (t.kind === "call") depth[thread]++;
      else if (t.kind === "return" && --depth[thread] === 0) {
        const op = ops[thread]?.[results[thread]?.length ?? 0];
        results[thread]?.push((op === undefined ? "" : resultText(op, model.world, t.value)) || "done");
      }
    }
  };
  play.opening.forEach((trace, thread) => walk(thread, trace));
  for (const record of play.records) walk(record.thread, record.trace);
  const unfinished = (thread: number, op: number, of: readonly string[]) => {
    if (op > of.length) return "not begun";
    const status = machine.status(thread);
    if (status === OOPS) return "ends in an oops";
    return status !== FINISHED && machine.outcomes(thread) === 0 ? "waits" : "not at its end";
  };
  return results.map((of, thread) => (ops[thread] ?? []).map((_op, i) => of[i] ?? unfinished(thread, i, of)));
}

/** What a snapshot says, one line a fact, by name. */
function factsOf(shown: Snapshot): Map<string, string> {
  const facts = new Map<string, string>();
  const add = (of: string, list: readonly { name: string; value: string }[]) => {
    for (const { name, value } of list) facts.set(`${of} ${name}`, value);
  };
  for (const g of shown.groups) add(g.name, g.fields);
  for (const d of shown.devices) {
    add(d.name, [...d.pci, ...d.gdev, ...d.master]);
    for (const row of d.rows) {
      facts.set(`${d.name} ${row.label}: core`, row.core.text);
      facts.set(`${d.name} ${row.label}: driver`, row.driver.text);
      facts.set(
        `${d.name} ${row.label}: tables`,
        row.tables.text + (row.stop === undefined ? "" : `, ${row.stop.event}`),
      );
    }
  }
  return facts;
}

/** Rows alike in a row are told one by one up to here; more are counted. */
const ALIKE = 3;

function fold(rows: CompareView["rows"], diverges: number): ComparedRow[] {
  const shown: ComparedRow[] = [];
  for (let i = 0; i < rows.length; ) {
    const first = rows[i] as CompareView["rows"][number];
    const { thread } = first;
    let count = 0;
    while (rows[i + count]?.same === true && rows[i + count]?.thread === thread) count++;
    const last = rows[i + count - 1];
    if (count > ALIKE && last !== undefined) {
      const range = (from: ComparedStep | null, to: ComparedStep | null) => `${from?.step}-${to?.step}`;
      shown.push({ kind: "alike", thread, count, a: range(first.a, last.a), b: range(first.b, last.b) });
      i += count;
    } else {
      shown.push({ kind: "pair", ...first, parts: i === diverges });
      i++;
    }
  }
  return shown;
}

/** Plays the schedule of a run on another model of the same world. The run is left at the position that it was at. */
export function compareRuns(play: Play, other: Model): CompareView {
  const { position } = play;
  const { play: second, pairs, refused } = transplant(play, other);
  const rows = pairs.map(({ thread, a, b }) => {
    const [left, right] = [stepOf(play, a), stepOf(second, b)];
    const same = left !== null && right !== null && left.text === right.text && left.errno === right.errno;
    return { thread, a: left, b: right, same };
  });
  const diverges = rows.findIndex(({ same }) => !same);
  const [shownA, shownB] = [snapshot(play, hardwareViews, null), snapshot(second, hardwareViews, null)];
  const [resultsA, resultsB] = [resultsOf(play), resultsOf(second)];
  const results = shownA.threads.flatMap(({ name, ops }, thread) =>
    ops.map(({ title }, i) => ({
      thread: name,
      title,
      a: resultsA[thread]?.[i] ?? "",
      b: resultsB[thread]?.[i] ?? "not started",
    })),
  );
  const properties = shownA.properties.map(({ id, verdict, since }, i) => {
    const own = shownB.properties[i];
    return {
      id,
      a: { verdict, since: since ?? null },
      b: { verdict: own?.verdict ?? "n/a", since: own?.since ?? null },
    };
  });
  const [factsA, factsB] = [factsOf(shownA), factsOf(shownB)];
  const names = [...new Set([...factsA.keys(), ...factsB.keys()])];
  const state = names.map((what) => ({ what, a: factsA.get(what) ?? null, b: factsB.get(what) ?? null }));
  const view: CompareView = {
    scenario: { id: shownA.scenario.id, title: shownA.scenario.title } satisfies Named,
    a: sideOf(play),
    b: sideOf(second),
    rows,
    diverges,
    shown: fold(rows, diverges),
    refused: refused.map(({ step, why }) => ({ step, text: play.records[step - 1]?.text ?? "", why })),
    results,
    properties,
    state: state.filter(({ a, b }) => a !== b),
    equalFacts: state.filter(({ a, b }) => a === b).length,
  };
  play.seek(position);
  return view;
}
