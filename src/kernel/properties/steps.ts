/** Judged after each step, against what was the case before it. */
import { entry } from "../iommu-group.ts";
import { reach } from "../../hw/tables.ts";
import { DOMAIN_BLOCKED, isExited, shareStream, isListed } from "../structs.ts";
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

/** Exercised once another device had something to lose. */
export const iIso: Judge = (s, w, _args, { before }) => {
  const own = before.resetting;
  if (own === 0) return silent;
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    if (dev === own || shareStream(w, dev, own)) continue;
    for (let p = 0; p < w.pasids; p++) {
      const was = before.reach(dev, p);
      const is = reach(s, w, dev, p);
      // the last reference of a process that exits may be dropped here: its CDs stop every walk
      if (is !== was && !isExited(s, w, was)) {
        return broken(
          `A step of the reset of ${deviceName(w, own)} took ${pasidName(p)} of ${deviceName(w, dev)} from ${domainName(w, was)} to ${domainName(w, is)}.`,
        );
      }
      exercised ||= was > 0;
    }
  }
  return exercised ? held : silent;
};

/** A docked device is left alone and queues nothing: there, accepted counts as succeeded. */
export const iPri: Judge = (s, w, _args, { before }) => {
  let exercised = false;
  for (let group = 1; group < w.group.length; group++) {
    for (let p = 0; p < w.pasids; p++) {
      const value = s.group[group].pasid_array[p] as number;
      if (value === before.entry(group, p) || entry(value) === 0) continue;
      const wanted = p > 0 && value === DOMAIN_BLOCKED ? 0 : value;
      for (const dev of members(w, group)) {
        if (s.gdev[dev].prepared > 0 || !isListed(s, w, dev) || !takesPart(w, dev, p)) continue;
        exercised = true;
        if (s.gdev[dev].drv[p] === wanted) continue;
        return broken(
          `\`pasid_array[${p}]\` of ${groupName(w, group)} shows ${domainName(w, value)}, which ${deviceName(w, dev)} has not been attached to.`,
        );
      }
    }
  }
  return exercised ? held : silent;
};

export const iProbe: Judge = (s, w, _args, { before }) => {
  const asked = before.probing;
  if (asked === 0) return silent;
  const why = (what: string) => broken(`Asking whether ${deviceName(w, asked)} can be reset changed ${what}.`);
  for (let dev = 1; dev < w.device.length; dev++) {
    for (let p = 0; p < w.pasids; p++) {
      if (reach(s, w, dev, p) !== before.reach(dev, p))
        return why(`what ${pasidName(p)} of ${deviceName(w, dev)} reaches`);
    }
  }
  for (let group = 1; group < w.group.length; group++) {
    if (s.group[group].domain !== before.domain(group)) return why(`\`group->domain\` of ${groupName(w, group)}`);
    for (let p = 0; p < w.pasids; p++) {
      if (s.group[group].pasid_array[p] !== before.entry(group, p)) return why(`\`pasid_array[${p}]\``);
    }
  }
  return held;
};

export const iSleep: Judge = (_s, _w, _args, { before, thread }) => {
  if (!before.atomic) return silent;
  if (before.sleeps === "") return held;
  return broken(`CPU${thread} may sleep while it holds a spinlock: ${before.sleeps}.`);
};
