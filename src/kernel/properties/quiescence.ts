/** Judged when no thread can step: all are finished or gone, or those that are left wait for ever. */
import { reach } from "../../hw/tables.ts";
import { RUNNING } from "../../sim/step.ts";
import { isExited, reachOf } from "../structs.ts";
import { nextStatement } from "./before.ts";
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
  isAttached,
} from "./finding.ts";

/** A device that is still docked, as after a reset that failed, is left alone on purpose. */
export const iReport: Judge = (s, w) => {
  let exercised = false;
  for (let group = 1; group < w.group.length; group++) {
    for (let p = 0; p < w.pasids; p++) {
      const asked = s.group[group].requested[p] as number;
      if (asked === 0) continue;
      for (const dev of members(w, group)) {
        if (s.gdev[dev].prepared > 0 || !isAttached(s, w, dev) || !takesPart(w, dev, p)) continue;
        exercised = true;
        const found = reach(s, w, dev, p);
        if (found === reachOf(w, asked) || isExited(s, w, asked)) continue;
        return broken(
          `The call that asked for ${domainName(w, asked)} on ${pasidName(p)} of ${groupName(w, group)} returned 0; in the end the tables lead ${deviceName(w, dev)} ${found <= 0 ? "nowhere" : `to ${domainName(w, found)}`}.`,
        );
      }
    }
  }
  return exercised ? held : silent;
};

/** One thread alone has nobody to wait for. */
export const iDeadlock: Judge = (_s, _w, _args, { machine }) => {
  const threads = machine.programs.length;
  for (let t = 0; t < threads; t++) {
    if (machine.status(t) !== RUNNING || machine.next(t).how === "rests") continue;
    const lock = machine.lockOf(t);
    const owner = lock < 0 ? 0 : machine.owner(lock);
    const holder = owner > 0 ? `CPU${owner - 1} holds it` : lock < 0 ? "Nobody is left to end it" : "Readers hold it";
    return broken(`CPU${t} waits for ever: ${nextStatement(machine, t)}. ${holder}.`);
  }
  return threads > 1 ? held : silent;
};
