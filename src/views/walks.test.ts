import { describe, expect, test } from "vitest";
import { designs } from "../kernel/designs/index.ts";
import { widthOf } from "../ui/measure.ts";
import type { Snapshot } from "../worker/protocol.ts";
import { hardwareViews } from "../worker/hardware.ts";
import { snapshot } from "../worker/snapshot.ts";
import { layoutGraph } from "./graph/layout.ts";
import { boxOf, overlap } from "./graph/picture.ts";
import { layoutHardware } from "./time/deviceLanes.ts";
import type { Lanes, TimeText } from "./time/lanes.ts";
import { layoutThreads } from "./time/threadLanes.ts";
import { walk, worldIds } from "../worker/walks.testkit.ts";

// Every world of the library in every design, in the middle of a run and at its end: what is drawn can be read.

interface Boxed {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function faults(boxes: readonly Boxed[], width: number, height: number): string[] {
  const hits = boxes.flatMap((a, i) =>
    boxes
      .slice(i + 1)
      .filter((b) => overlap(a, b))
      .map((b) => `"${a.text}" at ${a.x},${a.y} lies over "${b.text}" at ${b.x},${b.y}`),
  );
  const out = boxes.filter(({ x, y, w, h }) => x < 0 || y < 0 || x + w > width || y + h > height);
  return [...hits, ...out.map(({ text, x, y }) => `"${text}" at ${x},${y} leaves ${width}x${height}`)];
}

function laneFaults(lanes: Lanes, width: number): string[] {
  const box = ({ text, x, y, mono }: TimeText) => ({ text, x, y: y - 9, w: widthOf(text, { size: 11, mono }), h: 11 });
  return faults(lanes.texts.map(box), width, lanes.height);
}

function graphFaults(world: Snapshot): string[] {
  return (["wide", "small"] as const).flatMap((size) => {
    const picture = layoutGraph(world, null, size);
    const boxes = picture.texts.map((text) => ({ text: text.text, ...boxOf(text) }));
    return faults(boxes, picture.width, picture.height).map((fault) => `${size}: ${fault}`);
  });
}

function allFaults(world: Snapshot): string[] {
  const lanes = [1440, 1024].flatMap((width) => [
    ...laneFaults(layoutThreads(world, width), width),
    ...laneFaults(layoutHardware(world, width), width),
  ]);
  return [...lanes, ...graphFaults(world)];
}

// every world in a third of the designs, in turn
describe.each(worldIds.map((id, i) => [id, i] as const))("%s", (id, i) => {
  test.each(designs.filter((_d, j) => j % 3 === i % 3).map((d) => d.id))("in %s", (design) => {
    const play = walk(id, design);
    const end = play.position;
    for (const position of [0, Math.floor(end / 3), Math.floor(end / 2), end]) {
      play.seek(position);
      expect([position, allFaults(snapshot(play, hardwareViews, null))]).toEqual([position, []]);
    }
  });
});

test("with 8 threads and 300 steps", () => {
  const play = walk("two-devices", "linux-7.3", { threads: 8, steps: 300 });
  const world = snapshot(play, hardwareViews, null);
  expect([world.threads.length, world.total]).toEqual([8, 300]);
  expect(allFaults(world)).toEqual([]);
});
