/**
 * What a machine notes of its bodies at work, for whoever searches: which operation reads which local, and what is asked of
 * the shared region. A machine that is played notes nothing.
 */
import type { Layout, PlacedField, Schema, StructSpec } from "./layout.ts";
import { Frame, setter } from "./locals.ts";
import { View, viewsOf } from "./views.ts";

const frames = new Map<string, new (bytes: Int8Array, reads: KnownReads) => Frame>();

/** By operation, its procedure's number times 256 and its program counter: a bit for each local that it is known to read. */
export class KnownReads {
  readonly bits: Int32Array;
  /** An operation that read another one, which was noted; -1 for none. */
  surprise = -1;

  constructor(procs: number) {
    this.bits = new Int32Array(procs * 256);
  }

  /** Accessors of these names over a machine's bytes, which note what is read. */
  locals(names: readonly string[], bytes: Int8Array): Frame {
    const key = names.join();
    let known = frames.get(key);
    if (known === undefined) {
      known = frameOf(names);
      frames.set(key, known);
    }
    return new known(bytes, this);
  }

  note(op: number, local: number): void {
    this.surprise = op;
    this.bits[op] = (this.bits[op] as number) | (1 << local);
  }
}

function frameOf(names: readonly string[]) {
  class NotingFrame extends Frame {
    readonly $reads: KnownReads;
    constructor(bytes: Int8Array, reads: KnownReads) {
      super(bytes);
      this.$reads = reads;
    }
  }
  names.forEach((name, i) => {
    // the 32nd and those after it share a bit
    const bit = Math.min(i, 31);
    Object.defineProperty(NotingFrame.prototype, name, {
      get(this: NotingFrame) {
        const { $reads, $op } = this;
        if (((($reads.bits[$op] as number) >> bit) & 1) === 0) $reads.note($op, bit);
        return this.$bytes[this.$base + i];
      },
      set: setter(i),
    });
  });
  return NotingFrame;
}

/** Numbers below a bound that were noted, each once. Who reads it clears it. */
class Noted {
  count = 0;
  readonly list: Int32Array;
  /** By number: when it was noted last. */
  readonly #when: Int32Array;
  #now = 1;

  constructor(bound: number) {
    this.list = new Int32Array(bound);
    this.#when = new Int32Array(bound);
  }

  note(number: number): void {
    if (this.#when[number] === this.#now) return;
    this.#when[number] = this.#now;
    this.list[this.count++] = number;
  }

  clear(): void {
    this.count = 0;
    this.#now++;
  }
}

/** All that was asked of the shared region, or changed in it, since it was cleared: it is what a body's work depends on. */
export class Touched {
  /** By their numbers in the layout; an array as a whole. */
  readonly fields: Noted;
  /** Locks by their numbers in the layout; one more for the bits of all WARNs. */
  readonly locks: Noted;
  readonly #warns: number;

  constructor(layout: Layout) {
    this.fields = new Noted(layout.fields.length);
    this.#warns = layout.locks.length;
    this.locks = new Noted(this.#warns + 1);
  }

  /** A state over one working buffer, whose accessors note what is asked for. */
  views(schema: Schema, layout: Layout, bytes: Uint8Array): Record<string, unknown> {
    return viewsOf(
      schema,
      layout,
      (spec, placed, first, at) => new (structOf(spec))(bytes, placed, first, at, this.fields),
    );
  }

  noteWarns(): void {
    this.locks.note(this.#warns);
  }

  clear(): void {
    this.fields.clear();
    this.locks.clear();
  }
}

/** One instance of a struct that notes which of its fields are asked for. */
class NotingView extends View {
  readonly $touched: Noted;
  /** Number of its first field. */
  readonly $first: number;
  readonly $arrays: readonly Uint8Array[];

  constructor(bytes: Uint8Array, own: readonly PlacedField[], first: number, at: Int32Array, touched: Noted) {
    super(bytes, own[0]?.offset ?? 0, at);
    this.$touched = touched;
    this.$first = first;
    this.$arrays = own.map((f) => bytes.subarray(f.offset, f.offset + f.size));
  }
}

const structs = new WeakMap<StructSpec, typeof NotingView>();

function structOf(spec: StructSpec): typeof NotingView {
  const known = structs.get(spec);
  if (known !== undefined) return known;
  class Struct extends NotingView {}
  let bytes = 0;
  Object.entries(spec.fields).forEach(([name, field], k) => {
    const i = field.array ? -1 : bytes++;
    const get = field.array
      ? function array(this: Struct) {
          this.$touched.note(this.$first + k);
          return this.$arrays[k];
        }
      : function get(this: Struct) {
          this.$touched.note(this.$first + k);
          return this.$bytes[this.$base + (this.$at[i] as number)];
        };
    // what it had already is written as well: it would not be had in another order
    const set = function set(this: Struct, value: number) {
      this.$touched.note(this.$first + k);
      this.$bytes[this.$base + (this.$at[i] as number)] = value;
    };
    Object.defineProperty(Struct.prototype, name, { get, set });
  });
  structs.set(spec, Struct);
  return Struct;
}
