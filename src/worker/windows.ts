/** Reset windows over the steps of a run: the kernel's from prepare to done, prepares nested in it, the function's own. */
import type { Play } from "../scenarios/play.ts";
import type { Span, TimelineView } from "./protocol.ts";
import { resetName } from "./reset-name.ts";

type Window = TimelineView["windows"][number];

/** The spans in which something holds, given whether it does after each of so many steps. */
function spansOf(steps: number, holds: (i: number) => boolean): Span[] {
  const spans: { from: number; to: number | null }[] = [];
  let was = false;
  for (let i = 0; i < steps; i++) {
    const now = holds(i);
    if (now && !was) spans.push({ from: i + 1, to: null });
    const open = spans.at(-1);
    if (!now && was && open !== undefined) open.to = i + 1;
    was = now;
  }
  return spans;
}

/** By device, after each step, how many prepares of it returned 0 and still wait for their done. */
function prepares({ machine, player, records }: Play): readonly Uint8Array[] {
  const places = new Map<number, number>();
  for (const f of machine.layout.fields)
    if (f.struct === "gdev" && f.field === "prepared") places.set(f.offset, f.index);
  const depths = Array.from({ length: places.size + 1 }, () => new Uint8Array(records.length));
  records.forEach((_record, i) => {
    for (const own of depths) own[i] = own[i - 1] ?? 0;
    const diff = player.diffAt(i);
    diff?.at.forEach((at, n) => {
      const device = places.get(at);
      if (device !== undefined) (depths[device] as Uint8Array)[i] = diff.is[n] as number;
    });
  });
  return depths;
}

/** Outer windows come before those that lie inside them. */
export function windowsOf(play: Play): Window[] {
  const { records, model } = play;
  const { design, world } = model;
  const groupWide = design.groupFields.some((field) => field === design.dockedFlag);
  const prepared = prepares(play);
  return world.device.flatMap((own, d): Window[] => {
    if (d === 0) return [];
    const bit = (mask: number) => spansOf(records.length, (i) => ((records[i]?.windows[d] ?? 0) & mask) !== 0);
    const of = (kind: Window["kind"], label: string) => (span: Span) => ({ ...span, device: own.name, kind, label });
    const kernel = groupWide ? `\`${design.dockedFlag}\` of ${world.group[own.group]?.name}` : design.dockedFlag;
    const depths = prepared[d] ?? new Uint8Array();
    const most = depths.reduce((a, b) => Math.max(a, b), 0);
    const nested = Array.from({ length: most }, (_x, i) => i + 1).slice(1);
    return [
      ...bit(1).map(of("kernel", kernel)),
      ...nested.flatMap((depth) =>
        spansOf(depths.length, (i) => (depths[i] ?? 0) >= depth).map(of("nested", `prepare ${depth}`)),
      ),
      ...bit(2).map((span) => of("function", resetName(records, d, span.from - 1))(span)),
    ];
  });
}
