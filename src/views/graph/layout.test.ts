import { describe, expect, test } from "vitest";
import { moment } from "../../session/moment.ts";
import { worldOf } from "../../session/worlds.ts";
import type { Selected } from "../../session/look.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { layoutGraph } from "./layout.ts";
import type { Size } from "./columns.ts";
import { boxOf, overlap } from "./picture.ts";
import type { Picture } from "./picture.ts";

const foreign = { id: "D9", stage: "S1", tag: "ASID 1", smmu: "smmu1", fields: [], tableRows: [], coreRows: [] };
const [device] = moment.devices;

const one = worldOf({ groups: [2], domains: 3, pasids: 1 });
/** The second device and the last domain are of another SMMU. */
const two: Snapshot = {
  ...one,
  devices: one.devices.map((entry, i) => (i === 1 ? { ...entry, smmu: "smmu1" } : entry)),
  domains: [
    ...one.domains.map((entry, i) => (i === 2 ? { ...entry, smmu: "smmu1" } : entry)),
    { ...foreign, id: "identity", stage: "no translation", tag: "", smmu: "" },
  ],
};

const worlds: Readonly<Record<string, Snapshot>> = {
  "the moment of the mock": moment,
  "one device without PASIDs": worldOf({ groups: [1], domains: 2, pasids: 0 }),
  "one device with four PASIDs that all diverge": worldOf({ groups: [1], domains: 5, pasids: 4, diverging: 4 }),
  "two devices in one group": worldOf({ groups: [2], domains: 3, pasids: 1, windows: true }),
  "two groups that share a domain": worldOf({ groups: [1, 1], domains: 1, pasids: 0 }),
  "two groups with PASIDs on shared domains": worldOf({ groups: [1, 1], domains: 3, pasids: 2, diverging: 1 }),
  "six devices in three groups": worldOf({ groups: [2, 3, 1], domains: 6, pasids: 2, diverging: 2, windows: true }),
  "two SMMUs": two,
  "more domains than slots": worldOf({ groups: [1], domains: 24, pasids: 3 }),
  "a foreign domain and long values": {
    ...moment,
    domains: [...moment.domains, foreign, { ...foreign, id: "identity", stage: "identity", tag: "" }],
    devices: [
      {
        ...device,
        phase: "in its reset window, done() is restoring the domains of its PASIDs one by one",
        stes: [{ ...device.stes[0], fields: [{ name: "S1ContextPtr", value: "0x10a2c4000 of 32 CDs", was: "none" }] }],
        pci: [{ name: "PASID enable", value: "enabled, privileged mode", was: "off" }],
      },
    ],
  },
};

const sizes: readonly Size[] = ["wide", "small"];
const cases = Object.entries(worlds).flatMap(([name, world]) => sizes.map((size) => [name, size, world] as const));

function overlaps({ texts }: Picture): string[] {
  return texts.flatMap((a, i) =>
    texts
      .slice(i + 1)
      .filter((b) => overlap(boxOf(a), boxOf(b)))
      .map((b) => `"${a.text}" at ${a.x},${a.y} and "${b.text}" at ${b.x},${b.y}`),
  );
}

function outside({ texts, things, width, height }: Picture): string[] {
  const boxes = [
    ...texts.map((text) => ({ name: text.text, ...boxOf(text) })),
    ...things.map((thing) => ({ ...thing, name: thing.label })),
  ];
  return boxes
    .filter(({ x, y, w, h }) => x < 0 || y < 0 || x + w > width || y + h > height)
    .map(({ name, x, y }) => `"${name}" at ${x},${y} of ${width}x${height}`);
}

describe.each(cases)("%s, %s", (_name, size, world) => {
  const picture = layoutGraph(world, null, size);
  test("no two texts overlap", () => expect(overlaps(picture)).toEqual([]));
  test("nothing leaves the picture", () => expect(outside(picture)).toEqual([]));
  test("everything can be pointed at, once", () => {
    const rows = world.devices.flatMap((entry) => entry.rows);
    expect(picture.things).toHaveLength(
      world.groups.length + world.devices.length + rows.length + world.domains.length,
    );
  });
});

