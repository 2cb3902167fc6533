/**
 * What must hold, as named facts: each with its sentence, its source and the moment at which it is judged.
 *
 * A property is judged from state and from what just happened, never from a place in the code. `exercised` says that this
 * moment had something to judge; a property that no moment of a run exercised is vacuous there, never holding.
 */
import { reach } from "../hw/tables.ts";
import { type Machine, type Observer, OOPS } from "../sim/step.ts";
import type { Design } from "./design.ts";
import {
  atsSupported,
  DOMAIN_BLOCKED,
  EBUSY,
  ENOMEM,
  ENOSPC,
  errnoName,
  isExited,
  type KernelState,
  reachOf,
  RESERVED,
  type World,
} from "./structs.ts";

/** What a property says of one moment. */
interface Finding {
  readonly exercised: boolean;
  /** The sentence that names what disagrees; absent while the property holds. */
  readonly why?: string;
}

const silent: Finding = { exercised: false };
const held: Finding = { exercised: true };
const broken = (why: string): Finding => ({ exercised: true, why });

type Judge = (s: KernelState, w: World, args: readonly number[]) => Finding;

export interface Property {
  readonly id: string;
  readonly sentence: string;
  readonly source: string;
  /** When it is judged, in words. */
  readonly moment: string;
  /** `state`: after every step; `mutex free`: for each group whose mutex is free; else the name of a moment. */
  readonly at:
    | "state"
    | "mutex free"
    | "done warn"
    | "callback"
    | "driver_domain"
    | "callback_return"
    | "applied"
    | "call_return"
    | "prepare_return"
    | "done_return";
  readonly judge: Judge;
}

const pasidName = (p: number) => (p === 0 ? "the RID" : `PASID ${p}`);
const deviceName = (w: World, d: number) => w.device[d]?.name ?? "?";
const domainName = (w: World, d: number) => w.domain[d]?.name ?? "nothing";
const entry = (value: number | undefined) => (value === RESERVED || value === undefined ? 0 : value);

function everyDevice(w: World, judge: (dev: number) => Finding): Finding {
  let exercised = false;
  for (let dev = 1; dev < w.device.length; dev++) {
    const finding = judge(dev);
    if (finding.why !== undefined) return finding;
    exercised ||= finding.exercised;
  }
  return { exercised };
}

const iTest: Judge = (s, w, [dev = 0, pasid = 0, domain = 0, ret = 0]) => {
  if (domain === DOMAIN_BLOCKED || s.gdev[dev].tested[pasid] !== domain) return silent;
  if (ret === 0 || ret === ENOMEM || ret === ENOSPC) return held;
  return broken(
    `${domainName(w, domain)} passed its test for ${pasidName(pasid)} of ${deviceName(w, dev)}, and attaching it failed with \`${errnoName(ret)}\`.`,
  );
};

const iTest2: Judge = (s, w, [dev = 0, pasid = 0, domain = 0, ret = 0]) => {
  if (s.gdev[dev].accepted[pasid] !== domain) return silent;
  if (ret === 0 || ret === ENOMEM) return held;
  return broken(
    `The caller was told that ${domainName(w, domain)} is attached to ${pasidName(pasid)} of ${deviceName(w, dev)}; at done that failed with \`${errnoName(ret)}\`.`,
  );
};

const iBlock: Judge = (s, w) =>
  everyDevice(w, (dev) => {
    if (s.pdev[dev].in_reset === 0 || !w.device[dev]?.ats) return silent;
    for (let p = 0; p < w.pasids; p++) {
      const found = reach(s, w, dev, p);
      if (found !== 0) {
        const where = found < 0 ? "to several domains, one for each StreamID" : `to ${domainName(w, found)}`;
        return broken(`${deviceName(w, dev)} is in reset, and the tables still lead ${pasidName(p)} ${where}.`);
      }
    }
    return held;
  });

const iNoAtc: Judge = (s, w) =>
  everyDevice(w, (dev) => {
    if (s.pdev[dev].in_reset === 0 || !atsSupported(w, dev)) return silent;
    return s.pdev[dev].atc_inv === 0
      ? held
      : broken(`An ATC_INV is sent to, or outstanding at, ${deviceName(w, dev)}, which is in reset.`);
  });

