import { widthOf } from "../../ui/measure.ts";
import type { InspectField, InspectView } from "../../worker/protocol.ts";

// The ruler of a structure before it is drawn: bit 63 at the left, a strip for each qword, labels below it in as many
// lines as they need. All in pixels; tests measure it, React draws it.

/** A label, by the left end of its text and its baseline. */
export interface Label {
  readonly field: string;
  readonly x: number;
  readonly y: number;
  /** Where the line to its field begins and ends. */
  readonly leadX: number;
  readonly from: number;
  readonly to: number;
}

export interface Cell {
  readonly field: InspectField;
  readonly x: number;
  readonly w: number;
}

export interface Strip {
  readonly qword: number;
  readonly word: string;
  readonly y: number;
  readonly h: number;
  /** No field and no bit: one quiet line. */
  readonly bare: boolean;
  /** What is said in a quiet strip. */
  readonly note: string;
  readonly cells: readonly Cell[];
  readonly labels: readonly Label[];
  /** Fields that others are pieces of: a line above those. */
  readonly spans: readonly { readonly field: string; readonly x1: number; readonly x2: number; readonly y: number }[];
  /** Bits worth a digit: all of fields, and those that are set. */
  readonly bits: readonly {
    readonly x: number;
    readonly set: boolean;
    readonly changed: boolean;
    readonly named: boolean;
  }[];
  /** Runs of bits that the SMMU looks at, and of those that may differ for a moment. */
  readonly uses: readonly { readonly use: "used" | "safe"; readonly x: number; readonly w: number }[];
}

export interface Ruler {
  readonly width: number;
  readonly height: number;
  readonly strips: readonly Strip[];
}

export const gutter = 136;
/** Of one bit, where there is room and where there is less. */
export const bitWidths = { wide: 14, narrow: 12 } as const;
export const cellHeight = 19;
const bareHeight = 13;
const labelPitch = 13;
export const font = { mono: true, size: 11 } as const;

interface Interval {
  readonly from: number;
  readonly to: number;
}
const meets = (a: Interval, b: Interval, gap: number) => a.from < b.to + gap && b.from < a.to + gap;

/**
 * From the right to the left: a label that fits below its field stands there, any other begins at its line and goes on to the
 * right, as far down as it takes to meet no other. So a line only ever passes texts that lie to its right.
 */
function placeLabels(cells: readonly Cell[], top: number): Label[] {
  const placed: { readonly level: number; readonly lead: number; readonly text: Interval }[] = [];
  return cells.map(({ field, x, w }) => {
    const lead = x + w / 2;
    const wide = widthOf(field.name, font);
    const from = wide <= w - 2 ? lead - wide / 2 : lead - 3;
    const text = { from, to: from + wide };
    const meetsAt = (level: number) =>
      placed.some(
        (other) =>
          (other.level === level && meets(other.text, text, 5)) ||
          (other.level > level && meets({ from: other.lead, to: other.lead }, text, 2)),
      );
    let level = 0;
    while (meetsAt(level)) level += 1;
    placed.push({ level, lead, text });
    const y = top + 16 + level * labelPitch;
    return { field: field.name, x: from, y, leadX: lead, from: top + 4, to: y - 10 };
  });
}

/** Runs of bits that are 1 in a mask. */
function runs(mask: bigint): { readonly hi: number; readonly lo: number }[] {
  const found: { hi: number; lo: number }[] = [];
  for (let bit = 63; bit >= 0; bit--) {
    if (((mask >> BigInt(bit)) & 1n) === 0n) continue;
    const last = found.at(-1);
    if (last !== undefined && last.lo === bit + 1) last.lo = bit;
    else found.push({ hi: bit, lo: bit });
  }
  return found;
}

