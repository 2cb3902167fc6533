import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

// The house rules, checked on the text of every file: who may import whom, which words a room must not know, what the
// page must never do, and what may lie at the top. Tests may import anything and say any room's words.

/** What one room may import of ours. `only` and `except` name files of the other room. */
interface RoomImport {
  readonly room: string;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly typesOnly?: boolean;
}
interface RoomRule {
  readonly rooms: readonly RoomImport[];
  /** Names of packages; `node:` means every module of Node. */
  readonly packages: readonly string[];
}

const engine = [{ room: "kernel" }, { room: "hw" }, { room: "sim" }, { room: "scenarios" }, { room: "check" }];

const rules: Readonly<Record<string, RoomRule>> = {
  sim: { rooms: [], packages: [] },
  kernel: { rooms: [{ room: "sim" }, { room: "hw" }], packages: [] },
  hw: { rooms: [{ room: "sim" }, { room: "kernel" }], packages: [] },
  check: { rooms: [{ room: "sim" }], packages: [] },
  scenarios: { rooms: [{ room: "kernel" }, { room: "hw" }, { room: "sim" }], packages: ["valibot"] },
  worker: { rooms: engine, packages: ["valibot"] },
  // The command line uses what the worker uses, and those of its files that send no messages.
  cli: {
    rooms: [...engine, { room: "worker", except: ["worker.ts", "client.ts", "checker.ts", "check-client.ts"] }],
    packages: ["valibot", "node:"],
  },
  session: {
    rooms: [{ room: "worker", only: ["client.ts", "protocol.ts", "check-client.ts", "check-protocol.ts"] }],
    packages: ["zustand", "valibot"],
  },
  views: {
    rooms: [
      { room: "session" },
      { room: "ui" },
      { room: "worker", only: ["protocol.ts", "check-protocol.ts"], typesOnly: true },
    ],
    packages: ["react", "d3"],
  },
  ui: { rooms: [], packages: ["react"] },
  // Files directly in src: main.tsx.
  "": { rooms: [{ room: "views" }, { room: "session" }], packages: ["react", "react-dom"] },
};

/** Imports that break the rules and wait to be repaired, written as the fault is reported. Starts empty; only shrinks. */
const debts: readonly string[] = [];

const topLevel = [
  "package.json",
  "package-lock.json",
  "vite.config.ts",
  "index.html",
  "README.md",
  "src",
  "public",
  "e2e",
];

const pureRooms = ["kernel", "hw", "sim", "check", "scenarios"];
const roomsWithoutKernelWords = ["sim", "check", "ui"];

// --- Reading a file -------------------------------------------------------------------------------------------------

interface Token {
  readonly kind: "word" | "string" | "mark";
  readonly text: string;
  readonly start: number;
}

/**
 * Words, strings and marks of a TypeScript text, without comments and regular expressions. Code inside `${}` counts.
 * Text of JSX is read as code, so an apostrophe there may hide the rest of its line, never more.
 */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  /** Open braces inside each open `${`. */
  const templates: number[] = [];
  let at = 0;

  const template = () => {
    const start = at;
    while (at < text.length && text[at] !== "`") {
      if (text[at] === "\\") at += 2;
      else if (text.startsWith("${", at)) {
        tokens.push({ kind: "string", text: text.slice(start, at), start });
        at += 2;
        templates.push(0);
        return;
      } else at += 1;
    }
    tokens.push({ kind: "string", text: text.slice(start, at), start });
    at += 1;
  };

  while (at < text.length) {
    const rest = text.slice(at, at + 200);
    const skip = /^(?:\s+|\/\/[^\n]*)/.exec(rest)?.[0].length ?? 0;
    if (skip > 0) {
      at += skip;
      continue;
    }
    if (rest.startsWith("/*")) {
      const end = text.indexOf("*/", at + 2);
      at = end < 0 ? text.length : end + 2;
      continue;
    }
    const word = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(text.slice(at, at + 400))?.[0];
    if (word) {
      tokens.push({ kind: "word", text: word, start: at });
      at += word.length;
      continue;
    }
    const number = /^\d[\w.]*/.exec(rest)?.[0];
    if (number) {
      at += number.length;
      continue;
    }
    const line = text.slice(at, text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at));
    if (text[at] === '"' || text[at] === "'") {
      const quoted = /^(["'])((?:\\.|(?!\1).)*)\1?/.exec(line)!;
      tokens.push({ kind: "string", text: quoted[2], start: at });
      at += quoted[0].length;
      continue;
    }
    if (text[at] === "`") {
      at += 1;
      template();
      continue;
    }
    if (text[at] === "/") {
      const before = tokens.at(-1);
      const mayBeginPattern =
        !before || (before.kind === "mark" && "(,=:[!&|?{;".includes(before.text)) || before.text === "return";
      const pattern = mayBeginPattern && /^\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[])+\/[a-z]*/.exec(line)?.[0];
      if (pattern) {
        at += pattern.length;
        continue;
      }
    }
    if (templates.length > 0) {
      if (text[at] === "{") templates[templates.length - 1] += 1;
      if (text[at] === "}") {
        if (templates[templates.length - 1] === 0) {
          templates.pop();
          at += 1;
          template();
          continue;
        }
        templates[templates.length - 1] -= 1;
      }
    }
    tokens.push({ kind: "mark", text: text[at], start: at });
    at += 1;
  }
  return tokens;
}

