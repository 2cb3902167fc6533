/** Reset windows over the steps of a run: the kernel's from prepare to done, prepares nested in it, the function's own. */
import type { Play } from "../scenarios/play.ts";
import type { Span, TimelineView } from "./protocol.ts";

type Window = TimelineView["windows"][number];

/** The spans in which something holds, given what it is after each step. */
function spansOf(inside: readonly boolean[]): Span[] {
  const spans: { from: number; to: number | null }[] = [];
  inside.forEach((now, i) => {
    if (now && inside[i - 1] !== true) spans.push({ from: i + 1, to: null });
    const open = spans.at(-1);
    if (!now && open?.to === null) open.to = i + 1;
  });
  return spans;
}

/** After each step, how many prepares of a device returned 0 and still wait for their done. */
function prepares({ machine, player, records }: Play, device: number): number[] {
  const placed = machine.layout.fields.find((f) => f.struct === "gdev" && f.index === device && f.field === "prepared");
  let depth = 0;
  return records.map((_record, i) => {
    const diff = player.diffAt(i);
    const at = placed === undefined ? -1 : (diff?.at.indexOf(placed.offset) ?? -1);
    if (at >= 0) depth = diff?.is[at] ?? 0;
    return depth;
  });
}

/** Outer windows come before those that lie inside them. */
export function windowsOf(play: Play): Window[] {
  const { records, model } = play;
  const { design, world } = model;
  const groupWide = design.groupFields.some((field) => field === design.dockedFlag);
  return world.device.flatMap((own, d): Window[] => {
    if (d === 0) return [];
    const bit = (mask: number) => spansOf(records.map(({ windows }) => ((windows[d] ?? 0) & mask) !== 0));
    const of = (kind: Window["kind"], label: string) => (span: Span) => ({ ...span, device: own.name, kind, label });
    const kernel = groupWide ? `\`${design.dockedFlag}\` of ${world.group[own.group]?.name}` : design.dockedFlag;
    const depths = prepares(play, d);
    const nested = Array.from({ length: Math.max(0, ...depths) }, (_x, i) => i + 1).slice(1);
    return [
      ...bit(1).map(of("kernel", kernel)),
      ...nested.flatMap((depth) => spansOf(depths.map((n) => n >= depth)).map(of("nested", `prepare ${depth}`))),
      ...bit(2).map(of("function", "FLR")),
    ];
  });
}
