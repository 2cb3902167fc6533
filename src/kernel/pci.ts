/**
 * Function resets: drivers/pci/pci.c, drivers/pci/pci-acpi.c, drivers/pci/quirks.c, drivers/pci/pci-sysfs.c and
 * drivers/vfio/pci/vfio_pci_core.c of Linux 7.3.
 *
 * The device lock stands for `device_lock` and the configuration access lock, which are taken together. The bound
 * driver's `reset_prepare` and `reset_done` are not modelled; the device-specific reset is that of `reset_hinic_vf_dev`.
 */
import { hasQueue } from "./cmdq.ts";
import type { Builder } from "../sim/proc.ts";
import { groupOf } from "./iommu-group.ts";
import {
  canFail,
  define,
  EAGAIN,
  EBUSY,
  EINVAL,
  ENOTTY,
  type KernelState,
  type ResetMethod,
  type World,
} from "./structs.ts";

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

/** Procedures that ask whether their first parameter, a function, could be reset. */
export const resetProbes: readonly string[] = ["pci_init_reset_methods", "reset_method_store"];

type V = "dev" | "ret" | "failed";
type B<X extends string = V> = Builder<KernelState, World, X | V>;
type Nodes<X extends string = V> = ReturnType<B<X>["step"]>[];

/** How a kernel tells the IOMMU of a reset: the two calls by name, and the methods that make them. */
export interface Tells {
  readonly prepare: string;
  readonly done: string;
  readonly methods: readonly string[];
  /** A prepare that fails is only reported: the reset goes on, and done is called. */
  readonly reportsOnly?: boolean;
}

/** A function that is reset forgets its enables and its ATC. */
function forget(s: KernelState, dev: number): void {
  const pdev = s.pdev[dev];
  pdev.bus_master = 0;
  pdev.ats_ctrl = 0;
  pdev.pasid_ctrl = 0;
  for (let p = 0; p < pdev.atc.length; p++) pdev.atc[p] = 0;
}

/** The next function below the same bridge after one of them; 0 at the end. */
function nextOnBus(w: World, dev: number, after: number): number {
  const bridge = w.device[dev]?.bridge;
  for (let d = after + 1; d < w.device.length; d++) if (w.device[d]?.bridge === bridge) return d;
  return 0;
}

/** A reset of the bus: every function below the bridge is in it, and forgets. */
function resetBus(s: KernelState, w: World, dev: number): void {
  for (let d = nextOnBus(w, dev, 0); d !== 0; d = nextOnBus(w, dev, d)) {
    s.pdev[d].in_reset = 1;
    forget(s, d);
  }
}

function endBusReset(s: KernelState, w: World, dev: number): void {
  for (let d = nextOnBus(w, dev, 0); d !== 0; d = nextOnBus(w, dev, d)) s.pdev[d].in_reset = 0;
}

/** How it is known that a function is out of its reset. */
interface Wait {
  readonly text: string;
  readonly labels: readonly [string, string];
}

const answers = (how: string): Wait => ({
  text: `${how}: does {dev} answer?`,
  labels: ["it answers", "-ENOTTY: it never does"],
});
const AFTER_FLR = answers("`msleep(100)`, then `pci_dev_wait`");
const AFTER_PM = answers("a sleep for each change of power state, then `pci_dev_wait`");
const AFTER_BUS_RESET = answers("`pci_bridge_wait_for_secondary_bus`");
/** Firmware waits by itself. */
const AFTER_RST: Wait = { text: "does _RST of {dev} succeed?", labels: ["it does", "-ENOTTY: it fails"] };