interface Import {
  readonly from: string;
  readonly typesOnly: boolean;
}

/** Everything a file imports or re-exports, `import()` and `new URL("./file", import.meta.url)` among them. */
function importsOf(text: string): Import[] {
  const tokens = tokensOf(text);
  const imports: Import[] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const { kind, text: word } = tokens[i];
    const next = tokens[i + 1];
    const afterNext = tokens[i + 2];
    if (kind !== "word" || !next || tokens[i - 1]?.text === ".") continue;
    if (word === "import" && next.kind === "string") imports.push({ from: next.text, typesOnly: false });
    else if ((word === "import" || word === "URL") && next.text === "(" && afterNext?.kind === "string") {
      if (word === "import" || afterNext.text.startsWith(".")) imports.push({ from: afterNext.text, typesOnly: false });
    } else if (
      (word === "import" && next.text !== "(" && next.text !== ".") ||
      (word === "export" && isReexport(tokens, i))
    ) {
      const end = tokens.findIndex((token, j) => j > i && token.text === "from" && tokens[j + 1]?.kind === "string");
      if (end < 0) continue;
      imports.push({ from: tokens[end + 1].text, typesOnly: next.text === "type" });
      i = end + 1;
    }
  }
  return imports;
}

function isReexport(tokens: readonly Token[], at: number): boolean {
  const open = tokens[at + 1]?.text === "type" ? at + 2 : at + 1;
  if (tokens[open]?.text === "*") return true;
  if (tokens[open]?.text !== "{") return false;
  const close = tokens.findIndex((token, j) => j > open && token.text === "}");
  return close > 0 && tokens[close + 1]?.text === "from";
}

/** The words of an identifier, in small letters: `arm_smmuSte2` is arm, smmu, ste. */
function wordsOf(identifier: string): string[] {
  return identifier
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1_$2")
    .split(/[_$]+/)
    .flatMap((word) => [word, word.replace(/\d+$/, "")])
    .map((word) => word.toLowerCase());
}

// --- The rules ------------------------------------------------------------------------------------------------------

interface SourceFile {
  /** From src, with slashes: `kernel/iommu.ts`. */
  readonly path: string;
  readonly text: string;
}

const roomOf = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "");
const isTest = (path: string) => /\.test\.tsx?$/.test(path);
const isCode = (path: string) => /\.tsx?$/.test(path);

function packageAllowed(allowed: readonly string[], from: string): boolean {
  return allowed.some((name) =>
    name === "node:"
      ? from.startsWith("node:")
      : from === name || from.startsWith(`${name}/`) || (name === "d3" && from.startsWith("d3-")),
  );
}

