import type { Selected } from "../../session/look.ts";
import { diverges } from "../../session/select.ts";
import { widthOf, wrap } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { DeviceView, DomainView, Field, GroupView, RowView, Snapshot } from "../../worker/protocol.ts";
import { Pen, fieldHeight } from "./pen.ts";
import type { Picture } from "./picture.ts";

// Where everything stands in the graph. From left to right: the group with its devices, the STE with the driver's box
// below it, the CD table, the domains, and at the far right the rails on which the core's records run. Each device has
// a block of its own and keeps it; each domain has a slot of its own as long as there are slots for all of them.

/** `small` is the portrait picture of a phone: no CDs, no driver's box, only the fields that decide or changed. */
export type Size = "wide" | "small";

interface Columns {
  readonly group: number;
  readonly groupW: number;
  readonly device: number;
  readonly deviceW: number;
  readonly entry: number;
  readonly entryW: number;
  readonly cd: number;
  readonly cdW: number;
  readonly domain: number;
  readonly domainW: number;
  readonly rail: number;
}

/** One device's block: what the edges need to know of it. */
interface Block {
  readonly device: DeviceView;
  readonly top: number;
  readonly bottom: number;
  /** Domains may stand from `top` to here. */
  readonly slotsEnd: number;
  readonly rowY: ReadonlyMap<string, number>;
  /** The middle of each STE field, by name, of the first STE. */
  readonly fieldY: ReadonlyMap<string, number>;
  readonly entryTop: number;
  readonly entryBottom: number;
  /** The middle of each CD's line, by ssid; empty where no CD table is drawn. */
  readonly cdY: ReadonlyMap<number, number>;
  readonly cdTop: number;
}

interface Slot {
  readonly domain: DomainView;
  readonly y: number;
}

const fieldPitch = 17;
const slotPitch = 46;
const slotHeight = 38;
const rowPitch = 24;

export function layoutGraph(snapshot: Snapshot, selected: Selected | null, size: Size): Picture {
  const pen = new Pen();
  const edges = new Pen();
  const columns = columnsFor(snapshot, size);
  const rails = railsOf(snapshot);

  let y = 16;
  const blocks: Block[] = [];
  const starts = new Map<string, number>();
  for (const group of snapshot.groups) {
    y = drawGroup(pen, snapshot, group, columns, size, selected, y, blocks, starts) + 28;
  }

  const slots = slotsFor(snapshot, blocks);
  drawTableEdges(edges, blocks, slots, columns);
  drawRails(edges, rails, slots, starts, columns);
  const seen = { width: columns.rail + Math.max(1, rails.length) * 8 + 4 };
  drawDomains(pen, snapshot, slots, columns, selected);
  const foot = drawLoose(pen, snapshot, slots, columns, seen.width, y - 8, selected);

  // Edges first: whatever holds text clears its own paper above them.
  return {
    width: seen.width,
    height: foot,
    shapes: [...edges.shapes, ...pen.shapes],
    texts: [...pen.texts, ...edges.texts],
    things: pen.things,
  };
}

function columnsFor(snapshot: Snapshot, size: Size): Columns {
  if (size === "small") {
    return {
      group: 2.5,
      groupW: 116,
      device: 10.5,
      deviceW: 100,
      entry: 136.5,
      entryW: 94,
      cd: 0,
      cdW: 0,
      domain: 262.5,
      domainW: 72,
      rail: 342,
    };
  }
  // Wide enough for every field on one line, in steps, so that a new value seldom moves the picture.
  const widest = Math.max(
    ...snapshot.devices.flatMap((device) => device.stes.flatMap(({ fields }) => fields.map(fieldWidth))),
    0,
  );
  const entryW = Math.min(184, 136 + Math.max(0, Math.ceil((widest + 21 - 136) / 24)) * 24);
  const entry = 224.5;
  const cd = entry + entryW + 32;
  const cdW = 100;
  const domain = cd + cdW + 32;
  const domainW = 96;
  return {
    group: 4.5,
    groupW: 176,
    device: 16.5,
    deviceW: 152,
    entry,
    entryW,
    cd,
    cdW,
    domain,
    domainW,
    rail: domain + domainW + 12,
  };
}

function fieldWidth(field: Field): number {
  return widthOf(field.name, { size: 11, mono: true }) + widthOf(field.value, { size: 11, mono: true }) + 8;
}

const isSlot = (field: Field) => field.name.includes("[");

