import type { Selected } from "../../session/look.ts";
import { pairInHand } from "../../session/select.ts";
import type { Actions, Theme } from "../../session/session.ts";
import { plain } from "../../ui/Words.tsx";
import type { ActionView, Snapshot } from "../../worker/protocol.ts";
import { valuesOf } from "../bar/Options.tsx";
import { keysInWords } from "../keyWords.ts";

/** One line of the finder. */
export interface Entry {
  readonly id: string;
  readonly topic: string;
  readonly label: string;
  /** A word at the right: a key, a caller, a step. */
  readonly note: string;
  /** Why it cannot be done now. It is listed even so, and does nothing. */
  readonly reason?: string | undefined;
  readonly run: (act: Actions) => void;
}

const modes = [
  ["step", "step"],
  ["over", "step over"],
  ["out", "step out"],
  ["block", "run until blocked"],
] as const;

/** Everything that can be done: to threads and objects, to the run, to the page. */
export function everything(snapshot: Snapshot): Entry[] {
  const { scenario, design, position, total } = snapshot;
  const values = valuesOf(design);
  const moves: readonly [string, string, boolean, (act: Actions) => void][] = [
    ["before the first step", "Home", position > 0, (act) => act.seek(0)],
    ["the last step", "End", position < total, (act) => act.seek(total)],
    ["play, pause", "Space", true, (act) => act.play()],
    ["take the step in hand back, and all after it", "Backspace", total > 0, (act) => act.undo()],
  ];
  const themes: readonly [Theme, string][] = [
    ["light", "light"],
    ["dark", "dark"],
    ["system", "as the system"],
  ];
  return [
    ...snapshot.threads
      .filter(({ status }) => status === "ready" || status === "blocked")
      .flatMap(({ id, name, status, statusNote }) =>
        modes.map(([mode, label]) => ({
          id: `run ${mode} ${id}`,
          topic: "Threads",
          label: `${name}: ${label}`,
          note: "",
          reason: status === "ready" ? undefined : (statusNote ?? "it waits"),
          run: (act: Actions) => act.step(id, mode),
        })),
      ),
    ...snapshot.threads.map(({ id, name, title }) => ({
      id: `thread ${id}`,
      topic: "Threads",
      label: `${name}: make it the current one, ${title}`,
      note: String(id),
      run: (act: Actions) => act.selectThread(id),
    })),
    ...actionsOnce(snapshot.actions),
    ...moves.map(([label, note, can, run]) => ({
      id: `move ${note}`,
      topic: "Run",
      label,
      note,
      reason: can ? undefined : "it is there already",
      run,
    })),
    ...keysInWords.flatMap(({ shown, does, command }): Entry[] => {
      const found = command?.(shown[0] ?? "", false);
      if (found?.kind === "check") {
        const run = (act: Actions) => act.showVerdicts({ ...pairInHand(snapshot), property: null });
        return [{ id: "check", topic: "Sheets", label: does, note: shown[0] ?? "", run }];
      }
      if (found?.kind !== "sheet") return [];
      const { sheet } = found;
      return [{ id: sheet, topic: "Sheets", label: does, note: shown[0] ?? "", run: (act) => act.toggleSheet(sheet) }];
    }),
    ...snapshot.scenarios.map(({ id, title }) => ({
      id: `world ${id}`,
      topic: "Scenarios",
      label: title,
      note: id === scenario.id ? "this one" : id,
      run: (act: Actions) => act.choose(id, design.id, values),
    })),
    ...snapshot.designs.map(({ id, title }) => ({
      id: `design ${id}`,
      topic: "Designs",
      label: title,
      note: id === design.id ? "this one" : id,
      run: (act: Actions) => act.choose(scenario.id, id, {}),
    })),
    ...design.options.flatMap((option) =>
      option.values.map((value) => ({
        id: `option ${option.id} ${value.id}`,
        topic: `Options of ${design.title}`,
        label: `${plain(option.title)}: ${plain(value.title)}`,
        note: value.id === option.value ? "this one" : "",
        run: (act: Actions) => act.choose(scenario.id, design.id, { ...values, [option.id]: value.id }),
      })),
    ),
    ...themes.map(([theme, label]) => ({
      id: `theme ${theme}`,
      topic: "Page",
      label: `colours: ${label}`,
      note: "",
      run: (act: Actions) => act.setTheme(theme),
    })),
  ];
}

