/** Invalidation arrays as the page shows them: the published one of a domain, and those that readers still hold. */
import { TRASH, usesInvs } from "../kernel/invs.ts";
import type { KernelState, World } from "../kernel/structs.ts";
import { invName } from "../kernel/words.ts";
import type { Play } from "../scenarios/play.ts";
import type { Facts } from "./facts.ts";
import type { Field } from "./protocol.ts";

/** "S1_ASID 1: 2, ATS 0x100 ssid 0: 1": the items with their users, trash with none. */
function arrayText(s: KernelState, w: World, array: number): string {
  const { domain, users } = s.invs[array];
  const items = Array.from(users).flatMap((byte, place) =>
    byte === 0 ? [] : [`${invName(w, domain, place)}: ${byte === TRASH ? "trash" : byte}`],
  );
  return items.length === 0 ? "empty" : items.join(", ");
}

const readersText = (n: number) => (n === 0 ? "" : `; ${n === 1 ? "a reader" : `${n} readers`}`);

function published(s: KernelState, w: World, domain: number): string {
  const array = s.domain[domain].invs;
  if (array === 0) return "NULL";
  const { has_ats, readers } = s.invs[array];
  return `${arrayText(s, w, array)}${has_ats === 1 ? "; has_ats" : ""}${readersText(readers)}`;
}

/** Arrays of a domain that are not the published one: one that is being merged, and old ones with readers. */
function others(s: KernelState, w: World, domain: number): string {
  const found: string[] = [];
  for (let array = 1; array <= w.invs.arrays; array++) {
    if (s.invs[array].domain !== domain || s.domain[domain].invs === array) continue;
    const what = s.invst.new_invs === array ? "merged, to be published" : "replaced";
    found.push(`${what}: ${arrayText(s, w, array)}${readersText(s.invs[array].readers)}`);
  }
  return found.length === 0 ? "none" : found.join(" | ");
}

/** The array of a domain, where the driver of the design has arrays and the domain one. */
export function invsFields(play: Play, facts: Facts, domain: number): Field[] {
  const w = facts.world;
  // a unit test is one of the driver that has arrays, whatever the design
  const shown = usesInvs(play.model.table) || w.inv_list.length > 1;
  if (!shown || (w.invs.home[domain] ?? 0) === 0) return [];
  const name = w.domain[domain]?.name ?? "?";
  return (
    [
      ["invs", published],
      ["other invs", others],
    ] as const
  ).flatMap(([title, text]) => {
    const [is, was] = [text(facts.now, w, domain), text(facts.before, w, domain)];
    if (is !== was) facts.changes.push({ layer: "driver", what: `\`${title}\` of ${name}`, was, is });
    if (title === "other invs" && is === "none" && was === "none") return [];
    return [{ name: title, value: is, ...(is === was ? {} : { was }) }];
  });
}
