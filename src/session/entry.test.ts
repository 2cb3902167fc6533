import { expect, test } from "vitest";
import { heldCdIndex, sameRef, subjectsOf } from "./entry.ts";
import { decodeLook, encodeLook, plainLook } from "./look.ts";
import { moment } from "./moment.ts";

test("entries of every device can be inspected, and of the queues what is there at the position", () => {
  const qwords = ["0000000000000004", "000000000000001f"];
  const timeline = {
    ...moment.timeline,
    commands: [
      { step: 3, letter: "C", text: "CFGI_ALL", qwords },
      { step: 99, letter: "C", text: "CFGI_ALL", qwords },
    ],
    events: [{ step: 5, text: "F_TRANSLATION", qwords: [...qwords, ...qwords], lost: false }],
  } as const;
  const entry = { qwords: Array<string>(8).fill("0") };
  const devices = moment.devices.map((device) => ({
    ...device,
    stes: device.stes.map((ste) => ({ ...ste, entry })),
    cdTable: { ...device.cdTable, entries: device.cdTable.entries.map((cd) => ({ ...cd, entry })) },
  }));
  const row = { number: 7, name: "CMD_SYNC", text: "", qwords, waiter: "CPU0" };
  const queue = { id: "smmu0", kind: "cmd", cons: 7, prod: 8, room: 9, error: "", rows: [row] } as const;
  const subjects = subjectsOf({ devices, position: 35, timeline, queues: [queue] });
  expect(subjects.map(({ title }) => title)).toEqual([
    "STE 0x100",
    "CD[0]",
    "CD[1]",
    "CMD_SYNC, number 7",
    "CFGI_ALL, step 3",
    "F_TRANSLATION, step 5",
  ]);
  // what the model has no qwords of cannot be
  expect(subjectsOf({ ...moment, timeline: { ...timeline, commands: [], events: [] } })).toEqual([]);
  // their places do not depend on where the run stands
  const refs = subjects.map(({ ref }) => ref);
  expect(refs.at(-1)).toEqual({ kind: "event", device: "", index: 0 });
  expect(refs.every((ref, i) => refs.findIndex((other) => sameRef(other, ref)) === i)).toBe(true);
});

test("commands that one step sent in the same words are numbered", () => {
  const command = (step: number, text: string) => ({ step, letter: "C", text, qwords: [] }) as const;
  const commands = [command(3, "CFGI_STE"), command(3, "CMD_SYNC"), command(3, "CFGI_STE"), command(4, "CFGI_STE")];
  const subjects = subjectsOf({
    ...moment,
    devices: [],
    queues: [],
    timeline: { ...moment.timeline, commands, events: [] },
  });
  expect(subjects.map(({ title }) => title)).toEqual([
    "CFGI_STE, step 3, 1 of 2",
    "CMD_SYNC, step 3",
    "CFGI_STE, step 3, 2 of 2",
    "CFGI_STE, step 4",
  ]);
});

test("what an SMMU holds can be inspected while it holds it, and has a word of its own in a link", () => {
  const copy = { sid: "0x100", held: true, changed: false, writes: [3], fields: [] };
  const held = { ...copy, entry: { qwords: Array<string>(8).fill("0") } };
  const devices = moment.devices.map((device) => ({
    ...device,
    stes: device.stes.map((ste) => ({ ...ste, held })),
    cdTable: {
      ...device.cdTable,
      entries: device.cdTable.entries.map((cd) => ({ ...cd, held: [{ ...copy, held: false }, held] })),
    },
  }));
  const subjects = subjectsOf({ ...moment, devices });
  expect(
    subjects.filter(({ ref }) => ref.kind.startsWith("held")).map(({ title, kind }) => `${kind} ${title}`),
  ).toEqual(["ste STE 0x100 in the SMMU", "cd CD[0] of 0x100 in the SMMU", "cd CD[1] of 0x100 in the SMMU"]);
  for (const { ref } of subjects) {
    const look = { ...plainLook, selected: ref };
    expect(decodeLook(encodeLook(look, moment), moment)).toEqual(look);
  }
  expect(subjects.find(({ title }) => title.startsWith("CD[1] of"))?.ref.index).toBe(heldCdIndex(1, 1));
});
