import { describe, expect, test } from "vitest";
import { labScenario } from "./lab.testkit.ts";
import { library } from "./library/index.ts";
import { MAX_BYTES, readScenarioText } from "./file.ts";
import { ScenarioError } from "./refused.ts";

// A file that somebody else wrote, or broke: read, or refused with one sentence, whatever is in it.

const good = JSON.stringify(labScenario({}));
const refusal = (text: string): string => {
  try {
    readScenarioText(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    expect((error as Error).message).toMatch(/^The scenario is wrong at [^\n]{1,700}\.$/);
    return (error as Error).message;
  }
  return "";
};
/** The good file with a member in front; the text is JSON already. */
const withMember = (name: string, value: string) => `{"${name}":${value},${good.slice(1)}`;

test("every world of the library survives being written to a file", () => {
  for (const scenario of library) expect(readScenarioText(JSON.stringify(scenario, null, 2))).toEqual(scenario);
});
test("a byte order mark and a $schema are no fault", () => {
  expect(refusal(`\uFEFF${withMember("$schema", '"../schema/scenario-1.json"')}`)).toBe("");
});

describe("what is no JSON", () => {
  test.each([
    ["nothing", " \n", "nothing"],
    ["JavaScript", "{ id: 'a' }", `"{ id: 'a' }"`],
    ["two values", "{} {}", '"{} {}"'],
    ["a cut file", good.slice(0, 100), `${JSON.stringify(good.slice(0, 100)).slice(0, 56)}..."`],
  ])("%s", (_name, text, found) => {
    expect(refusal(text)).toBe(`The scenario is wrong at the top: expected JSON, found ${found}.`);
  });
});

describe("a file that is too large", () => {
  test("is refused one byte above the limit, and read at it", () => {
    expect(refusal(good.padEnd(MAX_BYTES))).toBe("");
    expect(refusal(good.padEnd(MAX_BYTES + 1))).toBe(
      "The scenario is wrong at the file: expected at most 256 KB (262144 bytes), found 262145.",
    );
  });
  test("is measured in bytes", () => {
    expect(refusal(`"${"\u20ac".repeat(100_000)}"`)).toContain("found 300002.");
  });
});

describe("nesting", () => {
  const sentence = "expected at most 5 levels of lists and objects, found";
  test("of lists without end", () => {
    const depth = 100_000;
    expect(refusal("[".repeat(depth) + "]".repeat(depth))).toBe(
      `The scenario is wrong at 0.0.0.0.0.0: ${sentence} "a list".`,
    );
  });
  test("of objects without end, in a member", () => {
    const depth = 20_000;
    expect(refusal(withMember("more", '{"a":'.repeat(depth) + "1" + "}".repeat(depth)))).toBe(
      `The scenario is wrong at more.a.a.a.a.a: ${sentence} "an object".`,
    );
  });
});

describe("a name that every object has by birth", () => {
  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"])("%s is no member", (name) => {
    expect(refusal(withMember(name, '{"polluted":1}'))).toBe(
      `The scenario is wrong at ${name}: expected no member of this name, found "${name}".`,
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  test("inside an operation", () => {
    const text = JSON.stringify({ ...JSON.parse(good), attached: [JSON.parse('{"op":"attach","__proto__":{}}')] });
    expect(refusal(text)).toContain("wrong at attached.0.__proto__: expected no member of this name");
  });
  test("is a name like any other for a device", () => {
    const text = good.replaceAll('"A"', '"constructor"').replaceAll('"D0"', '"toString"');
    expect(readScenarioText(text).devices[0]?.name).toBe("constructor");
  });
});

test("a member with a long or an odd name is quoted and cut, so that the sentence stays one", () => {
  expect(refusal(withMember("x".repeat(5000), "1"))).toContain(`wrong at "${"x".repeat(55)}...": expected no member`);
  expect(refusal(withMember("a\\nb", "1"))).toContain('wrong at "a\\nb": expected no member');
});
test("a text with control characters is refused", () => {
  expect(refusal(good.replace(/"about":"[^"]*"/, '"about":"\\u001b[2J"'))).toBe(
    'The scenario is wrong at about: expected a text without control characters, found "\\u001b[2J".',
  );
});
