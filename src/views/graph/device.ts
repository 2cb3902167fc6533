import { diverges, isFresh, severalSmmus, standing } from "../../session/select.ts";
import { widthOf, wrap } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { DeviceView, RowView } from "../../worker/protocol.ts";
import { rowPitch } from "./plan.ts";
import type { Plan } from "./plan.ts";

/** A device's box: its name, the phase of a reset, one row a stream, then the fields of the function. */
export function drawDevice(plan: Plan, device: DeviceView, top: number): { rowY: Map<string, number>; bottom: number } {
  const { pen, selected, size, columns } = plan;
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
    drawRow(plan, device, row, x1, x2, y);
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
  const smmu = severalSmmus(plan.snapshot) ? `behind ${device.smmu}` : "";
  const label = [device.name, smmu, ...state, plain(device.phase)].filter(Boolean).join(", ");
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

/** The hatched band at the edge of a device in a reset. */
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

function drawRow(plan: Plan, device: DeviceView, row: RowView, x1: number, x2: number, top: number): void {
  const { pen, selected, size } = plan;
  const isSelected = selected?.kind === "row" && selected.device === row.device && selected.pasid === row.pasid;
  const cell = { x: x1 - 6.5, y: top + 1.5, w: x2 - x1 + 12, h: rowPitch - 2 };
  if (isSelected) pen.put({ kind: "rect", tone: "selected", ...cell });
  if (diverges(row)) pen.put({ kind: "rect", tone: "diverges", fresh: isFresh(row), ...cell });
  const y = top + rowPitch / 2 + 4;
  pen.text(x1, y, row.label, "h", { size: 12, bold: true });
  if (isFresh(row)) pen.put({ kind: "delta", x: x1 - 15, y });
  const name = row.pasid === 0 ? (device.stes[0] ? `sid ${device.stes[0].sid}` : "") : `ssid ${row.pasid}`;
  const stands = standing(plan.snapshot, row);
  const passing = stands === "docked" || stands === "switching";
  const note = passing ? stands : size === "wide" ? name : "";
  // In the small picture there is not always room for it; the rows of the tables say it as well.
  const fits =
    widthOf(row.label, { size: 12, bold: true }) + 6 + widthOf(note, { mono: !passing, size: 11 }) <= x2 - x1;
  if (fits) pen.text(x2, y, note, stands === "docked" ? "reset" : "plain", { mono: !passing, end: true });
  const say = (layer: string, { text, where }: RowView["core"]) => `${layer} ${plain(text)} (${plain(where)})`;
  pen.things.push({
    selected: { kind: "row", device: row.device, pasid: row.pasid },
    ...cell,
    label: [
      `${device.name} ${row.label}`,
      say("core", row.core),
      say("driver", row.driver),
      say("tables", row.tables),
      row.hardware ? say("hardware", row.hardware) : "",
      row.stop ? `stops at ${row.stop.field}, ${plain(row.stop.event)}` : "",
      stands,
      plain(row.sentence ?? ""),
    ]
      .filter(Boolean)
      .join(", "),
  });
}
