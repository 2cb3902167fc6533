/**
 * The command queue of each SMMU, in worlds whose SMMUs take commands by themselves (`hardware` of a scenario).
 *
 * What lies between CONS and PROD is kept, oldest first, each command as its kind and three operands; the qwords are a
 * function of these. A CMD_SYNC names a slot that its thread waits at.
 */
import { OPCODES } from "../hw/command-fields.ts";
import {
  makeAtcInvAll,
  makeCfgiAll,
  makeCfgiCd,
  makeCfgiSte,
  makePrefetchCfg,
  makePriResp,
  makeResume,
  makeSync,
} from "../hw/commands.ts";
import type { Qwords } from "../hw/fields.ts";
import { commandsOf, type InvRange } from "../hw/inv-ranges.ts";
import { stagOf } from "./evtq.ts";
import { commandsAt, type Batch, itemAt, nextInBatch, rangeOf } from "./invs.ts";
import { COMMAND, type KernelState, streamsOf, takeFirst, type World } from "./structs.ts";

/** What a command is, and what its operands are. */
export const CMD = {
  /** stream */
  CFGI_STE: 1,
  /** stream, ssid, whether only the CD itself has changed */
  CFGI_CD: 2,
  CFGI_ALL: 3,
  /** stream */
  PREFETCH_CFG: 4,
  /** domain, place of its array from 1, size: TLBI or ATC_INV for an item of an array */
  INV: 5,
  /** stream, ssid */
  ATC_INV_ALL: 6,
  /** stream, tag of the stalled request, answer */
  RESUME: 7,
  /** stream, group of page requests, answer */
  PRI_RESP: 8,
  /** slot from 1 */
  SYNC: 9,
} as const;

