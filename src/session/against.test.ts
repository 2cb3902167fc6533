import { expect, test } from "vitest";
import type { Checked, CheckedProperty, CheckVerdict } from "../worker/check.ts";
import { against } from "./against.ts";

const row = (verdicts: Record<string, CheckVerdict>): Checked =>
  ({
    properties: Object.fromEntries(
      Object.entries(verdicts).map(([id, verdict]): [string, CheckedProperty] => [
        id,
        { verdict, link: verdict === "violated" ? "#1/w/d/A/_/12345678" : null, steps: 4, switches: 1 },
      ]),
    ),
  }) as unknown as Checked;

test("what a change mends comes before what it breaks and what it leaves broken; what stays as it is is not told", () => {
  const before = row({ A: "violated", B: "holds", C: "violated", D: "holds", E: "vacuous", F: "holds" });
  const now = row({ A: "violated", B: "violated", C: "holds", D: "holds", E: "holds", F: "holds" });
  expect(against(before, "w/d", now, null).map(({ id, run }) => [id, run?.link ?? null])).toEqual([
    ["C", null],
    ["B", "#1/w/d/A/_0_pB/12345678"],
    ["E", null],
    ["A", "#1/w/d/A/_0_pA/12345678"],
  ]);
  // the property in sight is told first, also where nothing changed
  expect(against(before, "w/d", now, "F").map(({ id }) => id)).toEqual(["F", "C", "B", "E", "A"]);
});
