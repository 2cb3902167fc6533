import { severalSmmus } from "../../session/select.ts";
import { widthOf } from "../../ui/measure.ts";
import type { DeviceView, Field, GroupView } from "../../worker/protocol.ts";
import { heldPitch, showsHeld } from "./held.ts";
import { drawDevice } from "./device.ts";
import { slotsPerBlock } from "./domains.ts";
import { drawCds, drawDriver, drawEntries, drawSentences, drawSmmu } from "./entries.ts";
import { fieldPitch, slotPitch } from "./plan.ts";
import type { Block, Plan } from "./plan.ts";

/** A drawn group: its blocks, and where each of its fields stands, since rails begin there. */
export interface Grouped {
  readonly bottom: number;
  readonly blocks: readonly Block[];
  readonly starts: ReadonlyMap<string, number>;
}

/** PASIDs stand below the devices, where their rails run; all other fields above. */
const isSlot = (field: Field) => field.name.startsWith("pasid_array[") && field.name !== "pasid_array[0]";

/** What decides where a device is attached. The rest of a group stands in the tables below, and in what a step changed. */
const isDrawn = (field: Field, { owned }: GroupView) =>
  isSlot(field) ||
  (field.name.startsWith("owner")
    ? owned
    : !/^(default_domain|blocking_domain|pasid_array.*|igroup.*)$/.test(field.name));

/** A dashed frame with the group's own fields around the blocks of its devices. */
export function drawGroup(plan: Plan, group: GroupView, top: number): Grouped {
  const { pen, snapshot, selected, columns } = plan;
  const x1 = columns.group + (plan.size === "wide" ? 12 : 4);
  const x2 = columns.group + columns.groupW - 6;
  const place = pen.shapes.length;
  const firstThing = pen.things.length;
  let y = top + 14;

  const starts = new Map<string, number>();
  const blocks: Block[] = [];
  const drawFields = (fields: readonly Field[]) => {
    for (const field of fields) {
      y += fieldPitch;
      starts.set(field.name, y - 4);
      y += pen.field(x1, x2, y, field, fieldPitch) - fieldPitch;
    }
  };
  drawFields(group.fields.filter((field) => isDrawn(field, group) && !isSlot(field)));
  y += 12;
  const devices = group.devices
    .map((id) => snapshot.devices.find((device) => device.id === id))
    .filter((device) => device !== undefined);
  for (const device of devices) {
    const block = drawBlock(plan, device, y);
    blocks.push(block);
    y = block.bottom + 12;
  }
  y -= 8;
  // a PASID that no stream of the run uses has no rail, and its empty slot says nothing
  const used = new Set(devices.flatMap(({ rows }) => rows.map(({ pasid }) => `pasid_array[${pasid}]`)));
  drawFields(group.fields.filter((field) => isSlot(field) && (used.has(field.name) || field.was !== undefined)));
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
  return { bottom, blocks, starts };
}

function drawBlock(plan: Plan, device: DeviceView, top: number): Block {
  const { size } = plan;
  const { rowY, bottom: deviceBottom } = drawDevice(plan, device, top);
  const firstRow = rowY.size > 0 ? Math.min(...rowY.values()) : top + 70;
  const entry = drawEntries(plan, device, firstRow);
  const driverBottom = size === "wide" ? drawDriver(plan, device, entry.bottom + 10) : entry.bottom;
  const cd = size === "wide" ? drawCds(plan, device, firstRow) : { cdY: new Map(), top: 0, bottom: 0 };
  if (severalSmmus(plan.snapshot))
    drawSmmu(plan, device, entry.top - (showsHeld(plan, device) ? heldPitch : 0), Math.max(entry.bottom, cd.bottom));
  const slotsEnd = Math.max(entry.bottom, cd.bottom, top + slotsPerBlock(plan.snapshot) * slotPitch - 8);
  const sentenceBottom = drawSentences(plan, device, slotsEnd + 12);
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
