import { describe, expect, test } from "vitest";
import { findDesign } from "../kernel/designs/index.ts";
import type { ResetMethod } from "../kernel/structs.ts";
import { makeModel } from "../scenarios/build.ts";
import { findScenario } from "../scenarios/library/find.ts";
import { packWorld } from "../scenarios/pack.ts";
import { Play } from "../scenarios/play.ts";
import type { Scenario } from "../scenarios/schema.ts";
import { Changes } from "./reply/effects.ts";
import { snapshot } from "./snapshot.ts";
import { timeline } from "./timeline.ts";

function withMethod(world: Scenario, method: ResetMethod): Scenario {
  const own = { ...world, id: "own", devices: world.devices.map((d) => ({ ...d, reset_methods: [method] })) };
  packWorld(own);
  return own;
}

/** Everything that the run calls the reset: the device's box, its lane, and the hardware column of a reply. */
function saidIn(scenario: string, method?: ResetMethod) {
  const world = findScenario(scenario);
  const design = findDesign("linux-7.3");
  if (world === undefined || design === undefined) throw new Error(`no ${scenario}`);
  const own = method === undefined ? world : withMethod(world, method);
  const play = new Play(makeModel(own, design, {}));
  const { machine } = play;
  const phases = new Set<string>();
  const step = () => {
    const thread = machine.programs.findIndex((_p, t) => machine.outcomes(t) > 0);
    if (thread >= 0) play.append({ kind: "choice", thread, outcome: 0 });
    for (const { phase } of snapshot(play, null, null).devices) if (phase.startsWith("in its")) phases.add(phase);
    return thread >= 0;
  };
  while (step());
  const changes = new Changes(play);
  const effects = play.records.flatMap((_r, i) => changes.next(i).hardware);
  return {
    phases: [...phases],
    effects: [...new Set(effects.filter((word) => /(begins|ends)$/.test(word)).map((w) => w.replace(/^0000\S+ /, "")))],
    lanes: [...new Set(timeline(play).windows.flatMap(({ kind, label }) => (kind === "function" ? [label] : [])))],
  };
}

describe("the reset has the name of", () => {
  const said = (name: string) => ({
    phases: [`in its ${name}`],
    effects: [`${name} begins`, `${name} ends`],
    lanes: [name],
  });
  test.each<[string, string, ResetMethod | undefined, string]>([
    ["an FLR", "attach-flr", undefined, "FLR"],
    ["an FLR that a quirk does", "device-specific", undefined, "FLR"],
    ["an FLR in the AF capability", "attach-flr", "af_flr", "FLR"],
    ["D3hot, which has none", "attach-flr", "pm", "reset"],
    ["_RST, which has none", "attach-flr", "acpi", "reset"],
    ["a contained error, which has none", "dpc", undefined, "reset"],
    ["a secondary bus reset", "nested-reset", undefined, "bus reset"],
  ])("%s", (_what, scenario, method, name) => {
    expect(saidIn(scenario, method)).toEqual(said(name));
  });
  test("each of two in one run: a hot reset, and an FLR", () => {
    expect(saidIn("hot-reset").lanes.sort()).toEqual(["FLR", "bus reset"]);
  });
});