/** The fields of a qword that get a box: no field that others are pieces of, and of two in one place the one that counts. */
function boxed(fields: readonly InspectField[]): readonly InspectField[] {
  const whole = new Set(fields.map(({ partOf }) => partOf));
  const own = fields.filter(({ name }) => !whole.has(name));
  return own.filter(
    (field) =>
      !own.some(
        (other) =>
          other !== field &&
          other.lo <= field.hi &&
          field.lo <= other.hi &&
          (other.used !== field.used ? other.used : own.indexOf(other) < own.indexOf(field)),
      ),
  );
}

/** Where everything stands. `uses` draws which bits count, and which may differ for a moment. */
export function layoutRuler(view: InspectView, uses: boolean, bitWidth: number = bitWidths.wide): Ruler {
  const left = (bit: number) => gutter + (63 - bit) * bitWidth;
  const right = gutter + 64 * bitWidth;
  const strips: Strip[] = [];
  let y = 20;
  let quiet: number[] = [];
  const note = () => {
    const [first, last] = [quiet[0], quiet.at(-1)];
    const strip = strips.findIndex(({ qword }) => qword === first);
    if (strip >= 0) {
      const which = first === last ? `qword ${first}` : `qwords ${first} to ${last}`;
      strips[strip] = { ...strips[strip], note: `the driver names no field in ${which}` };
    }
    quiet = [];
  };
  view.qwords.forEach((text, qword) => {
    const word = BigInt(text);
    const was = view.against === undefined ? word : BigInt(view.against[qword]);
    const fields = view.fields.filter((field) => field.qword === qword);
    const named = fields.reduce((mask, { hi, lo }) => mask | (((1n << BigInt(hi - lo + 1)) - 1n) << BigInt(lo)), 0n);
    const nothing = { cells: [], labels: [], spans: [], uses: [], note: "" } as const;
    const used = uses ? BigInt(view.used[qword]) : 0n;
    const safe = uses ? BigInt(view.safe[qword]) : 0n;
    const useRuns = (["used", "safe"] as const).flatMap((use) =>
      runs(use === "used" ? used : safe).map(({ hi, lo }) => ({ use, x: left(hi), w: (hi - lo + 1) * bitWidth })),
    );
    const bits = Array.from({ length: 64 }, (_x, i) => 63 - i).flatMap((bit) => {
      const of = (q: bigint) => ((q >> BigInt(bit)) & 1n) === 1n;
      const changed = of(word) !== of(was);
      return of(named) || of(word) || changed
        ? [{ x: left(bit) + bitWidth / 2, set: of(word), changed, named: of(named) }]
        : [];
    });
    if (fields.length === 0) {
      if (bits.length === 0) quiet.push(qword);
      else note();
      const h = bits.length === 0 ? bareHeight : cellHeight;
      strips.push({ ...nothing, qword, word: text, y, h, bare: bits.length === 0, bits, uses: useRuns });
      y += h + (bits.length === 0 ? 6 : 24);
      return;
    }
    // after quiet lines some air, so that the name of the next does not stand among them
    if (strips.at(-1)?.bare) y += 8;
    note();
    const cells = boxed(fields)
      .map((field) => ({ field, x: left(field.hi), w: (field.hi - field.lo + 1) * bitWidth }))
      .sort((a, b) => b.x - a.x);
    const whole = fields.filter(({ name }) => fields.some(({ partOf }) => partOf === name));
    if (whole.length > 0) y += 8;
    const labels = placeLabels(cells, y + cellHeight);
    strips.push({
      qword,
      word: text,
      y,
      h: cellHeight,
      bare: false,
      note: "",
      cells,
      labels,
      spans: whole.map(({ name, hi, lo }) => ({
        field: name,
        x1: left(hi) + 1,
        x2: left(lo) + bitWidth - 1,
        y: y - 4,
      })),
      bits,
      uses: useRuns,
    });
    y = Math.max(y + cellHeight + 12, ...labels.map((label) => label.y)) + 20;
  });
  note();
  const ends = strips.flatMap(({ labels }) => labels.map(({ field, x }) => x + widthOf(field, font)));
  return { width: Math.ceil(Math.max(right, ...ends) + 4), height: y, strips };
}
