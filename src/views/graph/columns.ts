import { widthOf } from "../../ui/measure.ts";
import { fontOf } from "./pen.ts";
import type { Field, Snapshot } from "../../worker/protocol.ts";

/** `small` is the portrait picture of a phone: no CDs, no driver's box, only the fields that decide or changed. */
export type Size = "wide" | "small";

/** Where each kind of box begins, and how wide it is. */
export interface Columns {
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

export function columnsFor(snapshot: Snapshot, size: Size): Columns {
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
  const entryW = Math.min(184, 152 + Math.max(0, Math.ceil((widest + 21 - 152) / 8)) * 8);
  const entry = 206.5;
  const cd = entry + entryW + 30;
  const cdW = 88;
  const domain = cd + cdW + 48;
  const domainW = 96;
  return {
    group: 2.5,
    groupW: 176,
    device: 12.5,
    deviceW: 148,
    entry,
    entryW,
    cd,
    cdW,
    domain,
    domainW,
    rail: domain + domainW + 10,
  };
}

function fieldWidth(field: Field): number {
  return widthOf(field.name, fontOf(field.name)) + widthOf(field.value, fontOf(field.value)) + 8;
}