function drawGroup(
  pen: Pen,
  snapshot: Snapshot,
  group: GroupView,
  columns: Columns,
  size: Size,
  selected: Selected | null,
  top: number,
  blocks: Block[],
  starts: Map<string, number>,
): number {
  const x1 = columns.group + 16;
  const x2 = columns.group + columns.groupW - 12;
  const place = pen.shapes.length;
  const firstThing = pen.things.length;
  let y = top + 14;

  const drawFields = (fields: readonly Field[]) => {
    for (const field of fields) {
      y += fieldPitch;
      starts.set(startKey(group, field.name), y - 4);
      y += pen.field(x1, x2, y, field, fieldPitch) - fieldPitch;
    }
  };
  drawFields(group.fields.filter((field) => !isSlot(field)));
  y += 12;
  const devices = group.devices
    .map((id) => snapshot.devices.find((device) => device.id === id))
    .filter((device) => device !== undefined);
  for (const device of devices) {
    const block = drawBlock(pen, device, columns, size, selected, y);
    blocks.push(block);
    y = block.bottom + 12;
  }
  y -= 8;
  drawFields(group.fields.filter(isSlot));
  const bottom = Math.round(y + 12);

  pen.shapes.splice(place, 0, {
    kind: "rect",
    tone: "core",
    x: columns.group,
    y: top + 0.5,
    w: columns.groupW,
    h: bottom - top,
  });
  const nameW = widthOf(group.name, { size: 12, bold: true });
  pen.put({ kind: "rect", tone: "blank", x: columns.group + 10, y: top - 7, w: nameW + 10, h: 15 });
  pen.text(columns.group + 15, top + 5, group.name, "core", { size: 12, bold: true });
  if (selected?.kind === "group" && selected.id === group.id) {
    pen.put({ kind: "rect", tone: "selected", x: columns.group + 11, y: top - 7, w: nameW + 8, h: 16 });
  }
  // Devices and streams lie inside the group, so the group comes before them and below them.
  pen.things.splice(firstThing, 0, {
    selected: { kind: "group", id: group.id },
    x: columns.group,
    y: top - 8,
    w: columns.groupW,
    h: bottom - top + 8,
    label: `${group.name}, ${group.fields.map((field) => `${field.name} ${field.value}`).join(", ")}`,
  });
  return bottom;
}

function startKey(group: GroupView, name: string): string {
  return `${group.id} ${name}`;
}

function drawBlock(
  pen: Pen,
  device: DeviceView,
  columns: Columns,
  size: Size,
  selected: Selected | null,
  top: number,
): Block {
  const { rowY, bottom: deviceBottom } = drawDevice(pen, device, columns, size, selected, top);
  const firstRow = Math.min(...rowY.values());
  const entry = drawEntries(pen, device, columns, size, firstRow);
  const driverBottom = size === "wide" ? drawDriver(pen, device, columns, entry.bottom + 10) : entry.bottom;
  const cd = size === "wide" ? drawCds(pen, device, columns, firstRow) : { cdY: new Map(), top: 0, bottom: 0 };
  const slotsEnd = Math.max(entry.bottom, cd.bottom);
  const sentenceBottom = drawSentences(pen, device, columns, size, slotsEnd + 12);
  return {
    device,
    top,
    bottom: Math.max(deviceBottom, driverBottom, sentenceBottom),
    slotsEnd,
    rowY,
    fieldY: entry.fieldY,
    entryTop: entry.top,
    entryBottom: entry.firstBottom,
    cdY: cd.cdY,
    cdTop: cd.top,
  };
}

