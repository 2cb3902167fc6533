import { isApart } from "../../session/select.ts";
import { widthOf } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { GroupView, RowView, Snapshot } from "../../worker/protocol.ts";
import type { Columns } from "./columns.ts";
import type { Pen } from "./pen.ts";
import { heldHeight, heldPitch } from "./held.ts";
import { slotHeight } from "./plan.ts";
import type { Block, Slot } from "./plan.ts";

/** What the tables say: from each stream through its STE, and its CD where it has one, to a domain or to where it ends. */
export function drawTableEdges(
  pen: Pen,
  blocks: readonly Block[],
  slots: ReadonlyMap<string, Slot>,
  columns: Columns,
): void {
  const small = columns.cdW === 0;
  const edge = (d: string, fresh = false) => pen.put({ kind: "edge", layer: "tables", arrow: true, fresh, d });
  const entryRight = columns.entry + columns.entryW;
  const channel = small ? entryRight : columns.cd + columns.cdW;
  // All that ends at one domain shares one trunk. The first part of the channel is kept for the marks of a stop.
  const first = channel + (small ? 9 : 20);
  const apart = (columns.domain - first - 10) / 5;
  const trunks = new Map([...slots.keys()].map((id, i) => [id, first + (i % 5) * apart]));
  const joined = new Map<string, number>();

  for (const block of blocks) {
    const { device, rowY, fieldY, cdY } = block;
    const within = (y: number) => Math.min(block.entryBottom - 6, Math.max(block.entryTop + 6, y));
    const pointer = fieldY.get("S1ContextPtr") ?? within((block.entryTop + block.entryBottom) / 2);
    const stopped = new Set<number>();
    if (!small && device.cdTable.allocated && device.cdTable.referenced) {
      const into = Math.max(block.cdTop + 12, pointer);
      const d = into === pointer ? "" : `H${entryRight + 14}V${into}`;
      edge(`M${entryRight + 0.5} ${pointer}${d}H${columns.cd - 1}`);
    }
    for (const row of device.rows) {
      const y = rowY.get(row.id)!;
      const into = within(y);
      const bend = into === y ? "" : `H${columns.entry - 20}V${into}`;
      edge(`M${columns.device + columns.deviceW + 0.5} ${y}${bend}H${columns.entry - 1}`);
      const cd = row.cd ?? /^CD\[(\d+)\]/.exec(row.stop?.field ?? row.tables.where)?.[1];
      const line = cd === undefined || small || !device.cdTable.referenced ? undefined : cdY.get(Number(cd));
      const from = line === undefined ? entryRight + 0.5 : columns.cd + columns.cdW + 0.5;
      const out = line ?? into;
      drawMet(pen, row, slots, columns, block.entryTop - heldPitch + heldHeight / 2, first);
      const slot = row.tables.domain === null ? undefined : slots.get(row.tables.domain);
      if (slot) {
        // An edge that already points at the box runs straight into it.
        const middle = slot.y + slotHeight / 2;
        const port = Math.abs(out - middle) <= slotHeight / 2 - 6 ? out : middle;
        const turn = trunks.get(slot.domain.id)!;
        edge(`M${from} ${out}${port === out ? "" : `H${turn}V${port}`}H${columns.domain - 1}`, row.tables.changed);
        // A dot says that lines meet; where they only cross there is none.
        joined.set(slot.domain.id, (joined.get(slot.domain.id) ?? 0) + 1);
        if (joined.get(slot.domain.id)! > 1) pen.put({ kind: "joint", x: turn, y: out });
        if (!small && line === undefined) labelEdge(pen, row, entryRight + 10, out - 6, columns);
      } else if (row.stop) {
        const field = line === undefined ? fieldY.get(row.stop.field) : undefined;
        const at = field ?? out;
        if (stopped.has(at)) continue;
        stopped.add(at);
        pen.put({
          kind: "stop",
          fresh: row.tables.changed,
          quiet: !isApart(row, "tables"),
          small: line !== undefined,
          x: from,
          y: at,
        });
      }
    }
  }
}

