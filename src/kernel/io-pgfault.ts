/**
 * Page requests: drivers/iommu/io-pgfault.c of Linux 7.3. Who reports them is in `arm-smmu-v3-evtq.ts`.
 *
 * A fault is one request, the last of its group. Who handles it (a work item of the SVA code, a user of iommufd) holds the
 * group and answers in an operation of its own: that the request be tried again, or that it cannot be handled. Where the
 * device leaves its queue before that, the group is freed under its hands. That a handler refuses to take a fault
 * (`iopf_handler`) is not modelled, nor that handles outlive their readers, which is their callers' duty.
 */
import { RESP } from "./evtq.ts";
import { groupOf } from "./iommu-group.ts";
import {
  canFail,
  define,
  EBUSY,
  EINVAL,
  ENOMEM,
  fails,
  IOMMU_NO_PASID,
  type KernelState,
  nextDevice,
  RESERVED,
  smmuOf,
  type World,
} from "./structs.ts";

const source = { file: "drivers/iommu/io-pgfault.c" };

const iopf_queue_add_device = define("iopf_queue_add_device", source, ["dev"], ["ret", "failed"], (b) => [
  b.lock("iopf_lock", (l, w) => smmuOf(w, l.dev), "lock `queue->lock`"),
  b.lock("param_lock", (l) => l.dev, "lock `param->lock` of {dev}"),
  b.if("has {dev} a `fault_param` already?", (s, l) => s.dev_iommu[l.dev].fault_param === 1, [
    b.local("", (l) => {
      l.ret = EBUSY;
    }),
    b.goto("done_unlock"),
  ]),
  b.choose(
    "allocate `fault_param`",
    ["it works", "-ENOMEM"],
    (_l, w) => w.mayFail.has("fault_param"),
    canFail,
    fails,
    "failed",
  ),
  b.when("out of memory?", (l) => l.failed === 1, [
    b.local("", (l) => {
      l.ret = ENOMEM;
    }),
    b.goto("done_unlock"),
  ]),
  b.step("publish `fault_param` of {dev}", (s, l) => {
    s.dev_iommu[l.dev].fault_param = 1;
  }),
  b.label("done_unlock"),
  b.unlock("param_lock", (l) => l.dev, "unlock `param->lock`"),
  b.unlock("iopf_lock", (l, w) => smmuOf(w, l.dev), "unlock `queue->lock`"),
  b.return((l) => l.ret, "return {ret}"),
]);

const iopf_queue_remove_device = define("iopf_queue_remove_device: void", source, ["dev"], ["left"], (b) => [
  b.lock("iopf_lock", (l, w) => smmuOf(w, l.dev), "lock `queue->lock`"),
  b.lock("param_lock", (l) => l.dev, "lock `param->lock` of {dev}"),
  b.warnIf("iopf_queue_remove_device", "{dev} has no `fault_param`", (s, l) => s.dev_iommu[l.dev].fault_param === 0, [
    b.goto("unlock"),
  ]),
  b.lock("fault_lock", (l) => l.dev, "lock `fault_param->lock`"),
  b.step("answer what is outstanding with INVALID, and free it", (s, l) => {
    const { held, freed } = s.iopf[l.dev];
    l.left = s.dev_iommu[l.dev].faults;
    s.dev_iommu[l.dev].faults = 0;
    if (l.left > 0) s.iopf[l.dev].removals++;
    for (let p = 0; p < held.length; p++) freed[p] = held[p] as number;
  }),
  b.label("next_group"),
  b.when("one more?", (l) => l.left > 0, [
    b.call("arm_smmu_page_response", (l) => [l.dev, RESP.ABORT], null, "`page_response`: INVALID"),
    b.local("", (l) => {
      l.left--;
    }),
    b.goto("next_group"),
  ]),
  b.unlock("fault_lock", (l) => l.dev, "unlock `fault_param->lock`"),
  b.step("`fault_param` of {dev} := NULL", (s, l) => {
    s.dev_iommu[l.dev].fault_param = 0;
  }),
  b.label("unlock"),
  b.unlock("param_lock", (l) => l.dev, "unlock `param->lock`"),
  b.unlock("iopf_lock", (l, w) => smmuOf(w, l.dev), "unlock `queue->lock`"),
]);