/** Judged for one group, whose mutex is free: no callback runs on its devices. */
const iRestore: Judge = (s, w, [group = 0]) => {
  let exercised = false;
  for (const dev of w.group[group]?.devices ?? []) {
    const gdev = s.gdev[dev];
    if (s.pdev[dev].in_reset === 1 || gdev.prepared > 0) continue;
    exercised ||= gdev.restored === 1;
    const pasids = (w.device[dev]?.max_pasids ?? 0) > 0 ? w.pasids : 1;
    for (let p = 0; p < pasids; p++) {
      const core = p === 0 ? s.group[group].domain : entry(s.group[group].pasid_array[p]);
      const wanted = reachOf(w, core);
      const found = reach(s, w, dev, p);
      if (found === wanted || isExited(s, w, core)) continue;
      const where = p === 0 ? "`group->domain`" : `\`pasid_array[${p}]\``;
      return broken(
        `${where} is ${core === 0 ? "empty" : domainName(w, core)}, but the tables lead ${pasidName(p)} of ${deviceName(w, dev)} ${found <= 0 ? "nowhere" : `to ${domainName(w, found)}`}.`,
      );
    }
  }
  return { exercised };
};

/** NULL means nothing attached; for a PASID, blocked and nothing are the same. */
const iOld: Judge = (s, w, [dev = 0, pasid = 0, _domain = 0, old = 0]) => {
  const really = s.gdev[dev].drv[pasid] as number;
  const said = pasid > 0 && old === DOMAIN_BLOCKED ? 0 : old;
  if (said === really) return held;
  return broken(
    `The callback for ${pasidName(pasid)} of ${deviceName(w, dev)} is told that the old domain is ${domainName(w, old)}; the driver has ${domainName(w, really)} there.`,
  );
};

const iOldHelper: Judge = (s, w, [dev = 0, domain = 0]) => {
  const really = s.gdev[dev].drv[0] as number;
  if (domain === really) return held;
  return broken(
    `The driver is told that the RID of ${deviceName(w, dev)} is on ${domainName(w, domain)}; it has ${domainName(w, really)} there.`,
  );
};

const iEbusy: Judge = (s, w, [group = 0, ret = 0]) => {
  if (ret !== EBUSY) return silent;
  const g = s.group[group];
  const name = w.group[group]?.name ?? "?";
  if (g.domain !== g.snap_domain) {
    return broken(
      `The call got \`-EBUSY\`, yet \`group->domain\` of ${name} went from ${domainName(w, g.snap_domain)} to ${domainName(w, g.domain)}.`,
    );
  }
  for (let p = 0; p < w.pasids; p++) {
    if (entry(g.pasid_array[p]) !== entry(g.snap_pasid[p])) {
      return broken(`The call got \`-EBUSY\`, yet \`pasid_array[${p}]\` of ${name} changed.`);
    }
  }
  for (const dev of w.group[group]?.devices ?? []) {
    for (let p = 0; p < w.pasids; p++) {
      const same =
        s.gdev[dev].drv[p] === s.gdev[dev].snap_drv[p] &&
        Math.max(0, reach(s, w, dev, p)) === s.gdev[dev].snap_reach[p];
      if (!same) return broken(`The call got \`-EBUSY\`, yet ${pasidName(p)} of ${deviceName(w, dev)} changed.`);
    }
  }
  return held;
};

function reachChanged(s: KernelState, w: World, dev: number): boolean {
  for (let p = 0; p < w.pasids; p++) {
    if (Math.max(0, reach(s, w, dev, p)) !== s.gdev[dev].snap_reach[p]) return true;
  }
  return false;
}

const iNestPrepare: Judge = (s, w, [dev = 0, ret = 0]) => {
  if (s.gdev[dev].prepared === 0) return silent;
  if (ret !== 0)
    return broken(`A prepare of ${deviceName(w, dev)} inside another one returned \`${errnoName(ret)}\`, not 0.`);
  return reachChanged(s, w, dev)
    ? broken(`A prepare of ${deviceName(w, dev)} inside another one changed what it reaches.`)
    : held;
};

