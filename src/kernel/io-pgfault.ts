/**
 * Page requests: drivers/iommu/io-pgfault.c of Linux 7.3. Who reports them is in `arm-smmu-v3-evtq.ts`.
 *
 * A fault is one request, the last of its group. Who handles it (a work item of the SVA code, a user of iommufd) answers in
 * an operation of its own: that the request be tried again, or that it cannot be handled. That a handler refuses to take a
 * fault (`iopf_handler`) is not modelled, nor that handles outlive their readers, which is their callers' duty.
 */
import { RESP } from "./evtq.ts";
import { groupOf } from "./iommu-group.ts";
import { canFail, define, EBUSY, EINVAL, ENOMEM, fails, IOMMU_NO_PASID, RESERVED, smmuOf } from "./structs.ts";

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
  b.step("answer what is outstanding with INVALID", (s, l) => {
    l.left = s.dev_iommu[l.dev].faults;
    s.dev_iommu[l.dev].faults = 0;
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
  ["domain", "param"],
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
    }),
    b.unlock("fault_lock", (l) => l.dev, "unlock `fault_param->lock`"),
    b.local("`iopf_handler` of {domain} takes it", () => {}),
    b.return(0, "return 0"),
    b.label("err_bad_iopf"),
    b.call("arm_smmu_page_response", (l) => [l.dev, RESP.ABORT], null, "`page_response`: INVALID"),
    b.return(EINVAL, "return -EINVAL"),
  ],
);

const iopf_group_response = define("iopf_group_response: void", source, ["dev", "resp"], ["left"], (b) => [
  b.lock("fault_lock", (l) => l.dev, "lock `fault_param->lock`"),
  b.step("is the request still to be answered? {left:yes}", (s, l) => {
    l.left = s.dev_iommu[l.dev].faults > 0 ? 1 : 0;
    if (l.left === 1) s.dev_iommu[l.dev].faults--;
  }),
  b.when("is it?", (l) => l.left === 1, [b.call("arm_smmu_page_response", (l) => [l.dev, l.resp])]),
  b.unlock("fault_lock", (l) => l.dev, "unlock `fault_param->lock`"),
]);

export const pgfault = {
  iopf_queue_add_device,
  iopf_queue_remove_device,
  find_fault_handler,
  iommu_report_device_fault,
  iopf_group_response,
};