describe("between two steps", () => {
  test("a device keeps its slot when layers part", () => {
    const quiet = layoutGraph(worldOf({ groups: [2, 1], domains: 4, pasids: 1 }), null, "wide");
    const loud = layoutGraph(worldOf({ groups: [2, 1], domains: 4, pasids: 1, diverging: 1 }), null, "wide");
    const places = ({ things }: Picture) => things.filter(({ selected }) => selected.kind === "device");
    expect(places(loud).map(({ y }) => y)).toEqual(places(quiet).map(({ y }) => y));
  });

  test("a domain keeps its slot when the tables stop naming it", () => {
    const place = (world: Snapshot) =>
      layoutGraph(world, null, "wide").things.find(({ selected }) => "id" in selected && selected.id === "D1");
    const before = worldOf({ groups: [1], domains: 3, pasids: 1 });
    const after = worldOf({ groups: [1], domains: 3, pasids: 1, diverging: 1 });
    expect(place(after)?.y).toBe(place(before)?.y);
  });
});

describe("more devices than are drawn", () => {
  const eight = worldOf({ groups: [1, 1, 1, 2, 1, 1, 1], domains: 9, pasids: 1 });
  const still = { phase: "", pci: [], gdev: [], master: [] } as const;
  const quiet: Snapshot = {
    ...eight,
    devices: eight.devices.map((own) => ({
      ...own,
      ...still,
      stes: own.stes.map((ste) => ({ ...ste, changed: false, fields: [] })),
    })),
  };
  const foldedIn = (world: Snapshot, selected: Selected | null = null) =>
    layoutGraph(world, selected, "wide")
      .things.filter(({ folded }) => folded)
      .map(({ selected: thing }) => "id" in thing && thing.id);
  const others = ["g1", "g2", "g3", "g4", "g5", "g6"];
  const change = (at: number, more: Partial<Snapshot["devices"][number]>): Snapshot => ({
    ...quiet,
    devices: quiet.devices.map((own, i) => (i === at ? { ...own, ...more } : own)),
  });

  test("what agrees and does nothing is a line, but for the group that the inspector speaks of", () => {
    expect(foldedIn(quiet)).toEqual(others);
    const few = worldOf({ groups: [1, 2, 3], domains: 4, pasids: 1 });
    expect(foldedIn({ ...few, devices: few.devices.map((own) => ({ ...own, ...still })) })).toEqual([]);
  });
  test("a group opens while it is selected, in a reset, apart, or changed by the step", () => {
    expect(foldedIn(quiet, { kind: "group", id: "g4" })).not.toContain("g4");
    expect(foldedIn(quiet, { kind: "row", device: "dev3", pasid: 1 })).not.toContain("g3");
    expect(foldedIn(change(7, { inReset: true }))).not.toContain("g6");
    expect(foldedIn(change(2, { master: [{ name: "in_ste", value: "1", was: "0" }] }))).not.toContain("g2");
    const apart = quiet.devices[6]?.rows.map((row) => ({ ...row, agree: false })) ?? [];
    expect(foldedIn(change(6, { rows: apart }))).not.toContain("g5");
  });
  test.each(["wide", "small"] as const)("no two texts overlap and nothing leaves the picture, %s", (size) => {
    for (const selected of [null, { kind: "group", id: "g3" } as const]) {
      const picture = layoutGraph(quiet, selected, size);
      expect([overlaps(picture), outside(picture)]).toEqual([[], []]);
    }
  });
  test("a domain that only folded groups are on is counted, not drawn", () => {
    const { texts } = layoutGraph(quiet, null, "wide");
    expect(texts.map(({ text }) => text)).toContain("D4 (S1, ASID 12, on 3 devices)");
    expect(texts.filter(({ text }) => text === "D4")).toEqual([]);
  });
});

