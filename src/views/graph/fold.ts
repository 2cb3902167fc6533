import { rowInFocus } from "../../session/select.ts";
import type { Selected } from "../../session/look.ts";
import { widthOf } from "../../ui/measure.ts";
import type { DeviceView, Field, GroupView, RowView, Snapshot } from "../../worker/protocol.ts";
import type { Plan } from "./plan.ts";

/** So many devices are drawn, whatever they do. */
const MOST_DRAWN = 6;

const isNew = (fields: readonly Field[]) => fields.some(({ was }) => was !== undefined);

function isBusy({ rows, kernelWindow, inReset, phase, stes, cdTable, pci, gdev, master }: DeviceView): boolean {
  return (
    kernelWindow ||
    inReset ||
    phase !== "" ||
    rows.some(({ agree, core, driver, tables }) => !agree || core.changed || driver.changed || tables.changed) ||
    [...stes, ...cdTable.entries].some(({ changed }) => changed) ||
    [pci, gdev, master].some(isNew)
  );
}

/**
 * The groups that are a line and no picture. Of many devices those that agree, are in no reset and did not change in this
 * step have nothing to show; the one that the inspector speaks of, and whatever is selected, stays open.
 */
export function foldedGroups(snapshot: Snapshot, selected: Selected | null): ReadonlySet<string> {
  const { groups, devices } = snapshot;
  if (devices.length <= MOST_DRAWN) return new Set();
  const focus = rowInFocus(snapshot, selected)?.device ?? "";
  const device =
    selected === null ? "" : "device" in selected ? selected.device : selected.kind === "device" ? selected.id : "";
  const stays = (group: GroupView) =>
    (selected?.kind === "group" && selected.id === group.id) ||
    group.devices.includes(focus) ||
    group.devices.includes(device) ||
    isNew(group.fields) ||
    devices.some((own) => group.devices.includes(own.id) && isBusy(own));
  return new Set(groups.filter((group) => !stays(group)).map(({ id }) => id));
}

/** The snapshot as if the folded groups were not there; domains know the streams of open ones only. */
export function withoutFolded(snapshot: Snapshot, folded: ReadonlySet<string>): Snapshot {
  if (folded.size === 0) return snapshot;
  const groups = snapshot.groups.filter(({ id }) => !folded.has(id));
  const drawn = new Set(groups.flatMap(({ devices }) => devices));
  const devices = snapshot.devices.filter(({ id }) => drawn.has(id));
  const rows = new Set(devices.flatMap((device) => device.rows.map(({ id }) => id)));
  const open = (ids: readonly string[]) => ids.filter((id) => rows.has(id));
  const domains = snapshot.domains.map((domain) => ({
    ...domain,
    tableRows: open(domain.tableRows),
    coreRows: open(domain.coreRows),
  }));
  return { ...snapshot, groups, devices, domains };
}

/** How many devices hold a domain, or walk to it. */
export function holdersOf({ devices }: Snapshot, domain: string): number {
  const holds = ({ core, tables }: RowView) => core.domain === domain || tables.domain === domain;
  return devices.filter(({ rows }) => rows.some(holds)).length;
}

const lineHeight = 20;

/** A folded group in one line: how many devices, on which domains. Returns where it ends. */
export function drawFolded({ pen, columns, size, snapshot }: Plan, group: GroupView, top: number): number {
  const right = columns.domain + columns.domainW;
  const baseline = top + 14;
  const own = snapshot.devices.filter(({ id }) => group.devices.includes(id));
  const many = own.length === 1 ? (own[0]?.name ?? "") : `${own.length} devices`;
  const domains = [...new Set(own.flatMap(({ rows }) => rows.flatMap(({ core }) => core.domain ?? [])))];
  const box = { x: columns.group, y: top + 0.5, w: right - columns.group, h: lineHeight };
  // what runs past it runs behind it
  pen.put({ kind: "rect", tone: "blank", ...box }, { kind: "rect", tone: "core", ...box });
  pen.text(columns.group + 15, baseline, group.name, "core", { size: 12, bold: true });
  pen.text(columns.entry, baseline, many, "plain", { mono: own.length === 1 });
  const word = "agrees";
  pen.text(right - 10, baseline, word, "q", { end: true });
  const from = size === "wide" ? columns.cd : columns.entry + widthOf(many, { size: 11, mono: true }) + 10;
  const room = right - 24 - widthOf(word, { size: 11 }) - from;
  // as many by name as there is room for
  let shown = domains.length;
  const said = () => (shown < domains.length ? [...domains.slice(0, shown), `+${domains.length - shown}`] : domains);
  const text = () => said().join(", ");
  while (shown > 0 && widthOf(text(), { size: 11 }) > room) shown--;
  if (widthOf(text(), { size: 11 }) <= room) pen.text(from, baseline, text(), "v");
  pen.things.push({
    selected: { kind: "group", id: group.id },
    folded: true,
    ...box,
    label: `${group.name}, folded, ${many}, ${domains.join(", ") || "no domain"}, agrees`,
  });
  return top + lineHeight;
}