function importFaults({ path, text }: SourceFile): string[] {
  if (!isCode(path) || isTest(path)) return [];
  const room = roomOf(path);
  const rule = rules[room];
  if (!rule) return [`${path}: no rule for the room ${room}`];
  return importsOf(text).flatMap(({ from, typesOnly }) => {
    const fault = `${path} imports ${from}`;
    if (!from.startsWith(".")) return packageAllowed(rule.packages, from) ? [] : [fault];
    const target = posix.join(posix.dirname(path), from);
    if (target.startsWith("..")) return [fault];
    const targetRoom = roomOf(target);
    if (targetRoom === room) return [];
    const file = target.slice(targetRoom.length + 1);
    const allowed = rule.rooms.some(
      (entry) =>
        entry.room === targetRoom &&
        (!entry.only || entry.only.includes(file)) &&
        !entry.except?.includes(file) &&
        (!entry.typesOnly || typesOnly),
    );
    return allowed ? [] : [fault];
  });
}

interface Ban {
  readonly what: string;
  readonly where: (path: string) => boolean;
  readonly found: (tokens: readonly Token[]) => boolean;
}

const inRooms = (rooms: readonly string[]) => (path: string) => rooms.includes(roomOf(path)) && !isTest(path);
const has = (test: (token: Token, i: number, all: readonly Token[]) => boolean) => (tokens: readonly Token[]) =>
  tokens.some(test);
const isWord = (token: Token | undefined, text: string) => token?.kind === "word" && token.text === text;
const named = (name: string) => has((token) => isWord(token, name));
const spelled = (word: string) => has((token) => token.kind === "word" && wordsOf(token.text).includes(word));

const bans: readonly Ban[] = [
  ...["react", "zustand", "d3"].map((word) => ({ what: word, where: inRooms(pureRooms), found: spelled(word) })),
  ...["window", "Date"].map((name) => ({ what: name, where: inRooms(pureRooms), found: named(name) })),
  {
    what: "Math.random",
    where: inRooms(pureRooms),
    found: has((token, i, all) => isWord(token, "random") && all[i - 1]?.text === "." && isWord(all[i - 2], "Math")),
  },
  ...["iommu", "smmu", "smmuv3", "pasid", "ste", "ats"].map((word) => ({
    what: word,
    where: inRooms(roomsWithoutKernelWords),
    found: spelled(word),
  })),
  {
    what: "postMessage",
    where: (path: string) => roomOf(path) !== "worker" && !isTest(path),
    found: named("postMessage"),
  },
  ...["dangerouslySetInnerHTML", "innerHTML", "outerHTML", "insertAdjacentHTML", "eval"].map((name) => ({
    what: name,
    where: () => true,
    found: named(name),
  })),
  {
    what: "new Function",
    where: () => true,
    found: has((token, i, all) => isWord(token, "Function") && (isWord(all[i - 1], "new") || all[i + 1]?.text === "(")),
  },
  {
    // The policy of the page forbids them. A formatted assignment has a space before its sign, an attribute has none.
    what: "style attribute",
    where: isCode,
    found: has(
      (token, i, all) =>
        (isWord(token, "style") && all[i + 1]?.text === "=" && all[i + 1].start === token.start + 5) ||
        (["attr", "setAttribute"].includes(token.text) && all[i + 1]?.text === "(" && isString(all[i + 2], "style")),
    ),
  },
];

function isString(token: Token | undefined, text: string): boolean {
  return token?.kind === "string" && token.text === text;
}

function banFaults({ path, text }: SourceFile): string[] {
  const tokens = tokensOf(text);
  return bans.filter((ban) => ban.where(path) && ban.found(tokens)).map((ban) => `${path} says ${ban.what}`);
}

function topLevelFaults(tracked: readonly string[]): string[] {
  const tops = new Set(tracked.map((path) => path.split("/")[0]));
  return [...tops]
    .filter((name) => !name.startsWith(".") && !topLevel.includes(name))
    .map((name) => `${name} lies at the top`);
}

// --- The house ------------------------------------------------------------------------------------------------------

const src = fileURLToPath(new URL(".", import.meta.url));

function sourceFiles(folder = ""): SourceFile[] {
  return readdirSync(join(src, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.(?:tsx?|css)$/.test(path) ? [{ path, text: readFileSync(join(src, path), "utf8") }] : [];
  });
}

function trackedFiles(): string[] {
  const root = join(src, "..");
  try {
    return execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", stdio: "pipe" })
      .split("\0")
      .filter(Boolean);
  } catch {
    // Not a checkout: what lies there, without what the tools make.
    return readdirSync(root).filter((name) => !["node_modules", "dist"].includes(name));
  }
}