const find_fault_handler = define("find_fault_handler", source, ["dev", "pasid"], ["domain"], (b) => [
  b.step("`iommu_attach_handle_get`: `pasid_array[{pasid:index}]` holds {domain}", (s, l, w) => {
    const entry = s.group[groupOf(w, l.dev)].pasid_array[l.pasid] as number;
    l.domain = entry === RESERVED ? 0 : entry;
  }),
  b.when("none, for a PASID?", (l) => l.domain === 0 && l.pasid !== IOMMU_NO_PASID, [
    b.step("the guest may own the PASIDs: the RID's handle is {domain}", (s, l, w) => {
      const entry = s.group[groupOf(w, l.dev)].pasid_array[IOMMU_NO_PASID] as number;
      l.domain = w.domain[entry]?.type === "NESTED" ? entry : 0;
    }),
  ]),
  b.when("has {domain} no `iopf_handler`?", (l, w) => !(w.domain[l.domain]?.iopf_handler ?? false), [
    b.return(0, "return NULL"),
  ]),
  b.return((l) => l.domain, "return the handle of {domain}"),
]);

const iommu_report_device_fault = define(
  "iommu_report_device_fault",
  source,
  ["dev", "pasid"],
  ["domain", "param", "removals"],
  (b) => [
    b.call("find_fault_handler", (l) => [l.dev, l.pasid], "domain"),
    b.when("is there no handler?", (l) => l.domain === 0, [b.goto("err_bad_iopf")]),
    b.step("load `fault_param` of {dev}: there? {param:yes}", (s, l) => {
      l.param = s.dev_iommu[l.dev].fault_param;
    }),
    b.warnOn("iommu_report_device_fault", "{dev} has a handler and no `fault_param`", (l) => l.param === 0, [
      b.goto("err_bad_iopf"),
    ]),
    b.lock("fault_lock", (l) => l.dev, "lock `fault_param->lock`"),
    b.step("queue the request", (s, l) => {
      s.dev_iommu[l.dev].faults++;
      l.removals = s.iopf[l.dev].removals;
    }),
    b.unlock("fault_lock", (l) => l.dev, "unlock `fault_param->lock`"),
    b.step("`iopf_handler` of {domain} takes it", (s, l, w) => {
      l.removals = s.iopf[l.dev].removals - l.removals;
      // whoever answers for a handle asks where it is attached; a nested domain is at the RID, whatever PASID the guest gave
      const at = w.domain[l.domain]?.type === "NESTED" ? IOMMU_NO_PASID : l.pasid;
      if (l.removals === 0) (s.iopf[l.dev].held[at] as number)++;
    }),
    b.when("was the group freed?", (l) => l.removals !== 0, [
      b.oops("`iopf_handler` is given a group that `iopf_queue_remove_device` has freed"),
    ]),
    b.return(0, "return 0"),
    b.label("err_bad_iopf"),
    b.call("arm_smmu_page_response", (l) => [l.dev, RESP.ABORT], null, "`page_response`: INVALID"),
    b.return(EINVAL, "return -EINVAL"),
  ],
);

/** `removals` of when the group was taken; whoever frees it later frees it under the hands that answer it. */
const iopf_group_response = define("iopf_group_response: void", source, ["dev", "resp", "removals"], ["freed"], (b) => [
  b.step("load `group->fault_param`: is the group freed? {freed:yes}", (s, l) => {
    l.freed = s.iopf[l.dev].removals === l.removals ? 0 : 1;
  }),
  b.when("was it freed?", (l) => l.freed === 1, [b.oops("`iopf_queue_remove_device` has freed the group")]),
  b.lock("fault_lock", (l) => l.dev, "lock `fault_param->lock`"),
  b.call("arm_smmu_page_response", (l) => [l.dev, l.resp]),
  b.step("take the group off `fault_param->faults`", (s, l) => {
    s.dev_iommu[l.dev].faults--;
  }),
  b.unlock("fault_lock", (l) => l.dev, "unlock `fault_param->lock`"),
]);

