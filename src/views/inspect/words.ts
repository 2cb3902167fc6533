import type { InspectView, StructureKind, UpdateView } from "../../worker/protocol.ts";

/** What a structure is called in a sentence. */
export const kindNames: Readonly<Record<StructureKind, string>> = {
  ste: "an STE",
  cd: "a CD",
  cmd: "a command",
  event: "an event",
};

/** Which way the driver goes, and what that costs. */
export function modeText({ mode, critical, syncs, vDropped }: UpdateView): string {
  const qwords = critical.length === 1 ? `qword ${critical[0]}` : `qwords ${critical.join(", ")}`;
  const waits = syncs === 0 ? "no sync" : syncs === 1 ? "one sync" : `${syncs} syncs`;
  switch (mode) {
    case "no_used_change":
      return syncs === 0 ? "nothing to store." : `nothing that counts changes; everything is stored at once, ${waits}.`;
    case "hitless":
      return `only ${qwords} must change at once, so it goes without a gap: what is ignored first, ${qwords}, then the rest; ${waits}.`;
    case "disruptive": {
      const gap = vDropped
        ? "requests in between are aborted"
        : "no request is disturbed, since one of both is not valid";
      return `${qwords} would have to change at once, so V goes to 0 first; ${gap}; ${waits}.`;
    }
  }
}

export const likeText: Readonly<Record<UpdateView["steps"][number]["like"], string>> = {
  before: "as before",
  after: "as after",
  invalid: "not valid",
  neither: "neither",
};

/** The qwords as they are copied: a line each. */
export const copyText = ({ qwords }: Pick<InspectView, "qwords">): string => qwords.join("\n");

/** `1:29-28`, as short as it can be read. */
export const placeText = (qword: number, hi: number, lo: number): string =>
  hi === lo ? `${qword}:${hi}` : `${qword}:${hi}-${lo}`;

/** Bits of a mask that are not in any of the others. */
export const without = (mask: string, ...others: readonly string[]): string => {
  const rest = others.reduce((left, other) => left & ~BigInt(other), BigInt(mask));
  return `0x${rest.toString(16).padStart(16, "0")}`;
};
