/**
 * A run as a reply to a mail: what the page copies and what the terminal prints.
 *
 * At most 72 columns of printable ASCII: which run it is and which steps are shown, the steps in a column for each
 * thread, what was broken and where, who called, what is assumed. The link stands alone on the last line, so that the
 * whole text, quoted or not, can be pasted back.
 */
import { assumptions } from "../../kernel/notes.ts";
import { callers, opKinds, opTitle } from "../../kernel/ops.ts";
import { togglesOf } from "../../scenarios/build.ts";
import { encodeLink } from "../../scenarios/link.ts";
import type { Play } from "../../scenarios/play.ts";
import type { ReplyOptions, ReplyView } from "../protocol.ts";
import { callerLines } from "../snapshot.ts";
import { type Column, type Row, table } from "./columns.ts";
import { paragraph, plain } from "./lines.ts";
import { keep } from "./matters.ts";
import { rowsOf } from "./rows.ts";
import { beatsOf } from "./walk.ts";

/**
 * Names of functions as a mail needs them: the only one is `dev`, and goes without saying where a statement is said in
 * short; several lose the PCI domain that they share.
 */
function shortNames(play: Play, inShort: boolean): (text: string) => string {
  const names = play.model.world.device.slice(1).map((d) => d.name);
  const [only] = names;
  if (names.length === 1 && only !== undefined) {
    return (text) => {
      const said = text.replaceAll(only, "dev");
      return inShort ? said.replace(/ for dev(?= PASID)/, " for").replace(/ (of|for) dev\b(?!-)/, "") : said;
    };
  }
  const domain = /^[0-9a-f]{4}:(?=[0-9a-f]{2}:)/;
  if (new Set(names.map((name) => domain.exec(name)?.[0] ?? name)).size > 1) return (text) => text;
  return (text) => names.reduce((said, name) => said.replaceAll(name, name.replace(domain, "")), text);
}

function devices(play: Play): string {
  const { group, device } = play.model.world;
  const of = group.slice(1).map((g) => {
    const names = g.devices.map((d) => device[d]?.name ?? "?");
    return `${g.name} has ${device.length === 2 ? `dev, ${names.join()}` : names.join(" and ")}`;
  });
  return `${of.join("; ")}.`;
}

/** The threads that ran in a part of the run. */
function columnsOf(play: Play, from: number): Column[] {
  const ran = new Set(play.records.slice(from - 1, play.position).map((record) => record.thread));
  return play.ops.flatMap((ops, thread) => {
    if (!ran.has(thread)) return [];
    const titles = ops.map((op) => opTitle(op, play.model.world));
    const names = new Set(ops.map((op) => callers[opKinds[op.kind]?.caller ?? "core"].id));
    return [{ thread, title: `CPU${thread}: ${titles.join("; ")} (${[...names].join(", ")})` }];
  });
}

/** Each property broken up to the position, and where; or that none is. */
function brokenLines(play: Play): string[] {
  const broken = [...play.violations()];
  if (broken.length === 0) {
    const exercised = [...play.exercised()];
    return paragraph(
      exercised.length === 0
        ? "No property is exercised in these steps."
        : `No property is broken in these steps; exercised: ${exercised.join(", ")}.`,
    );
  }
  return broken.flatMap(([id, { step, why }]) => {
    const record = play.records[step - 1];
    const where = record === undefined ? "" : `, CPU${record.thread}${record.proc === "" ? "" : ` in ${record.proc}`}`;
    return paragraph(`${id} violated since step ${step}${where}: ${why}`);
  });
}

/** Callers and assumptions in a paragraph each. */
function restsOn(play: Play, columns: readonly Column[]): string[] {
  const who = columns.flatMap(({ thread }) => {
    const ids = new Set((play.ops[thread] ?? []).map((op) => callers[opKinds[op.kind]?.caller ?? "core"].id));
    return `CPU${thread} ${[...ids].join(", ")}`;
  });
  const notes = callerLines(play).filter((line) => !line.startsWith("CPU"));
  const assumed = assumptions
    .map((line) => line.replace(/[:;.].*$/, ""))
    .map((s) => s.charAt(0).toLowerCase() + s.slice(1));
  return [
    ...paragraph(`Callers: ${[`${who.join(", ")}.`, ...notes].join(" ")}`),
    ...paragraph(`Assumed: ${assumed.join("; ")}.`),
  ];
}

