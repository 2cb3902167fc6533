/**
 * From the model to the machine: what would do on a real kernel what a run does.
 *
 * The calls that set the world up, the call that each thread makes, and for every place where the run leaves one thread
 * and goes on with another, what holds the first one there: a lock it waits for, a sleep of the kernel's own, or a
 * delay or breakpoint that somebody has to put in. A request of the caller `core` has no call of its own: its like through
 * iommufd is played at the same place, and what refuses it there is named.
 */
import { callers, type Op, opKinds, opTitle, resultText, rootOf } from "../kernel/ops.ts";
import { allocations, moduleCall, throughIommufd, userCalls } from "../kernel/userspace.ts";
import { fill } from "../kernel/words.ts";
import { wrongArgument } from "../scenarios/link.ts";
import { Play } from "../scenarios/play.ts";
import { opOf } from "../scenarios/build.ts";
import { OP, type Op as TableOp } from "../sim/link.ts";
import { FINISHED, OOPS } from "../sim/step.ts";
import type { RecipeView } from "./protocol.ts";
import { histories, lockName } from "./threads.ts";

type Turn = RecipeView["order"][number];

/** A thread that is tried alone goes no further than this. */
const FAR = 2000;

/** What a request comes to at a place of a run: its result, and the procedure that said no. */
function tryThere(play: Play, position: number, op: Op): { result: string; by: string } | null {
  if (wrongArgument(op, play.model) !== "") return null;
  const twin = new Play(play.model);
  for (const event of play.player.events.slice(0, position)) twin.append(event);
  const start = { kind: "start", what: op } as const;
  if (twin.refusal(start) !== "") return null;
  twin.append(start);
  const thread = twin.machine.programs.length - 1;
  for (let i = 0; i < FAR && twin.machine.outcomes(thread) > 0; i++) {
    const choice = { kind: "choice", thread, outcome: 0 } as const;
    if (twin.refusal(choice) !== "") return null;
    twin.append(choice);
  }
  if (twin.machine.status(thread) === OOPS) return { result: "an oops", by: "" };
  if (twin.machine.status(thread) !== FINISHED) {
    const lock = twin.machine.lockOf(thread);
    return { result: lock < 0 ? "it waits" : `it waits for ${lockName(twin, lock)}`, by: "" };
  }
  const result = resultText(op, play.model.world, twin.machine.result(thread)) || "done";
  const said = twin.records
    .flatMap(({ thread: of, trace }) => (of === thread ? trace : []))
    .find((t) => t.kind === "return" && t.value < 0);
  const by = said?.kind === "return" ? (play.model.table.procs[said.proc]?.name ?? "") : "";
  return { result, by: result.startsWith("-") ? by : "" };
}

/** How one operation is asked for. `position` is where the run first does something of its thread. */
function request(play: Play, op: Op, position: number): Omit<RecipeView["threads"][number]["ops"][number], "result"> {
  const w = play.model.world;
  const kind = opKinds[op.kind];
  const caller = callers[kind?.caller ?? "core"];
  const calls = userCalls(op, w);
  const base = { title: opTitle(op, w), caller: caller.id };
  if (calls !== null) return { ...base, calls, remarks: [] };
  const remarks: string[] = [];
  const other = throughIommufd(op);
  if (other !== null) {
    const through = userCalls(other, w) ?? [];
    const tried = tryThere(play, position, other);
    const own = tried?.by ? `\`${tried.by}\` refuses it with ${tried.result}` : `it comes to ${tried?.result}`;
    remarks.push(
      tried === null
        ? `Through iommufd: ${through.join("; ")}. It could not be tried at this place of the run.`
        : `Through iommufd: ${through.join("; ")}. At this place of the run ${own}.`,
    );
  }
  return {
    ...base,
    calls: [`in a module: ${moduleCall(op, w)}()`],
    remarks: ["No call of user space comes here.", ...remarks],
  };
}

const isSpin = (play: Play, lock: number) => play.machine.layout.locks[lock]?.kind !== "mutex";