/** What a reset does to the function, from the write that begins it to the end of the wait. */
const reset = <X extends string = V>(b: B<X>, begin: string, wait: Wait): Nodes<X> => [
  b.step(`${begin}: it forgets its enables and its ATC`, (s, l, w) => {
    s.pdev[l.dev].in_reset = 1;
    if (hasQueue(w) && s.pdev[l.dev].atc_inv > 0) s.pdev[l.dev].atc_lost = 1;
    forget(s, l.dev);
    // VF Enable is among what a PF forgets: its VFs are gone, and come back with nothing enabled
    for (let vf = 1; vf < w.device.length; vf++) if (w.device[vf]?.physfn === l.dev) forget(s, vf);
  }),
  b.choose(
    wait.text,
    wait.labels,
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
  const between = <X extends string = V>(b: B<X>, name: string, nodes: Nodes<X>): Nodes<X> =>
    tells === null || !tells.methods.includes(name)
      ? nodes
      : [
          b.call(tells.prepare, (l) => [l.dev], "ret", `\`${tells.prepare}\``),
          b.when("did it fail?", (l) => l.ret !== 0, [
            tells.reportsOnly === true
              ? b.local("`pci_err`, and on with the reset", (l) => {
                  l.ret = 0;
                })
              : b.return((l) => l.ret, "return {ret}"),
          ]),
          ...nodes,
          b.call(tells.done, (l) => [l.dev], null, `\`${tells.done}\``),
        ];
  const over = <X extends string = V>(b: B<X>): Nodes<X> => [
    b.ghost((s, l) => {
      s.pdev[l.dev].reset_failed = 0;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ];
  const method = (name: string, file: string, begin: string, wait: Wait, first: (b: B) => Nodes = () => []) =>
    define(name, { file }, ["dev"], ["ret", "failed"], (b) => [
      ...first(b),
      ...between(b, name, reset(b, begin, wait)),
      ...over(b),
    ]);
  const flr = (name: string, begin: string) =>
    method(name, source.file, begin, AFTER_FLR, (b) => [b.local("wait for pending transactions of {dev}", () => {})]);

  const pcie_flr = flr("pcie_flr", "set Initiate FLR of {dev}");
  const pci_af_flr = flr("pci_af_flr", "set Initiate FLR in the AF capability of {dev}");
  const pci_pm_reset = method("pci_pm_reset", source.file, "put {dev} into D3hot and back into D0", AFTER_PM);
  const pci_dev_acpi_reset = method(
    "pci_dev_acpi_reset",
    "drivers/pci/pci-acpi.c",
    "evaluate _RST of {dev}",
    AFTER_RST,
  );

  const pci_reset_bus_function = define(
    "pci_reset_bus_function",
    { ...source, note: "No hotplug slot. It tells the IOMMU before it looks at `probe`." },
    ["dev", "probe"],
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
          [
            b.when(
              "is it only asked?",
              (l) => l.probe === 1,
              [b.local("it could be reset", () => {})],
              reset(b, "secondary bus reset above {dev}", AFTER_BUS_RESET),
            ),
          ],
        ),
      ]),
      ...over(b),
    ],
  );

  const cxl_reset_bus_function = define("cxl_reset_bus_function", source, ["dev"], ["ret", "failed"], (b) => [
    ...between(b, "cxl_reset_bus_function", [
      b.local("let secondary bus resets through the CXL port", () => {}),
      b.call("pci_reset_bus_function", (l) => [l.dev, 0], "ret"),
    ]),
    ...over(b),
  ]);

  const __pci_dev_specific_reset = define(
    "__pci_dev_specific_reset",
    {
      file: "drivers/pci/quirks.c",
      note:
        "The reset is `reset_hinic_vf_dev`, which does not look at what its FLR returns. It tells the IOMMU before it looks at " +
        "`probe`.",
    },
    ["dev", "probe"],
    ["ret", "failed"],
    (b) => [
      ...between(b, "__pci_dev_specific_reset", [
        b.when(
          "is it only asked?",
          (l) => l.probe === 1,
          [b.local("it could be reset", () => {})],
          [
            b.call("pcie_flr", (l) => [l.dev], "failed", "`reset_hinic_vf_dev`: `pcie_flr`"),
            b.local("wait for its firmware; return 0", (l) => {
              l.ret = 0;
            }),
          ],
        ),
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

/** Methods that do something even when they are only asked. */
const PROBED: readonly string[] = ["__pci_dev_specific_reset", "pci_reset_bus_function"];

const has = (w: World, dev: number, method: ResetMethod) => w.device[dev]?.reset_methods.includes(method) ?? false;

const pci_init_reset_methods = define(
  "pci_init_reset_methods: void",
  { ...source, note: "What it finds is what the world says; that a method is lost when asking fails is not kept." },
  ["dev"],
  ["ret"],
  (b) => [
    b.when("is there a quirk for {dev}?", (l, w) => has(w, l.dev, "device_specific"), [
      b.call("__pci_dev_specific_reset", (l) => [l.dev, 1], "ret", "ask `__pci_dev_specific_reset`"),
      b.when("did it fail for good?", (l) => l.ret !== 0 && l.ret !== ENOTTY, [b.return(0, "ask no further")]),
    ]),
    b.local(
      "ask `pci_dev_acpi_reset`, `pcie_reset_flr`, `pci_af_flr`, `pci_pm_reset`: they look at {dev} only",
      () => {},
    ),
    b.call("pci_reset_bus_function", (l) => [l.dev, 1], "ret", "ask `pci_reset_bus_function`"),
    b.when("did it fail for good?", (l) => l.ret !== 0 && l.ret !== ENOTTY, [b.return(0, "ask no further")]),
    b.local("ask `cxl_reset_bus_function`: it looks at the port only", () => {}),
  ],
);

const reset_method_store = define(
  "reset_method_store",
  {
    file: "drivers/pci/pci-sysfs.c",
    note: "`default` is written. It takes neither the bridge's lock nor the device's.",
  },
  ["dev"],
  [],
  (b) => [b.call("pci_init_reset_methods", (l) => [l.dev]), b.return(0, "return 0")],
);

const __pci_reset_function_locked = define(
  "__pci_reset_function_locked",
  { ...source, note: "A world says which methods a function has, in the kernel's order." },
  ["dev"],
  ["ret"],
  (b) => [
    ...METHODS.map(([name, proc]) =>
      b.when(`has {dev} the method ${name}?`, (l, w) => w.device[l.dev]?.reset_methods.includes(name) ?? false, [
        b.call(proc, (l) => (PROBED.includes(proc) ? [l.dev, 0] : [l.dev]), "ret"),
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

/** One secondary bus reset for all functions below a bridge. */
const pci_bridge_secondary_bus_reset = define(
  "pci_bridge_secondary_bus_reset",
  { ...source, note: "Its parameter is a function below the bridge. No function on the bus is told of, to the IOMMU." },
  ["dev"],
  ["ret", "failed"],
  (b) => [
    b.step("secondary bus reset above {dev}: every function on the bus forgets its enables and its ATC", (s, l, w) => {
      resetBus(s, w, l.dev);
    }),
    b.choose(
      "`pci_bridge_wait_for_secondary_bus`: does the bus come back?",
      ["it does", "-ENOTTY: it never does"],
      (_l, w) => w.mayFail.has("reset"),
      canFail,
      (s) => {
        s.bound.failures_left--;
      },
      "failed",
    ),
    b.step("the wait is over: the bus is out of its reset", (s, l, w) => {
      endBusReset(s, w, l.dev);
      l.ret = l.failed === 1 ? ENOTTY : 0;
    }),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const pci_try_reset_bus = define(
  "pci_try_reset_bus",
  { ...source, note: "`pci_reset_bus` without hotplug slots; no bridge below the bus." },
  ["dev"],
  ["other", "locked", "stop", "ret", "bridge"],
  (b) => [
    b.local("find the bridge", (l, w) => {
      l.bridge = w.device[l.dev]?.bridge ?? 0;
    }),
    b.trylock("bridge_lock", (l) => l.bridge, "locked", "`pci_dev_trylock` of the bridge"),
    b.when("is it taken?", (l) => l.locked === 0, [b.return(EAGAIN, "return -EAGAIN")]),
    b.each("for each function on the bus", "other", (l, w) => nextOnBus(w, l.dev, l.other), [
      b.trylock("device_lock", (l) => l.other, "locked", "`pci_dev_trylock` of {other:dev}"),
      b.when("is it taken?", (l) => l.locked === 0, [
        b.local("", (l) => {
          l.stop = l.other;
          l.ret = EAGAIN;
          l.other = 0;
        }),
        b.goto("unlock"),
      ]),
    ]),
    b.each("for each function on the bus", "other", (l, w) => nextOnBus(w, l.dev, l.other), [
      b.call("pci_dev_save_and_disable", (l) => [l.other]),
    ]),
    b.call("pci_bridge_secondary_bus_reset", (l) => [l.dev], "ret"),
    b.each("for each function on the bus", "other", (l, w) => nextOnBus(w, l.dev, l.other), [
      b.call("pci_dev_restore", (l) => [l.other]),
    ]),
    b.label("unlock"),
    b.each(
      "for each function whose lock is held",
      "other",
      (l, w) => {
        const next = nextOnBus(w, l.dev, l.other);
        return next === l.stop ? 0 : next;
      },
      [b.unlock("device_lock", (l) => l.other, "`pci_dev_unlock` of {other:dev}")],
    ),
    b.unlock("bridge_lock", (l) => l.bridge, "`pci_dev_unlock` of the bridge"),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

const vfio_pci_ioctl_pci_hot_reset = define(
  "vfio_pci_ioctl_pci_hot_reset",
  {
    file: "drivers/vfio/pci/vfio_pci_core.c",
    note:
      "With `vfio_pci_dev_set_hot_reset`. The functions of a bus are one `dev_set`: where they are in several groups here, each " +
      "group's lock is taken. Power states are not modelled.",
  },
  ["dev"],
  ["other", "group", "locked", "stop", "bound", "ret"],
  (b) => [
    b.each(
      "for each group on the bus: its part of the `dev_set`",
      "group",
      (l, w) => nextGroupOnBus(w, l.dev, l.group),
      [b.lock("dev_set_lock", (l) => l.group, "lock vfio's `dev_set->lock`")],
    ),
    b.each("for each function on the bus", "other", (l, w) => nextOnBus(w, l.dev, l.other), [
      b.step(
        "does the caller own {other:dev}: is it, or another one of its group, bound to its iommufd? {bound:yes}",
        (s, l, w) => {
          const group = w.group[groupOf(w, l.other)]?.devices ?? [];
          l.bound = group.some((dev) => s.idev[dev].bound === 1) ? 1 : 0;
        },
      ),
      b.when("does it not?", (l) => l.bound === 0, [
        b.local("", (l) => {
          l.ret = EINVAL;
          l.stop = l.other;
          l.other = 0;
        }),
        b.goto("err_undo"),
      ]),
      b.trylock("memory_lock", (l) => l.other, "locked", "down_write_trylock `memory_lock` of {other:dev}"),
      b.when("is it taken?", (l) => l.locked === 0, [
        b.local("", (l) => {
          l.ret = EBUSY;
          l.stop = l.other;
          l.other = 0;
        }),
        b.goto("err_undo"),
      ]),
    ]),
    b.call("pci_try_reset_bus", (l) => [l.dev], "ret", "`pci_reset_bus`: `pci_try_reset_bus`"),
    b.label("err_undo"),
    b.each(
      "for each function whose `memory_lock` is held",
      "other",
      (l, w) => {
        const next = nextOnBus(w, l.dev, l.other);
        return next === l.stop ? 0 : next;
      },
      [b.unlock("memory_lock", (l) => l.other, "up_write `memory_lock` of {other:dev}")],
    ),
    b.each("for each group on the bus", "group", (l, w) => nextGroupOnBus(w, l.dev, l.group), [
      b.unlock("dev_set_lock", (l) => l.group, "unlock vfio's `dev_set->lock`"),
    ]),
    b.return((l) => l.ret, "return {ret}"),
  ],
);

/** The next group, by number, that has a function on the bus. */
function nextGroupOnBus(w: World, dev: number, after: number): number {
  for (let g = after + 1; g < w.group.length; g++) {
    if (w.group[g]?.devices.some((d) => w.device[d]?.bridge === w.device[dev]?.bridge)) return g;
  }
  return 0;
}

const dpc_handler = define(
  "dpc_handler",
  {
    file: "drivers/pci/pcie/dpc.c",
    note:
      "With `pcie_do_recovery` of drivers/pci/pcie/err.c. Nothing in it tells the IOMMU. A function that no user has bound is taken " +
      "to have a driver of the kernel, which votes for a reset of its slot; vfio's votes that it can recover.",
  },
  ["dev"],
  ["other", "bound", "reset"],
  (b) => [
    b.step("the port above {dev} contains a fatal error: the link is down, and what is below is reset", (s, l, w) => {
      resetBus(s, w, l.dev);
    }),
    toldBelow(b, "report_frozen_detected", [
      b.step("`error_detected`: is its driver vfio's, which can recover? {bound:yes}", (s, l) => {
        l.bound = s.idev[l.other].bound;
        if (l.bound === 0) l.reset = 1;
      }),
    ]),
    b.when("can all of them recover?", (l) => l.reset === 0, [toldBelow(b, "report_mmio_enabled", [])]),
    b.step("`dpc_reset_link`: clear the trigger, wait for the bus; it is out of its reset", (s, l, w) => {
      endBusReset(s, w, l.dev);
    }),
    b.when("does one of them need its slot reset?", (l) => l.reset === 1, [
      toldBelow(b, "report_slot_reset", [
        b.step("is it vfio's? {bound:yes}", (s, l) => {
          l.bound = s.idev[l.other].bound;
        }),
        b.when("has its driver a `slot_reset`?", (l) => l.bound === 0, [
          b.step("it was a bus master when its state was saved", (s, l) => {
            s.pdev[l.other].saved_master = 1;
          }),
          b.call("pci_dev_restore", (l) => [l.other], null, "`slot_reset` of its driver: `pci_restore_state`"),
        ]),
      ]),
    ]),
    toldBelow(b, "report_resume", []),
    b.return(0, "recovered"),
  ],
);

/** A walk over the functions below the port, each with its lock. */
function toldBelow<X extends string>(
  b: Builder<KernelState, World, X | "dev" | "other">,
  callback: string,
  told: readonly ReturnType<typeof b.step>[],
) {
  return b.each("for each function below", "other", (l, w) => nextOnBus(w, l.dev, l.other), [
    b.lock("device_lock", (l) => l.other, `\`${callback}\`: device_lock of {other:dev}`),
    ...told,
    b.unlock("device_lock", (l) => l.other, "device_unlock"),
  ]);
}

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
  pci_init_reset_methods,
  reset_method_store,
  pci_bridge_secondary_bus_reset,
  pci_try_reset_bus,
  vfio_pci_ioctl_pci_hot_reset,
  dpc_handler,
};
