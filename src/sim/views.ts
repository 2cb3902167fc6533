/**
 * A state as bodies see it: `s.group[2].domain` reads and writes a byte of a working buffer.
 *
 * There is one class for each struct of a schema, for all worlds and machines: where a field lies is asked of the view,
 * not built into its class, so that a body is handed one class whichever machine it runs on, and stays fast.
 */
import type { Layout, Schema, StructSpec } from "./layout.ts";

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

/** Accessors over one working buffer. */
export function packedViews(schema: Schema, layout: Layout, bytes: Uint8Array): Record<string, unknown> {
  const state: Record<string, unknown> = {};
  for (const [struct, spec] of Object.entries(schema.structs)) {
    const placed = layout.fields.filter((f) => f.struct === struct);
    const first = placed[0];
    if (first === undefined) {
      state[struct] = {};
      continue;
    }
    const Struct = classOf(spec);
    const at = Int32Array.from(
      placed.filter((f) => f.index === first.index && !f.array),
      (f) => f.offset - first.offset,
    );
    const instance = (index: number) => {
      const own = placed.filter((f) => f.index === index);
      const view = new Struct(bytes, own[0]?.offset ?? 0, at) as View & Record<string, unknown>;
      for (const f of own) if (f.array) view[f.field] = bytes.subarray(f.offset, f.offset + f.size);
      return view;
    };
    if (!spec.many) state[struct] = instance(0);
    else {
      const list: unknown[] = [undefined];
      for (let i = 1; i <= (layout.dims[spec.dim] ?? 0); i++) list.push(instance(i));
      state[struct] = list;
    }
  }
  return state;
}
