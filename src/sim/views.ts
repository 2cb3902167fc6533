/**
 * A state as bodies see it: `s.group[2].domain` reads and writes a byte of a working buffer.
 *
 * There is one class for each struct of a schema, for all worlds and machines: where a field lies is asked of the view,
 * not built into its class, so that a body is handed one class whichever machine it runs on, and stays fast.
 */
import type { Layout, PlacedField, Schema, StructSpec } from "./layout.ts";

/** One instance of a struct. */
export class View {
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

/** Accessors over one working buffer. */
export function packedViews(schema: Schema, layout: Layout, bytes: Uint8Array): Record<string, unknown> {
  return viewsOf(schema, layout, (spec, placed, _first, at) => {
    const view = new (classOf(spec))(bytes, placed[0]?.offset ?? 0, at) as View & Record<string, unknown>;
    for (const f of placed) if (f.array) view[f.field] = bytes.subarray(f.offset, f.offset + f.size);
    return view;
  });
}

/** A state of instances: each is made of its fields, the number of the first of them, and their offsets from `placed[0]`. */
export function viewsOf(
  schema: Schema,
  layout: Layout,
  make: (spec: StructSpec, placed: readonly PlacedField[], first: number, at: Int32Array) => View,
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
      return make(spec, layout.fields.slice(first, field), first, at);
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
