/**
 * What a reader can start on an object, and why not, where it cannot be.
 *
 * Only what makes no sense is refused here: a call that the kernel would answer with an errno may be made.
 */
import { hasCaches } from "../hw/caches.ts";
import { hasEventQueue } from "../kernel/evtq.ts";
import { heldRequest } from "../kernel/io-pgfault.ts";
import { callers, isOffered, type Op, type OpKind, opKinds, opTitle, takesRid } from "../kernel/ops.ts";
import {
  DOMAIN_BLOCKED,
  DOMAIN_IDENTITY,
  FIRST_DOMAIN,
  type KernelState,
  RESERVED,
  streamsOf,
  type World,
} from "../kernel/structs.ts";
import { wrongArgument } from "../scenarios/link.ts";
import type { Model } from "../scenarios/build.ts";
import type { Play } from "../scenarios/play.ts";
import type { ActionView } from "./protocol.ts";

/** An action's id: kind and arguments. */
const idOf = (op: Op) => [op.kind, ...op.args].join("-");

/** The operation behind an action's id; null when it is none. */
export function opOfAction(id: string): Op | null {
  if (!/^\d{1,2}(-\d{1,3}){0,4}$/.test(id)) return null;
  const [kind = 0, ...args] = id.split("-").map(Number);
  const known = opKinds[kind];
  return known !== undefined && isOffered(known) && known.params.length === args.length ? { kind, args } : null;
}

const owned = (s: KernelState, group: number) => s.group[group].owner === 1;

/** The process has a bond in this group. */
function isBound(s: KernelState, w: World, group: number, mm: number): boolean {
  const entry = s.group[group].pasid_array[w.mm[mm]?.pasid ?? 0] as number;
  return (
    w.domain[entry]?.type === "SVA" &&
    w.domain[entry]?.mm === mm &&
    s.group[group].handle_users[w.mm[mm]?.pasid ?? 0] !== 0
  );
}

/** Why an operation makes no sense now; empty when it does. */
function reason(play: Play, op: Op): string {
  const { state: s, layout } = play.machine;
  const w = play.model.world;
  const kind = opKinds[op.kind];
  if (kind === undefined) return "no such operation";
  if (play.machine.programs.length >= layout.threads) return `there are ${layout.threads} threads, the most that fit`;
  const by = (param: string) => op.args[kind.params.indexOf(param as never)] ?? 0;
  const device = by("device");
  const group = kind.params.includes("group") ? by("group") : (w.device[device]?.group ?? 0);
  const pasid = by("pasid");
  const domain = by("domain");
  const name = (d: number) => w.domain[d]?.name ?? "?";
  if (kind.caller === "iommufd" && kind.op !== "bind" && kind.op !== "destroy" && !owned(s, group))
    return `no user owns ${w.group[group]?.name} through iommufd`;
  if (pasid > 0 && (w.device[device]?.max_pasids ?? 0) === 0) return `${w.device[device]?.name} has no PASIDs`;
  if (kind.op === "set_type" && s.group[group].default_domain === domain) {
    return `${name(domain)} is the default domain`;
  }
  if (kind.op === "detach") {
    if (kind.caller === "iommufd" && s.igroup[group].pasid_attach[0] === 0)
      return "iommufd has nothing attached to the RID";
    if (kind.caller === "core" && s.group[group].domain !== domain) return `${name(domain)} is not the group's domain`;
  }
  if (kind.op === "detach_pasid") {
    const entry = s.group[group].pasid_array[pasid];
    if (kind.caller === "iommufd" && s.igroup[group].pasid_attach[pasid] === 0)
      return `iommufd has nothing attached to PASID ${pasid}`;
    if (kind.caller === "core" && (entry === RESERVED || entry !== domain))
      return `PASID ${pasid} is not on ${name(domain)}`;
  }
  if (
    kind.op === "reset" &&
    kind.caller === "reset via sysfs" &&
    (s.pdev[device].in_reset === 1 || s.pdev[device].state_saved === 1)
  ) {
    return `${w.device[device]?.name} is in a reset`;
  }
  const mm = by("mm");
  const vdev = s.idev[device]?.vdev ?? 0;
  if (kind.op === "destroy_vdevice" && vdev === 0) return `${w.device[device]?.name} has no vDEVICE`;
  if (domain > 0 && s.domain[domain].freed === 1) return `${name(domain)} is freed`;
  if (kind.op === "bind" && s.idev[device].bound === 1) return `${w.device[device]?.name} is bound already`;
  if (kind.op === "unbind" && s.idev[device].bound === 0) return `${w.device[device]?.name} is not bound`;
  if (kind.op === "release_owner" && s.group[group].owner_cnt === 0) return `nobody owns ${w.group[group]?.name}`;
  if (mm > 0 && kind.op !== "unbind_sva" && s.mm[mm].exited === 1) return `${w.mm[mm]?.name} has exited`;
  if (kind.op === "unbind_sva" && !isBound(s, w, group, mm))
    return `${w.device[device]?.name} is not bound to ${w.mm[mm]?.name}`;
  if (kind.op === "event" && hasEventQueue(w)) return "its SMMU reports faults through its event queue: let it DMA";
  if (kind.op === "event" && pasid > 0 && s.pdev[device].pasid_ctrl === 0) {
    return `PASID is not enabled at ${w.device[device]?.name}`;
  }
  if (kind.caller === "fault handler" && heldRequest(s, w, device) < 0) return "no page request waits for an answer";
  if (kind.op === "evict" && hasCaches(w) && !streamsOf(w, device).some((stream) => s.ste_cache[stream].held === 1))
    return `the SMMU holds no entry of ${w.device[device]?.name}`;
  if (kind.op === "evict_page" && hasCaches(w) && s.iotlb[domain].page === 0)
    return `the TLB holds nothing of ${name(domain)}`;
  if (kind.op === "map" && s.domain[domain].mapped === 1) return `the page of ${name(domain)} is mapped already`;
  if (kind.op === "unmap" && s.domain[domain].mapped === 0) return `the page of ${name(domain)} is unmapped already`;
  if (kind.op === "dma" || kind.op === "ats") {
    const pdev = s.pdev[device];
    if (pdev.in_reset === 1) return `${w.device[device]?.name} is in reset`;
    if (pdev.bus_master === 0) return `${w.device[device]?.name} is no bus master`;
    if (pasid > 0 && pdev.pasid_ctrl === 0) return `PASID is not enabled at ${w.device[device]?.name}`;
    if (kind.op === "ats" && pdev.ats_ctrl === 0) return `ATS is not enabled at ${w.device[device]?.name}`;
  }
  return "";
}

