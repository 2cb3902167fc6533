import type { EntryView, HeldView, InspectRequest, Snapshot, StructureKind } from "../worker/protocol.ts";
import type { EntryRef } from "./look.ts";

/** Something of the model that can be inspected, as the snapshot has it. */
export interface Subject {
  readonly ref: EntryRef;
  readonly kind: StructureKind;
  /** `STE 0x100`, `CD[1]` */
  readonly title: string;
  /** Whose it is. */
  readonly owner: string;
  readonly entry: EntryView;
  /** Every step until the position that changed it, in order. */
  readonly writes: readonly number[];
  /** The step that changes it next, where the recorded run has one. */
  readonly next?: number;
}

type Source = Pick<Snapshot, "devices" | "timeline" | "position" | "queues">;

/** PASIDs go up to 7. */
const SSIDS = 8;

/** The place of a copy of a CD: the StreamID by its place that it was read through, and the ssid. */
export const heldCdIndex = (stream: number, ssid: number): number => stream * SSIDS + ssid;
export const ssidOfHeld = (index: number): number => index % SSIDS;

type Written = Pick<HeldView, "entry" | "writes" | "next">;

/** An entry in memory, or a copy of one that an SMMU holds; none where there are no qwords of it. */
function subjectOf(ref: EntryRef, kind: "ste" | "cd", title: string, owner: string, of?: Written): Subject[] {
  if (of?.entry === undefined) return [];
  const { entry, writes, next } = of;
  return [{ ref, kind, title, owner, entry, writes, ...(next === undefined ? {} : { next }) }];
}

/** Everything that can be inspected, in the order of the tables; of queues what is there at the position. */
export function subjectsOf({ devices, timeline, position, queues }: Source): readonly Subject[] {
  const entries = devices.flatMap(({ id, name, stes, cdTable }) => [
    ...stes.flatMap((ste, index) => subjectOf({ kind: "ste", device: id, index }, "ste", `STE ${ste.sid}`, name, ste)),
    ...stes.flatMap(({ sid, held }, index) =>
      subjectOf({ kind: "heldSte", device: id, index }, "ste", `STE ${sid} in the SMMU`, name, held),
    ),
    ...cdTable.entries.flatMap((cd) =>
      subjectOf({ kind: "cd", device: id, index: cd.ssid }, "cd", `CD[${cd.ssid}]`, name, cd),
    ),
    ...cdTable.entries.flatMap(({ ssid, held = [] }) =>
      held.flatMap((copy, stream) => {
        const ref = { kind: "heldCd", device: id, index: heldCdIndex(stream, ssid) } as const;
        return subjectOf(ref, "cd", `CD[${ssid}] of ${copy.sid} in the SMMU`, name, copy);
      }),
    ),
  ]);
  const told = (kind: "cmd" | "event", owner: string, of: readonly Told[]) =>
    of.flatMap(({ step, text, qwords }, index): Subject[] => {
      if (step > position) return [];
      const ref = { kind, device: "", index };
      const title = `${text}, step ${step}${among(of, index)}`;
      return [{ ref, kind, title, owner, entry: { qwords }, writes: [step] }];
    });
  return [
    ...entries,
    ...queues.flatMap(({ id, kind, rows }) =>
      rows.map(({ number, name, qwords }): Subject => {
        const ref = { kind, device: id, index: number };
        const owner = `${kind === "cmd" ? "command" : "event"} queue of ${id}`;
        return { ref, kind, title: `${name}, number ${number}`, owner, entry: { qwords }, writes: [] };
      }),
    ),
    ...told("cmd", "sent until this step", timeline.commands),
    ...told("event", "recorded until this step", timeline.events),
  ];
}

/** Which one it is of those that a step told in the same words; empty for the only one. */
function among(of: readonly Told[], index: number): string {
  const alike = of.flatMap(({ step, text }, i) => (step === of[index].step && text === of[index].text ? [i] : []));
  return alike.length === 1 ? "" : `, ${alike.indexOf(index) + 1} of ${alike.length}`;
}

interface Told {
  readonly step: number;
  readonly text: string;
  readonly qwords: readonly string[];
}

export const sameRef = (a: EntryRef, b: EntryRef): boolean =>
  a.kind === b.kind && a.device === b.device && a.index === b.index;

/** Qwords that the reader keeps to compare others with. */
export interface Pin {
  readonly title: string;
  readonly kind: StructureKind;
  readonly qwords: readonly string[];
}

/** A pasted text, and as what the reader wants it read; null to have it guessed. */
export interface Pasted {
  readonly text: string;
  readonly as: StructureKind | null;
}

/** Whether an answer is the one to this request. */
export const sameRequest = (a: InspectRequest, b: InspectRequest): boolean => JSON.stringify(a) === JSON.stringify(b);