function drawDevice(
  pen: Pen,
  device: DeviceView,
  columns: Columns,
  size: Size,
  selected: Selected | null,
  top: number,
): { rowY: Map<string, number>; bottom: number } {
  const x = columns.device;
  const band = size === "wide" ? 18 : 14;
  const x1 = x + band + (size === "wide" ? 15 : 8);
  const x2 = x + columns.deviceW - 8;
  const place = pen.shapes.length;
  const font = { mono: true, bold: true, size: size === "wide" ? 12 : 11 } as const;
  let y = top + 17;
  for (const part of breakName(device.name, x2 - x1, font)) {
    pen.text(x1, y, part, "h", font);
    y += 14;
  }
  // Two lines are kept for the phase, so that nothing moves when a reset begins.
  const phase = wrap(plain(device.phase), x2 - x1, { size: 11 });
  for (const [i, line] of phase.entries()) pen.text(x1, y + 2 + i * 13, line, "reset");
  y += Math.max(2, phase.length) * 13 - 4;

  const rowY = new Map<string, number>();
  const rowThings = pen.things.length;
  const rowStart = y;
  for (const row of device.rows) {
    drawRow(pen, device, row, x1, x2, y, size, selected);
    rowY.set(row.id, y + rowPitch / 2);
    y += rowPitch;
  }
  pen.rule(x1, x2, rowStart);
  pen.rule(x1, x2, y + 4);
  y += 5;
  const fields = size === "wide" ? [...device.pci, ...device.gdev] : device.pci.filter(({ was }) => was !== undefined);
  for (const field of fields) {
    y += 15;
    y += pen.field(x1, x2, y, field, 15) - 15;
  }
  const bottom = Math.round(y + 10);
  const h = bottom - top;

  pen.shapes.splice(
    place,
    0,
    { kind: "rect", tone: "box", x, y: top + 0.5, w: columns.deviceW, h },
    ...(device.kernelWindow ? bandOf(x + 0.5, top + 1, band / 2, h - 1, false) : []),
    ...(device.inReset ? bandOf(x + 0.5 + band / 2, top + 1, band / 2, h - 1, true) : []),
  );
  if (selected?.kind === "device" && selected.id === device.id) {
    pen.put({ kind: "rect", tone: "selected", x: x + 1, y: top + 1.5, w: columns.deviceW - 2, h: h - 2 });
  }
  const state = [device.inReset ? "in its reset" : "", device.kernelWindow ? "in the kernel's reset window" : ""];
  const label = [device.name, ...state, plain(device.phase)].filter(Boolean).join(", ");
  pen.things.splice(rowThings, 0, {
    selected: { kind: "device", id: device.id },
    x,
    y: top,
    w: columns.deviceW,
    h,
    label,
  });
  return { rowY, bottom };
}

function bandOf(x: number, y: number, w: number, h: number, dense: boolean) {
  return [
    { kind: "hatch", dense, x, y, w, h },
    { kind: "line", tone: "reset", d: `M${x + w} ${y}V${y + h}` },
  ] as const;
}

/** A PCI address too long for its box goes on at its last colon that fits. */
function breakName(name: string, width: number, font: { mono: boolean; size: number }): string[] {
  if (widthOf(name, font) <= width) return [name];
  let at = name.lastIndexOf(":");
  while (at > 0 && widthOf(name.slice(0, at), font) > width) at = name.lastIndexOf(":", at - 1);
  return at > 0 ? [name.slice(0, at), name.slice(at)] : [name];
}

function drawRow(
  pen: Pen,
  device: DeviceView,
  row: RowView,
  x1: number,
  x2: number,
  top: number,
  size: Size,
  selected: Selected | null,
): void {
  const isSelected = selected?.kind === "row" && selected.device === row.device && selected.pasid === row.pasid;
  const cell = { x: x1 - 6.5, y: top + 1.5, w: x2 - x1 + 12, h: rowPitch - 2 };
  if (isSelected) pen.put({ kind: "rect", tone: "selected", ...cell });
  if (diverges(row)) pen.put({ kind: "rect", tone: "diverges", ...cell });
  const y = top + rowPitch / 2 + 4;
  pen.text(x1, y, row.label, "h", { size: 12, bold: true });
  if (row.core.changed || row.driver.changed || row.tables.changed) pen.put({ kind: "delta", x: x1 - 15, y });
  const name = row.pasid === 0 ? (device.stes[0] ? `sid ${device.stes[0].sid}` : "") : `ssid ${row.pasid}`;
  const note = row.docked ? "docked" : size === "wide" ? name : "";
  pen.text(x2, y, note, row.docked ? "reset" : "plain", { mono: !row.docked, end: true });
  const say = (layer: string, { text, where }: RowView["core"]) => `${layer} ${plain(text)} (${plain(where)})`;
  pen.things.push({
    selected: { kind: "row", device: row.device, pasid: row.pasid },
    ...cell,
    label: [
      `${device.name} ${row.label}`,
      say("core", row.core),
      say("driver", row.driver),
      say("tables", row.tables),
      row.stop ? `stops at ${row.stop.field}, ${plain(row.stop.event)}` : "",
      row.docked ? "docked for a reset" : row.agree ? "agree" : "diverge",
      plain(row.sentence ?? ""),
    ]
      .filter(Boolean)
      .join(", "),
  });
}

