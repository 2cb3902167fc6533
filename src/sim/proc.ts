/**
 * Procedures as data: what a body may say.
 *
 * A procedure is a list of nodes in the order of the function it models. `link.ts` lowers it to a flat table with
 * explicit program counters, `step.ts` interprets that table. Nothing here knows what is being modelled.
 *
 * A node is *visible* when it reads or writes shared state; its body is handed the state. All others ride along with the
 * visible node before them; their bodies get the thread's own locals and the constants of the world, never the state.
 * Two kinds are handed the state and still ride along, because no other body can see what they do: `ghost` writes fields
 * that only predicates read, and `moment` tells an observer that something worth judging happened.
 */

/** A thread's own variables. Every one is a signed byte: -128 to 127. */
export type Locals<V extends string> = { [K in V]: number };

/** Where the modelled function stands. */
export interface Source {
  readonly file: string;
  /** One sentence on what differs from it, where something does. */
  readonly note?: string;
}

export type Visible<S, L, W, R> = (s: S, l: L, w: W) => R;
export type Local<L, W, R> = (l: L, w: W) => R;

/** Which instance of a declared lock: its name and the index from 1. */
export interface LockNode<L, W> {
  readonly kind: "lock" | "unlock" | "read_lock" | "read_unlock" | "write_lock" | "write_unlock";
  readonly id: string;
  readonly text: string;
  readonly lock: string;
  readonly index: Local<L, W, number>;
}

// biome-ignore format: one line a kind
export type Node<S, L, W> =
  | { readonly kind: "step"; readonly id: string; readonly text: string; readonly run: Visible<S, L, W, void> }
  | { readonly kind: "wait"; readonly id: string; readonly text: string; readonly ready: Visible<S, L, W, boolean>; readonly run: Visible<S, L, W, void>; readonly how: "sleeps" | "polls" | "rests" }
  | { readonly kind: "local"; readonly id: string; readonly text: string; readonly run: Local<L, W, void> }
  | { readonly kind: "ghost"; readonly id: string; readonly run: Visible<S, L, W, void> }
  | { readonly kind: "moment"; readonly id: string; readonly name: string; readonly args: Local<L, W, readonly number[]> }
  | { readonly kind: "if"; readonly id: string; readonly text: string; readonly visible: true; readonly test: Visible<S, L, W, boolean>; readonly then: readonly Node<S, L, W>[]; readonly otherwise: readonly Node<S, L, W>[] }
  | { readonly kind: "if"; readonly id: string; readonly text: string; readonly visible: false; readonly test: Local<L, W, boolean>; readonly then: readonly Node<S, L, W>[]; readonly otherwise: readonly Node<S, L, W>[] }
  | { readonly kind: "each"; readonly id: string; readonly text: string; readonly variable: keyof L & string; readonly visible: true; readonly next: Visible<S, L, W, number>; readonly body: readonly Node<S, L, W>[] }
  | { readonly kind: "each"; readonly id: string; readonly text: string; readonly variable: keyof L & string; readonly visible: false; readonly next: Local<L, W, number>; readonly body: readonly Node<S, L, W>[] }
  | { readonly kind: "call"; readonly id: string; readonly text: string; readonly callee: string; readonly args: Local<L, W, readonly number[]>; readonly into: (keyof L & string) | null }
  | { readonly kind: "virtual"; readonly id: string; readonly text: string; readonly callees: readonly string[]; readonly pick: Visible<S, L, W, string | null>; readonly args: Local<L, W, readonly number[]>; readonly into: (keyof L & string) | null }
  | { readonly kind: "choose"; readonly id: string; readonly text: string; readonly labels: readonly string[]; readonly possible: Local<L, W, boolean>; readonly open: Visible<S, L, W, boolean>; readonly took: Visible<S, L, W, void>; readonly into: keyof L & string }
  | { readonly kind: "trylock"; readonly id: string; readonly text: string; readonly lock: string; readonly index: Local<L, W, number>; readonly into: keyof L & string }
  | { readonly kind: "warn"; readonly id: string; readonly text: string; readonly site: string }
  | { readonly kind: "return"; readonly id: string; readonly text: string; readonly value: Local<L, W, number> }
  | { readonly kind: "goto"; readonly id: string; readonly label: string }
  | { readonly kind: "label"; readonly id: string; readonly label: string }
  | LockNode<L, W>;

