/** Judged where the core calls the driver, and where the driver returns. */
import { DOMAIN_BLOCKED, ENOMEM, ENOSPC, errnoName } from "../structs.ts";
import { broken, deviceName, domainName, groupName, held, type Judge, pasidName, silent } from "./finding.ts";

/** NULL means nothing attached; for a PASID, blocked and nothing are the same. */
export const iOld: Judge = (s, w, [dev = 0, pasid = 0, _domain = 0, old = 0]) => {
  const really = s.gdev[dev].drv[pasid] as number;
  const said = pasid > 0 && old === DOMAIN_BLOCKED ? 0 : old;
  if (said === really) return held;
  return broken(
    `The callback for ${pasidName(pasid)} of ${deviceName(w, dev)} is told that the old domain is ${domainName(w, old)}; the driver has ${domainName(w, really)} there.`,
  );
};

export const iOldHelper: Judge = (s, w, [dev = 0, domain = 0]) => {
  const really = s.gdev[dev].drv[0] as number;
  if (domain === really) return held;
  return broken(
    `The driver is told that the RID of ${deviceName(w, dev)} is on ${domainName(w, domain)}; it has ${domainName(w, really)} there.`,
  );
};

export const iLock: Judge = (_s, w, [dev = 0], { machine, thread }) => {
  const group = w.device[dev]?.group ?? 0;
  const owner = machine.owner((machine.layout.lockBase.group_mutex ?? 0) + group - 1);
  if (owner === thread + 1) return held;
  const instead = owner === 0 ? "nobody holds" : `CPU${owner - 1} holds`;
  return broken(
    `CPU${thread} calls the driver for ${deviceName(w, dev)}, and ${instead} \`group->mutex\` of ${groupName(w, group)}.`,
  );
};

/** A reset may block such a device. */
export const iRmr: Judge = (_s, w, [dev = 0, pasid = 0, domain = 0], { before, thread }) => {
  if (!w.device[dev]?.require_direct || pasid > 0 || before.resets(thread) === dev) return silent;
  if (domain !== DOMAIN_BLOCKED) return held;
  return broken(
    `${deviceName(w, dev)} needs its direct mappings, and the core attaches ${domainName(w, domain)} to it.`,
  );
};

export const iTest: Judge = (s, w, [dev = 0, pasid = 0, domain = 0, ret = 0]) => {
  if (domain === DOMAIN_BLOCKED || s.gdev[dev].tested[pasid] !== domain) return silent;
  if (ret === 0 || ret === ENOMEM || ret === ENOSPC) return held;
  return broken(
    `${domainName(w, domain)} passed its test for ${pasidName(pasid)} of ${deviceName(w, dev)}, and attaching it failed with \`${errnoName(ret)}\`.`,
  );
};

export const iBlockSafe: Judge = (_s, w, [dev = 0, pasid = 0, domain = 0, ret = 0]) => {
  if (domain !== DOMAIN_BLOCKED) return silent;
  if (ret === 0) return held;
  return broken(`Blocking ${pasidName(pasid)} of ${deviceName(w, dev)} failed with \`${errnoName(ret)}\`.`);
};
