/**
 * The command queue as the driver of Linux 7.3 uses it: drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c.
 *
 * `arm_smmu_cmdq_issue_cmdlist` inserts a list of commands in one go: no command of another CPU comes between, which is
 * one step here. A CMD_SYNC is waited for. How CPUs share the work of moving PROD is not modelled.
 */
import { CERROR_ATC_INV_SYNC, CMD, hasSpace, isSynced, leaveSlot, pushCommand, pushSynced } from "./cmdq.ts";
import { COMMAND, define, type World } from "./structs.ts";

const source = { file: "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c" };

const arm_smmu_cmdq_poll_until_sync = define(
  "arm_smmu_cmdq_poll_until_sync: void",
  { ...source, note: "It polls until the CMD_SYNC is consumed; its own time-out is not modelled." },
  ["smmu", "slot"],
  [],
  (b) => [
    b.poll(
      "wait for the CMD_SYNC to be complete",
      (s, l) => isSynced(s, l.smmu, l.slot),
      (s, l) => leaveSlot(s, l.smmu, l.slot),
    ),
  ],
);

/** What callers insert with a CMD_SYNC, for those who are told of commands: a CFGI_STE, or an item of an invalidation array. */
const inserted = (w: World, kind: number, a: number, b: number, c: number): readonly number[] =>
  kind === CMD.CFGI_STE ? [COMMAND.CFGI_STE, w.stream[a]?.device ?? 0, 0, 0, a] : [COMMAND.TLBI, 0, 0, a, b, c];

const arm_smmu_cmdq_issue_cmd_with_sync = define(
  "arm_smmu_cmdq_issue_cmd_with_sync: void",
  source,
  ["smmu", "kind", "a", "b", "c"],
  ["slot"],
  (b) => [
    b.poll(
      "insert {cmd} and a CMD_SYNC",
      (s, l) => hasSpace(s, l.smmu, 2),
      (s, l) => {
        l.slot = pushSynced(s, l.smmu, [[l.kind, l.a, l.b, l.c]]);
      },
    ),
    b.moment("command", (l, w) => inserted(w, l.kind, l.a, l.b, l.c)),
    b.call("arm_smmu_cmdq_poll_until_sync", (l) => [l.smmu, l.slot]),
  ],
);

const arm_smmu_cmdq_issue_cmd = define(
  "arm_smmu_cmdq_issue_cmd: void",
  source,
  ["smmu", "kind", "a", "b", "c"],
  [],
  (b) => [
    b.poll(
      "insert {cmd}; nobody waits for it",
      (s, l) => hasSpace(s, l.smmu, 1),
      (s, l) => pushCommand(s, l.smmu, l.kind, l.a, l.b, l.c),
    ),
  ],
);

/** What CONS points at when the queue has stopped. */
const __arm_smmu_cmdq_skip_err = define(
  "__arm_smmu_cmdq_skip_err: void",
  { ...source, note: "Commands that are illegal or cannot be fetched do not come up here." },
  ["smmu"],
  ["err"],
  (b) => [
    b.step("read `CMDQ_CONS.ERR`: {err}", (s, l) => {
      l.err = s.cmdq[l.smmu].err;
    }),
    b.when("is it CERROR_ATC_INV_SYNC?", (l) => l.err === CERROR_ATC_INV_SYNC, [
      b.return(0, "CONS stays at the CMD_SYNC, which is tried again"),
    ]),
  ],
);

const arm_smmu_gerror_handler = define("arm_smmu_gerror_handler: void", source, ["smmu"], [], (b) => [
  b.step("read `GERROR` and `GERRORN`: CMDQ_ERR is active", () => {}),
  b.call("__arm_smmu_cmdq_skip_err", (l) => [l.smmu], null, "`arm_smmu_cmdq_skip_err`"),
  b.step("`GERRORN` := `GERROR`: the SMMU goes on", (s, l) => {
    s.cmdq[l.smmu].err = 0;
  }),
]);

/** The interrupt of global errors, whenever there is one. */
const gerror_irq = define("gerror_irq: void", { file: "the interrupt controller" }, ["smmu"], [], (b) => [
  b.label("again"),
  b.rest("an interrupt when GERROR changes", (s, l) => s.cmdq[l.smmu].err !== 0),
  b.call("arm_smmu_gerror_handler", (l) => [l.smmu]),
  b.goto("again"),
]);

export const queue = {
  arm_smmu_cmdq_poll_until_sync,
  arm_smmu_cmdq_issue_cmd_with_sync,
  arm_smmu_cmdq_issue_cmd,
  __arm_smmu_cmdq_skip_err,
  arm_smmu_gerror_handler,
  gerror_irq,
};