/** Values worth offering for each kind of argument. */
function choices(
  w: World,
  op: string,
  caller: string,
): { domains: number[]; groups: number[]; devices: number[]; pasids: number[] } {
  const own = w.domain.map((_d, i) => i).filter((i) => i >= FIRST_DOMAIN);
  const statics = op === "set_type" || ((op === "attach" || op === "replace") && caller === "core");
  return {
    domains: statics ? [DOMAIN_IDENTITY, ...own] : op === "detach" ? [DOMAIN_IDENTITY, ...own] : own,
    groups: w.group.map((_g, i) => i).slice(1),
    devices: w.device.map((_d, i) => i).slice(1),
    pasids: Array.from({ length: w.pasids }, (_x, p) => p),
  };
}

const RESET = "Reset";
const MOVE = "Attach, detach, change the type";
const SVA = "Processes";
const OWNER = "Ownership";
const FAULTS = "Events and page requests";
const END = "Make, free, destroy, enforce";

/** The heading over each operation, in the order in which a reader looks for them. */
const TOPICS: Readonly<Record<string, string>> = {
  reset: RESET,
  hot_reset: RESET,
  dpc: RESET,
  reset_method: RESET,
  dma: "Requests of the function",
  ats: "Requests of the function",
  read_ahead: "What the SMMU holds",
  evict: "What the SMMU holds",
  evict_page: "What the SMMU holds",
  replace: "Replace the domain of the RID",
  attach: MOVE,
  detach: MOVE,
  set_type: MOVE,
  hot_add: MOVE,
  dma_map: MOVE,
  attach_pasid: "PASIDs",
  replace_pasid: "PASIDs",
  detach_pasid: "PASIDs",
  bind_sva: SVA,
  unbind_sva: SVA,
  munmap: SVA,
  exit: SVA,
  map: "Pages",
  unmap: "Pages",
  event: FAULTS,
  respond: FAULTS,
  refuse: FAULTS,
  bind: OWNER,
  unbind: OWNER,
  claim_owner: OWNER,
  release_owner: OWNER,
  enforce_coherency: END,
  free: END,
  destroy: END,
  alloc_vdevice: END,
  destroy_vdevice: END,
};
const ORDER = Object.keys(TOPICS);

