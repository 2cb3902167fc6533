/** The whole run over its steps: what each thread did, locks, calls, reset windows, commands to the SMMU. */
import type { Play } from "../scenarios/play.ts";
import type { TimelineView } from "./protocol.ts";
import { lockName } from "./threads.ts";

export function timeline(play: Play): TimelineView {
  const { records, model } = play;
  const { table, world } = model;
  const known = new Set<string>();
  const firstOnly = (ids: Iterable<string>) => [...ids].filter((id) => !known.has(id) && known.add(id));
  const steps = records.map((r) => ({
    thread: r.thread + 1,
    kind: r.event.kind === "start" ? ("start" as const) : ("step" as const),
    text: r.text,
    proc: r.proc,
    violated: firstOnly(r.verdict.violated.keys()),
    ...(r.errno !== "" ? { errno: r.errno } : {}),
    ...(r.warn !== "" ? { warn: r.warn } : {}),
  }));
  const locks: { from: number; to: number | null; thread: number; lock: string }[] = [];
  const openLocks = new Map<string, { from: number; to: number | null; thread: number; lock: string }>();
  const calls: { from: number; to: number | null; thread: number; proc: string; result?: string }[] = [];
  const stacks = new Map<number, { proc: number; span: (typeof calls)[number] | null }[]>();
  const commands: { step: number; letter: "C" | "T" | "A"; text: string }[] = [];
  const worthALabel =
    /^(iommu_(attach|detach|replace|dev_reset|group_store|unmap)|pci_dev_reset_iommu|iommufd_device|reset_store|vfio_pci_ioctl_reset|pcie_flr|dma|ats_request)/;
  const take = (step: number, thread: number, trace: (typeof records)[number]["trace"]) => {
    for (const t of trace) {
      if (t.kind === "lock") {
        const key = `${thread} ${t.lock}`;
        if (t.take) {
          const span = { from: Math.max(1, step), to: null, thread: thread + 1, lock: lockName(play, t.lock) };
          openLocks.set(key, span);
          locks.push(span);
        } else {
          const span = openLocks.get(key);
          if (span !== undefined) span.to = step;
          openLocks.delete(key);
        }
      } else if (t.kind === "call") {
        const name = table.procs[t.proc]?.name ?? "";
        const stack = stacks.get(thread) ?? [];
        stacks.set(thread, stack);
        const from = step === 0 ? records.findIndex((r) => r.thread === thread) + 1 : step;
        const worth = from > 0 && (stack.length === 0 || worthALabel.test(name));
        const span = worth ? { from, to: null, thread: thread + 1, proc: name } : null;
        if (span !== null) calls.push(span);
        stack.push({ proc: t.proc, span });
      } else if (t.kind === "return") {
        const done = stacks.get(thread)?.pop();
        if (done?.span == null) continue;
        done.span.to = step;
        const proc = table.procs[t.proc];
        const op = play.model.programs[thread]?.[0];
        if (proc !== undefined && !proc.isVoid && t.value < 0 && !/^(dma|ats_request)$/.test(proc.name)) {
          done.span.result = records[step - 1]?.errno ?? String(t.value);
        } else if (op !== undefined && proc !== undefined && !proc.isVoid && t.value === 0) done.span.result = "0";
      } else if (t.kind === "command") commands.push({ step, letter: t.letter, text: t.text });
    }
  };
  play.opening.forEach((trace, thread) => take(0, thread, trace));
  records.forEach((r, i) => take(i + 1, r.thread, r.trace));
  const windows: { from: number; to: number | null; device: string; kind: "kernel" | "function"; label: string }[] = [];
  for (let d = 1; d < world.device.length; d++) {
    for (const [bit, kind, label] of [
      [1, "kernel", model.design.dockedFlag],
      [2, "function", "FLR"],
    ] as const) {
      let open: (typeof windows)[number] | null = null;
      records.forEach((r, i) => {
        const inside = ((r.windows[d] ?? 0) & bit) !== 0;
        if (inside && open === null) {
          open = { from: i + 1, to: null, device: world.device[d]?.name ?? "?", kind, label };
          windows.push(open);
        } else if (!inside && open !== null) {
          open.to = i + 1;
          open = null;
        }
      });
    }
  }
  return { steps, locks, calls, windows, commands };
}
