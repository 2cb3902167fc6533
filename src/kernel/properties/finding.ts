/** What a property is, what it says of one moment, and the words that all of them use. */
import type { Machine } from "../../sim/step.ts";
import { isListed, type KernelState, type World } from "../structs.ts";
import type { Before } from "./before.ts";

/** What a property says of one moment. */
interface Finding {
  readonly exercised: boolean;
  /** The sentence that names what disagrees; absent while the property holds. */
  readonly why?: string;
}

export const silent: Finding = { exercised: false };
export const held: Finding = { exercised: true };
export const broken = (why: string): Finding => ({ exercised: true, why });

/** Who runs, and what was the case before the step: what a judge may look at besides the state. */
export interface Now {
  readonly machine: Machine<KernelState, World>;
  /** From 0. */
  readonly thread: number;
  readonly before: Before;
}

/** Judges one moment. It is called for every state: nothing is allocated while the property holds. */
export type Judge = (s: KernelState, w: World, args: readonly number[], now: Now) => Finding;

/**
 * When a judge is called: `state` and, for each group whose mutex is free, `mutex free` after every step, for what follows
 * from shared state alone: a search asks once for each; `step` after every step, with what was the case before it; `change`
 * the same, where only a step that changes more than locks can break it; `group mutex released` and `asid lock released`
 * after the step that does that; `quiescence` when no thread can step; `warn` by the bench itself; else at the moment of that
 * name, which a procedure tells.
 */
type Moment =
  | "state"
  | "step"
  | "change"
  | "group mutex released"
  | "asid lock released"
  | "mutex free"
  | "quiescence"
  | "warn"
  | "callback"
  | "test"
  | "driver_domain"
  | "callback_return"
  | "applied"
  | "call_return"
  | "switch_failed"
  | "nofail_return"
  | "prepare_return"
  | "done_return"
  | "command"
  | "taken"
  | "atc_done"
  | "attach_prepared"
  | "attach_commit"
  | "stored"
  | "written"
  | "ste_written";

export interface Property {
  readonly id: string;
  readonly sentence: string;
  /** When it is judged, in words. */
  readonly moment: string;
  readonly judges: readonly { readonly at: Moment; readonly judge: Judge }[];
}

export const pasidName = (p: number) => (p === 0 ? "the RID" : `PASID ${p}`);
export const deviceName = (w: World, d: number) => w.device[d]?.name ?? "?";
export const groupName = (w: World, g: number) => w.group[g]?.name ?? "?";
export const domainName = (w: World, d: number) => (d > 0 ? (w.domain[d]?.name ?? "nothing") : "nothing");

const none: readonly number[] = [];
/** The devices of a group, in list order. */
export const members = (w: World, group: number) => w.group[group]?.devices ?? none;

/** A device that the core calls for this PASID: every one for the RID, else those that have PASIDs. */
export const takesPart = (w: World, dev: number, pasid: number) => pasid === 0 || (w.device[dev]?.max_pasids ?? 0) > 0;

/** On its group's list, and no first attach is left to a DMA map to come. */
export const isAttached = (s: KernelState, w: World, dev: number) =>
  isListed(s, w, dev) && s.dev_iommu[dev].attach_deferred === 0;
