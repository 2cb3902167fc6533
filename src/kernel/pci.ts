/**
 * Function resets: drivers/pci/pci.c, drivers/pci/pci-acpi.c, drivers/pci/quirks.c, drivers/pci/pci-sysfs.c and
 * drivers/vfio/pci/vfio_pci_core.c of Linux 7.3.
 *
 * The device lock stands for `device_lock` and the configuration access lock, which are taken together. The bound
 * driver's `reset_prepare` and `reset_done` are not modelled; the device-specific reset is that of `reset_hinic_vf_dev`.
 */
import type { Builder } from "../sim/proc.ts";
import { canFail, define, EAGAIN, ENOTTY, type KernelState, type ResetMethod, type World } from "./structs.ts";

const source = { file: "drivers/pci/pci.c" };

/** Procedures that reset a function, their first parameter. */
export const resetMethods: readonly string[] = [
  "pcie_flr",
  "pci_af_flr",
  "pci_pm_reset",
  "pci_dev_acpi_reset",
  "pci_reset_bus_function",
  "cxl_reset_bus_function",
  "__pci_dev_specific_reset",
];

/** Procedures that ask whether their first parameter, a function, could be reset. None of them is modelled yet. */
export const resetProbes: readonly string[] = ["pci_init_reset_methods", "reset_method_store"];

type V = "dev" | "ret" | "failed";
type B = Builder<KernelState, World, V>;
type Nodes = ReturnType<B["step"]>[];

/** How a kernel tells the IOMMU of a reset: the two calls by name, and the methods that make them. */
export interface Tells {
  readonly prepare: string;
  readonly done: string;
  readonly methods: readonly string[];
}

/** What a reset does to the function, from the write that begins it to the end of the wait. */
const reset = (b: B, begin: string): Nodes => [
  b.step(`${begin}: it forgets its enables and its ATC`, (s, l) => {
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
];

/** The resets between prepare and done of a kernel; without them where it has none. */
export function functionResets(tells: Tells | null) {
  const between = (b: B, name: string, nodes: Nodes): Nodes =>
    tells === null || !tells.methods.includes(name)
      ? nodes
      : [
          b.call(tells.prepare, (l) => [l.dev], "ret", `\`${tells.prepare}\``),
          b.when("did it fail?", (l) => l.ret !== 0, [b.return((l) => l.ret, "return {ret}")]),
          ...nodes,
          b.call(tells.done, (l) => [l.dev], null, `\`${tells.done}\``),
        ];
  const over = (b: B): Nodes => [
    b.ghost((s, l) => {
      s.pdev[l.dev].reset_failed = 0;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ];
  const method = (name: string, file: string, begin: string, first: (b: B) => Nodes = () => []) =>
    define(name, { file }, ["dev"], ["ret", "failed"], (b) => [
      ...first(b),
      ...between(b, name, reset(b, begin)),
      ...over(b),
    ]);
  const pending = (b: B): Nodes => [b.local("wait for pending transactions of {dev}", () => {})];

  const pcie_flr = method("pcie_flr", source.file, "set Initiate FLR of {dev}", pending);
  const pci_af_flr = method("pci_af_flr", source.file, "set Initiate FLR in the AF capability of {dev}", pending);
  const pci_pm_reset = method("pci_pm_reset", source.file, "put {dev} into D3hot and back into D0");
  const pci_dev_acpi_reset = method("pci_dev_acpi_reset", "drivers/pci/pci-acpi.c", "evaluate _RST of {dev}");

  const pci_reset_bus_function = define(
    "pci_reset_bus_function",
    { ...source, note: "No hotplug slot." },
    ["dev"],
    ["ret", "failed"],
    (b) => [
      ...between(b, "pci_reset_bus_function", [
        b.when(
          "`pci_parent_bus_reset`: has {dev} a neighbour on its bus?",
          (l, w) => w.device.some((d, i) => i > 0 && i !== l.dev && d.bridge === w.device[l.dev]?.bridge),
          [
            b.local("it must not reset that as well", (l) => {
              l.ret = ENOTTY;
            }),
          ],
          reset(b, "secondary bus reset above {dev}"),
        ),
      ]),
      ...over(b),
    ],
  );

  const cxl_reset_bus_function = define("cxl_reset_bus_function", source, ["dev"], ["ret", "failed"], (b) => [
    ...between(b, "cxl_reset_bus_function", [
      b.local("let secondary bus resets through the CXL port", () => {}),
      b.call("pci_reset_bus_function", (l) => [l.dev], "ret"),
    ]),
    ...over(b),
  ]);

  const __pci_dev_specific_reset = define(
    "__pci_dev_specific_reset",
    {
      file: "drivers/pci/quirks.c",
      note: "The reset is `reset_hinic_vf_dev`, which does not look at what its FLR returns.",
    },
    ["dev"],
    ["ret", "failed"],
    (b) => [
      ...between(b, "__pci_dev_specific_reset", [
        b.call("pcie_flr", (l) => [l.dev], "failed", "`reset_hinic_vf_dev`: `pcie_flr`"),
        b.local("wait for its firmware; return 0", (l) => {
          l.ret = 0;
        }),
      ]),
      ...over(b),
    ],
  );

  return {
    pcie_flr,
    pci_af_flr,
    pci_pm_reset,
    pci_dev_acpi_reset,
    pci_reset_bus_function,
    cxl_reset_bus_function,
    __pci_dev_specific_reset,
  };
}

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

/** In the order in which the kernel tries them (`pci_reset_fn_methods`). */
const METHODS: readonly (readonly [ResetMethod, string])[] = [
  ["device_specific", "__pci_dev_specific_reset"],
  ["acpi", "pci_dev_acpi_reset"],
  ["flr", "pcie_flr"],
  ["af_flr", "pci_af_flr"],
  ["pm", "pci_pm_reset"],
  ["bus", "pci_reset_bus_function"],
  ["cxl_bus", "cxl_reset_bus_function"],
];

const __pci_reset_function_locked = define(
  "__pci_reset_function_locked",
  { ...source, note: "A world says which methods a function has; nobody writes its `reset_method` file." },
  ["dev"],
  ["ret"],
  (b) => [
    ...METHODS.map(([name, proc]) =>
      b.when(`has {dev} the method ${name}?`, (l, w) => w.device[l.dev]?.reset_methods.includes(name) ?? false, [
        b.call(proc, (l) => [l.dev], "ret"),
        b.when("did it work, or fail for good?", (l) => l.ret !== ENOTTY, [b.return((l) => l.ret, "return {ret}")]),
      ]),
    ),
    b.return(ENOTTY, "return -ENOTTY"),
  ],
);

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
  ...functionResets({
    prepare: "pci_dev_reset_iommu_prepare",
    done: "pci_dev_reset_iommu_done",
    methods: resetMethods,
  }),
  pci_dev_save_and_disable,
  pci_dev_restore,
  __pci_reset_function_locked,
  pci_reset_function,
  reset_store,
  pci_try_reset_function,
  vfio_pci_ioctl_reset,
};
