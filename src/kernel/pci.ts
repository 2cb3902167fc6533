/**
 * Function resets: drivers/pci/pci.c, drivers/pci/pci-sysfs.c, drivers/pci/ats.c and drivers/vfio/pci/vfio_pci_core.c of
 * Linux 7.3.
 *
 * The device lock stands for `device_lock` and the configuration access lock, which are taken together. The bound
 * driver's `reset_prepare` and `reset_done` and every method but FLR are not modelled.
 */
import { canFail } from "./arm-smmu-v3.ts";
import { define, EAGAIN, ENOTTY } from "./structs.ts";

const source = { file: "drivers/pci/pci.c" };

/** Procedures that reset a function, their first parameter. */
export const resetMethods: readonly string[] = ["pcie_flr"];

/** Procedures that ask whether their first parameter, a function, could be reset. None of them is modelled yet. */
export const resetProbes: readonly string[] = ["pci_init_reset_methods", "reset_method_store"];

export const pcie_flr = define("pcie_flr", source, ["dev"], ["ret", "failed"], (b) => [
  b.local("wait for pending transactions of {dev}", () => {}),
  b.call("pci_dev_reset_iommu_prepare", (l) => [l.dev], "ret", "`pci_dev_reset_iommu_prepare`", "prepare"),
  b.when("did it fail?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")], [], "prepare_failed"),
  b.step("set Initiate FLR of {dev}: it forgets its enables and its ATC", (s, l) => {
    const pdev = s.pdev[l.dev];
    pdev.in_reset = 1;
    pdev.bus_master = 0;
    pdev.ats_ctrl = 0;
    pdev.pasid_ctrl = 0;
    for (let p = 0; p < pdev.atc.length; p++) pdev.atc[p] = 0;
  }),
  b.choose(
    "`msleep(100)`, then `pci_dev_wait`: does {dev} answer?",
    ["it answers", "-ENOTTY: it never does"],
    (_l, w) => w.mayFail.has("reset"),
    canFail,
    // a reset that fails is no allocation failure: the properties go on being judged
    (s) => {
      s.bound.failures_left--;
    },
    "failed",
  ),
  b.step("the wait is over: {dev} is out of its reset", (s, l) => {
    s.pdev[l.dev].in_reset = 0;
    l.ret = l.failed === 1 ? ENOTTY : 0;
  }),
  b.ghost((s, l) => {
    s.pdev[l.dev].reset_failed = l.ret === 0 ? 0 : 1;
  }),
  b.call("pci_dev_reset_iommu_done", (l) => [l.dev], null, "`pci_dev_reset_iommu_done`", "done"),
  b.ghost((s, l) => {
    s.pdev[l.dev].reset_failed = 0;
  }),
  b.return((l) => l.ret, "return {ret}"),
]);

const pci_dev_save_and_disable = define("pci_dev_save_and_disable: void", source, ["dev"], [], (b) => [
  b.step("`pci_save_state` of {dev}: keep the command register", (s, l) => {
    s.pdev[l.dev].saved_master = s.pdev[l.dev].bus_master;
    s.pdev[l.dev].state_saved = 1;
  }),
  b.step("write the command register of {dev}: no bus master any more", (s, l) => {
    s.pdev[l.dev].bus_master = 0;
  }),
]);

const pci_dev_restore = define("pci_dev_restore: void", source, ["dev"], [], (b) => [
  b.step("`pci_restore_pasid_state`: PASID Enable as `pasid_enabled` says", (s, l) => {
    if (s.pdev[l.dev].pasid_enabled === 1) s.pdev[l.dev].pasid_ctrl = 1;
  }),
  b.step("`pci_restore_ats_state`: ATS Enable as `ats_enabled` says", (s, l) => {
    if (s.pdev[l.dev].ats_enabled === 1) s.pdev[l.dev].ats_ctrl = 1;
  }),
  b.step("`pci_restore_config_space`: bus master as it was saved", (s, l) => {
    s.pdev[l.dev].bus_master = s.pdev[l.dev].saved_master;
    s.pdev[l.dev].saved_master = 0;
    s.pdev[l.dev].state_saved = 0;
  }),
]);

const __pci_reset_function_locked = define("__pci_reset_function_locked", source, ["dev"], ["ret"], (b) => [
  b.call("pcie_flr", (l) => [l.dev], "ret", "first method that works: `pcie_flr`"),
  b.return((l) => l.ret, "return {ret}"),
]);

const pci_reset_function = define("pci_reset_function", source, ["dev"], ["bridge", "ret"], (b) => [
  b.local("find the upstream bridge", (l, w) => {
    l.bridge = w.device[l.dev]?.bridge ?? 0;
  }),
  b.lock("bridge_lock", (l) => l.bridge, "`pci_dev_lock` of the upstream bridge"),
  b.lock("device_lock", (l) => l.dev, "`pci_dev_lock` of {dev}"),
  b.call("pci_dev_save_and_disable", (l) => [l.dev]),
  b.call("__pci_reset_function_locked", (l) => [l.dev], "ret"),
  b.call("pci_dev_restore", (l) => [l.dev]),
  b.unlock("device_lock", (l) => l.dev, "`pci_dev_unlock` of {dev}"),
  b.unlock("bridge_lock", (l) => l.bridge, "`pci_dev_unlock` of the bridge"),
  b.return((l) => l.ret, "return {ret}"),
]);

const reset_store = define("reset_store", { file: "drivers/pci/pci-sysfs.c" }, ["dev"], ["ret"], (b) => [
  b.call("pci_reset_function", (l) => [l.dev], "ret"),
  b.return((l) => l.ret, "return {ret}"),
]);

const pci_try_reset_function = define("pci_try_reset_function", source, ["dev"], ["locked", "ret"], (b) => [
  b.trylock("device_lock", (l) => l.dev, "locked", "`pci_dev_trylock` of {dev}"),
  b.when("is it taken?", (l) => l.locked === 0, [b.return(EAGAIN, "return -EAGAIN")]),
  b.call("pci_dev_save_and_disable", (l) => [l.dev]),
  b.call("__pci_reset_function_locked", (l) => [l.dev], "ret"),
  b.call("pci_dev_restore", (l) => [l.dev]),
  b.unlock("device_lock", (l) => l.dev, "`pci_dev_unlock` of {dev}"),
  b.return((l) => l.ret, "return {ret}"),
]);

const vfio_pci_ioctl_reset = define(
  "vfio_pci_ioctl_reset",
  { file: "drivers/vfio/pci/vfio_pci_core.c" },
  ["dev"],
  ["ret"],
  (b) => [
    b.lock("memory_lock", (l) => l.dev, "down_write `memory_lock` of {dev}"),
    b.call("pci_try_reset_function", (l) => [l.dev], "ret"),
    b.unlock("memory_lock", (l) => l.dev, "up_write `memory_lock`"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

export const pci = {
  pcie_flr,
  pci_dev_save_and_disable,
  pci_dev_restore,
  __pci_reset_function_locked,
  pci_reset_function,
  reset_store,
  pci_try_reset_function,
  vfio_pci_ioctl_reset,
};
