/**
 * A state as bodies see it: `s.group[2].domain` reads and writes a byte of a working buffer.
 *
 * There is one class for each struct of a schema, for all worlds and machines: where a field lies is asked of the view,
 * not built into its class, so that a body is handed one class whichever machine it runs on, and stays fast.
 */
import type { Layout, PlacedField, Schema, StructSpec } from "./layout.ts";

/** One instance of a struct. */
class View {
  readonly $bytes: Uint8Array;
  readonly $base: number;
  /** Offsets of its fields of one byte, from `$base`. */
  readonly $at: Int32Array;

  constructor(bytes: Uint8Array, base: number, at: Int32Array) {
    this.$bytes = bytes;
    this.$base = base;
    this.$at = at;
  }
}

const classes = new WeakMap<StructSpec, typeof View>();

function classOf(spec: StructSpec): typeof View {
  const known = classes.get(spec);
  if (known !== undefined) return known;
  class Struct extends View {}
  const names = Object.keys(spec.fields).filter((name) => spec.fields[name]?.array === false);
  names.forEach((name, i) => {
    Object.defineProperty(Struct.prototype, name, {
      get(this: Struct) {
        return this.$bytes[this.$base + (this.$at[i] as number)];
      },
      set(this: Struct, value: number) {
        this.$bytes[this.$base + (this.$at[i] as number)] = value;
      },
    });
  });
  classes.set(spec, Struct);
  return Struct;
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

  noteWarns(): void {
    this.locks.note(this.#warns);
  }

  clear(): void {
    this.fields.clear();
    this.locks.clear();
  }
}

/** One instance of a struct that notes which of its fields are asked for. */
class Noting extends View {
  readonly $touched: Touched;
  /** Number of its first field. */
  readonly $first: number;
  readonly $arrays: readonly Uint8Array[];

  constructor(bytes: Uint8Array, own: readonly PlacedField[], first: number, at: Int32Array, touched: Touched) {
    super(bytes, own[0]?.offset ?? 0, at);
    this.$touched = touched;
    this.$first = first;
    this.$arrays = own.map((f) => bytes.subarray(f.offset, f.offset + f.size));
  }
}

const noting = new WeakMap<StructSpec, typeof Noting>();

function notingClassOf(spec: StructSpec): typeof Noting {
  const known = noting.get(spec);
  if (known !== undefined) return known;
  class Struct extends Noting {}
  let bytes = 0;
  Object.entries(spec.fields).forEach(([name, field], k) => {
    const i = field.array ? -1 : bytes++;
    const get = field.array
      ? function array(this: Struct) {
          this.$touched.fields.note(this.$first + k);
          return this.$arrays[k];
        }
      : function get(this: Struct) {
          this.$touched.fields.note(this.$first + k);
          return this.$bytes[this.$base + (this.$at[i] as number)];
        };
    // what it had already is written as well: it would not be had in another order
    const set = function set(this: Struct, value: number) {
      this.$touched.fields.note(this.$first + k);
      this.$bytes[this.$base + (this.$at[i] as number)] = value;
    };
    Object.defineProperty(Struct.prototype, name, { get, set });
  });
  noting.set(spec, Struct);
  return Struct;
}

/** Accessors over one working buffer; they note what is asked for if there is something to note it in. */
export function packedViews(
  schema: Schema,
  layout: Layout,
  bytes: Uint8Array,
  touched: Touched | null = null,
): Record<string, unknown> {
  const state: Record<string, unknown> = {};
  // the layout has the fields of one instance after the other
  let field = 0;
  for (const [struct, spec] of Object.entries(schema.structs)) {
    const size = Object.keys(spec.fields).length;
    const own = layout.fields.slice(field, field + size);
    const base = own[0]?.offset ?? 0;
    const at = Int32Array.from(
      own.filter((f) => !f.array),
      (f) => f.offset - base,
    );
    const instance = () => {
      const first = field;
      field += size;
      const placed = layout.fields.slice(first, field);
      if (touched !== null) return new (notingClassOf(spec))(bytes, placed, first, at, touched);
      const view = new (classOf(spec))(bytes, placed[0]?.offset ?? 0, at) as View & Record<string, unknown>;
      for (const f of placed) if (f.array) view[f.field] = bytes.subarray(f.offset, f.offset + f.size);
      return view;
    };
    if (!spec.many) state[struct] = instance();
    else {
      const list: unknown[] = [undefined];
      for (let i = 1; i <= (layout.dims[spec.dim] ?? 0); i++) list.push(instance());
      state[struct] = list;
    }
  }
  return state;
}
