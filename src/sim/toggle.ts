/**
 * A procedure with one of its statements taken away, forced or moved: would that line have made the difference?
 *
 * Statements are named so that a name outlives changes elsewhere in the procedure: by their id where they have one, else
 * by what they say, hashed, after a digit that counts those that say the same. All names of a procedure are those of the
 * procedure as it was written, whatever was changed before.
 *
 * What is taken away stays in the listing, as a statement without effect that says so. A lock goes with its unlocks. What
 * records or judges (ghosts, moments) is no statement, and stays.
 */
import { fingerprint } from "./diff.ts";
import type { AnyProc, Node } from "./proc.ts";

/** One change of a procedure. `always`: the statement's condition is taken for true. */
export type Change =
  | { readonly how: "drop" | "always"; readonly at: string }
  | { readonly how: "before" | "after"; readonly at: string; readonly other: string };

export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly depth: number;
  /** What makes sense for it by itself. */
  readonly hows: readonly ("drop" | "always")[];
  /** Names of what stands before and after it in the same block; empty at its ends. */
  readonly previous: string;
  readonly following: string;
}

/** The procedure has no such statement, or it cannot be changed like that: one sentence without its end. */
export class ToggleError extends Error {}

// biome-ignore lint/suspicious/noExplicitAny: statements of any procedure
type Any = Node<any, any, any>;

/** A statement with what is inside it, to be changed before it becomes a node again. */
interface Part {
  readonly name: string;
  readonly node: Any;
  readonly blocks: Part[][];
}

const textOf = (node: Any): string => ("text" in node ? node.text : "");

const isStatement = (node: Any): boolean =>
  textOf(node) !== "" && node.kind !== "ghost" && node.kind !== "moment" && node.kind !== "label";

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Five characters of what a statement says. */
function hashOf(text: string): string {
  let [rest] = fingerprint(Uint8Array.from(text, (char) => char.charCodeAt(0)));
  let word = "";
  for (let i = 0; i < 5; i++) {
    word += LETTERS[rest % 36];
    rest = Math.floor(rest / 36);
  }
  return word;
}

function partsOf(nodes: readonly Any[], seen: Map<string, number>): Part[] {
  return nodes.map((node): Part => {
    let name = "";
    if (isStatement(node)) {
      name = node.id;
      if (name === "") {
        const hash = hashOf(`${node.kind} ${textOf(node)}`);
        const count = (seen.get(hash) ?? 0) + 1;
        seen.set(hash, count);
        name = `${count}${hash}`;
      }
    }
    const blocks =
      node.kind === "if"
        ? [partsOf(node.then, seen), partsOf(node.otherwise, seen)]
        : node.kind === "each"
          ? [partsOf(node.body, seen)]
          : [];
    return { name, node, blocks };
  });
}

const nodesOf = (parts: readonly Part[]): Any[] =>
  parts.map(({ node, blocks }): Any => {
    if (node.kind === "if") return { ...node, then: nodesOf(blocks[0] ?? []), otherwise: nodesOf(blocks[1] ?? []) };
    return node.kind === "each" ? { ...node, body: nodesOf(blocks[0] ?? []) } : node;
  });

const ignore = () => {};

/** What is left of a statement in the listing. */
const trace = (word: string, { name, node }: Part): Part => ({
  name,
  node: { kind: "local", id: "", text: `${word}: ${textOf(node)}`, run: ignore },
  blocks: [],
});

function find(parts: Part[], name: string): { readonly block: Part[]; readonly i: number } | null {
  for (const [i, part] of parts.entries()) {
    if (part.name === name && name !== "") return { block: parts, i };
    for (const block of part.blocks) {
      const found = find(block, name);
      if (found !== null) return found;
    }
  }
  return null;
}

const isUnlockOf = (lock: Part) => {
  const of = lock.node;
  return ({ node }: Part) =>
    "lock" in of &&
    "lock" in node &&
    node.lock === of.lock &&
    node.kind.endsWith("unlock") &&
    !of.kind.endsWith("unlock");
};

