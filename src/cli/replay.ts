/** `smmu replay`: a link as text or JSON. Throws a LinkError with one sentence when it does not replay. */
import { encodeLink } from "../scenarios/link.ts";
import { LinkError } from "../scenarios/find-link.ts";
import { openAny } from "../scenarios/stories/open.ts";
import type { Play, Trace } from "../scenarios/play.ts";
import { compactReply, type HeldView, type Snapshot } from "../worker/protocol.ts";
import { ascii, plain, wrap } from "../worker/reply/lines.ts";
import { explain } from "../worker/explain.ts";
import { replyOf } from "../worker/reply/reply.ts";
import { hardwareViews } from "../worker/hardware.ts";
import { snapshot } from "../worker/snapshot.ts";
import { later } from "../worker/later.ts";

/** The run of a link, at the position that the link shows. */
function open(link: string): Play {
  const { play, notice } = openAny(link);
  if (notice !== "") throw new LinkError(notice);
  return play;
}

const digits = (q: bigint) => q.toString(16).padStart(16, "0");

/** What an SMMU recorded in a step: in words, and the record as the driver prints one. */
function eventsJson(trace: readonly Trace[]): object {
  const events = trace.flatMap((t) =>
    t.kind === "event" ? [{ text: t.text, qwords: t.qwords.map(digits), lost: t.lost }] : [],
  );
  return events.length === 0 ? {} : { events };
}

/** The whole run of a link as an object; `position` is the step that the link shows. */
export function replayJson(link: string): object {
  const play = open(link);
  return playJson(play, play.position, "");
}

/**
 * What a program reads of a run: one object with steps, state, verdicts, callers and assumptions. `noLink` says why there
 * is no link; empty where there is one.
 */
export function playJson(play: Play, position: number, noLink: string): object {
  play.seek(play.player.events.length);
  const shown = snapshot(play, hardwareViews, later);
  const violations = play.violations();
  return {
    scenario: shown.scenario.id,
    design: shown.design.id,
    options: play.model.options,
    toggles: shown.design.toggles,
    ...(noLink === "" ? { link: `#${shown.link.head}${shown.link.tail}` } : { link: null, noLink }),
    position,
    steps: play.records.map((r, i) => ({
      step: i + 1,
      thread: `CPU${r.thread}`,
      kind: r.event.kind,
      procedure: r.proc,
      text: plain(r.text),
      ...(r.errno === "" ? {} : { errno: r.errno }),
      ...(r.warn === "" ? {} : { warn: r.warn }),
      ...eventsJson(r.trace),
      ...(r.verdict.violated.size === 0 ? {} : { violated: [...r.verdict.violated.keys()] }),
    })),
    threads: shown.threads.map((t) => ({
      name: t.name,
      title: plain(t.title),
      caller: t.caller,
      status: t.status,
      results: t.ops.map((op) => op.result ?? null),
      stack: t.status === "finished" ? [] : t.stack.map((l) => l.proc),
      locks: t.locks.map((l) => plain(l.name)),
    })),
    state: { groups: shown.groups, devices: shown.devices, domains: shown.domains },
    verdicts: Object.fromEntries(
      shown.properties.map((p) => {
        const broke = violations.get(p.id);
        return [
          p.id,
          { verdict: p.verdict, ...(broke === undefined ? {} : { since: broke.step, why: plain(broke.why) }) },
        ];
      }),
    ),
    callers: shown.callers.map(plain),
    switches: explain(play).switches.map((one) => ({ ...one, why: plain(one.why) })),
    assumptions: shown.assumptions.map(plain),
    notModelled: shown.notModelled.map(plain),
    silences: shown.silences.map(plain),
  };
}

const fields = (list: readonly { name: string; value: string }[]) => list.map((f) => `${f.name} ${f.value}`).join(", ");

/** What an SMMU holds of an entry, and where that is not the entry any more. */
function heldLines(what: string, { held, fields: own, stale }: HeldView): string[] {
  if (!held && stale === undefined) return [];
  const lines = held ? [wrap(`${what} in the SMMU: ${fields(own)}`, 8, "      ")] : [];
  return stale === undefined ? lines : [...lines, wrap(plain(stale), 10, "      -> ")];
}

