/** Judged in every state, or in every state in which a group's mutex is free: no callback runs on its devices. */
import { entry } from "../iommu-group.ts";
import { hasCaches, meets } from "../../hw/caches.ts";
import { reach } from "../../hw/tables.ts";
import { OOPS } from "../../sim/step.ts";
import { atsSupported, FIRST_DOMAIN, isExited, type KernelState, reachOf, streamsOf, type World } from "../structs.ts";
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
  isAttached,
} from "./finding.ts";

export const iBlock: Judge = (s, w) => {
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    if (s.pdev[dev].in_reset === 0 || !w.device[dev]?.ats) continue;
    exercised = true;
    for (let p = 0; p < w.pasids; p++) {
      const found = reach(s, w, dev, p);
      if (found === 0) continue;
      const where = found < 0 ? "to several domains, one for each StreamID" : `to ${domainName(w, found)}`;
      return broken(`${deviceName(w, dev)} is in reset, and the tables still lead ${pasidName(p)} ${where}.`);
    }
    const held = hasCaches(w) ? metBy(s, w, dev, (domain) => domain > 0) : "";
    if (held !== "") return broken(`${deviceName(w, dev)} is in reset, and by what the SMMU holds, ${held}.`);
  }
  return exercised ? held : silent;
};

/** Where what its SMMU holds leads a device, if that is to such a domain: "PASID 1 reaches D0"; empty if it does not. */
function metBy(s: KernelState, w: World, dev: number, isSuch: (domain: number) => boolean): string {
  for (const stream of streamsOf(w, dev)) {
    for (let p = 0; p < w.pasids; p++) {
      const found = meets(s, w, stream, p);
      if (isSuch(found)) return `${pasidName(p)} of ${deviceName(w, dev)} reaches ${domainName(w, found)}`;
    }
  }
  return "";
}

export const iNoAtc: Judge = (s, w) => {
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    if (s.pdev[dev].in_reset === 0 || !atsSupported(w, dev)) continue;
    exercised = true;
    if (s.pdev[dev].atc_inv !== 0)
      return broken(`An ATC_INV is sent to, or outstanding at, ${deviceName(w, dev)}, which is in reset.`);
  }
  return exercised ? held : silent;
};

export const iLive: Judge = (s, w) => {
  let exercised = false;
  for (let x = FIRST_DOMAIN; x < w.domain.length; x++) {
    if (s.domain[x].freed === 0) continue;
    exercised = true;
    const who = refersTo(s, w, x);
    if (who !== "") return broken(`${domainName(w, x)} is freed, and ${who}.`);
  }
  return exercised ? held : silent;
};

/** Who still holds on to a domain, in words; empty when nobody does. */
function refersTo(s: KernelState, w: World, domain: number): string {
  for (let group = 1; group < w.group.length; group++) {
    if (s.group[group].domain === domain) return `\`group->domain\` of ${groupName(w, group)} still points to it`;
    for (let p = 0; p < w.pasids; p++) {
      if (s.group[group].pasid_array[p] === domain)
        return `\`pasid_array[${p}]\` of ${groupName(w, group)} still holds it`;
    }
  }
  for (let dev = 1; dev < w.device.length; dev++) {
    for (let p = 0; p < w.pasids; p++) {
      if (reach(s, w, dev, p) === domain) return `the tables lead ${pasidName(p)} of ${deviceName(w, dev)} to it`;
      if (s.gdev[dev].drv[p] === domain) return `the driver has it on ${pasidName(p)} of ${deviceName(w, dev)}`;
    }
    const held = hasCaches(w) ? metBy(s, w, dev, (found) => found === domain) : "";
    if (held !== "") return `by what the SMMU holds, ${held}`;
  }
  return "";
}

/** Of the thread that stepped; of all of them where nobody has yet. */
export const iOops: Judge = (_s, _w, _args, { machine, thread }) => {
  const last = thread < 0 ? machine.programs.length - 1 : thread;
  for (let t = Math.max(0, thread); t <= last; t++) {
    if (machine.status(t) === OOPS) return broken(`CPU${t} went through NULL or a freed object.`);
  }
  return silent;
};

export const iRestore: Judge = (s, w, [group = 0]) => {
  let exercised = false;
  for (const dev of members(w, group)) {
    const gdev = s.gdev[dev];
    if (s.pdev[dev].in_reset === 1 || gdev.prepared > 0 || !isAttached(s, w, dev)) continue;
    exercised ||= gdev.restored === 1;
    const pasids = (w.device[dev]?.max_pasids ?? 0) > 0 ? w.pasids : 1;
    for (let p = 0; p < pasids; p++) {
      const core = p === 0 ? s.group[group].domain : entry(s.group[group].pasid_array[p]);
      const found = reach(s, w, dev, p);
      // the CD of a process that exited stops every walk, whoever is attached
      if (found === reachOf(w, core) || isExited(s, w, core)) continue;
      const where = p === 0 ? "`group->domain`" : `\`pasid_array[${p}]\``;
      return broken(
        `${where} is ${core === 0 ? "empty" : domainName(w, core)}, but the tables lead ${pasidName(p)} of ${deviceName(w, dev)} ${found <= 0 ? "nowhere" : `to ${domainName(w, found)}`}.`,
      );
    }
  }
  return exercised ? held : silent;
};

export const iCnt: Judge = (s, w, [group = 0]) => {
  let blocked = 0;
  for (const dev of members(w, group)) blocked += s.gdev[dev].blocked;
  const count = s.group[group].recovery_cnt;
  if (count !== blocked) {
    return broken(
      `\`recovery_cnt\` of ${groupName(w, group)} is ${count}, and ${blocked} of its devices are \`blocked\`.`,
    );
  }
  return count > 0 ? held : silent;
};