/** Where a request would end up by what the SMMU holds, if that is another domain than the tables lead to. */
function drawMet(
  pen: Pen,
  row: RowView,
  slots: ReadonlyMap<string, Slot>,
  columns: Columns,
  y: number,
  trunk: number,
): void {
  const domain = row.hardware?.domain ?? null;
  const slot = domain === null ? undefined : slots.get(domain);
  if (slot === undefined || !isApart(row, "hardware") || domain === row.tables.domain || columns.cdW === 0) return;
  const port = slot.y + slotHeight / 2 - 8;
  const d = `M${columns.entry + columns.entryW + 0.5} ${y}H${trunk - 6}V${port}H${columns.domain - 1}`;
  pen.put({ kind: "edge", layer: "hardware", arrow: true, fresh: row.hardware?.changed ?? false, d });
}

function labelEdge(pen: Pen, row: RowView, x: number, y: number, columns: Columns): void {
  const text = plain(row.tables.where);
  const mono = !text.includes(" ");
  if (widthOf(text, { size: 11, mono }) <= columns.cd + columns.cdW - x) pen.text(x, y, text, "tables", { mono });
}

export interface Rail {
  readonly group: GroupView;
  readonly row: RowView;
}

/** One rail for each record of each group: its `domain`, and each PASID. The devices of a group share them. */
export function railsOf(snapshot: Snapshot): Rail[] {
  return snapshot.groups.flatMap((group) => {
    const rows = snapshot.devices.filter(({ id }) => group.devices.includes(id)).flatMap((device) => device.rows);
    const records = new Map<number, RowView>();
    for (const row of rows) if (row.core.domain !== null && !records.has(row.pasid)) records.set(row.pasid, row);
    return [...records.values()].map((row) => ({ group, row }));
  });
}

/** What the core records: around the outside, from the group's field to the domain that it names. */
export function drawRails(
  pen: Pen,
  rails: readonly Rail[],
  slots: ReadonlyMap<string, Slot>,
  starts: ReadonlyMap<string, ReadonlyMap<string, number>>,
  columns: Columns,
): void {
  const ports = portsOf(
    [...slots.values()],
    rails.map(({ group, row }) => ({ key: `${group.id} ${row.pasid}`, domain: row.core.domain })),
  );
  for (const [i, { group, row }] of rails.entries()) {
    const slot = row.core.domain === null ? undefined : slots.get(row.core.domain);
    const field = group.fields.find(({ name }) => row.core.where === name || row.core.where.endsWith(`>${name}`));
    const start = starts.get(group.id)?.get(field?.name ?? group.fields[0]?.name ?? "");
    if (!slot || start === undefined) continue;
    const port = slot.y + slotHeight / 2 + (ports.get(`${group.id} ${row.pasid}`) ?? 0);
    const x = columns.rail + i * 8;
    pen.put({
      kind: "edge",
      layer: "core",
      arrow: true,
      fresh: row.core.changed,
      d: `M${columns.group + columns.groupW + 0.5} ${start}H${x}V${port}H${columns.domain + columns.domainW + 1.5}`,
    });
    pen.text(columns.entry, start - 5, plain(row.core.where), "core", { mono: true });
    if (row.core.changed) pen.put({ kind: "delta", x: columns.entry - 11, y: start - 5 });
  }
}

/** Several edges into one box end one below the other: how far each stands from the middle. */
function portsOf(
  slots: readonly Slot[],
  ends: readonly { readonly key: string; readonly domain: string | null }[],
): Map<string, number> {
  const ports = new Map<string, number>();
  for (const { domain } of slots) {
    const here = ends.filter((end) => end.domain === domain.id);
    const apart = Math.min(8, (slotHeight - 8) / Math.max(1, here.length - 1));
    for (const [i, { key }] of here.entries()) ports.set(key, (i - (here.length - 1) / 2) * apart);
  }
  return ports;
}
