/** What no run reached: procedures, and the ways out of decisions and choices. */
import { type LinkedProc, OP, type Table } from "../sim/link.ts";
import type { Root } from "../sim/step.ts";

/** A way that was never taken. */
export interface Untaken {
  readonly procedure: string;
  readonly text: string;
  /** `yes` or `no`, `an element` or `no element` of a loop, or the label of an outcome. */
  readonly answer: string;
}

export interface Unreached {
  /** Procedures that the threads could call. */
  readonly procedures: readonly string[];
  /** Of statements that were reached. */
  readonly branches: readonly Untaken[];
}

/** Operations of a procedure at most, see `link.ts`. */
const OPS = 256;

/** Which operations ran, and with which answers. Hook `op` and `answer` into a machine's observer. */
export class Coverage {
  readonly #table: Table;
  readonly #ran: Uint8Array;
  /** Bit 0: no, bit 1: yes. */
  readonly #answers: Uint8Array;
  /** The operation that ran last, and the choice that the running step began with, -1 for none. */
  #last = 0;
  #choice = -1;

  constructor(table: Table) {
    this.#table = table;
    this.#ran = new Uint8Array(table.procs.length * OPS);
    this.#answers = new Uint8Array(table.procs.length * OPS);
  }

  readonly op = (_thread: number, proc: number, pc: number, visible: boolean): void => {
    this.#last = proc * OPS + pc;
    this.#ran[this.#last] = 1;
    if (visible && this.#table.procs[proc]?.ops[pc]?.kind === OP.CHOOSE) this.#choice = this.#last;
  };

  readonly answer = (_thread: number, value: number): void => {
    this.#answers[this.#last] = (this.#answers[this.#last] as number) | (value === 0 ? 1 : 2);
  };

  /** The outcome of the step that has just run; a choice that must not fail in this world rides along and is none. */
  took(outcome: number): void {
    const at = this.#choice;
    if (at >= 0) this.#answers[at] = (this.#answers[at] as number) | (1 << outcome);
    this.#choice = -1;
  }

  /** What was not reached of all that these programs could call. */
  unreached(programs: readonly (readonly Root[])[]): Unreached {
    const procedures: string[] = [];
    const branches: Untaken[] = [];
    for (const index of callable(this.#table, programs)) {
      const proc = this.#table.procs[index] as LinkedProc;
      if (this.#ran[index * OPS] === 0 && !this.#ran.subarray(index * OPS, (index + 1) * OPS).includes(1)) {
        procedures.push(proc.name);
        continue;
      }
      proc.ops.forEach((op, pc) => {
        const at = index * OPS + pc;
        if (this.#ran[at] === 0) return;
        const answers = this.#answers[at] as number;
        // what is not listed is no decision that anybody reads
        if ((op.kind === OP.CHOOSE && answers === 0) || op.text === "") return;
        namesOf(op.kind, op.labels).forEach((answer, i) => {
          if (((answers >> i) & 1) === 0) branches.push({ procedure: proc.name, text: op.text, answer });
        });
      });
    }
    return { procedures, branches };
  }
}

function namesOf(kind: number, labels: readonly string[]): readonly string[] {
  switch (kind) {
    case OP.BRANCH_VISIBLE:
    case OP.BRANCH_LOCAL:
      return ["no", "yes"];
    case OP.NEXT_VISIBLE:
    case OP.NEXT_LOCAL:
      return ["no element", "an element"];
    case OP.TRYLOCK:
      return ["taken", "got it"];
    case OP.CHOOSE:
      return labels;
    default:
      return [];
  }
}

/** Procedures that a thread with these roots could be in, in the table's order. */
export function callable(table: Table, programs: readonly (readonly Root[])[]): number[] {
  const found = new Set<number>();
  const open = programs.flatMap((roots) => roots.map((root) => root.proc));
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const index = table.index.get(name);
    if (index === undefined || found.has(index)) continue;
    found.add(index);
    for (const op of table.procs[index]?.ops ?? []) open.push(...op.callees);
  }
  return [...found].sort((a, b) => a - b);
}