const iNestDone: Judge = (s, w, [dev = 0]) => {
  if (s.gdev[dev].prepared < 2) return silent;
  return reachChanged(s, w, dev)
    ? broken(`A done of ${deviceName(w, dev)} inside another pair changed what it reaches.`)
    : held;
};

const iCnt: Judge = (s, w, [group = 0]) => {
  let blocked = 0;
  for (const dev of w.group[group]?.devices ?? []) blocked += s.gdev[dev].blocked;
  const count = s.group[group].recovery_cnt;
  if (count !== blocked) {
    return broken(
      `\`recovery_cnt\` of ${w.group[group]?.name ?? "?"} is ${count}, and ${blocked} of its devices are \`blocked\`.`,
    );
  }
  return { exercised: count > 0 };
};

const T = "drivers/iommu/iommu.c";

/** In the order in which they are shown; a property judged at two moments stands twice. */
const judged: readonly Property[] = [
  {
    id: "I-TEST",
    sentence: "What passed its test fails to attach only for want of memory or space.",
    source: "kdoc of test_dev in [PATCH v1 02/20] of the test_dev series, 2025-10-12",
    moment: "return of a driver callback, in the critical section of the test",
    at: "callback_return",
    judge: iTest,
  },
  {
    id: "I-TEST2",
    sentence: "What a caller was told is attached during a reset does not fail at done.",
    source:
      "Jason Gunthorpe, 2025-10-20, <20251020162736.GW316284@nvidia.com> and <20251020163231.GX316284@nvidia.com>",
    moment: "at done, for each domain put back; out of memory and superseded domains excepted",
    at: "applied",
    judge: iTest2,
  },
  {
    id: "I-USERWARN",
    sentence: "No domain that a user picks may end in a WARN at done.",
    source: "Kevin Tian on series v3, 2025-08-15",
    moment: "each WARN inside done, in a run without allocation failure",
    at: "done warn",
    judge: () => silent,
  },
  {
    id: "I-BLOCK",
    sentence: "A function in reset reaches no domain, neither with its RID nor with any PASID.",
    source: "kdoc of pci_dev_reset_iommu_prepare; Jason Gunthorpe, 2025-06-30, <20250630123814.GS167785@nvidia.com>",
    moment: "every state, while a function with ATS is in reset",
    at: "state",
    judge: iBlock,
  },
  {
    id: "I-NOATC",
    sentence: "No ATC invalidation is sent to, or outstanding at, a function in reset.",
    source: "cover letters of the series; PCIe r6.0, 10.3.1; fc3523b16d2b",
    moment: "every state, while a function is in reset",
    at: "state",
    judge: iNoAtc,
  },
  {
    id: "I-RESTORE",
    sentence: "Outside a reset the tables agree with `group->domain` and `pasid_array`.",
    source: "kdoc of pci_dev_reset_iommu_done; Jason Gunthorpe, 2025-06-10, <20250610164306.GJ543171@nvidia.com>",
    moment:
      "whenever `group->mutex` is free, for devices neither in reset nor between a successful prepare and its done, where " +
      "they are docked on purpose",
    at: "mutex free",
    judge: iRestore,
  },
  {
    id: "I-OLD",
    sentence: "The old domain that a callback is told is the one that the driver really has.",
    source: `comment in iommu_driver_get_domain_for_dev (${T}); series v3, patch 3`,
    moment: "entry of a driver callback; and what `iommu_driver_get_domain_for_dev` answers, in kernels that have it",
    at: "callback",
    judge: iOld,
  },
  {
    id: "I-OLD",
    sentence: "",
    source: "",
    moment: "",
    at: "driver_domain",
    judge: iOldHelper,
  },
  {
    id: "I-EBUSY",
    sentence: "A call that gets -EBUSY has changed nothing.",
    source: `__iommu_group_set_domain_internal (${T}); uAPI text of VFIO attach, v7.0`,
    moment: "return of the call, against the values at its own mutex_lock",
    at: "call_return",
    judge: iEbusy,
  },
  {
    id: "I-NEST",
    sentence: "Prepares nest: an inner one returns 0, and only the outermost pair changes what the device reaches.",
    source: "0d5fd7a9323c",
    moment: "return of prepare and of done",
    at: "prepare_return",
    judge: iNestPrepare,
  },
  { id: "I-NEST", sentence: "", source: "", moment: "", at: "done_return", judge: iNestDone },
  {
    id: "I-CNT",
    sentence: "`recovery_cnt` counts the blocked devices of the group.",
    source: `comment of the field in struct iommu_group (${T})`,
    moment: "whenever `group->mutex` is free",
    at: "mutex free",
    judge: iCnt,
  },
];

