import type { Snapshot } from "../worker/protocol.ts";
import { pairInHand } from "./select.ts";

/**
 * How the reader looks at a run, as a short word for the address: `t2` the current thread, `d0` a device, `d0p1` one of
 * its streams, `d0s0` its first STE, `d0c1` the CD of ssid 1, `d0h0` and `d0k1` what an SMMU holds of them, `q3` a command, `e0` an event, `u0q3` and `u0e0` the same in a queue, `g0` a group, `m1` a domain, `xl` an open sheet. After it what the verdicts are narrowed to, `_sused-ssids` a
 * scenario, `_dlinux-7_3` a design as links write it, `0` for the run's own, `_pI-BLOCK` a property; the last also without the verdicts. Objects are named by their place in the snapshot. A word
 * from a link that says nothing we know is no fault: whatever it names is left out.
 */
export interface Look {
  /** The thread that a step goes to, 0 for none yet. */
  readonly thread: number;
  readonly selected: Selected | null;
  readonly sheet: Sheet | null;
  /** The property whose breaking is explained. */
  readonly property: string | null;
  /** What the verdicts are narrowed to; kept while they are closed. */
  readonly aim: Aim;
}

/** One scenario, one design with its options, one property; null for all. */
export interface Aim {
  readonly scenario: string | null;
  /** As in a link: `test-dev-v1--retest-yes`, with `_` for a dot. */
  readonly design: string | null;
  readonly property: string | null;
}

export type Selected =
  | { readonly kind: "device" | "group" | "domain"; readonly id: string }
  | { readonly kind: "row"; readonly device: string; readonly pasid: number }
  | EntryRef;

/**
 * What can be inspected bit by bit: the STEs of a device by their place, its CDs by ssid, what an SMMU holds of either (see
 * `entry.ts`), commands and events of the run by their place, with no device; what lies in the queue of an SMMU by its number,
 * with the SMMU in place of a device.
 */
export type EntryRef = {
  readonly kind: "ste" | "cd" | "heldSte" | "heldCd" | "cmd" | "event";
  readonly device: string;
  readonly index: number;
};

export const isEntryRef = (selected: Selected | null): selected is EntryRef =>
  selected !== null && Object.hasOwn(letters, selected.kind);

export type Sheet =
  | "about"
  | "changes"
  | "checks"
  | "designs"
  | "patch"
  | "legend"
  | "keys"
  | "reply"
  | "stories"
  | "compare"
  | "recipe"
  | "verdicts"
  | "inspect";

const sheets: Readonly<Record<string, Sheet>> = {
  a: "about",
  c: "checks",
  d: "designs",
  e: "patch",
  i: "inspect",
  l: "legend",
  k: "keys",
  r: "reply",
  q: "stories",
  w: "compare",
  m: "recipe",
  v: "verdicts",
  f: "changes",
};

const letters = { ste: "s", cd: "c", heldSte: "h", heldCd: "k", cmd: "q", event: "e" } as const;
const kinds = { s: "ste", c: "cd", h: "heldSte", k: "heldCd" } as const;

const wide: Aim = { scenario: null, design: null, property: null };

export const plainLook: Look = { thread: 0, selected: null, sheet: null, property: null, aim: wide };

type World = Pick<Snapshot, "devices" | "groups" | "domains" | "queues" | "link">;

/** In place of the scenario or the design of the run that the same address names: a world of one's own is long. */
const IN_HAND = "0";

export function encodeLook(look: Look, world: World): string {
  const sheet = Object.keys(sheets).find((letter) => sheets[letter] === look.sheet);
  return (
    ((look.thread > 0 ? `t${look.thread}` : "") + encodeSelected(look.selected, world) + (sheet ? `x${sheet}` : "") ||
      "0") + encodeAim(look.sheet === "verdicts" ? look.aim : { ...wide, property: look.property }, world)
  );
}

function encodeAim({ scenario, design, property }: Aim, world: World): string {
  const hand = pairInHand(world);
  const part = (letter: string, id: string | null, own: string) =>
    id === null ? "" : `_${letter}${id === own ? IN_HAND : id}`;
  return part("s", scenario, hand.scenario) + part("d", design, hand.design) + part("p", property, "");
}

/** Names are not known here: who shows them leaves out what there is not. */
function decodeAim(words: readonly string[], world: World): Aim {
  const hand = pairInHand(world);
  const part = (letter: string, own: string) => {
    const id = words.find((word) => word.startsWith(letter) && word.length > 1)?.slice(1) ?? null;
    return id === IN_HAND ? own : id;
  };
  return { scenario: part("s", hand.scenario), design: part("d", hand.design), property: part("p", IN_HAND) };
}

function encodeSelected(selected: Selected | null, { devices, groups, domains, queues }: World): string {
  if (!selected) return "";
  const place = (letter: string, list: readonly { readonly id: string }[], id: string) => {
    const at = list.findIndex((entry) => entry.id === id);
    return at < 0 ? "" : `${letter}${at}`;
  };
  if (selected.kind === "cmd" || selected.kind === "event") {
    const queue = queues.findIndex(({ id, kind }) => id === selected.device && kind === selected.kind);
    return `${selected.device === "" ? "" : `u${queue}`}${letters[selected.kind]}${selected.index}`;
  }
  if (selected.kind === "row" || isEntryRef(selected)) {
    const device = place("d", devices, selected.device);
    return (
      device && device + (selected.kind === "row" ? `p${selected.pasid}` : `${letters[selected.kind]}${selected.index}`)
    );
  }
  if (selected.kind === "group") return place("g", groups, selected.id);
  return selected.kind === "domain" ? place("m", domains, selected.id) : place("d", devices, selected.id);
}

export function decodeLook(text: string, world: World): Look {
  const { devices, groups, domains, queues } = world;
  // a dot in a version is written `_` as well, before a digit
  const [word = "", ...aims] = text.split(/_(?=[sdp])/);
  const thread = Number(/^t(\d{1,3})/.exec(word)?.[1] ?? 0);
  const sheet = sheets[/x([a-z])$/.exec(word)?.[1] ?? ""] ?? null;
  const [, letter, place, part, number] = /^(?:t\d+)?([dgm])(\d{1,4})(?:([pschk])(\d{1,7}))?(?:x|$)/.exec(word) ?? [];
  const list = { d: devices, g: groups, m: domains }[letter ?? ""];
  const id = list?.[Number(place)]?.id;
  let selected: Selected | null = null;
  const [, at, queue, index] = /^(?:t\d+)?(?:u(\d{1,2}))?([qe])(\d{1,5})(?:x|$)/.exec(word) ?? [];
  const device = at === undefined ? "" : queues[Number(at)]?.id;
  if (queue !== undefined && device !== undefined)
    selected = { kind: queue === "q" ? "cmd" : "event", device, index: Number(index) };
  if (id !== undefined) {
    if (letter === "g") selected = { kind: "group", id };
    else if (letter === "m") selected = { kind: "domain", id };
    else if (part === undefined) selected = { kind: "device", id };
    else if (part === "p") selected = { kind: "row", device: id, pasid: Number(number) };
    else selected = { kind: kinds[part as keyof typeof kinds], device: id, index: Number(number) };
  }
  const aim = decodeAim(aims, world);
  return sheet === "verdicts"
    ? { thread, selected, sheet, property: null, aim }
    : { thread, selected, sheet, property: aim.property, aim: wide };
}