/** No caller hands the blocked domain in; who points at it is told so. */
const blockedView = (w: World): ActionView => ({
  id: "blocked",
  target: { kind: "domain", id: w.domain[DOMAIN_BLOCKED]?.name ?? "" },
  topic: "Attach",
  label: "Attach it by hand",
  caller: "core",
  enabled: false,
  reason:
    "no caller can; the core takes it by itself for a device in its reset window, for a group whose owner has attached nothing, and for a PASID that is removed",
});

/** An operation with its arguments, and what it reads at each place to click; what it reads depends on the reason why not. */
interface Offer {
  readonly op: Op;
  /** Of the domains that could be detached only the one that is there makes a useful line. */
  readonly onlyThere: boolean;
  readonly views: (why: string) => readonly ActionView[];
}

/** What a model offers is the same for ever, and only a few of the reasons change with a step. */
const offers = new WeakMap<Model, readonly Offer[]>();

function offersOf(model: Model): readonly Offer[] {
  const known = offers.get(model);
  if (known !== undefined) return known;
  const w = model.world;
  const offered = opKinds
    .map((kind, index) => ({ kind, index }))
    // a vDEVICE belongs to a vSMMU: where there is none there never will be one
    .filter(({ kind }) => isOffered(kind) && (kind.op !== "destroy_vdevice" || w.vsmmu.length > 1));
  const place = ({ kind }: (typeof offered)[number]) => ORDER.indexOf(kind.op);
  offered.sort((a, b) => place(a) - place(b));
  const made = offered.flatMap(({ kind, index }) => {
    const { domains, groups, devices, pasids } = choices(w, kind.op, kind.caller);
    const lists = kind.params.map((param) =>
      param === "mm" || param === "vsmmu" || param === "entry" || param === "inv_list"
        ? w[param].map((_x, i) => i).slice(1)
        : param === "domain"
          ? domains
          : param === "group"
            ? groups
            : param === "device"
              ? devices
              : takesRid(kind)
                ? pasids
                : pasids.slice(1),
    );
    const all = lists.reduce<number[][]>(
      (sofar, list) => sofar.flatMap((args) => list.map((value) => [...args, value])),
      [[]],
    );
    return all
      .map((args): Op => ({ kind: index, args }))
      .filter((op) => wrongArgument(op, model) === "")
      .map(
        (op): Offer => ({
          op,
          onlyThere: kind.op.startsWith("detach") && kind.caller === "core",
          views: remembered((why) => viewsOf(op, w, why)),
        }),
      );
  });
  offers.set(model, made);
  return made;
}

/** The same answer for the same word. */
function remembered<T>(make: (word: string) => T): (word: string) => T {
  const known = new Map<string, T>();
  return (word) => {
    const there = known.get(word);
    if (there !== undefined) return there;
    const made = make(word);
    known.set(word, made);
    return made;
  };
}

/** An operation on each object that it names as a place to click. */
function viewsOf(op: Op, w: World, why: string): ActionView[] {
  const kind = opKinds[op.kind] as OpKind;
  const title = opTitle(op, w);
  const pasid = op.args[kind.params.indexOf("pasid")] ?? -1;
  return kind.params.flatMap((param, i): ActionView[] => {
    if (param !== "group" && param !== "device" && param !== "domain") return [];
    const value = op.args[i] ?? 0;
    if (param === "domain" && value === DOMAIN_BLOCKED) return [];
    const target = {
      kind: param,
      id: w[param][value]?.name ?? "",
      ...(param === "device" && pasid >= 0 ? { pasid } : {}),
    };
    return [
      {
        id: idOf(op),
        target,
        topic: TOPICS[kind.op] ?? END,
        label: title.charAt(0) === "`" ? title : title.charAt(0).toUpperCase() + title.slice(1),
        caller: callers[kind.caller].id,
        enabled: why === "",
        ...(why === "" ? {} : { reason: why }),
      },
    ];
  });
}

/** Every operation that could be started, on each object that it names as a place to click. */
export function actionViews(play: Play): ActionView[] {
  const views: ActionView[] = [];
  for (const { op, onlyThere, views: said } of offersOf(play.model)) {
    const why = reason(play, op);
    if (!onlyThere || !/ is not /.test(why)) views.push(...said(why));
  }
  views.push(blockedView(play.model.world));
  return views;
}

/** Whether an action may be started; the sentence why not, else empty. */
export function actionRefusal(play: Play, op: Op): string {
  return reason(play, op);
}
