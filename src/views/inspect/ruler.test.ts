import { describe, expect, test } from "vitest";
import { widthOf } from "../../ui/measure.ts";
import { inspect } from "../../worker/inspect.ts";
import type { InspectView, StructureKind } from "../../worker/protocol.ts";
import { bitWidths, font, gutter, layoutRuler } from "./ruler.ts";

const lengths = { ste: 8, cd: 8, cmd: 2, event: 4 } as const;
function viewOf(kind: StructureKind, text: string, against: string | null = null): InspectView {
  const qwords = against?.split(" ") ?? [];
  const found = inspect({ text, as: kind, against: against === null ? null : { kind, qwords }, update: null });
  if (typeof found === "string") throw new Error(found);
  return found;
}
const filled = (kind: StructureKind, first: bigint, rest: bigint) =>
  [first, ...Array<bigint>(lengths[kind] - 1).fill(rest)].map((q) => `0x${q.toString(16)}`).join(" ");

const all = (1n << 64n) - 1n;
/** Every structure, with nothing and with everything set, and every command. */
const views = [
  ...(["ste", "cd", "event"] as const).flatMap((kind) =>
    [filled(kind, 0n, 0n), filled(kind, all, all)].map((t) => [kind, t] as const),
  ),
  ...["ste", "cd"].map((kind) => [kind, "0x8000000d 0x100010000000 0x44d359000000003 0x10a2c4000 0 1 0 0"] as const),
  ...Array.from({ length: 0x48 }, (_x, op) => ["cmd", filled("cmd", BigInt(op), all)] as const),
].map(([kind, text]) => viewOf(kind as StructureKind, text));

describe("in the ruler of every structure", () => {
  test("no two labels meet, none lies on another's line, and all are inside", () => {
    const wrong: string[] = [];
    for (const [view, bitWidth] of views.flatMap((v) => Object.values(bitWidths).map((w) => [v, w] as const))) {
      const { width, height, strips } = layoutRuler(view, true, bitWidth);
      for (const { labels, y, h } of strips) {
        const texts = labels.map(({ field, x, y: base }) => ({ field, from: x, to: x + widthOf(field, font), base }));
        for (const [i, a] of texts.entries()) {
          if (a.from < 0 || a.to > width || a.base > height) wrong.push(`${a.field} is outside`);
          for (const b of texts.slice(i + 1))
            if (Math.abs(a.base - b.base) < 11 && a.from < b.to + 2 && b.from < a.to + 2)
              wrong.push(`${a.field} meets ${b.field}`);
          for (const line of labels)
            if (line.field !== a.field && line.y > a.base && line.leadX > a.from - 1 && line.leadX < a.to + 1)
              wrong.push(`${a.field} lies on the line of ${line.field}`);
        }
        for (const next of strips)
          if (next.y > y && next.y < Math.max(y + h, ...texts.map(({ base }) => base))) wrong.push("strips meet");
      }
    }
    expect(wrong).toEqual([]);
  });
  test("every field has its place: a box over its bits, or a line over its pieces", () => {
    const bitWidth = bitWidths.wide;
    for (const view of views) {
      const strips = layoutRuler(view, false).strips;
      for (const field of view.fields) {
        const strip = strips[field.qword];
        const cell = strip.cells.find((c) => c.field.name === field.name);
        const span = strip.spans.some((s) => s.field === field.name);
        // an event's two addresses have one place
        if (field.name === "IPA" || field.name === "FETCH_ADDR") continue;
        expect([field.name, cell !== undefined || span]).toEqual([field.name, true]);
        if (cell)
          expect([cell.x, cell.w]).toEqual([gutter + (63 - field.hi) * bitWidth, (field.hi - field.lo + 1) * bitWidth]);
      }
    }
  });
});

describe("the ruler of an STE", () => {
  const text = "0xd 0x100010000000 0x44d359000000003 0x10a2c4000 0 0 0 0";
  const view = viewOf("ste", text, "0x1 0x0 0x0 0x0 0x0 0x0 0x0 0x0");
  const { strips } = layoutRuler(view, true);
  test("marks what differs from what it is compared with, and nothing else", () => {
    const changed = strips.map(({ bits }) => bits.filter((bit) => bit.changed).length);
    const ones = (q: bigint) => q.toString(2).replaceAll("0", "").length;
    expect(changed).toEqual([0xcn, 0x100010000000n, 0x44d359000000003n, 0x10a2c4000n, 0n, 0n, 0n, 0n].map(ones));
    expect(
      layoutRuler(viewOf("ste", text), true)
        .strips.flatMap(({ bits }) => bits)
        .some((bit) => bit.changed),
    ).toBe(false);
  });
  test("says once that the driver has no names for its last qwords", () => {
    expect(strips.map(({ note }) => note).filter(Boolean)).toEqual(["the driver names no field in qwords 4 to 7"]);
    expect(strips.map(({ bare }) => bare)).toEqual([false, false, false, false, true, true, true, true]);
    // but a bit that is set there is seen
    const set = layoutRuler(viewOf("ste", `${text.slice(0, -1)}4`), false).strips;
    expect(set[7]).toMatchObject({ bare: false, bits: [{ set: true, named: false }] });
  });
  test("draws which bits count on request only", () => {
    expect(strips[0].uses).toEqual([{ use: "used", x: gutter + 60 * bitWidths.wide, w: 4 * bitWidths.wide }]);
    expect(layoutRuler(view, false).strips.flatMap(({ uses }) => uses)).toEqual([]);
  });
});
