/**
 * Why a call was refused: the check that its errno goes back to, in the words of the statement that decided.
 *
 * Callers hand an errno up, often several steps after it was made. The errno's origin is the first procedure of a chain
 * that returned it, and what decided is the last check that this procedure made before.
 */
import { type LinkedProc, OP } from "../sim/link.ts";
import type { Trace } from "./play.ts";

/** What a thread did in one step; 0 for what rode along before the first. */
export interface Ran {
  readonly step: number;
  readonly trace: readonly Trace[];
}

export interface Cause {
  /** The procedure that decided. */
  readonly proc: string;
  readonly step: number;
  /** "is `group->domain` some caller's own domain? yes" */
  readonly check: string;
  /** The statement whose outcome the check asks about, for one that says no more than "is it empty? yes". */
  readonly about: string;
}

/** One call of a procedure: its last check, and the statement before that. */
interface Activation {
  readonly proc: number;
  statement: string;
  last: Cause | null;
}

/** A check that speaks of the statement before it, and says nothing alone. */
const leansBack = (check: string) => /\bit\b|^(out of memory|no CD|incompatible)\b/.test(check);

/** The check behind the last errno that a thread's procedures returned, from everything that the thread did. */
export function causeOf(procs: readonly LinkedProc[], ran: readonly Ran[]): Cause | null {
  const nameOf = (proc: number) => procs[proc]?.name ?? "";
  const stack: Activation[] = [];
  let origin = null as { readonly value: number; readonly cause: Cause | null } | null;
  for (const { step, trace } of ran) {
    for (const item of trace) {
      const top = stack.at(-1);
      if (item.kind === "call") {
        // an operation's own outermost call: what the one before it ran into is over, unless that is what was asked for
        if (top === undefined) {
          if (origin !== null && step === ran.at(-1)?.step) return origin.cause;
          origin = null;
        }
        stack.push({ proc: item.proc, statement: "", last: null });
      } else if (item.kind === "op" && top !== undefined) {
        const kind = procs[item.proc]?.ops[item.pc]?.kind;
        const said = item.text + item.answer;
        // what is not listed decides nothing that a reader could see
        if (item.text === "") continue;
        if (kind === OP.BRANCH_VISIBLE || kind === OP.BRANCH_LOCAL) {
          // after a trylock "is it taken? yes" would only repeat what the lock answered
          const repeats = leansBack(said) && top.last?.check === top.statement;
          const about = leansBack(said) ? top.statement : "";
          if (!repeats) top.last = { proc: nameOf(item.proc), step, check: said, about };
        } else if (item.visible || kind === OP.CHOOSE) {
          top.statement = said;
          if (kind === OP.TRYLOCK) top.last = { proc: nameOf(item.proc), step, check: said, about: "" };
        }
      } else if (item.kind === "return") {
        const done = stack.pop();
        const caller = stack.at(-1);
        // "no CD?" asks about what the callee did last
        if (caller !== undefined && done !== undefined && done.statement !== "") caller.statement = done.statement;
        if (item.value >= 0 || procs[item.proc]?.isVoid) continue;
        if (origin?.value !== item.value) origin = { value: item.value, cause: done?.last ?? null };
      }
    }
  }
  return origin?.cause ?? null;
}

/**
 * How a sentence goes on after "`proc` returns `-EINVAL`": what decided, and where and when, if that was not here and now.
 * Nothing where the statement says so itself.
 */
export function because(cause: Cause | null, now: { step: number; text: string; proc: string; errno: string }): string {
  if (cause === null || cause.check === now.text) return "";
  if (cause.step === now.step) return now.text.endsWith(now.errno) ? "" : `: ${cause.check}`;
  const check = cause.about === "" ? cause.check : `${cause.about}; ${cause.check}`;
  const by = cause.proc === now.proc ? "" : ` by \`${cause.proc}\``;
  return `, decided ${cause.step === 0 ? "before the first step" : `at step ${cause.step}`}${by}: ${check}`;
}