/** What keeps a thread where it stands, at the play's position; empty when nothing has to. */
function hold(play: Play, thread: number): Pick<Turn, "hold" | "how" | "locks"> {
  const { machine, model } = play;
  const status = machine.status(thread);
  const held = machine.layout.locks.flatMap((_lock, i) => (machine.owner(i) === thread + 1 ? [i] : []));
  const locks = held.map((lock) => lockName(play, lock));
  if (status === FINISHED || status === OOPS) return { hold: "", how: "ended", locks: [] };
  const op: TableOp = machine.next(thread);
  const frame = machine.frames(thread).at(-1);
  const proc = model.table.procs[frame?.proc ?? -1];
  const text = fill(model.world, op.text, frame === undefined ? null : machine.localsOf(thread, frame.offset));
  if (machine.outcomes(thread) === 0) {
    const lock = machine.lockOf(thread);
    const owner = lock < 0 ? 0 : machine.owner(lock);
    const what =
      lock < 0
        ? text.replace(/^wait for /, "")
        : `${lockName(play, lock)}${owner > 0 ? `, which CPU${owner - 1} holds` : ""}`;
    return { hold: `It waits for ${what}.`, how: "lock", locks };
  }
  const begun =
    machine.rootIndex(thread) > 0 || play.records.some((r) => r.thread === thread && r.event.kind === "choice");
  if (!begun) return { hold: "", how: "ended", locks: [] };
  if (machine.rootIndex(thread) > 0 && standsBeforeNext(play, thread))
    return { hold: "Make its next call when its turn comes.", how: "ended", locks };
  if (/^`msleep|^the wait is over/.test(op.text))
    return { hold: "The kernel sleeps here by itself, 100 ms at least: the window is open.", how: "sleep", locks };
  const place = `in \`${proc?.name}\` (${proc?.source.file}), before "${text}"`;
  const spins = held.filter((lock) => isSpin(play, lock));
  return spins.length > 0
    ? {
        hold: `Put a delay ${place}: under ${spins.map((lock) => lockName(play, lock)).join(" and ")} it must not sleep, so \`mdelay\`, or a debugger that stops this CPU alone.`,
        how: "breakpoint",
        locks,
      }
    : { hold: `Put a delay ${place}: \`msleep\`, or a debugger that stops this CPU alone.`, how: "breakpoint", locks };
}

const ranBy = (play: Play, thread: number) => play.records.slice(0, play.position).filter((r) => r.thread === thread);

/** The last step of a thread ended an operation, and led to the first statement of the next one. */
function standsBeforeNext(play: Play, thread: number): boolean {
  const trace = ranBy(play, thread).at(-1)?.trace ?? [];
  const root = rootOf(play.ops[thread]?.[play.machine.rootIndex(thread)] as Op, play.model.world).proc;
  const begins = trace.findLastIndex((t) => t.kind === "call" && play.model.table.procs[t.proc]?.name === root);
  return begins > trace.findLastIndex((t) => t.kind === "op" && t.visible);
}

/** Failures that the run chose, as somebody has to bring them about. */
function failuresOf(play: Play): string[] {
  return play.records.flatMap(({ event, trace, thread }, i) => {
    if (event.kind !== "choice" || event.outcome === 0) return [];
    const first = trace.find((t) => t.kind === "op" && t.visible);
    const proc = first?.kind === "op" ? play.model.table.procs[first.proc] : undefined;
    const op = first?.kind === "op" ? proc?.ops[first.pc] : undefined;
    if (op === undefined || op.kind !== OP.CHOOSE) return [];
    const label = op.labels[event.outcome] ?? "";
    const how = op.text.startsWith("`msleep")
      ? "the function must not answer after its reset: an emulated one can be told so"
      : "fault injection for this allocation (failslab or fail_page_alloc, with `require-start` and `require-end`)";
    return [`Step ${i + 1}, CPU${thread}, in \`${proc?.name}\`: ${label}; ${how}.`];
  });
}

/** What to do on a machine for the run up to its end. The play is left at the position that it was at. */
export function recipe(play: Play): RecipeView {
  const { model, position } = play;
  const { world: w, scenario, design } = model;
  const total = play.player.events.length;
  play.seek(total);
  const firstStep = (thread: number) => play.records.findIndex((r) => r.thread === thread && r.event.kind === "choice");
  const ran = histories(play);
  const threads = play.ops.map((ops, thread) => {
    const results = ran[thread]?.results ?? [];
    return {
      name: `CPU${thread}`,
      ops: ops.map((op, i) => ({
        ...request(play, op, Math.max(0, firstStep(thread))),
        result: results[i] === undefined ? "" : resultText(op, w, results[i]),
      })),
      ran: firstStep(thread) >= 0,
    };
  });
  const order: Turn[] = [];
  const steps = play.records.map((record, i) => ({ ...record, step: i + 1 })).filter((r) => r.event.kind === "choice");
  for (let i = 0; i < steps.length; ) {
    const thread = steps[i]?.thread ?? 0;
    let j = i;
    while (steps[j + 1]?.thread === thread) j++;
    const [from, to] = [steps[i]?.step ?? 0, steps[j]?.step ?? 0];
    play.seek(to);
    const last = play.records[to - 1];
    const ended = play.machine.status(thread) === FINISHED;
    const stays = j === steps.length - 1 && !ended;
    order.push({
      thread: `CPU${thread}`,
      from,
      to,
      until: ended ? "to its end" : `up to: ${last?.text ?? ""}`,
      ...(stays ? { hold: "The run ends here.", how: "ended" as const, locks: [] } : hold(play, thread)),
    });
    i = j + 1;
  }
  play.seek(total);
  const broke = [...play.violations(total)].map(([id, { step, why }]) => `${id}, step ${step}: ${why}`);
  const warns = play.records.flatMap(({ warn }, i) =>
    warn === "" ? [] : [`step ${i + 1}: a WARN in \`${warn}\` in the log`],
  );
  const setup = [
    ...scenario.groups.flatMap((g) => {
      const type = scenario.domains.find((d) => d.name === g.default_domain)?.type ?? g.default_domain;
      const id = g.name.replace(/^group /, "");
      const sysfs =
        type === "DMA" || type === "identity" ? [`${g.name}: ${type} in /sys/kernel/iommu_groups/${id}/type`] : [];
      const owned = g.devices.flatMap(
        (d) =>
          userCalls(
            { kind: opKinds.findIndex((k) => k.op === "bind"), args: [w.device.findIndex((x) => x.name === d)] },
            w,
          ) ?? [],
      );
      return g.owned ? owned : sysfs;
    }),
    ...allocations(w),
    ...scenario.attached.flatMap((op) => {
      const own = opOf(op, w);
      return userCalls(own, w) ?? [`in a module: ${moduleCall(own, w)}(), to ${opTitle(own, w)}`];
    }),
  ];
  const view: RecipeView = {
    kernel: `${design.title}: ${design.about}`,
    source: design.source,
    machine: scenario.devices.map((d) => {
      const has = [
        d.ats ? "ATS" : "no ATS",
        d.max_pasids > 0 ? "PASID" : "no PASID",
        ...(d.stall ? ["stalls on a fault"] : []),
        ...(d.require_direct ? ["direct mappings that firmware asks for (an RMR that is not relaxable)"] : []),
        ...(d.ats_always_on ? ["ATS even on identity"] : []),
        ...(d.canwbs ? [] : ["no CANWBS"]),
        `resets by ${d.reset_methods.join(", ")}`,
      ];
      const group = scenario.groups.find((g) => g.devices.includes(d.name))?.name ?? "?";
      return `${d.name} behind ${d.smmu}, ${group}: ${has.join(", ")}`;
    }),
    setup,
    threads,
    order,
    failures: failuresOf(play),
    expect: [...broke, ...warns],
  };
  play.seek(position);
  return view;
}
