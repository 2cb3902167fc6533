import { isApart, severalSmmus } from "../../session/select.ts";
import { widthOf } from "../../ui/measure.ts";
import type { DomainView, Snapshot } from "../../worker/protocol.ts";
import { slotHeight, slotPitch } from "./plan.ts";
import { holdersOf } from "./fold.ts";
import { fontOf } from "./pen.ts";
import type { Block, Plan, Slot } from "./plan.ts";

/** How many domains each block has room for: all of them where they are few, else those in use. */
export function slotsPerBlock({ domains, devices }: Snapshot): number {
  const blocks = Math.max(1, devices.length);
  const all = Math.ceil(domains.length / blocks);
  return all <= 6 ? all : Math.max(6, Math.ceil(domains.filter(isUsed).length / blocks));
}

/** Something leads to it, or to a nested domain that lies on it. */
function isUsed(domain: DomainView, _at: number, domains: readonly DomainView[]): boolean {
  const own = ({ tableRows, coreRows }: DomainView) => tableRows.length + coreRows.length > 0;
  return own(domain) || domains.some((nested) => nested.parent === domain.id && own(nested));
}

/** Nested domains stand right above the S2 parent that they lie on. */
function stacked(domains: readonly DomainView[]): DomainView[] {
  const above = ({ id }: DomainView) => domains.filter(({ parent }) => parent === id);
  return domains.flatMap((domain) => (domain.parent === undefined ? [...above(domain), domain] : []));
}

/** A slot for each domain, spread over the height, the same at every step. Where they are too many, for the used ones. */
export function slotsFor(snapshot: Snapshot, blocks: readonly Block[]): Map<string, Slot> {
  const places = blocks.flatMap(({ top, slotsEnd }) =>
    Array.from({ length: Math.max(1, Math.floor((slotsEnd - top + 8) / slotPitch)) }, (_, i) => top + i * slotPitch),
  );
  const all = stacked(snapshot.domains);
  const drawn = all.length <= places.length ? all : all.filter(isUsed);
  const apart = drawn.length > 1 ? (places.length - 1) / (drawn.length - 1) : 0;
  const slots = new Map<string, Slot>();
  for (const [i, domain] of drawn.entries()) {
    const y = places[Math.round(i * Math.max(1, apart))] ?? (places.at(-1) ?? 0) + (i - places.length + 1) * slotPitch;
    if (isUsed(domain, i, drawn)) slots.set(domain.id, { domain, y });
  }
  return slots;
}

