/**
 * A thread's locals as bodies see them: `l.dev` reads and writes a byte of the running frame.
 *
 * There is one class for each list of names, for all machines: a body that is handed one class of locals, whichever
 * machine it runs on, stays fast.
 */

/** Points at a frame's first local, and says for which operation; whoever runs a body has set both. */
export class Frame {
  readonly $bytes: Int8Array;
  $base = 0;
  $op = 0;

  constructor(bytes: Int8Array) {
    this.$bytes = bytes;
  }
}

const classes = new Map<string, typeof Frame>();

/** Accessors of these names over a machine's bytes. */
export function makeLocals(names: readonly string[], bytes: Int8Array): Frame {
  const key = names.join();
  let known = classes.get(key);
  if (known === undefined) {
    known = class extends Frame {};
    names.forEach((name, i) => {
      Object.defineProperty(known?.prototype, name, {
        get(this: Frame) {
          return this.$bytes[this.$base + i];
        },
        set: setter(i),
      });
    });
    classes.set(key, known);
  }
  return new known(bytes);
}

/** Writes a local. */
export function setter(i: number) {
  return function set(this: Frame, value: number) {
    this.$bytes[this.$base + i] = value;
  };
}
