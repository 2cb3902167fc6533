/** How fast the engine is: that of this tree, and that of another commit, taken out of the history. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);
const STEPS = 200_000;

/** The tree of a commit that has the sources; null where the history is not there, or cannot be read. */
export function treeOf(commit: string): URL | null {
  const tree = new URL(`node_modules/.cache/engine-${commit}/`, root);
  const to = fileURLToPath(tree);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  const packed = spawnSync("git", ["archive", commit, "package.json", "src"], {
    cwd: fileURLToPath(root),
    maxBuffer: 1e8,
  });
  if (packed.status !== 0) return null;
  return spawnSync("tar", ["-x", "-C", to], { input: packed.stdout }).status === 0 ? tree : null;
}

/**
 * A measurement of the engine of a tree: each call takes steps of random schedules over and over, at grain `table`, and
 * answers with how many it took in a second of CPU. Schedules come from a fixed generator.
 */
export async function engineOf(tree: URL = root): Promise<() => number> {
  const sources = (path: string): unknown => import(new URL(`src/${path}`, tree).href);
  const { makeModel } = (await sources("scenarios/build.ts")) as typeof import("../src/scenarios/build.ts");
  const { findScenario } = (await sources(
    "scenarios/library/find.ts",
  )) as typeof import("../src/scenarios/library/find.ts");
  const { findDesign } = (await sources("kernel/designs/index.ts")) as typeof import("../src/kernel/designs/index.ts");
  const { rootOf } = (await sources("kernel/ops.ts")) as typeof import("../src/kernel/ops.ts");
  const scenario = findScenario("two-devices");
  const design = findDesign("linux-7.3");
  if (scenario === undefined || design === undefined) throw new Error("There is no two-devices, or no linux-7.3.");
  const { machine: make, programs, world } = makeModel(scenario, design, {});
  const roots = programs.map((ops) => ops.map((op) => rootOf(op, world)));
  return () => {
    const machine = make(roots.length);
    const blank = machine.bytes.slice();
    let seed = 1;
    let steps = 0;
    const start = process.cpuUsage();
    while (steps < STEPS) {
      machine.bytes.set(blank);
      machine.programs.length = 0;
      for (const program of roots) machine.spawn(program);
      for (;;) {
        seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
        const first = (seed >>> 16) % roots.length;
        let thread = -1;
        for (let i = 0; i < roots.length && thread < 0; i++) {
          const t = (first + i) % roots.length;
          if (machine.outcomes(t) > 0) thread = t;
        }
        if (thread < 0) break;
        machine.step(thread, 0);
        steps++;
      }
    }
    const { user, system } = process.cpuUsage(start);
    return (steps * 1e6) / (user + system);
  };
}
