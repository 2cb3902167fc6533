/** `smmu replay`: a link as text or JSON. Throws a LinkError with one sentence when it does not replay. */
import { LinkError, openLink } from "../scenarios/link.ts";
import type { Play } from "../scenarios/play.ts";
import type { Snapshot } from "../worker/protocol.ts";
import { snapshot } from "../worker/snapshot.ts";
import { plain, wrap } from "./text.ts";

/** The run of a link, at its end. */
export function replay(link: string): { play: Play; shown: Snapshot; position: number } {
  const { play, notice } = openLink(link);
  if (notice !== "") throw new LinkError(notice);
  const position = play.position;
  play.seek(play.player.events.length);
  return { play, shown: snapshot(play), position };
}

/** What a program reads: one object with steps, state, verdicts, callers and assumptions. */
export function replayJson(link: string): object {
  const { play, shown, position } = replay(link);
  const violations = play.violations();
  return {
    scenario: shown.scenario.id,
    design: shown.design.id,
    options: play.model.options,
    link: `#${shown.link.head}${shown.link.tail}`,
    position,
    steps: play.records.map((r, i) => ({
      step: i + 1,
      thread: `CPU${r.thread}`,
      kind: r.event.kind,
      procedure: r.proc,
      text: plain(r.text),
      ...(r.errno === "" ? {} : { errno: r.errno }),
      ...(r.warn === "" ? {} : { warn: r.warn }),
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
    assumptions: shown.assumptions.map(plain),
    notModelled: shown.notModelled.map(plain),
  };
}

const fields = (list: readonly { name: string; value: string }[]) => list.map((f) => `${f.name} ${f.value}`).join(", ");

function stateLines(shown: Snapshot): string[] {
  const lines: string[] = [];
  const several =
    new Set([...shown.devices, ...shown.domains].map((o) => o.smmu).filter((smmu) => smmu !== "")).size > 1;
  for (const g of shown.groups) lines.push(wrap(`${g.name}: ${fields(g.fields)}`, 4, "  "));
  for (const d of shown.devices) {
    lines.push(
      wrap(`${d.name}${several ? ` behind ${d.smmu}` : ""}: ${fields([...d.pci, ...d.gdev, ...d.master])}`, 4, "  "),
    );
    for (const ste of d.stes) lines.push(wrap(`STE ${ste.sid}: ${fields(ste.fields)}`, 6, "    "));
    if (d.cdTable.allocated) {
      for (const cd of d.cdTable.entries) lines.push(wrap(`CD[${cd.ssid}]: ${fields(cd.fields)}`, 6, "    "));
    }
    for (const row of d.rows) {
      const stop = row.stop === undefined ? "" : ` (${row.stop.event})`;
      lines.push(
        wrap(
          `${row.label}: core ${row.core.text} | driver ${row.driver.text} | tables ${row.tables.text}${stop}`,
          6,
          "    ",
        ),
      );
      if (row.sentence !== undefined) lines.push(wrap(plain(row.sentence), 10, "      -> "));
    }
  }
  if (several) {
    for (const d of shown.domains) if (d.smmu !== "") lines.push(`  ${d.id}: ${d.stage}, ${d.tag}, of ${d.smmu}`);
  }
  return lines;
}

const MARK = { violated: "x", holds: "+", vacuous: "-", "n/a": " " } as const;

/** What a reader gets in a mail: at most 72 columns, the link alone on the last line. */
export function replayText(link: string): string {
  const { play, shown, position } = replay(link);
  const options = Object.entries(play.model.options).map(([id, value]) => `${id}=${value}`);
  const lines: string[] = [];
  lines.push(wrap(`${shown.scenario.id}: ${shown.scenario.title}`, 10, "scenario  "));
  lines.push(wrap([shown.design.id, ...options].join(", "), 10, "design    "));
  lines.push(wrap(shown.design.driver, 10, "driver    "));
  lines.push("", "threads");
  for (const t of shown.threads) {
    for (const op of t.ops)
      lines.push(
        wrap(`${plain(op.title)} (${t.caller})${op.result === undefined ? "" : `: ${op.result}`}`, 8, `  ${t.name}  `),
      );
  }
  lines.push(
    "",
    `steps, ${play.records.length}${position === play.records.length ? "" : `; the link shows step ${position}`}`,
  );
  let before = -1;
  play.records.forEach((r, i) => {
    if (r.thread !== before && i > 0) lines.push("");
    before = r.thread;
    const where = r.proc === "" ? "" : `${r.proc}: `;
    const [said = "", ...broke] = r.sentence.split(/\. (?=I-[A-Z0-9]+ violated)/);
    lines.push(wrap(plain(where + said), 14, `${String(i + 1).padStart(4)}  CPU${r.thread}  `));
    for (const sentence of broke) lines.push(wrap(plain(sentence), 14, "            x "));
  });
  lines.push("", `state after step ${play.records.length}`, ...stateLines(shown));
  lines.push("", "properties: x violated, + holds in this run, - not exercised");
  for (const p of shown.properties) {
    const since = p.since === undefined ? "" : `, since step ${p.since}: ${plain(p.why ?? "")}`;
    lines.push(
      wrap(`${p.id} ${p.verdict === "vacuous" ? "not exercised" : p.verdict}${since}`, 6, `  ${MARK[p.verdict]} `),
    );
  }
  lines.push("", "callers");
  for (const line of shown.callers) lines.push(wrap(plain(line), 4, "  "));
  lines.push("", "assumptions");
  for (const line of shown.assumptions) lines.push(wrap(plain(line), 4, "  "));
  lines.push("", "not modelled");
  for (const line of shown.notModelled) lines.push(wrap(plain(line), 4, "  "));
  lines.push("", `#${shown.link.head}${shown.link.tail}`);
  return lines.join("\n");
}
