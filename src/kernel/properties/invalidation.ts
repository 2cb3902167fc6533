/** Judged where translations are taken back: who is invalidated, until when, and whether that is done when it returns. */
import { translated } from "../../hw/answers.ts";
import { hasCaches, pageMet, steFactsMet } from "../../hw/caches.ts";
import { isOnList } from "../arm-smmu-v3.ts";
import { CMD, hasQueue } from "../cmdq.ts";
import { arrayDomains, hasAtsUser, tagUsers, usesInvs } from "../invs.ts";
import {
  COMMAND,
  devicesDomain,
  FIRST_DOMAIN,
  firstStream,
  type KernelState,
  slot,
  streamsOf,
  type World,
} from "../structs.ts";
import { broken, deviceName, domainName, held, type Judge, members, pasidName, silent } from "./finding.ts";

/** Unmaps of a domain reach the ATC of (device, ssid), as its driver keeps track of that. */
const isInvalidated = (s: KernelState, w: World, arrays: boolean, domain: number, dev: number, ssid: number) =>
  arrays ? hasAtsUser(s, w, domain, dev, ssid) : s.master[dev].ats_enabled === 1 && isOnList(s, w, domain, dev, ssid);

/** The domain is attached there as far as the driver's callbacks have returned, or an attach is under way. */
const isAttached = (s: KernelState, w: World, domain: number, dev: number, ssid: number) =>
  devicesDomain(w, s.gdev[dev].drv[ssid] as number) === domain || isOnList(s, w, domain, dev, ssid);

function noneAfter(s: KernelState, w: World, dev: number, ssid: number, domain: number, how: string) {
  if (isAttached(s, w, domain, dev, ssid)) return held;
  return broken(
    `${domainName(w, domain)} is detached from ${pasidName(ssid)} of ${deviceName(w, dev)}, and an ATC invalidation of it ${how}.`,
  );
}

export const iNoAtcAfterSent: Judge = (s, w, [kind = 0, dev = 0, ssid = 0, domain = 0]) => {
  if (kind !== COMMAND.ATC_INV || domain === 0 || hasQueue(w)) return silent;
  return noneAfter(s, w, dev, ssid, domain, "is sent to it");
};

export const iNoAtcAfterTaken: Judge = (s, w, [_smmu, kind = 0, domain = 0, place = 0]) => {
  if (kind !== CMD.INV) return silent;
  const item = w.invs.items[domain]?.[place - 1];
  if (item === undefined || item.dev === 0) return silent;
  return noneAfter(s, w, item.dev, item.ssid, domain, "is sent to it");
};

export const iNoAtcAfterDone: Judge = (s, w, [dev = 0, ssid = 0, domain = 0]) =>
  noneAfter(s, w, dev, ssid, domain, "was still on its way");

/** Where ATS stays on: a domain whose page tables the function may have cached must reach its ATC. */
function bothInvalidate(s: KernelState, w: World, arrays: boolean, dev: number, ssid: number, domains: number[]) {
  for (const domain of domains) {
    const tracker = devicesDomain(w, domain);
    if (tracker === 0 || isInvalidated(s, w, arrays, tracker, dev, ssid)) continue;
    return broken(
      `While ${pasidName(ssid)} of ${deviceName(w, dev)} is switched, an unmap of ${domainName(w, tracker)} does not reach its ATC.`,
    );
  }
  return held;
}

export const iBothInvPrepared: Judge = (s, w, [dev = 0, domain = 0, ssid = 0, ats = 0], { machine }) => {
  const old = s.gdev[dev].drv[ssid] as number;
  if (ats === 0 || s.master[dev].ats_enabled === 0 || devicesDomain(w, domain) === 0) return silent;
  return bothInvalidate(s, w, usesInvs(machine.table), dev, ssid, [domain, old]);
};

export const iBothInvCommit: Judge = (s, w, [dev = 0, old = 0, ssid = 0, ats = 0], { machine }) => {
  if (ats === 0 || s.master[dev].ats_enabled === 0 || devicesDomain(w, old) === 0) return silent;
  if (devicesDomain(w, s.gdev[dev].drv[ssid] as number) !== devicesDomain(w, old)) return silent;
  return bothInvalidate(s, w, usesInvs(machine.table), dev, ssid, [old]);
};

/** Whatever failed meanwhile: the arrays were swapped with the attach. */
export const iNoFailInv: Judge = (s, w, [dev = 0, ssid = 0, domain = 0, ret = 0], { machine }) => {
  if (ret !== 0 || !usesInvs(machine.table)) return silent;
  const old = devicesDomain(w, s.gdev[dev].drv[ssid] as number);
  const now = devicesDomain(w, domain);
  if (old === now) return silent;
  if (old !== 0 && hasAtsUser(s, w, old, dev, ssid)) {
    return broken(
      `The array of ${domainName(w, old)} still has the ATS item of ${pasidName(ssid)} of ${deviceName(w, dev)}, which has left it.`,
    );
  }
  if (now !== 0 && s.master[dev].ats_enabled === 1 && !hasAtsUser(s, w, now, dev, ssid)) {
    return broken(
      `The array of ${domainName(w, now)} has no ATS item of ${pasidName(ssid)} of ${deviceName(w, dev)}, which is on it.`,
    );
  }
  return held;
};