/** A procedure. `V` are its parameters and variables; the first `arity` of them are set by the caller, the rest start at 0. */
export interface Proc<S, W, V extends string = string> {
  readonly name: string;
  readonly source: Source;
  readonly arity: number;
  readonly variables: readonly V[];
  /** It returns nothing: no errno is shown for it. */
  readonly isVoid: boolean;
  /** A group: a machine may make one step of all that is visible in it, see `atomic`. */
  readonly isAtomic: boolean;
  readonly body: readonly Node<S, Locals<V>, W>[];
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds procedures with different locals; link.ts checks the names
export type AnyProc<S, W> = Proc<S, W, any>;

/** Procedures by name. */
export type Procs<S, W> = Readonly<Record<string, AnyProc<S, W>>>;

/** The vocabulary of a body. Each method makes one node; `id` names a statement that a patch may refer to. */
export class Builder<S, W, V extends string> {
  /** A visible statement. */
  step(text: string, run: Visible<S, Locals<V>, W, void>, id = ""): Node<S, Locals<V>, W> {
    return { kind: "step", id, text, run };
  }
  /** Sleeps until something holds (`wait_event`); whoever makes it hold lets the thread go on, with `run` in the same step. */
  wait(
    text: string,
    ready: Visible<S, Locals<V>, W, boolean>,
    run: Visible<S, Locals<V>, W, void> = () => {},
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "wait", id, text, ready, run, how: "sleeps" };
  }
  /** The same without sleeping: the thread looks again and again. */
  poll(
    text: string,
    ready: Visible<S, Locals<V>, W, boolean>,
    run: Visible<S, Locals<V>, W, void> = () => {},
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "wait", id, text, ready, run, how: "polls" };
  }
  /** The same where a thread may rest for ever: a server that nobody needs any more is not stuck. */
  rest(
    text: string,
    ready: Visible<S, Locals<V>, W, boolean>,
    run: Visible<S, Locals<V>, W, void> = () => {},
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "wait", id, text, ready, run, how: "rests" };
  }
  /** A statement on locals only; without text it is not listed. */
  local(text: string, run: Local<Locals<V>, W, void>, id = ""): Node<S, Locals<V>, W> {
    return { kind: "local", id, text, run };
  }
  /** Writes ghost fields; no other body may read them. */
  ghost(run: Visible<S, Locals<V>, W, void>): Node<S, Locals<V>, W> {
    return { kind: "ghost", id: "", run };
  }
  /** Tells the observer that something worth judging happened here. */
  moment(name: string, args: Local<Locals<V>, W, readonly number[]>): Node<S, Locals<V>, W> {
    return { kind: "moment", id: "", name, args };
  }
  /** A decision on shared state. */
  if(
    text: string,
    test: Visible<S, Locals<V>, W, boolean>,
    body: readonly Node<S, Locals<V>, W>[],
    otherwise: readonly Node<S, Locals<V>, W>[] = [],
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "if", id, text, visible: true, test, then: body, otherwise };
  }
  /** A decision on locals and constants. */
  when(
    text: string,
    test: Local<Locals<V>, W, boolean>,
    body: readonly Node<S, Locals<V>, W>[],
    otherwise: readonly Node<S, Locals<V>, W>[] = [],
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "if", id, text, visible: false, test, then: body, otherwise };
  }
  /** A loop over a constant list: `next` returns what follows the variable's value (0 at the start), 0 at the end. */
  each(
    text: string,
    variable: V,
    next: Local<Locals<V>, W, number>,
    body: readonly Node<S, Locals<V>, W>[],
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "each", id, text, variable, visible: false, next, body };
  }
  /** A loop over a list in shared state: finding the next element is a visible statement. */
  scan(
    text: string,
    variable: V,
    next: Visible<S, Locals<V>, W, number>,
    body: readonly Node<S, Locals<V>, W>[],
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "each", id, text, variable, visible: true, next, body };
  }
  /** Calls a procedure of the table by name; rides along. */
  call(
    callee: string,
    args: Local<Locals<V>, W, readonly number[]>,
    into: V | null = null,
    text = `\`${callee}\``,
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "call", id, text, callee, args, into };
  }
  /** A call through a pointer in shared state: visible. `pick` returns null for a NULL or freed object, an oops. */
  virtual(
    text: string,
    callees: readonly string[],
    pick: Visible<S, Locals<V>, W, string | null>,
    args: Local<Locals<V>, W, readonly number[]>,
    into: V | null = null,
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "virtual", id, text, callees, pick, args, into };
  }
  /** A look through NULL or at a freed object: an oops, which ends the thread. */
  oops(text: string): Node<S, Locals<V>, W> {
    return this.virtual(
      text,
      [],
      () => null,
      () => [],
    );
  }
  /**
   * Something that may fail. Where the world says it cannot (`possible`), the statement rides along with outcome 0.
   * Where it can, it is visible and offers all labels while `open` holds, else the first; `took` notes an outcome > 0.
   */
  choose(
    text: string,
    labels: readonly string[],
    possible: Local<Locals<V>, W, boolean>,
    open: Visible<S, Locals<V>, W, boolean>,
    took: Visible<S, Locals<V>, W, void>,
    into: V,
    id = "",
  ): Node<S, Locals<V>, W> {
    return { kind: "choose", id, text, labels, possible, open, took, into };
  }
  /** Takes a lock, waiting while somebody else holds it; any waiter may win. */
  lock(lock: string, index: Local<Locals<V>, W, number>, text: string, id = ""): Node<S, Locals<V>, W> {
    return { kind: "lock", id, text, lock, index };
  }
  unlock(lock: string, index: Local<Locals<V>, W, number>, text: string, id = ""): Node<S, Locals<V>, W> {
    return { kind: "unlock", id, text, lock, index };
  }
  readLock(lock: string, index: Local<Locals<V>, W, number>, text: string): Node<S, Locals<V>, W> {
    return { kind: "read_lock", id: "", text, lock, index };
  }
  readUnlock(lock: string, index: Local<Locals<V>, W, number>, text: string): Node<S, Locals<V>, W> {
    return { kind: "read_unlock", id: "", text, lock, index };
  }
  writeLock(lock: string, index: Local<Locals<V>, W, number>, text: string): Node<S, Locals<V>, W> {
    return { kind: "write_lock", id: "", text, lock, index };
  }
  writeUnlock(lock: string, index: Local<Locals<V>, W, number>, text: string): Node<S, Locals<V>, W> {
    return { kind: "write_unlock", id: "", text, lock, index };
  }
  /** Sets `into` to 1 with the lock taken, or to 0 at once. */
  trylock(lock: string, index: Local<Locals<V>, W, number>, into: V, text: string): Node<S, Locals<V>, W> {
    return { kind: "trylock", id: "", text, lock, index, into };
  }
  /** A WARN, when the condition on locals holds: sets the named bit. Takes no step when it does not fire. */
  warnOn(
    site: string,
    text: string,
    test: Local<Locals<V>, W, boolean>,
    then: readonly Node<S, Locals<V>, W>[] = [],
    id = "",
  ): Node<S, Locals<V>, W> {
    return this.when(
      `WARN_ON: ${text}?`,
      test,
      [{ kind: "warn", id: "", text: `WARN: ${text}`, site }, ...then],
      [],
      id,
    );
  }
  /** A WARN on shared state: looking is a visible statement. */
  warnIf(
    site: string,
    text: string,
    test: Visible<S, Locals<V>, W, boolean>,
    then: readonly Node<S, Locals<V>, W>[] = [],
    id = "",
  ): Node<S, Locals<V>, W> {
    return this.if(`WARN_ON: ${text}?`, test, [{ kind: "warn", id: "", text: `WARN: ${text}`, site }, ...then], [], id);
  }
  /** Leaves the procedure. */
  return(value: number | Local<Locals<V>, W, number>, text: string, id = ""): Node<S, Locals<V>, W> {
    return { kind: "return", id, text, value: typeof value === "number" ? () => value : value };
  }
  /** Jumps to a label of the same procedure, where the modelled function unwinds. */
  goto(label: string): Node<S, Locals<V>, W> {
    return { kind: "goto", id: "", label };
  }
  label(label: string): Node<S, Locals<V>, W> {
    return { kind: "label", id: "", label };
  }
}