/** The STEs of a device, one below the other; V of the first stands beside the RID. */
function drawEntries(pen: Pen, device: DeviceView, columns: Columns, size: Size, firstRow: number) {
  const { entry: x, entryW: w } = columns;
  const fieldY = new Map<string, number>();
  const stops = new Set(device.rows.map((row) => row.stop?.field));
  let top = Math.round(firstRow - 35);
  const first = top;
  let firstBottom = top;
  for (const [i, ste] of device.stes.entries()) {
    const place = pen.shapes.length;
    let y = top + 16;
    pen.text(x + 13, y, "STE", "h", { size: 12, bold: true });
    pen.text(x + w - 8, y, ste.sid, "v", { mono: true, end: true });
    pen.rule(x + 0.5, x + w - 0.5, top + 24.5);
    if (ste.changed) pen.put({ kind: "delta", x: x + 3, y });
    y += 23;
    for (const field of ste.fields.filter((entry) => size === "wide" || decides(entry) || stops.has(entry.name))) {
      const bad = device.rows.some((row) => row.stop?.field === field.name && diverges(row));
      if (i === 0) fieldY.set(field.name, y - 4);
      y += pen.field(x + 13, x + w - 8, y, field, fieldPitch, bad ? "bad" : "v");
    }
    const bottom = Math.round(y - fieldPitch + 10);
    pen.shapes.splice(place, 0, { kind: "rect", tone: "tables", x, y: top + 0.5, w, h: bottom - top });
    if (i === 0) firstBottom = bottom;
    top = bottom + 10;
  }
  return { fieldY, top: first, firstBottom, bottom: top - 10 };
}

/** What the small picture keeps of an STE. */
function decides(field: Field): boolean {
  return ["V", "Config", "S1DSS", "EATS"].includes(field.name) || field.was !== undefined;
}

function drawDriver(pen: Pen, device: DeviceView, columns: Columns, top: number): number {
  if (device.master.length === 0) return top;
  const { entry: x, entryW: w } = columns;
  const h = device.master.reduce((sum, field) => sum + fieldHeight(x + 13, x + w - 8, field, 16), 0) + 24;
  pen.put({ kind: "rect", tone: "driver", x, y: top + 0.5, w, h });
  pen.text(x + 13, top + 15, "arm_smmu_master", "driver", { mono: true });
  let y = top + 32;
  for (const field of device.master) y += pen.field(x + 13, x + w - 8, y, field, 16);
  return top + h;
}

function drawCds(pen: Pen, device: DeviceView, columns: Columns, firstRow: number) {
  const { cd: x, cdW: w } = columns;
  const { allocated, referenced, entries } = device.cdTable;
  const cdY = new Map<number, number>();
  const top = firstRow + 15;
  if (!allocated) return { cdY, top, bottom: top };
  const h = 28 + entries.length * 16;
  pen.put({ kind: "rect", tone: referenced ? "tables" : "ghost", x, y: top + 0.5, w, h });
  pen.text(x + 13, top + 16, "CD table", referenced ? "h" : "q", { size: 12, bold: referenced });
  pen.rule(x + 0.5, x + w - 0.5, top + 23.5);
  for (const [i, { ssid, fields, changed }] of entries.entries()) {
    const y = top + 38 + i * 16;
    const valid = fields[0];
    pen.text(x + 13, y, `CD[${ssid}]`, "q", { mono: true });
    if (valid) {
      pen.text(x + w - 8, y, `${valid.name} ${valid.value}`, referenced ? "v" : "q", {
        mono: true,
        end: true,
        bold: valid.was !== undefined,
      });
    }
    if (changed) pen.put({ kind: "delta", x: x + 3, y });
    cdY.set(ssid, y - 4);
  }
  return { cdY, top, bottom: top + h };
}

/** What disagrees, in words, in a double outline beside the driver's box. */
function drawSentences(pen: Pen, device: DeviceView, columns: Columns, size: Size, top: number): number {
  const x = size === "wide" ? columns.entry + columns.entryW + 16 : columns.entry;
  const w = columns.domain + columns.domainW - x;
  const all = device.rows.filter((row) => diverges(row) && row.sentence);
  const shown = all.slice(0, 2).flatMap((row) => wrap(plain(row.sentence ?? ""), w - 24, { size: 11 }));
  if (all.length > 2) shown.push(`and ${all.length - 2} more below, in Attachments`);
  // Room for two lines is kept, so that nothing moves when layers part.
  const h = Math.max(2, shown.length) * 14 + 14;
  if (shown.length > 0) {
    pen.put(
      { kind: "rect", tone: "blank", x, y: top, w, h },
      { kind: "rect", tone: "diverges", x: x + 0.5, y: top + 0.5, w: w - 1, h: h - 1 },
    );
    for (const [i, line] of shown.entries()) pen.text(x + 12, top + 18 + i * 14, line, "bad");
  }
  return top + h;
}

