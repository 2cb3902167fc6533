import { sameRef } from "../../session/entry.ts";
import { isEntryRef } from "../../session/look.ts";
import { widthOf } from "../../ui/measure.ts";
import { plain } from "../../ui/Words.tsx";
import type { CdView, DeviceView, HeldView, SteView } from "../../worker/protocol.ts";
import type { Plan } from "./plan.ts";

/** Room above an STE for what the SMMU holds of it and of the CDs that it leads to. */
export const heldPitch = 22;
export const heldHeight = 18;

/** Only the wide picture has it; the tables always do. */
export const showsHeld = ({ size }: Plan, device: DeviceView): boolean =>
  size === "wide" && device.stes.some(({ held }) => held !== undefined);

const cdOf = ({ held }: CdView, sid: string) => held?.find((copy) => copy.sid === sid);

/** What a copy says in a word or two: where its path leads, or that it is not valid. */
function gist({ fields }: HeldView): string {
  const value = (name: string) => fields.find((field) => field.name === name)?.value;
  return value("V") === "0" ? "V 0" : (value("Config") ?? "");
}

/** What the SMMU holds through one StreamID, as it is read aloud. */
function heldText({ held, sid }: SteView, { cdTable }: DeviceView): string {
  if (held === undefined) return "";
  if (!held.held) return "holds nothing";
  const cds = cdTable.entries.filter((cd) => cdOf(cd, sid)?.held).map(({ ssid }) => `CD[${ssid}]`);
  return ["holds", gist(held), ...cds].join(" ");
}

/** The copy above its STE, dotted; in a double outline where the STE is another by now. */
export function drawHeld(plan: Plan, device: DeviceView, ste: SteView, index: number, top: number): void {
  const { pen, columns } = plan;
  const { held } = ste;
  if (held === undefined) return;
  const { entry: x, entryW: w } = columns;
  const stale = held.stale !== undefined;
  pen.put({ kind: "rect", tone: "held", x, y: top + 0.5, w, h: heldHeight });
  if (stale) pen.put({ kind: "rect", tone: "diverges", x: x - 3, y: top - 2.5, w: w + 6, h: heldHeight + 6 });
  if (held.changed) pen.put({ kind: "delta", x: x + 3, y: top + 13 });
  const text = plain(heldText(ste, device));
  const short =
    [text, `${text.split(" CD[")[0]}, CDs`].find((said) => widthOf(said, { size: 11 }) <= w - 21) ?? "holds";
  const selected = { kind: "heldSte", device: device.id, index } as const;
  const place = { x: x + 1, y: top + 1.5, w: w - 2, h: heldHeight - 2 };
  if (isEntryRef(plan.selected) && sameRef(plan.selected, selected))
    pen.put({ kind: "rect", tone: "selected", ...place });
  if (held.entry !== undefined)
    pen.things.push({
      selected,
      ...place,
      label: `STE ${ste.sid} in the SMMU, which ${text}, ${plain(held.stale ?? "")}`,
    });
  pen.text(x + 13, top + 13, short, held.held ? (stale ? "bad" : "hardware") : "q");
}

/** An outline around the line of a CD of which the SMMU holds another. */
export function markStaleCd({ pen, columns }: Plan, { held }: CdView, y: number): void {
  if (held?.some((copy) => copy.held && copy.stale !== undefined))
    pen.put({ kind: "rect", tone: "diverges", x: columns.cd + 2, y: y - 12, w: columns.cdW - 4, h: 17 });
}

/** One around the table where the SMMU holds that there is none of these CDs: of the first level it has an old descriptor. */
export function markStaleTable({ pen, columns }: Plan, { cdTable }: DeviceView, top: number, h: number): void {
  const isOld = (copy: HeldView) => !copy.held && copy.stale !== undefined;
  if (cdTable.entries.some(({ held }) => held?.some(isOld)))
    pen.put({ kind: "rect", tone: "diverges", x: columns.cd - 3, y: top - 2.5, w: columns.cdW + 6, h: h + 6 });
}
