import type { Snapshot } from "../worker/protocol.ts";

/**
 * How the reader looks at a run, as a short word for the address: `t2` the current thread, `d0` a device, `d0p1` one of
 * its streams, `d0s0` its first STE, `d0c1` the CD of ssid 1, `g0` a group, `m1` a domain, `xl` an open sheet. Objects are named by their place in the snapshot. A word
 * from a link that says nothing we know is no fault: whatever it names is left out.
 */
export interface Look {
  /** The thread that a step goes to, 0 for none yet. */
  readonly thread: number;
  readonly selected: Selected | null;
  readonly sheet: Sheet | null;
}

export type Selected =
  | { readonly kind: "device" | "group" | "domain"; readonly id: string }
  | { readonly kind: "row"; readonly device: string; readonly pasid: number }
  | EntryRef;

/** An entry in memory: the STEs of a device by their place, its CDs by ssid. */
export type EntryRef = { readonly kind: "ste" | "cd"; readonly device: string; readonly index: number };

export const isEntryRef = (selected: Selected | null): selected is EntryRef =>
  selected?.kind === "ste" || selected?.kind === "cd";

export type Sheet = "about" | "checks" | "designs" | "legend" | "keys" | "reply" | "inspect";

const sheets: Readonly<Record<string, Sheet>> = {
  a: "about",
  c: "checks",
  d: "designs",
  i: "inspect",
  l: "legend",
  k: "keys",
  r: "reply",
};

const letters = { ste: "s", cd: "c" } as const;

export const plainLook: Look = { thread: 0, selected: null, sheet: null };

type World = Pick<Snapshot, "devices" | "groups" | "domains">;

export function encodeLook(look: Look, world: World): string {
  const sheet = Object.keys(sheets).find((letter) => sheets[letter] === look.sheet);
  return (
    (look.thread > 0 ? `t${look.thread}` : "") + encodeSelected(look.selected, world) + (sheet ? `x${sheet}` : "") ||
    "0"
  );
}

function encodeSelected(selected: Selected | null, { devices, groups, domains }: World): string {
  if (!selected) return "";
  const place = (letter: string, list: readonly { readonly id: string }[], id: string) => {
    const at = list.findIndex((entry) => entry.id === id);
    return at < 0 ? "" : `${letter}${at}`;
  };
  if (selected.kind === "row" || isEntryRef(selected)) {
    const device = place("d", devices, selected.device);
    return (
      device && device + (selected.kind === "row" ? `p${selected.pasid}` : `${letters[selected.kind]}${selected.index}`)
    );
  }
  if (selected.kind === "group") return place("g", groups, selected.id);
  return selected.kind === "domain" ? place("m", domains, selected.id) : place("d", devices, selected.id);
}

export function decodeLook(word: string, { devices, groups, domains }: World): Look {
  const thread = Number(/^t(\d{1,3})/.exec(word)?.[1] ?? 0);
  const sheet = sheets[/x([a-z])$/.exec(word)?.[1] ?? ""] ?? null;
  const [, letter, place, part, number] = /^(?:t\d+)?([dgm])(\d{1,4})(?:([psc])(\d{1,7}))?(?:x|$)/.exec(word) ?? [];
  const list = { d: devices, g: groups, m: domains }[letter ?? ""];
  const id = list?.[Number(place)]?.id;
  let selected: Selected | null = null;
  if (id !== undefined) {
    if (letter === "g") selected = { kind: "group", id };
    else if (letter === "m") selected = { kind: "domain", id };
    else if (part === undefined) selected = { kind: "device", id };
    else if (part === "p") selected = { kind: "row", device: id, pasid: Number(number) };
    else selected = { kind: part === "s" ? "ste" : "cd", device: id, index: Number(number) };
  }
  return { thread, selected, sheet };
}
