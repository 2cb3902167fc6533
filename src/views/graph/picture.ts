import type { Selected } from "../../session/look.ts";
import { widthOf } from "../../ui/measure.ts";

// A picture before it is drawn: shapes, texts and the objects that can be pointed at, all in pixels. Layouts make it,
// tests measure it, React draws it.

export type Tone = "v" | "q" | "h" | "core" | "driver" | "tables" | "hardware" | "reset" | "bad" | "plain";

export interface Text {
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  readonly text: string;
  readonly tone: Tone;
  readonly end?: boolean | undefined;
  readonly mono?: boolean | undefined;
  readonly bold?: boolean | undefined;
  readonly size: 11 | 12;
}

export type Shape =
  | {
      readonly kind: "rect";
      readonly tone:
        | "box"
        | "tables"
        | "ghost"
        | "driver"
        | "core"
        | "smmu"
        | "held"
        | "selected"
        | "blank"
        | "diverges";
      /** What it is drawn around changed in this step. */
      readonly fresh?: boolean;
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    }
  | {
      readonly kind: "hatch";
      readonly dense: boolean;
      readonly x: number;
      readonly y: number;
      readonly w: number;
      readonly h: number;
    }
  | { readonly kind: "line"; readonly tone: "rule" | "reset" | "ghost"; readonly d: string }
  | {
      readonly kind: "edge";
      readonly layer: "core" | "tables" | "hardware";
      readonly arrow: boolean;
      readonly fresh?: boolean;
      readonly d: string;
    }
  /** A bar and a cross where a path ends; `small` beside a CD, where there is less room. */
  | {
      readonly kind: "stop";
      readonly quiet: boolean;
      readonly fresh: boolean;
      readonly small: boolean;
      readonly x: number;
      readonly y: number;
    }
  | { readonly kind: "joint"; readonly x: number; readonly y: number }
  /** The triangle of a change, by its left end and the baseline of the text it stands at. */
  | { readonly kind: "delta"; readonly x: number; readonly y: number };

/** Something to point at: what it is, where it is, and how it is read aloud. */
export interface Thing {
  readonly selected: Selected;
  /** It opens where it is pointed at, before anything else can be done to it. */
  readonly folded?: true;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly label: string;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
  readonly texts: readonly Text[];
  readonly things: readonly Thing[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** The room that a text takes, by the metrics of the widest fonts. */
export function boxOf(text: Text): Box {
  const w = widthOf(text.text, text);
  return { x: text.end ? text.x - w : text.x, y: text.y - text.size * 0.8, w, h: text.size };
}

export function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
