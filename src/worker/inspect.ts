/** Qwords bit by bit, for the page: what they are, what each field means, and how the driver would get there. */
import { decode, type DecodedField, LENGTHS } from "../hw/decode.ts";
import type { Qwords } from "../hw/fields.ts";
import { guess } from "../hw/guess.ts";
import { type Dump, readDumps, WordsError } from "../hw/read-words.ts";
import { summary } from "../hw/summary.ts";
import { valueText } from "../hw/value-text.ts";
import { behavesAs, describeUpdate, type EntryKind, safeBits, writeEntry } from "../hw/writer.ts";
import { get } from "../hw/fields.ts";
import { STE } from "../hw/ste-fields.ts";
import { CD } from "../hw/cd-fields.ts";
import type {
  InspectField,
  InspectRequest,
  InspectView,
  Reply,
  StructureKind,
  UpdateStep,
  UpdateView,
} from "./protocol.ts";

const word = (q: bigint) => `0x${q.toString(16).padStart(16, "0")}`;
const bigints = (words: readonly string[]): Qwords => words.map((digits) => BigInt(`0x${digits.replace(/^0x/, "")}`));
const isEntry = (kind: StructureKind): kind is EntryKind => kind === "ste" || kind === "cd";

/** What the entry in memory is for the SMMU, between two of them. */
function like(kind: EntryKind, now: Qwords, from: Qwords, to: Qwords): UpdateStep["like"] {
  const valid = get(now, kind === "ste" ? STE.V : CD.V) === 1n;
  if (behavesAs(kind, now, to)) return "after";
  if (behavesAs(kind, now, from)) return "before";
  return valid ? "neither" : "invalid";
}

function updateView(kind: EntryKind, from: Qwords, to: Qwords, made: number | null): UpdateView {
  const { mode, critical_qwords, syncs, hitless, v_dropped } = describeUpdate(kind, from, to);
  const { used } = decode(kind, to);
  const memory = [...from];
  const steps: UpdateStep[] = [];
  for (const step of writeEntry(kind, from, to)) {
    if ("store" in step) memory[step.store] = step.value;
    steps.push({
      store: "store" in step ? { qword: step.store, value: word(step.value) } : null,
      like: like(kind, memory, from, to),
      ...(made === null ? {} : { made: steps.length < made }),
    });
  }
  const illFormed = to.flatMap((q, i) => ((q & ~used[i]) === 0n ? [] : [i]));
  return { mode, critical: critical_qwords, syncs, hitless, vDropped: v_dropped, illFormed, steps };
}

function fieldView(kind: StructureKind, name: string, f: DecodedField, was: DecodedField | undefined): InspectField {
  const { field, used } = f;
  const beside = (field.name === "OP" || field.name === "ID") && name !== "" ? ` ${name}` : "";
  return {
    name: field.name,
    qword: field.qword,
    hi: field.hi,
    lo: field.lo,
    value: valueText(field, f.value) + beside,
    used,
    ...(was === undefined || was.value === f.value ? {} : { was: valueText(field, was.value) }),
    about: field.about,
    partOf: field.partOf,
  };
}

/** Bits that may differ for a moment, between the ends of an update. */
function safeOf(kind: EntryKind, q: Qwords, against: Qwords | null, { update }: InspectRequest): Qwords {
  if (update !== null) return safeBits(kind, bigints(update.from), bigints(update.to));
  return against === null ? q.map(() => 0n) : safeBits(kind, against, q);
}

/** The update that is under way, else the one from what it is compared with. */
function updateOf(kind: EntryKind, q: Qwords, against: Qwords | null, { update }: InspectRequest) {
  if (update !== null) return { update: updateView(kind, bigints(update.from), bigints(update.to), update.made) };
  return against === null ? {} : { update: updateView(kind, against, q, null) };
}

function viewOf(kind: StructureKind, q: Qwords, request: InspectRequest): Omit<InspectView, "title" | "more"> {
  const found = decode(kind, q);
  const against = request.against?.kind === kind ? bigints(request.against.qwords) : null;
  const before = against === null ? null : decode(kind, against);
  const wasOf = (name: string) => before?.fields.find(({ field }) => field.name === name);
  const none = q.map(() => 0n);
  return {
    kind,
    qwords: q.map(word),
    name: found.name,
    sentence: summary(kind, q),
    fields: found.fields.map((f) => fieldView(kind, found.name, f, wasOf(f.field.name))),
    used: found.used.map(word),
    safe: (isEntry(kind) ? safeOf(kind, q, against, request) : none).map(word),
    unnamed: found.unnamed.map(word),
    faults: found.faults,
    ...(against === null ? {} : { against: against.map(word) }),
    ...(isEntry(kind) ? updateOf(kind, q, against, request) : {}),
  };
}

const NAMES: Readonly<Record<StructureKind, string>> = {
  ste: "an STE",
  cd: "a CD",
  cmd: "a command",
  event: "an event",
};

/** What a dump is: as it is asked for, as the text says, or by guessing. A sentence where it can be nothing. */
function kindOf(dump: Dump, as: StructureKind | null): { kind: StructureKind; guess?: InspectView["guess"] } | string {
  const { length } = dump.qwords;
  const here = length === 1 ? "is 1 qword" : `are ${length} qwords`;
  const told = as ?? dump.structure;
  if (told !== null)
    return length === LENGTHS[told] ? { kind: told } : `Here ${here}, and ${NAMES[told]} has ${LENGTHS[told]}.`;
  const guessed = guess(dump.qwords);
  if (guessed === null) return `Here ${here}: a command has 2, an event 4, an STE or a CD 8.`;
  const { structure, other, why } = guessed;
  return { kind: structure, ...(other === null ? {} : { guess: { other, why } }) };
}

/**
 * Inspects qwords. A text may hold several dumps: the first is taken. What is none gets a sentence.
 *
 * Sixteen qwords in a row are two entries, and the second is compared with the first.
 */
export function inspect(request: InspectRequest): InspectView | string {
  let dumps: readonly Dump[];
  try {
    dumps = readDumps(request.text);
  } catch (error) {
    if (error instanceof WordsError) return error.message;
    throw error;
  }
  const [first] = dumps;
  if (first === undefined) return "Here are 0 qwords: a command has 2, an event 4, an STE or a CD 8.";
  if (first.qwords.length === 16 && dumps.length === 1) {
    const [before, after] = [first.qwords.slice(0, 8), first.qwords.slice(8)];
    const found = kindOf({ ...first, qwords: after }, request.as);
    if (typeof found === "string") return found;
    const against = { kind: found.kind, qwords: before.map(word) };
    return {
      ...viewOf(found.kind, after, { ...request, against, update: null }),
      ...found,
      title: first.title,
      more: 0,
    };
  }
  const found = kindOf(first, request.as);
  if (typeof found === "string") return found;
  return { ...viewOf(found.kind, first.qwords, request), ...found, title: first.title, more: dumps.length - 1 };
}

/** The answer to a request. */
export function answerInspect(id: number, request: InspectRequest): Reply {
  const inspected = inspect(request);
  return typeof inspected === "string"
    ? { kind: "refused", id, notice: inspected }
    : { kind: "inspect", id, inspected };
}