/** A slot for each domain, spread over the height, the same at every step. Where they are too many, for the used ones. */
function slotsFor(snapshot: Snapshot, blocks: readonly Block[]): Map<string, Slot> {
  const places = blocks.flatMap(({ top, slotsEnd }) =>
    Array.from({ length: Math.max(1, Math.floor((slotsEnd - top + 8) / slotPitch)) }, (_, i) => top + i * slotPitch),
  );
  const used = ({ tableRows, coreRows }: DomainView) => tableRows.length + coreRows.length > 0;
  const drawn = snapshot.domains.length <= places.length ? snapshot.domains : snapshot.domains.filter(used);
  const apart = drawn.length > 1 ? (places.length - 1) / (drawn.length - 1) : 0;
  const slots = new Map<string, Slot>();
  for (const [i, domain] of drawn.entries()) {
    const y = places[Math.round(i * Math.max(1, apart))] ?? (places.at(-1) ?? 0) + (i - places.length + 1) * slotPitch;
    if (used(domain)) slots.set(domain.id, { domain, y });
  }
  return slots;
}

function drawTableEdges(pen: Pen, blocks: readonly Block[], slots: ReadonlyMap<string, Slot>, columns: Columns): void {
  const small = columns.cdW === 0;
  const ports = portsOf(
    [...slots.values()],
    blocks.flatMap(({ device }) => device.rows.map((row) => ({ key: row.id, domain: row.tables.domain }))),
  );
  const edge = (d: string, arrow = true) => pen.put({ kind: "edge", layer: "tables", arrow, d });
  const entryRight = columns.entry + columns.entryW;
  const channel = small ? entryRight : columns.cd + columns.cdW;
  const tracks = (columns.domain - channel - 12) / 5;
  let track = 0;

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
      const slot = row.tables.domain === null ? undefined : slots.get(row.tables.domain);
      if (slot) {
        const port = slot.y + slotHeight / 2 + (ports.get(row.id) ?? 0);
        const turn = channel + 6 + (track++ % 5) * tracks;
        edge(`M${from} ${out}${port === out ? "" : `H${turn}V${port}`}H${columns.domain - 1}`);
        if (!small && line === undefined) labelEdge(pen, row, entryRight + 10, out - 6, columns);
      } else if (row.stop) {
        const field = line === undefined ? fieldY.get(row.stop.field) : undefined;
        const at = field ?? out;
        if (stopped.has(at)) continue;
        stopped.add(at);
        pen.put({ kind: "stop", quiet: !diverges(row), x: from, y: at });
      }
    }
  }
}

function labelEdge(pen: Pen, row: RowView, x: number, y: number, columns: Columns): void {
  const text = plain(row.tables.where);
  const mono = !text.includes(" ");
  if (widthOf(text, { size: 11, mono }) <= columns.cd + columns.cdW - x) pen.text(x, y, text, "tables", { mono });
}

interface Rail {
  readonly group: GroupView;
  readonly row: RowView;
}

/** One rail for each record of each group: its `domain`, and each PASID. The devices of a group share them. */
function railsOf(snapshot: Snapshot): Rail[] {
  return snapshot.groups.flatMap((group) => {
    const rows = snapshot.devices.filter(({ id }) => group.devices.includes(id)).flatMap((device) => device.rows);
    const records = new Map<number, RowView>();
    for (const row of rows) if (row.core.domain !== null && !records.has(row.pasid)) records.set(row.pasid, row);
    return [...records.values()].map((row) => ({ group, row }));
  });
}