export function drawDomains(plan: Plan, slots: ReadonlyMap<string, Slot>): void {
  const { pen, snapshot, selected, columns } = plan;
  // what the core names and the tables do not reach, and what they reach instead
  const disputed = new Set(
    snapshot.devices.flatMap(({ rows }) =>
      rows.filter((row) => isApart(row, "tables")).flatMap(({ core, tables }) => [core.domain, tables.domain]),
    ),
  );
  const several = severalSmmus(snapshot);
  const { domain: x, domainW: w } = columns;
  // below the boxes: what is nested rests on its parent, in one stack
  for (const { domain, y } of slots.values()) {
    const parent = slots.get(domain.parent ?? "");
    if (parent === undefined) continue;
    const d = `M${x + w / 2} ${y + slotHeight}V${parent.y}`;
    if (domain.tableRows.length > 0) pen.put({ kind: "edge", layer: "tables", arrow: true, d });
    else pen.put({ kind: "line", tone: "ghost", d });
  }
  for (const { domain, y } of slots.values()) {
    const reached = domain.tableRows.length > 0;
    const box = { x, y: y + 0.5, w, h: slotHeight };
    pen.put({ kind: "rect", tone: reached ? "tables" : "ghost", ...box });
    if (disputed.has(domain.id)) {
      pen.put({ kind: "rect", tone: "diverges", x: x - 5, y: y - 4.5, w: w + 10, h: slotHeight + 10 });
    }
    if (selected?.kind === "domain" && selected.id === domain.id) {
      pen.put({ kind: "rect", tone: "selected", x: x + 1, y: y + 1.5, w: w - 2, h: slotHeight - 2 });
    }
    const pad = w < 90 ? 6 : 9;
    const room = w - pad * 2;
    const fits = (text: string) => widthOf(text, fontOf(text)) <= room;
    // Of two SMMUs it matters most which one it is; the tag's name tells the stage.
    const smmu = several ? domain.smmu : "";
    const beside = smmu || domain.stage;
    const besideFits = widthOf(domain.id, { size: 12, bold: true }) + 6 + widthOf(beside, fontOf(beside)) <= room;
    pen.text(x + pad, y + 15, domain.id, reached ? "h" : "plain", { size: 12, bold: true });
    if (besideFits) pen.text(x + w - pad, y + 15, beside, "plain", { ...fontOf(beside), end: true });
    const words = besideFits ? [smmu === "" ? "" : domain.stage, domain.tag] : [smmu, domain.stage, domain.tag];
    const whole = words.filter(Boolean).join(" ");
    const note = domain.note ?? (domain.parent === undefined || domain.tag !== "" ? "" : `on ${domain.parent}`);
    const more = [whole, note].filter(Boolean).join(", ");
    // a process that exited is worth more than the tag of what it left behind
    const below = [more, note, whole, domain.tag, domain.stage].find((text) => text !== "" && fits(text)) ?? "";
    pen.text(x + pad, y + 29, below, "q", fontOf(domain.tag === "" ? below : "tag"));
    pen.things.push({
      selected: { kind: "domain", id: domain.id },
      ...box,
      label: [
        `domain ${domain.id}`,
        domain.stage,
        domain.tag,
        domain.parent === undefined ? "" : `on ${domain.parent}`,
        domain.note ?? "",
        smmu,
        reached ? `tables of ${streams(domain.tableRows.length)} end here` : "no table leads here",
        domain.coreRows.length > 0 ? `the core names it for ${domain.coreRows.length}` : "the core names it for none",
      ]
        .filter(Boolean)
        .join(", "),
    });
  }
}

const streams = (count: number) => (count === 1 ? "1 stream" : `${count} streams`);

/**
 * Domains without a box, as lines of words; each can still be pointed at. First those on folded groups, with how many devices
 * are on them, then those that nothing points to. Returns the picture's height.
 */
export function drawLoose(plan: Plan, slots: ReadonlyMap<string, Slot>, width: number, top: number): number {
  const loose = plan.snapshot.domains
    .filter(({ id }) => !slots.has(id))
    .map((domain) => ({ domain, holders: holdersOf(plan.snapshot, domain.id) }));
  const elsewhere = drawWords(
    plan,
    "on folded groups:",
    loose.filter(({ holders }) => holders > 0),
    width,
    top,
  );
  return drawWords(
    plan,
    "on no device:",
    loose.filter(({ holders }) => holders === 0),
    width,
    elsewhere,
  );
}

function drawWords(
  { pen, snapshot, selected, columns }: Plan,
  lead: string,
  loose: readonly { readonly domain: DomainView; readonly holders: number }[],
  width: number,
  top: number,
): number {
  if (loose.length === 0) return top;
  const several = severalSmmus(snapshot);
  let x = columns.group + 4;
  let y = top + 12;
  pen.text(x, y, lead, "q");
  x += widthOf(lead, { size: 11 }) + 8;
  for (const { domain, holders } of loose) {
    const on = domain.parent === undefined ? "" : `on ${domain.parent}`;
    const facts = [domain.stage, domain.tag, on, domain.note, several ? domain.smmu : ""];
    const many = holders === 0 ? "" : `on ${holders} ${holders === 1 ? "device" : "devices"}`;
    const notes = [...facts, many].filter(Boolean).join(", ");
    const text = notes ? `${domain.id} (${notes})` : domain.id;
    const w = widthOf(text, { size: 11 });
    if (x + w > width) {
      x = columns.group + 4;
      y += 20;
    }
    if (selected?.kind === "domain" && selected.id === domain.id) {
      pen.put({ kind: "rect", tone: "selected", x: x - 3.5, y: y - 13, w: w + 7, h: 18 });
    }
    pen.text(x, y, text, "plain");
    pen.things.push({
      selected: { kind: "domain", id: domain.id },
      x: x - 4,
      y: y - 14,
      w: w + 8,
      h: 20,
      label: holders === 0 ? `domain ${text}, on no device` : `domain ${text}`,
    });
    x += w + 16;
  }
  return y + 10;
}
