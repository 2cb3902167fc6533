/**
 * A thread's locals as bodies see them: `l.dev` reads and writes a byte of the running frame.
 *
 * There is one class for each list of names, for all machines: a body that is handed one class of locals, whichever
 * machine it runs on, stays fast. A second one says which operation reads which local.
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

/** By operation, its procedure's number times 256 and its program counter: a bit for each local that it is known to read. */
export class KnownReads {
  readonly bits: Int32Array;
  /** An operation that read another one, which was noted; -1 for none. */
  surprise = -1;

  constructor(procs: number) {
    this.bits = new Int32Array(procs * 256);
  }

  note(op: number, local: number): void {
    this.surprise = op;
    this.bits[op] = (this.bits[op] as number) | (1 << local);
  }
}

const classes = new Map<string, typeof Frame>();
const noting = new Map<string, new (bytes: Int8Array, reads: KnownReads) => Frame>();

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

/** The same, noting what is read. */
export function makeNotingLocals(names: readonly string[], bytes: Int8Array, reads: KnownReads): Frame {
  const key = names.join();
  let known = noting.get(key);
  if (known === undefined) {
    known = notingClassOf(names);
    noting.set(key, known);
  }
  return new known(bytes, reads);
}

function notingClassOf(names: readonly string[]) {
  class Noting extends Frame {
    readonly $reads: KnownReads;
    constructor(bytes: Int8Array, reads: KnownReads) {
      super(bytes);
      this.$reads = reads;
    }
  }
  names.forEach((name, i) => {
    // the 32nd and those after it share a bit
    const bit = Math.min(i, 31);
    Object.defineProperty(Noting.prototype, name, {
      get(this: Noting) {
        const { $reads, $op } = this;
        if (((($reads.bits[$op] as number) >> bit) & 1) === 0) $reads.note($op, bit);
        return this.$bytes[this.$base + i];
      },
      set: setter(i),
    });
  });
  return Noting;
}

function setter(i: number) {
  return function set(this: Frame, value: number) {
    this.$bytes[this.$base + i] = value;
  };
}