describe("what the picture says", () => {
  const picture = layoutGraph(moment, null, "wide");
  test("the path that ends is stopped at its field", () => {
    const stop = picture.shapes.find(({ kind }) => kind === "stop");
    const field = picture.texts.find(({ text }) => text === "S1ContextPtr");
    expect(stop).toBeDefined();
    expect(stop?.kind === "stop" && Math.abs(stop.y - (field!.y - 4))).toBeLessThan(1);
  });
  test("the sentence stands beside the double outline", () => {
    expect(
      picture.texts
        .filter(({ tone }) => tone === "bad")
        .map(({ text }) => text)
        .join(" "),
    ).toContain("The core still holds D1 for PASID 1");
  });
  test("what the driver tracks stands in its box, a line for each stream", () => {
    const at = (text: string) => picture.texts.find((entry) => entry.text === text);
    expect(at("RID on list of")).toBeDefined();
    expect(picture.texts.find(({ text, y }) => text === "none" && y === at("PASID 1 on list of")?.y)?.tone).toBe("bad");
  });
  test("only what disagrees is outlined: the driver's line, or the domain that the tables do not reach", () => {
    const outlined = (apart: ("driver" | "tables")[]) => {
      const rows = device.rows.map((row) => (row.agree ? row : { ...row, apart }));
      const { shapes, texts, things } = layoutGraph({ ...moment, devices: [{ ...device, rows }] }, null, "wide");
      const inside = (x: number, y: number) =>
        shapes.some(
          (shape) =>
            shape.kind === "rect" &&
            shape.tone === "diverges" &&
            x > shape.x &&
            x < shape.x + shape.w &&
            y > shape.y &&
            y < shape.y + shape.h,
        );
      const line = texts.find(({ text }) => text === "PASID 1 on list of");
      const domain = things.find(({ selected }) => selected.kind === "domain" && selected.id === "D1");
      return [line !== undefined && inside(line.x, line.y), domain !== undefined && inside(domain.x + 1, domain.y + 1)];
    };
    expect(outlined(["driver"])).toEqual([true, false]);
    expect(outlined(["tables"])).toEqual([false, true]);
    expect(outlined(["driver", "tables"])).toEqual([true, true]);
  });
  test("the kernel's window is hatched lightly, the function's own reset densely inside it", () => {
    const hatches = (world: Snapshot) =>
      layoutGraph(world, null, "wide").shapes.flatMap((shape) => (shape.kind === "hatch" ? [shape.dense] : []));
    expect(hatches(moment)).toEqual([false]);
    expect(hatches({ ...moment, devices: [{ ...device, inReset: true }] })).toEqual([false, true]);
  });
  test.each(sizes)("of two SMMUs each has a frame with its name, and each domain names its own: %s", (size) => {
    const drawn = layoutGraph(two, null, size);
    const named = (name: string) => drawn.texts.filter(({ text }) => text === name).map(({ tone }) => tone);
    expect(drawn.shapes.filter((shape) => shape.kind === "rect" && shape.tone === "smmu")).toHaveLength(2);
    expect(named("smmu0")).toEqual(expect.arrayContaining(["hardware", "plain"]));
    expect(named("smmu1").filter((tone) => tone === "hardware")).toHaveLength(1);
    expect(drawn.things.map(({ label }) => label)).toContainEqual(
      expect.stringMatching(/^0000:02:00\.0, behind smmu1/),
    );
  });
  test.each(sizes)("one SMMU is not worth a word: %s", (size) => {
    const drawn = layoutGraph(one, null, size);
    expect(drawn.texts.map(({ text }) => text).filter((text) => text.includes("smmu0"))).toEqual([]);
    expect(drawn.shapes.filter((shape) => shape.kind === "rect" && shape.tone === "smmu")).toEqual([]);
  });
  test("domains on no device are listed", () => {
    expect(picture.texts.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["on no device:", "D0 (S1, ASID 8)", "blocking"]),
    );
  });
  test("what the SMMU holds of an STE stands above it, outlined and with a path of its own where it is another", () => {
    const held = {
      sid: "0x100",
      held: true,
      changed: false,
      writes: [],
      fields: [{ name: "Config", value: "S1_trans" }],
    };
    const drawn = (stale: string | undefined, size: "wide" | "small" = "wide") => {
      const hardware = { domain: "D1", text: "D1", where: "STE held", changed: false };
      const rows = device.rows.map((row) => ({ ...row, hardware, apart: stale ? (["hardware"] as const) : [] }));
      const stes = device.stes.map((ste) => ({ ...ste, held: { ...held, ...(stale ? { stale } : {}) } }));
      const { shapes, texts } = layoutGraph({ ...moment, devices: [{ ...device, rows, stes }] }, null, size);
      const strip = shapes.find((shape) => shape.kind === "rect" && shape.tone === "held");
      const around = shapes.filter(
        (s) => s.kind === "rect" && s.tone === "diverges" && strip && "x" in strip && s.x === strip.x - 3,
      );
      const paths = shapes.filter((shape) => shape.kind === "edge" && shape.layer === "hardware");
      return [
        strip !== undefined,
        texts.some(({ text }) => text.startsWith("holds S1_trans")),
        around.length,
        paths.length > 0,
      ];
    };
    expect(drawn(undefined)).toEqual([true, true, 0, false]);
    expect(drawn("It is another.")).toEqual([true, true, 1, true]);
    expect(drawn("It is another.", "small")).toEqual([false, false, 0, false]);
  });
  test("an STE and each CD can be pointed at where the model has their qwords", () => {
    const entry = { qwords: Array<string>(8).fill("0") };
    const devices = moment.devices.map((device) => ({
      ...device,
      stes: device.stes.map((ste) => ({ ...ste, entry })),
      cdTable: { ...device.cdTable, entries: device.cdTable.entries.map((cd) => ({ ...cd, entry })) },
    }));
    const { things } = layoutGraph({ ...moment, devices }, { kind: "cd", device: "dev0", index: 1 }, "wide");
    const entries = things.filter(({ selected }) => selected.kind === "ste" || selected.kind === "cd");
    expect(entries.map(({ label }) => label.split(",")[0])).toEqual([
      "STE 0x100 of 0000:01:00.0",
      "CD[0] of 0000:01:00.0",
      "CD[1] of 0000:01:00.0",
    ]);
    for (const [n, a] of things.entries())
      for (const b of things.slice(n + 1))
        if (entries.includes(a) || entries.includes(b))
          expect([a.label, b.label, overlap(a, b)]).toEqual([a.label, b.label, false]);
  });
  test("a group lies below its devices and streams, so that these are hit first", () => {
    expect(picture.things.map(({ selected }) => selected.kind)).toEqual([
      "group",
      "device",
      "row",
      "row",
      "domain",
      "domain",
      "domain",
      "domain",
    ]);
  });
});

