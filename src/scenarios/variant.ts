/**
 * A reviewer's own variant of a design, as a small file: what it is based on, its options, and what is toggled.
 *
 *     { "title": "no fence", "base": "linux-7.3", "toggles": ["drop-__iommu_group_set_domain_internal-fence"] }
 *
 * The same words stand in a link behind the design (`link.ts`), so that a run of it can be sent without the file.
 */
import * as v from "valibot";
import { type Design, readOptions } from "../kernel/design.ts";
import { designs, findDesign } from "../kernel/designs/index.ts";
import { ScenarioError } from "./refused.ts";
import { issueText, show } from "./schema.ts";
import { MAX_TOGGLES, readToggle, type Toggle } from "./toggles.ts";

const LONGEST = 400;

const shape = v.strictObject({
  title: v.optional(v.pipe(v.string(), v.maxLength(LONGEST, `at most ${LONGEST} characters`)), ""),
  base: v.string(),
  options: v.optional(v.record(v.string(), v.string()), {}),
  toggles: v.optional(v.pipe(v.array(v.string()), v.maxLength(MAX_TOGGLES, `at most ${MAX_TOGGLES} toggles`)), []),
});

export interface Variant {
  /** Empty where none is given. */
  readonly title: string;
  readonly design: Design;
  readonly options: Readonly<Record<string, string>>;
  readonly toggles: readonly Toggle[];
}

const wrong = (where: string, expected: string, found: unknown): never => {
  throw new ScenarioError(`The design file is wrong at ${where}: expected ${expected}, found ${show(found)}.`);
};

/** Reads such a file. Throws a ScenarioError with one sentence. */
export function readVariant(text: string): Variant {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ScenarioError("The design file is no JSON.");
  }
  const parsed = v.safeParse(shape, value);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const { path, expected } = issueText(issue);
    return wrong(path, expected, issue.input);
  }
  const { title, base, options, toggles } = parsed.output;
  // a terminal would obey them
  if (/[^\x20-\x7e\u00a0-\uffff]/.test(title)) wrong("title", "a text without control characters", title);
  const design = findDesign(base) ?? wrong("base", `a design of ${designs.map(({ id }) => id).join(", ")}`, base);
  try {
    readOptions(design, options);
  } catch (error) {
    if (error instanceof Error) throw new ScenarioError(`The design file is wrong at options: ${error.message}.`);
    throw error;
  }
  return {
    title,
    design,
    options,
    toggles: toggles.map((word, i) => {
      const toggle = readToggle(word);
      if (toggle === null || !("proc" in toggle))
        return wrong(`toggles.${i}`, "a toggle of a statement, as `statements` lists them", word);
      return toggle;
    }),
  };
}
