import { toJsonSchema } from "@valibot/to-json-schema";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { callers, isOffered, type OpKind, opKinds, takesRid } from "../kernel/ops.ts";
import { labScenario } from "./lab.testkit.ts";
import { library } from "./library/index.ts";
import { readScenario } from "./schema.ts";
import { operation, scenario } from "./shape.ts";

// The published schema, public/schema/scenario-1.json, is made here from what readScenario checks by:
// `npx vitest run published -u` writes it anew.

const FILE = "../../public/schema/scenario-1.json";

type Json = Readonly<Record<string, unknown>>;

/** Pairs of an operation and a caller, each with exactly the members that it needs. */
function operations(): Json[] {
  const one = (kind: OpKind): Json => {
    const params = kind.params.map((param) => [
      param,
      { $ref: `#/$defs/${param}`, ...(param === "pasid" && !takesRid(kind) ? { type: "integer", minimum: 1 } : {}) },
    ]);
    return {
      title: `${kind.op}, ${kind.caller}`,
      description: `${kind.title.replace(/\{(\d)\}/g, (_all, i: string) => `the ${kind.params[Number(i)]}`)}. The caller: ${callers[kind.caller].note}`,
      type: "object",
      properties: { op: { const: kind.op }, caller: { const: kind.caller }, ...Object.fromEntries(params) },
      required: ["op", "caller", ...kind.params],
      additionalProperties: false,
    };
  };
  const seen = new Set<string>();
  return opKinds.filter(isOffered).flatMap((kind) => {
    const key = `${kind.op}/${kind.caller}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [one(kind)];
  });
}

/** The schema as it should be published. */
function schemaText(): string {
  const target = { target: "draft-2020-12" } as const;
  const { $defs, ...made } = toJsonSchema(scenario, { ...target, typeMode: "input", definitions: { operation } });
  const {
    op: _op,
    caller: _caller,
    ...members
  } = ($defs as Record<string, { properties?: Json }>).operation?.properties ?? {};
  const description = `${String(made.description)} At most 256 KB. Names must exist, and be told only once.`;
  return `${JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "SMMU Explorer scenario, version 1",
      ...made,
      description,
      $defs: { operation: { description: "one call, with who makes it", anyOf: operations() }, ...members },
    },
    null,
    2,
  )}\n`;
}

const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(schemaText()) as Json);
const faults = (value: unknown) => (validate(value) ? [] : (validate.errors ?? []).map((e) => e.instancePath));

test("what is published is what scenarios are checked by", async () => {
  await expect(schemaText()).toMatchFileSnapshot(FILE);
});

test("every member says what it is", () => {
  const silent: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    const { properties = {} } = value as { properties?: Record<string, Json> };
    for (const [name, member] of Object.entries(properties)) {
      if (![member.description, member.const, member.$ref].some((said) => said !== undefined))
        silent.push(`${path}.${name}`);
    }
    for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`);
  };
  walk(JSON.parse(schemaText()), "");
  expect(silent).toEqual([]);
});

describe("another validator accepts", () => {
  test.each(library.map((world) => [world.id, world] as const))("%s", (_id, world) => {
    expect(faults(JSON.parse(JSON.stringify(world)))).toEqual([]);
  });
});

// Wherever the shape alone decides, both say the same.
describe("another validator and our own refuse", () => {
  // biome-ignore lint/suspicious/noExplicitAny: the point is to break it
  type Broken = any;
  const good = () => JSON.parse(JSON.stringify(labScenario({}))) as Broken;
  test.each<[string, (s: Broken) => void]>([
    ["a member too many", (s) => void (s.colour = 1)],
    ["a member of a device too many", (s) => void (s.devices[0].colour = 1)],
    ["a member that is missing", (s) => delete s.groups],
    ["a wrong type", (s) => void (s.title = 5)],
    ["a name of odd characters", (s) => void (s.smmus[0].name = "<b>")],
    ["a name that is too long", (s) => void (s.smmus[0].name = "x".repeat(25))],
    ["a StreamID in another base", (s) => void (s.devices[0].sids = ["256"])],
    ["too many devices", (s) => void (s.devices = Array(8).fill(s.devices[0]))],
    ["no device at all", (s) => void (s.devices = [])],
    ["a fraction", (s) => void (s.failures = 0.5)],
    ["a stage 3", (s) => void (s.domains[0].stage = 3)],
    ["what cannot fail", (s) => void (s.may_fail = ["luck"])],
    ["control characters", (s) => void (s.about = "\u0007")],
    ["an operation that does not exist", (s) => void (s.attached = [{ op: "explode", caller: "core" }])],
    ["an operation without its domain", (s) => void (s.attached = [{ op: "attach", caller: "core", group: "G" }])],
    [
      "a PASID 0 where it must not be",
      (s) => void (s.attached = [{ op: "attach_pasid", caller: "core", device: "A", pasid: 0, domain: "D0" }]),
    ],
  ])("%s", (_name, change) => {
    const world = good();
    expect([faults(world), readScenario(world) !== null]).toEqual([[], true]);
    change(world);
    expect(faults(world)).not.toEqual([]);
    expect(() => readScenario(world)).toThrow("The scenario is wrong at");
  });
});