export interface Command {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** CMDQ_CONS.ERR */
export const CERROR_ATC_INV_SYNC = 3;

/** Of a slot: nobody waits there, a CMD_SYNC that was not yet taken, one that is complete. */
const [FREE, PENDING, COMPLETE] = [0, 1, 2];

export const hasQueue = (w: World): boolean => w.hardware.has("cmdq");

const sidOf = (w: World, stream: number) => w.stream[stream]?.sid ?? 0;

/** The two qwords of a command. */
export function commandQwords(w: World, { kind, a, b, c }: Command): Qwords {
  switch (kind) {
    case CMD.CFGI_STE:
      return makeCfgiSte(sidOf(w, a), true);
    case CMD.CFGI_CD:
      return makeCfgiCd(sidOf(w, a), b, c === 1);
    case CMD.CFGI_ALL:
      return makeCfgiAll();
    case CMD.PREFETCH_CFG:
      return makePrefetchCfg(sidOf(w, a));
    case CMD.INV:
      return commandsAt(w, a, b, c)[0] ?? [0n, 0n];
    case CMD.ATC_INV_ALL:
      return makeAtcInvAll(sidOf(w, a), b);
    case CMD.RESUME:
      return makeResume(sidOf(w, a), b, c);
    case CMD.PRI_RESP:
      return makePriResp(sidOf(w, a), 0, false, b, c);
    default:
      // without MSIs the end of a CMD_SYNC is an event (`arm_smmu_cmdq_build_sync_cmd`)
      return makeSync(2, 0n);
  }
}

/** The command for each of some streams. */
const forEach = (streams: readonly number[], kind: number, b: number, c: number): Command[] =>
  streams.map((a) => ({ kind, a, b, c }));

/** What a moment's numbers say was sent, but for an invalidation by an array. */
function sent(w: World, [of = 0, device = 0, ssid = 0, leaf = 0, stream = 0]: readonly number[]): Command[] {
  switch (of) {
    case COMMAND.CFGI_STE:
      return forEach([stream], CMD.CFGI_STE, 0, 0);
    case COMMAND.PREFETCH_CFG:
      return forEach([stream], CMD.PREFETCH_CFG, 0, 0);
    case COMMAND.RESUME:
      return forEach([stream], CMD.RESUME, stagOf(w, stream), ssid);
    case COMMAND.CFGI_CD:
      return forEach(streamsOf(w, device), CMD.CFGI_CD, ssid, leaf);
    default:
      return forEach([stream], CMD.ATC_INV_ALL, ssid, 0);
  }
}

/**
 * The commands that a moment tells of, by its numbers (COMMAND in structs.ts), as the driver writes them.
 *
 * @param given the range of an invalidation, where it is not the one of the model
 */
export function sentQwords(w: World, args: readonly number[], given?: InvRange): Qwords[] {
  const [kind, , , domain = 0, place = 0, size = 0] = args;
  if ((kind === COMMAND.TLBI || kind === COMMAND.ATC_INV) && domain > 0)
    return [...commandsOf(itemAt(w, domain, place - 1), given ?? rangeOf(domain, size))];
  return sent(w, args).map((command) => commandQwords(w, command));
}

/** The function that an ATC_INV goes to and the ssid it is for; 0 for the function of another command. */
export function atcTarget(w: World, { kind, a, b }: Command): { readonly dev: number; readonly ssid: number } {
  if (kind === CMD.ATC_INV_ALL) return { dev: w.stream[a]?.device ?? 0, ssid: b };
  if (kind !== CMD.INV) return { dev: 0, ssid: 0 };
  const { dev, ssid, size_op } = itemAt(w, a, b - 1);
  return size_op === OPCODES.ATC_INV ? { dev, ssid } : { dev: 0, ssid: 0 };
}

/** A command between CONS and PROD; 0 is the next to be taken. */
export const commandAt = (s: KernelState, smmu: number, at: number): Command => {
  const { kind, a, b, c } = s.cmdq[smmu];
  return { kind: kind[at] as number, a: a[at] as number, b: b[at] as number, c: c[at] as number };
};

export const hasSpace = (s: KernelState, smmu: number, commands: number): boolean =>
  s.cmdq[smmu].length + commands <= s.cmdq[smmu].kind.length;

function put(s: KernelState, smmu: number, kind: number, a: number, b: number, c: number, batch = 0): void {
  const q = s.cmdq[smmu];
  q.kind[q.length] = kind;
  q.a[q.length] = a;
  q.b[q.length] = b;
  q.c[q.length] = c;
  q.batch[q.length] = batch;
  q.length++;
}

/** Adds a command that nobody waits for. */
export const pushCommand = (s: KernelState, smmu: number, kind: number, a: number, b: number, c: number): void =>
  put(s, smmu, kind, a, b, c);

/** A slot at which nobody waits. */
function freeSlot(s: KernelState, smmu: number): number {
  const { sync } = s.cmdq[smmu];
  for (let slot = 0; slot < sync.length; slot++) if (sync[slot] === FREE) return slot + 1;
  throw new TypeError("more threads wait for a CMD_SYNC than there are threads");
}

/** Adds commands and a CMD_SYNC, and returns the slot of that. */
export function pushSynced(
  s: KernelState,
  smmu: number,
  commands: readonly (readonly [kind: number, a: number, b: number, c: number])[],
): number {
  const slot = freeSlot(s, smmu);
  for (const [kind, a, b, c] of commands) put(s, smmu, kind, a, b, c, slot);
  s.cmdq[smmu].sync[slot - 1] = PENDING;
  put(s, smmu, CMD.SYNC, slot, 0, 0, slot);
  return slot;
}

/** How many commands a batch of items is. */
export function batchLength(batch: Readonly<Batch>): number {
  let n = 0;
  for (let place = nextInBatch(batch, 0); place > 0; place = nextInBatch(batch, place)) n++;
  return n;
}

/** Adds a batch of a domain's items and a CMD_SYNC; returns the slot of that. */
export function pushBatch(s: KernelState, smmu: number, domain: number, size: number, batch: Readonly<Batch>): number {
  const commands: [number, number, number, number][] = [];
  for (let place = nextInBatch(batch, 0); place > 0; place = nextInBatch(batch, place))
    commands.push([CMD.INV, domain, place, size]);
  return pushSynced(s, smmu, commands);
}

/** The thread's CMD_SYNC is complete. */
export const isSynced = (s: KernelState, smmu: number, slot: number): boolean =>
  s.cmdq[smmu].sync[slot - 1] === COMPLETE;

/** The thread has seen it. */
export function leaveSlot(s: KernelState, smmu: number, slot: number): void {
  s.cmdq[smmu].sync[slot - 1] = FREE;
}

export function completeSlot(s: KernelState, smmu: number, slot: number): void {
  s.cmdq[smmu].sync[slot - 1] = COMPLETE;
}

/** CONS moves on by one. */
export function popCommand(s: KernelState, smmu: number): void {
  const q = s.cmdq[smmu];
  takeFirst(q, [q.kind, q.a, q.b, q.c, q.batch]);
}
