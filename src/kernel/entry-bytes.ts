/** Bytes of a state that stand for a qword of an entry: what they stand for is worth saying, not the number. */
import type { EntryKind } from "../hw/writer.ts";
import type { World } from "./structs.ts";

const FIELD = /^(?:(ste|ste_cache)\.q|(master|cd_cache)\.cd_q)(\d)$/;

export interface EntryQword {
  readonly kind: EntryKind;
  readonly qword: number;
  /** The StreamID's number of an STE and of what an SMMU holds, the device's of a CD in memory; as the field's index. */
  readonly of: "stream" | "device";
  readonly value: bigint;
}

/** What the byte of a field stands for; null for any other field. */
export function entryQword(w: World, struct: string, field: string, index: number, byte: number): EntryQword | null {
  const [, ste, cd, digit] = FIELD.exec(`${struct}.${field}`) ?? [];
  if (digit === undefined) return null;
  const device = cd === "master" ? index : (w.stream[index]?.device ?? 0);
  const entries = (ste === undefined ? w.cd[device] : w.ste[index])?.entries;
  const qword = Number(digit);
  const place = entries?.qwords.indexOf(qword) ?? -1;
  return {
    kind: ste === undefined ? "cd" : "ste",
    qword,
    of: cd === "master" ? "device" : "stream",
    value: entries?.values[place]?.[byte] ?? 0n,
  };
}
