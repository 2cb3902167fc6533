/** Judged at prepare and done of a function reset. */
import { reach } from "../../hw/tables.ts";
import { ENOMEM, errnoName, type KernelState, shareStream, type World } from "../structs.ts";
import { broken, deviceName, domainName, held, type Judge, members, pasidName, silent } from "./finding.ts";

export const iTest2: Judge = (s, w, [dev = 0, pasid = 0, domain = 0, ret = 0]) => {
  if (s.gdev[dev].accepted[pasid] !== domain) return silent;
  if (ret === 0 || ret === ENOMEM) return held;
  return broken(
    `The caller was told that ${domainName(w, domain)} is attached to ${pasidName(pasid)} of ${deviceName(w, dev)}; at done that failed with \`${errnoName(ret)}\`.`,
  );
};

/** What a device reaches is not what it reached when the mutex was taken. */
function reachChanged(s: KernelState, w: World, dev: number): boolean {
  for (let p = 0; p < w.pasids; p++) {
    if (Math.max(0, reach(s, w, dev, p)) !== s.gdev[dev].snap_reach[p]) return true;
  }
  return false;
}

export const iNestPrepare: Judge = (s, w, [dev = 0, ret = 0]) => {
  if (s.gdev[dev].prepared === 0) return silent;
  if (ret !== 0)
    return broken(`A prepare of ${deviceName(w, dev)} inside another one returned \`${errnoName(ret)}\`, not 0.`);
  return reachChanged(s, w, dev)
    ? broken(`A prepare of ${deviceName(w, dev)} inside another one changed what it reaches.`)
    : held;
};

export const iNestDone: Judge = (s, w, [dev = 0]) => {
  if (s.gdev[dev].prepared < 2) return silent;
  return reachChanged(s, w, dev)
    ? broken(`A done of ${deviceName(w, dev)} inside another pair changed what it reaches.`)
    : held;
};

export const iResetOk: Judge = (s, w, [dev = 0]) => {
  if (s.pdev[dev].reset_failed === 0) return silent;
  const gdev = s.gdev[dev];
  for (let p = 0; p < w.pasids; p++) {
    if (gdev.drv[p] === gdev.snap_drv[p] && Math.max(0, reach(s, w, dev, p)) === gdev.snap_reach[p]) continue;
    return broken(
      `The reset of ${deviceName(w, dev)} failed, and done gave ${pasidName(p)} ${domainName(w, gdev.drv[p] as number)} all the same.`,
    );
  }
  return held;
};

/** The next device of the same group that is docked for a reset of its own, behind StreamIDs of its own; 0 at the end. */
function dockedSibling(s: KernelState, w: World, dev: number, after: number): number {
  const devices = members(w, w.device[dev]?.group ?? 0);
  for (let i = after === 0 ? 0 : devices.indexOf(after) + 1; i < devices.length; i++) {
    const other = devices[i] as number;
    if (other !== dev && s.gdev[other].prepared > 0 && !shareStream(w, dev, other)) return other;
  }
  return 0;
}

export const iIndepPrepare: Judge = (s, w, [dev = 0, ret = 0]) => {
  const other = dockedSibling(s, w, dev, 0);
  if (other === 0) return silent;
  if (ret === 0) return held;
  return broken(
    `${deviceName(w, other)} is in a reset of its own, and prepare of ${deviceName(w, dev)} returned \`${errnoName(ret)}\`.`,
  );
};

export const iIndepDone: Judge = (s, w, [dev = 0]) => {
  let other = dockedSibling(s, w, dev, 0);
  if (other === 0) return silent;
  for (; other !== 0; other = dockedSibling(s, w, dev, other)) {
    for (let p = 0; p < w.pasids; p++) {
      const found = reach(s, w, other, p);
      if (found === 0) continue;
      return broken(
        `Done of ${deviceName(w, dev)} left ${pasidName(p)} of ${deviceName(w, other)} on ${domainName(w, found)}, which is still in its reset.`,
      );
    }
  }
  return held;
};
