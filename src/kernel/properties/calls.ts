/** Judged where a call that asks for a domain, or gives one up, returns. */
import { entry } from "../iommu-group.ts";
import { reach } from "../../hw/tables.ts";
import { EBUSY, errnoName, isExited, type KernelState, reachOf, recovers, type World, isListed } from "../structs.ts";
import {
  broken,
  deviceName,
  domainName,
  groupName,
  held,
  type Judge,
  members,
  pasidName,
  silent,
  takesPart,
} from "./finding.ts";

/** What the core says of a group is no longer what it was when the mutex was taken: the RID (0), a PASID, or -1. */
function changedInCore(s: KernelState, w: World, group: number, firstPasid: number): number {
  const g = s.group[group];
  if (g.domain !== g.snap_domain) return 0;
  for (let p = firstPasid; p < w.pasids; p++) if (entry(g.pasid_array[p]) !== entry(g.snap_pasid[p])) return p;
  return -1;
}

export const iEbusy: Judge = (s, w, [group = 0, ret = 0]) => {
  if (ret !== EBUSY) return silent;
  const g = s.group[group];
  const pasid = changedInCore(s, w, group, 0);
  if (g.domain !== g.snap_domain) {
    return broken(
      `The call got \`-EBUSY\`, yet \`group->domain\` of ${groupName(w, group)} went from ${domainName(w, g.snap_domain)} to ${domainName(w, g.domain)}.`,
    );
  }
  if (pasid >= 0)
    return broken(`The call got \`-EBUSY\`, yet \`pasid_array[${pasid}]\` of ${groupName(w, group)} changed.`);
  for (const dev of members(w, group)) {
    for (let p = 0; p < w.pasids; p++) {
      const same =
        s.gdev[dev].drv[p] === s.gdev[dev].snap_drv[p] &&
        Math.max(0, reach(s, w, dev, p)) === s.gdev[dev].snap_reach[p];
      if (!same) return broken(`The call got \`-EBUSY\`, yet ${pasidName(p)} of ${deviceName(w, dev)} changed.`);
    }
  }
  return held;
};

/** Whether a switch may have happened was settled at mutex_lock: prepare and done need the mutex as well. */
export const iGroup: Judge = (s, w, [group = 0, ret = 0, pasid = 0, asked = 0]) => {
  // a group's first domain is one that must be attached
  if (asked === 0 || s.group[group].snap_recovers === 0 || s.group[group].snap_domain === 0) return silent;
  let who = 0;
  for (const dev of members(w, group)) if (who === 0 && recovers(s, w, dev)) who = dev;
  if (who === 0) return silent;
  if (ret !== 0 || changedInCore(s, w, group, 1) < 0) return held;
  return broken(
    `${pasidName(pasid) === "the RID" ? "The RID" : pasidName(pasid)} of ${groupName(w, group)} was given to ${domainName(w, asked)} while ${deviceName(w, who)} recovers.`,
  );
};

export const iNoFail: Judge = (s, w, [group = 0, wanted = 0, ret = 0]) => {
  const name = groupName(w, group);
  if (ret !== 0) {
    return broken(
      `Taking ${name} back to ${domainName(w, wanted)} must not fail, and failed with \`${errnoName(ret)}\`.`,
    );
  }
  const { domain } = s.group[group];
  if (domain === wanted) return held;
  return broken(
    `${name} was taken back to ${domainName(w, wanted)}, and \`group->domain\` is ${domainName(w, domain)}.`,
  );
};

/** A device whose tables were wrong before the call is not this call's fault; one that is docked is left to done. */
export const iRevert: Judge = (s, w, [group = 0, pasid = 0, tried = 0]) => {
  const g = s.group[group];
  const good = pasid === 0 ? g.domain : entry(g.pasid_array[pasid]);
  if (pasid === 0 && good === 0) return silent;
  const wanted = reachOf(w, good);
  for (const dev of members(w, group)) {
    const gdev = s.gdev[dev];
    if (gdev.prepared > 0 || !isListed(s, w, dev) || !takesPart(w, dev, pasid)) continue;
    const driver = gdev.drv[pasid] as number;
    const tables = reach(s, w, dev, pasid);
    const kept = driver === (pasid === 0 ? good : wanted) || driver === gdev.snap_drv[pasid];
    if (kept && (tables === wanted || isExited(s, w, good) || tables === gdev.snap_reach[pasid])) continue;
    const now = kept ? tables : driver;
    return broken(
      `A switch to ${domainName(w, tried)} failed, and ${pasidName(pasid)} of ${deviceName(w, dev)} is on ${domainName(w, now)}, not on ${domainName(w, good)} as before.`,
    );
  }
  return held;
};
