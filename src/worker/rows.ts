/** One stream of a device, its RID or a PASID: what core, driver and tables say, and whether they agree. */
import {
  ABORTED,
  C_BAD_CD,
  C_BAD_STE,
  C_BAD_SUBSTREAMID,
  CFG_NESTED,
  F_STREAM_DISABLED,
  F_TRANSLATION,
  S1DSS_SSID0,
} from "../hw/answers.ts";
import { cdFacts, reach, steFacts, walk } from "../hw/tables.ts";
import {
  devicesDomain,
  FIRST_DOMAIN,
  isExited,
  type KernelState,
  reachOf,
  RESERVED,
  type World,
} from "../kernel/structs.ts";
import { CONFIG_NAMES, S1DSS_NAMES } from "../kernel/words.ts";
import { opKinds } from "../kernel/ops.ts";
import { opOf } from "../scenarios/build.ts";
import type { Play } from "../scenarios/play.ts";
import type { Facts } from "./facts.ts";
import type { Belief, HardwareBelief, RowView } from "./protocol.ts";

const rowId = (w: World, device: number, pasid: number) => `${w.device[device]?.name} ${pasid}`;
/** The device can issue requests with a PASID. */
export const hasPasids = (w: World, device: number) => (w.device[device]?.max_pasids ?? 0) > 0;

const STOP: Readonly<Record<number, { field: string; event: string }>> = {
  [C_BAD_STE]: { field: "V", event: "C_BAD_STE" },
  [C_BAD_SUBSTREAMID]: { field: "Config", event: "C_BAD_SUBSTREAMID" },
  [C_BAD_CD]: { field: "CD", event: "C_BAD_CD" },
  [F_STREAM_DISABLED]: { field: "S1DSS", event: "F_STREAM_DISABLED" },
  [ABORTED]: { field: "Config", event: "aborted without an event" },
  [F_TRANSLATION]: { field: "EPD0", event: "F_TRANSLATION" },
};

const coreDomain = (s: KernelState, group: number, pasid: number): number => {
  if (pasid === 0) return s.group[group].domain;
  const entry = s.group[group].pasid_array[pasid] as number;
  return entry === RESERVED ? 0 : entry;
};

/**
 * A PASID has a row if some operation of the run or of the initial attachments names it, so that the row stays through the
 * run, or if it is, or was before this step, anywhere to be seen.
 */
export function rowExists(play: Play, facts: Facts, device: number, pasid: number): boolean {
  if (pasid === 0) return true;
  if (!hasPasids(facts.world, device)) return false;
  const group = facts.world.device[device]?.group ?? 0;
  const { scenario, world } = play.model;
  const started = play.player.events.flatMap((event) => (event.kind === "start" ? [event.what] : []));
  const ops = [...scenario.attached.map((op) => opOf(op, world)), ...play.model.programs.flat(), ...started];
  const named = ops.some(({ kind, args }) => {
    const params = opKinds[kind]?.params ?? [];
    const at = params.indexOf("pasid");
    const of = args[params.indexOf("device")] ?? 0;
    return at >= 0 && args[at] === pasid && world.device[of]?.group === group;
  });
  if (named) return true;
  return [facts.now, facts.before].some(
    (s) =>
      coreDomain(s, group, pasid) !== 0 ||
      reach(s, facts.world, device, pasid) !== 0 ||
      facts.trackers(s, device, pasid).length > 0,
  );
}

function tablesWhere(facts: Facts, device: number, pasid: number, walked: number): string {
  const s = facts.now;
  const ste = steFacts(s, facts.world, facts.world.device[device]?.streams[0] ?? 1);
  const config = `Config ${CONFIG_NAMES[ste.Config]}`;
  if (walked === F_TRANSLATION) return `CD[${pasid}].EPD0 1`;
  if (ste.Config === CFG_NESTED && walked > 0) {
    return `vSTE over ${facts.domainName(devicesDomain(facts.world, walked))}`;
  }
  if (ste.V === 0) return "STE.V 0";
  if (walked === C_BAD_STE) return "STE is ILLEGAL";
  if (ste.S1ContextPtr === 0) return config;
  if (pasid === 0 && ste.S1CDMAX > 0 && ste.S1DSS !== S1DSS_SSID0) return `S1DSS ${S1DSS_NAMES[ste.S1DSS]}`;
  const { V } = cdFacts(s, facts.world, device, pasid);
  return V === 1 && walked === C_BAD_CD ? `CD[${pasid}] is ILLEGAL` : `CD[${pasid}].V ${V}`;
}

/** A domain is the S2 parent of a nested one. */
const isBelow = (w: World, domain: number, nested: number) => domain !== nested && devicesDomain(w, nested) === domain;

/** The list that it stands on: a nested domain's devices are on that of its S2 parent. */
function listOf(w: World, tracked: readonly number[]): string {
  const lists = [...new Set(tracked.filter((d) => devicesDomain(w, d) !== d).map((d) => devicesDomain(w, d)))];
  return lists.length === 0 ? "devices" : `devices of ${lists.map((d) => w.domain[d]?.name).join(" and ")}`;
}

/** What a request of a device would meet now, in worlds whose SMMUs hold copies; and where memory says something else, why. */
export type AskHardware = (facts: Facts, device: number, pasid: number) => { belief: HardwareBelief; why: string };

