/** `smmu statements`: the statements of a procedure, with the words that drop, force or move them. */
import { procsOf } from "../scenarios/build.ts";
import { type Toggleable, toggleables } from "../scenarios/toggles.ts";
import { ascii, plain, wrap } from "../worker/reply/lines.ts";
import { variantsOf } from "./check.ts";
import { Refused } from "./refused.ts";

/** Throws a CheckError, a ScenarioError or a Refused, each with one sentence. */
export function statements(procedure: string, design: string): Toggleable[] {
  const [variant, ...more] = variantsOf(design);
  if (variant === undefined || more.length > 0) throw new Refused("statements takes one design.");
  const procs = procsOf(variant.design, variant.options);
  if (procs[procedure] === undefined) {
    const near = Object.keys(procs).filter((name) => name.includes(procedure));
    throw new Refused(
      `${variant.design.id} has no procedure "${procedure}"${near.length > 0 ? `; near: ${near.join(", ")}` : ""}.`,
    );
  }
  return toggleables(procs, procedure);
}

/** One statement after the other, each with its words. */
export function statementsText(found: readonly Toggleable[]): string {
  return found
    .map(({ text, depth, drop, always, up, down }) => {
      const words = [drop, always, up, down].filter((word) => word !== undefined);
      const indent = 2 * Math.min(depth, 6);
      return [wrap(" ".repeat(indent) + ascii(plain(text)), indent + 2), ...words.map((word) => `        ${word}`)];
    })
    .flat()
    .join("\n");
}