const oops = {
  id: "I-OOPS",
  sentence: "No call and no load goes through NULL or a freed object.",
  source: "the C language",
  moment: "every state, once a driver callback was called",
};

/** The properties as shown: one entry each. */
export const properties: readonly Pick<Property, "id" | "sentence" | "source" | "moment">[] = [
  ...judged
    .filter((p) => p.sentence !== "")
    .map(({ id, sentence, source, moment }) => ({ id, sentence, source, moment })),
  oops,
];

/** What one step broke and what it exercised. */
export interface StepVerdict {
  readonly violated: ReadonlyMap<string, string>;
  readonly exercised: ReadonlySet<string>;
}

/** Watches one machine and judges each step. Set `machine.observer` to something that passes the hooks on. */
export class Bench {
  readonly #machine: Machine<KernelState, World>;
  readonly #design: Design;
  #violated = new Map<string, string>();
  #exercised = new Set<string>();

  constructor(machine: Machine<KernelState, World>, design: Design) {
    this.#machine = machine;
    this.#design = design;
  }

  #note(id: string, finding: Finding): void {
    if (!finding.exercised) return;
    this.#exercised.add(id);
    if (finding.why !== undefined && !this.#violated.has(id)) this.#violated.set(id, finding.why);
  }

  #applies(id: string): boolean {
    return !this.#design.notApplicable.includes(id);
  }

  /** A moment of the running step. */
  readonly moment: Observer<KernelState>["moment"] = (_thread, name, args, state) => {
    for (const p of judged) {
      if (p.at === name && this.#applies(p.id)) this.#note(p.id, p.judge(state, this.#machine.world, args));
    }
    if (name === "done_return" && state.bound.failed === 0) this.#note("I-USERWARN", held);
    if (name === "callback") this.#note("I-OOPS", held);
  };

  /** A WARN of the running step. */
  readonly warn: Observer<KernelState>["warn"] = (thread, site) => {
    if (this.#machine.state.bound.failed === 1) return;
    const inDone = this.#machine
      .frames(thread)
      .some((f) => this.#machine.table.procs[f.proc]?.name === this.#design.doneProc);
    if (inDone)
      this.#note("I-USERWARN", broken(`A WARN was reached inside \`${this.#design.doneProc}\`: \`${site}\`.`));
  };

  /** Judges the state that the step led to and returns what the whole step broke. */
  verdict(): StepVerdict {
    const machine = this.#machine;
    const { state, world } = machine;
    for (const p of judged) {
      if (!this.#applies(p.id)) continue;
      if (p.at === "state") this.#note(p.id, p.judge(state, world, []));
      if (p.at !== "mutex free") continue;
      for (let group = 1; group < world.group.length; group++) {
        const lock = (machine.layout.lockBase.group_mutex ?? 0) + group - 1;
        if (machine.owner(lock) === 0) this.#note(p.id, p.judge(state, world, [group]));
      }
    }
    for (let t = 0; t < machine.programs.length; t++) {
      if (machine.status(t) === OOPS) this.#note("I-OOPS", broken(`CPU${t} went through NULL or a freed object.`));
    }
    const verdict = { violated: this.#violated, exercised: this.#exercised };
    this.#violated = new Map();
    this.#exercised = new Set();
    return verdict;
  }
}
