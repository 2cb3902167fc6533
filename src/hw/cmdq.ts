/**
 * The SMMU at its command queue: Arm IHI 0070, chapter on commands and command errors; PCI Express base specification on
 * ATS invalidations.
 *
 * It takes one command a step, in order. An ATC invalidation reaches the function when its command is taken, and its
 * completion is on the way until the CMD_SYNC after it. A function in reset does not answer: then the CMD_SYNC is not
 * complete, CMDQ_CONS.ERR says CERROR_ATC_INV_SYNC, and the queue stops until the error is acknowledged.
 */
import {
  atcTarget,
  CERROR_ATC_INV_SYNC,
  CMD,
  type Command,
  commandAt,
  completeSlot,
  popCommand,
} from "../kernel/cmdq.ts";
import { effectsOf, obey } from "./cache-commands.ts";
import { hasCaches } from "./caches.ts";
import { resume } from "../kernel/evtq.ts";
import { clearsAtc, SIZE } from "../kernel/invs.ts";
import { define, type KernelState, type World } from "../kernel/structs.ts";

/** An ATC_INV for (function, ssid): what the function drops, if it listens. */
function invalidateAtc(s: KernelState, w: World, command: Command, dev: number, ssid: number): void {
  const pdev = s.pdev[dev];
  pdev.atc_inv++;
  if (pdev.in_reset === 1) pdev.atc_lost = 1;
  if (pdev.in_reset === 1) return;
  const range = command.kind === CMD.INV && command.c !== SIZE.ALL;
  for (let p = 0; p < pdev.atc.length; p++) {
    const hit = !range || clearsAtc(w, command.a, command.b, pdev.atc[p] as number);
    // without a SubstreamID all entries go, whatever their PASID
    if (hit && (ssid === 0 || ssid === p)) pdev.atc[p] = 0;
  }
}

/** Whether an invalidation was sent to a function behind the SMMU that never answers it. */
function isLost(s: KernelState, w: World, smmu: number): boolean {
  for (let dev = 1; dev < w.device.length; dev++) {
    if (w.device[dev]?.smmu === smmu && s.pdev[dev].atc_lost === 1) return true;
  }
  return false;
}

/** No invalidation of this SMMU's is on its way any more: answered, or timed out. */
function noneOnTheWay(s: KernelState, w: World, smmu: number): void {
  for (let dev = 1; dev < w.device.length; dev++) {
    if (w.device[dev]?.smmu !== smmu) continue;
    s.pdev[dev].atc_inv = 0;
    s.pdev[dev].atc_lost = 0;
  }
}

/** An ATC_INV that no CMD_SYNC of its own follows. */
const NO_BATCH = 255;

const smmu_cmdq = define(
  "smmu_cmdq: void",
  { file: "the SMMU" },
  ["smmu"],
  ["kind", "a", "b", "c", "batch", "err"],
  (b) => [
    b.label("again"),
    b.rest(
      "take the next command: {cmd}{err:CERROR}",
      (s, l) => s.cmdq[l.smmu].length > 0 && s.cmdq[l.smmu].err === 0,
      (s, l, w) => {
        const command = commandAt(s, l.smmu, 0);
        Object.assign(l, command);
        l.batch = s.cmdq[l.smmu].batch[0] as number;
        l.err = 0;
        if (command.kind === CMD.SYNC && isLost(s, w, l.smmu)) {
          // all of them are complete or timed out; CONS stays here
          l.err = CERROR_ATC_INV_SYNC;
          noneOnTheWay(s, w, l.smmu);
          s.cmdq[l.smmu].err = l.err;
          return;
        }
        if (hasCaches(w)) obey(s, w, effectsOf(w, l.smmu, command));
        const { dev, ssid } = atcTarget(w, command);
        if (dev !== 0) invalidateAtc(s, w, command, dev, ssid);
        if (command.kind === CMD.SYNC) {
          noneOnTheWay(s, w, l.smmu);
          completeSlot(s, l.smmu, command.a);
        }
        if (command.kind === CMD.RESUME) resume(s, w, command.a, command.b, command.c);
        popCommand(s, l.smmu);
      },
    ),
    b.moment("taken", (l) => [l.smmu, l.kind, l.a, l.b, l.c, l.err]),
    b.ghost((s, l, w) => {
      const q = s.cmdq[l.smmu];
      if (l.kind === CMD.SYNC) q.open = l.err === 0 ? 0 : q.open;
      else if (atcTarget(w, l).dev !== 0) q.open = l.batch === 0 ? NO_BATCH : l.batch;
    }),
    b.local("", (l) => {
      l.kind = 0;
      l.a = 0;
      l.b = 0;
      l.c = 0;
      l.batch = 0;
      l.err = 0;
    }),
    b.goto("again"),
  ],
);

export const smmuQueue = { smmu_cmdq };
