import { sameRef } from "../../session/entry.ts";
import { isEntryRef } from "../../session/look.ts";
import type { EntryRef } from "../../session/look.ts";
import { diverges, isApart } from "../../session/select.ts";
import { widthOf, wrap } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { DeviceView, Field } from "../../worker/protocol.ts";
import { fieldHeight } from "./pen.ts";
import { drawHeld, heldPitch, markStaleCd, markStaleTable, showsHeld } from "./held.ts";
import { driverPitch, fieldPitch } from "./plan.ts";
import type { Plan } from "./plan.ts";

/** The STEs of a device, one below the other; V of the first stands beside the RID. */
export function drawEntries(plan: Plan, device: DeviceView, firstRow: number) {
  const { pen, size, columns } = plan;
  const { entry: x, entryW: w } = columns;
  const fieldY = new Map<string, number>();
  const stops = new Set(device.rows.map((row) => row.stop?.field));
  let top = Math.round(firstRow - 35);
  const first = top;
  let firstBottom = top;
  const room = showsHeld(plan, device) ? heldPitch : 0;
  for (const [i, ste] of device.stes.entries()) {
    if (room > 0) drawHeld(plan, device, ste, i, top - room);
    const place = pen.shapes.length;
    let y = top + 16;
    pen.text(x + 13, y, "STE", "h", { size: 12, bold: true });
    pen.text(x + w - 8, y, ste.sid, "v", { mono: true, end: true });
    pen.rule(x + 0.5, x + w - 0.5, top + 24.5);
    if (ste.changed) pen.put({ kind: "delta", x: x + 3, y });
    y += 23;
    for (const field of ste.fields.filter((entry) => size === "wide" || decides(entry) || stops.has(entry.name))) {
      const bad = device.rows.some((row) => row.stop?.field === field.name && isApart(row, "tables"));
      if (i === 0) fieldY.set(field.name, y - 4);
      y += pen.field(x + 13, x + w - 8, y, field, fieldPitch, bad ? "bad" : "v");
    }
    const bottom = Math.round(y - fieldPitch + 10);
    pen.shapes.splice(place, 0, { kind: "rect", tone: "tables", x, y: top + 0.5, w, h: bottom - top });
    const selected = { kind: "ste", device: device.id, index: i } as const;
    mark(plan, selected, { x: x + 1, y: top + 1.5, w: w - 2, h: bottom - top - 2 });
    if (ste.entry !== undefined)
      pen.things.push({
        selected,
        x,
        y: top,
        w,
        h: bottom - top,
        label: `STE ${ste.sid} of ${device.name}, ${said(ste.fields)}`,
      });
    if (i === 0) firstBottom = bottom;
    top = bottom + 10 + room;
  }
  return { fieldY, top: first, firstBottom, bottom: top - 10 - room };
}

/** The outline of what is selected. */
function mark({ pen, selected }: Plan, ref: EntryRef, place: { x: number; y: number; w: number; h: number }): void {
  if (isEntryRef(selected) && sameRef(selected, ref)) pen.put({ kind: "rect", tone: "selected", ...place });
}

/** Fields as they are read aloud. */
const said = (fields: readonly Field[]) => fields.map(({ name, value }) => `${name} ${plain(value)}`).join(", ");

/** What the small picture keeps of an STE. */
function decides(field: Field): boolean {
  return ["V", "Config", "S1DSS", "EATS"].includes(field.name) || field.was !== undefined;
}

/** What the driver tracks, below the STE that it wrote: its own fields, then the devices list that each stream is on. */
export function drawDriver(plan: Plan, device: DeviceView, top: number): number {
  const { pen, columns } = plan;
  if (device.master.length === 0) return top;
  const { entry: x, entryW: w } = columns;
  const [x1, x2] = [x + 13, x + w - 8];
  const lists = device.rows.map(({ label, driver }): Field => {
    // the text before this step is not known here; the triangle says that it was another
    const value = driver.text === "not tracked" ? "none" : driver.text;
    return { name: `${label} on list of`, value, ...(driver.changed ? { was: "" } : {}) };
  });
  const height = (fields: readonly Field[]) =>
    fields.reduce((sum, field) => sum + fieldHeight(x1, x2, field, driverPitch), 0);
  const h = height(device.master) + height(lists) + 28;
  pen.put({ kind: "rect", tone: "driver", x, y: top + 0.5, w, h });
  pen.text(x1, top + 15, "arm_smmu_master", "driver", { mono: true });
  let y = top + 32;
  for (const field of device.master) y += pen.field(x1, x2, y, field, driverPitch);
  pen.rule(x1, x2, y - 8.5);
  y += 4;
  for (const [i, field] of lists.entries()) {
    const row = device.rows[i];
    const bad = isApart(row, "driver");
    const used = pen.field(x1, x2, y, field, driverPitch, bad ? "bad" : "v");
    if (bad) pen.put({ kind: "rect", tone: "diverges", x: x1 - 5, y: y - 13, w: x2 - x1 + 9, h: used + 2 });
    y += used;
  }
  return top + h;
}