/**
 * The reply up to the play's position: its lines without the link, and what the page says beside it. `closing` takes the
 * place of callers and assumptions, for who has more to say of them.
 */
export function replyOf(play: Play, options: ReplyOptions, closing?: readonly string[]): ReplyView {
  const { position } = play;
  const { scenario, design } = play.model;
  const beats = beatsOf(play, position);
  const { steps, rule } = keep(play, beats, options.locks);
  const from = options.last > 0 ? Math.max(1, position - options.last + 1) : 1;
  const say = shortNames(play, options.length !== "every");
  const all = columnsOf(play, from);
  const shown = all.filter(({ thread }) => !options.without.includes(thread));
  const rows = rowsOf(play, beats, steps[options.length], options.length, from)
    .filter(({ thread }) => shown.some((column) => column.thread === thread))
    .flatMap((row): Row[] => {
      const marks = options.property ? row.hardware.filter((word) => word.startsWith("<-")) : [];
      const words = row.hardware.filter((word) => !word.startsWith("<-"));
      const text = say(row.text);
      if (options.hardware) return [{ ...row, text, hardware: [...words.map(say), ...marks] }];
      // without that column the mark has a line of its own
      return [
        { ...row, text, hardware: [] },
        ...marks.map((mark) => ({ ...row, text: mark, hardware: [], step: undefined })),
      ];
    });
  const titled = shown.map((column) => ({ ...column, title: shortNames(play, false)(column.title) }));
  const made = table(titled, rows, options.numbers);
  const counts = {
    every: count(steps.every, from),
    shared: count(steps.shared, from),
    matters: count(steps.matters, from),
  };
  const choice = [
    ...Object.entries(play.model.options).map(([id, value]) => `${id}=${value}`),
    ...togglesOf(play.model).map(({ title }) => title),
  ];
  const named = `${design.id}${choice.length === 0 ? "" : ` (${choice.join(", ")})`}`;
  const lines = [
    ...paragraph(`${scenario.title}, ${named}, ${stepsSaid(position, from, play.player.events.length)}.`),
    ...paragraph(devices(play)),
  ];
  if (position > 0) {
    const left = all.filter((column) => !shown.includes(column)).map(({ thread }) => `CPU${thread}`);
    const without = [...left, ...(options.hardware ? [] : ["HW"]), ...(options.locks ? [] : ["locks"])];
    const ruled = { every: "every one", shared: "those that changed shared state", matters: rule };
    lines.push(
      ...paragraph(`${counts[options.length]} of ${position - from + 1} steps: ${ruled[options.length]}.`),
      ...(without.length > 0 ? paragraph(`Left out: ${without.join(", ")}.`) : []),
    );
    if (made.widths.shared) lines.push("", ...titled.flatMap(({ title }) => paragraph(title)));
    if (rows.length > 0) lines.push("", ...made.lines);
    if (options.property) lines.push("", ...brokenLines(play));
  }
  lines.push("", ...(closing ?? restsOn(play, all)), "");
  const { head, tail } = encodeLink(play);
  return {
    lines,
    link: `#${head}${tail}`,
    widest: Math.max(...lines.map((line) => line.length)),
    counts,
    columns: all.map(({ thread, title }) => {
      const at = made.widths.shared ? 0 : shown.findIndex((column) => column.thread === thread);
      return { thread, title: plain(title), width: made.widths.threads[at] ?? 0 };
    }),
    hardware: made.widths.hardware,
    shared: made.widths.shared,
  };
}

const count = (kept: readonly boolean[], from: number) => kept.filter((yes, i) => yes && i + 1 >= from).length;

function stepsSaid(position: number, from: number, total: number): string {
  if (position === 0) return "before the first step";
  const end = position === total ? `${position}` : `${position} of ${total}`;
  return from === position ? `step ${end}` : `steps ${from}-${end}`;
}