/** The PASID of the oldest request of a device that a handler holds, the RID first; -1 if none holds any. */
export function heldRequest(s: KernelState, w: World, dev: number): number {
  if (!(w.device[dev]?.stall_enabled ?? false)) return -1;
  const { held } = s.iopf[dev];
  for (let p = 0; p < w.pasids; p++) if ((held[p] as number) > 0) return p;
  return -1;
}

/** A handler takes the oldest of its requests, to answer it. Says how many removals it has outlived, one less if it was freed. */
function takeRequest(s: KernelState, dev: number, pasid: number): number {
  const { held, freed, removals } = s.iopf[dev];
  (held[pasid] as number)--;
  if (freed[pasid] === 0) return removals;
  (freed[pasid] as number)--;
  return (removals + 255) & 255;
}

/** `iommufd_fault_fops_write`, or the work item of the SVA code: `iommu_sva_handle_iopf`. */
const answer_fault = define(
  "answer_fault: void",
  {
    file: "drivers/iommu/iommufd/eventq.c, drivers/iommu/iommu-sva.c",
    note: "It answers the oldest request that it holds. `fault->mutex` of iommufd is not modelled: a request is taken in one step.",
  },
  ["dev", "resp"],
  ["found", "removals"],
  (b) => [
    b.step("does the handler hold a request of {dev}? {found:yes}", (s, l, w) => {
      const pasid = heldRequest(s, w, l.dev);
      l.found = pasid < 0 ? 0 : 1;
      l.removals = pasid < 0 ? 0 : takeRequest(s, l.dev, pasid);
    }),
    b.when("does it?", (l) => l.found === 1, [b.call("iopf_group_response", (l) => [l.dev, l.resp, l.removals])]),
  ],
);

const iommufd_auto_response_faults = define(
  "iommufd_auto_response_faults: void",
  {
    file: "drivers/iommu/iommufd/eventq.c",
    note: "Of a detach or a replace, when the domain is off the device. A handle that takes another one's place meanwhile is taken for that one.",
  },
  ["group", "pasid", "hwpt"],
  ["dev", "found", "removals"],
  (b) => [
    b.when("has {hwpt} no fault object?", (l, w) => !hasFaultObject(w, l.hwpt), [b.return(0, "return")]),
    b.each("for each device of {group}", "dev", (l, w) => nextDevice(w, l.group, l.dev), [
      b.label("next"),
      b.step("does a request of {dev} wait for its answer? {found:yes}", (s, l, w) => {
        const holds = (w.device[l.dev]?.stall_enabled ?? false) && (s.iopf[l.dev].held[l.pasid] as number) > 0;
        l.found = holds ? 1 : 0;
        l.removals = holds ? takeRequest(s, l.dev, l.pasid) : 0;
      }),
      b.when("does one?", (l) => l.found === 1, [
        b.call("iopf_group_response", (l) => [l.dev, RESP.ABORT, l.removals], null, "`iopf_group_response`: INVALID"),
        b.goto("next"),
      ]),
    ]),
  ],
);

/** `hwpt->fault` of iommufd: SVA handles faults without it. */
const hasFaultObject = (w: World, domain: number) =>
  (w.domain[domain]?.iopf_handler ?? false) && w.domain[domain]?.type !== "SVA";

export const pgfault = {
  iopf_queue_add_device,
  iopf_queue_remove_device,
  find_fault_handler,
  iommu_report_device_fault,
  iopf_group_response,
  answer_fault,
  iommufd_auto_response_faults,
};