/** An action stands with each object that it concerns; here it stands once. */
function actionsOnce(actions: readonly ActionView[]): Entry[] {
  return [...new Map(actions.map((action) => [action.id, actionEntry(action)])).values()];
}

function actionEntry({ id, topic, label, caller, enabled, reason, target }: ActionView): Entry {
  const on = label.includes(target.id) ? "" : `, ${target.id}`;
  return {
    id: `act ${id}`,
    topic,
    label: `${label}${on}`,
    note: caller,
    reason: enabled ? undefined : (reason ?? "not now"),
    run: (act) => act.start(id),
  };
}

/** What this run holds: what is attached where, what must hold, and each step. */
export function ofRun(snapshot: Snapshot): Entry[] {
  const select = (selected: Selected) => (act: Actions) => act.select(selected);
  const streams = snapshot.devices.flatMap(({ id, name, rows }) => [
    { id: `device ${id}`, topic: "Devices", label: name, note: "device", run: select({ kind: "device", id }) },
    ...rows.map((row) => ({
      id: `row ${row.id}`,
      topic: "Devices",
      label: `${name} ${row.label}`,
      note: `core ${plain(row.core.text)}, tables ${plain(row.tables.text)}`,
      run: select({ kind: "row", device: id, pasid: row.pasid }),
    })),
  ]);
  return [
    ...streams,
    ...snapshot.groups.map(({ id, name }) => ({
      id: `group ${id}`,
      topic: "Groups",
      label: name,
      note: "",
      run: select({ kind: "group", id }),
    })),
    ...snapshot.domains.map(({ id, stage, tag }) => ({
      id: `domain ${id}`,
      topic: "Domains",
      label: id,
      note: [stage, tag].filter(Boolean).join(", "),
      run: select({ kind: "domain", id }),
    })),
    ...snapshot.properties.map(({ id, sentence, since, verdict }) => ({
      id: `property ${id}`,
      topic: "Properties",
      label: `${id}: ${plain(sentence)}`,
      note: since === undefined ? verdict.replace("vacuous", "not exercised") : `violated since ${since}`,
      reason: since === undefined ? "no step of this run breaks it" : undefined,
      run: (act: Actions) => act.seek(since ?? 0),
    })),
    ...snapshot.timeline.steps.map((step, i) => stepEntry(snapshot, step, i + 1)),
  ];
}

function stepEntry(snapshot: Snapshot, step: Snapshot["timeline"]["steps"][number], number: number): Entry {
  const thread = snapshot.threads.find(({ id }) => id === step.thread)?.name ?? `CPU${step.thread - 1}`;
  const ends = [step.errno, step.warn === undefined ? "" : "WARN", ...step.violated].filter(Boolean).join(", ");
  return {
    id: `step ${number}`,
    topic: "Steps",
    label: `${number}  ${plain(step.text)}`,
    note: `${thread}, ${step.proc}${ends && `, ${ends}`}`,
    run: (act) => act.seek(number),
  };
}

/** How many lines are drawn at once; what is left is counted. */
const most = 80;

/**
 * Entries that have every word asked for, those whose label begins with it first; topics stay together and stand in the
 * order of their best entry.
 */
export function matching(entries: readonly Entry[], asked: string): { shown: Entry[]; left: number } {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  const whole = words.join(" ");
  const found = entries.flatMap((entry) => {
    const label = entry.label.toLowerCase();
    const all = `${label} ${entry.topic} ${entry.note}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return [];
    const rank = label.startsWith(whole) ? 0 : words.every((word) => label.includes(word)) ? 1 : 2;
    return [{ entry, rank }];
  });
  const best = new Map<string, number>();
  for (const { entry, rank } of found) best.set(entry.topic, Math.min(rank, best.get(entry.topic) ?? rank));
  const topics = [...best.keys()];
  const place = (topic: string) => (best.get(topic) ?? 0) * topics.length + topics.indexOf(topic);
  const sorted = found.toSorted((a, b) => place(a.entry.topic) - place(b.entry.topic) || a.rank - b.rank);
  return { shown: sorted.slice(0, most).map(({ entry }) => entry), left: Math.max(0, sorted.length - most) };
}
