/** `smmu checks`: the twelve checks of the test_dev patch, each played in both kernels, as a table of 72 columns. */
import { meetAll } from "../scenarios/checks.ts";
import { ascii, COLUMNS, cell, plain, wrap } from "../worker/reply/lines.ts";

/** What a program reads. */
export const checksJson = (): object => meetAll();

const NUMBER = 4;
const ERRNO = 13;
const ABOUT = COLUMNS - NUMBER - 2 * ERRNO;
const LABEL = NUMBER + 13;

/** A row of the table: what is asked is wrapped in its column, the errnos stand beside its first line. */
function row(number: string, about: string, before: string, after: string): string[] {
  const [first = "", ...more] = cell(ascii(plain(about)), ABOUT - 1);
  const head = `${number.padStart(NUMBER - 2).padEnd(NUMBER)}${first.padEnd(ABOUT)}${before.padEnd(ERRNO)}${after}`;
  return [head, ...more.map((line) => " ".repeat(NUMBER) + line)];
}

const labelled = (label: string, text: string) =>
  wrap(ascii(plain(text)), LABEL, (" ".repeat(NUMBER) + label).padEnd(LABEL));

/** The table; below each row where the check stands, what is left there, who decided, and the two links. */
export function checksText(): string {
  const all = meetAll();
  const [first] = all;
  if (first === undefined) return "";
  const { before, after } = first.runs;
  const lines = [
    wrap(
      `The twelve checks of arm_smmu_domain_test_dev, in the order of the patch. Each is answered by a run: in ${before.design.id} the attach answers, in ${after.design.id} the test.`,
    ),
    "",
    ...row("#", "check", before.design.id, after.design.id),
  ];
  all.forEach(({ about, note, runs, ...check }, i) => {
    lines.push("", ...row(String(i + 1), about, runs.before.errno, runs.after.errno));
    lines.push(labelled("stands in", check.before), labelled("left there", check.after));
    for (const { design, decided, link } of [runs.before, runs.after])
      lines.push(labelled(design.id, `${decided} decides`), " ".repeat(LABEL) + link);
    if (note !== undefined) lines.push(labelled("note", note));
  });
  return lines.join("\n");
}