/** The CD table; grey where no STE leads to it. */
export function drawCds(plan: Plan, device: DeviceView, firstRow: number) {
  const { pen, columns } = plan;
  const { cd: x, cdW: w } = columns;
  const { allocated, referenced, entries } = device.cdTable;
  const cdY = new Map<number, number>();
  const top = firstRow + 15;
  if (!allocated) return { cdY, top, bottom: top };
  const h = 28 + entries.length * 16;
  pen.put({ kind: "rect", tone: referenced ? "tables" : "ghost", x, y: top + 0.5, w, h });
  markStaleTable(plan, device, top, h);
  pen.text(x + 13, top + 16, "CD table", referenced ? "h" : "q", { size: 12, bold: referenced });
  pen.rule(x + 0.5, x + w - 0.5, top + 23.5);
  for (const [i, cd] of entries.entries()) {
    const { ssid, fields, changed, entry } = cd;
    const y = top + 38 + i * 16;
    markStaleCd(plan, cd, y);
    // EPD0 stops every walk through a CD that is valid: of the two it decides
    const stopped = fields.find(({ name, value }) => name === "EPD0" && value === "1");
    const valid = fields[0];
    pen.text(x + 13, y, `CD[${ssid}]`, "q", { mono: true });
    if (valid) {
      pen.text(x + w - 8, y, stopped ? "EPD0" : `${valid.name} ${valid.value}`, referenced ? "v" : "q", {
        mono: true,
        end: true,
        bold: (stopped ?? valid).was !== undefined,
      });
    }
    if (changed) pen.put({ kind: "delta", x: x + 3, y });
    const selected = { kind: "cd", device: device.id, index: ssid } as const;
    const place = { x: x + 1, y: y - 11, w: w - 2, h: 15 };
    mark(plan, selected, place);
    if (entry !== undefined)
      pen.things.push({ selected, ...place, label: `CD[${ssid}] of ${device.name}, ${said(fields)}` });
    cdY.set(ssid, y - 4);
  }
  return { cdY, top, bottom: top + h };
}

/** Where one SMMU ends, in a world with several: a frame around the entries of it that a device's requests go through. */
export function drawSmmu(plan: Plan, device: DeviceView, top: number, bottom: number): void {
  const { pen, size, columns } = plan;
  const [left, right] = size === "wide" ? [12, columns.cd + columns.cdW + 10] : [6, columns.entry + columns.entryW + 4];
  const x = columns.entry - left;
  const y = top - 13.5;
  const w = widthOf(device.smmu, { size: 12, bold: true });
  pen.put(
    { kind: "rect", tone: "smmu", x, y, w: right - x, h: bottom + 5 - y },
    { kind: "rect", tone: "blank", x: right - w - 18, y: y - 7, w: w + 10, h: 14 },
  );
  pen.text(right - w - 13, y + 4, device.smmu, "hardware", { size: 12, bold: true });
}

/** What disagrees, in words, in a double outline beside the driver's box. */
export function drawSentences(plan: Plan, device: DeviceView, top: number): number {
  const { pen, size, columns } = plan;
  const x = size === "wide" ? columns.entry + columns.entryW + 16 : columns.entry;
  const w = columns.domain + columns.domainW - x;
  const all = device.rows.filter((row) => diverges(row) && row.sentence);
  const shown = all.slice(0, 2).flatMap((row) => wrap(plain(row.sentence ?? ""), w - 24, { size: 11 }));
  if (all.length > 2) shown.push(`and ${all.length - 2} more below, in Attachments`);
  // Room for three lines is kept, so that nothing moves when layers part.
  const h = Math.max(3, shown.length) * 14 + 14;
  if (shown.length > 0) {
    pen.put(
      { kind: "rect", tone: "blank", x, y: top, w, h },
      { kind: "rect", tone: "diverges", x: x + 0.5, y: top + 0.5, w: w - 1, h: h - 1 },
    );
    for (const [i, line] of shown.entries()) pen.text(x + 12, top + 18 + i * 14, line, "bad");
  }
  return top + h;
}
