import type { InspectRequest, Snapshot, SteView, StructureKind } from "../worker/protocol.ts";
import type { EntryRef } from "./look.ts";

/** Something of the model that can be inspected, as the snapshot has it. */
export interface Subject {
  readonly ref: EntryRef;
  readonly kind: StructureKind;
  /** `STE 0x100`, `CD[1]` */
  readonly title: string;
  /** Whose it is. */
  readonly owner: string;
  readonly entry: Pick<SteView, "qwords" | "before" | "writes" | "update">;
}

type Source = Pick<Snapshot, "devices" | "timeline" | "position">;

/** Everything that can be inspected, in the order of the tables; of the queues what is there at the position. */
export function subjectsOf({ devices, timeline, position }: Source): readonly Subject[] {
  const entries = devices.flatMap(({ id, name, stes, cdTable }) => [
    ...stes.map((entry, index): Subject => {
      return { ref: { kind: "ste", device: id, index }, kind: "ste", title: `STE ${entry.sid}`, owner: name, entry };
    }),
    ...cdTable.entries.map((entry): Subject => {
      const { ssid } = entry;
      return { ref: { kind: "cd", device: id, index: ssid }, kind: "cd", title: `CD[${ssid}]`, owner: name, entry };
    }),
  ]);
  const queued = (kind: "cmd" | "event", owner: string, of: readonly Queued[]) =>
    of.flatMap(({ step, text, qwords }, index): Subject[] => {
      if (qwords === undefined || step > position) return [];
      const entry = { qwords, before: qwords, writes: [step] };
      return [{ ref: { kind, device: "", index }, kind, title: `${text}, step ${step}`, owner, entry }];
    });
  return [
    ...entries,
    ...queued("cmd", "command queue", timeline.commands),
    ...queued("event", "event queue", timeline.events ?? []),
  ];
}

interface Queued {
  readonly step: number;
  readonly text: string;
  readonly qwords?: readonly string[];
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