/** `tlb`: 1 since the domain was attached, 2 once its tag was invalidated. */
export const iTag: Judge = (s, w, _args, { machine }) => {
  if (!usesInvs(machine.table)) return silent;
  let exercised = false;
  for (const domain of arrayDomains(w)) {
    const { tlb } = s.domain[domain];
    if (tlb === 0 || tagUsers(s, domain) > 0) continue;
    exercised = true;
    // what may be there is known of every world, what is there of those whose SMMUs hold copies
    if (tlb === 1 || (hasCaches(w) && s.iotlb[domain].page !== 0)) {
      return broken(
        `No array has the tag of ${domainName(w, domain)} any more, and the IOTLB was not rid of it: no unmap will be.`,
      );
    }
  }
  return exercised ? held : silent;
};

/** An ATC_INV of one batch, and the CMD_SYNC of another: the wrong thread would hear of its time-out. */
export const iSync: Judge = (s, w, [smmu = 0, kind = 0, slotOf = 0, _b, _c, err = 0]) => {
  if (kind !== CMD.SYNC || err !== 0) return silent;
  const { open } = s.cmdq[smmu];
  if (open === 0) return silent;
  if (open === slotOf) return held;
  return broken(
    `An ATC_INV was followed by the CMD_SYNC of another batch at ${w.smmu[smmu]?.name}: the wrong thread would hear of its time-out.`,
  );
};

/** Who would be given a domain's page by the TLB: "PASID 1 of 0000:01:00.0"; empty for nobody. */
function tlbUser(s: KernelState, w: World, domain: number): string {
  for (let dev = 1; dev < w.device.length; dev++) {
    for (const stream of streamsOf(w, dev)) {
      for (let p = 0; p < w.pasids; p++) {
        const page = pageMet(s, w, stream, p);
        if (page !== 0 && devicesDomain(w, page) === domain) return `${pasidName(p)} of ${deviceName(w, dev)}`;
      }
    }
  }
  return "";
}

export const iStale: Judge = (s, w) => {
  let exercised = false;
  for (let domain = FIRST_DOMAIN; domain < w.domain.length; domain++) {
    if (s.domain[domain].unmapped === 0) continue;
    exercised = true;
    const user = hasCaches(w) ? tlbUser(s, w, domain) : "";
    if (user !== "")
      return broken(`The page of ${domainName(w, domain)} is unmapped, and the TLB still has it for ${user}.`);
    for (let dev = 1; dev < w.device.length; dev++) {
      const pdev = s.pdev[dev];
      if (pdev.ats_ctrl === 0 || pdev.in_reset === 1) continue;
      for (let p = 0; p < w.pasids; p++) {
        const cached = pdev.atc[p] as number;
        if (cached === 0 || devicesDomain(w, cached) !== domain) continue;
        if (translated(steFactsMet(s, w, firstStream(w, dev)), cached) !== cached) continue;
        return broken(
          `The page of ${domainName(w, domain)} is unmapped, and ${deviceName(w, dev)} still has it in its ATC for ${pasidName(p)}.`,
        );
      }
    }
  }
  return exercised ? held : silent;
};

const usesIopf = (w: World, dev: number, domain: number) =>
  (w.domain[domain]?.iopf_handler ?? false) && (w.device[dev]?.stall_enabled ?? false) && w.config_sva;

/** What the driver keeps of a device is what its callbacks that returned 0 have attached. */
function tracking(s: KernelState, w: World, arrays: boolean, dev: number): string {
  const { drv } = s.gdev[dev];
  const master = s.master[dev];
  let ssids = 0;
  let iopf = 0;
  for (let p = 0; p < w.pasids; p++) {
    const on = drv[p] as number;
    if (p > 0 && on !== 0) ssids++;
    if (usesIopf(w, dev, on)) iopf++;
    for (let domain = FIRST_DOMAIN; domain < w.domain.length; domain++) {
      const entries = s.domain[domain].devices[slot(w, dev, p)] as number;
      if (entries !== (on === domain ? 1 : 0))
        return `the devices list has ${entries} entries for ${domainName(w, domain)} on ${pasidName(p)}, which is on ${domainName(w, on)}`;
      if (!arrays || (w.invs.home[domain] ?? 0) === 0) continue;
      const wanted = devicesDomain(w, on) === domain && master.ats_enabled === 1;
      if (hasAtsUser(s, w, domain, dev, p) !== wanted)
        return `the array of ${domainName(w, domain)} has ${wanted ? "no" : "an"} ATS item for ${pasidName(p)}, which is on ${domainName(w, on)}`;
    }
  }
  if (master.used_ssids !== ssids) return `\`used_ssids\` is ${master.used_ssids}, and ${ssids} PASIDs are attached`;
  return master.iopf_refcount === iopf
    ? ""
    : `\`iopf_refcount\` is ${master.iopf_refcount}, and ${iopf} attachments use the fault queue`;
}

export const iTrack: Judge = (s, w, _args, { before, machine }) => {
  let exercised = false;
  const arrays = usesInvs(machine.table);
  for (const dev of members(w, before.releasesGroup)) {
    const why = tracking(s, w, arrays, dev);
    if (why !== "") return broken(`Of ${deviceName(w, dev)}, ${why}.`);
    for (let p = 0; p < w.pasids; p++) exercised ||= devicesDomain(w, s.gdev[dev].drv[p] as number) !== 0;
  }
  return exercised ? held : silent;
};