/**
 * Makes `define`, with the state and world types of one model fixed.
 *
 * `define(name, source, parameters, variables, body)` makes a procedure. A name that ends in `: void` returns nothing.
 */
export function vocabulary<S, W>() {
  function define<const P extends string, const V extends string>(
    name: string,
    source: Source,
    parameters: readonly P[],
    variables: readonly V[],
    body: (b: Builder<S, W, P | V>) => readonly Node<S, Locals<P | V>, W>[],
  ): Proc<S, W, P | V> {
    const isVoid = name.endsWith(": void");
    return {
      name: isVoid ? name.slice(0, -6) : name,
      source,
      arity: parameters.length,
      variables: [...parameters, ...variables],
      isVoid,
      isAtomic: false,
      body: body(new Builder<S, W, P | V>()),
    };
  }
  return define;
}

/**
 * Marks a procedure as a group. A machine that does not split groups makes a step from the first visible statement in it
 * to its return, whatever it calls, so that no other thread comes in between. Where a statement inside would wait or has
 * more than one outcome, the step ends before it. A machine that splits groups takes the mark for nothing.
 */
export const atomic = <S, W, V extends string>(proc: Proc<S, W, V>): Proc<S, W, V> => ({ ...proc, isAtomic: true });

/** One change of a patch: nodes before, after or instead of the statement that carries the id. */
export interface Edit<S, L, W> {
  readonly at: string;
  readonly how: "before" | "after" | "instead";
  readonly nodes: readonly Node<S, L, W>[];
}

