/** `smmu check`: which design breaks which property, over all runs of a world; a matrix of at most 72 columns, or JSON. */
import { readFileSync } from "node:fs";
import { designs, findDesign } from "../kernel/designs/index.ts";
import { properties } from "../kernel/properties.ts";
import { makeModel, type Model } from "../scenarios/build.ts";
import { library } from "../scenarios/library/index.ts";
import { ScenarioError } from "../scenarios/refused.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { readDesignPart } from "../scenarios/read-link.ts";
import { MAX_BYTES } from "../scenarios/file.ts";
import { readToggle, type Toggle } from "../scenarios/toggles.ts";
import { readVariant, type Variant } from "../scenarios/variant.ts";
import { ToggleError } from "../sim/toggle.ts";
import { check, type Checked, type CheckSettings } from "../worker/check.ts";
import { CheckError } from "./refused.ts";
import { findWorld, NoSuchWorld } from "./world.ts";

/** Worlds by id or file; all of the library for `all`. A file that is there and is no scenario is a ScenarioError. */
function scenariosOf(what: string): readonly Scenario[] {
  if (what === "all") return library;
  try {
    return [findWorld(what)];
  } catch (error) {
    if (error instanceof NoSuchWorld) throw new CheckError(error.message);
    throw error;
  }
}

/**
 * Designs by id, with options and toggles as in a link: `test-dev-v1--retest-yes`; all with their defaults for `all`; or one
 * from a file. Throws a CheckError for what is not there, a ScenarioError for a file that is no design.
 */
export function variantsOf(what: string): readonly Variant[] {
  if (what === "all") return designs.map((design) => ({ title: "", design, options: {}, toggles: [] }));
  const part = readDesignPart(what, findDesign);
  if (typeof part === "string") return [variantFile(what)];
  if (part.unknown.length > 0) throw new CheckError(`"${part.unknown[0]}" is no option of ${part.design.id}.`);
  return [{ title: "", ...part }];
}

/** A reviewer's own variant of a design. */
function variantFile(name: string): Variant {
  let text: string;
  try {
    text = readFileSync(name, "utf8");
  } catch {
    throw new CheckError(
      `There is no design "${name}", and no such file; designs: ${designs.map((d) => d.id).join(", ")}.`,
    );
  }
  if (text.length > MAX_BYTES) throw new ScenarioError(`The file ${name} is too large for a design.`);
  return readVariant(text);
}

/** The two designs of a comparison: the one that is asked for, and what it is held against. */
export function pairOf(design: string, against: string): { readonly variant: Variant; readonly base: Variant } {
  const one = (what: string, flag: string): Variant => {
    const [variant, ...more] = variantsOf(what);
    if (variant === undefined || more.length > 0) throw new CheckError(`--${flag} takes one design with --against.`);
    return variant;
  };
  return { variant: one(design, "design"), base: one(against, "against") };
}

/** Reads what `--toggle` was given. */
export function togglesOf(words: readonly string[]): readonly Toggle[] {
  return words.map((word) => {
    const toggle = readToggle(word);
    if (toggle === null) throw new CheckError(`"${word}" is no toggle; \`statements\` lists those of a procedure.`);
    return toggle;
  });
}

export interface CheckRequest extends CheckSettings {
  readonly scenario: string;
  readonly design: string;
  /** Made in every design, after its own. */
  readonly toggles?: readonly Toggle[];
  /** Of the pairs every so many, from this one, counted from 1; all of them without it. */
  readonly part?: { readonly from: number; readonly every: number };
}

/** Checks each world with each design. Throws a CheckError for what is not there, a ScenarioError for what cannot be played. */
export function checkAll({ scenario, design, toggles = [], part, ...settings }: CheckRequest): Checked[] {
  if (settings.property !== null && !properties.some((p) => p.id === settings.property))
    throw new CheckError(`There is no property "${settings.property}".`);
  const variants = variantsOf(design);
  const pairs = scenariosOf(scenario).flatMap((world) => variants.map((variant) => ({ world, variant })));
  const wanted = part === undefined ? pairs : pairs.filter((_pair, i) => i % part.every === part.from - 1);
  return wanted.map(({ world, variant }) => {
    let model: Model;
    try {
      model = makeModel(world, variant.design, variant.options, [...variant.toggles, ...toggles]);
    } catch (error) {
      if (error instanceof ToggleError) throw new CheckError(`${variant.design.id}: ${error.message}.`);
      throw error;
    }
    return check(model, settings);
  });
}

/** What may differ between two searches of the same model. */
const withoutTime = (row: object) => ({ ...row, seconds: 0 });

/** Where found results differ from stored ones, in sentences; none when they agree in all but time. */
export function differencesTo(file: string, rows: readonly Checked[]): string[] {
  let stored: unknown;
  try {
    stored = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new CheckError(`The file ${file} is no stored matrix.`);
  }
  if (!Array.isArray(stored)) throw new CheckError(`The file ${file} is no stored matrix.`);
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
