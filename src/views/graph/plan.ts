import type { Selected } from "../../session/look.ts";
import type { DeviceView, DomainView, Snapshot } from "../../worker/protocol.ts";
import type { Columns, Size } from "./columns.ts";
import type { Pen } from "./pen.ts";

/** What every part of the drawing needs to know. */
export interface Plan {
  readonly pen: Pen;
  readonly snapshot: Snapshot;
  readonly selected: Selected | null;
  readonly size: Size;
  readonly columns: Columns;
}

/** One device's block: what the edges need to know of it. */
export interface Block {
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

/** Where a domain stands: the top of its box. */
export interface Slot {
  readonly domain: DomainView;
  readonly y: number;
}

export const fieldPitch = 17;
export const driverPitch = 16;
export const rowPitch = 24;
export const slotPitch = 43;
export const slotHeight = 35;