function drawRails(
  pen: Pen,
  rails: readonly Rail[],
  slots: ReadonlyMap<string, Slot>,
  starts: ReadonlyMap<string, number>,
  columns: Columns,
): void {
  const ports = portsOf(
    [...slots.values()],
    rails.map(({ group, row }) => ({ key: `${group.id} ${row.pasid}`, domain: row.core.domain })),
  );
  for (const [i, { group, row }] of rails.entries()) {
    const slot = row.core.domain === null ? undefined : slots.get(row.core.domain);
    const field = group.fields.find(({ name }) => row.core.where === name || row.core.where.endsWith(`>${name}`));
    const start = starts.get(startKey(group, field?.name ?? group.fields[0]?.name ?? ""));
    if (!slot || start === undefined) continue;
    const port = slot.y + slotHeight / 2 + (ports.get(`${group.id} ${row.pasid}`) ?? 0);
    const x = columns.rail + i * 8;
    pen.put({
      kind: "edge",
      layer: "core",
      arrow: true,
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

function drawDomains(
  pen: Pen,
  snapshot: Snapshot,
  slots: ReadonlyMap<string, Slot>,
  columns: Columns,
  selected: Selected | null,
): void {
  const disputed = new Set(
    snapshot.devices.flatMap(({ rows }) => rows.filter(diverges).map(({ core }) => core.domain)),
  );
  const several = new Set(snapshot.devices.map(({ smmu }) => smmu)).size > 1;
  const { domain: x, domainW: w } = columns;
  for (const { domain, y } of slots.values()) {
    const reached = domain.tableRows.length > 0;
    const box = { x, y: y + 0.5, w, h: slotHeight };
    pen.put({ kind: "rect", tone: reached ? "tables" : "ghost", ...box });
    if (disputed.has(domain.id)) {
      pen.put({ kind: "rect", tone: "diverges", x: x - 5, y: y - 4.5, w: w + 10, h: slotHeight + 10 });
    }
    if (selected?.kind === "domain" && selected.id === domain.id) {
      pen.put({ kind: "rect", tone: "selected", x: x + 1, y: y + 1.5, w: w - 2, h: slotHeight - 2 });
    }
    const pad = w < 90 ? 6 : 9;
    const idW = widthOf(domain.id, { size: 12, bold: true });
    const stageFits = idW + widthOf(domain.stage, { size: 11, mono: true }) + 6 <= w - pad * 2;
    pen.text(x + pad, y + 16, domain.id, reached ? "h" : "plain", { size: 12, bold: true });
    if (stageFits) pen.text(x + w - pad, y + 16, domain.stage, "plain", { mono: true, end: true });
    const below = [stageFits ? "" : domain.stage, domain.tag, several ? domain.smmu : ""].filter(Boolean).join(" ");
    if (widthOf(below, { size: 11, mono: true }) <= w - pad * 2) pen.text(x + pad, y + 31, below, "q", { mono: true });
    else pen.text(x + pad, y + 31, domain.tag || domain.stage, "q", { mono: true });
    pen.things.push({
      selected: { kind: "domain", id: domain.id },
      ...box,
      label: [
        `domain ${domain.id}`,
        domain.stage,
        domain.tag,
        reached ? `tables of ${domain.tableRows.length} streams end here` : "no table leads here",
        domain.coreRows.length > 0 ? `the core names it for ${domain.coreRows.length}` : "the core names it for none",
      ]
        .filter(Boolean)
        .join(", "),
    });
  }
}

/** Domains that nothing points to, as a line of words; each can still be pointed at. Returns the picture's height. */
function drawLoose(
  pen: Pen,
  snapshot: Snapshot,
  slots: ReadonlyMap<string, Slot>,
  columns: Columns,
  width: number,
  top: number,
  selected: Selected | null,
): number {
  const loose = snapshot.domains.filter(({ id }) => !slots.has(id));
  if (loose.length === 0) return top;
  const home = new Set(snapshot.devices.map(({ smmu }) => smmu));
  let x = columns.group;
  let y = top + 12;
  const lead = "on no device:";
  pen.text(x, y, lead, "q");
  x += widthOf(lead, { size: 11 }) + 8;
  for (const domain of loose) {
    const foreign = domain.smmu && !home.has(domain.smmu) ? domain.smmu : home.size > 1 ? domain.smmu : "";
    const notes = [domain.stage, domain.tag, foreign].filter(Boolean).join(", ");
    const text = notes ? `${domain.id} (${notes})` : domain.id;
    const w = widthOf(text, { size: 11 });
    if (x + w > width) {
      x = columns.group;
      y += 20;
    }
    if (selected?.kind === "domain" && selected.id === domain.id) {
      pen.put({ kind: "rect", tone: "selected", x: x - 3.5, y: y - 13, w: w + 7, h: 18 });
    }
    pen.text(x, y, text, "plain");
    pen.things.push({
      selected: { kind: "domain", id: domain.id },
      x: x - 4,
      y: y - 14,
      w: w + 8,
      h: 20,
      label: `domain ${text}, on no device`,
    });
    x += w + 16;
  }
  return y + 10;
}