function stateLines(shown: Snapshot): string[] {
  const lines: string[] = [];
  const several =
    new Set([...shown.devices, ...shown.domains].map((o) => o.smmu).filter((smmu) => smmu !== "")).size > 1;
  for (const g of shown.groups) lines.push(wrap(`${g.name}: ${fields(g.fields)}`, 4, "  "));
  for (const d of shown.devices) {
    lines.push(
      wrap(`${d.name}${several ? ` behind ${d.smmu}` : ""}: ${fields([...d.pci, ...d.gdev, ...d.master])}`, 4, "  "),
    );
    for (const ste of d.stes) {
      const below = ste.level1 === undefined ? "" : `, below ${ste.level1}`;
      lines.push(wrap(`STE ${ste.sid}: ${fields(ste.fields)}${below}`, 6, "    "));
      if (ste.held) lines.push(...heldLines(`STE ${ste.sid}`, ste.held));
    }
    const { level1 } = d.cdTable;
    if (d.cdTable.allocated && level1 !== undefined) lines.push(wrap(`CD table: ${fields([level1])}`, 6, "    "));
    for (const cd of d.cdTable.allocated ? d.cdTable.entries : []) {
      lines.push(wrap(`CD[${cd.ssid}]: ${fields(cd.fields)}`, 6, "    "));
      for (const held of cd.held ?? []) lines.push(...heldLines(`CD[${cd.ssid}] by ${held.sid}`, held));
    }
    for (const row of d.rows) {
      const stop = row.stop === undefined ? "" : ` (${row.stop.event})`;
      const hardware =
        row.hardware === undefined
          ? ""
          : ` | hardware ${row.hardware.text} (${[row.hardware.event, row.hardware.where].filter(Boolean).join(", ")})`;
      lines.push(
        wrap(
          `${row.label}: core ${row.core.text} | driver ${row.driver.text} | tables ${row.tables.text}${stop}${hardware}`,
          6,
          "    ",
        ),
      );
      if (row.sentence !== undefined) lines.push(wrap(plain(row.sentence), 10, "      -> "));
    }
  }
  for (const d of shown.domains) {
    const tlb = d.fields.find(({ name }) => name === "TLB");
    if (tlb !== undefined && tlb.value !== "empty") lines.push(wrap(`TLB for ${d.tag || d.id}: ${tlb.value}`, 4, "  "));
  }
  if (several) {
    for (const d of shown.domains) if (d.smmu !== "") lines.push(`  ${d.id}: ${d.stage}, ${d.tag}, of ${d.smmu}`);
  }
  return lines;
}

const MARK = { violated: "x", holds: "+", pending: "o", vacuous: "-", "n/a": " " } as const;

const SAID: Readonly<Record<string, string>> = {
  vacuous: "not exercised",
  pending: "judged when all threads have finished",
};

/** What the page copies as a reply: the steps up to the link's position that matter, and the link alone on the last line. */
export function replyText(link: string): string {
  const { lines, link: last } = replyOf(open(link), compactReply);
  return [...lines, last].join("\n");
}

/** The whole run of a link as text; the link on the last line has the position that it came with. */
export function replayText(link: string): string {
  const play = open(link);
  const { position } = play;
  const atEnd = position === play.player.events.length;
  return playText(play, atEnd ? "" : `The link shows step ${position}.`, "");
}

/**
 * The reply with every step of the run, and after it a remark, the state it ends in, verdicts, callers and assumptions. The
 * link, of the play's position, stands alone on the last line; or `noLink`, which says why there is none.
 */
export function playText(play: Play, remark: string, noLink: string): string {
  const { head, tail } = encodeLink(play);
  play.seek(play.player.events.length);
  const shown = snapshot(play, hardwareViews, later);
  const { total } = shown;
  const closing: string[] = [];
  if (remark !== "") closing.push(wrap(remark), "");
  closing.push("design");
  closing.push(wrap(shown.design.source, 4, "  from "), wrap(shown.design.driver, 4, "  with "));
  for (const silence of shown.silences) closing.push(wrap(`silent on this world; its code: ${silence}`, 4, "  "));
  closing.push("", `state after step ${total}`, ...stateLines(shown));
  const { events } = shown.timeline;
  if (events.length > 0) closing.push("", "events, with the four qwords of each record");
  for (const { step, text, qwords } of events) {
    closing.push(wrap(`step ${step}: ${text}`, 4, "  "));
    for (const i of [0, 2]) closing.push(`    0x${qwords[i]} 0x${qwords[i + 1]}`);
  }
  closing.push("", "properties: x violated, + holds in this run, - not exercised, o later");
  for (const p of shown.properties) {
    const since = p.since === undefined ? "" : `, since step ${p.since}: ${p.why ?? ""}`;
    closing.push(wrap(`${p.id} ${SAID[p.verdict] ?? p.verdict}${since}`, 6, `  ${MARK[p.verdict]} `));
  }
  const atBreak = [...play.violations().values()].some(({ step }) => step === total);
  if (atBreak) {
    const { switches } = explain(play);
    if (switches.length > 0)
      closing.push("", "switches", ...switches.map(({ step, why }) => wrap(`step ${step}: ${why}`, 4, "  ")));
  }
  for (const [title, list] of [
    ["callers", shown.callers],
    ["assumptions", shown.assumptions],
    ["not modelled", shown.notModelled],
  ] as const) {
    closing.push("", title, ...list.map((line) => wrap(line, 4, "  ")));
  }
  const said = closing.flatMap((text) => ascii(plain(text)).split("\n"));
  const { lines } = replyOf(play, { ...compactReply, length: "every", numbers: true, property: true }, said);
  return [...lines, noLink === "" ? `#${head}${tail}` : wrap(noLink)].join("\n");
}