/**
 * A procedure that differs from another in a few statements, so that a variant reads like a patch.
 *
 * Every edit must find its statement, exactly once; a patch that no longer applies throws when the model is built.
 * `more` adds variables.
 */
export function patch<S, W, V extends string, const M extends string = never>(
  base: Proc<S, W, V>,
  source: Source,
  edits: (b: Builder<S, W, V | M>) => readonly Edit<S, Locals<V | M>, W>[],
  more: readonly M[] = [],
): Proc<S, W, V | M> {
  type N = Node<S, Locals<V | M>, W>;
  let body = base.body as unknown as readonly N[];
  for (const edit of edits(new Builder<S, W, V | M>())) {
    let found = 0;
    const walk = (nodes: readonly N[]): N[] =>
      nodes.flatMap((node): N[] => {
        if (node.id === edit.at) {
          found++;
          if (edit.how === "instead") return [...edit.nodes];
          return edit.how === "before" ? [...edit.nodes, node] : [node, ...edit.nodes];
        }
        if (node.kind === "if") return [{ ...node, then: walk(node.then), otherwise: walk(node.otherwise) } as N];
        if (node.kind === "each") return [{ ...node, body: walk(node.body) } as N];
        return [node];
      });
    body = walk(body);
    if (found !== 1) throw new Error(`patch of ${base.name}: statement "${edit.at}" found ${found} times, not once`);
  }
  return { ...base, source, variables: [...base.variables, ...more], body };
}