function dropAll(parts: Part[], which: (part: Part) => boolean): void {
  for (const [i, part] of parts.entries()) {
    if (which(part)) parts[i] = trace("dropped", part);
    else for (const block of part.blocks) dropAll(block, which);
  }
}

function change(body: Part[], { at, ...rest }: Change): void {
  const found = find(body, at);
  if (found === null) throw new ToggleError(`there is no statement "${at}"`);
  const { block, i } = found;
  const part = block[i] as Part;
  switch (rest.how) {
    case "drop":
      if (part.node.kind === "trylock") throw new ToggleError("a lock that is tried cannot be dropped");
      // what a decision does if it fails is all that is left of it
      block.splice(i, 1, trace("dropped", part), ...(part.blocks[1] ?? []));
      dropAll(body, isUnlockOf(part));
      break;
    case "always":
      if (part.node.kind !== "if") throw new ToggleError(`"${at}" is no condition`);
      block.splice(i, 1, trace("always", part), ...(part.blocks[0] ?? []));
      break;
    default: {
      block.splice(i, 1);
      const to = find(body, rest.other);
      if (to === null) throw new ToggleError(`there is no statement "${rest.other}" to move "${at}" to`);
      to.block.splice(rest.how === "before" ? to.i : to.i + 1, 0, part);
    }
  }
}

/** The procedure with these changes, one after the other. Throws a ToggleError for one that does not fit. */
export function changed<S, W>(proc: AnyProc<S, W>, changes: readonly Change[]): AnyProc<S, W> {
  const body = partsOf(proc.body, new Map());
  for (const one of changes) change(body, one);
  return { ...proc, body: nodesOf(body) };
}

/** A statement of a changed procedure: its name in the procedure as it was written, and what became of it. */
export interface Left {
  readonly name: string;
  readonly is: "" | "dropped" | "always" | "moved";
  /** Names of what stands before and after it in the same block now; empty at its ends. */
  readonly previous: string;
  readonly following: string;
}

/** The statements of a procedure after these changes, in the order in which a listing has them. */
export function leftOf<S, W>(proc: AnyProc<S, W>, changes: readonly Change[]): Left[] {
  const body = partsOf(proc.body, new Map());
  const moved = new Set(changes.flatMap((one) => ("other" in one ? [one.at] : [])));
  const written = new Map<string, Any>();
  const note = (parts: readonly Part[]) => {
    for (const { name, node, blocks } of parts) {
      written.set(name, node);
      for (const block of blocks) note(block);
    }
  };
  note(body);
  for (const one of changes) change(body, one);
  const left: Left[] = [];
  const walk = (parts: readonly Part[]) => {
    const named = parts.filter(({ name }) => name !== "");
    for (const { name, node, blocks } of parts) {
      if (name !== "") {
        const i = named.findIndex((part) => part.name === name);
        const now = textOf(node);
        const first = written.get(name);
        const was = first === undefined ? now : textOf(first);
        const is = now === was ? (moved.has(name) ? "moved" : "") : now.startsWith("dropped: ") ? "dropped" : "always";
        left.push({ name, is, previous: named[i - 1]?.name ?? "", following: named[i + 1]?.name ?? "" });
      }
      for (const block of blocks) walk(block);
    }
  };
  walk(body);
  return left;
}

/** The statements of a procedure in its order. */
export function statementsOf<S, W>(proc: AnyProc<S, W>): Statement[] {
  const found: Statement[] = [];
  const walk = (parts: readonly Part[], depth: number) => {
    const named = parts.filter(({ name }) => name !== "");
    for (const { name, node, blocks } of parts) {
      const i = named.findIndex((part) => part.name === name);
      if (name !== "") {
        found.push({
          name,
          text: textOf(node),
          depth,
          hows: node.kind === "if" ? ["drop", "always"] : node.kind === "trylock" ? [] : ["drop"],
          previous: named[i - 1]?.name ?? "",
          following: named[i + 1]?.name ?? "",
        });
      }
      for (const block of blocks) walk(block, depth + 1);
    }
  };
  walk(partsOf(proc.body, new Map()), 0);
  return found;
}
