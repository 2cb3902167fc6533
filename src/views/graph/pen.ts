import { widthOf, wrap } from "../../ui/measure.ts";
import type { Field } from "../../worker/protocol.ts";
import type { Shape, Text, Thing } from "./picture.ts";

/** Collects a picture. Shapes are drawn in the order in which they were put down, texts above all of them. */
export class Pen {
  readonly shapes: Shape[] = [];
  readonly texts: Text[] = [];
  readonly things: Thing[] = [];

  put(...shapes: Shape[]): void {
    this.shapes.push(...shapes);
  }

  text(x: number, y: number, text: string, tone: Text["tone"], more: Partial<Text> = {}): void {
    if (text !== "") this.texts.push({ x, y, text, tone, size: 11, ...more });
  }

  rule(x1: number, x2: number, y: number): void {
    this.put({ kind: "line", tone: "rule", d: `M${x1} ${y}H${x2}` });
  }

  /** One field: the name at the left, the value at the right, the value on lines below where both do not fit. Returns the height. */
  field(x1: number, x2: number, y: number, field: Field, pitch: number, tone: Text["tone"] = "v"): number {
    const changed = field.was !== undefined;
    const name = fontOf(field.name);
    const value = { ...fontOf(field.value), bold: changed };
    const fits = widthOf(field.name, name) + widthOf(field.value, value) + 8 <= x2 - x1;
    const lines = fits ? [field.value] : wrap(field.value, x2 - x1, value);
    this.text(x1, y, field.name, "q", name);
    for (const [i, line] of lines.entries()) {
      this.text(x2, fits ? y : y + 13 * (i + 1), line, tone, { ...value, end: true });
    }
    if (changed) this.put({ kind: "delta", x: x1 - 9, y });
    return fits ? pitch : pitch + 13 * lines.length;
  }
}

/** How high `field` will be, for those who must know before they draw. */
export function fieldHeight(x1: number, x2: number, field: Field, pitch: number): number {
  return new Pen().field(x1, x2, 0, field, pitch);
}

/** Kernel words and numbers are set in mono, phrases are not. */
export function fontOf(text: string) {
  return { mono: !text.includes(" "), size: 11 } as const;
}
