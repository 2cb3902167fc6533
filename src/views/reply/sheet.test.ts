import { expect, test } from "vitest";
import { marked, ruler } from "./sheet.ts";

test("the ruler is as long as a line may be", () => {
  expect(ruler).toHaveLength(72);
  expect(ruler).toMatch(/^\.{4}\+\.{4}1\.{4}\+.*7\.\.$/);
});

test("what stands out are errnos, WARNs and breaks; nothing is lost", () => {
  const text = "return -EBUSY | WARN_ON: x | <- I-RESTORE | non-ECC, errnos, WARNs, a-EIO, I-WARN holds";
  const pieces = marked(text);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  expect(pieces.filter((piece) => piece.bad).map((piece) => piece.text)).toEqual(["-EBUSY", "WARN_ON", "<- I-RESTORE"]);
});
