/** One design as a patch to another: procedure by procedure, the statements that go and the ones that come. */
import { type Design, readOptions } from "../kernel/design.ts";
import type { KernelState, World } from "../kernel/structs.ts";
import type { AnyProc, Node, Procs } from "../sim/proc.ts";
import { linux73 } from "./build.ts";

/** A statement that stays, goes or comes; `gap` stands for statements that stay and are left out. */
export interface PatchLine {
  readonly mark: " " | "-" | "+" | "gap";
  readonly depth: number;
  readonly text: string;
}

export interface ProcPatch {
  readonly name: string;
  readonly file: string;
  /** `changed`: both designs have it. */
  readonly how: "new" | "gone" | "changed";
  /** Where the new one comes from, as its source says; else the old one. */
  readonly note: string;
  /** Empty where the statements read alike and differ in what they do. */
  readonly lines: readonly PatchLine[];
}

interface Said {
  readonly depth: number;
  readonly text: string;
}

const CONTEXT = 2;

/** A statement's own words: locals keep their names where no thread stands. */
const words = (text: string) => text.replace(/\? \{\w+:yes\}$/, "?").replaceAll(/\{(\w+)(?::\w+)?\}/g, "$1");

function said(nodes: readonly Node<KernelState, never, World>[], depth = 0): Said[] {
  return nodes.flatMap((node): Said[] => {
    switch (node.kind) {
      case "ghost":
      case "moment":
        return [];
      case "goto":
        return [{ depth, text: `goto ${node.label}` }];
      case "label":
        return [{ depth: Math.max(0, depth - 1), text: `${node.label}:` }];
      case "if": {
        const own = node.text === "" ? [] : [{ depth, text: words(node.text) }];
        const more = node.otherwise.length > 0 ? [{ depth, text: "else" }, ...said(node.otherwise, depth + 1)] : [];
        return [...own, ...said(node.then, depth + 1), ...more];
      }
      case "each":
        return [...(node.text === "" ? [] : [{ depth, text: words(node.text) }]), ...said(node.body, depth + 1)];
      case "call": {
        const text = words(node.text);
        return [{ depth, text: text.includes(node.callee) ? text : `${text}: \`${node.callee}\`` }];
      }
      default:
        return node.text === "" ? [] : [{ depth, text: words(node.text) }];
    }
  });
}

/** What all statements of a body do, as their functions are written: some are made anew for each design. */
function doing(nodes: readonly unknown[]): string {
  return nodes
    .map((node) =>
      Object.values(Object(node) as object)
        .map((part: unknown) => {
          if (typeof part === "function") return part.toString();
          return Array.isArray(part) ? doing(part) : String(part);
        })
        .join("\n"),
    )
    .join("\n");
}

/** The longest common run of statements, then what goes and what comes around it. */
function difference(before: readonly Said[], after: readonly Said[]): PatchLine[] {
  const same = (a: Said | undefined, b: Said | undefined) => a?.text === b?.text && a?.depth === b?.depth;
  const longest = Array.from({ length: before.length + 1 }, () => Array.from({ length: after.length + 1 }, () => 0));
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = longest[i] as number[];
      row[j] = same(before[i], after[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: PatchLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, next] = [before[i], after[j]];
    if (old !== undefined && next !== undefined && same(old, next)) {
      lines.push({ mark: " ", ...old });
      i++;
      j++;
    } else if (old !== undefined && (next === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ mark: "-", ...old });
      i++;
    } else if (next !== undefined) {
      lines.push({ mark: "+", ...next });
      j++;
    }
  }
  return lines;
}

/** Leaves out what stays, but for a few statements around each change. */
function hunks(lines: readonly PatchLine[]): PatchLine[] {
  if (lines.every(({ mark }) => mark === " ")) return [];
  const near = lines.map((_line, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(({ mark }) => mark !== " "),
  );
  return lines.flatMap((line, i): PatchLine[] => {
    if (near[i]) return [line];
    return i > 0 && near[i - 1] === false ? [] : [{ mark: "gap", depth: 0, text: "" }];
  });
}

const procsOf = (design: Design): Procs<KernelState, World> =>
  Object.assign({}, ...linux73, design.procs(readOptions(design, {}))) as Procs<KernelState, World>;

/** Procedures in which two designs differ, with their default options, by file and name. */
export function patchBetween(from: Design, to: Design): ProcPatch[] {
  const [before, after] = [procsOf(from), procsOf(to)];
  const nodes = (proc: AnyProc<KernelState, World> | undefined) =>
    (proc?.body ?? []) as readonly Node<KernelState, never, World>[];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .flatMap((name): ProcPatch[] => {
      const [old, next] = [before[name], after[name]];
      if (old === next || (old === undefined && next === undefined)) return [];
      const lines = hunks(difference(said(nodes(old)), said(nodes(next))));
      if (lines.length === 0 && doing(nodes(old)) === doing(nodes(next))) return [];
      const { file, note = "" } = (next ?? old)?.source ?? { file: "" };
      const how = old === undefined ? "new" : next === undefined ? "gone" : "changed";
      return [{ name, file, note, how, lines }];
    })
    .toSorted((a, b) => order(a.file, b.file) || order(a.name, b.name));
}

const order = (a: string, b: string) => (a < b ? -1 : Number(a > b));
