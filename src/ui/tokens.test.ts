import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

// The colours as they are in the sheet, measured: what is said to be legible is, in both themes.

const sheet = readFileSync(new URL("./tokens.css", import.meta.url), "utf8");

function tokens(theme: 0 | 1): Map<string, string> {
  const found = sheet.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g);
  return new Map([...found].map(([, name, light, dark]) => [name, theme === 0 ? light : dark]));
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

const layers = ["core", "driver", "tables", "hardware", "reset", "violation"];

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("the %s theme", (_name, theme) => {
  const color = tokens(theme);
  const on = (name: string, ground: string) => contrast(color.get(name)!, color.get(ground)!);

  test.each(["ink", "ink-2", "ink-3", ...layers])("%s is legible on paper and on a panel", (name) => {
    expect(on(name, "paper")).toBeGreaterThanOrEqual(4.5);
    expect(on(name, "panel")).toBeGreaterThanOrEqual(4.5);
  });
  test.each(layers)("%s is legible on its own wash", (name) => {
    expect(on(name, `${name}-wash`)).toBeGreaterThanOrEqual(4.5);
  });
  test("the border of a control can be seen", () => {
    expect(on("line", "paper")).toBeGreaterThanOrEqual(3);
    expect(on("line", "panel")).toBeGreaterThanOrEqual(3);
  });
});

test("black on white is measured as WCAG measures it", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
});
