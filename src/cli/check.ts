/** `smmu check`: which design breaks which property, over all runs of a world; a matrix of at most 72 columns, or JSON. */
import { readFileSync } from "node:fs";
import { designs, findDesign } from "../kernel/designs/index.ts";
import type { Design } from "../kernel/design.ts";
import { properties } from "../kernel/properties.ts";
import { makeModel, type Model, optionsOf } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { readScenario, type Scenario, ScenarioError } from "../scenarios/schema.ts";
import { check, type Checked, type CheckSettings } from "../worker/check.ts";

/** Something that the command was asked for is not there: one sentence. */
export class CheckError extends Error {}

/** Worlds by id or file; all of the library for `all`. */
function scenariosOf(what: string): readonly Scenario[] {
  if (what === "all") return library;
  const found = findScenario(what);
  if (found !== undefined) return [found];
  const ids = library.map((s) => s.id).join(", ");
  let text: string;
  try {
    text = readFileSync(what, "utf8");
  } catch {
    throw new CheckError(`there is no scenario and no file "${what}"; scenarios: ${ids}`);
  }
  try {
    return [readScenario(JSON.parse(text))];
  } catch (error) {
    if (error instanceof ScenarioError) throw new CheckError(error.message);
    throw new CheckError(`the file ${what} is not JSON`);
  }
}

interface Variant {
  readonly design: Design;
  readonly options: Readonly<Record<string, string>>;
}

/** Designs by id, with options as in a link: `test-dev-v1--retest-yes`; all with their defaults for `all`. */
export function variantsOf(what: string): readonly Variant[] {
  if (what === "all") return designs.map((design) => ({ design, options: {} }));
  const [id = "", ...words] = what.split("--");
  const design = findDesign(id);
  if (design === undefined)
    throw new CheckError(`there is no design "${id}"; designs: ${designs.map((d) => d.id).join(", ")}`);
  const options: Record<string, string> = {};
  for (const word of words) {
    const dash = word.indexOf("-");
    const option = optionsOf(design).find((o) => o.id === word.slice(0, dash));
    const value = word.slice(dash + 1);
    if (option === undefined || !option.values.some((v) => v.id === value))
      throw new CheckError(`"${word}" is no option of ${id}`);
    options[option.id] = value;
  }
  return [{ design, options }];
}

export interface CheckRequest extends CheckSettings {
  readonly scenario: string;
  readonly design: string;
}

/** Checks each world with each design. Throws a CheckError for what is not there. */
export function checkAll({ scenario, design, ...settings }: CheckRequest): Checked[] {
  if (settings.property !== null && !properties.some((p) => p.id === settings.property))
    throw new CheckError(`there is no property "${settings.property}"`);
  const variants = variantsOf(design);
  return scenariosOf(scenario).flatMap((world) =>
    variants.map((variant) => {
      let model: Model;
      try {
        model = makeModel(world, variant.design, variant.options);
      } catch (error) {
        if (error instanceof ScenarioError) throw new CheckError(error.message);
        throw error;
      }
      return check(model, settings);
    }),
  );
}

/** What may differ between two searches of the same model. */
const withoutTime = (row: object) => ({ ...row, seconds: 0 });

/** Where found results differ from stored ones, in sentences; none when they agree in all but time. */
export function differencesTo(file: string, rows: readonly Checked[]): string[] {
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new CheckError(`the file ${file} is no stored matrix`);
  }
  if (!Array.isArray(stored)) throw new CheckError(`the file ${file} is no stored matrix`);
  const found: string[] = [];
  compare(
    "",
    stored.map((row: unknown) => withoutTime(row as object)),
    JSON.parse(JSON.stringify(rows.map(withoutTime))),
    found,
  );
  return found;
}

function compare(path: string, expected: unknown, actual: unknown, found: string[]): void {
  if (typeof expected === "object" && typeof actual === "object" && expected !== null && actual !== null) {
    const [a, b] = [expected as Record<string, unknown>, actual as Record<string, unknown>];
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) compare(`${path}/${key}`, a[key], b[key], found);
    return;
  }
  if (expected === actual) return;
  const say = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  found.push(`${path}: expected ${say(expected)}, found ${say(actual)}`);
}
