/**
 * `smmu check` of the whole library on several cores: each process checks its part of the pairs, and what they found is put
 * together in the order of the pairs. One search stays on one core.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Checked } from "../worker/check.ts";
import { type Answer, answer } from "./command.ts";

/** More would wait for memory, not for a core. */
const MOST = 8;

/** The value of a flag, as `--flag VALUE` or `--flag=VALUE`. */
function valueOf(argv: readonly string[], flag: string): string | undefined {
  const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = argv[at];
  return word === flag ? argv[at + 1] : word?.slice(flag.length + 1);
}

/** How many processes a call is worth: one unless it checks the whole library. */
export function processesFor(argv: readonly string[]): number {
  if (argv[0] !== "check" || (valueOf(argv, "--scenario") ?? "all") !== "all") return 1;
  if (["--against", "--part", "--help"].some((flag) => valueOf(argv, flag) !== undefined)) return 1;
  const wanted = Number(valueOf(argv, "--workers") ?? Math.min(availableParallelism(), MOST));
  return Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST ? wanted : 1;
}

/** One part, checked by a process of its own; null if that did not work out, for whatever reason. */
async function part(argv: readonly string[], i: number, of: number): Promise<readonly Checked[] | null> {
  const main = process.argv[1];
  if (main === undefined) return null;
  const rest = argv.slice(1).filter((word) => word !== "--json");
  // only what is found is wanted of a part: how it is said, and what is expected, is the business of the whole
  const expect = rest.indexOf("--expect");
  if (expect >= 0) rest.splice(expect, 2);
  const words = [...process.execArgv, main, "check", ...rest, "--json", "--part", `${i}/${of}`];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  const status = await new Promise((ended) => {
    child.on("error", () => ended(null)).on("close", ended);
  });
  if (status !== 0) return null;
  try {
    return JSON.parse(out) as readonly Checked[];
  } catch {
    return null;
  }
}

/** Answers a call, on several cores where that is worth it. What it prints does not depend on their number. */
export async function answerOnCores(argv: readonly string[]): Promise<Answer> {
  const processes = processesFor(argv);
  if (processes === 1) return answer(argv);
  const parts = await Promise.all(Array.from({ length: processes }, (_x, i) => part(argv, i + 1, processes)));
  // a mistake in the call is told best by the call itself
  if (parts.includes(null)) return answer(argv);
  const rows: Checked[] = [];
  const longest = Math.max(...parts.map((found) => found?.length ?? 0));
  for (let i = 0; i < longest; i++) for (const found of parts) rows.push(...(found?.slice(i, i + 1) ?? []));
  return answer(argv, rows);
}
