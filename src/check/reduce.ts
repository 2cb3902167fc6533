/**
 * Partial order reduction: steps that may go first, alone.
 *
 * Where a thread stands before such a step, only that step is taken, at once, and the state between is not kept: the orders
 * in which other threads run before it lead to nothing else. Two kinds of steps qualify, and only if nothing rides along
 * that writes shared state or is judged:
 *
 * - Giving a lock back. Until then nobody else can take it, and taking it is all that depends on it; so a lock that some
 *   procedure tries does not qualify.
 * - Taking, trying or giving back a lock that no procedure of any other thread names. Nobody else can tell.
 *
 * Such a step changes the byte of one lock and its own thread. Whatever another thread does before it, it does after it as
 * well, on the same data: states that differ in who holds that lock alone. So verdicts stay, as long as a judge looks at
 * locks in two ways only: whether the stepping thread holds one, or, to judge more rather than less, whether nobody does.
 * Threads that wait for ever wait here too. Every state that is kept is left in all ways, and after so many steps in a row
 * the next state is kept whatever comes, so that no circle leaves a thread out for ever.
 *
 * Not done: symmetry, of devices or of threads that do the same, and clearing of dead locals. Which bytes hold a device's
 * number, and which local is read again, is known to bodies only; to guess it would be unsound. No two threads of one world
 * do the same so far.
 */
import { OP, type Table } from "../sim/link.ts";
import type { Machine, Root } from "../sim/step.ts";
import { callable } from "./coverage.ts";

const isLockOp = (kind: number) => kind >= OP.LOCK && kind <= OP.TRYLOCK;
const isRelease = (kind: number) => kind === OP.UNLOCK || kind === OP.READ_UNLOCK || kind === OP.WRITE_UNLOCK;

export class FirstMovers {
  readonly #table: Table;
  /** Locks that some thread tries. */
  readonly #tried = new Set<string>();
  /** Of each thread: locks that another one's procedures name. */
  readonly #common: readonly ReadonlySet<string>[];
  #isAlone = true;
  #hasBegun = false;

  constructor(table: Table, programs: readonly (readonly Root[])[]) {
    this.#table = table;
    const named = programs.map((program) => {
      const locks = new Set<string>();
      for (const proc of callable(table, [program])) {
        for (const op of table.procs[proc]?.ops ?? []) {
          if (isLockOp(op.kind)) locks.add(op.name);
          if (op.kind === OP.TRYLOCK) this.#tried.add(op.name);
        }
      }
      return locks;
    });
    this.#common = programs.map((_program, t) => new Set(named.flatMap((locks, u) => (u === t ? [] : [...locks]))));
  }

  /** Watches what comes with the step's first operation; hook it into the machine's observer. */
  readonly op = (_thread: number, proc: number, pc: number, visible: boolean): void => {
    const kind = this.#table.procs[proc]?.ops[pc]?.kind;
    // a group goes on with what others can tell
    if (kind === OP.GHOST || kind === OP.MOMENT || (visible && this.#hasBegun)) this.#isAlone = false;
    if (visible) this.#hasBegun = true;
  };

  /** Whether the thread's next step is of such a kind; what rides along is known when it was taken. */
  mayGoFirst<S, W>(machine: Machine<S, W>, thread: number): boolean {
    if (machine.outcomes(thread) !== 1) return false;
    const { kind, name } = machine.next(thread);
    if (!isLockOp(kind)) return false;
    this.#isAlone = true;
    this.#hasBegun = false;
    return !this.#common[thread]?.has(name) || (isRelease(kind) && !this.#tried.has(name));
  }

  /** Nothing rode along with the last step that another thread, or a judge, could tell. */
  wentAlone(): boolean {
    return this.#isAlone;
  }
}
