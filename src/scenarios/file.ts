/** A scenario as a file's text: what is refused before it is even looked at as a scenario. */
import { ScenarioError } from "./refused.ts";
import { readScenario, type Scenario, show } from "./schema.ts";

/** Largest file that is read, in bytes: far more than the largest world needs. */
export const MAX_BYTES = 256 * 1024;

/** The sentence for a file that is too large, without reading it. */
export const tooLarge = (bytes: number): string =>
  `The scenario is wrong at the file: expected at most 256 KB (${MAX_BYTES} bytes), found ${bytes}.`;

/** How long a text is in UTF-8. Half of a surrogate pair has half of its four bytes. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) bytes += 1;
    else bytes += code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return bytes;
}

/** Reads the text of a scenario file. Throws a ScenarioError with one sentence that says what is wrong. */
export function readScenarioText(text: string): Scenario {
  const bytes = bytesOf(text);
  if (bytes > MAX_BYTES) throw new ScenarioError(tooLarge(bytes));
  let value: unknown;
  try {
    // some editors put a byte order mark in front
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new ScenarioError(
      `The scenario is wrong at the top: expected JSON, found ${text.trim() === "" ? "nothing" : show(text.trim())}.`,
    );
  }
  return readScenario(value);
}