describe("the house", () => {
  const files = sourceFiles();

  test("has this file in it", () => {
    expect(files.map((file) => file.path)).toContain("architecture.test.ts");
    expect(trackedFiles()).toContain("package.json");
  });
  test("imports only what the rules allow", () => {
    expect(files.flatMap(importFaults)).toEqual(debts);
  });
  test("says no banned word", () => {
    expect(files.flatMap(banFaults)).toEqual([]);
  });
  test("has nothing else at the top", () => {
    expect(topLevelFaults(trackedFiles())).toEqual([]);
  });
});

// --- The rules see what they are for --------------------------------------------------------------------------------

describe("an import is refused", () => {
  test.each([
    ["sim/run.ts", 'import { x } from "../kernel/iommu.ts";'],
    ["sim/run.ts", 'import * as v from "valibot";'],
    ["sim/run.ts", 'import { readFileSync } from "node:fs";'],
    ["kernel/iommu.ts", 'import { x } from "../check/explore.ts";'],
    ["kernel/designs/old.ts", 'import { x } from "../../scenarios/pci.ts";'],
    ["hw/ste.ts", 'import type { x } from "../scenarios/pci.ts";'],
    ["check/explore.ts", 'import {\n  x,\n  y,\n} from "../kernel/iommu.ts";'],
    ["scenarios/pci.ts", 'export { x } from "../check/explore.ts";'],
    ["scenarios/pci.ts", 'export * from "../worker/protocol.ts";'],
    ["worker/worker.ts", 'import "../session/store.ts";'],
    ["worker/worker.ts", 'const store = await import("../session/store.ts");'],
    ["cli/main.ts", 'import { x } from "../worker/client.ts";'],
    ["cli/main.ts", 'import { x } from "../session/store.ts";'],
    ["session/store.ts", 'import { x } from "../worker/engine.ts";'],
    ["session/store.ts", 'new Worker(new URL("../worker/worker.ts", import.meta.url));'],
    ["session/store.ts", 'import { x } from "../sim/run.ts";'],
    ["session/store.ts", 'import { useState } from "react";'],
    ["views/App.tsx", 'import { isReply } from "../worker/protocol.ts";'],
    ["views/App.tsx", 'import { type Reply } from "../worker/protocol.ts";'],
    ["views/App.tsx", 'import type { Client } from "../worker/client.ts";'],
    ["views/App.tsx", 'import type { Run } from "../sim/run.ts";'],
    ["views/App.tsx", 'import { create } from "zustand";'],
    ["ui/Button.tsx", 'import { x } from "../session/store.ts";'],
    ["ui/Button.tsx", 'import { select } from "d3";'],
    ["main.tsx", 'import { x } from "./sim/run.ts";'],
    ["sim/run.ts", 'import { x } from "../../e2e/browser.mjs";'],
    ["attic/old.ts", ""],
  ])("%s: %s", (path, text) => {
    expect(importFaults({ path, text })).toHaveLength(1);
  });
});

describe("an import is allowed", () => {
  test.each([
    ["kernel/iommu.ts", 'import { proc } from "../sim/proc.ts"; import { ste } from "../hw/ste.ts";'],
    ["kernel/designs/old.ts", 'import { x } from "../iommu.ts";'],
    ["hw/ste.ts", 'import type { x } from "../kernel/structs.ts";'],
    ["scenarios/pci.ts", 'import * as v from "valibot";'],
    ["cli/main.ts", 'import { readFileSync } from "node:fs"; import { x } from "../worker/engine.ts";'],
    ["session/store.ts", 'import { create } from "zustand"; import { x } from "../worker/client.ts";'],
    ["session/store.ts", 'import { shallow } from "zustand/shallow";'],
    ["views/App.tsx", 'import type { Reply } from "../worker/protocol.ts"; import { line } from "d3-shape";'],
    ["worker/client.ts", 'new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });'],
    ["main.tsx", 'import { createRoot } from "react-dom/client"; import { App } from "./views/App.tsx";'],
    ["sim/run.test.ts", 'import { x } from "../kernel/iommu.ts";'],
    ["sim/run.ts", 'const a = 1; export { a }; // import { x } from "../kernel/iommu.ts"\n/* import "react" */'],
    ["sim/run.ts", 'const help = `import "react"`; const more = \'import "react"\';'],
  ])("%s: %s", (path, text) => {
    expect(importFaults({ path, text })).toEqual([]);
  });
});

