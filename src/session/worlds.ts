import { moment } from "./moment.ts";
import type { DeviceView, DomainView, GroupView, RowView, Snapshot } from "../worker/protocol.ts";

// Larger worlds made from the one moment, for tests of layouts.

export interface Shape {
  /** How many devices each group has. */
  readonly groups: readonly number[];
  readonly domains: number;
  readonly pasids: number;
  /** Rows whose layers differ, of every device. */
  readonly diverging?: number;
  readonly windows?: boolean;
}

/** A world of some size: every group on its own RID domain as far as there are enough, PASIDs on the next ones. */
export function worldOf({ groups, domains, pasids, diverging = 0, windows = false }: Shape): Snapshot {
  const [model] = moment.devices;
  const domainName = (i: number) => `D${i % domains}`;
  const groupViews: GroupView[] = [];
  const devices: DeviceView[] = [];
  for (const [g, count] of groups.entries()) {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const id = `dev${devices.length}`;
      ids.push(id);
      const rows = Array.from({ length: pasids + 1 }, (_, pasid): RowView => {
        const domain = domainName(g + pasid);
        const differs = pasid > pasids - diverging;
        const where = pasid === 0 ? "group->domain" : `pasid_array[${pasid}]`;
        return {
          id: `${id}/${pasid}`,
          device: id,
          pasid,
          label: pasid === 0 ? "RID" : `PASID ${pasid}`,
          core: { domain, text: domain, where, changed: differs },
          driver: { domain, text: domain, where: `${domain}.devices`, changed: false },
          tables: {
            domain: differs ? null : domain,
            text: differs ? "no CD" : domain,
            where: "S1_trans",
            changed: false,
          },
          ...(pasid === 0 ? {} : { cd: pasid }),
          ...(differs ? { stop: { field: `CD[${pasid}].V`, event: "C_BAD_CD" } } : {}),
          agree: !differs,
          apart: differs ? ["tables"] : [],
          docked: false,
          ...(differs
            ? { sentence: `The core still holds ${domain} for PASID ${pasid}; its CD is not valid, so DMA aborts.` }
            : {}),
        };
      });
      devices.push({
        ...model,
        id,
        name: `0000:0${devices.length + 1}:00.0`,
        group: `g${g}`,
        kernelWindow: windows,
        inReset: windows,
        stes: model.stes.map((ste) => ({ ...ste, sid: `0x${(256 + devices.length * 8).toString(16)}` })),
        cdTable: {
          allocated: pasids > 0,
          referenced: pasids > 0,
          entries: Array.from({ length: pasids + 1 }, (_, ssid) => ({
            ssid,
            changed: false,
            writes: [],
            fields: [{ name: "V", value: "1" }],
          })),
        },
        rows,
      });
    }
    groupViews.push({
      id: `g${g}`,
      name: `group ${g + 7}`,
      fields: [
        { name: "domain", value: domainName(g) },
        { name: "recovery_cnt", value: "0" },
        ...Array.from({ length: pasids }, (_, i) => ({ name: `pasid_array[${i + 1}]`, value: domainName(g + i + 1) })),
      ],
      devices: ids,
      owned: false,
    });
  }
  const rows = devices.flatMap((device) => device.rows);
  const domainViews = Array.from({ length: domains }, (_, i): DomainView => {
    const id = `D${i}`;
    return {
      id,
      stage: i % 3 === 2 ? "S2" : "S1",
      tag: i % 3 === 2 ? `VMID ${i}` : `ASID ${i + 8}`,
      smmu: "smmu0",
      fields: [],
      tableRows: rows.filter(({ tables }) => tables.domain === id).map((row) => row.id),
      coreRows: rows.filter(({ core }) => core.domain === id).map((row) => row.id),
    };
  });
  return { ...moment, groups: groupViews, devices, domains: domainViews };
}
