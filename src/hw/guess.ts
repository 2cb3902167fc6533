/** What a number of qwords may be, when nobody says so. */
import { decode, LENGTHS, type Structure } from "./decode.ts";
import { CD } from "./cd-fields.ts";
import { get, type Qwords } from "./fields.ts";
import { STE } from "./ste-fields.ts";

export interface Guess {
  readonly structure: Structure;
  /** What it may be as well; null if its length leaves no doubt. */
  readonly other: Structure | null;
  /** Why the one and not the other: the end of a sentence. "" if there is no doubt. */
  readonly why: string;
}

/** How many bits are set that no field names. */
function unnamedBits(structure: Structure, q: Qwords): number {
  return decode(structure, q)
    .unnamed.map((word) => word.toString(2).replaceAll("0", "").length)
    .reduce((sum, n) => sum + n, 0);
}

const bitsText = (n: number) => (n === 1 ? "one bit that no field names" : `${n} bits that no field names`);

/**
 * The structure of this length. Eight qwords are an STE or a CD: the one that leaves fewer bits without a name, else the one
 * that is valid, else an STE. Null if no structure is as long.
 */
export function guess(q: Qwords): Guess | null {
  if (q.length === LENGTHS.cmd) return { structure: "cmd", other: null, why: "" };
  if (q.length === LENGTHS.event) return { structure: "event", other: null, why: "" };
  if (q.length !== LENGTHS.ste) return null;
  const [ste, cd] = [unnamedBits("ste", q), unnamedBits("cd", q)];
  if (ste < cd) return { structure: "ste", other: "cd", why: `as a CD it would have ${bitsText(cd)}` };
  if (cd < ste) return { structure: "cd", other: "ste", why: `as an STE it would have ${bitsText(ste)}` };
  const valid = [get(q, STE.V), get(q, CD.V)];
  if (valid[0] < valid[1]) return { structure: "cd", other: "ste", why: "as an STE it would not be valid" };
  if (valid[0] > valid[1]) return { structure: "ste", other: "cd", why: "as a CD it would not be valid" };
  return { structure: "ste", other: "cd", why: "nothing in it speaks for either" };
}