/** The ban, the file and its text. */
const banned: readonly (readonly [string, string, string])[] = [
  ["react", "kernel/iommu.ts", "const useReact = 1;"],
  ["zustand", "hw/ste.ts", "zustand();"],
  ["d3", "scenarios/pci.ts", "d3.line();"],
  ["window", "sim/run.ts", "window.x = 1;"],
  ["Date", "check/explore.ts", "const t = Date.now();"],
  ["Math.random", "kernel/iommu.ts", "const x = Math.random();"],
  ["iommu", "sim/run.ts", "const iommuGroup = 1;"],
  ["smmu", "check/explore.ts", "arm_smmu_attach();"],
  ["smmuv3", "sim/run.ts", "const smmuv3 = 1;"],
  ["pasid", "ui/Button.tsx", "const text = `${maxPasid2}`;"],
  ["pasid", "ui/table.css", ".pasid-row { color: red; }"],
  ["ste", "sim/layout.ts", "interface STETable {}"],
  ["ats", "sim/layout.ts", "a.ats_enabled = 1;"],
  ["postMessage", "session/store.ts", "worker.postMessage(1);"],
  ["dangerouslySetInnerHTML", "views/App.tsx", "<p dangerouslySetInnerHTML={x} />"],
  ["innerHTML", "views/App.tsx", "element.innerHTML = x;"],
  ["outerHTML", "views/App.tsx", "element.outerHTML = x;"],
  ["insertAdjacentHTML", "views/App.tsx", "element.insertAdjacentHTML(x, y);"],
  ["eval", "cli/main.ts", "globalThis.eval(x);"],
  ["new Function", "sim/proc.ts", "const f = new Function(x);"],
  ["style attribute", "views/App.tsx", "<p style={{ color }} />"],
  ["style attribute", "views/App.tsx", 'select(x).attr("style", y);'],
];

describe("a ban is kept", () => {
  test.each(banned)("%s in %s: %s", (what, path, text) => {
    expect(banFaults({ path, text })).toEqual([`${path} says ${what}`]);
  });

  test("every ban has an example", () => {
    expect(new Set(banned.map(([what]) => what))).toEqual(new Set(bans.map((ban) => ban.what)));
  });
});

describe("a ban spares", () => {
  test.each([
    ["sim/run.ts", "const stepIndex = 1; const state = step.status; const stats = format;"],
    ["sim/run.ts", "// the smmu reads its ste\n/* Date.now() */ const text = 'iommu' + \"pasid\" + `ats`;"],
    ["sim/run.ts", "const quotes = /[\"'`]/g; const update = 1;"],
    ["kernel/iommu.ts", "const windows = 1; const msi_window = 2; const pasid = 3; const x = Math.floor(1);"],
    ["worker/worker.ts", "self.postMessage(1);"],
    ["views/App.tsx", "const style = 1; const evaluate = (a: number) => a / 2 / 3;"],
    ["sim/run.test.ts", "const pasid = new Date();"],
  ])("%s: %s", (path, text) => {
    expect(banFaults({ path, text })).toEqual([]);
  });
});

test("a file at the top that nobody asked for is seen", () => {
  expect(topLevelFaults(["tsconfig.json", "src/main.tsx", ".ci/run", "docs/a.md"])).toEqual([
    "tsconfig.json lies at the top",
    "docs lies at the top",
  ]);
});

test("a word is found behind any string, comment or pattern", () => {
  const noise = fc.constantFrom(
    '"a\\"b"',
    "'it'",
    "`x${a + `y${b}`}z`",
    "// it's\n",
    "/* ` */",
    "(/[/'\"]/)",
    "a / b;",
    "{}",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(noise), (parts) => {
      expect(tokensOf(`${parts.join(" ")}\npasid`).at(-1)?.text).toBe("pasid");
      expect(tokensOf(parts.join(" ")).some((token) => isWord(token, "pasid"))).toBe(false);
    }),
  );
});
