/** Judged of the entries that the SMMU reads: what they say while they are changed, and beside what the function may do. */
import { CFG_ABORT, CFG_BYPASS, CFG_S1_TRANS } from "../../hw/answers.ts";
import { hasCaches, isCdStale, isSteStale, meets, steFactsMet } from "../../hw/caches.ts";
import { cdIn, steFacts, steIn, walk } from "../../hw/tables.ts";
import { atsSupported, type KernelState, reachOf, streamsOf, type World } from "../structs.ts";
import { sidName } from "../words.ts";
import { broken, deviceName, domainName, held, type Judge, members, pasidName, silent } from "./finding.ts";

const sidOf = (w: World, stream: number) => sidName(w.stream[stream]?.sid ?? 0);

/** The STE, as the SMMU has it, lets translation requests of the function in. */
function letsAtsIn(s: KernelState, w: World, stream: number): boolean {
  const { V, Config, EATS } = steFactsMet(s, w, stream);
  return V === 1 && Config !== CFG_ABORT && Config !== CFG_BYPASS && EATS !== 0;
}

/** What the path leads nowhere for is refused as well, with EATS or without. */
export const iAtsReq: Judge = (s, w) => {
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    if (s.pdev[dev].in_reset === 0 || !atsSupported(w, dev)) continue;
    exercised = true;
    for (const stream of streamsOf(w, dev)) {
      if (!letsAtsIn(s, w, stream)) continue;
      for (let p = 0; p < w.pasids; p++) {
        const found = hasCaches(w) ? meets(s, w, stream, p) : walk(s, w, stream, p);
        if (found <= 0) continue;
        return broken(
          `${deviceName(w, dev)} is in reset, and a translation request of ${pasidName(p)} would get ${domainName(w, found)}.`,
        );
      }
    }
  }
  return exercised ? held : silent;
};

/** After the last sync of an STE. */
export const iAtsOrd: Judge = (s, w, [dev = 0, stream = 0]) => {
  if (s.pdev[dev].ats_ctrl === 0) return silent;
  if (letsAtsIn(s, w, stream)) return held;
  return broken(
    `ATS Enable of ${deviceName(w, dev)} is set, and its STE ${sidOf(w, stream)} refuses what it asks for.`,
  );
};

/** Functions that the core docks, or the driver suspends, are on their way to blocked, or back. */
export const iSsid: Judge = (s, w) => {
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    if (s.master[dev].used_ssids === 0 || s.gdev[dev].prepared > 0 || s.master[dev].suspended > 0) continue;
    exercised = true;
    for (const stream of streamsOf(w, dev)) {
      const { V, Config } = steFacts(s, w, stream);
      if (V === 0 || Config !== CFG_S1_TRANS)
        return broken(
          `\`used_ssids\` of ${deviceName(w, dev)} is ${s.master[dev].used_ssids}, and its STE ${sidOf(w, stream)} points to no CD table.`,
        );
    }
  }
  return exercised ? held : silent;
};

/** After each store: the entry is one of those that the driver builds, as far as the SMMU looks at it, or it is not valid. */
export const iHitless: Judge = (s, w, [dev = 0, stream = 0, ssid = 0]) => {
  const entries = (stream > 0 ? w.ste[stream] : w.cd[dev])?.entries;
  if (entries === undefined || entries.isWhole(stream > 0 ? steIn(s, stream) : cdIn(s, dev, ssid))) return held;
  const name = stream > 0 ? `STE ${sidOf(w, stream)}` : `CD ${ssid} of ${deviceName(w, dev)}`;
  return broken(`${name} is valid and mixed: the SMMU can see what nobody asked for.`);
};

/** After the last sync: what the SMMU holds of the entry is the entry. */
export const iHitlessHeld: Judge = (s, w, [dev = 0, stream = 0, ssid = 0, target = 0]) => {
  if (!hasCaches(w)) return silent;
  const now = stream > 0 ? steIn(s, stream) : cdIn(s, dev, ssid);
  const wanted = (stream > 0 ? w.ste[stream] : w.cd[dev])?.entries.target(target);
  // somebody else is in the middle of the same entry: theirs is to come
  if (now.some((index, place) => index !== wanted?.[place])) return silent;
  for (const of of stream > 0 ? [stream] : streamsOf(w, dev)) {
    if (stream > 0 ? !isSteStale(s, of) : !isCdStale(s, w, of, ssid)) continue;
    const name = stream > 0 ? `STE ${sidOf(w, of)}` : `CD ${ssid} of StreamID ${sidOf(w, of)}`;
    return broken(
      `${name} is written and its last CMD_SYNC was waited for, and the SMMU still has it as it was before.`,
    );
  }
  return held;
};

export const iPasidOrd: Judge = (s, w, _args, { before }) => {
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    if (s.pdev[dev].pasid_ctrl === before.pasidEnable(dev)) continue;
    // a reset clears both at once, and that is the function's doing
    if (s.pdev[dev].in_reset === 1) continue;
    exercised = true;
    if (before.atsEnable(dev) === 1 && s.pdev[dev].ats_ctrl === 1)
      return broken(`PASID Enable of ${deviceName(w, dev)} changed while its ATS Enable was set.`);
  }
  return exercised ? held : silent;
};

/** A third domain beside the one that is left and the one that is gone to, by what their pages are reached by. */
const isThird = (found: number, from: number, to: number) => found > 0 && found !== from && found !== to;

/** While the thread that steps switches a group's RID from one domain to another. */
export const iTwoDom: Judge = (s, w, _args, { before }) => {
  const group = before.switching;
  if (group === 0) return silent;
  const { switchesTo } = before;
  const from = reachOf(w, before.domain(group));
  const to = reachOf(w, switchesTo);
  for (const dev of members(w, group)) {
    for (const stream of streamsOf(w, dev)) {
      const said = walk(s, w, stream, 0);
      const met = hasCaches(w) ? meets(s, w, stream, 0) : 0;
      const inTables = isThird(said, from, to);
      if (!inTables && !isThird(met, from, to)) continue;
      return broken(
        `Between ${domainName(w, before.domain(group))} and ${domainName(w, switchesTo)}, ${inTables ? "the tables lead" : "what the SMMU holds leads"} the RID of ${deviceName(w, dev)} to ${domainName(w, inTables ? said : met)}.`,
      );
    }
  }
  return held;
};