/** How the layers see one stream. */
export function rowView(
  play: Play,
  facts: Facts,
  device: number,
  pasid: number,
  hardwareBelief: AskHardware | undefined,
): RowView {
  const w = facts.world;
  const { now, before } = facts;
  const group = w.device[device]?.group ?? 0;
  const stream = w.device[device]?.streams[0] ?? 1;
  const label = pasid === 0 ? "RID" : `PASID ${pasid}`;
  const names = (ids: readonly number[]) => ids.map((d) => w.domain[d]?.name).join(" and ");
  const coreIs = coreDomain(now, group, pasid);
  const coreWas = coreDomain(before, group, pasid);
  const core: Belief = {
    domain: coreIs === 0 ? null : (w.domain[coreIs]?.name ?? null),
    text: facts.domainName(coreIs),
    where: pasid === 0 ? "group->domain" : `pasid_array[${pasid}]`,
    changed: coreIs !== coreWas,
  };
  const tracked = facts.trackers(now, device, pasid);
  const trackedBefore = facts.trackers(before, device, pasid);
  const driver: Belief = {
    domain: tracked.length === 1 ? (w.domain[tracked[0] ?? 0]?.name ?? null) : null,
    text: tracked.length === 0 ? "not tracked" : names(tracked),
    where: tracked.length === 0 ? `used_ssids ${now.master[device].used_ssids}` : listOf(w, tracked),
    changed: tracked.join() !== trackedBefore.join(),
  };
  const walked = walk(now, w, stream, pasid);
  const stop = walked < 0 ? STOP[walked] : undefined;
  const ste = steFacts(now, w, stream);
  const dss = pasid > 0 || ste.S1CDMAX === 0 || ste.S1DSS === S1DSS_SSID0;
  const throughCd =
    ste.V === 1 && ste.S1ContextPtr !== 0 && dss && walked !== C_BAD_SUBSTREAMID && walked !== C_BAD_STE;
  const tables: Belief = {
    domain: walked > 0 ? (w.domain[walked]?.name ?? null) : null,
    // a vSTE that bypasses leaves the guest its S2 parent, and that is no other domain than the core's
    text:
      walked > 0
        ? `${w.domain[walked]?.name}${isBelow(w, walked, coreIs) ? ` below ${w.domain[coreIs]?.name}` : ""}`
        : "nowhere",
    where: tablesWhere(facts, device, pasid, walked),
    changed: walk(before, w, stream, pasid) !== walked,
  };
  const wanted = reachOf(w, coreIs);
  const wantedTracked = coreIs >= FIRST_DOMAIN ? [coreIs] : [];
  const reached = reach(now, w, device, pasid);
  const apart: ("driver" | "tables" | "hardware")[] = [
    ...(tracked.join() === wantedTracked.join() ? [] : (["driver"] as const)),
    ...(reached === wanted || isExited(now, w, coreIs) ? [] : (["tables"] as const)),
  ];
  const hardware = hardwareBelief?.(facts, device, pasid) ?? null;
  const agree = apart.length === 0;
  const mutex = (play.machine.layout.lockBase.group_mutex ?? 0) + group - 1;
  const holder = play.machine.owner(mutex);
  const window = play.model.design.docked(now, w, device) || now.pdev[device].in_reset === 1;
  const sentences: string[] = [];
  if (hardware !== null && hardware.why !== "") apart.push("hardware");
  if (!agree) {
    const holds = `The core holds ${coreIs === 0 ? "nothing" : facts.domainName(coreIs)} for ${pasid === 0 ? "the RID" : label}`;
    const ends = walked === ABORTED ? "is aborted without an event" : `ends in ${stop?.event ?? "an abort"}`;
    const leads =
      reached < 0
        ? "its StreamIDs lead to different domains"
        : reached === 0
          ? `the tables lead nowhere: its DMA ${ends}`
          : `the tables lead to ${facts.domainName(reached)}`;
    const list = tracked.length > 1 ? "lists" : "list";
    const tracks = `the driver has it on ${tracked.length === 0 ? "no devices list" : `the devices ${list} of ${names(tracked)}`}`;
    const said = apart
      .flatMap((layer) => (layer === "tables" ? [leads] : layer === "driver" ? [tracks] : []))
      .reverse();
    sentences.push(`${[holds, ...said].join("; ")}.`);
  }
  // what a unit test writes concerns nobody
  const isUnitTest = w.entry.length > 1;
  if (!agree && isUnitTest) sentences.unshift("A unit test writes the entry itself, past core and driver.");
  else if (!agree && window) sentences.unshift(`Docked for a reset.`);
  else if (!agree && holder !== 0)
    sentences.unshift(`Being switched by CPU${holder - 1}, which holds \`group->mutex\`.`);
  if (hardware !== null && hardware.why !== "") sentences.push(hardware.why);
  return {
    id: rowId(w, device, pasid),
    device: w.device[device]?.name ?? "?",
    pasid,
    label,
    core,
    driver,
    tables,
    ...(hardware === null ? {} : { hardware: hardware.belief }),
    ...(stop !== undefined ? { stop: stop.field === "CD" ? { ...stop, field: `CD[${pasid}].V` } : stop } : {}),
    ...(throughCd ? { cd: pasid } : {}),
    agree: apart.length === 0,
    apart,
    docked: !agree && (window || holder !== 0 || isUnitTest),
    ...(sentences.length > 0 ? { sentence: sentences.join(" ") } : {}),
  };
}
