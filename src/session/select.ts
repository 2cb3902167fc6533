import type { ActionView, DeviceView, PropertyView, RowView, Snapshot, ThreadView } from "../worker/protocol.ts";
import { ssidOfHeld } from "./entry.ts";
import { isEntryRef } from "./look.ts";
import type { EntryRef, Selected } from "./look.ts";

// Selectors arrange what the snapshot says. None of them adds a fact.

/** The row that a reader should see first: the selected one, else one that diverges, else one that this step changed. */
export function rowInFocus(snapshot: Snapshot, selected: Selected | null): RowView | undefined {
  const rows = snapshot.devices.flatMap((device) => device.rows);
  if (selected?.kind === "row") {
    const row = rows.find(({ device, pasid }) => device === selected.device && pasid === selected.pasid);
    if (row) return row;
  }
  const own = rows.filter((row) => belongs(snapshot, row, selected));
  const among = own.length > 0 ? own : rows;
  return among.find(diverges) ?? among.find(isFresh) ?? among.find((row) => !row.agree) ?? among[0];
}

/** The device that is selected, on which layers differ, or that this step changed; undefined where there is none. */
export function deviceAtIssue(snapshot: Snapshot, selected: Selected | null): string | undefined {
  const row = rowInFocus(snapshot, selected);
  if (selected?.kind === "device") return selected.id;
  if (row === undefined || selected !== null || diverges(row) || isFresh(row)) return row?.device;
  const changed = (fields: readonly { readonly was?: string }[]) => fields.some(({ was }) => was !== undefined);
  const device = snapshot.devices.find(
    ({ pci, gdev, master, stes }) => stes.some((ste) => ste.changed) || [pci, gdev, master].some(changed),
  );
  return device?.id ?? (row.agree ? undefined : row.device);
}

/** The ssid of a CD, or of a copy of one. */
export const ssidOf = ({ kind, index }: EntryRef) => (kind === "heldCd" ? ssidOfHeld(index) : index);

function belongs(snapshot: Snapshot, row: RowView, selected: Selected | null): boolean {
  if (selected?.kind === "device") return row.device === selected.id;
  if (isEntryRef(selected))
    return row.device === selected.device && (/ste$/i.test(selected.kind) || row.cd === ssidOf(selected));
  if (selected?.kind === "group") {
    return snapshot.groups.some(({ id, devices }) => id === selected.id && devices.includes(row.device));
  }
  if (selected?.kind === "domain") {
    const domain = snapshot.domains.find(({ id }) => id === selected.id);
    return domain !== undefined && (domain.tableRows.includes(row.id) || domain.coreRows.includes(row.id));
  }
  return false;
}

/** The layers differ, and not merely because the device is docked for a reset; or hardware does not do what the tables say. */
export function diverges(row: RowView): boolean {
  return (!row.agree && !row.docked) || row.apart.includes("hardware");
}

/** This step changed what some layer says of the stream. */
export function isFresh({ core, driver, tables, hardware }: RowView): boolean {
  return core.changed || driver.changed || tables.changed || (hardware?.changed ?? false);
}

/** A layer says something else than the core, and it is not merely passing; or hardware does something else than the tables say. */
export function isApart(row: RowView, layer: "driver" | "tables" | "hardware"): boolean {
  return row.apart.includes(layer) && (layer === "hardware" || !row.docked);
}

/** The layers of a row: hardware where it is modelled apart from the tables. */
export function layersOf(rows: readonly RowView[]): readonly ("core" | "driver" | "tables" | "hardware")[] {
  const three = ["core", "driver", "tables"] as const;
  return rows.some(({ hardware }) => hardware !== undefined) ? [...three, "hardware"] : three;
}

/** What the SMMU records for a path that ends, as the tables have it or as the hardware goes. */
export function eventOf({ stop, hardware }: RowView, layer: string): string | undefined {
  return layer === "tables" ? stop?.event : layer === "hardware" ? hardware?.event : undefined;
}

/** One word for how the layers of a stream stand to each other. A difference that will pass is no divergence. */
export function standing(
  snapshot: Pick<Snapshot, "devices">,
  row: RowView,
): "agree" | "docked" | "switching" | "diverge" {
  if (row.agree) return "agree";
  if (diverges(row)) return "diverge";
  const device = snapshot.devices.find(({ id }) => id === row.device);
  return device && (device.kernelWindow || device.inReset) ? "docked" : "switching";
}

export function deviceOf(snapshot: Snapshot, row: RowView): DeviceView | undefined {
  return snapshot.devices.find(({ id }) => id === row.device);
}

/** Which SMMU something is of matters only where there are several. */
export function severalSmmus({ devices, domains }: Pick<Snapshot, "devices" | "domains">): boolean {
  return new Set([...devices, ...domains].map(({ smmu }) => smmu).filter((smmu) => smmu !== "")).size > 1;
}

/** The SMMU of a domain, for a world with several; empty for a static domain, for none, and in a world with one. */
export function smmuOfDomain(snapshot: Pick<Snapshot, "devices" | "domains">, id: string | null): string {
  return severalSmmus(snapshot) ? (snapshot.domains.find((domain) => domain.id === id)?.smmu ?? "") : "";
}

/**
 * What can be done to the selected object, in the worker's order. A PASID is acted on by itself; the RID shares what
 * concerns the whole device, and its domain is the group's.
 */
export function actionsOn(snapshot: Snapshot, selected: Selected | null): readonly ActionView[] {
  if (!selected || isEntryRef(selected)) return [];
  const kind = selected.kind === "row" ? "device" : selected.kind;
  const id = selected.kind === "row" ? selected.device : selected.id;
  const here = snapshot.actions.filter(({ target }) => target.kind === kind && target.id === id);
  if (selected.kind !== "row") return here;
  const own = here.filter(({ target }) => (target.pasid ?? 0) === selected.pasid);
  if (selected.pasid !== 0) return own;
  const group = snapshot.devices.find((device) => device.id === id)?.group;
  return [...own, ...snapshot.actions.filter(({ target }) => target.kind === "group" && target.id === group)];
}

export type Verdict = PropertyView["verdict"];

export function propertiesBy(snapshot: Pick<Snapshot, "properties">, verdict: Verdict): readonly PropertyView[] {
  return snapshot.properties.filter((property) => property.verdict === verdict);
}

/** The thread that a key goes to: the chosen one, else the one that ran, else the first. */
export function currentThread(snapshot: Snapshot, chosen: number): ThreadView | undefined {
  const { threads } = snapshot;
  return threads.find(({ id }) => id === chosen) ?? threads.find(({ id }) => id === snapshot.ran) ?? threads[0];
}

/** The world and the design of a run as links name them, options included. */
export function pairInHand({ link }: Pick<Snapshot, "link">): { readonly scenario: string; readonly design: string } {
  const [, scenario = "", design = ""] = link.head.split("/");
  return { scenario, design };
}

/** World, design and choices of a run, wherever in it one stands. */
export function runOf({ link }: { readonly link: { readonly head: string } }): string {
  return link.head.split("/").slice(0, 4).join("/");
}
