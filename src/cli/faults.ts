/** `smmu faults`: Linux 7.3 broken in one place after the other, and which property notices. */
import { library } from "../scenarios/library/index.ts";
import { type Caught, faults, sow } from "../worker/faults.ts";
import { sizes } from "../worker/pairs.ts";
import { ascii, plain, wrap } from "../worker/reply/lines.ts";

/** Every fault, in the order of the list. */
export function sowAll(): Caught[] {
  const guess = sizes();
  const worlds = library.toSorted((a, b) => (guess[a.id] ?? 0) - (guess[b.id] ?? 0));
  const known = new Map<string, ReadonlySet<string>>();
  return faults.map((fault) => sow(fault, worlds, known));
}

/** One line a fault, and how many were noticed. */
export function faultsText(found: readonly Caught[]): string {
  const lines = found.flatMap(({ what, toggles, scenario, properties, missed }) => [
    wrap(ascii(plain(what)), 4, scenario === null ? "  . " : "  x "),
    ...toggles.map((word) => `      ${word}`),
    wrap(
      scenario === null
        ? `not noticed${missed === undefined ? "" : `: ${missed}`}`
        : `${properties.join(" ")} in ${scenario}`,
      8,
      "      ",
    ),
  ]);
  const caught = found.filter(({ scenario }) => scenario !== null).length;
  return [...lines, "", `${caught} of ${found.length} faults are noticed`].join("\n");
}
