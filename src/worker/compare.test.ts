import { describe, expect, it } from "vitest";
import { designs, findDesign } from "../kernel/designs/index.ts";
import type { Design } from "../kernel/design.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { encodeLink } from "../scenarios/link.ts";
import { openLink } from "../scenarios/open-link.ts";
import { Play } from "../scenarios/play.ts";
import { playAtRandom } from "../scenarios/random.ts";
import { compareRuns } from "./compare.ts";

function randomPlay(scenario: string, design: string, seed: number): Play {
  const world = findScenario(scenario);
  const kernel = findDesign(design);
  if (world === undefined || kernel === undefined) throw new Error(`no ${scenario} or ${design}`);
  const play = new Play(makeModel(world, kernel, {}));
  playAtRandom(play, seed);
  return play;
}

const fragment = (play: Play) => {
  const { head, tail } = encodeLink(play);
  return `#${head}${tail}`;
};

const on = (play: Play, design: string) =>
  compareRuns(play, makeModel(play.model.scenario, findDesign(design) as Design, {}));

describe("one schedule, two designs", () => {
  it("is the same run where the design is the same", () => {
    const play = randomPlay("two-devices", "linux-7.3", 2);
    const view = on(play, "linux-7.3");
    expect(view.b.link).toBe(fragment(play));
    expect(view.diverges).toBe(-1);
    expect(view.state).toEqual([]);
    expect(view.rows.every(({ a, b }) => a?.step === b?.step)).toBe(true);
  });

  it.each(designs.map(({ id }) => id))("makes a run of %s that replays, and tells every step of both", (id) => {
    for (const scenario of ["used-ssids", "sva-exit"]) {
      const play = randomPlay(scenario, "linux-7.3", 7);
      const view = on(play, id);
      expect(openLink(view.b.link).notice).toBe("");
      const steps = (side: "a" | "b") => view.rows.flatMap((row) => row[side]?.step ?? []);
      expect(steps("a")).toEqual(play.records.map((_record, i) => i + 1));
      expect(steps("b").toSorted((x, y) => x - y)).toEqual(Array.from({ length: view.b.steps }, (_x, i) => i + 1));
    }
  });

  it("stops a thread where it stood, not after as many steps", () => {
    const play = new Play(makeModel(findScenario("used-ssids") as never, findDesign("test-dev-v1") as Design, {}));
    const runTo = (thread: number, text: RegExp) => {
      while (play.machine.outcomes(thread) > 0) {
        play.append({ kind: "choice", thread, outcome: 0 });
        if (text.test(play.records.at(-1)?.text ?? "")) return;
      }
    };
    // the replace comes while the function is in its FLR
    runTo(1, /Initiate FLR/);
    runTo(0, /^never$/);
    runTo(1, /^never$/);
    const view = on(play, "linux-7.3");
    const flr = view.rows.find((row) => /Initiate FLR/.test(row.b?.text ?? ""));
    const refused = view.rows.findIndex((row) => row.b?.errno === "-EBUSY");
    expect(flr?.a).not.toBeNull();
    expect(view.rows[refused]?.thread).toBe(0);
    expect(view.results.map(({ a, b }) => [a, b])).toEqual([
      ["0", "-EBUSY"],
      ["0", "0"],
    ]);
    expect(view.state.find(({ what }) => what.endsWith("RID: core"))).toMatchObject({ a: "D2", b: "D0" });
  });

  it("leaves the run where it was", () => {
    const play = randomPlay("attach-flr", "v3-defer", 3);
    play.seek(5);
    on(play, "linux-6.17");
    expect(play.position).toBe(5);
  });
});