describe("kinds of domains", () => {
  const model = { ...moment.domains[0], tableRows: ["dev0/0"], coreRows: ["dev0/0"] };
  const domains = [
    { ...model, id: "S2P", stage: "S2", tag: "VMID 1", tableRows: [], coreRows: [] },
    { ...model, id: "D5", tableRows: [], coreRows: [] },
    { ...model, id: "N1", stage: "nested", tag: "", parent: "S2P" },
  ];
  const at = (id: string, world: Snapshot) => {
    const { things, texts, shapes } = layoutGraph(world, null, "wide");
    const thing = things.find(({ selected }) => selected.kind === "domain" && selected.id === id);
    return { ...thing!, texts, shapes };
  };
  test("a nested domain stands on its S2 parent, which is drawn with it and reached through it", () => {
    const world = { ...moment, domains };
    const [nested, parent] = [at("N1", world), at("S2P", world)];
    expect(parent.y).toBeGreaterThan(nested.y);
    expect([nested.x, nested.label]).toEqual([parent.x, expect.stringContaining("on S2P")]);
    const d = `M${nested.x + nested.w / 2} ${nested.y - 0.5 + nested.h}V${parent.y - 0.5}`;
    expect(nested.shapes).toContainEqual({ kind: "edge", layer: "tables", arrow: true, d });
  });
  test("the process of an SVA domain is named, and that it has exited", () => {
    const sva = { ...model, id: "SVA A", stage: "SVA", tag: "ASID 3", note: "mm A exited" };
    const { texts } = at("SVA A", { ...moment, domains: [sva] });
    expect(texts.map(({ text }) => text)).toContain("mm A exited");
  });
  test("a CD whose EPD0 stops every walk says so in place of its V", () => {
    const fields = [
      { name: "V", value: "1" },
      { name: "EPD0", value: "1" },
    ];
    const entry = { ssid: 1, fields, changed: false, writes: [] };
    const cdTable = { allocated: true, referenced: true, entries: [entry] };
    const { texts } = layoutGraph({ ...moment, devices: [{ ...device, cdTable }] }, null, "wide");
    expect(texts.map(({ text }) => text)).toContain("EPD0");
  });
  test("a path that ends as the core has it is no violation, whatever the driver says", () => {
    const stop = { field: "Config", event: "C_BAD_SUBSTREAMID" };
    const rows = device.rows.map((row) => ({ ...row, agree: false, docked: false, apart: ["driver" as const], stop }));
    const { shapes } = layoutGraph({ ...moment, devices: [{ ...device, rows }] }, null, "wide");
    const stops = shapes.flatMap((shape) => (shape.kind === "stop" ? [shape.quiet] : []));
    expect(new Set(stops)).toEqual(new Set([true]));
  });
});
